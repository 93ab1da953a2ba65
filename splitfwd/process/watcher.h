// The parent's side of the watcher: runs it, hands its output to the worker,
// and ends it when the worker finds it useless; lib/restarted starts it again.
// What its lines mean is the worker's (checks.h).
#ifndef TANDEM_SPLITFWD_PROCESS_WATCHER_H
#define TANDEM_SPLITFWD_PROCESS_WATCHER_H

#include <stdint.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/restarted.h"
#include "lib/waitset.h"

namespace splitfwd {

class Watcher {
 public:
  // Borrows link. An empty command never runs anything.
  Watcher(const std::vector<std::string>& command, int link);
  // One that runs already, see lib/restarted.h; its output is the worker's.
  void adopt(pid_t pid, tandem::UniqueFd errors, unsigned char number);
  // An error when it cannot be executed.
  TANDEM_MUST_USE tandem::Error start(uint64_t now_ms);
  void want(tandem::WaitSet* set) const { child_.want(set); }
  // After each wait: logs, reaps, starts again when it is time.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const;
  // The worker's kMsgUseless. why is empty when it should show by itself.
  void kill_useless(unsigned char number, const char* why);
  void check_now();  // SIGUSR1
  pid_t pid() const { return child_.pid(); }
  int errors_fd() const { return child_.errors_fd(); }
  unsigned char number() const { return number_; }
  // TERM; the destructor waits a few ms and then uses KILL.
  void begin_stop();
  // In a fork: it is the parent's, not ours.
  void abandon() { child_.abandon(); }

 private:
  void log_end(const std::string& how) const;

  const std::vector<std::string> command_;
  int link_;
  tandem::RestartedChild child_;
  unsigned char number_;    // of the one that runs
  std::string why_killed_;  // empty: it ended by itself
};

}  // namespace splitfwd

#endif
