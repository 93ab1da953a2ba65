// What the control socket and the page show as rows of HAProxy's "show stat".
#include "splitfwd/show/table.h"

#include <inttypes.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::format;

namespace {

const CheckWord kChecks[] = {
    {"INI", "Initializing", 1, 0},
    {"SOCKERR", "Socket error", 5, 0},
    {"L4OK", "Layer4 check passed", 6, 3},
    {"L4TOUT", "Layer4 timeout", 7, 2},
    {"L4CON", "Layer4 connection problem", 8, 2},
    {"PROCERR", "External check error", 18, 2},
    {"PROCTOUT", "External check timeout", 19, 2},
    {"PROCOK", "External check passed", 20, 3},
    {"", "", 0, 0},
};

typedef const StatLine& Line;

std::string number(uint64_t n) {
  return n == kNone ? std::string() : format("%" PRIu64, n);
}
template <uint64_t Flow::*kField>
std::string of(Line l) { return number(l.flow->*kField); }
template <uint64_t CheckRow::*kField>
std::string of(Line l) { return number(l.server->check.*kField); }
template <uint64_t ServerRow::*kField>
std::string seconds(Line l) { return number(l.server->*kField / 1000); }
template <uint64_t ListenRow::*kField>
std::string seconds(Line l) { return number(l.listen->*kField / 1000); }
template <uint64_t kNumber>
std::string always(Line) { return number(kNumber); }

std::string svname(Line l) {
  if (l.server) return l.server->name;
  return l.type == kFrontend ? "FRONTEND" : "BACKEND";
}

std::string algorithm(Line l) {
  return tandem::word_for(kAlgorithms, l.listen->algorithm);
}

std::string connections(Line l) {
  return number(l.flow->total + l.flow->denied);
}

std::string check_meaning(Line l) {
  return check_word(l.server->check.status).meaning;
}

std::string last_session(Line l) {
  return l.flow->last_ms == kNone ? "-1" : number(l.flow->last_ms / 1000);
}

// Of the server, or of a backend's servers that serve: those that are a
// backup, or are not, or their weights.
uint64_t sum(Line l, bool backup, bool weights) {
  uint64_t n = 0;
  for (const ServerRow& s : l.listen->servers) {
    if (s.backup != backup) continue;
    if (l.server ? l.server == &s : s.serves()) n += weights ? s.weight : 1;
  }
  return n;
}
std::string active(Line l) { return number(sum(l, false, false)); }
std::string backups(Line l) { return number(sum(l, true, false)); }
std::string weight(Line l) {
  return number(sum(l, sum(l, false, false) == 0, true));
}

// From here on columns are ours; a '-' stands before them in the CSV.
const size_t kOwn = 103, kColumnCount = 105;
const unsigned kFront = kFrontend, kBehind = kServer | kBackend;

const Column kColumns[] = {
    {0, "pxname", kAnyType, "KNS", "str", [](Line l) { return l.listen->name; }},
    {1, "svname", kAnyType, "KNS", "str", svname},
    {26, "pid", kAnyType, "KGP", "u32", always<1>},  // of HAProxy's processes
    {27, "iid", kAnyType, "KGS", "u32", [](Line l) { return number(l.iid); }},
    {28, "sid", kAnyType, "KGS", "u32", [](Line l) { return number(l.sid); }},
    {32, "type", kFront, "CGS", "u32", always<0>},
    {32, "type", kBackend, "CGS", "u32", always<1>},
    {32, "type", kServer, "CGS", "u32", always<2>},
    {73, "addr", kServer, "CGS", "str", [](Line l) { return l.server->address; }},
    {75, "mode", kAnyType, "CGS", "str", [](Line) { return std::string("tcp"); }},
    {76, "algo", kBackend, "CGS", "str", algorithm},
    {17, "status", kAnyType, "SGP", "str", [](Line l) { return status_text(l); }},

    {4, "scur", kAnyType, "MGP", "u32", of<&Flow::now>, "current_sessions"},
    {5, "smax", kAnyType, "MMP", "u32", of<&Flow::max>, "max_sessions"},
    {6, "slim", kAnyType, "CLP", "u32", of<&Flow::limit>, "limit_sessions"},
    {7, "stot", kAnyType, "MCP", "u64", of<&Flow::total>, "sessions_total"},
    {33, "rate", kFront | kServer, "MRP", "u32", of<&Flow::rate>},
    {33, "rate", kBackend, "MGP", "u32", of<&Flow::rate>},
    {35, "rate_max", kFront | kServer, "MMP", "u32", of<&Flow::rate_max>, "max_session_rate"},
    {35, "rate_max", kBackend, "MGP", "u32", of<&Flow::rate_max>, "max_session_rate"},
    {8, "bin", kAnyType, "MCP", "u64", of<&Flow::in_bytes>, "bytes_in_total"},
    {9, "bout", kAnyType, "MCP", "u64", of<&Flow::out_bytes>, "bytes_out_total"},
    {77, "conn_rate", kFront, "MRP", "u32", of<&Flow::rate>},
    {79, "conn_tot", kFront, "MCP", "u64", connections, "connections_total"},
    {78, "conn_rate_max", kFront, "MMP", "u32", of<&Flow::rate_max>, "connections_rate_max"},
    {81, "dcon", kFront, "MCP", "u64", of<&Flow::denied>, "denied_connections_total"},

    {2, "qcur", kBehind, "MGP", "u32", of<&Flow::queued>, "current_queue"},
    {3, "qmax", kBehind, "MMP", "u32", of<&Flow::queued_max>, "max_queue"},
    {84, "connect", kBehind, "MCP", "u64", of<&Flow::connects>, "connection_attempts_total"},
    {13, "econ", kBehind, "MCP", "u64", of<&Flow::connect_errors>, "connection_errors_total"},
    {15, "wretr", kBehind, "MCP", "u64", of<&Flow::retries>, "retry_warnings_total"},
    {16, "wredis", kBehind, "MCP", "u64", of<&Flow::redispatches>, "redispatch_warnings_total"},
    {49, "cli_abrt", kBehind, "MCP", "u64", of<&Flow::client_aborts>, "client_aborts_total"},
    {50, "srv_abrt", kBehind, "MCP", "u64", of<&Flow::server_aborts>, "server_aborts_total"},
    {55, "lastsess", kBehind, "MAP", "s32", last_session, "last_session_seconds"},
    {58, "qtime", kBehind, "MaP", "u32", of<&Flow::queue_ms>, "queue_time_average_seconds", kMs},
    {59, "ctime", kBehind, "MaP", "u32", of<&Flow::connect_ms>, "connect_time_average_seconds", kMs},
    {61, "ttime", kBehind, "MaP", "u32", of<&Flow::total_ms>, "total_time_average_seconds", kMs},
    {90, "qtime_max", kBehind, "MMP", "u32", of<&Flow::queue_max_ms>, "max_queue_time_seconds", kMs},
    {91, "ctime_max", kBehind, "MMP", "u32", of<&Flow::connect_max_ms>, "max_connect_time_seconds", kMs},
    {93, "ttime_max", kBehind, "MMP", "u32", of<&Flow::total_max_ms>, "max_total_time_seconds", kMs},
    {30, "lbtot", kBehind, "MCP", "u64", of<&Flow::total>, "loadbalanced_total"},

    {18, "weight", kBehind, "MaP", "u32", weight, "weight"},
    {99, "uweight", kBehind, "MaP", "u32", weight, "uweight"},
    {19, "act", kServer, "SGP", "u32", active},
    {19, "act", kBackend, "MGP", "u32", active, "active_servers"},
    {20, "bck", kServer, "SGP", "u32", backups},
    {20, "bck", kBackend, "MGP", "u32", backups, "backup_servers"},
    {22, "chkdown", kChecked, "MCP", "u64", of<&CheckRow::downs>, "check_up_down_total"},
    {22, "chkdown", kBackend, "MCP", "u64", [](Line l) { return number(l.listen->downs); }, "check_up_down_total"},
    {23, "lastchg", kServer, "MAP", "u32", seconds<&ServerRow::changed_ms>, "check_last_change_seconds"},
    {23, "lastchg", kBackend, "MAP", "u32", seconds<&ListenRow::changed_ms>, "check_last_change_seconds"},
    {24, "downtime", kChecked, "MCP", "u32", seconds<&ServerRow::down_ms>, "downtime_seconds_total"},
    {24, "downtime", kBackend, "MCP", "u32", seconds<&ListenRow::down_ms>, "downtime_seconds_total"},
    {21, "chkfail", kChecked, "MCP", "u64", of<&CheckRow::failures>, "check_failures_total"},
    {37, "check_code", kChecked, "MOP", "u32", of<&CheckRow::code>, "check_code"},
    {38, "check_duration", kChecked, "MDP", "u64", of<&CheckRow::duration_ms>, "check_duration_seconds", kMs},
    {36, "check_status", kChecked, "MOP", "str", [](Line l) { return l.server->check.status; }},
    {56, "last_chk", kChecked, "MOP", "str", [](Line l) { return l.server->check.text; }},
    {65, "check_desc", kChecked, "MOP", "str", check_meaning},
    {67, "check_rise", kChecked, "CGS", "u32", of<&CheckRow::rise>},
    {68, "check_fall", kChecked, "CGS", "u32", of<&CheckRow::fall>},
    {69, "check_health", kChecked, "CGS", "u32", [](Line l) { return number(l.server->health()); }},

    // There is no such thing here, and tools expect a number.
    {10, "dreq", kFront | kBackend, "MCP", "u64", always<0>},
    {11, "dresp", kAnyType, "MCP", "u64", always<0>},
    {12, "ereq", kFront, "MCP", "u64", always<0>},
    {14, "eresp", kBehind, "MCP", "u64", always<0>},
    {34, "rate_lim", kFront, "CLP", "u32", always<0>},
    {60, "rtime", kBehind, "MaP", "u32", always<0>},
    {82, "dses", kFront, "MCP", "u64", always<0>},
    {83, "wrew", kAnyType, "MCP", "u64", always<0>},
    {92, "rtime_max", kBehind, "MMP", "u32", always<0>},
    {94, "eint", kAnyType, "MCP", "u64", always<0>},

    {103, "role", kServer, "SGP", "str", [](Line l) { return l.server->role; }},
    {104, "lag", kServer, "MGP", "u64", [](Line l) { return l.server->lag; }},
};
// What HAProxy has in the places between, in its order.
const char kOthers[] =
    "qlimit throttle tracked hrsp_1xx hrsp_2xx hrsp_3xx hrsp_4xx hrsp_5xx "
    "hrsp_other hanafail req_rate req_rate_max req_tot comp_in comp_out "
    "comp_byp comp_rsp last_agt agent_status agent_code agent_duration "
    "agent_desc agent_rise agent_fall agent_health cookie intercepted reuse "
    "cache_lookups cache_hits srv_icur src_ilim idle_conn_cur safe_conn_cur "
    "used_conn_cur need_conn_est agg_server_status agg_server_check_status "
    "agg_check_status";

std::string one_line(std::string s) {
  for (char& c : s) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return s;
}

// Quoted when it must be, as HAProxy does.
std::string csv_value(const std::string& s) {
  if (s.find_first_of(",\"\r\n") == std::string::npos) return s;
  std::string out = "\"";
  for (const char c : one_line(s)) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

// What stands at each position; column null: nothing.
struct Cell {
  const Column* column;
  std::string text;
};
std::vector<Cell> cells_of(const StatLine& line) {
  std::vector<Cell> out(kColumnCount);
  for (const Column& c : kColumns) {
    if (c.is_in(line)) out[c.position] = {&c, c.get(line)};
  }
  return out;
}

// The columns' names.
std::vector<Cell> head() {
  std::vector<Cell> out(kColumnCount);
  for (const Column& c : kColumns) out[c.position].text = c.name;
  const std::vector<std::string> others = tandem::split_words(kOthers);
  size_t next = 0;
  for (Cell& cell : out) {
    if (cell.text.empty()) cell.text = others[next++];
  }
  return out;
}

std::string csv_line(const std::vector<Cell>& cells) {
  std::string out;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i == kOwn) out += "-,";
    out += csv_value(cells[i].text) + ",";
  }
  return out + "\n";
}

