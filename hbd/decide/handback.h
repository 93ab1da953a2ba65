// A start of ours that came to nothing: the owner before us has everything,
// and gets the group back by our word.
#ifndef TANDEM_HBD_DECIDE_HANDBACK_H
#define TANDEM_HBD_DECIDE_HANDBACK_H

namespace hbd {

class Out;
struct Group;
struct View;

// Idle: when our server is a replica still, it was never opened in this epoch
// (promote forgets the source before that), so nothing was written in it.
// Records that the peer's present server has everything; only an owner raises
// the version, so we say it.
void hand_back(View* v, Group* g, Out* out);

}  // namespace hbd

#endif
