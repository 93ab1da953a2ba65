#include "promote/prestart.h"

namespace promote {

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

bool owned_paired(const hbd::State& state) {
  if (state.blank) return false;
  bool paired = false;
  for (const hbd::GroupState& g : state.groups) {
    const hbd::Record& r = g.record;
    // Only the group with the server is ever paired, or has a position.
    const bool tracked = !r.alone() || !r.start_pos.empty();
    if (!tracked || r.none()) continue;
    if (r.owner != state.node || r.alone()) return false;
    paired = true;
  }
  return paired;
}

}  // namespace promote
