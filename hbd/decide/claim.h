// A claim of a group by this node: made with a new epoch and persisted, stored
// by those who have the right to agree, and only then the group's record. The
// right to make one is choose.h's. Pure.
#ifndef TANDEM_HBD_DECIDE_CLAIM_H
#define TANDEM_HBD_DECIDE_CLAIM_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/beat.h"
#include "hbd/decide/choose.h"
#include "hbd/decide/record.h"

namespace hbd {

class Out;
struct Group;
struct View;

struct ClaimState {
  Claim claim;           // what our beats say while Claiming
  Path path = Path::None;
  Record base;           // before our last claim
  std::string grant;     // HB_GRANT
  uint64_t begun_ms = 0;
  uint64_t tie_since_ms = 0;  // the peer is to have it, and is given time
};

// Idle: agrees to the peer's claim, finishes a fence, claims, hands back or
// follows, whichever comes first. groups: all of them, for the room in a beat.
void step_idle(View* v, const std::vector<Group>& groups, Group* g, Out* out);

// Claiming: gives up, or begins to start when the claim is agreed.
void step_claiming(View* v, Group* g, Out* out);

}  // namespace hbd

#endif
