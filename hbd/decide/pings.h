// The ping nodes: who answers, and for how long somebody has. Pure.
#ifndef TANDEM_HBD_DECIDE_PINGS_H
#define TANDEM_HBD_DECIDE_PINGS_H

#include <stddef.h>
#include <stdint.h>

#include <vector>

namespace hbd {

class Pings {
 public:
  // gap_ms: who has heard nobody for longer was cut off.
  Pings(size_t count, uint64_t deadtime_ms, uint64_t gap_ms)
      : last_ms_(count, 0), deadtime_ms_(deadtime_ms), gap_ms_(gap_ms) {}
  void on_answer(uint64_t now_ms, size_t index);
  // Others are asked now: the i-th is the from[i]-th of before, or a new one.
  void renumber(const std::vector<size_t>& from);
  // How many have answered within the last deadtime.
  uint64_t score(uint64_t now_ms) const;
  // What the peer says its score is. Once a turn, 0 when it is not heard.
  void compare(uint64_t now_ms, uint64_t peer_score);
  // The peer's score is the higher one, and has been for patience_ms: a beat
  // is up to a keepalive old, and so is an answer, so that for a while two
  // nodes tell of one dead ping node at different times.
  bool is_behind(uint64_t now_ms, uint64_t patience_ms) const {
    return behind_since_ms_ != 0 && now_ms - behind_since_ms_ > patience_ms;
  }
  // One has answered, and for a deadtime no gap was longer than gap_ms: a peer
  // would have been heard. The first answer after an isolation says nothing of
  // the peer yet, and a peer that fell silent in it may have taken over.
  bool is_settled(uint64_t now_ms) const;
  // The newest answer of any; 0 = none yet.
  uint64_t newest_ms() const;

 private:
  bool answers(uint64_t now_ms) const;  // somebody, within the last gap_ms

  std::vector<uint64_t> last_ms_;  // by node; 0 = never
  uint64_t deadtime_ms_, gap_ms_;
  uint64_t since_ms_ = 0;  // somebody answers without a gap since
  uint64_t behind_since_ms_ = 0;  // 0 = not behind
};

}  // namespace hbd

#endif
