// By what right this node may claim a group now, or why it waits: a switch
// over what the peer is, and then over who else can be asked. Decides, and
// changes nothing. The claim itself is in claim.h.
#ifndef TANDEM_HBD_DECIDE_CHOOSE_H
#define TANDEM_HBD_DECIDE_CHOOSE_H

#include "hbd/decide/wait.h"

namespace hbd {

struct Group;
struct View;

enum class Path { None, Peer, Left, Witness, Ping, Lonely, Fence, Force };

struct Choice {
  Path path = Path::None;
  Wait wait;            // with None, when there is something to say
  bool is_tie = false;  // the peer is to have it, and is given time
  Choice(Path p) : path(p) {}
  Choice(Wait::Kind kind) : wait(kind) {}
  Choice(const Wait& w) : wait(w) {}
  static Choice none() { return Choice(Path::None); }
};

Choice choose_path(const View& v, const Group& g);

// What would be done if the peer, which is heard, fell silent now.
Choice choose_if_silent(const View& v, const Group& g);

}  // namespace hbd

#endif
