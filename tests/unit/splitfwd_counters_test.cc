// What is counted, how it is shown, and that the next worker goes on with it.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}
#undef fail  // a name in the headers below

#include <string>
#include <vector>

#include "splitfwd/route/counters.h"
#include "splitfwd/route/endlog.h"

using namespace splitfwd;

namespace {

Config config(const char* first, const char* second) {
  const std::string text =
      "[splitfwd]\ncheck-exec = /x\n[server " + std::string(first) +
      "]\naddress = 10.0.0.1:1\n[server " + second +
      "]\naddress = 10.0.0.2:1\n[listen l]\nbind = *:2\nservers = a b\n"
      "[listen m]\nbind = *:3\nservers = b\n";
  Config c;
  const tandem::Error e = parse_config("f.ini", text, &c);
  assert_string_equal(e.c_str(), "");
  return c;
}

Snapshot shown(const Counters& tally, const Balance& balance, uint64_t now_ms) {
  return tally.snapshot(balance, std::vector<SessionPtr>(),
                        std::vector<RoutedSession*>(), now_ms);
}

void report(Counters* tally, Balance* balance, size_t server, bool up,
            uint64_t now_ms) {
  Report r;
  r.server = server;
  r.state.up = up;
  r.failed = !up;
  r.check.status = up ? "PROCOK" : "PROCERR";
  balance->set_state(server, r.state);
  tally->on_report(r, now_ms);
  tally->note_service(*balance, now_ms);
}

// Of listener l at server, from 1000 on: waits 20, connects in 5, lasts 500.
void session(Counters* tally, size_t server, char who) {
  RoutedSession s(0, tandem::UniqueFd(), 1000);
  s.server = server;
  tally->on_accept(0, 1000);
  tally->on_server(s, server, 1020);
  s.chosen_ms = 1020;
  s.connected_ms = 1025;
  s.pumps[kToServer].restore(Pump::Side::Open, Pump::Side::Open, 7);
  s.pumps[kToClient].restore(Pump::Side::Open, Pump::Side::Open, 11);
  s.end_who = who;
  s.end_when = 'D';
  tally->on_end(s, 1500);
  tally->on_leave(0, server);
}

}  // namespace

static void a_session_counts_where_it_was(void**) {
  const Config c = config("a", "b");
  const Balance balance = make_balance(c);
  Counters tally(c, 0);
  session(&tally, 1, 'C');
  session(&tally, 1, 's');
  tally.on_connect_failed(0, 0);
  tally.on_retry(0, 0, true);
  const Snapshot v = shown(tally, balance, 1600);
  const ListenRow& l = v.listens[0];
  const Flow& b = l.servers[1].flow;
  assert_int_equal(b.now, 0);
  assert_int_equal(b.max, 1);
  assert_int_equal(b.total, 2);
  assert_int_equal(b.in_bytes, 14);
  assert_int_equal(b.out_bytes, 22);
  assert_int_equal(b.queue_ms, 20);
  assert_int_equal(b.connect_ms, 5);
  assert_int_equal(b.total_ms, 500);
  assert_int_equal(b.client_aborts, 1);
  assert_int_equal(b.server_aborts, 1);
  assert_int_equal(b.last_ms, 580);
  assert_int_equal(b.limit, 300);
  assert_int_equal(l.servers[0].flow.redispatches, 1);
  assert_int_equal(l.servers[0].flow.connect_errors, 1);
  assert_int_equal(l.back.connect_errors, 1);
  assert_int_equal(l.front.in_bytes, 14);
  assert_int_equal(l.front.limit, 600);
  assert_int_equal(v.sessions_total, 2);
  assert_int_equal(v.out_bytes, 22);
  assert_int_equal(v.listens[1].servers[0].flow.total, 0);
}

static void counters_begin_anew(void**) {
  const Config c = config("a", "b");
  Balance balance = make_balance(c);
  Counters tally(c, 0);
  report(&tally, &balance, 1, true, 500);
  report(&tally, &balance, 1, false, 600);
  session(&tally, 1, 'C');
  tally.on_accept(0, 1500);  // one is there now
  tally.on_accept(0, 1500);
  tally.on_wait(0, true);
  tally.note_queues();
  RoutedSession s(0, tandem::UniqueFd(), 1500);
  tally.on_end(s, 1550);
  tally.clear(false);
  Flow f = shown(tally, balance, 1600).listens[0].front;
  assert_int_equal(f.max, 1);
  assert_int_equal(f.total, 3);
  assert_int_equal(f.total_max_ms, 0);
  assert_int_equal(f.total_ms, 500);
  assert_int_equal(shown(tally, balance, 1600).listens[0].back.queued_max, 1);
  tally.clear(true);
  const Snapshot v = shown(tally, balance, 1600);
  f = v.listens[0].front;
  assert_int_equal(f.now, 1);
  assert_int_equal(f.max, 1);
  assert_int_equal(f.total + f.in_bytes + f.total_ms + f.client_aborts, 0);
  assert_int_equal(v.listens[0].back.queued, 1);
  assert_int_equal(v.listens[0].servers[1].flow.total, 0);
  assert_int_equal(v.listens[0].servers[1].check.failures, 0);
  assert_int_equal(v.listens[0].servers[1].check.downs, 0);
  assert_int_equal(v.sessions_total, 0);
}

