// Answers of ping nodes, counted over the last deadtime.
#include "hbd/decide/pings.h"

#include <algorithm>

namespace hbd {

void Pings::on_answer(uint64_t now_ms, size_t index) {
  if (!answers(now_ms)) since_ms_ = now_ms;
  if (index < last_ms_.size()) last_ms_[index] = now_ms;
}

uint64_t Pings::score(uint64_t now_ms) const {
  uint64_t n = 0;
  for (uint64_t ms : last_ms_) {
    if (ms != 0 && now_ms - ms <= deadtime_ms_) ++n;
  }
  return n;
}

void Pings::compare(uint64_t now_ms, uint64_t peer_score) {
  if (peer_score <= score(now_ms)) {
    behind_since_ms_ = 0;
  } else if (behind_since_ms_ == 0) {
    behind_since_ms_ = now_ms;
  }
}

bool Pings::is_settled(uint64_t now_ms) const {
  return answers(now_ms) && now_ms - since_ms_ >= deadtime_ms_;
}

bool Pings::answers(uint64_t now_ms) const {
  const uint64_t newest = newest_ms();
  return newest != 0 && now_ms - newest <= gap_ms_;
}

uint64_t Pings::newest_ms() const {
  uint64_t newest_ms = 0;
  for (uint64_t ms : last_ms_) newest_ms = std::max(newest_ms, ms);
  return newest_ms;
}

void Pings::renumber(const std::vector<size_t>& from) {
  std::vector<uint64_t> last_ms;
  for (size_t i : from) {
    last_ms.push_back(i < last_ms_.size() ? last_ms_[i] : 0);
  }
  last_ms_.swap(last_ms);
}

}  // namespace hbd
