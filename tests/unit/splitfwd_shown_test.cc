// What is shown of a running splitfwd: the table, /metrics, the answers of
// the control socket, the page. HAProxy 2.6's own answers are the measure.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "lib/text.h"
#include "lib/verb.h"
#include "splitfwd/route/rates.h"
#include "splitfwd/show/info.h"
#include "splitfwd/show/metrics.h"
#include "splitfwd/show/page.h"
#include "splitfwd/show/table.h"

using namespace splitfwd;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Each number is another one, so that none can stand in another's place.
Flow flow(uint64_t n) {
  Flow f;
  f.now = n + 1;
  f.max = n + 2;
  f.total = n + 3;
  f.limit = n + 4;
  f.queued = n + 5;
  f.queued_max = n + 6;
  f.in_bytes = n + 7;
  f.out_bytes = n + 8000;
  f.rate = n + 9;
  f.rate_max = n + 10;
  f.denied = n + 11;
  f.refused = n + 12;
  f.connects = n + 13;
  f.connect_errors = n + 14;
  f.retries = n + 15;
  f.redispatches = n + 16;
  f.client_aborts = n + 17;
  f.server_aborts = n + 18;
  f.last_ms = (n + 19) * 1000;
  f.queue_ms = n + 20;
  f.connect_ms = n + 21;
  f.total_ms = n + 22;
  f.queue_max_ms = n + 23;
  f.connect_max_ms = n + 24;
  f.total_max_ms = n + 25;
  return f;
}

ServerRow server(const char* name, const char* address) {
  ServerRow s;
  s.name = name;
  s.address = address;
  s.up = s.usable = true;
  s.weight_initial = 7;
  s.weight = 5;
  s.changed_ms = 65000;
  s.down_ms = 9000;
  s.check.status = "L4OK";
  s.check.duration_ms = 2;
  s.check.rise = 2;
  s.check.fall = 3;
  s.check.failures = 31;
  s.check.downs = 32;
  return s;
}

Snapshot snapshot() {
  Snapshot v;
  v.node = "hdp3";
  v.pid = 4711;
  v.threads = 2;
  v.uptime_ms = 93784000;  // 1d2h3m4s
  v.started_s = 1795623142;
  v.sessions = 7;
  v.sessions_max = 4000;
  v.sessions_total = 314159;
  v.rate = 3;
  v.rate_max = 8;
  v.descriptors_max = 8200;
  v.out_bytes = 123456789;
  v.listens.resize(2);
  ListenRow& read = v.listens[0];
  read.name = "read";
  read.bind = "0.0.0.0:3307";
  read.algorithm = Algorithm::LeastConn;
  read.front = flow(1000);
  read.back = flow(2000);
  read.servers.push_back(server("hdp3", "172.16.1.126:3306"));
  read.servers[0].flow = flow(3000);
  read.servers[0].role = "primary";
  read.servers.push_back(server("hdp4", "[2001:db8::7]:3306"));
  read.servers[1].lag = "12";
  read.servers[1].role = "replica";
  read.servers[1].backup = true;
  v.listens[1] = read;
  v.listens[1].name = "write";
  v.listens[1].send_to = SendTo::Primary;
  v.listens[1].servers[1].usable = false;
  return v;
}

// A line's value by the column's name in the header.
std::string at(const std::string& csv, size_t line, const char* column) {
  const std::vector<std::string> lines = tandem::split_fields(csv, "\n");
  const std::vector<std::string> names =
      tandem::split_fields(lines[0].substr(2), ",");
  const std::vector<std::string> values =
      tandem::split_fields(lines[line], ",");
  assert_int_equal(values.size(), names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == column) return values[i];
  }
  fail_msg("no column %s", column);
  return "";
}

}  // namespace

static void columns_stand_where_haproxy_has_them(void**) {
  const std::string csv = stat_csv(std::vector<StatLine>());
  const std::vector<std::string> names =
      tandem::split_fields(csv.substr(2), ",");
  const struct {
    size_t position;
    const char* name;
  } kPlaces[] = {{0, "pxname"}, {1, "svname"}, {2, "qcur"}, {4, "scur"},
                 {7, "stot"}, {8, "bin"}, {13, "econ"}, {17, "status"},
                 {18, "weight"}, {21, "chkfail"}, {26, "pid"}, {32, "type"},
                 {33, "rate"}, {36, "check_status"}, {49, "cli_abrt"},
                 {55, "lastsess"}, {56, "last_chk"}, {58, "qtime"},
                 {61, "ttime"}, {65, "check_desc"}, {67, "check_rise"},
                 {73, "addr"}, {76, "algo"}, {79, "conn_tot"}, {81, "dcon"},
                 {84, "connect"}, {90, "qtime_max"}, {94, "eint"},
                 {99, "uweight"}, {102, "agg_check_status"}, {103, "-"},
                 {104, "role"}, {105, "lag"}};
  for (size_t i = 0; i < sizeof kPlaces / sizeof *kPlaces; ++i) {
    assert_string_equal(names[kPlaces[i].position].c_str(), kPlaces[i].name);
  }
  assert_int_equal(names.size(), 107);  // a comma at the end
}

