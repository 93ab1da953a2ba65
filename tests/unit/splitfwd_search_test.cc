// How often, and how long, a primary is asked for.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "splitfwd/route/search.h"

using splitfwd::Search;

static void nobody_waits_nobody_asks(void**) {
  Search s;
  assert_false(s.step(100, false));
  assert_true(s.next_due_ms() == tandem::kNever);
}

static void it_asks_at_its_pace_for_a_while(void**) {
  Search s;
  assert_false(s.step(1000, true));  // the watcher has just looked
  int asked = 0;
  for (uint64_t now = 1001; now < 60000; ++now) asked += s.step(now, true);
  assert_int_equal(asked, Search::kForMs / Search::kEveryMs - 1);
  assert_true(s.next_due_ms() == tandem::kNever);
}

static void it_wakes_in_time(void**) {
  Search s;
  s.step(1000, true);
  assert_int_equal(s.next_due_ms(), 1025);
  assert_true(s.step(1025, true));
  assert_int_equal(s.next_due_ms(), 1050);
  assert_false(s.step(1049, true));
}

static void the_next_time_is_a_new_one(void**) {
  Search s;
  for (uint64_t now = 0; now < 9000; ++now) s.step(now, true);
  assert_false(s.step(9000, false));
  assert_false(s.step(9100, true));
  assert_true(s.step(9125, true));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nobody_waits_nobody_asks),
      cmocka_unit_test(it_asks_at_its_pace_for_a_while),
      cmocka_unit_test(it_wakes_in_time),
      cmocka_unit_test(the_next_time_is_a_new_one),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
