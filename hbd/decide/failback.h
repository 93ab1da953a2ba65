// Where the server's group is, for those that follow it; else back to
// haresources' node, when auto_failback is on: by an owner that is
// well, to a peer that could have had the group for failback_wait; in vain,
// only with growing pauses; never against an operator. Pure.
#ifndef TANDEM_HBD_DECIDE_FAILBACK_H
#define TANDEM_HBD_DECIDE_FAILBACK_H

#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

struct Failback {
  uint64_t since_ms = 0;  // the peer could have had it since; 0 = it could not
  uint64_t given_ms = 0;  // when we last gave it back
  unsigned count = 0;     // and so often in vain
};

// Owning, and no hook runs. True: the group is being released.
bool step_failback(const View& v, Group* g, Out* out);

// An operator moved it away from haresources' node: it stays away.
bool is_held_by_operator(const View& v, const Group& g);
// When it goes back if nothing comes between; 0 = not as things are.
uint64_t failback_due_ms(const View& v, const Group& g);
// For status; "" when there is nothing to say.
std::string failback_text(const View& v, const Group& g);

}  // namespace hbd

#endif