static void each_row_has_haproxys_columns_and_no_other(void**) {
  const Snapshot v = snapshot();
  const std::string csv = stat_csv(stat_lines(v, Command()));
  const struct {
    size_t line;
    const char* column;
    const char* value;
  } kValues[] = {
      {1, "pxname", "read"}, {1, "svname", "FRONTEND"}, {1, "scur", "1001"},
      {1, "smax", "1002"}, {1, "slim", "1004"}, {1, "stot", "1003"},
      {1, "bin", "1007"}, {1, "bout", "9000"}, {1, "status", "OPEN"},
      {1, "rate", "1009"}, {1, "rate_max", "1010"}, {1, "dcon", "1011"},
      {1, "conn_tot", "2014"}, {1, "qcur", ""}, {1, "weight", ""},
      {1, "type", "0"}, {1, "iid", "2"}, {1, "sid", "0"}, {1, "pid", "1"},
      {2, "svname", "hdp3"}, {2, "scur", "3001"}, {2, "qcur", "3005"},
      {2, "qmax", "3006"}, {2, "econ", "3014"}, {2, "wretr", "3015"},
      {2, "wredis", "3016"}, {2, "status", "UP"}, {2, "weight", "5"},
      {2, "act", "1"}, {2, "bck", "0"}, {2, "chkfail", "31"},
      {2, "chkdown", "32"}, {2, "lastchg", "65"}, {2, "downtime", "9"},
      {2, "sid", "1"}, {2, "throttle", ""}, {2, "type", "2"},
      {2, "check_status", "L4OK"}, {2, "check_duration", "2"},
      {2, "cli_abrt", "3017"}, {2, "srv_abrt", "3018"},
      {2, "lastsess", "3019"}, {2, "qtime", "3020"}, {2, "ctime", "3021"},
      {2, "ttime", "3022"}, {2, "check_desc", "Layer4 check passed"},
      {2, "check_rise", "2"}, {2, "check_fall", "3"}, {2, "check_health", "4"},
      {2, "addr", "172.16.1.126:3306"}, {2, "mode", "tcp"}, {2, "algo", ""},
      {2, "connect", "3013"}, {2, "qtime_max", "3023"},
      {2, "ctime_max", "3024"}, {2, "ttime_max", "3025"},
      {2, "uweight", "5"}, {2, "role", "primary"}, {2, "lag", ""},
      {3, "slim", ""}, {3, "act", "0"}, {3, "bck", "1"}, {3, "sid", "2"},
      {3, "lastsess", "-1"}, {3, "lag", "12"},
      {4, "svname", "BACKEND"}, {4, "qcur", "2005"}, {4, "status", "UP"},
      {4, "weight", "5"}, {4, "act", "1"}, {4, "bck", "1"}, {4, "type", "1"},
      {4, "algo", "leastconn"}, {4, "lbtot", "2003"},
      {5, "pxname", "write"}, {5, "iid", "3"}, {7, "status", "NOLB"},
      {8, "bck", "0"}};
  for (size_t i = 0; i < sizeof kValues / sizeof *kValues; ++i) {
    const std::string got = at(csv, kValues[i].line, kValues[i].column);
    if (got != kValues[i].value) {
      fprintf(stderr, "%zu %s: %s\n", kValues[i].line, kValues[i].column,
              got.c_str());
    }
    assert_string_equal(got.c_str(), kValues[i].value);
  }
}

