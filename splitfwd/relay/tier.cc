#include "splitfwd/relay/tier.h"

namespace splitfwd {

namespace {

// Two that are active within this time of each other are both active.
const uint64_t kMixedMs = 10;

}  // namespace

// Who came with this very call has the number of the one before.
bool is_idle(const Heat& heat, uint64_t call, bool quiet) {
  return call - heat.call >= (quiet ? 2 : kDemoteCalls);
}

void on_demoted(Heat* heat) {
  heat->ms = heat->hot_call = 0;
  heat->asked = false;
}

// A query is what the client says, or what the server says unasked: the first
// answer belongs to the query, the second is a long one or a stream.
bool on_cold_read(Heat* heat, unsigned reads, uint64_t now_ms,
                  uint64_t hot_call) {
  if (reads & kReadFull) return true;
  if (!(reads & kReadClient)) {
    const bool answer = heat->asked;
    heat->asked = false;
    if (answer) return false;
  }
  const bool again = heat->ms > 0 && now_ms - heat->ms < kPromoteMs &&
                     hot_call - heat->hot_call < kPromoteCalls;
  heat->ms = now_ms;
  heat->hot_call = hot_call;
  heat->asked = (reads & kReadClient) != 0;
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
