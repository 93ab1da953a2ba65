// The end of a server that hangs, by a real process that has a server's name:
// this program again, by a link that is called so.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "lib/process.h"
#include "promote/hung.h"

static std::string g_self;

static void* wait_for_ever(void*) {
  for (;;) pause();
}

// The server: listens, fills memory as a buffer pool does, says so, waits, all
// of it or but its first thread.
static int serve(const char* path, bool leader_leaves) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sockaddr_un addr;
  memset(&addr, 0, sizeof addr);
  addr.sun_family = AF_UNIX;
  strncpy(addr.sun_path, path, sizeof addr.sun_path - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(fd, reinterpret_cast<struct sockaddr*>(&addr), sizeof addr) < 0 ||
      listen(fd, 8) < 0) {
    return 1;
  }
  std::vector<char> pool(size_t{256} << 20, 'x');
  if (write(STDOUT_FILENO, &pool[1], 1) != 1) return 1;
  if (leader_leaves) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, wait_for_ever, nullptr) != 0) return 1;
    pthread_exit(nullptr);
  }
  wait_for_ever(nullptr);
  return 0;
}

namespace {

struct Running {
  std::string dir;
  promote::Endpoint at;
  pid_t pid;
};

void begin(Running* r, const char* leader) {
  char dir[] = "/tmp/hung-XXXXXX";
  assert_non_null(mkdtemp(dir));
  r->dir = dir;
  r->at.name = "local";
  r->at.socket = r->dir + "/sock";
  r->at.pid_file = r->dir + "/pid";
  const std::string server = g_self + ".mysqld/mysqld-hung";
  int up[2];
  assert_int_equal(pipe(up), 0);
  r->pid = fork();
  if (r->pid == 0) {
    dup2(up[1], STDOUT_FILENO);
    execl(server.c_str(), server.c_str(), r->at.socket.c_str(), leader,
          static_cast<char*>(nullptr));
    _exit(127);
  }
  close(up[1]);
  char c;
  assert_int_equal(read(up[0], &c, 1), 1);
  close(up[0]);
  FILE* f = fopen(r->at.pid_file.c_str(), "w");
  assert_non_null(f);
  fprintf(f, "%ld\n", static_cast<long>(r->pid));
  fclose(f);
}

void end(Running* r) {
  kill(r->pid, SIGKILL);
  assert_int_equal(waitpid(r->pid, nullptr, 0), r->pid);
  unlink(r->at.socket.c_str());
  unlink(r->at.pid_file.c_str());
  assert_int_equal(rmdir(r->dir.c_str()), 0);
}

// It has no program and no file any more before its memory is free.
void test_done_when_it_has_ended(void**) {
  for (int removed = 0; removed < 2; ++removed) {
    Running r;
    begin(&r, "stay");
    assert_false(tandem::has_ended(r.pid));
    if (removed) unlink(r.at.socket.c_str());
    assert_true(promote::lives_without_socket(r.at));
    const tandem::Error e = promote::kill_hung_server(r.at);
    assert_false(bool(e));
    assert_true(tandem::has_ended(r.pid));
    end(&r);
    assert_true(tandem::has_ended(r.pid));
  }
}

// The first thread of a process may end before the others.
void test_what_runs_still(void**) {
  Running r;
  begin(&r, "leave");
  while (tandem::process_stat(r.pid)[0] != "Z") usleep(1000);
  assert_false(tandem::has_ended(r.pid));
  assert_false(tandem::executes_nothing(r.pid));
  end(&r);
  assert_true(tandem::executes_nothing(r.pid));
  begin(&r, "stay");
  assert_false(tandem::executes_nothing(r.pid));
  kill(r.pid, SIGKILL);
  while (!tandem::executes_nothing(r.pid)) usleep(1000);
  while (!tandem::has_ended(r.pid)) usleep(1000);
  end(&r);
}

void test_none_but_the_listener(void**) {
  Running r;
  begin(&r, "stay");
  FILE* f = fopen(r.at.pid_file.c_str(), "w");
  fprintf(f, "%ld\n", static_cast<long>(getpid()));
  fclose(f);
  assert_true(bool(promote::kill_hung_server(r.at)));
  assert_false(tandem::has_ended(r.pid));
  end(&r);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string name = argv[0];
  if (name.find(".mysqld/mysqld-") != std::string::npos && argc == 3) {
    return serve(argv[1], strcmp(argv[2], "leave") == 0);
  }
  g_self = name;
  const std::string dir = g_self + ".mysqld";
  const std::string make = "rm -rf " + dir + " && mkdir " + dir + " && cp " +
                           g_self + " " + dir + "/mysqld-hung";
  if (system(make.c_str()) != 0) return 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_done_when_it_has_ended),
      cmocka_unit_test(test_what_runs_still),
      cmocka_unit_test(test_none_but_the_listener),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
