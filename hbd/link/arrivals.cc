// Counts, and no more.
#include "hbd/link/arrivals.h"

#include <algorithm>
#include <vector>

namespace hbd {

void Gaps::add(uint64_t ms) {
  all_.push_back(ms);
  if (all_.size() > kMost) all_.pop_front();
}

uint64_t Gaps::percentile(unsigned percent) const {
  if (all_.empty()) return 0;
  std::vector<uint64_t> sorted(all_.begin(), all_.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t at = (sorted.size() * percent + 99) / 100;  // the nearest rank
  return sorted[std::max<size_t>(at, 1) - 1];
}

void Arrivals::on_beat(uint64_t now_ms, uint64_t seq) {
  if (!seqs_.empty()) gaps_.add(now_ms - last_ms_);
  last_ms_ = now_ms;
  seqs_.push_back(seq);
  if (seqs_.size() > Gaps::kMost) seqs_.pop_front();
}

void Arrivals::clear() {
  seqs_.clear();
  gaps_.clear();
}

unsigned Arrivals::lost_permille() const {
  if (seqs_.empty()) return 0;
  const uint64_t sent = seqs_.back() - seqs_.front() + 1;
  const uint64_t lost = sent - std::min<uint64_t>(seqs_.size(), sent);
  return static_cast<unsigned>(lost * 1000 / sent);
}

uint64_t deadtime_allowed_ms(const Gaps& gaps, uint64_t keepalive_ms) {
  const uint64_t least_ms = 2 * std::max(gaps.percentile(100), keepalive_ms);
  return (least_ms + 99) / 100 * 100;
}

}  // namespace hbd