static void a_server_s_state_is_one_of_haproxys_words(void**) {
  ServerRow s = server("x", "1.2.3.4:1");
  assert_string_equal(status_text(s).c_str(), "UP");
  s.check.streak = 1;
  assert_string_equal(status_text(s).c_str(), "UP 2/3");
  s.weight = 0;
  assert_string_equal(status_text(s).c_str(), "DRAIN 2/3");
  s.check.streak = 0;
  assert_string_equal(status_text(s).c_str(), "DRAIN");
  s.weight = 1;
  s.usable = false;
  assert_string_equal(status_text(s).c_str(), "NOLB");
  s.admin = Admin::Drain;
  assert_string_equal(status_text(s).c_str(), "DRAIN");
  s.up = false;
  assert_string_equal(status_text(s).c_str(), "DOWN");
  s.check.streak = 1;
  assert_string_equal(status_text(s).c_str(), "DOWN 1/2");
  s.admin = Admin::Maint;
  assert_string_equal(status_text(s).c_str(), "MAINT");
  ServerRow unchecked = server("x", "1.2.3.4:1");
  unchecked.check = CheckRow();
  assert_string_equal(status_text(unchecked).c_str(), "no check");
}

static void rows_are_chosen_by_listener_type_and_server(void**) {
  const Snapshot v = snapshot();
  Command c;
  assert_int_equal(stat_lines(v, c).size(), 8);
  c.listen = 1;
  assert_int_equal(stat_lines(v, c).size(), 4);
  c.types = kServer;
  c.sid = 2;
  const std::vector<StatLine> one = stat_lines(v, c);
  assert_int_equal(one.size(), 1);
  assert_string_equal(one[0].server->name.c_str(), "hdp4");
  assert_string_equal(one[0].listen->name.c_str(), "write");
}

static void what_the_server_said_cannot_break_a_row(void**) {
  Snapshot v = snapshot();
  v.listens[0].servers[0].check.text = "a,\"b\"\nc";
  const std::string csv = stat_csv(stat_lines(v, Command()));
  assert_true(contains(csv, ",\"a,\"\"b\"\" c\","));
  const std::string json = stat_json(stat_lines(v, Command()));
  assert_true(contains(json, "\"last_chk\":\"a,\\\"b\\\"\\u000ac\""));
}

static void json_has_numbers_and_words(void**) {
  Snapshot v = snapshot();
  v.listens[0].servers[0].name = "126";
  const std::string json = stat_json(stat_lines(v, Command()));
  const char* const parts[] = {
      "{\"pxname\":\"read\",\"svname\":\"FRONTEND\",\"scur\":1001,",
      "\"svname\":\"126\"", "\"lag\":12", "\"lastsess\":-1",
      "\"role\":\"primary\"", "\"addr\":\"172.16.1.126:3306\""};
  for (const char* part : parts) assert_true(contains(json, part));
  assert_false(contains(json, "\"throttle\""));
  assert_string_equal(stat_json(std::vector<StatLine>()).c_str(), "[\n]\n");
}

// A row's lines of 'show stat typed', without the row and the values.
static std::string kinds_of(const std::string& typed, const char* row) {
  std::string out;
  for (const std::string& line : tandem::split_fields(typed, "\n")) {
    if (!tandem::starts_with(line, row)) continue;
    const std::vector<std::string> parts = tandem::split_fields(line, ":");
    assert_true(parts.size() >= 4);
    assert_string_equal(parts[0].substr(parts[0].size() - 2).c_str(), ".1");
    out += parts[0].substr(strlen(row), parts[0].size() - strlen(row) - 2) +
           ":" + parts[1] + ":" + parts[2] + " ";
  }
  return out;
}

