// splitfwd.ini: each mistake is named with its line, what is right reads back
// from its own print.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
}

#include <sys/resource.h>

#include <string>

#include "splitfwd/config.h"
#include "splitfwd/process/limits.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/route/balance.h"

using namespace splitfwd;

namespace {

const char kGood[] =
    "[splitfwd]\n"                          // 1
    "check-exec = /sbin/mysqlchk hdp3 hdp4\n"
    "[server hdp3]\n"                       // 3
    "address = 172.16.1.126:3306\n"
    "[server hdp4]\n"                       // 5
    "address = 172.16.1.127:3306\n"
    "maxconn = 20\n"                        // 7
    "[listen read]\n"
    "bind = *:3307\n"                       // 9
    "servers = hdp4 hdp3\n"
    "timeout-client = 90s\n"                // 11
    "[listen write]\n"
    "bind = 172.16.1.100:3308\n"            // 13
    "servers = hdp3, hdp4\n"
    "send-to = primary\n";                  // 15

// kGood with one line replaced ("" takes it away).
std::string with(int number, const std::string& line) {
  std::string out;
  int n = 1;
  for (const char* at = kGood; *at; ++at) {
    if (n == number) {
      if (*at == '\n') out += line + "\n";
    } else {
      out += *at;
    }
    if (*at == '\n') ++n;
  }
  return out;
}

void expect_error(const std::string& text, const char* want) {
  Config config;
  config.pidfile = "untouched";
  const tandem::Error e = parse_config("f.ini", text, &config);
  if (e.text() != want) fprintf(stderr, "got: %s\n", e.c_str());
  assert_string_equal(e.c_str(), want);
  assert_int_equal(e.code(), 6);
  assert_string_equal(config.pidfile.c_str(), "untouched");
}

ServerState said(bool up, bool primary) {
  ServerState s;
  s.up = up;
  s.primary = primary;
  s.replica = !primary;
  if (s.replica) s.lag_ms = 8000;
  return s;
}

// with() as the balancer has it: hdp3 (0) is the primary, hdp4 (1) follows.
Balance balanced(int number, const std::string& line) {
  Config c;
  const tandem::Error e = parse_config("f.ini", with(number, line), &c);
  assert_string_equal(e.c_str(), "");
  Balance b = make_balance(c);
  b.set_state(0, said(true, true));
  b.set_state(1, said(true, false));
  return b;
}

// Whom four sessions of 'read', or of another, get when hdp4 has one.
std::string picks(Balance b, size_t listen = 0) {
  std::string out;
  b.take(listen, 1);
  for (int i = 0; i < 4; ++i) {
    size_t server = 9;
    b.pick(listen, 0, &server);
    out += static_cast<char>('0' + server);
  }
  return out;
}

// Linux tells the size of the table.
void the_table_of_descriptors_has_its_size_at_once(void**) {
  Config c;
  c.maxconn = 700;
  widen_descriptors(c);
  size_t size = 0;
  FILE* f = fopen("/proc/self/status", "r");
  assert_non_null(f);
  char line[256];
  while (fgets(line, sizeof line, f)) sscanf(line, "FDSize: %zu", &size);
  fclose(f);
  assert_true(size >= descriptors_needed(c));
}

}  // namespace

static void keys_arrive_with_their_units_and_defaults(void**) {
  Config c;
  const tandem::Error e = parse_config("f.ini", kGood, &c);
  assert_string_equal(e.c_str(), "");
  assert_int_equal(c.maxconn, 4000);
  assert_string_equal(c.pidfile.c_str(), "/run/tandem/splitfwd.pid");
  assert_string_equal(c.socket.c_str(), "/run/tandem/splitfwd.sock");
  assert_int_equal(c.check_exec.size(), 3);
  assert_int_equal(c.servers[0].maxconn, 300);
  assert_int_equal(c.servers[1].maxconn, 20);
  assert_int_equal(c.listens[0].servers[0], 1);
  assert_int_equal(c.listens[0].servers[1], 0);
  assert_int_equal(c.listens[0].timeout_client_ms, 90000);
  assert_int_equal(c.listens[0].timeout_server_ms, 60000);
  assert_int_equal(c.listens[0].timeout_connect_ms, 10000);
  assert_int_equal(c.listens[1].timeout_client_ms, 60000);
  assert_int_equal(c.listens[0].retries, 3);
  assert_true(c.listens[0].redispatch);
  assert_int_equal(c.servers[0].inter_ms, 2000);
  assert_int_equal(c.servers[0].timeout_check_ms, 10000);
  assert_true(c.listens[0].send_to == SendTo::Any);
  assert_true(c.listens[1].send_to == SendTo::Primary);
}

