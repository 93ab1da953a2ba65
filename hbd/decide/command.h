// What an operator asks by hbctl: standby, takeover, init, clear. Each is
// answered at once with what will happen or why it will not; hbctl watches the
// rest.
// Pure.
#ifndef TANDEM_HBD_DECIDE_COMMAND_H
#define TANDEM_HBD_DECIDE_COMMAND_H

#include <stdint.h>

#include <string>

#include "hbd/decide/action.h"

namespace hbd {

class Out;
struct Group;
struct View;

// What operators have ordered of a group, here or on the peer.
struct Orders {
  std::string force_reason;     // of a takeover -f or init that waits
  uint64_t force_ms = 0;        // when it was asked for
  bool forced_here = false;     // an operator forced it, and holds it, here
  bool held = false;            // an operator moved it away from here
  uint64_t limit_ms = 0;        // of a standby: then it is called off; 0: none
  uint64_t hold_off_ms = 0;     // given away: not ours until then
  uint64_t wants_until_ms = 0;  // a takeover asks the peer for it until then

  bool is_init() const;         // force_reason is init's
  void grow_stale(uint64_t now_ms);  // a forced order is for a minute
};

// Carries the command out as far as it can be now; *ok: it will be. Returns
// what to say.
std::string obey(const View& v, Group* g, const Command& c, bool* ok,
                 Out* out);

}  // namespace hbd

#endif