// As HAProxy 2.6.12 answered: a frontend, a server with a check that has a
// code and a backend, of mode tcp.
static void typed_has_haproxys_tags(void**) {
  Snapshot v = snapshot();
  ServerRow* s = &v.listens[0].servers[0];
  s->check.code = 1040;
  s->role.clear();
  const std::string typed = stat_typed(stat_lines(v, Command()));
  assert_string_equal(
      kinds_of(typed, "F.2.0.").c_str(),
      "0.pxname:KNS:str 1.svname:KNS:str 4.scur:MGP:u32 5.smax:MMP:u32 "
      "6.slim:CLP:u32 7.stot:MCP:u64 8.bin:MCP:u64 9.bout:MCP:u64 "
      "10.dreq:MCP:u64 11.dresp:MCP:u64 12.ereq:MCP:u64 17.status:SGP:str "
      "26.pid:KGP:u32 27.iid:KGS:u32 28.sid:KGS:u32 32.type:CGS:u32 "
      "33.rate:MRP:u32 34.rate_lim:CLP:u32 35.rate_max:MMP:u32 "
      "75.mode:CGS:str 77.conn_rate:MRP:u32 78.conn_rate_max:MMP:u32 "
      "79.conn_tot:MCP:u64 81.dcon:MCP:u64 82.dses:MCP:u64 83.wrew:MCP:u64 "
      "94.eint:MCP:u64 ");
  assert_string_equal(
      kinds_of(typed, "S.2.1.").c_str(),
      "0.pxname:KNS:str 1.svname:KNS:str 2.qcur:MGP:u32 3.qmax:MMP:u32 "
      "4.scur:MGP:u32 5.smax:MMP:u32 6.slim:CLP:u32 7.stot:MCP:u64 "
      "8.bin:MCP:u64 9.bout:MCP:u64 11.dresp:MCP:u64 13.econ:MCP:u64 "
      "14.eresp:MCP:u64 15.wretr:MCP:u64 16.wredis:MCP:u64 17.status:SGP:str "
      "18.weight:MaP:u32 19.act:SGP:u32 20.bck:SGP:u32 21.chkfail:MCP:u64 "
      "22.chkdown:MCP:u64 23.lastchg:MAP:u32 24.downtime:MCP:u32 "
      "26.pid:KGP:u32 27.iid:KGS:u32 28.sid:KGS:u32 30.lbtot:MCP:u64 "
      "32.type:CGS:u32 33.rate:MRP:u32 35.rate_max:MMP:u32 "
      "36.check_status:MOP:str 37.check_code:MOP:u32 "
      "38.check_duration:MDP:u64 49.cli_abrt:MCP:u64 50.srv_abrt:MCP:u64 "
      "55.lastsess:MAP:s32 56.last_chk:MOP:str 58.qtime:MaP:u32 "
      "59.ctime:MaP:u32 60.rtime:MaP:u32 61.ttime:MaP:u32 "
      "65.check_desc:MOP:str 67.check_rise:CGS:u32 68.check_fall:CGS:u32 "
      "69.check_health:CGS:u32 73.addr:CGS:str 75.mode:CGS:str "
      "83.wrew:MCP:u64 84.connect:MCP:u64 90.qtime_max:MMP:u32 "
      "91.ctime_max:MMP:u32 92.rtime_max:MMP:u32 93.ttime_max:MMP:u32 "
      "94.eint:MCP:u64 99.uweight:MaP:u32 103.role:SGP:str ");
  assert_string_equal(
      kinds_of(typed, "B.2.0.").c_str(),
      "0.pxname:KNS:str 1.svname:KNS:str 2.qcur:MGP:u32 3.qmax:MMP:u32 "
      "4.scur:MGP:u32 5.smax:MMP:u32 6.slim:CLP:u32 7.stot:MCP:u64 "
      "8.bin:MCP:u64 9.bout:MCP:u64 10.dreq:MCP:u64 11.dresp:MCP:u64 "
      "13.econ:MCP:u64 14.eresp:MCP:u64 15.wretr:MCP:u64 16.wredis:MCP:u64 "
      "17.status:SGP:str 18.weight:MaP:u32 19.act:MGP:u32 20.bck:MGP:u32 "
      "22.chkdown:MCP:u64 23.lastchg:MAP:u32 24.downtime:MCP:u32 "
      "26.pid:KGP:u32 27.iid:KGS:u32 28.sid:KGS:u32 30.lbtot:MCP:u64 "
      "32.type:CGS:u32 33.rate:MGP:u32 35.rate_max:MGP:u32 "
      "49.cli_abrt:MCP:u64 50.srv_abrt:MCP:u64 55.lastsess:MAP:s32 "
      "58.qtime:MaP:u32 59.ctime:MaP:u32 60.rtime:MaP:u32 61.ttime:MaP:u32 "
      "75.mode:CGS:str 76.algo:CGS:str 83.wrew:MCP:u64 84.connect:MCP:u64 "
      "90.qtime_max:MMP:u32 91.ctime_max:MMP:u32 92.rtime_max:MMP:u32 "
      "93.ttime_max:MMP:u32 94.eint:MCP:u64 99.uweight:MaP:u32 ");
}

