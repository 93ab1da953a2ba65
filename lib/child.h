// A child process with a complete, explicit world. Only lib/child.cc forks,
// and it waits only for pids it owns.
#ifndef TANDEM_LIB_CHILD_H
#define TANDEM_LIB_CHILD_H

#include <stdint.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"

namespace tandem {

// For the environment of whatever we run.
const char kChildPath[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                          "/usr/bin:/sbin:/bin";

struct ChildWorld {
  std::string path;               // executed as it is, no search
  std::vector<std::string> argv;  // argv[0] included
  std::vector<std::string> env;   // "NAME=value", the whole environment
  int stdin_fd;                   // borrowed; -1 = /dev/null
  int stdout_fd;                  // borrowed; -1 = /dev/null
  int stderr_fd;                  // borrowed; -1 = /dev/null
  std::vector<int> keep_fds;      // borrowed; open in the child, same numbers
  ChildWorld() : stdin_fd(-1), stdout_fd(-1), stderr_fd(-1) {}
};

// How a child ended.
struct Outcome {
  bool exited;   // else killed by a signal
  int code;      // exit code or signal number
  Outcome() : exited(true), code(0) {}
  bool ok() const { return exited && code == 0; }
  std::string text() const;  // "exit 3", "signal 9"
};

class Child {
 public:
  Child() : pid_(-1), started_ms_(0) {}
  Child(Child&& other);
  Child& operator=(Child&& other);
  ~Child();  // asserts that nothing runs: kill and reap first

  // Forks and execs: own process group, cwd /, umask 022, signal mask empty
  // and handlers default, no descriptor but 0, 1, 2 and keep_fds. A failed
  // exec is returned here, not as an exit code.
  TANDEM_MUST_USE static Error spawn(const ChildWorld& world, Child* out);

  // The same with stdout and stderr on new pipes: their read ends,
  // non-blocking, are stored.
  TANDEM_MUST_USE static Error spawn_piped(ChildWorld world, UniqueFd* out,
                                           UniqueFd* err, Child* child);

  // Forks without exec. In the child *child is true and *out runs nothing.
  // Only while there is one thread, and before anything is at stake: the
  // child has copies of all that is open here.
  TANDEM_MUST_USE static Error fork_self(Child* out, bool* child);

  // A child that this process had before it became another program.
  static Child inherited(pid_t pid);

  // In a fork it is the parent's; at our end, init's.
  void disown() { pid_ = -1; }

  bool running() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }
  uint64_t started_ms() const { return started_ms_; }
  // Sends signo to the child's process group.
  void kill_group(int signo) const;
  // True when it has ended (reaped, *outcome stored); false while it runs.
  bool try_reap(Outcome* outcome);
  // Blocks until it has ended.
  Outcome reap();

 private:
  Child(const Child&);
  Child& operator=(const Child&);
  pid_t pid_;
  uint64_t started_ms_;
};

// Detaches from the terminal and the caller: fork, setsid, cwd /, stdio to
// /dev/null. Returns in the child only; the caller's process waits until the
// child calls daemon_ready() and then exits 0, or with the child's own exit
// code when that ends first. *ready is what daemon_ready() takes.
TANDEM_MUST_USE Error daemonize(UniqueFd* ready);
// Tells the waiting parent that the start succeeded; stderr goes to
// /dev/null from here on.
void daemon_ready(UniqueFd* ready);

}  // namespace tandem

#endif
