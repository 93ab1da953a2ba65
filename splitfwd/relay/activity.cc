#include "splitfwd/relay/activity.h"

namespace splitfwd {

namespace {

// Two that are active within this time of each other are both active.
const uint64_t kMixedMs = 10;

}  // namespace

// Who came with this very call has the number of the one before.
bool is_idle(const Activity& activity, uint64_t call, bool quiet) {
  return call - activity.call >= (quiet ? 2 : kDemoteCalls);
}

void on_demoted(Activity* activity) {
  activity->ms = activity->hot_call = 0;
  activity->asked = false;
}

// A query is what the client says, or what the server says unasked: the first
// answer belongs to the query, the second is a long one or a stream.
bool on_cold_read(Activity* activity, unsigned reads, uint64_t now_ms,
                  uint64_t hot_call) {
  if (reads & kReadFull) return true;
  if (!(reads & kReadClient)) {
    const bool answer = activity->asked;
    activity->asked = false;
    if (answer) return false;
  }
  const bool again = activity->ms > 0 && now_ms - activity->ms < kPromoteMs &&
                     hot_call - activity->hot_call < kPromoteCalls;
  activity->ms = now_ms;
  activity->hot_call = hot_call;
  activity->asked = (reads & kReadClient) != 0;
  return again;
}

void Solo::note(const void* who, uint64_t now_ms) {
  const uint64_t since_ms = since_ms_.load(std::memory_order_relaxed);
  if (now_ms < since_ms + kMixedMs) return;
  if (who_.load(std::memory_order_relaxed) == who) return;
  who_.store(who, std::memory_order_relaxed);
  since_ms_.store(now_ms, std::memory_order_relaxed);
}

bool Solo::is_alone(const void* who, uint64_t now_ms) const {
  return who_.load(std::memory_order_relaxed) == who &&
         now_ms >= since_ms_.load(std::memory_order_relaxed) + kAloneMs;
}

}  // namespace splitfwd
