// Positions of the primary are kept, each with the last look that showed it.
#include "promote/lag.h"

#include <inttypes.h>

#include "lib/text.h"
#include "lib/watch.h"

namespace promote {

namespace {

const size_t kSeenMost = 1000;

}  // namespace

void Lag::on_primary(const std::string& name, const Gtids& executed,
                     const Gtids& state, uint64_t now_ms) {
  if (name != name_) seen_.clear();
  name_ = name;
  state_ = state;
  if (!seen_.empty() && reached(seen_.back().executed, executed)) {
    seen_.back().last_ms = now_ms;
    return;
  }
  seen_.push_back(Seen{executed, now_ms});
  if (seen_.size() > kSeenMost) seen_.pop_front();
}

// What the replica lacks came after the last look that did not show it.
std::string Lag::of_replica(const Gtids& executed, uint64_t now_ms) const {
  if (seen_.empty() ||
      now_ms - seen_.back().last_ms > tandem::kWatchSilenceMs) {
    return std::string();
  }
  for (size_t i = seen_.size(); i-- > 0;) {
    if (!reached(executed, seen_[i].executed)) continue;
    const uint64_t ms =
        i + 1 == seen_.size() ? 0 : now_ms - seen_[i].last_ms;
    return tandem::format("%" PRIu64, ms < 1000 ? 0 : (ms + 999) / 1000);
  }
  return std::string();
}

std::string Lag::of_former_primary(const Gtids& executed,
                                   uint64_t now_ms) const {
  return missing(state_, executed).empty() ? of_replica(executed, now_ms)
                                           : std::string();
}

}  // namespace promote
