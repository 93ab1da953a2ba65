// A standby, while the peer owns stably: makes its server the replica of the
// owner's again, by the follow event, and where that is hopeless by rebuild.
// Pure.
#ifndef TANDEM_HBD_DECIDE_FOLLOW_H
#define TANDEM_HBD_DECIDE_FOLLOW_H

#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

struct Follow {
  // The epoch, and the start of our server, that the event has succeeded for.
  uint64_t epoch = 0;
  std::string instance;
  uint64_t begun_epoch = 0;    // of the event that runs, or ran last
  uint64_t retry_ms = 0;
  unsigned failures = 0;
  bool tail = false;           // the last one asks for a rebuild
  uint64_t rebuilt_epoch = 0;  // where that was tried
};

// Idle, and no hook runs.
void step_follow(const View& v, Group* g, Out* out);
void on_follow_exit(View* v, Group* g, bool ok, Out* out);
void on_rebuild_exit(const View& v, Group* g, bool ok, Out* out);

}  // namespace hbd

#endif