static void what_is_printed_reads_back_the_same(void**) {
  Config a, b;
  assert_true(parse_config("f.ini", kGood, &a).ok());
  const std::string once = print_config(a);
  assert_true(parse_config("f.ini", once, &b).ok());
  assert_string_equal(print_config(b).c_str(), once.c_str());
}

static void what_is_not_the_default_is_printed_and_reads_back(void**) {
  std::string text = with(7, "source = 10.0.0.7 10.0.0.8\n"
                             "weight = 0\nbackup = yes\nsend-proxy = v2\n"
                             "check = tcp exec");
  text.replace(text.find("timeout-client = 90s"), 20,
               "balance = leastconn\nmax-lag = 7s\non-down = drain\n"
               "on-role-change = cut\nmaxqueue = 9\nmaxconn-source = 8\n"
               "allow = 10.0.0.0/8, ::1/128\ndeny = 10.0.0.1");
  Config a, b;
  assert_string_equal(parse_config("f.ini", text, &a).c_str(), "");
  assert_true(parse_config("f.ini", print_config(a), &b).ok());
  assert_int_equal(b.servers[1].sources.size(), 2);
  assert_string_equal(b.servers[1].sources[1].text().c_str(), "10.0.0.8");
  assert_true(b.servers[0].sources.empty());
  assert_int_equal(b.servers[1].weight, 0);
  assert_true(b.servers[1].backup && !b.servers[0].backup);
  assert_int_equal(b.servers[0].weight, 1);
  assert_true(b.servers[1].send_proxy && !b.servers[0].send_proxy);
  assert_true(b.servers[1].check_exec && b.servers[1].check_tcp);
  assert_true(b.listens[0].balance == Algorithm::LeastConn);
  assert_int_equal(b.listens[0].lag_max_ms, 7000);
  assert_int_equal(b.listens[0].maxqueue, 9);
  assert_int_equal(b.listens[1].maxqueue, 600);
  assert_int_equal(b.listens[0].maxconn_source, 8);
  const Admission& a0 = b.listens[0].admission;
  assert_true(a0.allow.size() == 2 && a0.deny.size() == 1);
  assert_string_equal(a0.allow[1].text().c_str(), "::1");
  assert_true(!b.listens[0].cut_on_down && b.listens[0].cut_on_role_change);
  assert_true(b.listens[1].cut_on_down && b.listens[1].cut_on_role_change);
  assert_true(b.listens[1].lag_max_ms == kNoLag);
  assert_string_equal(print_config(b).c_str(), print_config(a).c_str());
}

static void each_key_of_choice_reaches_the_balancer(void**) {
  assert_string_equal(picks(balanced(7, "")).c_str(), "1010");
  assert_string_equal(picks(balanced(7, ""), 1).c_str(), "0000");
  assert_string_equal(picks(balanced(7, "maxconn = 1")).c_str(), "0000");
  assert_string_equal(picks(balanced(7, "weight = 3")).c_str(), "1011");
  assert_string_equal(picks(balanced(7, "backup = yes")).c_str(), "0000");
  assert_string_equal(picks(balanced(11, "balance = first")).c_str(), "1111");
  assert_string_equal(picks(balanced(11, "balance = leastconn")).c_str(),
                      "0000");
  assert_string_equal(picks(balanced(11, "max-lag = 7s")).c_str(), "0000");
  assert_string_equal(picks(balanced(11, "max-lag = 8s")).c_str(), "1010");
}

