// Freshness of beats: walk replayed-first-beat.
#include "hbd/decide/hearing.h"

#include <algorithm>

namespace hbd {

namespace {
const size_t kSentMax = 128;     // unconfirmed beats remembered
const unsigned kRandomBits = 16;
}  // namespace

uint64_t next_incarnation(uint64_t stored, uint64_t wall_ms, uint64_t random) {
  const uint64_t low = random & ((1u << kRandomBits) - 1);
  const uint64_t high = std::max((stored >> kRandomBits) + 1, wall_ms);
  return high << kRandomBits | low;
}

// A beat that proves nothing names at most an incarnation to be echoed.
void Hearing::try_new(uint64_t now_ms, const Beat& b) {
  const bool alive = heard_within(now_ms, deadtime_ms_);
  if (alive && b.incarnation < proven_.incarnation) return;
  const bool trying = tried_.incarnation != 0 &&
                      now_ms - tried_since_ms_ <= deadtime_ms_;
  if (trying && b.incarnation == tried_.incarnation) {
    tried_.seq = std::max(tried_.seq, b.seq);
    return;
  }
  if (trying && b.incarnation < tried_.incarnation) return;
  tried_.incarnation = b.incarnation;
  tried_.seq = b.seq;
  tried_since_ms_ = now_ms;
  tried_after_seq_ = seq_sent_;
  greet_ = true;
}

bool Hearing::proves_itself(const Beat& b) const {
  return b.incarnation == tried_.incarnation &&
         b.echo_incarnation == self_incarnation_ &&
         b.echo_seq > tried_after_seq_ && b.echo_seq <= seq_sent_;
}

bool Hearing::take(uint64_t now_ms, const Beat& b) {
  restarted_ = false;
  if (b.incarnation == 0) return ++dropped_, false;
  if (b.incarnation != proven_.incarnation) {
    if (!proves_itself(b)) {
      try_new(now_ms, b);
      return ++dropped_, false;
    }
    restarted_ = proven_.incarnation != 0;
    proven_.incarnation = b.incarnation;
    proven_.seq = 0;
    confirmed_at_ms_ = now_ms;
    greet_ = true;
  } else if (b.echo_incarnation != self_incarnation_ ||
             b.seq <= proven_.seq || b.echo_seq > seq_sent_) {
    return ++dropped_, false;
  }
  tried_ = Life();  // the proven one lives
  proven_.seq = b.seq;
  confirm(now_ms, b.echo_seq);
  heard_ = true;
  last_ms_ = now_ms;
  beat_ = b;
  return true;
}

void Hearing::confirm(uint64_t now_ms, uint64_t echo_seq) {
  while (!sent_.empty() && sent_.front().first <= echo_seq) {
    if (sent_.front().first == echo_seq) {
      confirmed_sent_ms_ = sent_.front().second;
      confirmed_at_ms_ = now_ms;
    }
    sent_.pop_front();
  }
  // Who was away is not held to what came meanwhile.
  if (heard_ && now_ms - last_ms_ > deadtime_ms_) confirmed_at_ms_ = now_ms;
}

void Hearing::stamp(uint64_t now_ms, Beat* b) {
  if (now_ms - tried_since_ms_ > deadtime_ms_) tried_ = Life();
  const Life& echoed = tried_.incarnation != 0 ? tried_ : proven_;
  b->to = name_;
  b->incarnation = self_incarnation_;
  b->seq = ++seq_sent_;
  b->echo_incarnation = echoed.incarnation;
  b->echo_seq = echoed.seq;
  sent_.push_back(std::make_pair(seq_sent_, now_ms));
  if (sent_.size() > kSentMax) sent_.pop_front();
}

bool Hearing::took_greeting() {
  const bool g = greet_;
  greet_ = false;
  return g;
}

}  // namespace hbd
