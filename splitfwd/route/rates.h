// Two numbers that need the time: a rate by the second, and the average of
// the last so many. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_RATES_H
#define TANDEM_SPLITFWD_ROUTE_RATES_H

#include <stdint.h>

#include <algorithm>

namespace splitfwd {

// Events in the last second: those of this second and, as HAProxy counts, the
// share of the one before that is less than a second ago.
class Rate {
 public:
  void add(uint64_t now_ms) {
    roll(now_ms);
    ++now_;
    max_ = std::max(max_, now_);
  }
  uint64_t value(uint64_t now_ms) {
    roll(now_ms);
    return now_ + before_ * (1000 - now_ms % 1000) / 1000;
  }
  // The most in one second.
  uint64_t max() const { return max_; }
  void restore_max(uint64_t max) { max_ = std::max(max_, max); }
  void clear_max() { max_ = now_; }

 private:
  void roll(uint64_t now_ms) {
    const uint64_t second = now_ms / 1000;
    if (second == second_) return;
    before_ = second == second_ + 1 ? now_ : 0;
    now_ = 0;
    second_ = second;
  }
  uint64_t second_ = 0, now_ = 0, before_ = 0, max_ = 0;
};

// Sliding: of about the last kSamples values; of all while there are fewer.
class Average {
 public:
  void add(uint64_t value) {
    if (count_ < kSamples) ++count_;
    else sum_ -= sum_ / kSamples;
    sum_ += value;
    max_ = std::max(max_, value);
  }
  uint64_t value() const { return count_ == 0 ? 0 : sum_ / count_; }
  uint64_t count() const { return count_; }
  uint64_t max() const { return max_; }
  void clear_max() { max_ = 0; }
  // Goes on from there.
  void restore(uint64_t value, uint64_t count, uint64_t max) {
    count_ = count < kSamples ? count : kSamples;
    sum_ = value * count_;
    max_ = max;
  }

 private:
  static const uint64_t kSamples = 1024;
  uint64_t sum_ = 0, count_ = 0, max_ = 0;
};

}  // namespace splitfwd

#endif
