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

// ---- what counts, and what it confirms -------------------------------------

// An echo that no beat of ours can have had.
static void forged_echoes_count_for_nothing(void**) {
  Talk t;
  End a(5), b(6), c(7);
  t.meet(&a, &b);
  Beat forged = b.say(t.now_ms);
  forged.echo_seq += 1000;
  assert_false(a.hearing.take(t.now_ms, forged));
  // Nor do they prove a life.
  assert_false(a.hearing.take(t.now_ms, c.say(t.now_ms)));
  a.say(t.now_ms);
  forged = c.say(t.now_ms);
  forged.echo_incarnation = 5;
  forged.echo_seq = 1000;
  assert_false(a.hearing.take(t.now_ms, forged));
}

static void a_node_without_incarnation_is_nobody(void**) {
  Talk t;
  End a(5);
  a.say(t.now_ms);
  Beat nobody;
  nobody.echo_incarnation = 5;
  nobody.seq = nobody.echo_seq = 1;
  assert_false(a.hearing.take(t.now_ms, nobody));
  assert_false(a.hearing.heard());
}

// What a life said to our life before proves nothing to this one.
static void an_echo_of_another_life_of_ours_proves_nothing(void**) {
  Talk t;
  End before(5), b(9), a(6);
  t.meet(&before, &b);
  for (int i = 0; i < 10; ++i) {
    t.replay(&a);
    a.say(++t.now_ms);
  }
  assert_false(a.hearing.heard());
}

static void a_beat_for_another_life_of_ours_does_not_count(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  End later(9);  // of ours, as far as b can tell
  assert_false(b.hearing.take(t.now_ms, later.say(t.now_ms)));
  const Beat misled = b.say(t.now_ms);
  assert_int_equal(misled.echo_incarnation, 9);
  assert_false(a.hearing.take(t.now_ms, misled));
}

static void what_is_tried_gives_place_when_its_time_is_over(void**) {
  Talk t;
  End a(5), b(6), dead(9), c(8);
  t.meet(&a, &b);
  (void)a.hearing.take(t.now_ms, dead.say(t.now_ms));
  t.now_ms += kDeadtimeMs + 1;
  (void)a.hearing.take(t.now_ms, c.say(t.now_ms));
  assert_int_equal(a.say(t.now_ms).echo_incarnation, 8);
}

static void the_highest_number_of_who_is_tried_is_echoed(void**) {
  Talk t;
  End a(5), b(6);
  const Beat first = b.say(t.now_ms), second = b.say(t.now_ms);
  (void)a.hearing.take(t.now_ms, second);
  (void)a.hearing.take(t.now_ms, first);
  assert_int_equal(a.say(t.now_ms).echo_seq, second.seq);
}

static void the_first_life_is_no_restart_and_the_second_is(void**) {
  Talk t;
  End a(5), b(6), c(7);
  bool restarted = false;
  for (int i = 0; i < 5; ++i) {
    t.exchange(&a, &b);
    restarted = restarted || a.hearing.restarted();
  }
  assert_true(a.hearing.heard());
  assert_false(restarted);
  for (int i = 0; i < 5; ++i) {
    t.exchange(&a, &c);
    restarted = restarted || a.hearing.restarted();
  }
  assert_true(restarted);
  assert_false(a.hearing.restarted());
}

// It is answered at once, or both would wait for a keepalive each.
static void who_is_new_is_greeted_when_seen_and_when_proven(void**) {
  Talk t;
  End a(5), b(6);
  assert_false(a.hearing.took_greeting());
  (void)a.hearing.take(t.now_ms, b.say(t.now_ms));
  assert_true(a.hearing.took_greeting());
  (void)b.hearing.take(t.now_ms, a.say(t.now_ms));
  (void)a.hearing.take(t.now_ms, b.say(t.now_ms));  // proven
  assert_true(a.hearing.took_greeting());
  assert_false(a.hearing.took_greeting());
  assert_true(a.hearing.heard());
}

static void a_confirmation_dates_from_when_the_beat_was_sent(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  const uint64_t sent_ms = t.now_ms += 100;
  const Beat ours = a.say(sent_ms);
  t.now_ms += 700;  // on its way
  assert_true(b.hearing.take(t.now_ms, ours));
  t.now_ms += 50;
  assert_true(a.hearing.take(t.now_ms, b.say(t.now_ms)));
  assert_int_equal(a.hearing.confirmed_sent_ms(), sent_ms);
  assert_int_equal(a.hearing.confirmed_at_ms(), t.now_ms);
  assert_int_equal(a.hearing.last_ms(), t.now_ms);
  t.now_ms += 200;  // it says nothing new of us
  assert_true(a.hearing.take(t.now_ms, b.say(t.now_ms)));
  assert_int_equal(a.hearing.confirmed_sent_ms(), sent_ms);
  assert_int_equal(a.hearing.confirmed_at_ms(), t.now_ms - 200);
}

static void of_many_unconfirmed_beats_the_newest_are_remembered(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  Beat last;
  for (int i = 0; i < 300; ++i) last = a.say(t.now_ms += 200);
  const uint64_t sent_ms = t.now_ms;
  assert_true(b.hearing.take(++t.now_ms, last));
  assert_true(a.hearing.take(t.now_ms, b.say(t.now_ms)));
  assert_int_equal(a.hearing.confirmed_sent_ms(), sent_ms);
}

static void what_was_not_confirmed_during_an_absence_is_forgiven(void**) {
  Talk t;
  End a(5), b(6);
  t.meet(&a, &b);
  assert_true(a.hearing.take(t.now_ms, b.say(t.now_ms)));
  t.now_ms += kDeadtimeMs + 1;
  a.say(t.now_ms);  // b has not heard it yet
  assert_true(a.hearing.take(t.now_ms, b.say(t.now_ms)));
  assert_int_equal(a.hearing.confirmed_at_ms(), t.now_ms);
}

static void nobody_is_heard_before_the_first_beat(void**) {
  End a(5);
  assert_false(a.hearing.heard_within(10, kDeadtimeMs));
}

static void a_beat_for_a_new_life_begins_at_any_number(void**) {
  Talk t;
  End a(5), b(6), c(7);
  for (int i = 0; i < 50; ++i) t.exchange(&a, &b);
  t.meet(&a, &c);  // whose numbers are lower
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
      cmocka_unit_test(forged_echoes_count_for_nothing),
      cmocka_unit_test(a_node_without_incarnation_is_nobody),
      cmocka_unit_test(an_echo_of_another_life_of_ours_proves_nothing),
      cmocka_unit_test(a_beat_for_another_life_of_ours_does_not_count),
      cmocka_unit_test(what_is_tried_gives_place_when_its_time_is_over),
      cmocka_unit_test(the_highest_number_of_who_is_tried_is_echoed),
      cmocka_unit_test(the_first_life_is_no_restart_and_the_second_is),
      cmocka_unit_test(who_is_new_is_greeted_when_seen_and_when_proven),
      cmocka_unit_test(a_confirmation_dates_from_when_the_beat_was_sent),
      cmocka_unit_test(of_many_unconfirmed_beats_the_newest_are_remembered),
      cmocka_unit_test(what_was_not_confirmed_during_an_absence_is_forgiven),
      cmocka_unit_test(nobody_is_heard_before_the_first_beat),
      cmocka_unit_test(a_beat_for_a_new_life_begins_at_any_number),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