static void time_down_is_counted_from_the_first_report(void**) {
  const Config c = config("a", "b");
  Balance balance = make_balance(c);
  Counters tally(c, 0);
  assert_string_equal(
      shown(tally, balance, 0).listens[0].servers[0].check.status.c_str(),
      "INI");
  report(&tally, &balance, 1, true, 1000);
  report(&tally, &balance, 1, false, 3000);
  report(&tally, &balance, 1, false, 3500);
  ServerRow row = shown(tally, balance, 4000).listens[1].servers[0];
  assert_int_equal(row.down_ms, 1000);
  assert_int_equal(row.changed_ms, 1000);
  assert_int_equal(row.check.downs, 1);
  assert_int_equal(row.check.failures, 1);  // while it was up
  report(&tally, &balance, 1, true, 5000);
  const ListenRow l = shown(tally, balance, 9000).listens[1];
  assert_int_equal(l.servers[0].down_ms, 2000);
  assert_int_equal(l.down_ms, 2000);
  assert_int_equal(l.downs, 1);
  assert_true(l.has_server());
}

// In another order of the file, and with a server less up than then.
static void the_next_worker_goes_on_counting(void**) {
  const Config c = config("a", "b");
  Balance balance = make_balance(c);
  Counters tally(c, 100);
  session(&tally, 1, 'C');
  tally.on_denied(0);
  tally.on_wait(0, true);
  tally.note_queues();
  report(&tally, &balance, 0, true, 1000);
  report(&tally, &balance, 1, true, 1000);
  const Config d = config("b", "a");
  Balance next_balance = make_balance(d);
  Counters next(d, 2000);
  report(&next, &next_balance, 0, true, 2000);   // b
  report(&next, &next_balance, 1, false, 2000);  // a
  const std::vector<std::string> lines = tally.format();
  for (size_t i = 0; i < lines.size(); ++i) next.restore(lines[i], 2500);
  next.restore("nonsense", 2500);
  next.restore("listen nobody total=9", 2500);
  const Snapshot v = shown(next, next_balance, 3000);
  const ListenRow& l = v.listens[0];
  assert_string_equal(l.servers[0].name.c_str(), "a");
  assert_int_equal(l.servers[1].flow.in_bytes, 7);
  assert_int_equal(l.servers[1].flow.connect_ms, 5);
  assert_int_equal(l.servers[1].flow.rate_max, 1);
  assert_int_equal(l.servers[1].changed_ms, 2000);
  assert_int_equal(l.servers[0].check.downs, 1);
  assert_int_equal(l.servers[0].down_ms, 500);
  assert_int_equal(l.front.total, 1);
  assert_int_equal(l.front.denied, 1);
  assert_int_equal(l.front.now, 0);
  assert_int_equal(l.back.queued, 0);
  assert_int_equal(l.back.queued_max, 1);
  assert_int_equal(v.uptime_ms, 2900);
  assert_int_equal(v.sessions_total, 1);
}

static void the_line_at_the_end_is_tcplogs(void**) {
  RoutedSession s(0, tandem::UniqueFd(), 1000);
  assert_true(tandem::parse_address_port("10.0.0.9:4711", 0, &s.peer).ok());
  s.chosen_ms = 1020;
  s.connected_ms = 1025;
  s.pumps[kToServer].restore(Pump::Side::Open, Pump::Side::Open, 7);
  s.pumps[kToClient].restore(Pump::Side::Open, Pump::Side::Open, 11);
  s.end_who = 'C';
  s.end_when = 'D';
  s.attempts = 1;
  s.redispatched = true;
  EndCounts counts;
  counts.sessions = 9;
  counts.on_listen = 4;
  counts.on_server = 2;
  counts.queued = 3;
  const std::string line = end_line(s, "l", "b", counts, 1500);
  assert_int_equal(line.find("10.0.0.9:4711 ["), 0);
  assert_string_equal(line.c_str() + line.find(']'),
                      "] l l/b 20/5/500 11 CD 9/4/4/2/+1 0/3 7");
  s.chosen_ms = s.connected_ms = kNotReached;
  s.redispatched = false;
  s.end_when = 'C';  // the last of the attempts was no retry
  const std::string none = end_line(s, "l", "", counts, 1500);
  assert_string_equal(none.c_str() + none.find(']'),
                      "] l l/<NOSRV> -1/-1/500 11 CC 9/4/4/2/0 0/3 7");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_counts_where_it_was),
      cmocka_unit_test(counters_begin_anew),
      cmocka_unit_test(time_down_is_counted_from_the_first_report),
      cmocka_unit_test(the_next_worker_goes_on_counting),
      cmocka_unit_test(the_line_at_the_end_is_tcplogs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
