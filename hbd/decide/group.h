// A resource group on this node: what is known of it, the phase it is in, and
// the state of each machine that moves it.
//
//            claim agreed            start hooks done
//   Idle --> Claiming --> Starting ------------------> Owning
//    ^          |            | failed, or             /  |  ^
//    |          | given up   | may no longer own     /   |  | start hooks
//    |<---------+            v                      /    v  | again
//    +---------------- Stopping <------------------+    Starting
//    stop hooks done     |  ^ retried, or Starting from the hook that failed
//                        v  | with pauses
//                        Stuck
#ifndef TANDEM_HBD_DECIDE_GROUP_H
#define TANDEM_HBD_DECIDE_GROUP_H

#include <stdint.h>

#include <string>

#include "hbd/decide/claim.h"
#include "hbd/decide/command.h"
#include "hbd/decide/config.h"
#include "hbd/decide/failback.h"
#include "hbd/decide/follow.h"
#include "hbd/decide/hookslot.h"
#include "hbd/decide/lease.h"
#include "hbd/decide/liveness.h"
#include "hbd/decide/owner.h"
#include "hbd/decide/pairing.h"
#include "hbd/decide/phase.h"
#include "hbd/decide/record.h"
#include "hbd/decide/state.h"
#include "hbd/decide/wait.h"

namespace hbd {

class Out;
struct View;

struct Group {
  GroupConfig config;
  size_t index;
  Phase phase = Phase::Idle;
  Record record;             // the highest known
  bool need_follow = false;  // kept out until the follow event has cleared it
  bool owning = false;       // its hooks may have run; on disk
  uint64_t epoch = 0;        // of our claim or ownership
  std::string reason;        // of what is done now: HB_REASON
  bool seen_owner = false;   // somebody owned since we started
  uint64_t alarm_epoch = 0;  // had two owners, and it was said
  Waiting waiting;           // why nothing happens
  Fitness fitness;
  HookSlot hook;
  Lease lease;
  ClaimState claim;
  Owner owner;
  Orders orders;
  Pairing pairing;
  Follow follow;
  Failback failback;
  Liveness liveness;

  Group(const GroupConfig& c, size_t i) : config(c), index(i) {}
  const char* name() const { return config.name.c_str(); }
};

// Asserted: the edge is in the diagram. Logs it, tells it as a Phase action,
// and tells the notify event what an operator wants to know.
void set_phase(Group* g, Phase next, const std::string& why, Out* out);

// Takes a higher record from somebody; with it may come a new owner, whom this
// node has to follow.
void adopt(View* v, Group* g, const Record& r, const std::string& from,
           Out* out);
// What somebody's beat says of the group's record: the highest wins.
void take_record(View* v, Group* g, const GroupBeat& gb,
                 const std::string& from, Out* out);

}  // namespace hbd

#endif
