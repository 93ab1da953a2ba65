// What a log line costs when standard error takes none: nothing but the line.
// Descriptor 2 is a pipe, a socket, a terminal or a file; what hangs is ended
// by an alarm.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <string>

#include "lib/log.h"
#include "lib/net.h"

static int g_stderr = -1;

static int begin(void**) {
  g_stderr = dup(2);
  alarm(20);
  return 0;
}

static int end(void**) {
  dup2(g_stderr, 2);
  close(g_stderr);
  alarm(0);
  if (!tandem::log_to_syslog("t", "/nowhere", "daemon").ok()) return -1;
  tandem::log_to_stderr("t");
  return 0;
}

// Descriptor 2 from here on; fd is closed.
static void log_into(int fd) {
  assert_int_equal(dup2(fd, 2), 2);
  close(fd);
  tandem::log_to_stderr_stamped("t");
}

static void fill(int fd) {
  struct pollfd p = {fd, POLLOUT, 0};
  const std::string page(PIPE_BUF, 'x');
  while (poll(&p, 1, 0) == 1) {
    assert_int_equal(write(fd, page.data(), page.size()), page.size());
  }
}

// What can be read at once, without the fill.
static std::string drain(int fd) {
  struct pollfd p = {fd, POLLIN, 0};
  std::string out;
  char buf[65536];
  while (poll(&p, 1, 0) == 1) {
    const ssize_t n = read(fd, buf, sizeof buf);
    if (n <= 0) break;
    out.append(buf, static_cast<size_t>(n));
  }
  const size_t at = out.find_first_not_of('x');
  return at == std::string::npos ? "" : out.substr(at);
}

// Lines without their times.
static std::string plain(const std::string& text) {
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t end_of = text.find('\n', at);
    const std::string line = text.substr(at, end_of - at);
    out += (line.size() > 13 && line[2] == ':' ? line.substr(13) : line) + "|";
    at = end_of == std::string::npos ? text.size() : end_of + 1;
  }
  return out;
}

static void a_full_pipe_costs_lines_and_no_time(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  log_into(ends[1]);
  tandem::log_info("one");
  fill(2);

  const uint64_t before = tandem::log_lost();
  for (int i = 0; i < 100; ++i) tandem::log_info("lost %d", i);
  assert_int_equal(tandem::log_lost() - before, 100);
  assert_string_equal(plain(drain(ends[0])).substr(0, 7).c_str(), "t: one|");
  tandem::log_info("two");
  tandem::log_info("three");

  assert_string_equal(plain(drain(ends[0])).c_str(),
                      "t: 100 lines before this one are lost: standard error "
                      "was full|t: two|t: three|");
  close(ends[0]);
}

// Whoever shares it must not find it changed.
static void the_flags_of_descriptor_2_stay_as_they_are(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  const int before = fcntl(ends[1], F_GETFL);
  const int other = dup(ends[1]);
  log_into(ends[1]);

  tandem::log_info("one");

  assert_int_equal(fcntl(2, F_GETFL), before);
  assert_int_equal(fcntl(other, F_GETFL), before);
  close(other);
  close(ends[0]);
}

// Its reader sees the end of file when all others have closed it.
static void a_log_that_goes_elsewhere_holds_it_no_longer(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  log_into(ends[1]);
  tandem::log_info("one");
  assert_true(tandem::log_to_syslog("t", "/nowhere", "daemon").ok());
  dup2(g_stderr, 2);

  assert_string_equal(plain(drain(ends[0])).c_str(), "t: one|");
  struct pollfd p = {ends[0], POLLIN, 0};
  assert_int_equal(poll(&p, 1, 0), 1);
  assert_true(p.revents & POLLHUP);
  close(ends[0]);
}

static void a_line_longer_than_the_room_is_torn_and_ended(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  log_into(ends[1]);
  fill(2);
  char page[PIPE_BUF];
  assert_int_equal(read(ends[0], page, sizeof page), PIPE_BUF);

  tandem::log_info("%s", std::string(2 * PIPE_BUF, 'y').c_str());
  const std::string torn = drain(ends[0]);
  tandem::log_info("two");

  assert_int_equal(torn.size(), PIPE_BUF);
  assert_string_equal(drain(ends[0]).substr(0, 1).c_str(), "\n");
  close(ends[0]);
}

