// Our beats on their way out: when one is due, and what it says. Pure.
#ifndef TANDEM_HBD_DECIDE_SENDER_H
#define TANDEM_HBD_DECIDE_SENDER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/beat.h"

namespace hbd {

class Out;
struct Group;
struct View;

class Sender {
 public:
  explicit Sender(uint64_t now_ms) : next_ms_(now_ms) {}
  // Sends to the peer and the witness when a keepalive has passed, when there
  // is something that they should know at once, or when one of them has just
  // been heard for the first time.
  void step(View* v, const std::vector<Group>& groups, bool leaving, Out* out);
  uint64_t next_due_ms() const { return next_ms_; }

 private:
  uint64_t next_ms_;
  std::string fingerprint_;  // of the last one
  bool trim_warned_ = false;
};

}  // namespace hbd

#endif
