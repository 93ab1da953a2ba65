// The sync record of a group that this node owns: alone, or paired with one
// start of the replica's server. Pure.
//
// To alone: recorded where somebody else can find it, then writers go on.
// To paired: writers wait for the replica, then it is recorded.
#ifndef TANDEM_HBD_DECIDE_PAIRING_H
#define TANDEM_HBD_DECIDE_PAIRING_H

#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

enum class AloneStage {
  None,
  WaitAck,  // recorded here; somebody else has to store it
  Event     // stored: the alone event is to run
};

struct Pairing {
  AloneStage stage = AloneStage::None;
  bool unagreed = false;     // `alone` that nobody else has stored; on disk
  std::string instance;      // the replica's, that the paired event is about
  uint64_t retry_ms = 0;
  unsigned failures = 0;     // events that failed, or did not hold
  uint64_t since_ms = 0;     // paired since, if it is
  void begin();              // an ownership begins alone
};

// Why the replica does not count, decided from its own watcher and its beats,
// never from the primary's status: an idle primary goes on showing a replica
// that is gone.
enum class Gone {
  No, Left, Silent, ServerDown, Restarted, NotReplicating,
  Faulty,  // a fault of either server under which nothing is vouched for
  Off      // semi-sync is, on our server, and nobody here has switched it off
};
Gone replica_gone(const View& v, const Group& g);

// Owning, and no hook runs.
void step_pairing(View* v, Group* g, Out* out);
void record_alone(Group* g, const std::string& why, Out* out);
void on_alone_exit(const View& v, Group* g, bool ok, Out* out);
void on_paired_exit(View* v, Group* g, bool ok, Out* out);

// The pause before an event is run again: 500 ms, doubled up to 30 s. So a
// replica that comes and goes is counted on less and less often.
uint64_t event_pause_ms(unsigned failures);

}  // namespace hbd

#endif
