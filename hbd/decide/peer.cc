// The peer's state from its beats and the clock. What follows from it for a
// group is in choose, claim, owner and pairing.
#include "hbd/decide/peer.h"

#include <algorithm>

namespace hbd {

Peer::Peer(const Config& config, uint64_t self_incarnation, uint64_t now_ms)
    : hearing_(config.peer, self_incarnation, config.deadtime_ms),
      warntime_ms_(config.warntime_ms),
      own_deadtime_ms_(config.deadtime_ms),
      own_digest_(config.digest), left_since_ms_(now_ms),
      replica_since_ms_(now_ms) {}

Peer::News Peer::take(uint64_t now_ms, const Beat& beat) {
  News news;
  const std::string role = attr("role"), source = attr("source");
  const std::string sync = attr("sync");
  const bool was_silent = is_silent();
  if (!hearing_.take(now_ms, beat)) return news;
  news.counts = true;
  news.restarted = hearing_.restarted();
  news.differs = beat.digest != digest_ && beat.digest != own_digest_;
  digest_ = beat.digest;
  news.told = is_unheard() || !(beat.agreement == told_);
  told_ = beat.agreement;
  news.left = beat.leaving && !has_left();
  if (news.left) left_since_ms_ = now_ms;
  if (beat.leaving) {
    state_ = PeerState::Left;
  } else if (!is_silent() || now_ms - quiet_since_ms() <= deadtime_ms()) {
    state_ = PeerState::Here;
  }
  news.heard_again = was_silent && !is_silent();
  if (attr("role") != role || attr("source") != source ||
      attr("sync") != sync) {
    replica_since_ms_ = now_ms;
  }
  return news;
}

uint64_t Peer::deadtime_ms() const {
  return std::max(own_deadtime_ms_,
                  std::max(told_.deadtime_ms(), witness_.deadtime_ms()));
}

uint64_t Peer::quiet_since_ms() const {
  return std::min(hearing_.last_ms(), hearing_.confirmed_at_ms());
}

Peer::Verdict Peer::judge(uint64_t now_ms) {
  Verdict v;
  if (!is_there()) return v;
  const bool is_late = !heard_within(now_ms, warntime_ms_);
  v.late = is_late && state_ != PeerState::Late;
  v.silent = now_ms - quiet_since_ms() > deadtime_ms();
  state_ = v.silent ? PeerState::Silent
           : is_late ? PeerState::Late : PeerState::Here;
  return v;
}

// Deadlines of silence are met to the millisecond, not to the keepalive. One
// that is past is still to be judged: another input may have come just then.
uint64_t Peer::next_due_ms() const {
  if (!is_there()) return UINT64_MAX;
  const uint64_t silent_ms = quiet_since_ms() + deadtime_ms() + 1;
  const uint64_t late_ms = hearing_.last_ms() + warntime_ms_ + 1;
  return state_ == PeerState::Late ? silent_ms : std::min(late_ms, silent_ms);
}

}  // namespace hbd
