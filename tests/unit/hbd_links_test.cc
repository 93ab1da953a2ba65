// Over which links a node is heard, and that one beat over two links is one.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <stdio.h>
#include <unistd.h>

#include "hbd/decide/hearing.h"
#include "hbd/link/arrivals.h"
#include "hbd/link/health.h"
#include "hbd/link/links.h"
#include "lib/text.h"

using hbd::LinkHealth;

static const uint64_t kSelf = 7, kDead = 2000;

// A watch of two links, the second one expected or not, and what it says.
struct Fixture {
  LinkHealth watch;
  std::string said;
  explicit Fixture(bool second)
      : watch(std::vector<bool>{true, second}, kSelf, kDead) {}
  // Each answers to what we sent 50 ms before.
  void beat(uint64_t now_ms, size_t link, uint64_t seq, uint64_t inc = 1,
            uint64_t echo = kSelf) {
    answer(now_ms, link, seq, inc, now_ms - 50, echo);
  }
  void answer(uint64_t now_ms, size_t link, uint64_t seq, uint64_t inc,
              uint64_t echo_seq, uint64_t echo = kSelf) {
    hbd::Beat b;
    b.echo_seq = echo_seq;
    b.incarnation = inc;
    b.seq = seq;
    b.echo_incarnation = echo;
    std::vector<hbd::LinkChange> changes;
    watch.on_beat(now_ms, link, b, &changes);
    for (size_t i = 0; i < changes.size(); ++i) {
      said += tandem::format("%d%zu@%d ", changes[i].up ? 1 : -1,
                             changes[i].link, static_cast<int>(now_ms));
    }
  }
  // Beats of 200 ms each, (from, until], over the links in the mask.
  void beats(uint64_t from_ms, uint64_t until_ms, int mask) {
    for (uint64_t ms = from_ms + 200; ms <= until_ms; ms += 200) {
      for (size_t link = 0; link < 2; ++link) {
        if (mask >> link & 1) beat(ms, link, ms);
      }
    }
  }
};

static void a_broken_link_is_told_once_and_again_when_it_is_back(void**) {
  Fixture f(true);

  f.beats(0, 1000, 3);
  f.beats(1000, 9000, 1);
  f.beats(9000, 9400, 3);

  assert_string_equal(f.said.c_str(), "-11@3200 11@9200 ");
  assert_true(f.watch.up(9400, 0) && f.watch.up(9400, 1));
}

static void a_link_that_never_worked_is_told_when_it_is_expected(void**) {
  Fixture expected(true), not_expected(false);

  expected.beats(0, 9000, 1);
  not_expected.beats(0, 9000, 1);

  assert_string_equal(expected.said.c_str(), "-11@2400 ");
  assert_string_equal(not_expected.said.c_str(), "");
  assert_false(not_expected.watch.heard(1) || not_expected.watch.up(9000, 1));
}

static void a_silent_node_is_no_broken_link(void**) {
  Fixture f(true);

  f.beats(0, 1000, 3);
  f.beat(1200, 0, 1200);  // died between two sends
  assert_false(f.watch.up(9000, 0) || f.watch.up(9000, 1));
  f.beats(60000, 61000, 3);

  assert_string_equal(f.said.c_str(), "");
}

static void a_node_that_comes_back_over_one_link_only_has_one_broken(void**) {
  Fixture f(true);

  f.beats(0, 1000, 3);
  f.beats(60000, 63000, 1);

  assert_string_equal(f.said.c_str(), "-11@62400 ");
}

static void duplicates_count_on_every_link_that_brings_them(void**) {
  Fixture f(true);

  f.beat(1000, 0, 5);
  f.beat(1001, 1, 5);
  f.beat(1900, 1, 5);  // twice over the same link: a replay

  assert_int_equal(f.watch.last_ms(0), 1000);
  assert_int_equal(f.watch.last_ms(1), 1001);
}

static void replays_keep_no_link_up(void**) {
  Fixture f(true);

  f.beats(0, 1000, 3);
  for (uint64_t ms = 1200; ms <= 60000; ms += 200) {
    f.beat(ms, 0, ms);
    f.beat(ms, 1, 1000);         // heard before
    f.beat(ms, 1, ms + 9, 1, 6); // of an earlier start of ours
  }
  f.beat(60200, 1, 2000);        // heard long ago, over the other one

  assert_string_equal(f.said.c_str(), "-11@3200 ");
}

static void a_restart_begins_anew_and_the_old_one_stays_dead(void**) {
  Fixture f(true);

  f.beat(1000, 0, 500, 1);
  f.beat(1200, 0, 1, 2);
  f.beat(1200, 1, 1, 2);
  f.answer(5000, 1, 501, 1, 1000);  // was on its way when it ended

  assert_int_equal(f.watch.last_ms(0), 1200);
  assert_int_equal(f.watch.last_ms(1), 1200);
}

static void no_number_of_restarts_lets_a_recorded_life_in(void**) {
  Fixture f(true);

  for (uint64_t life = 1; life <= 40; ++life) {
    f.beat(life * 1000, 0, 9, life);
    f.beat(life * 1000, 1, 9, life);
  }
  for (uint64_t life = 1; life < 40; ++life) {
    f.answer(50000 + life, 1, 9, life, life * 1000 - 50);
    f.answer(50000 + life, 0, 10, life, life * 1000 - 40);
  }

  assert_int_equal(f.watch.last_ms(0), 40000);
  assert_int_equal(f.watch.last_ms(1), 40000);
}

