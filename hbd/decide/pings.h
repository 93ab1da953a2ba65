// The ping nodes: who answers, and for how long somebody has. Pure.
#ifndef TANDEM_HBD_DECIDE_PINGS_H
#define TANDEM_HBD_DECIDE_PINGS_H

#include <stddef.h>
#include <stdint.h>

#include <vector>

namespace hbd {

class Pings {
 public:
  Pings(size_t count, uint64_t deadtime_ms)
      : last_ms_(count, 0), deadtime_ms_(deadtime_ms) {}
  void on_answer(uint64_t now_ms, size_t index);
  // How many have answered within the last deadtime.
  uint64_t score(uint64_t now_ms) const;
  // One answers now, and for a deadtime one always has: a peer would have been
  // heard. The first answer after an isolation says nothing of the peer yet.
  bool is_settled(uint64_t now_ms) const;
  // The newest answer of any; 0 = none yet.
  uint64_t newest_ms() const;

 private:
  std::vector<uint64_t> last_ms_;  // by node; 0 = never
  uint64_t deadtime_ms_;
  uint64_t since_ms_ = 0;  // somebody answers without a gap since
};

}  // namespace hbd

#endif