static void typed_is_a_line_for_each_value(void**) {
  Snapshot v = snapshot();
  std::vector<ServerRow>& servers = v.listens[0].servers;
  servers[0].check.text = "a\n\nb:c";
  servers[0].lag = "?";
  servers[1].check = CheckRow();
  const std::string typed = "\n" + stat_typed(stat_lines(v, Command()));
  const char* const lines[] = {
      "F.2.0.0.pxname.1:KNS:str:read", "F.2.0.1.svname.1:KNS:str:FRONTEND",
      "F.2.0.79.conn_tot.1:MCP:u64:2014", "F.3.0.0.pxname.1:KNS:str:write",
      "S.2.1.7.stot.1:MCP:u64:3003", "S.2.1.56.last_chk.1:MOP:str:a  b:c",
      "S.2.1.103.role.1:SGP:str:primary", "S.2.1.104.lag.1:MGP:str:?",
      "S.2.2.17.status.1:SGP:str:no check", "S.2.2.55.lastsess.1:MAP:s32:-1",
      "S.2.2.104.lag.1:MGP:u64:12", "B.2.0.76.algo.1:CGS:str:leastconn",
      "S.3.1.56.last_chk.1:MOP:str:",  // said, and empty
      "B.3.0.1.svname.1:KNS:str:BACKEND"};
  for (const char* line : lines) {
    if (!contains(typed, std::string("\n") + line + "\n")) {
      fail_msg("missing: %s", line);
    }
  }
  // No limit, no check, no code: no line. An empty one would end the answer.
  for (const char* none : {"S.2.2.6.", "S.2.2.21.", "S.2.2.56.", "S.2.1.37.",
                           "S.2.1.29.", "\n\n"}) {
    assert_false(contains(typed, none));
  }
  assert_string_equal(stat_typed(std::vector<StatLine>()).c_str(), "");
}

static void metrics_have_haproxys_names_and_labels(void**) {
  const std::string m = metrics_text(snapshot());
  const char* const lines[] = {
      "# TYPE haproxy_process_connections_total counter",
      "haproxy_process_connections_total 314159",
      "haproxy_process_current_connections 7",
      "haproxy_process_max_fds 8200",
      "# TYPE haproxy_server_status gauge",
      "haproxy_server_status{proxy=\"read\",server=\"hdp3\",state=\"UP\"} 1",
      "haproxy_server_status{proxy=\"read\",server=\"hdp3\",state=\"NOLB\"} 0",
      "haproxy_server_status{proxy=\"write\",server=\"hdp4\",state=\"NOLB\"} 1",
      "haproxy_server_status{proxy=\"write\",server=\"hdp4\",state=\"UP\"} 0",
      "haproxy_server_check_status{proxy=\"read\",server=\"hdp3\","
      "state=\"L4OK\"} 1",
      "haproxy_server_limit_sessions{proxy=\"read\",server=\"hdp4\"} NaN",
      "haproxy_backend_status{proxy=\"read\",state=\"UP\"} 1",
      "haproxy_backend_active_servers{proxy=\"read\"} 1",
      "haproxy_frontend_status{proxy=\"read\",state=\"UP\"} 1",
      "haproxy_frontend_connections_total{proxy=\"read\"} 2014",
      "haproxy_frontend_bytes_out_total{proxy=\"write\"} 9000",
      "splitfwd_server_role{proxy=\"read\",server=\"hdp3\","
      "role=\"primary\"} 1",
      "splitfwd_server_lag_seconds{proxy=\"read\",server=\"hdp4\"} 12",
      "splitfwd_listener_refused_total{proxy=\"read\"} 1012"};
  for (const char* line : lines) {
    if (!contains("\n" + m, std::string("\n") + line + "\n")) {
      fail_msg("missing: %s", line);
    }
  }
  const struct {
    const char* name;
    const char* value;
  } kOfServer[] = {
      {"current_sessions", "3001"}, {"max_sessions", "3002"},
      {"sessions_total", "3003"}, {"current_queue", "3005"},
      {"connection_errors_total", "3014"}, {"retry_warnings_total", "3015"},
      {"redispatch_warnings_total", "3016"}, {"check_failures_total", "31"},
      {"check_up_down_total", "32"}, {"downtime_seconds_total", "9"},
      {"weight", "5"}, {"queue_time_average_seconds", "3.020000"},
      {"connect_time_average_seconds", "3.021000"},
      {"check_duration_seconds", "0.002000"}};
  for (const auto& s : kOfServer) {
    const std::string line = std::string("\nhaproxy_server_") + s.name +
                             "{proxy=\"read\",server=\"hdp3\"} " + s.value;
    if (!contains(m, line + "\n")) fail_msg("missing: %s", line.c_str());
  }
  // Each name's type is said once, and its samples stand together.
  std::vector<std::string> seen;
  std::string last;
  for (const std::string& line : tandem::split_fields(m, "\n")) {
    if (line.empty()) continue;
    if (tandem::starts_with(line, "# TYPE ")) {
      last = tandem::split_words(line)[2];
      for (const std::string& name : seen) assert_true(name != last);
      seen.push_back(last);
    } else {
      assert_true(tandem::starts_with(line, last.c_str()));
    }
  }
  assert_int_equal(tandem::split_fields(m, "\n").back().size(), 0);
}

