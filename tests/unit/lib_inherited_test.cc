// What start_clean() leaves open. Each test is a process of its own, whose exit
// code is the number of the line that was wrong.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "lib/inherited.h"

using tandem::handed_over_fd;
using tandem::start_clean;

// The test's verdict in the child: its exit code cannot say more than 255.
#define WANT(cond) \
  do { \
    if (!(cond)) _exit(__LINE__ % 256); \
  } while (0)

static int code_of(void (*body)()) {
  const pid_t pid = fork();
  if (pid == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

static std::string name_of(int fd) {
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  char target[256];
  const ssize_t n = readlink(link.c_str(), target, sizeof target);
  return std::string(target, n > 0 ? static_cast<size_t>(n) : 0);
}

// 3 to 9 and two far up, the last one over the limit that is set afterwards.
static void open_many() {
  struct rlimit limit;
  WANT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
  WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  const int fd = open("/etc/passwd", O_RDONLY);
  WANT(fd >= 0);
  for (int to = 3; to < 10; ++to) WANT(to == fd || dup2(fd, to) == to);
  WANT(dup2(fd, 900) == 900 && dup2(fd, 3000) == 3000);
  limit.rlim_cur = 1024;
  WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

static void with_none_to_keep() {
  open_many();
  start_clean();
  for (int fd = 3; fd < 4096; ++fd) WANT(!is_open(fd));
  for (int fd = 0; fd < 3; ++fd) WANT(is_open(fd));
}

static void everything_is_closed_even_beyond_the_limit(void**) {
  assert_int_equal(code_of(with_none_to_keep), 0);
}

static void with_three_to_keep() {
  open_many();
  const int kept[] = {4, 900, 3000};
  start_clean(std::vector<int>(kept, kept + 3));
  for (int fd = 3; fd < 4096; ++fd) {
    WANT(is_open(fd) == (fd == 4 || fd == 900 || fd == 3000));
  }
}

static void what_was_handed_over_stays(void**) {
  assert_int_equal(code_of(with_three_to_keep), 0);
}

static void with_none_at_all() {
  for (int closed = 0; closed < 8; ++closed) {
    WANT(open("/etc/passwd", O_RDONLY) >= 3);
    for (int fd = 0; fd < 3; ++fd) {
      if (closed & 1 << fd) close(fd);
    }
    start_clean();
    for (int fd = 0; fd < 3; ++fd) {
      WANT(!(closed & 1 << fd) || name_of(fd) == "/dev/null");
    }
    WANT(!is_open(3));
  }
}

static void standard_descriptors_that_are_closed_are_on_dev_null(void**) {
  assert_int_equal(code_of(with_none_at_all), 0);
}

// As in a chroot: neither /proc nor /dev.
static void with_neither_list_nor_null() {
  char dir[] = "/tmp/inherited-XXXXXX";
  WANT(mkdtemp(dir) && chdir(dir) == 0 && rmdir(dir) == 0 && chroot(".") == 0);
  for (int fd = 0; fd < 10; ++fd) close(fd);
  int ends[2];
  WANT(pipe(ends) == 0 && dup2(ends[1], 7) == 7 && dup2(ends[1], 900) == 900);
  close(1);
  start_clean(std::vector<int>(1, 7));
  for (int fd = 3; fd < 1024; ++fd) WANT(is_open(fd) == (fd == 7));
  WANT(is_open(0) && is_open(1) && is_open(2));
  WANT(write(1, "log", 3) < 0);  // nothing ends anywhere
}

static void without_a_list_numbers_are_closed_up_to_the_limit(void**) {
  if (geteuid() != 0) skip();
  assert_int_equal(code_of(with_neither_list_nor_null), 0);
}

// The list itself needs a descriptor.
static void with_all_numbers_taken() {
  const struct rlimit limit = {64, 64};
  WANT(dup2(0, 900) == 900);
  WANT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  while (dup(0) >= 0) {
  }
  start_clean();
  for (int fd = 3; fd < 1024; ++fd) WANT(!is_open(fd));
}

static void no_number_that_is_free_is_no_obstacle(void**) {
  assert_int_equal(code_of(with_all_numbers_taken), 0);
}

static void a_descriptor_is_handed_over_by_name_and_number(void**) {
  const struct {
    const char* text;
    int fd;
  } cases[] = {{"3", 3},    {"1030", 1030}, {"2", -1},          {"0", -1},
               {"", -1},    {"-3", -1},     {"4x", -1},         {"x", -1},
               {" 4", -1},  {"1e3", -1},    {"99999999999", -1}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    setenv("TEST_FD", cases[i].text, 1);
    assert_int_equal(handed_over_fd("TEST_FD"), cases[i].fd);
  }
  unsetenv("TEST_FD");
  assert_int_equal(handed_over_fd("TEST_FD"), -1);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything_is_closed_even_beyond_the_limit),
      cmocka_unit_test(what_was_handed_over_stays),
      cmocka_unit_test(standard_descriptors_that_are_closed_are_on_dev_null),
      cmocka_unit_test(without_a_list_numbers_are_closed_up_to_the_limit),
      cmocka_unit_test(no_number_that_is_free_is_no_obstacle),
      cmocka_unit_test(a_descriptor_is_handed_over_by_name_and_number),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
