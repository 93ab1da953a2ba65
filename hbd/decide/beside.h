// Groups that go where the first one, the server's, is: an address and its
// forwarder, which may for a while be on the other node, as long as the two
// hear each other. The server's group moves by its own rules, and knows nothing
// of those that follow. Pure.
//
// No right comes from following. One goes: the arbiter confirms a follower only
// where the server's group is. Else a holder that is cut off from the server's
// owner alone would keep clients from him.
#ifndef TANDEM_HBD_DECIDE_BESIDE_H
#define TANDEM_HBD_DECIDE_BESIDE_H

#include "hbd/decide/command.h"
#include "hbd/decide/view.h"

namespace hbd {

struct Group;

Place find_server(const View& v, const Group& first);

// A group that follows, and the server's group is not here.
bool is_astray(const View& v, const Group& g);

// An operator's order for it is carried out by itself, or is against the rule.
bool follows_by_itself(const View& v, const Group& g, CommandKind order);

}  // namespace hbd

#endif
