// Which server a session goes to, and which may stay.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/balance.h"

using namespace splitfwd;

namespace {

enum { kRead = 0, kWrite = 1 };
typedef Balance::Verdict V;

ServerState said(const std::string& line,
                 const ServerState& before = ServerState()) {
  tandem::WatchLine w;
  assert_true(tandem::parse_watch_line("x " + line, &w));
  return state_of(w, before);
}

// n servers for a read and a write listener, each server with room for max.
Balance pair(size_t n, size_t max) {
  std::vector<Balance::Server> servers(n);
  std::vector<Balance::Listen> listens(2);
  for (size_t i = 0; i < n; ++i) {
    servers[i].sessions_max = max;
    listens[kRead].servers.push_back(i);
    listens[kWrite].servers.push_back(i);
  }
  listens[kWrite].send_to = SendTo::Primary;
  return Balance(servers, listens);
}

// As digits, '-' for nobody, 'f' for full, 't' for tried.
std::string picks(Balance* b, size_t listen, int n, ServerMask tried = 0) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    size_t server = 99;
    switch (b->pick(listen, tried, &server)) {
      case V::Chosen: out += static_cast<char>('0' + server); break;
      case V::Full: out += 'f'; break;
      case V::Tried: out += 't'; break;
      case V::Nobody: out += '-'; break;
    }
  }
  return out;
}

}  // namespace

static void nothing_said_yet_is_nobody(void**) {
  Balance b = pair(2, 9);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "--");
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
}

static void reads_go_round_in_the_order_of_the_file(void**) {
  Balance b = pair(2, 9);
  assert_true(b.set_state(0, said("up role=primary")));
  assert_true(b.set_state(1, said("up role=replica")));
  assert_false(b.set_state(1, said("up role=replica lag=3")));
  assert_string_equal(picks(&b, kRead, 5).c_str(), "01010");
}

static void a_server_that_is_down_costs_nobody_a_turn(void**) {
  Balance b = pair(3, 9);
  for (size_t i = 0; i < 3; ++i) b.set_state(i, said("up"));
  b.set_state(1, said("down"));
  assert_string_equal(picks(&b, kRead, 4).c_str(), "0202");
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kRead, 6).c_str(), "012012");
}

static void a_refused_connect_goes_to_the_next_at_once(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up"));
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kRead, 1).c_str(), "0");
  assert_string_equal(picks(&b, kRead, 1, 1).c_str(), "1");
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
  assert_string_equal(picks(&b, kRead, 1, 3).c_str(), "t");
}

static void broken_replication_is_read_from_only_when_all_else_is_gone(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica sql=no"));
  assert_string_equal(picks(&b, kRead, 3).c_str(), "000");
  assert_true(b.may_stay(kRead, 1));
  assert_string_equal(picks(&b, kRead, 1, 1).c_str(), "1");  // 0 refused
  b.set_state(0, said("down"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  b.set_state(1, said("down"));
  assert_string_equal(picks(&b, kRead, 1).c_str(), "-");
}

static void who_neither_replicates_nor_is_the_primary_is_stale(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=readonly source=no"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  b.set_state(1, said("up fault=login-refused"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  b.set_state(0, said("up fault=login-refused"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "10");
}

static void writes_go_only_to_the_one_primary(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=replica"));
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
  b.set_state(1, said("up role=primary"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "11");
  b.set_state(1, said("down role=primary"));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
}

static void two_primaries_get_nobody_and_keep_nobody(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(1, said("up role=primary"));
  assert_int_equal(b.primary_count(kWrite), 2);
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
  assert_false(b.may_stay(kWrite, 0));
  assert_false(b.may_stay(kWrite, 1));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
  assert_true(b.may_stay(kRead, 0));
  b.set_state(0, said("up role=replica"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "11");
}

static void who_loses_the_role_keeps_its_readers_and_no_writer(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(0, said("up role=replica"));
  assert_false(b.may_stay(kWrite, 0));
  assert_true(b.may_stay(kRead, 0));
  b.set_state(0, said("down"));
  assert_false(b.may_stay(kRead, 0));
}

static void a_primary_that_cannot_say_keeps_its_writers_and_gets_no_new(
    void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(0, said("up fault=too-many-connections", b.state(0)));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(0, said("up fault=too-many-connections", b.state(0)));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(1, said("up role=primary"));
  assert_false(b.may_stay(kWrite, 0));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "1");
  b.set_state(1, said("up role=replica"));
  b.set_state(0, said("down", b.state(0)));
  b.set_state(0, said("up fault=login-refused", b.state(0)));
  assert_false(b.may_stay(kWrite, 0));
}

static void a_full_server_is_passed_over_and_all_full_is_said(void**) {
  Balance b = pair(2, 2);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica"));
  b.take(0);
  b.take(0);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "f");
  b.take(1);
  b.take(1);
  assert_string_equal(picks(&b, kRead, 1).c_str(), "f");
  b.release(0);
  assert_string_equal(picks(&b, kRead, 1).c_str(), "0");
  assert_int_equal(b.sessions(0), 1);
}

static void to_look_does_not_move_the_round(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up"));
  b.set_state(1, said("up"));
  size_t position = 9;
  assert_true(b.look(kRead, 0, &position) == V::Chosen);
  assert_int_equal(position, 0);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_said_yet_is_nobody),
      cmocka_unit_test(reads_go_round_in_the_order_of_the_file),
      cmocka_unit_test(a_server_that_is_down_costs_nobody_a_turn),
      cmocka_unit_test(a_refused_connect_goes_to_the_next_at_once),
      cmocka_unit_test(
          broken_replication_is_read_from_only_when_all_else_is_gone),
      cmocka_unit_test(who_neither_replicates_nor_is_the_primary_is_stale),
      cmocka_unit_test(writes_go_only_to_the_one_primary),
      cmocka_unit_test(two_primaries_get_nobody_and_keep_nobody),
      cmocka_unit_test(who_loses_the_role_keeps_its_readers_and_no_writer),
      cmocka_unit_test(
          a_primary_that_cannot_say_keeps_its_writers_and_gets_no_new),
      cmocka_unit_test(a_full_server_is_passed_over_and_all_full_is_said),
      cmocka_unit_test(to_look_does_not_move_the_round),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
