// A program that shall run for as long as we do, such as a watcher: when it
// ends it is started again, after a pause that grows (pause.h). What it writes
// on standard error is logged, a few lines at a time; its standard output is
// its owner's to read.
#ifndef TANDEM_LIB_RESTARTED_H
#define TANDEM_LIB_RESTARTED_H

#include <stdint.h>
#include <sys/types.h>

#include "lib/child.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/pause.h"
#include "lib/waitset.h"

namespace tandem {

class RestartedChild {
 public:
  // name: what its lines begin with in the log; level: theirs.
  RestartedChild(const char* name, LogLevel level)
      : name_(name), level_(level), limit_(5, 10000) {}
  ~RestartedChild();  // TERM; blocks for at most 5 ms, then KILL

  // True when nothing runs and no pause does.
  bool is_due(uint64_t now_ms) const {
    return !child_.running() && now_ms >= pause_.due_ms();
  }
  // *out: the read end of its standard output, non-blocking. After an error
  // nothing runs, and a pause begins.
  TANDEM_MUST_USE Error start(uint64_t now_ms, const ChildWorld& world,
                              UniqueFd* out);
  // One that this process started before it became another program, with the
  // read end of its standard error.
  void adopt(pid_t pid, UniqueFd errors);
  int errors_fd() const { return err_.get(); }
  // The owner found that it must not be started: as an error of start().
  void on_failed_start(uint64_t now_ms) { pause_.on_end(now_ms, now_ms); }
  void want(WaitSet* set) const;  // its standard error
  // After each wait, and SIGCHLD ends one: logs what it said. True when it has
  // ended, *outcome says how, and a pause begins.
  bool step(uint64_t now_ms, Outcome* outcome);
  bool running() const { return child_.running(); }
  pid_t pid() const { return child_.running() ? child_.pid() : 0; }
  // The end of the pause; kNever while it runs.
  uint64_t next_due_ms() const {
    return child_.running() ? kNever : pause_.due_ms();
  }
  uint64_t pause_ms() const { return pause_.last_ms(); }
  void kill_group(int signo) const { child_.kill_group(signo); }
  // In a fork: it is the parent's, not ours.
  void abandon();

 private:
  void log_errors(uint64_t now_ms);

  const char* name_;
  LogLevel level_;
  Child child_;
  RestartPause pause_;
  UniqueFd err_;
  LineReader err_lines_;
  LogLimit limit_;
};

}  // namespace tandem

#endif