static void info_is_name_and_value(void**) {
  const std::string info = info_text(snapshot(), Form::Plain);
  const char* const lines[] = {
      "\nMaxsock: 8200\n", "\nConnRate: 3\n", "\nSessRate: 3\n",
      "\nMaxConnRate: 8\n", "\nStopping: 0\n", "\nPid: 4711\n", "\nUptime: 1d 2h03m04s\n",
      "\nUptime_sec: 93784\n", "\nMaxconn: 4000\n", "\nCurrConns: 7\n",
      "\nCumConns: 314159\n", "\nNbthread: 2\n", "\nnode: hdp3\n",
      "\nTotalBytesOut: 123456789\n", "\nStart_time_sec: 1795623142\n"};
  for (const char* line : lines) assert_true(contains(info, line));
  assert_true(tandem::starts_with(
      info, tandem::format("Name: splitfwd\nVersion: %s\n",
                           tandem::kVersion).c_str()));
  const std::string json = info_text(snapshot(), Form::Json);
  assert_true(contains(json, "\"Pid\":4711,"));
  assert_true(contains(json, "\"node\":\"hdp3\""));
}

// The tags are those of HAProxy 2.6.12, and so is the order.
static void typed_info_has_haproxys_tags(void**) {
  assert_string_equal(
      info_text(snapshot(), Form::Typed).c_str(),
      tandem::format("0.Name.1:POS:str:splitfwd\n"
                     "1.Version.1:POS:str:%s\n"
                     "3.Nbthread.1:CGS:u32:2\n"
                     "6.Pid.1:SGP:u32:4711\n"
                     "7.Uptime.1:MDP:str:1d 2h03m04s\n"
                     "8.Uptime_sec.1:MDP:u32:93784\n"
                     "14.Maxsock.1:CLP:u32:8200\n"
                     "15.Maxconn.1:CLP:u32:4000\n"
                     "16.Hard_maxconn.1:CLP:u32:4000\n"
                     "17.CurrConns.1:MGP:u32:7\n"
                     "18.CumConns.1:MCP:u32:314159\n"
                     "26.ConnRate.1:MRP:u32:3\n"
                     "28.MaxConnRate.1:MMP:u32:8\n"
                     "29.SessRate.1:MRP:u32:3\n"
                     "31.MaxSessRate.1:MRP:u32:8\n"
                     "50.node.1:COS:str:hdp3\n"
                     "52.Stopping.1:MGP:u32:0\n"
                     "55.Listeners.1:MGP:u32:2\n"
                     "58.DroppedLogs.1:MGP:u32:0\n"
                     "61.TotalBytesOut.1:MGP:u64:123456789\n"
                     "70.Start_time_sec.1:MDP:u32:1795623142\n"
                     "72.Shortages.1:MCP:u64:0\n",
                     tandem::kVersion).c_str());
}

// As HAProxy 2.6 printed the same state, but for names and addresses.
static void servers_state_is_haproxys_version_1(void**) {
  Snapshot v = snapshot();
  Command c;
  c.listen = 0;
  const std::string text = servers_state_text(v, c);
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  assert_int_equal(lines.size(), 5);
  assert_string_equal(lines[0].c_str(), "1");
  assert_string_equal(lines[2].c_str(),
                      "2 read 1 hdp3 172.16.1.126 2 0 5 7 65 6 3 4 6 0 0 0 - "
                      "3306 - 0 0 - - 0");
  assert_string_equal(lines[3].c_str(),
                      "2 read 2 hdp4 2001:db8::7 2 0 5 7 65 6 3 4 6 0 0 0 - "
                      "3306 - 0 0 - - 0");
  assert_int_equal(tandem::split_words(lines[1]).size() - 1,
                   tandem::split_words(lines[2]).size());
  v.listens[0].servers[0].up = false;
  v.listens[0].servers[0].check.status = "L4CON";
  v.listens[0].servers[1].admin = Admin::Maint;
  const std::string down = servers_state_text(v, c);
  assert_true(contains(down, "126 0 0 5 7 65 8 2 0 6 "));
  assert_true(contains(down, "::7 0 1 5 7 65 6 3 4 6 "));
}