// A server may be called 126, and a lag be anything.
bool is_number(const Cell& cell) {
  const std::string& s = cell.text;
  if (cell.column->is_text()) return false;
  const size_t from = s[0] == '-' ? 1 : 0;
  return s.size() > from && s.size() <= 20 &&
         (s[from] != '0' || s.size() == from + 1) &&
         s.find_first_not_of("0123456789", from) == std::string::npos;
}

}  // namespace

bool Column::is_in(const StatLine& l) const {
  return rows & l.type && (rows != kChecked || !l.server->check.status.empty());
}

std::string Column::of(const StatLine& line) const {
  return is_in(line) ? get(line) : std::string();
}

std::vector<const Column*> columns_of(unsigned type) {
  std::vector<const Column*> out;
  for (const Column& c : kColumns) {
    if (c.rows & type) out.push_back(&c);
  }
  return out;
}

const CheckWord& check_word(const std::string& status) {
  const CheckWord* word = kChecks;
  while (*word->status && status != word->status) ++word;
  return *word;
}

std::string status_text(const ServerRow& s) {
  if (s.admin == Admin::Maint) return "MAINT";
  const uint64_t streak = s.check.streak;
  if (!s.up) {
    return streak == 0 ? "DOWN"
                       : format("DOWN %" PRIu64 "/%" PRIu64, streak,
                                s.check.rise);
  }
  if (s.check.status.empty() && !s.draining() && s.usable) return "no check";
  const char* word = s.draining() ? "DRAIN" : s.usable ? "UP" : "NOLB";
  if (streak == 0) return word;
  return format("%s %" PRIu64 "/%" PRIu64, word, s.check.fall - streak,
                s.check.fall);
}

