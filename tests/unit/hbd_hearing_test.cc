// What makes a beat fresh: two ends that talk, and somebody who has recorded
// everything and sends it again.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <vector>

#include "hbd/decide/hearing.h"

namespace {

using hbd::Beat;
using hbd::Hearing;

const uint64_t kDeadtimeMs = 2000;

// One life of a node, as it talks to one other.
struct End {
  Hearing hearing;
  explicit End(uint64_t incarnation)
      : hearing("other", incarnation, kDeadtimeMs) {}
  Beat say(uint64_t now_ms) {
    Beat b;
    hearing.stamp(now_ms, &b);
    return b;
  }
};

struct Talk {
  uint64_t now_ms = 10000;
  std::vector<Beat> tape;  // all that b ever said
  // Each says one beat; true when both counted.
  bool exchange(End* a, End* b) {
    now_ms += 1;
    const Beat from_b = b->say(now_ms);
    tape.push_back(from_b);
    const bool counted = a->hearing.take(now_ms, from_b);
    return b->hearing.take(now_ms, a->say(now_ms)) && counted;
  }
  void meet(End* a, End* b) {
    for (int i = 0; i < 4; ++i) exchange(a, b);
    assert_true(exchange(a, b));
  }
  void replay(End* a) {
    for (const Beat& old : tape) assert_false(a->hearing.take(now_ms, old));
  }
};

}  // namespace

static void two_starts_find_each_other_within_three_beats(void**) {
  Talk t;
  End a(5), b(6);
  t.exchange(&a, &b);
  t.exchange(&a, &b);
  t.exchange(&a, &b);
  assert_true(t.exchange(&a, &b));
}

static void a_replay_changes_nothing_while_the_proven_life_is_heard(void**) {
  Talk t;
  End a(5), old(6);
  t.meet(&a, &old);
  End b(7);
  t.meet(&a, &b);
  for (int i = 0; i < 100; ++i) {
    t.replay(&a);
    assert_true(t.exchange(&a, &b));
  }
}

// Beats of a life that had echoed our present one.
static void a_dead_life_is_not_brought_back_by_its_captures(void**) {
  Talk t;
  End a(5), old(6);
  t.meet(&a, &old);
  End b(7);
  t.meet(&a, &b);
  t.now_ms += 10 * kDeadtimeMs;  // b is gone as well
  t.replay(&a);
  a.say(t.now_ms);
  t.replay(&a);
  assert_false(a.hearing.heard_within(t.now_ms, kDeadtimeMs));
}

static void a_restart_is_heard_through_a_storm_of_replays(void**) {
  Talk t;
  End a(5);
  for (uint64_t life = 10; life < 40; ++life) {
    End b(life);
    t.meet(&a, &b);
  }
  // We restart, and the captures are the first thing that comes.
  End again(8), b(40);
  for (int i = 0; i < 4; ++i) {
    t.replay(&again);
    t.exchange(&again, &b);
  }
  t.replay(&again);
  assert_true(t.exchange(&again, &b));
}

// Six datagrams, sent once: both ends echoed the dead, and dropped each other.
static void captures_sent_once_leave_nobody_deaf(void**) {
  Talk t;
  std::vector<Beat> of_a, of_b;
  for (uint64_t life = 10; life < 13; ++life) {
    End a(life), b(life);
    of_a.push_back(a.say(t.now_ms));
    of_b.push_back(b.say(t.now_ms));
  }
  End a(20), b(20);
  t.meet(&a, &b);
  for (const Beat& old : of_b) a.hearing.take(t.now_ms, old);
  for (const Beat& old : of_a) b.hearing.take(t.now_ms, old);
  assert_true(t.exchange(&a, &b));
  assert_true(t.exchange(&a, &b));
}

// A new disk, and a clock that was set back as well.
static void a_lower_incarnation_is_heard_after_a_deadtime_of_silence(void**) {
  Talk t;
  End a(5), b(100);
  t.meet(&a, &b);
  End c(50);
  for (int i = 0; i < 5; ++i) assert_false(t.exchange(&a, &c));
  t.now_ms += kDeadtimeMs + 1;
  t.meet(&a, &c);
}

static void what_is_tried_in_vain_is_given_up_after_a_deadtime(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  End future(9);  // says one beat, and is never heard again
  assert_false(a.hearing.take(t.now_ms, future.say(t.now_ms)));
  assert_int_equal(a.say(t.now_ms).echo_incarnation, 9);
  assert_int_equal(a.say(t.now_ms + kDeadtimeMs + 1).echo_incarnation, 6);
}

static void a_beat_that_comes_twice_or_late_counts_once(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  const Beat first = b.say(t.now_ms), second = b.say(t.now_ms);
  assert_true(a.hearing.take(t.now_ms, second));
  assert_false(a.hearing.take(t.now_ms, second));
  assert_false(a.hearing.take(t.now_ms, first));
}

static void incarnations_grow_over_restarts(void**) {
  const uint64_t first = hbd::next_incarnation(0, 1700000000000, 12345678);
  const uint64_t clock_back = hbd::next_incarnation(first, 5, 1);
  const uint64_t new_disk = hbd::next_incarnation(0, 1700000000001, 1);
  assert_true(first > 0);
  assert_true(clock_back > first);
  assert_true(new_disk > first);
  assert_true(hbd::next_incarnation(0, 7, 1) != hbd::next_incarnation(0, 7, 2));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(two_starts_find_each_other_within_three_beats),
      cmocka_unit_test(
          a_replay_changes_nothing_while_the_proven_life_is_heard),
      cmocka_unit_test(a_dead_life_is_not_brought_back_by_its_captures),
      cmocka_unit_test(a_restart_is_heard_through_a_storm_of_replays),
      cmocka_unit_test(captures_sent_once_leave_nobody_deaf),
      cmocka_unit_test(
          a_lower_incarnation_is_heard_after_a_deadtime_of_silence),
      cmocka_unit_test(what_is_tried_in_vain_is_given_up_after_a_deadtime),
      cmocka_unit_test(a_beat_that_comes_twice_or_late_counts_once),
      cmocka_unit_test(incarnations_grow_over_restarts),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
