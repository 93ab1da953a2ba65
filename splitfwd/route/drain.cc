#include "splitfwd/route/drain.h"

namespace splitfwd {

void Drain::begin(uint64_t now_ms, uint64_t limit_ms, uint64_t last_id) {
  phase_ = Phase::Resting;
  until_ms_ = now_ms + limit_ms;
  cut_ = haste_ = false;
  last_id_ = last_id;
  rested_ = not_rested_ = 0;
}

void Drain::begin_in_haste(uint64_t now_ms) {
  if (!is_on()) rested_ = not_rested_ = 0;
  phase_ = Phase::Shut;
  until_ms_ = now_ms + kShutMs;
  haste_ = true;
}

Drain::Step Drain::step(uint64_t now_ms, size_t first, size_t all) {
  if (phase_ == Phase::Off) return Step::None;
  if (phase_ == Phase::Resting) {
    if (first > 0 && now_ms < until_ms_) return Step::None;
    phase_ = Phase::Shut;
    until_ms_ = now_ms + kShutMs;
    return Step::Shut;
  }
  if (now_ms >= until_ms_) {
    phase_ = Phase::Off;
    return Step::Open;
  }
  phase_ = all == 0 ? Phase::Quiet : Phase::Shut;
  if (all == 0) return Step::None;
  if (!haste_ && (cut_ || now_ms + kShutMs < until_ms_ + kCutMs)) {
    return Step::None;
  }
  cut_ = true;
  return Step::Cut;
}

}  // namespace splitfwd