std::string status_text(const StatLine& l) {
  if (l.server) return status_text(*l.server);
  if (l.type == kFrontend) return l.listen->closed ? "STOP" : "OPEN";
  return l.listen->has_server() ? "UP" : "DOWN";
}

std::vector<StatLine> stat_lines(const Snapshot& snapshot,
                                 const Command& command) {
  std::vector<StatLine> out;
  for (size_t i = 0; i < snapshot.listens.size(); ++i) {
    if (command.listen != kAllListens && command.listen != i) continue;
    const ListenRow& l = snapshot.listens[i];
    const size_t iid = i + 2;  // HAProxy counts itself as 1
    if (command.types & kFrontend) {
      out.push_back({kFrontend, &l, nullptr, &l.front, iid, 0});
    }
    for (size_t k = 0; k < l.servers.size(); ++k) {
      if (!(command.types & kServer)) break;
      if (command.sid != 0 && command.sid != k + 1) continue;
      const ServerRow& s = l.servers[k];
      out.push_back({kServer, &l, &s, &s.flow, iid, k + 1});
    }
    if (command.types & kBackend) {
      out.push_back({kBackend, &l, nullptr, &l.back, iid, 0});
    }
  }
  return out;
}

std::string stat_csv(const std::vector<StatLine>& lines) {
  std::string out = "# " + csv_line(head());
  for (const StatLine& line : lines) out += csv_line(cells_of(line));
  return out;
}

std::string stat_json(const std::vector<StatLine>& lines) {
  std::string out = "[";
  for (const StatLine& line : lines) {
    out += &line == &lines[0] ? "\n{" : ",\n{";
    const char* comma = "";
    for (const Cell& cell : cells_of(line)) {
      if (cell.text.empty()) continue;
      out += format("%s\"%s\":", comma, cell.column->name);
      out += is_number(cell) ? cell.text : tandem::json_quote(cell.text);
      comma = ",";
    }
    out += "}";
  }
  return out + "\n]\n";
}

std::string stat_typed(const std::vector<StatLine>& lines) {
  std::string out;
  for (const StatLine& l : lines) {
    const char kind = l.server ? 'S' : l.type == kFrontend ? 'F' : 'B';
    for (const Cell& cell : cells_of(l)) {
      if (!cell.column) continue;
      const Column& c = *cell.column;
      if (cell.text.empty() && !c.is_text()) continue;
      out += format("%c.%zu.%zu.%zu.%s.1:%s:%s:", kind, l.iid, l.sid,
                    c.position, c.name, c.tags,
                    is_number(cell) ? c.type : "str") +
             one_line(cell.text) + "\n";
    }
  }
  return out;
}

}  // namespace splitfwd
