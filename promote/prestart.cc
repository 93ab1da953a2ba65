// What the records, the peer's server and the witness say together.
#include "promote/prestart.h"

namespace promote {

namespace {

// Only the group with the server is ever paired, or has a position.
bool is_tracked(const hbd::Record& r) {
  return !r.none() &&
         (!r.alone() || !r.start_pos.empty() || r.from == "paired");
}

// The record of that group; null when there is none.
const hbd::Record* tracked(const hbd::State& state) {
  for (const hbd::GroupState& g : state.groups) {
    if (is_tracked(g.record)) return &g.record;
  }
  return nullptr;
}

}  // namespace

bool drops_unacknowledged_tail(const hbd::State& state, std::string* why) {
  if (state.blank) {
    *why = "this node has no records, or is blank";
    return false;
  }
  const hbd::Record* highest = nullptr;
  for (size_t i = 0; i < state.groups.size(); ++i) {
    const hbd::Record& r = state.groups[i].record;
    if (!is_tracked(r)) continue;  // a service, or the door
    if (r.owner == state.node) {
      *why = "this node owns " + state.groups[i].name;
      return false;
    }
    if (!highest || hbd::is_newer(r, *highest)) highest = &r;
  }
  if (!highest) {
    *why = "no record";
    return false;
  }
  // Its start hooks have not all succeeded: it may yet turn out to lack writes
  // that are here, and hand the group back.
  if (!highest->owner_instance.empty()) {
    *why = "node " + highest->owner + " is still starting";
    return false;
  }
  *why = "node " + highest->owner + " took over from '" + highest->from + "'";
  return highest->from == "paired";
}

bool owned_paired(const hbd::State& state) {
  if (state.blank) return false;
  bool paired = false;
  for (const hbd::GroupState& g : state.groups) {
    const hbd::Record& r = g.record;
    if (!is_tracked(r)) continue;
    // A record of being alone that nobody has stored: no commit was
    // acknowledged without the replica.
    if (r.owner != state.node || (r.alone() && !g.unagreed)) return false;
    paired = true;
  }
  return paired;
}

Begin how_to_begin(const BeginInput& in, std::string* why) {
  if (drops_unacknowledged_tail(in.state, why)) return Begin::AsReplica;
  const hbd::Record* r = tracked(in.state);
  const bool owned = owned_paired(in.state);
  // The other node is being made the primary, or hands back.
  const bool starts = !in.state.blank && r && r->owner != in.state.node &&
                      !r->owner_instance.empty() && r->from == "paired";
  if (!owned && !starts) return Begin::AsItIs;
  if (in.peer == PeerServer::Primary) {
    *why = "the other server is the primary now";
    return Begin::AsReplica;
  }
  if (in.peer == PeerServer::Forgot) {
    *why = "the other server has been the primary since";
    return Begin::AsReplica;
  }
  const bool other = in.peer == PeerServer::Other;
  if (!in.unacked) {
    const bool told = !starts && (other || in.peer == PeerServer::Lost);
    return told || in.late ? Begin::AsItIs : Begin::NotYet;
  }
  if (owned && in.witness == WitnessWord::Heard) return Begin::AsItIs;
  // A replica that has much to apply becomes the primary late.
  const bool ours = owned && (other || in.witness == WitnessWord::None);
  return in.late && ours ? Begin::AsItIs : Begin::NotYet;
}

}  // namespace promote
