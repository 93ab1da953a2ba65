// Making sure that a silent peer is off, by the fence event, before its groups
// are taken or an owner goes alone. Pure.
#ifndef TANDEM_HBD_DECIDE_FENCE_H
#define TANDEM_HBD_DECIDE_FENCE_H

#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

struct Fence {
  bool done = false;       // the peer was fenced, and is not heard since
  bool for_alone = false;  // the same, for an owner that goes alone
  uint64_t retry_ms = 0;
};

// Runs the event, unless it failed a moment ago.
void run_fence(const View& v, Group* g, const std::string& reason, Out* out);
void on_fence_exit(const View& v, Group* g, bool ok, Out* out);

}  // namespace hbd

#endif
