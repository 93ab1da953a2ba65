#include "promote/prestart.h"

namespace promote {

namespace {

const hbd::Record* highest_of(const hbd::State& state) {
  const hbd::Record* highest = nullptr;
  for (const hbd::GroupState& g : state.groups) {
    if (g.record.none()) continue;
    if (!highest || hbd::is_newer(g.record, *highest)) highest = &g.record;
  }
  return highest;
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
    if (r.none()) continue;
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

bool is_settled_elsewhere(const hbd::State& state) {
  const hbd::Record* highest = highest_of(state);
  return !state.blank && highest && highest->owner != state.node &&
         highest->owner_instance.empty();
}

bool is_ours(const hbd::State& state) {
  const hbd::Record* highest = highest_of(state);
  return !state.blank && highest && highest->owner == state.node;
}

bool owned_paired(const hbd::State& state) {
  if (state.blank) return false;
  bool paired = false;
  for (const hbd::GroupState& g : state.groups) {
    const hbd::Record& r = g.record;
    // Only the group with the server is ever paired, or has a position.
    const bool tracked = !r.alone() || !r.start_pos.empty();
    if (!tracked || r.none()) continue;
    // That it is alone was not stored by anybody: no commit was acknowledged
    // without the replica.
    if (r.owner != state.node || (r.alone() && !g.unagreed)) return false;
    paired = true;
  }
  return paired;
}

}  // namespace promote
