// What one node sees beside its groups: its configuration, the time, the peer,
// the witness, the ping nodes and its own server. Every machine reads it;
// Cluster writes it, and who takes a View* writes blank, epoch_seen, fence or
// last_word_ms.
#ifndef TANDEM_HBD_DECIDE_VIEW_H
#define TANDEM_HBD_DECIDE_VIEW_H

#include <stdint.h>

#include <string>

#include "hbd/decide/beatsize.h"
#include "hbd/decide/config.h"
#include "hbd/decide/fence.h"
#include "hbd/decide/hearing.h"
#include "hbd/decide/maintenance.h"
#include "hbd/decide/peer.h"
#include "hbd/decide/pings.h"
#include "hbd/decide/server.h"
#include "hbd/decide/trouble.h"

namespace hbd {

// Where the first group, which has the server, is owned.
enum class Place {
  Unknown,  // nowhere, as it moves or starts; or the peer is not heard
  Here,
  Peer      // it is heard, and has started it
};

struct View {
  Config config;
  Agreement agreement;     // what of it the others must agree with
  const uint64_t incarnation;    // ours: see next_incarnation()
  BeatRoom room;
  uint64_t now_ms;
  const uint64_t started_ms;
  uint64_t no_judge_until_ms = 0;  // this process was late: it judges nobody
  Peer peer;
  Fence fence;           // of the peer
  Hearing witness;
  Pings pings;
  Server server;
  Maintenance maintenance;
  Trouble trouble, peer_trouble;  // of our server and of the peer's
  bool blank;            // began without a state file, cleared by nothing yet
  uint64_t epoch_seen;   // the highest ever
  bool stopping = false;
  Place server_at = Place::Unknown;  // as of this turn
  // Leaving: when our last beat, as it would be sent now, was sent; 0 = not
  // yet.
  uint64_t last_word_ms = 0;

  // had_blank, epoch: of the state file. The caller has checked that groups
  // have room in a beat (asserted).
  View(const Config& c, uint64_t self_incarnation, bool is_blank,
       uint64_t epoch, uint64_t time_ms);

  // Another configuration: see Cluster::reconfigure(). A ping node that stays
  // has answered when it has. True: the others have to agree to something new.
  bool reconfigure(const Config& fresh);
  // The witness may agree now to what is asked of it: heard within the lease.
  bool witness_reachable() const;
  // The witness is reachable, and does not say that it has no record of the
  // group. One on a new disk has none, and can only wait for two nodes, or an
  // operator, to tell it one; its first beats after a start say nothing yet.
  bool witness_knows(const std::string& group) const;
  bool peer_heard_within(uint64_t ms) const {
    return peer.heard_within(now_ms, ms);
  }
  // From outside, and for so long that a living peer would have been heard; or
  // no ping nodes are configured.
  bool hears_outside() const {
    return config.ping_count == 0 || pings.is_settled(now_ms);
  }
  // Not so when this process was late a moment ago: what it has not heard then
  // says nothing.
  bool judges() const { return now_ms >= no_judge_until_ms; }
  uint64_t age_ms() const { return now_ms - started_ms; }
  // The peer has last told what this node does not agree with: nothing is
  // claimed because it is silent.
  bool disagrees() const {
    return is_unsafe(compare(agreement, peer.told()));
  }
  // Whether a group's writes are kept track of may be another matter there: a
  // group that is not tracked here is taken from nobody meanwhile.
  bool disagrees_on_tracking() const {
    return is_about_tracking(compare(agreement, peer.told()));
  }
  // The next epoch to claim, above every one seen.
  uint64_t next_epoch() const;
};

}  // namespace hbd

#endif