// What may stay at hdp3 in 'read' and 'write' when that is in its state.
static std::string stays(Balance b, const ServerState& state) {
  b.set_state(0, state);
  return std::string(b.may_stay(0, 0) ? "read" : "") +
         (b.may_stay(1, 0) ? "write" : "");
}

static void each_key_of_cuts_reaches_the_balancer(void**) {
  const ServerState down = said(false, false);
  const ServerState other = said(true, false);
  assert_string_equal(stays(balanced(11, ""), down).c_str(), "");
  assert_string_equal(stays(balanced(11, "on-down = drain"), down).c_str(),
                      "read");
  assert_string_equal(stays(balanced(11, ""), other).c_str(), "read");
  assert_string_equal(
      stays(balanced(11, "on-role-change = cut"), other).c_str(), "");
  assert_string_equal(
      stays(balanced(14, "servers = hdp3 hdp4\non-role-change = drain"),
            other).c_str(), "readwrite");
}

static void servers_may_stand_after_the_listeners(void**) {
  const std::string text = kGood;
  const size_t cut = text.find("[server hdp3]");
  const size_t rest = text.find("[listen read]");
  Config c;
  const tandem::Error e = parse_config(
      "f.ini", text.substr(0, cut) + text.substr(rest) +
                   text.substr(cut, rest - cut), &c);
  assert_string_equal(e.c_str(), "");
}

static void each_mistake_is_named_with_its_line(void**) {
  expect_error(with(2, "pidfile = /x"),
               "f.ini:15: send-to: only 'check = exec' can say that server "
               "hdp3 is the primary");
  expect_error(with(2, "check-exec = mysqlchk"),
               "f.ini:2: check-exec: 'mysqlchk' is not /PATH/PROGRAM "
               "[ARG...]");
  expect_error(with(5, "[servers hdp4]"), "f.ini:5: unknown section "
               "[servers]");
  expect_error(with(5, "[server]"), "f.ini:5: [server NAME] lacks a proper "
               "name");
  expect_error(with(5, "[server hdp3]"),
               "f.ini:5: [server hdp3] is here twice, first in line 3");
  expect_error(with(7, "max_conn = 20"), "f.ini:7: unknown key 'max_conn' in "
               "[server]");
  expect_error(with(7, "maxconn = 0"),
               "f.ini:7: maxconn: '0' is not a number from 1 to 100000");
  expect_error(with(10, "servers = hdp3 hdp5"),
               "f.ini:10: servers: there is no [server hdp5]");
  expect_error(with(10, "servers = hdp3 hdp3"),
               "f.ini:10: servers: 'hdp3' is here twice");
  expect_error(with(11, "timeout-client = 60"),
               "f.ini:11: timeout-client: '60' is not a duration such as "
               "250ms, 2s or 1m");
  expect_error(with(11, "balance = leastcon"),
               "f.ini:11: balance: 'leastcon' is not roundrobin or leastconn "
               "or first");
  expect_error(with(11, "on-down = keep"),
               "f.ini:11: on-down: 'keep' is not cut or drain");
  expect_error(with(11, "max-lag = 1ms"),
               "f.ini:11: max-lag: 1ms is not between 1s and 720h");
  expect_error(with(14, "servers = hdp3\nmax-lag = 5s"),
               "f.ini:15: max-lag is for send-to = any");
  for (const char* bad : {"10.0.0.7:80", "::1", "here"}) {
    expect_error(with(7, (std::string("source = ") + bad).c_str()),
                 ("f.ini:7: source: '" + std::string(bad) + "' is not an "
                  "address, without a port, of the family of "
                  "172.16.1.127:3306").c_str());
  }
  expect_error(with(7, "source = 10.0.0.7 10.0.0.7"),
               "f.ini:7: source: '10.0.0.7' is here twice");
  expect_error(with(7, "weight = 257"),
               "f.ini:7: weight: '257' is not a number from 0 to 256");
  expect_error(with(15, "send-to = replica"),
               "f.ini:15: send-to: 'replica' is not any or primary");
  expect_error(with(14, "maxconn = 5"), "f.ini:12: [listen] lacks "
               "'servers'");
}

