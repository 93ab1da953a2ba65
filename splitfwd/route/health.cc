#include "splitfwd/route/health.h"

#include <algorithm>

namespace splitfwd {

bool Health::on_result(bool ok) {
  if (!known_) {
    known_ = true;
    up_ = ok;
    return true;
  }
  if (ok == up_) {
    streak_ = 0;
    return false;
  }
  if (++streak_ < (up_ ? fall_ : rise_)) return false;
  up_ = ok;
  streak_ = 0;
  return true;
}

void Health::restore(bool up, uint64_t streak) {
  const bool had = known_, was_up = up_;
  known_ = true;
  up_ = up;
  streak_ = std::min(streak, (up ? fall_ : rise_) - 1);
  if (had) on_result(was_up);
}

uint64_t Health::pause_ms(uint64_t inter_ms, uint64_t fastinter_ms,
                          uint64_t downinter_ms) const {
  if (!known_ || turning()) return fastinter_ms;
  return up_ ? inter_ms : downinter_ms;
}

}  // namespace splitfwd
