// Making sure that a silent peer is off, by the fence event, before its groups
// are taken or an owner goes alone. It is about the peer, so once is enough
// for all groups; it counts until the peer is heard again. Pure.
#ifndef TANDEM_HBD_DECIDE_FENCE_H
#define TANDEM_HBD_DECIDE_FENCE_H

#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

struct Fence {
  bool done = false;     // the event has succeeded
  bool running = false;  // in the hook slot of some group
  uint64_t retry_ms = 0;
  unsigned failures = 0;
};

// Runs the event in this group's slot, unless it is done, runs for another
// group, or failed a moment ago.
void run_fence(View* v, Group* g, const std::string& reason, Out* out);
void on_fence_exit(View* v, Group* g, bool ok, Out* out);
// The peer is heard, and well, or is another start of it: not off any more.
void end_fence(View* v);

}  // namespace hbd

#endif