static void a_session_is_a_line(void**) {
  std::vector<SessionRow> all(2);
  all[0].id = 0x1f;
  all[0].client = "172.16.1.50:4242";
  all[0].listen = "write";
  all[0].server = "hdp3";
  all[0].phase = "open";
  all[0].age_ms = 65000;
  all[0].in_bytes = 442;
  all[0].out_bytes = 813;
  all[0].expires_ms = 60000;
  all[1].id = 2;
  all[1].client = "[::1]:1";
  all[1].listen = "read";
  all[1].phase = "waiting";
  assert_string_equal(
      sess_text(all, 0).c_str(),
      "0x1f: proto=tcpv4 src=172.16.1.50:4242 fe=write be=write srv=hdp3 "
      "age=1m5s idle=0s in=442 out=813 phase=open exp=1m\n"
      "0x2: proto=tcpv6 src=[::1]:1 fe=read be=read srv=<none> age=0s "
      "idle=0s in=0 out=0 phase=waiting exp=\n");
  assert_true(tandem::starts_with(sess_text(all, 2), "0x2: "));
  assert_string_equal(sess_text(all, 3).c_str(), "Session not found.\n");
  assert_string_equal(sess_text(std::vector<SessionRow>(), 0).c_str(), "");
}

static void the_page_says_every_state_as_a_word(void**) {
  Snapshot v = snapshot();
  ServerRow* s = &v.listens[0].servers[0];
  const std::string page = page_html(v, 5000);
  const char* const parts[] = {
      "up for 1d2h; 7 of 4000 sessions", ">hdp3<", ">primary<", ">12 s<",
      ">UP<", ">OPEN<", ">1m5s ago<", ">5, backup<", ">L4OK in 2 ms<",
      ">NOLB, not the primary<", "write: to the primary",
      "read: leastconn", ">32x, 9s<", "\"In\">3.0kB<",
      "\"Out\">11.0kB<", "\"Failed\">2023<", "\"Failed\">3014<",
      "\"Retries\">6031<", "\"Connect\">3021 ms<", "\"Rate\">3009/s<",
      "\"Total\">3003<", "\"Aborts C / S\">3017 / 3018<",
      ">3001 of 3004<", ">3005 / 3006<", ">0.0.0.0:3307<",
      "http-equiv=refresh content=5>", "name=viewport"};
  for (const char* part : parts) {
    if (!contains(page, part)) fail_msg("missing: %s", part);
  }
  assert_false(contains(page, "://"));  // nothing is fetched
  assert_false(contains(page, tandem::kVersion));
  assert_false(contains(page_html(v, 0), "http-equiv=refresh"));
  s->up = s->usable = false;
  s->check.text = "<script>'\"&";
  v.listens[0].servers[1].admin = Admin::Maint;
  const std::string down = page_html(v, 0);
  assert_true(contains(down, ">DOWN<") && contains(down, ">MAINT<"));
  assert_true(contains(down, ">DOWN, no server<"));
  assert_true(contains(down, "&lt;script&gt;&#39;&quot;&amp;"));
  assert_false(contains(down, "<script"));
  s->up = s->stale = true;
  assert_true(contains(page_html(v, 0), ">NOLB, stale<"));
  assert_false(contains(page, ">FULL<"));
  v.listens[0].front.now = v.listens[0].front.limit;
  assert_true(contains(page_html(v, 0), ">FULL<"));
}

static void a_colour_repeats_the_word(void**) {
  Snapshot v = snapshot();
  const std::string page = page_html(v, 0);
  const char* const colours[] = {
      "--own:#e8e8d0;", "--head:#20d0d0;", "--up:#c0ffc0;", "--gd:#ffffa0;",
      "--gu:#ffd020;", "--dn:#ff9090;", "--nolb:#20a0ff;", "--mt:#c07820;",
      "--nc:#e0e0e0;", "--bu:#b0d0ff}"};
  for (const char* colour : colours) assert_true(contains(page, colour));
  ServerRow* s = &v.listens[0].servers[0];
  const struct {
    bool up, usable;
    uint64_t streak;
    const char* status;
    Admin admin;
    bool backup;
    const char* row;
  } kRows[] = {{true, true, 0, "L4OK", Admin::Ready, false, "up"},
               {true, true, 0, "L4OK", Admin::Ready, true, "bu"},
               {true, true, 1, "L4OK", Admin::Ready, false, "gd"},
               {false, false, 1, "L4CON", Admin::Ready, false, "gu"},
               {false, false, 0, "L4CON", Admin::Ready, false, "dn"},
               {true, false, 0, "L4OK", Admin::Ready, false, "nolb"},
               {true, true, 0, "L4OK", Admin::Drain, false, "nolb"},
               {true, true, 0, "L4OK", Admin::Maint, false, "mt"},
               {true, true, 0, "", Admin::Ready, false, "nc"}};
  for (const auto& r : kRows) {
    s->up = r.up;
    s->usable = r.usable;
    s->check.streak = r.streak;
    s->check.status = r.status;
    s->admin = r.admin;
    s->backup = r.backup;
    assert_true(contains(
        page_html(v, 0), tandem::format("<tr class=%s><td class=\"t f n\" "
                                        "data-l=\"Name\">hdp3<", r.row)));
  }
}

