// Why nothing happens with a group, as a value; wait_text() makes the one text
// of it, for status and the log.
#ifndef TANDEM_HBD_DECIDE_WAIT_H
#define TANDEM_HBD_DECIDE_WAIT_H

#include <stdint.h>

#include <string>

#include "hbd/decide/fit.h"

namespace hbd {

struct Group;
struct View;

struct Wait {
  enum Kind {
    Nothing,         // or nothing to be said
    NotFit,          // unfit says why
    MayLackWrites,   // of a peer that is heard, silent, left or unheard
    LastOwnerNotFit, RoleUnknown, RolesUnclear, SourceLives, NoRecord,
    WitnessNotHeard, WitnessEmpty,
    NotAloneBefore, NothingHeard, StuckAndSilent, NotSettled, SilentPeerWaits,
    LeftElsewhere, OtherClaims, NobodyCanTake, Disagrees, AloneNotStored,
    StopFailed,      // or was called off: CalledOff
    CalledOff, PeerApplies,
    Maintenance      // or the peer may have its address on hold for one
  };
  Kind kind;
  Unfit unfit;
  std::string other;  // OtherClaims: the group
  Wait(Kind k = Nothing) : kind(k), unfit(Unfit::No) {}
  static Wait not_fit(Unfit u);
  static Wait other_claims(const std::string& group);
};

// What a group waits for, over the turns. The text is shown at once, and logged
// when it has stood for a while: most waits are over before anybody reads.
struct Waiting {
  Wait kind;         // as far as this turn knows
  std::string text;
  uint64_t since_ms = 0;
  bool said = true;  // or there is nothing to be said
};

std::string wait_text(const View& v, const Group& g, const Wait& w);

}  // namespace hbd

#endif
