// Whether a node would take a group, and why not. Fit says nothing of its
// data: that is data.h's question.
#ifndef TANDEM_HBD_DECIDE_FIT_H
#define TANDEM_HBD_DECIDE_FIT_H

#include <stdint.h>

#include <string>
#include <vector>

namespace hbd {

struct Group;
struct View;

enum class Unfit {
  No,            // it is fit
  ServerUnknown, ServerDown, Faulty, StopFailed, Blank, KeptOut, StartFailed,
  Flapping, FewerPings, Astray, Stopping
};
// For log and status; "" for No.
std::string unfit_text(const View& v, Unfit u);

Unfit unfit(const View& v, const Group& g);
inline bool is_fit(const View& v, const Group& g) {
  return unfit(v, g) == Unfit::No;
}

// Since when this node is as fit, and the peer, as they are now: for people.
struct Fitness {
  Unfit here = Unfit::No;
  bool on_peer = false;
  uint64_t here_since_ms = 0, on_peer_since_ms = 0;
};
// In every turn.
void note_fitness(const View& v, Group* g);

// The peer hears more ping nodes than we do; a peer that is late says nothing.
bool is_behind_on_pings(const View& v);

// The peer is heard, and no stop of it has failed (it says Release while it
// tries again).
bool peer_is_well(const View& v, const std::vector<Group>& groups);

// The peer is heard, and says that it would take the group.
bool peer_is_fit(const View& v, const Group& g);

// Fit in that sense, idle, and with every acknowledged write.
bool peer_may_take(const View& v, const Group& g);

// Why not, for people; "": it may.
std::string why_peer_may_not(const View& v, const Group& g);
// What stands between a node and a takeover, as far as it decides who is woken.
enum class Bar {
  None,
  Writes,   // it may lack some, and nothing else: a pair is being made
  Witness,  // nobody could grant it, and nothing else
  Other
};
// Of the peer, if this node died now.
Bar bar_of_peer(const View& v, const Group& g);
// Why it would not take the group if this node died now; "": it would.
std::string why_peer_would_not(const View& v, const Group& g);

// Of two that could have the group, the peer is to: the last owner, then
// haresources' node, then the lower name. Of a group that follows: who has the
// server's.
bool peer_is_better(const View& v, const Group& g);

}  // namespace hbd

#endif
