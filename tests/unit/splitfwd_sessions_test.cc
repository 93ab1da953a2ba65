// What the front keeps: its sessions, the operator's orders, what is short.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}
#undef fail  // a name in the headers below

#include <string>
#include <utility>
#include <vector>

#include "splitfwd/route/orders.h"
#include "splitfwd/route/sessions.h"
#include "splitfwd/route/shortage.h"

using namespace splitfwd;

namespace {

Config config(const char* weight) {
  const std::string text =
      std::string("[splitfwd]\ncheck-exec = /x\n[server a]\naddress = "
                  "10.0.0.1:1\n[server b]\naddress = 10.0.0.2:1\nweight = ") +
      weight + "\n[listen l]\nbind = *:2\nservers = a b\n[listen m]\nbind = "
      "*:3\nservers = b\n";
  Config c;
  const tandem::Error e = parse_config("f.ini", text, &c);
  assert_string_equal(e.c_str(), "");
  return c;
}

SessionPtr session(uint64_t id) {
  SessionPtr s(new RoutedSession(0, tandem::UniqueFd(), 0));
  s->id = id;
  return s;
}

}  // namespace

static void the_last_session_takes_the_seat_of_one_that_leaves(void**) {
  Sessions roll;
  RoutedSession* a = roll.add(session(0));
  RoutedSession* b = roll.add(session(0));
  RoutedSession* c = roll.add(session(0));
  assert_int_equal(c->id, 3);
  assert_true(roll.remove(a).get() == a && roll[0] == c && c->router_index == 0);
  assert_true(roll.remove(b).get() == b && roll.size() == 1);
  assert_true(roll.remove(c).get() == c && roll.empty());
  assert_int_equal(roll.last_id(), 3);
}

// A session of the process before has its number; new ones come after it.
static void no_number_is_given_twice(void**) {
  Sessions roll;
  roll.add(session(7));
  roll.add(session(3));
  assert_int_equal(roll.last_id(), 7);
  assert_int_equal(roll.add(session(0))->id, 8);
}

static void orders_go_over_to_the_next_process(void**) {
  const Config c = config("4");
  Balance before = make_balance(c);
  before.set_admin(0, 1, Admin::Maint);
  before.set_weight(1, 1, 2);
  std::vector<bool> closed = {false, true};
  const std::vector<std::string> lines = format_orders(c, before, closed);
  assert_int_equal(lines.size(), 3);
  Balance after = make_balance(c);
  closed.assign(2, false);
  for (const std::string& line : lines) {
    assert_true(restore_order(line, c, &after, &closed));
  }
  assert_true(after.admin(0, 1) == Admin::Maint &&
              after.admin(1, 1) == Admin::Ready);
  assert_int_equal(after.weight(1, 1), 2);
  assert_int_equal(after.weight(0, 1), 4);
  assert_true(!closed[0] && closed[1]);
}

static void a_weight_that_the_file_has_changed_is_the_file_s(void**) {
  const Config c = config("4");
  Balance before = make_balance(c);
  before.set_weight(0, 1, 2);
  std::vector<bool> closed(2, false);
  const std::vector<std::string> lines = format_orders(c, before, closed);
  assert_int_equal(lines.size(), 1);
  const Config edited = config("5");
  Balance after = make_balance(edited);
  assert_true(restore_order(lines[0], edited, &after, &closed));
  assert_int_equal(after.weight(0, 1), 5);
}

static void what_is_no_order_changes_nothing(void**) {
  const Config c = config("4");
  Balance balance = make_balance(c);
  std::vector<bool> closed(2, false);
  for (const char* line : {"", "order", "tally l b admin=maint", "order l b",
                           "order l b admin"}) {
    assert_false(restore_order(line, c, &balance, &closed));
  }
  // Another file's names.
  assert_true(restore_order("order x b admin=maint", c, &balance, &closed));
  assert_true(restore_order("order x - closed=1", c, &balance, &closed));
  assert_true(restore_order("order l b weight=999 initial=4", c, &balance,
                            &closed));
  assert_true(balance.admin(0, 1) == Admin::Ready && !closed[0] && !closed[1]);
  assert_int_equal(balance.weight(0, 1), 4);
}

static void nobody_tries_again_at_once_what_this_host_is_short_of(void**) {
  Shortage s;
  assert_false(s.is_on(0));
  s.note(100);
  s.note(110);
  assert_true(s.is_on(110 + Shortage::kPauseMs - 1));
  assert_false(s.is_on(s.until_ms()));
  assert_int_equal(s.until_ms(), 110 + Shortage::kPauseMs);
  assert_int_equal(s.count(), 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_session_takes_the_seat_of_one_that_leaves),
      cmocka_unit_test(no_number_is_given_twice),
      cmocka_unit_test(orders_go_over_to_the_next_process),
      cmocka_unit_test(a_weight_that_the_file_has_changed_is_the_file_s),
      cmocka_unit_test(what_is_no_order_changes_nothing),
      cmocka_unit_test(nobody_tries_again_at_once_what_this_host_is_short_of),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
