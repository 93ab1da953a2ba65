// When a hot worker pauses before it looks again.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <unistd.h>

#include "splitfwd/relay/gather.h"
#include "splitfwd/relay/runnable.h"

using namespace splitfwd;

// What a worker does: waits that watch 64 and find so many, every so often.
// Returns the microseconds that it paused, of each second.
static uint64_t paused(Gather* g, size_t found, uint64_t every_us,
                       unsigned runnable) {
  uint64_t us = 5000000, sum_us = 0;
  const uint64_t end_us = us + 2000000, from_us = us + 1000000;
  while (us < end_us) {
    us += every_us;
    g->on_wait(64, found, us / 1000);
    if (g->asks(us / 1000)) g->on_runnable(runnable, us / 1000);
    if (us >= from_us) sum_us += g->pause_us();
    us += g->pause_us();
  }
  return sum_us;
}

static void a_host_with_a_cpu_to_spare_never_pauses(void**) {
  Gather g(2);
  assert_int_equal(paused(&g, 1, 50, 11), 0);
  Gather unknown(2);
  assert_int_equal(paused(&unknown, 1, 50, 0), 0);
}

static void a_crowded_one_pauses_when_most_is_in_vain(void**) {
  Gather g(2);
  assert_in_range(paused(&g, 1, 50, 40), 800000, 970000);
  Gather four(8);
  assert_int_equal(paused(&four, 1, 50, 40), 0);
}

static void who_finds_an_eighth_does_not_pause(void**) {
  Gather g(2);
  assert_int_equal(paused(&g, 8, 50, 40), 0);
}

static void a_slow_worker_does_not_pause(void**) {
  // 56 in vain every 2 ms: fewer than are forgiven.
  Gather g(2);
  assert_int_equal(paused(&g, 1, 2000, 40), 0);
}

static void no_pause_is_over_a_millisecond(void**) {
  Gather g(1);
  for (uint64_t ms = 1000; ms < 2000; ms += 10) {
    g.on_wait(8000, 0, ms);
    if (g.asks(ms)) g.on_runnable(100, ms);
  }
  assert_int_equal(g.pause_us(), kPauseMaxUs);
}

static void one_busy_moment_is_no_crowd(void**) {
  Gather g(2);
  g.on_wait(8000, 0, 1000);
  assert_true(g.asks(1000));
  g.on_runnable(80, 1000);
  assert_int_equal(g.pause_us(), 0);
  g.on_wait(8000, 0, 1009);
  assert_false(g.asks(1009));
  g.on_wait(8000, 0, 1010);
  assert_true(g.asks(1010));
  g.on_runnable(80, 1010);
  assert_true(g.pause_us() > 0);
}

static void the_kernel_counts_who_runs(void**) {
  const RunQueue queue = open_run_queue();
  assert_true(queue.fd.valid());
  assert_int_equal(queue.cpus, sysconf(_SC_NPROCESSORS_ONLN));
  assert_in_range(count_runnable(queue.fd.get()), 1, 100000);
  // Again, from the beginning.
  assert_in_range(count_runnable(queue.fd.get()), 1, 100000);
  assert_int_equal(count_runnable(-1), 0);

  int ends[2];
  assert_int_equal(pipe(ends), 0);
  assert_int_equal(count_runnable(ends[0]), 0);
  close(ends[0]);
  close(ends[1]);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_host_with_a_cpu_to_spare_never_pauses),
      cmocka_unit_test(a_crowded_one_pauses_when_most_is_in_vain),
      cmocka_unit_test(who_finds_an_eighth_does_not_pause),
      cmocka_unit_test(a_slow_worker_does_not_pause),
      cmocka_unit_test(no_pause_is_over_a_millisecond),
      cmocka_unit_test(one_busy_moment_is_no_crowd),
      cmocka_unit_test(the_kernel_counts_who_runs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
