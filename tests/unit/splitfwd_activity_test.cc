// Who is hot, who is cold, and who may read how much at once.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
}

#include "splitfwd/relay/activity.h"

using namespace splitfwd;

static void a_hot_session_is_idle_after_64_calls_without_a_byte(void**) {
  Activity heat;
  heat.call = 1000;
  assert_false(is_idle(heat, 1000, false));
  assert_false(is_idle(heat, 1063, false));
  assert_true(is_idle(heat, 1064, false));

  heat.call = 1064;
  assert_false(is_idle(heat, 1064 + 63, false));
}

static void after_a_second_of_sleep_all_are_idle_but_who_woke_it(void**) {
  Activity before, new_one, woke_it;
  before.call = 998;
  new_one.call = 999;
  woke_it.call = 1000;
  assert_true(is_idle(before, 1000, true));
  assert_false(is_idle(new_one, 1000, true));
  assert_false(is_idle(woke_it, 1000, true));
}

static void the_first_query_of_a_cold_session_is_answered_there(void**) {
  Activity heat;
  heat.call = 5;
  on_demoted(&heat);
  // Even right after the demotion, at the start of all clocks.
  assert_false(on_cold_read(&heat, kReadClient, 1, 0));
}

static void a_second_query_soon_makes_it_hot(void**) {
  Activity heat;
  on_demoted(&heat);
  assert_false(on_cold_read(&heat, kReadClient, 5000, 700));
  assert_false(on_cold_read(&heat, kReadServer, 5000, 700));
  Activity late = heat, busy = heat;

  assert_true(on_cold_read(&heat, kReadClient, 5019, 763));
  assert_false(on_cold_read(&late, kReadClient, 5020, 763));
  assert_false(on_cold_read(&busy, kReadClient, 5019, 764));
  // Measured from the last one, not from the first.
  assert_true(on_cold_read(&late, kReadClient, 5030, 763));
  assert_true(on_cold_read(&busy, kReadClient, 5030, 800));
}

static void an_answer_is_no_query_but_a_stream_is(void**) {
  Activity heat;
  on_demoted(&heat);
  assert_false(on_cold_read(&heat, kReadClient, 5000, 700));
  assert_false(on_cold_read(&heat, kReadServer, 5001, 700));
  assert_true(on_cold_read(&heat, kReadServer, 5002, 701));

  // Slow enough, it stays.
  Activity slow;
  on_demoted(&slow);
  for (uint64_t ms = 5000; ms < 6000; ms += 20) {
    assert_false(on_cold_read(&slow, kReadServer, ms, 700));
  }
}

static void query_and_answer_in_one_turn_are_one_query(void**) {
  Activity heat;
  on_demoted(&heat);
  assert_false(on_cold_read(&heat, kReadClient | kReadServer, 5000, 700));
  assert_true(on_cold_read(&heat, kReadClient, 5001, 701));
}

static void who_fills_a_buffer_is_hot_at_once(void**) {
  Activity heat;
  on_demoted(&heat);
  assert_true(on_cold_read(&heat, kReadServer | kReadFull, 5000, 700));
}

static void alone_is_who_was_for_50_ms(void**) {
  Solo solo;
  int a = 0, b = 0;
  assert_false(solo.is_alone(&a, 1000000));
  for (uint64_t ms = 1000; ms < 1050; ++ms) {
    solo.note(&a, ms);
    assert_false(solo.is_alone(&a, ms));
  }
  solo.note(&a, 1050);
  assert_true(solo.is_alone(&a, 1050));
  assert_false(solo.is_alone(&b, 1050));

  solo.note(&b, 1051);
  assert_false(solo.is_alone(&a, 1051));
  assert_false(solo.is_alone(&b, 1051));
}

// However their turns fall: with one more query in less than 50 ms nobody is
// alone, with one in a second the other one is, most of the time.
static void two_are_not_alone(void**) {
  for (uint64_t every_ms = 1; every_ms < 49; ++every_ms) {
    Solo solo;
    int bulk = 0, query = 0;
    for (uint64_t ms = 1000; ms < 3000; ++ms) {
      solo.note(&bulk, ms);
      if (ms % every_ms == 0) solo.note(&query, ms);
      solo.note(&bulk, ms);
      if (ms > 1100) assert_false(solo.is_alone(&bulk, ms));
    }
  }
  Solo solo;
  int bulk = 0, query = 0, alone_ms = 0;
  for (uint64_t ms = 1000; ms < 11000; ++ms) {
    solo.note(&bulk, ms);
    if (ms % 1000 == 0) solo.note(&query, ms);
    if (solo.is_alone(&bulk, ms)) ++alone_ms;
  }
  assert_true(alone_ms > 9000);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_hot_session_is_idle_after_64_calls_without_a_byte),
      cmocka_unit_test(after_a_second_of_sleep_all_are_idle_but_who_woke_it),
      cmocka_unit_test(the_first_query_of_a_cold_session_is_answered_there),
      cmocka_unit_test(a_second_query_soon_makes_it_hot),
      cmocka_unit_test(an_answer_is_no_query_but_a_stream_is),
      cmocka_unit_test(query_and_answer_in_one_turn_are_one_query),
      cmocka_unit_test(who_fills_a_buffer_is_hot_at_once),
      cmocka_unit_test(alone_is_who_was_for_50_ms),
      cmocka_unit_test(two_are_not_alone),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
