// The actions of one core on their way to being performed, strictly in order.
// A Persist that fails holds up all that follow and is tried again: nothing
// that relies on it may happen, and nothing is skipped.
#ifndef TANDEM_HBD_QUEUE_H
#define TANDEM_HBD_QUEUE_H

#include <stdint.h>

#include <deque>
#include <string>
#include <vector>

#include "hbd/decide/action.h"

namespace hbd {

class Queue {
 public:
  explicit Queue(const std::string& state_path);
  // Appends. While a Persist holds the queue up, a beat or lifeline replaces
  // the one before it for the same receiver: so the queue is bounded.
  void push(const std::vector<Action>& actions);
  // Moves the next action that is not a Persist to *out; performs the
  // Persists in front of it. False when there is none, or one must wait.
  bool persist_and_next(uint64_t now_ms, Action* out);
  // When to call it again because of a failed Persist; kNever if not.
  uint64_t next_due_ms() const { return retry_ms_; }
  bool held_up() const;

 private:
  bool replaces(const Action& newer, const Action& older) const;
  std::string state_path_;
  std::deque<Action> actions_;
  uint64_t retry_ms_;
  unsigned failures_;
};

}  // namespace hbd

#endif