static void a_port_that_leads_back_to_itself_is_refused(void**) {
  expect_error(with(9, "bind = *:3306"),
               "f.ini:9: bind: 0.0.0.0:3306 would take the port of server "
               "hdp3 (172.16.1.126:3306) and lead back to itself");
  expect_error(with(13, "bind = 172.16.1.127:3306"),
               "f.ini:13: bind: 172.16.1.127:3306 would take the port of "
               "server hdp4 (172.16.1.127:3306) and lead back to itself");
  expect_error(with(13, "bind = 172.16.1.100:3307"),
               "f.ini:13: bind: 172.16.1.100:3307 is taken by [listen read]");
}

static void log_and_facility_are_checked_before_anything_starts(void**) {
  expect_error(with(2, "check-exec = /x\nlog-facility = local8"),
               "f.ini:3: log-facility: 'local8' is not daemon, user or local0 "
               "to local7");
  expect_error(with(2, "check-exec = /x\nlog = loghost"),
               "f.ini:3: log: 'loghost' is neither a socket's path nor "
               "ADDRESS[:PORT]");
}

static void a_check_needs_somebody_who_can_make_it(void**) {
  expect_error(with(7, "check = ping"),
               "f.ini:7: check: 'ping' is not exec, tcp, or both");
  expect_error(with(7, "check = tcp tcp"),
               "f.ini:7: check: 'tcp tcp' is not exec, tcp, or both");
  expect_error(with(7, "check-user = chk"),
               "f.ini:7: unknown key 'check-user' in [server]");
  expect_error(with(7, "check = tcp"),
               "f.ini:15: send-to: only 'check = exec' can say that server "
               "hdp4 is the primary");
  std::string text = with(2, "maxconn = 9");
  text.replace(text.find("send-to = primary"), 17, "balance = roundrobin");
  Config c;
  assert_string_equal(parse_config("f.ini", text, &c).c_str(), "");
  assert_true(c.servers[0].check_tcp && !c.servers[0].check_exec);
  text.replace(text.find("maxconn = 20"), 12, "check = exec");
  expect_error(text, "f.ini:7: check: exec needs check-exec in [splitfwd]");
}

static void what_was_not_given_follows_its_neighbour(void**) {
  Config c;
  const tandem::Error e = parse_config(
      "f.ini", with(7, "inter = 700ms\ndowninter = 5s") +
                   "timeout-connect = 3s\nuser = nobody\n", &c);
  assert_string_equal(e.c_str(), "f.ini:18: unknown key 'user' in [listen]");
  assert_string_equal(
      parse_config("f.ini", with(7, "inter = 700ms\ndowninter = 5s") +
                                "timeout-connect = 3s\n", &c).c_str(), "");
  assert_int_equal(c.servers[1].fastinter_ms, 700);
  assert_int_equal(c.servers[1].downinter_ms, 5000);
  assert_int_equal(c.listens[1].timeout_queue_ms, 3000);
  assert_int_equal(c.listens[1].timeout_client_fin_ms, 10000);
}

static void the_page_needs_a_place_and_a_password(void**) {
  expect_error(std::string(kGood) + "[stats]\nbind = *:8888\n",
               "f.ini:16: [stats] lacks 'auth'");
  expect_error(std::string(kGood) + "[stats]\nauth = /a\n",
               "f.ini:16: [stats] lacks 'bind'");
  expect_error(std::string(kGood) + "[stats]\nauth = /a\nbind = *:3307\n",
               "f.ini:18: bind: 0.0.0.0:3307 is taken by [listen read]");
  expect_error(
      std::string(kGood) + "[stats]\nauth = /a\nbind = *:1\nuri = x\n",
      "f.ini:19: uri: 'x' does not begin with / or has a blank");
  expect_error(
      std::string(kGood) + "[stats]\nauth = /a\nbind = *:1\nrefresh = 1ms\n",
      "f.ini:19: refresh: 1ms is not between 1s and 720h");
}

