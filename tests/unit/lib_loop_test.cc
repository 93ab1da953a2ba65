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
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/file.h"
#include "lib/net.h"
#include "lib/pause.h"
#include "lib/restarted.h"
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

// The other end of a socket says that, and ends if it may.
static tandem::Error ask_who_says(const std::string& said, bool ends,
                                  size_t bytes_max, std::string* answer) {
  int fds[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
  const UniqueFd us(fds[0]), other(fds[1]);
  assert_true(tandem::set_blocking(us.get(), 50).ok());
  assert_int_equal(write(other.get(), said.data(), said.size()), said.size());
  if (ends) shutdown(other.get(), SHUT_WR);
  const tandem::Error e = tandem::ask(us.get(), "question",
                                      tandem::clock_ms() + 100, bytes_max,
                                      answer);
  char heard[32] = "";
  assert_int_equal(read(other.get(), heard, sizeof heard - 1), 9);
  assert_string_equal(heard, "question\n");
  return e;
}

static void an_answer_counts_when_it_has_ended_in_time(void**) {
  std::string answer = "before";
  assert_false(ask_who_says("half", false, 100, &answer).ok());
  assert_false(ask_who_says("too long", true, 4, &answer).ok());
  assert_string_equal(answer.c_str(), "before");
  assert_true(ask_who_says("ok\nall\n", true, 100, &answer).ok());
  assert_string_equal(answer.c_str(), "ok\nall\n");
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

static void pauses_double_up_to_the_most(void**) {
  const uint64_t want[] = {100, 100, 200, 400, 800, 1000, 1000};
  for (unsigned i = 0; i < 7; ++i) {
    assert_int_equal(tandem::pause_ms(i, 100, 1000), want[i]);
  }
  assert_int_equal(tandem::pause_ms(UINT32_MAX, 1, UINT64_MAX / 4),
                   UINT64_MAX / 4);
  assert_int_equal(tandem::pause_ms(1, 100, 50), 50);
}

static void one_that_ran_long_enough_begins_with_a_short_pause(void**) {
  tandem::RestartPause p;
  assert_int_equal(p.due_ms(), 0);
  p.on_end(1000, 1000);
  assert_int_equal(p.due_ms(), 1100);
  p.on_end(1100, 11099);
  assert_int_equal(p.last_ms(), 200);
  for (int i = 0; i < 20; ++i) p.on_end(20000, 20000);
  assert_int_equal(p.due_ms(), 30000);
  p.on_end(30000, 40000);
  assert_int_equal(p.last_ms(), 100);
  assert_int_equal(p.due_ms(), 40100);
}

static tandem::ChildWorld shell(const char* script) {
  tandem::ChildWorld world;
  world.path = "/bin/sh";
  world.argv = {"sh", "-c", script};
  return world;
}

// What a step logs goes to standard error, which is a pipe here.
static std::string steps_until_end(tandem::RestartedChild* child,
                                   tandem::Outcome* outcome) {
  UniqueFd r, w;
  assert_true(tandem::open_pipe(&r, &w).ok());
  const int before = dup(2);
  dup2(w.get(), 2);
  tandem::log_to_stderr_stamped("t");
  for (int i = 0; i < 2000; ++i) {
    if (child->step(5000, outcome)) break;
    tandem::sleep_ms(1);
  }
  dup2(before, 2);
  close(before);
  tandem::log_to_stderr_stamped("t");
  w.reset();
  char said[4096] = "";
  const ssize_t n = read(r.get(), said, sizeof said - 1);
  return std::string(said, n > 0 ? static_cast<size_t>(n) : 0);
}

static void it_is_due_again_after_its_end_and_a_pause(void**) {
  tandem::RestartedChild child("it", tandem::LogLevel::Info);
  UniqueFd out;
  tandem::Outcome outcome;
  assert_true(child.is_due(0));

  assert_true(child.start(5000, shell("echo 1; echo 2 >&2; exit 3"), &out)
                  .ok());
  assert_false(child.is_due(UINT64_MAX));
  assert_int_equal(child.next_due_ms(), tandem::kNever);
  const std::string logged = steps_until_end(&child, &outcome);

  assert_string_equal(outcome.text().c_str(), "exit 3");
  assert_non_null(strstr(logged.c_str(), " t: it: 2\n"));
  assert_null(strstr(logged.c_str(), "1\n"));
  char said[8] = "";
  assert_int_equal(read(out.get(), said, sizeof said), 2);
  assert_int_equal(child.next_due_ms(), 5100);
  assert_false(child.is_due(5099));
  assert_true(child.is_due(5100));
}

static void one_that_cannot_be_run_is_due_after_a_pause_that_grows(void**) {
  tandem::RestartedChild child("it", tandem::LogLevel::Info);
  UniqueFd out;
  tandem::ChildWorld world = shell("");
  world.path = "/nowhere";
  for (uint64_t pause_ms = 100; pause_ms < 1000; pause_ms *= 2) {
    assert_false(child.start(5000, world, &out).ok());
    assert_false(child.running() || out.valid());
    assert_int_equal(child.pause_ms(), pause_ms);
  }
  child.on_failed_start(5000);
  assert_int_equal(child.next_due_ms(), 6600);
}

static void one_that_ignores_term_ends_with_its_owner(void**) {
  UniqueFd out;
  pid_t pid;
  {
    tandem::RestartedChild child("it", tandem::LogLevel::Info);
    assert_true(child.start(1, shell("trap '' TERM; echo; exec sleep 60"),
                            &out).ok());
    assert_int_equal(tandem::ready_events(out.get(), POLLIN, 5000), POLLIN);
    pid = child.pid();
  }
  assert_int_equal(kill(pid, 0), -1);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pause_lasts_though_signals_come),
      cmocka_unit_test(one_descriptor_can_be_asked_alone),
      cmocka_unit_test(the_limit_of_open_files_is_the_only_one),
      cmocka_unit_test(a_watched_signal_ends_the_wait_and_is_told_once),
      cmocka_unit_test(pauses_double_up_to_the_most),
      cmocka_unit_test(one_that_ran_long_enough_begins_with_a_short_pause),
      cmocka_unit_test(it_is_due_again_after_its_end_and_a_pause),
      cmocka_unit_test(one_that_cannot_be_run_is_due_after_a_pause_that_grows),
      cmocka_unit_test(one_that_ignores_term_ends_with_its_owner),
      cmocka_unit_test(an_answer_counts_when_it_has_ended_in_time),
      cmocka_unit_test(random_bytes_are_no_bytes_of_before),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