static void a_target_names_what_is_shown(void**) {
  const char kUri[] = "/haproxyadmin?stats";
  const struct {
    const char* rest;
    Show show;
    bool refresh;
  } kTargets[] = {{"", Show::Page, true},
                  {";csv", Show::Csv, true},
                  {";csv;norefresh", Show::Csv, false},
                  {";norefresh", Show::Page, false},
                  {";up", Show::Page, true},
                  {"x", Show::Nothing, true},
                  {"/", Show::Nothing, true}};
  bool refresh;
  std::string scope;
  for (size_t i = 0; i < sizeof kTargets / sizeof *kTargets; ++i) {
    const std::string target = std::string(kUri) + kTargets[i].rest;
    assert_true(route(target, kUri, &refresh, &scope) == kTargets[i].show);
    assert_true(refresh == kTargets[i].refresh);
  }
  assert_string_equal(scope.c_str(), "");
  assert_true(route(std::string(kUri) + ";csv;scope=wri", kUri, &refresh,
                    &scope) == Show::Csv);
  assert_string_equal(scope.c_str(), "wri");
  assert_true(route("/metrics", kUri, &refresh, &scope) == Show::Metrics);
  assert_true(route("/metrics;csv", kUri, &refresh, &scope) == Show::Nothing);
  assert_true(route("/", kUri, &refresh, &scope) == Show::Nothing);
  assert_true(route("/haproxyadmin", kUri, &refresh, &scope) == Show::Nothing);
}

static void numbers_are_short_and_ages_are_two_units(void**) {
  const struct {
    uint64_t n;
    const char* text;
  } kNumbers[] = {{0, "0"}, {999, "999"}, {1000, "1.0k"}, {13249, "13.2k"},
                  {99999, "99.9k"}, {100000, "100k"}, {999999, "999k"},
                  {1000000, "1.0M"}, {1500000000, "1.5G"},
                  {UINT64_MAX, "18.4E"}};
  for (size_t i = 0; i < sizeof kNumbers / sizeof *kNumbers; ++i) {
    assert_string_equal(short_number(kNumbers[i].n).c_str(), kNumbers[i].text);
  }
  assert_string_equal(age_text(0).c_str(), "0s");
  assert_string_equal(age_text(3661000).c_str(), "1h1m");
}

static void rates_and_averages_slide(void**) {
  Rate r;
  for (int i = 0; i < 10; ++i) r.add(5000);
  assert_int_equal(r.value(5500), 10);
  assert_int_equal(r.value(6000), 10);
  assert_int_equal(r.value(6500), 5);
  r.add(6900);
  assert_int_equal(r.value(6999), 1);
  assert_int_equal(r.value(9000), 0);
  assert_int_equal(r.max(), 10);
  Average a;
  assert_int_equal(a.value(), 0);
  a.add(10);
  a.add(20);
  assert_int_equal(a.value(), 15);
  for (int i = 0; i < 20000; ++i) a.add(100);
  assert_true(a.value() >= 98 && a.value() <= 100);
  assert_int_equal(a.max(), 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(columns_stand_where_haproxy_has_them),
      cmocka_unit_test(each_row_has_haproxys_columns_and_no_other),
      cmocka_unit_test(a_server_s_state_is_one_of_haproxys_words),
      cmocka_unit_test(rows_are_chosen_by_listener_type_and_server),
      cmocka_unit_test(what_the_server_said_cannot_break_a_row),
      cmocka_unit_test(json_has_numbers_and_words),
      cmocka_unit_test(typed_has_haproxys_tags),
      cmocka_unit_test(typed_is_a_line_for_each_value),
      cmocka_unit_test(metrics_have_haproxys_names_and_labels),
      cmocka_unit_test(info_is_name_and_value),
      cmocka_unit_test(typed_info_has_haproxys_tags),
      cmocka_unit_test(servers_state_is_haproxys_version_1),
      cmocka_unit_test(a_session_is_a_line),
      cmocka_unit_test(the_page_says_every_state_as_a_word),
      cmocka_unit_test(a_colour_repeats_the_word),
      cmocka_unit_test(a_target_names_what_is_shown),
      cmocka_unit_test(numbers_are_short_and_ages_are_two_units),
      cmocka_unit_test(rates_and_averages_slide),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
