// What the loops of all tools stand on: pauses, and what is ready.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/net.h"
#include "lib/select.h"

using tandem::UniqueFd;

static void on_alarm(int) {}

static void alarm_every(long us) {
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = on_alarm;
  sigaction(SIGALRM, &sa, nullptr);
  const struct itimerval timer = {{0, us}, {0, us}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

static void a_pause_lasts_though_signals_come(void**) {
  alarm_every(3000);
  const uint64_t before_ms = tandem::clock_ms();

  tandem::sleep_ms(50);

  assert_true(tandem::clock_ms() >= before_ms + 50);
  alarm_every(0);
}

static void one_descriptor_can_be_asked_alone(void**) {
  UniqueFd r, w;
  assert_true(tandem::open_pipe(&r, &w).ok());

  assert_int_equal(tandem::ready_events(r.get(), POLLIN, 0), 0);
  assert_int_equal(tandem::ready_events(w.get(), POLLOUT, 0), POLLOUT);
  assert_int_equal(write(w.get(), "x", 1), 1);
  assert_int_equal(tandem::ready_events(r.get(), POLLIN, 0), POLLIN);
  w.reset();
  assert_int_equal(tandem::ready_events(r.get(), POLLIN, 0), POLLIN | POLLHUP);
  assert_int_equal(tandem::ready_events(-1, POLLIN, 0), 0);
}

static void random_bytes_are_no_bytes_of_before(void**) {
  uint64_t one = 0, two = 0;
  assert_true(tandem::random_bytes(&one, sizeof one).ok());
  assert_true(tandem::random_bytes(&two, sizeof two).ok());
  assert_true(one != 0 && two != 0 && one != two);
}

static void the_limit_of_open_files_is_the_only_one(void**) {
  const struct rlimit many = {4096, 4096};
  setrlimit(RLIMIT_NOFILE, &many);
  UniqueFd r, w;
  assert_true(tandem::open_pipe(&r, &w).ok());
  const UniqueFd high(fcntl(r.get(), F_DUPFD, 3000));
  const UniqueFd high_end(fcntl(w.get(), F_DUPFD, 3100));
  assert_true(high.valid() && high_end.valid());
  tandem::Selector selector;

  selector.want_read(high.get());
  assert_true(selector.wait(0).ok());
  assert_false(selector.can_read(high.get()));
  assert_int_equal(write(w.get(), "x", 1), 1);
  selector.want_write(high_end.get());
  assert_true(selector.wait(tandem::kNever).ok());

  assert_true(selector.can_read(high.get()));
  assert_true(selector.can_write(high_end.get()));
  assert_false(selector.can_read(-1));
  selector.clear();
  assert_true(selector.wait(0).ok());
  assert_false(selector.is_ready(high.get()));
}

static void a_watched_signal_ends_the_wait_and_is_told_once(void**) {
  tandem::Selector selector;
  selector.watch_signal(SIGUSR1);

  raise(SIGUSR1);
  raise(SIGUSR1);
  assert_true(selector.wait(tandem::kNever).ok());

  assert_true(selector.took_signal(SIGUSR1));
  assert_false(selector.took_signal(SIGUSR1));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pause_lasts_though_signals_come),
      cmocka_unit_test(one_descriptor_can_be_asked_alone),
      cmocka_unit_test(the_limit_of_open_files_is_the_only_one),
      cmocka_unit_test(a_watched_signal_ends_the_wait_and_is_told_once),
      cmocka_unit_test(random_bytes_are_no_bytes_of_before),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