static void a_long_line_that_has_room_is_whole(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  log_into(ends[1]);
  tandem::log_info("%s", std::string(5 * PIPE_BUF, 'y').c_str());
  assert_int_equal(plain(drain(ends[0])).size(), 5 * PIPE_BUF + 4);
  close(ends[0]);
}

static void a_full_socket_costs_no_time_either(void**) {
  int ends[2];
  assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  log_into(ends[1]);
  fill(2);

  for (int i = 0; i < 1000; ++i) tandem::log_info("lost %d", i);
  drain(ends[0]);
  tandem::log_info("two");

  assert_non_null(strstr(drain(ends[0]).c_str(), "lines before this one are "
                                                 "lost"));
  close(ends[0]);
}

static void a_terminal_that_was_stopped_is_not_waited_for(void**) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY);
  if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0) skip();
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
  assert_true(slave >= 0);
  log_into(dup(slave));
  tandem::log_info("one");

  tcflow(slave, TCOOFF);
  for (int i = 0; i < 2000; ++i) tandem::log_info("lost %d", i);
  tcflow(slave, TCOON);
  tandem::log_info("two");

  const std::string seen = drain(master);
  assert_non_null(strstr(seen.c_str(), "t: one"));
  assert_non_null(strstr(seen.c_str(), "lines before this one are lost"));
  close(slave);
  close(master);
}

// With O_APPEND or without: lines come behind what is there.
static void a_file_keeps_its_position(void**) {
  char path[] = "/tmp/lib-log-XXXXXX";
  const int fd = mkstemp(path);
  assert_true(fd >= 0);
  unlink(path);
  assert_int_equal(write(fd, "before\n", 7), 7);
  const int other = dup(fd);
  log_into(fd);

  tandem::log_info("one");
  assert_int_equal(write(other, "after\n", 6), 6);

  lseek(other, 0, SEEK_SET);
  assert_string_equal(plain(drain(other)).c_str(), "before|t: one|after|");
  close(other);
}

static void without_a_descriptor_of_its_own_it_asks_first(void**) {
  if (geteuid() != 0) skip();
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  const int top = open("/", O_RDONLY);
  char dir[] = "/tmp/lib-log-XXXXXX";
  assert_true(top >= 0 && mkdtemp(dir) && chroot(dir) == 0);
  log_into(ends[1]);
  fill(2);
  char page[PIPE_BUF];
  assert_int_equal(read(ends[0], page, sizeof page), PIPE_BUF);
  tandem::log_info("%s", std::string(2 * PIPE_BUF, 'y').c_str());
  for (int i = 0; i < 99; ++i) tandem::log_info("lost %d", i);
  assert_true(fchdir(top) == 0 && chroot(".") == 0);
  rmdir(dir);
  close(top);

  drain(ends[0]);
  tandem::log_info("two");

  assert_string_equal(plain(drain(ends[0])).c_str(),
                      "|t: 100 lines before this one are lost: standard error "
                      "was full|t: two|");
  close(ends[0]);
}

// Others that write there could take the room between the question and the
// line: what is written to does not block.
static void it_has_a_descriptor_of_its_own_that_does_not_block(void**) {
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  struct stat st, other;
  assert_int_equal(fstat(ends[1], &st), 0);
  const int reader = ends[0];
  log_into(ends[1]);

  int own_count = 0;
  for (int fd = 3; fd < 64; ++fd) {
    if (fd == reader || fstat(fd, &other) < 0 || other.st_ino != st.st_ino) {
      continue;
    }
    ++own_count;
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
  }
  assert_int_equal(own_count, 1);
  close(reader);
}

#define ALONE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main() {
  const struct CMUnitTest tests[] = {
      ALONE(a_full_pipe_costs_lines_and_no_time),
      ALONE(the_flags_of_descriptor_2_stay_as_they_are),
      ALONE(a_log_that_goes_elsewhere_holds_it_no_longer),
      ALONE(a_line_longer_than_the_room_is_torn_and_ended),
      ALONE(a_long_line_that_has_room_is_whole),
      ALONE(a_full_socket_costs_no_time_either),
      ALONE(a_terminal_that_was_stopped_is_not_waited_for),
      ALONE(a_file_keeps_its_position),
      ALONE(without_a_descriptor_of_its_own_it_asks_first),
      ALONE(it_has_a_descriptor_of_its_own_that_does_not_block),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
