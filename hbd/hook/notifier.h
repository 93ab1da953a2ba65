// Runs the notify event beside everything else: one at a time, in order, and
// nothing waits for it. What it is told, an operator reads; how it ends is
// only logged.
#ifndef TANDEM_HBD_HOOK_NOTIFIER_H
#define TANDEM_HBD_HOOK_NOTIFIER_H

#include <stdint.h>

#include <deque>
#include <vector>

#include "hbd/hook/hooks.h"

namespace hbd {

class Notifier {
 public:
  Notifier(const HookSettings& settings,
           const std::vector<ResourceGroup>& groups)
      : hooks_(settings, groups), running_(false), dropped_(0), total_(0) {}
  // The one that runs goes on: it is what tells of our end.
  ~Notifier() { hooks_.abandon(); }
  // Runs it now or after those before it. One too many is dropped, counted,
  // and said in the log.
  void push(uint64_t now_ms, const HookRun& run);
  void want(tandem::Selector* sel) const { hooks_.want(sel); }
  void step(uint64_t now_ms);
  uint64_t next_due_ms() const { return hooks_.next_due_ms(); }
  size_t waiting() const { return queue_.size(); }
  uint64_t dropped() const { return total_; }  // since the start

 private:
  void run_next(uint64_t now_ms);
  Hooks hooks_;
  std::deque<HookRun> queue_;
  bool running_;
  uint64_t dropped_, total_;  // since it was said; ever
};

}  // namespace hbd

#endif
