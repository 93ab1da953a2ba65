#include "splitfwd/relay/gather.h"

#include <algorithm>

namespace splitfwd {

namespace {

const unsigned kMeanOf = 8;
const size_t kUnpaidMax = kForgiven + kForgivenPerMs * kPauseMaxUs / 1000;

}  // namespace

Gather::Gather(unsigned cpus)
    : crowd_(cpus * kCrowdPerCpu), runnable_(0), asked_ms_(0), unpaid_(0),
      waited_ms_(0) {}

void Gather::on_wait(size_t watched, size_t found, uint64_t now_ms) {
  const uint64_t ms = std::min<uint64_t>(now_ms - waited_ms_, kUnpaidMax);
  unpaid_ -= std::min(unpaid_, static_cast<size_t>(ms) * kForgivenPerMs);
  waited_ms_ = now_ms;
  const size_t paid = std::min(watched, found * kPaidByOne);
  unpaid_ = std::min(unpaid_ + (watched - paid), kUnpaidMax);
}

uint64_t Gather::vain_us() const {
  return unpaid_ > kForgiven ? (unpaid_ - kForgiven) * 1000 / kForgivenPerMs
                             : 0;
}

bool Gather::asks(uint64_t now_ms) const {
  return vain_us() > 0 && now_ms >= asked_ms_ + kAskEveryMs;
}

void Gather::on_runnable(unsigned threads, uint64_t now_ms) {
  asked_ms_ = now_ms;
  runnable_ += threads - runnable_ / kMeanOf;
}

uint64_t Gather::pause_us() const {
  return runnable_ / kMeanOf >= crowd_ ? vain_us() : 0;
}

}  // namespace splitfwd
