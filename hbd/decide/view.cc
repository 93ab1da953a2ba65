// Questions that need more than one part of what a node sees.
#include "hbd/decide/view.h"

#include <algorithm>

#include "lib/error.h"
#include "lib/text.h"

namespace hbd {

View::View(const Config& c, uint64_t self_incarnation, bool is_blank,
           uint64_t epoch, uint64_t time_ms)
    : config(c), agreement(own_agreement(c)), incarnation(self_incarnation),
      now_ms(time_ms), started_ms(time_ms),
      peer(c, self_incarnation, time_ms),
      witness(c.witness, self_incarnation, c.deadtime_ms),
      pings(c.ping_count, c.deadtime_ms, c.lease_ms),
      server(c.has_watch, time_ms), maintenance(c.self, c.peer),
      blank(is_blank), epoch_seen(epoch) {
  const bool has_room = find_room(config, &room);
  TANDEM_ASSERT(has_room);
}

bool View::witness_reachable() const {
  return config.has_witness() && witness.heard_within(now_ms, config.lease_ms);
}

bool View::witness_knows(const std::string& group) const {
  const GroupBeat* wg = witness.beat().group(group);
  const bool says_not = wg && !wg->fit;
  return witness_reachable() && !says_not;
}

// The lower name takes odd numbers, the other one even numbers: two claims
// made at once, one granted by the witness and one agreed to by the peer, are
// then never records of one epoch (walk tied-claims).
uint64_t View::next_epoch() const {
  const uint64_t next = epoch_seen + 1;
  const uint64_t parity = config.self < config.peer ? 1 : 0;
  return next % 2 == parity ? next : next + 1;
}

bool View::reconfigure(const Config& fresh) {
  const std::vector<std::string> before =
      tandem::split_words(config.ping_nodes);
  std::vector<size_t> from;
  for (const std::string& node : tandem::split_words(fresh.ping_nodes)) {
    from.push_back(static_cast<size_t>(
        std::find(before.begin(), before.end(), node) - before.begin()));
  }
  pings.renumber(from);
  peer.set_warntime(fresh.warntime_ms);
  config = fresh;
  const Agreement was = agreement;
  agreement = own_agreement(fresh);
  return !(agreement == was);
}

}  // namespace hbd
