// Commits that do not end.
#include "promote/stall.h"

namespace promote {

namespace {

// A transaction of some gigabytes takes as long, and holds up all others.
const uint64_t kStalledMs = 5000;

}  // namespace

void Stall::look(uint64_t now_ms, const Facts& facts) {
  const bool moves = facts.pos != pos_ && !pos_.empty();
  pos_ = facts.pos;
  const Sessions& s = facts.sessions;
  if (moves || s.committing == 0 || s.awaiting_ack > 0) {
    since_ms_ = 0;
  } else if (since_ms_ == 0) {
    since_ms_ = now_ms;
  }
}

bool Stall::commits_stand(uint64_t now_ms) const {
  return since_ms_ != 0 && now_ms - since_ms_ >= kStalledMs;
}

}  // namespace promote
