#include "splitfwd/health.h"

#include <inttypes.h>

#include "lib/text.h"

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

uint64_t Health::pause_ms(uint64_t inter_ms, uint64_t fastinter_ms,
                          uint64_t downinter_ms) const {
  if (!known_ || turning()) return fastinter_ms;
  return up_ ? inter_ms : downinter_ms;
}

std::string Health::text() const {
  if (!known_) return "no check yet";
  const char* word = up_ ? "UP" : "DOWN";
  if (!turning()) return word;
  return tandem::format("%s %" PRIu64 "/%" PRIu64, word, streak_,
                        up_ ? fall_ : rise_);
}

}  // namespace splitfwd
