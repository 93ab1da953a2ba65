// The parent's side of the watcher: runs it, hands its output to the worker,
// logs what it says on standard error, and starts it again with growing
// pauses. What its lines mean is the worker's (checks.h).
#ifndef TANDEM_SPLITFWD_WATCHER_H
#define TANDEM_SPLITFWD_WATCHER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/child.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/select.h"

namespace splitfwd {

class Watcher {
 public:
  // Borrows link. An empty command never runs anything.
  Watcher(const std::vector<std::string>& command, int link);
  ~Watcher();
  // An error when it cannot be executed.
  TANDEM_MUST_USE tandem::Error start(uint64_t now_ms);
  void want(tandem::Selector* selector) const;
  // After each wait: reads, reaps, starts again when it is time.
  void turn(const tandem::Selector& selector, uint64_t now_ms);
  uint64_t next_due_ms() const;
  // The worker's kMsgUseless. why is empty when it should show by itself.
  void kill_useless(unsigned char number, const std::string& why);
  void check_now();  // SIGUSR1
  pid_t pid() const { return child_.running() ? child_.pid() : 0; }
  // TERM first; reap() waits a few ms and then uses KILL.
  void begin_stop();
  void reap();
  // In a fork: it is the parent's, not ours.
  void abandon();

 private:
  tandem::Error spawn(uint64_t now_ms);
  void read_errors(uint64_t now_ms);
  void on_death(const std::string& how, uint64_t now_ms);

  const std::vector<std::string> command_;
  int link_;
  tandem::Child child_;
  unsigned char number_;    // of the one that runs
  std::string why_killed_;  // empty: it ended by itself
  tandem::UniqueFd err_;
  tandem::LineReader err_lines_;
  uint64_t started_ms_;
  uint64_t restart_at_ms_;  // while nothing runs
  uint64_t pause_ms_;
  tandem::LogLimit err_limit_;
};

}  // namespace splitfwd

#endif
