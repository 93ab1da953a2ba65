// An owner's work: start hooks from left to right, reasons to let go, stop
// hooks from right to left. Pure.
#ifndef TANDEM_HBD_DECIDE_OWNER_H
#define TANDEM_HBD_DECIDE_OWNER_H

#include <stddef.h>
#include <stdint.h>

#include <string>

namespace hbd {

class Out;
struct Group;
struct View;

// Why a group is released, where that makes a difference afterwards.
enum class Why { InOrder, Standby, Failback, Forced, FailedStart };

const size_t kNoResource = SIZE_MAX;

struct Owner {
  size_t hook_count = 0;     // resources started, or still to be stopped
  Why why = Why::InOrder;    // of Stopping
  bool giving_way = false;   // releases so that the peer can take it
  bool leaves = false;       // is about to, after the drain event; still owns
  std::string leave_reason;
  bool stop_failed = false;
  unsigned failures = 0;     // starts or stops failed in a row
  unsigned forced_soon = 0;  // ownerships in a row that were lost at once
  uint64_t pause_until_ms = 0;  // unfit after a failed start, or the second of
                                // those
  uint64_t retry_ms = 0;     // Stuck: when stop hooks are tried again
  uint64_t began_ms = 0;     // when the group became ours
  uint64_t started_ms = 0;   // when the start hooks had succeeded
  std::string instance;      // the server that was started; "" = not seen
  bool kept = false;         // its keepers are not ours, or are gone: since a
                             // maintenance
  bool told = false;         // the notify event knows that we own
  // A release that a stop hook would not have: what was stopped is started
  // again, and until then nothing is given away for order's sake.
  bool rolls_back = false;
  std::string called_off;      // why, when no stop hook has failed
  size_t unstarted = kNoResource;  // the first that did not start again then
  unsigned failed_stops = 0;   // in a row
  uint64_t keep_until_ms = 0;
};

// Before all else in a turn: lets go by force of what may not be owned any
// longer: the lease is over, the lifeline has passed, a later epoch is owned.
void check_right(const View& v, Group* g, Out* out);

void begin_starting(Group* g, const std::string& reason, Out* out);
// Owning: the start hooks from this resource on, again.
void start_from(Group* g, size_t resource, const std::string& reason,
                Out* out);
// A start came to nothing: releases, and is unfit for a growing pause.
void fail_start(const View& v, Group* g, const std::string& reason, Out* out);
void step_starting(const View& v, Group* g, Out* out);
void step_owning(View* v, Group* g, Out* out);
void step_stopping(const View& v, Group* g, Out* out);
void step_stuck(const View& v, Group* g, Out* out);

// The peer may take it, and it can be given away from here without a need: our
// account still has its way with the server, and no stop has failed just now.
bool can_give(const View& v, const Group& g);

// Gives the group to the peer, in no haste: the drain event comes first, where
// there is one. It may be called off meanwhile.
void leave(const View& v, Group* g, Why why, const std::string& reason,
           Out* out);
void on_drain_exit(const View& v, Group* g, Out* out);
const char kStandbyReason[] = "standby by an operator";
// By an order that has a limit (Orders::limit_ms): leaves, not before the
// peer's server has applied what it has, for who writes would wait for that.
void leave_when_applied(const View& v, Group* g, Out* out);
// The running hook is killed, then every stop hook is run.
void release(Group* g, Why why, const std::string& reason, Out* out);
// Closes the lifelines first. No effect on a group that is not held.
void force_release(Group* g, const std::string& reason, Out* out);

// A start or stop hook has ended.
void on_resource_exit(const View& v, Group* g, bool ok, Out* out);

}  // namespace hbd

#endif
