// Finds a transaction in the binary logs: backwards by the list with which each
// begins, then forwards by the events of one.
#include "promote/diverged.h"

#include <inttypes.h>

#include "lib/clock.h"
#include "lib/text.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

const uint64_t kSearchMs = 1000;
const size_t kShownBytes = 120;
const char kPage[] = " LIMIT 2000";

Gtids first_of(const GtidRange& r) {
  Gtids out;
  if (r.source.empty()) {
    out.last.push_back(Gtid{r.domain, r.server, r.first});
  } else {
    out.ranges.push_back(r);
    out.ranges[0].last = r.first;
  }
  return out;
}

// The binary log with the transaction in it; "": there is none.
std::string find_log(Server* server, const Gtids& wanted, uint64_t until_ms) {
  std::vector<std::string> names;
  if (read_binlog_names(server, until_ms, &names)) return "";
  for (size_t i = names.size(); i-- > 0;) {
    Gtids begin;
    if (read_binlog_begin(server, names[i], until_ms, &begin)) return "";
    if (!missing(begin, wanted).empty()) return names[i];
  }
  return "";
}

// MariaDB writes "GTID 0-126-8", MySQL GTID_NEXT= 'UUID:8'.
bool is_gtid_event(const Rows& rows, size_t i) {
  return tandem::starts_with(rows.get(i, "Event_type"), "Gtid");
}

bool begins(const Rows& rows, size_t i, const std::string& name) {
  const std::string info = rows.get(i, "Info") + " ";
  const size_t at = info.find(name);
  return is_gtid_event(rows, i) && at != info.npos &&
         (info[at + name.size()] == ' ' || info[at + name.size()] == '\'');
}

// What an event does; "": nothing by itself.
std::string deed(const Rows& rows, size_t i) {
  const std::string type = rows.get(i, "Event_type");
  const std::string info = rows.get(i, "Info");
  if (type == "Annotate_rows" || type == "Rows_query" ||
      type == "Table_map") {
    return info;
  }
  return type == "Query" && info != "BEGIN" && info != "COMMIT" ? info : "";
}

std::string find_deed(Server* server, const std::string& log,
                      const std::string& name, uint64_t until_ms) {
  std::string from = "4";
  bool inside = false;
  for (;;) {
    Rows rows;
    const Error e = server->query("SHOW BINLOG EVENTS IN " + quote_sql(log) +
                                      " FROM " + from + kPage,
                                  until_ms, &rows);
    if (e || rows.rows.empty()) return "";
    for (size_t i = 0; i < rows.rows.size(); ++i) {
      if (inside && is_gtid_event(rows, i)) return "";
      const std::string what = inside ? deed(rows, i) : "";
      if (!what.empty()) return what;
      inside = inside || begins(rows, i, name);
    }
    from = rows.get(rows.rows.size() - 1, "End_log_pos");
  }
}

}  // namespace

Error read_binlog_names(Server* server, uint64_t until_ms,
                        std::vector<std::string>* out) {
  Rows rows;
  const Error e = server->query("SHOW BINARY LOGS", until_ms, &rows);
  for (size_t i = 0; i < rows.rows.size(); ++i) out->push_back(rows.at(i, 0));
  return e;
}

Error read_binlog_begin(Server* server, const std::string& name,
                        uint64_t until_ms, Gtids* out) {
  Rows rows;
  const Error e = server->query(
      "SHOW BINLOG EVENTS IN " + quote_sql(name) + " LIMIT 3", until_ms, &rows);
  for (size_t i = 0; i < rows.rows.size() && !e; ++i) {
    const std::string type = rows.get(i, "Event_type");
    if (type != "Gtid_list" && type != "Previous_gtids") continue;
    // MariaDB's stands in brackets.
    std::string list = rows.get(i, "Info");
    list = list.substr(0, list.find(']'));
    if (!list.empty() && list[0] == '[') list.erase(0, 1);
    if (!parse_gtids(list, out)) *out = Gtids();
  }
  return e;
}

std::string describe_divergence(Server* server,
                                const std::vector<GtidRange>& ranges) {
  const uint64_t until_ms = clock_ms() + kSearchMs;
  const uint64_t count = count_of(ranges);
  std::string out = tandem::format("%" PRIu64 " transaction%s", count,
                                   count == 1 ? "" : "s");
  const Gtids first = first_of(ranges[0]);
  const std::string name = format_gtids(first);
  const std::string log = find_log(server, first, until_ms);
  std::string what =
      log.empty() ? "" : find_deed(server, log, name, until_ms);
  if (what.empty()) return out;
  for (char& c : what) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  if (what.size() > kShownBytes) what = what.substr(0, kShownBytes) + "...";
  return out + ", " + name + ": " + what;
}

}  // namespace promote
