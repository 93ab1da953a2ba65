// Commits that do not end.
#include "promote/stall.h"

namespace promote {

namespace {

const uint64_t kStalledMs = 5000;
// Something else may write: a log of queries, another disk.
const uint64_t kWritingMs = 60000;

}  // namespace

void Stall::look(uint64_t now_ms, const Facts& facts, uint64_t written) {
  const bool writes = written != written_ && written_ != 0;
  written_ = written;
  const bool moves = facts.pos != pos_ && !pos_.empty();
  pos_ = facts.pos;
  const Sessions& s = facts.sessions;
  if (moves || s.committing == 0 || s.awaiting_ack > 0) {
    forget();
  } else if (since_ms_ == 0) {
    since_ms_ = first_ms_ = now_ms;
  } else if (writes && now_ms - first_ms_ < kWritingMs) {
    since_ms_ = now_ms;
  }
}

bool Stall::commits_stand(uint64_t now_ms) const {
  return since_ms_ != 0 && now_ms - since_ms_ >= kStalledMs;
}

}  // namespace promote
