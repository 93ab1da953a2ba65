#include "splitfwd/show/metrics.h"

#include <inttypes.h>

#include "lib/text.h"
#include "splitfwd/show/info.h"
#include "splitfwd/show/table.h"

namespace splitfwd {

using tandem::format;

namespace {

const char* prefix(unsigned type) {
  return type == kFrontend ? "frontend" : type == kServer ? "server"
                                                          : "backend";
}

// Names of sections need no escape; a role comes from the watcher.
std::string label(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '"' || s[i] == '\\') out += '\\';
    out += s[i] == '\n' ? ' ' : s[i];
  }
  return out;
}

std::string labels(const StatLine& line) {
  std::string out = "{proxy=\"" + label(line.listen->name) + "\"";
  if (line.server) out += ",server=\"" + label(line.server->name) + "\"";
  return out;
}

std::string value_text(const std::string& value, Unit unit) {
  uint64_t n;
  if (value.empty()) return "NaN";
  if (unit == kPlain || !tandem::parse_u64(value, UINT64_MAX, &n)) {
    return value;
  }
  return format("%" PRIu64 ".%03u000", n / 1000,
                static_cast<unsigned>(n % 1000));
}

// "UP" of "UP 1/3"; what is not checked is up.
std::string state_of(const std::string& s) {
  return s == "OPEN" || s == "no check" ? "UP" : s.substr(0, s.find(' '));
}

// What only grows ends so.
void type_line(const std::string& name, std::string* out) {
  const bool total = name.size() > 6 &&
                     name.compare(name.size() - 6, 6, "_total") == 0;
  *out += "# TYPE " + name + (total ? " counter\n" : " gauge\n");
}

// For each row a sample for each word, 1 for the one that is its state.
void states(const std::string& name, const std::vector<StatLine>& lines,
            std::string (*state)(const StatLine&),
            const std::vector<const char*>& words, std::string* out) {
  type_line(name, out);
  for (const StatLine& line : lines) {
    for (const char* word : words) {
      *out += name + labels(line) + ",state=\"" + word + "\"} " +
              (state_of(state(line)) == word ? "1\n" : "0\n");
    }
  }
}

void server_states(const std::vector<StatLine>& lines, std::string* out) {
  states("haproxy_server_status", lines, status_text,
         {"DOWN", "UP", "MAINT", "DRAIN", "NOLB"}, out);
  states("haproxy_server_check_status", lines,
         [](const StatLine& l) { return l.server->check.status; },
         {"L4OK", "L4TOUT", "L4CON", "PROCERR", "PROCTOUT", "PROCOK"}, out);
}

// Ours: what makes a server right for reads or for writes.
void own_server_metrics(const std::vector<StatLine>& lines,
                        std::string* out) {
  type_line("splitfwd_server_role", out);
  for (const StatLine& line : lines) {
    if (line.server->role.empty()) continue;
    *out += "splitfwd_server_role" + labels(line) + ",role=\"" +
            label(line.server->role) + "\"} 1\n";
  }
  type_line("splitfwd_server_lag_seconds", out);
  for (const StatLine& line : lines) {
    uint64_t lag;
    if (!tandem::parse_u64(line.server->lag, UINT64_MAX, &lag)) continue;
    *out += format("splitfwd_server_lag_seconds%s} %" PRIu64 "\n",
                   labels(line).c_str(), lag);
  }
}

void refused_metric(const std::vector<StatLine>& lines, std::string* out) {
  type_line("splitfwd_listener_refused_total", out);
  for (const StatLine& line : lines) {
    *out += format("splitfwd_listener_refused_total%s} %" PRIu64 "\n",
                   labels(line).c_str(), line.listen->front.refused);
  }
}

void process_metrics(const Snapshot& s, std::string* out) {
  for (const InfoField& f : info_fields(s)) {
    if (!f.metric) continue;
    const std::string name = std::string("haproxy_process_") + f.metric;
    type_line(name, out);
    *out += name + " " + f.value + "\n";
  }
}

}  // namespace

std::string metrics_text(const Snapshot& snapshot) {
  std::string out;
  process_metrics(snapshot, &out);
  for (const unsigned type : {kFrontend, kBackend, kServer}) {
    Command rows;
    rows.types = type;
    const std::vector<StatLine> lines = stat_lines(snapshot, rows);
    const std::string start = std::string("haproxy_") + prefix(type);
    if (type == kServer) server_states(lines, &out);
    else states(start + "_status", lines, status_text, {"DOWN", "UP"}, &out);
    for (const Column* c : columns_of(type)) {
      if (!c->metric) continue;
      const std::string name = start + "_" + c->metric;
      type_line(name, &out);
      for (const StatLine& line : lines) {
        out += name + labels(line) + "} " +
               value_text(c->of(line), c->unit) + "\n";
      }
    }
    if (type == kServer) own_server_metrics(lines, &out);
    if (type == kFrontend) refused_metric(lines, &out);
  }
  return out;
}

}  // namespace splitfwd
