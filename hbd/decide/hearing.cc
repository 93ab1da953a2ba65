#include "hbd/decide/hearing.h"

#include <algorithm>

namespace hbd {

namespace {
const size_t kSentMax = 128;     // unconfirmed beats remembered
const size_t kRetiredMax = 16;   // dead incarnations remembered
}  // namespace

bool Hearing::is_retired(uint64_t incarnation) const {
  return std::find(retired_.begin(), retired_.end(), incarnation) !=
         retired_.end();
}

// A beat that does not echo us is at most a hint which incarnation to echo,
// and only while no proven one is alive: else an old capture could cut us off.
void Hearing::learn(uint64_t now_ms, const Beat& b, uint64_t deadtime_ms) {
  ++dropped_;
  if (heard_ && now_ms - last_ms_ <= deadtime_ms &&
      b.echo_incarnation != 0) {
    return;
  }
  // A node that just started echoes nobody; whoever hears it answers, and
  // its answer to that proves it.
  if (is_retired(b.incarnation) || b.incarnation == incarnation_) return;
  if (echo_incarnation_ != b.incarnation) {
    echo_incarnation_ = b.incarnation;
    echo_seq_ = 0;
    greet_ = true;
  }
}

bool Hearing::take(uint64_t now_ms, const Beat& b, uint64_t deadtime_ms) {
  restarted_ = false;
  if (b.incarnation == 0 || is_retired(b.incarnation)) {
    ++dropped_;
    return false;
  }
  if (b.echo_incarnation != self_incarnation_) {
    learn(now_ms, b, deadtime_ms);
    return false;
  }
  if (b.incarnation != incarnation_) {
    if (incarnation_ != 0) {
      retired_.push_back(incarnation_);
      if (retired_.size() > kRetiredMax) retired_.pop_front();
    }
    restarted_ = incarnation_ != 0;
    incarnation_ = b.incarnation;
    echo_incarnation_ = b.incarnation;
    echo_seq_ = 0;
    confirmed_at_ms_ = now_ms;
    greet_ = true;
  }
  if (echo_incarnation_ != incarnation_) {
    echo_incarnation_ = incarnation_;
    echo_seq_ = beat_.seq;
  }
  if (b.seq <= echo_seq_ || b.echo_seq > seq_sent_) {
    ++dropped_;
    return false;
  }
  echo_seq_ = b.seq;
  while (!sent_.empty() && sent_.front().first <= b.echo_seq) {
    if (sent_.front().first == b.echo_seq) {
      confirmed_sent_ms_ = sent_.front().second;
      confirmed_at_ms_ = now_ms;
    }
    sent_.pop_front();
  }
  // It was away: what it has not confirmed since is not held against it.
  if (heard_ && now_ms - last_ms_ > deadtime_ms) confirmed_at_ms_ = now_ms;
  heard_ = true;
  last_ms_ = now_ms;
  beat_ = b;
  return true;
}

void Hearing::stamp(uint64_t now_ms, Beat* b) {
  b->to = name_;
  b->incarnation = self_incarnation_;
  b->seq = ++seq_sent_;
  b->echo_incarnation = echo_incarnation_;
  b->echo_seq = echo_seq_;
  sent_.push_back(std::make_pair(seq_sent_, now_ms));
  if (sent_.size() > kSentMax) sent_.pop_front();
}

bool Hearing::took_greeting() {
  const bool g = greet_;
  greet_ = false;
  return g;
}

}  // namespace hbd