static void a_chroot_needs_a_log_that_can_be_opened_from_inside(void**) {
  expect_error(with(2, "check-exec = /x\nchroot = /var/empty"),
               "f.ini:3: chroot needs log = ADDRESS[:PORT]: a socket's path "
               "cannot be opened again from inside");
  expect_error(with(2, "check-exec = /x\nlog = /l\nchroot = /var/empty"),
               "f.ini:4: chroot needs log = ADDRESS[:PORT]: a socket's path "
               "cannot be opened again from inside");
  Config c;
  assert_true(parse_config("f.ini", with(2, "check-exec = /x\nlog = ::1\n"
                                            "chroot = /var/empty"), &c).ok());
}

static void descriptors_are_counted_for_every_session(void**) {
  Config c;
  assert_true(parse_config("f.ini", kGood, &c).ok());
  c.threads = 2;
  // Two for each session, a pipe for each thread: 500 cold, 2 hot, the front.
  assert_true(descriptors_needed(c) >= 2 * 4000 + 2 * 503 + 2 + 16);
  assert_int_equal(threads_max(c), 502);
  c.maxconn = 17;
  assert_int_equal(threads_max(c), 5);
}

static void fewer_sessions_fit_where_select_ends_at_1024(void**) {
  Config c;
  assert_true(parse_config("f.ini", kGood, &c).ok());
  c.threads = 2;
  c.maxconn = sessions_within(c, 1024);
  assert_true(c.maxconn > 400);
  assert_true(descriptors_needed(c) <= 1024);
  ++c.maxconn;
  assert_true(descriptors_needed(c) > 1024);
  c.maxconn = 5;
  assert_int_equal(sessions_within(c, 1024), 5);
}

static void select_goes_beyond_fd_setsize_here(void**) {
  const struct rlimit many = {4096, 4096};
  setrlimit(RLIMIT_NOFILE, &many);
  assert_true(select_goes_beyond(2048));
  // Nobody will ask: there are none.
  assert_true(select_goes_beyond(1024));
}

static void sets_carry_descriptors_beyond_fd_setsize(void**) {
  tandem::FdBits bits;
  const int fds[] = {0, 63, 64, 1023, 1024, 8191};
  for (size_t i = 0; i < 6; ++i) bits.set(fds[i], true);
  bits.set(1024, true);
  assert_int_equal(bits.count(), 6);
  for (int fd = 0; fd < 9000; ++fd) {
    bool want = false;
    for (size_t i = 0; i < 6; ++i) want = want || fds[i] == fd;
    assert_true(bits.has(fd) == want);
  }
  bits.set(8191, false);
  assert_int_equal(bits.count(), 5);
  assert_int_equal(bits.words(), 1024 / 64 + 1);
  assert_false(bits.has(-1));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_table_of_descriptors_has_its_size_at_once),
      cmocka_unit_test(keys_arrive_with_their_units_and_defaults),
      cmocka_unit_test(what_is_printed_reads_back_the_same),
      cmocka_unit_test(what_is_not_the_default_is_printed_and_reads_back),
      cmocka_unit_test(each_key_of_choice_reaches_the_balancer),
      cmocka_unit_test(each_key_of_cuts_reaches_the_balancer),
      cmocka_unit_test(servers_may_stand_after_the_listeners),
      cmocka_unit_test(each_mistake_is_named_with_its_line),
      cmocka_unit_test(a_port_that_leads_back_to_itself_is_refused),
      cmocka_unit_test(log_and_facility_are_checked_before_anything_starts),
      cmocka_unit_test(a_check_needs_somebody_who_can_make_it),
      cmocka_unit_test(what_was_not_given_follows_its_neighbour),
      cmocka_unit_test(the_page_needs_a_place_and_a_password),
      cmocka_unit_test(a_chroot_needs_a_log_that_can_be_opened_from_inside),
      cmocka_unit_test(fewer_sessions_fit_where_select_ends_at_1024),
      cmocka_unit_test(select_goes_beyond_fd_setsize_here),
      cmocka_unit_test(descriptors_are_counted_for_every_session),
      cmocka_unit_test(sets_carry_descriptors_beyond_fd_setsize),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