static void what_is_lost_and_how_long_pauses_are(void**) {
  hbd::Gaps gaps;
  assert_int_equal(gaps.percentile(50), 0);
  for (uint64_t ms = 1; ms <= 100; ++ms) gaps.add(ms);
  assert_int_equal(gaps.percentile(50), 50);
  assert_int_equal(gaps.percentile(99), 99);
  assert_int_equal(gaps.percentile(100), 100);
  assert_int_equal(gaps.percentile(0), 1);
  assert_int_equal(hbd::deadtime_allowed_ms(gaps, 50), 200);
  assert_int_equal(hbd::deadtime_allowed_ms(gaps, 200), 400);
  gaps.add(451);
  assert_int_equal(hbd::deadtime_allowed_ms(gaps, 200), 1000);
  for (size_t i = 0; i < hbd::Gaps::kMost; ++i) gaps.add(7);
  assert_int_equal(gaps.count(), hbd::Gaps::kMost);
  assert_int_equal(gaps.percentile(100), 7);

  hbd::Arrivals a;
  assert_int_equal(a.lost_permille(), 0);
  for (uint64_t seq = 10; seq < 30; ++seq) {
    if (seq % 4 != 0) a.on_beat(seq * 200, seq);
  }
  assert_int_equal(a.lost_permille(), 250);  // 5 of 20
  assert_int_equal(a.gaps().percentile(50), 200);
  assert_int_equal(a.gaps().percentile(100), 400);
}

// A restart of the node is no pause and no loss, a second link no second beat.
static void each_link_has_its_own_count(void**) {
  Fixture f(true);

  for (uint64_t ms = 200; ms <= 20000; ms += 200) {
    f.beat(ms, 0, ms / 200);
    if (ms % 400 == 0) f.beat(ms + 30, 1, ms / 200);
  }
  assert_int_equal(f.watch.arrivals(0).lost_permille(), 0);
  assert_int_equal(f.watch.arrivals(1).lost_permille(), 494);
  assert_int_equal(f.watch.arrivals(1).gaps().percentile(99), 400);
  assert_int_equal(f.watch.arrivals().gaps().percentile(100), 200);
  assert_int_equal(f.watch.arrivals().gaps().count(), 99);
  f.beat(90000, 0, 1, 2);
  f.beat(90200, 0, 2, 2);
  assert_int_equal(f.watch.arrivals(0).gaps().percentile(100), 200);
  assert_int_equal(f.watch.arrivals(0).lost_permille(), 0);
  assert_int_equal(f.watch.arrivals().gaps().count(), 1);
}

static void the_same_beat_over_two_links_is_one_beat(void**) {
  hbd::Hearing h("hdp4", kSelf, kDead);
  hbd::Beat b, asked;
  b.from = "hdp4";
  b.incarnation = 1;
  b.echo_incarnation = kSelf;
  b.seq = 1;
  assert_false(h.take(999, b));  // its answer to us will prove it
  h.stamp(999, &asked);
  b.seq = 2;
  b.echo_seq = asked.seq;

  assert_true(h.take(1000, b));
  assert_false(h.take(1001, b));

  assert_int_equal(h.last_ms(), 1000);
  assert_int_equal(h.dropped(), 2);
}

// The witness's network is gone, the peer's is not.
static void a_receiver_that_cannot_be_sent_to_is_logged_once(void**) {
  hbd::Member self;
  self.ucast.resize(1);
  assert_true(tandem::parse_address("127.0.0.1", &self.ucast[0]).ok());
  std::vector<tandem::Address> good(self.ucast), bad(1);
  assert_true(tandem::parse_address("255.255.255.255", &bad[0]).ok());
  good[0].port = bad[0].port = 9;
  hbd::Links media(self);
  assert_true(media.open().ok());
  FILE* log = tmpfile();
  const int kept = dup(2);
  dup2(fileno(log), 2);
  for (int i = 0; i < 5; ++i) {
    media.send(good, "x");
    media.send(bad, "x");
  }
  dup2(kept, 2);
  close(kept);
  rewind(log);
  int lines = 0;
  for (int c = getc(log); c != EOF; c = getc(log)) lines += c == '\n';
  fclose(log);
  assert_int_equal(lines, 1);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_broken_link_is_told_once_and_again_when_it_is_back),
      cmocka_unit_test(a_link_that_never_worked_is_told_when_it_is_expected),
      cmocka_unit_test(a_silent_node_is_no_broken_link),
      cmocka_unit_test(a_node_that_comes_back_over_one_link_only_has_one_broken),
      cmocka_unit_test(duplicates_count_on_every_link_that_brings_them),
      cmocka_unit_test(replays_keep_no_link_up),
      cmocka_unit_test(a_restart_begins_anew_and_the_old_one_stays_dead),
      cmocka_unit_test(no_number_of_restarts_lets_a_recorded_life_in),
      cmocka_unit_test(what_is_lost_and_how_long_pauses_are),
      cmocka_unit_test(each_link_has_its_own_count),
      cmocka_unit_test(the_same_beat_over_two_links_is_one_beat),
      cmocka_unit_test(a_receiver_that_cannot_be_sent_to_is_logged_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
