// What has to be done, decided from facts alone: the ordered steps, or a
// refusal by its name. Pure; the order of the steps is the safety.
#ifndef TANDEM_PROMOTE_PLAN_H
#define TANDEM_PROMOTE_PLAN_H

#include <set>
#include <string>
#include <vector>

#include "promote/facts.h"

namespace promote {

// How the other server looked when it was asked.
enum class PeerView {
  NotAsked,  // the peer agreed, or nobody knows which server it is
  Gone,      // its host answers, no server there
  Silent,    // no answer at all
  Rejects,   // it lives and does not let us in
  Lives      // it answers: StartInput::peer
};

enum class Step {
  StartApplier,   // MariaDB: the receiver is still up: nothing is thrown away
  AdoptRelayLog,  // both threads down: apply the relay log by its file name,
                  // the one way in which MariaDB does not purge it first
  FreeApplier,    // it lags or ends by order: the same, and the order is gone;
                  // both threads are down, or this stops the applier
  DemotePeer,     // the steps of `promote stop`, on the other server
  AwaitReceived,  // until its last transaction is here
  StopReceiver,
  CutReceiver,    // MariaDB: the same when the source's host is dead, without
                  // the seconds that STOP SLAVE then takes
  AwaitApplied,   // until everything that was received is executed
  ForgetSource,   // STOP SLAVE, RESET SLAVE ALL
  SemiSyncAlone,  // primary side off; wait point, timeouts as we need them
  SemiSyncOn,     // the same, and on: the record says that a replica counts
  KillSleeping,
  SetWritable,
  EnableEvents
};
const char* step_name(Step step);

// Names of refusals, beside those of the faults that stop a takeover; -f NAME
// overrides one.
const char kApplierBroken[] = "applier-broken";
const char kPeerPrimary[] = "peer-primary";
const char kMissingTransactions[] = "missing-transactions";
const char kNamedChannel[] = "named-channel";  // cannot be overridden

bool is_refusal(const std::string& name);  // one that may be overridden

struct StartInput {
  Facts local;
  Faults noted;        // what is known of it besides
  PeerView view;
  Facts peer;
  bool was_paired;     // the record before this start said that all that was
                       // acknowledged is here
  bool is_paired;      // it says so of now: this server was stopped in part,
                       // or made read-only, and is the owner's still
  bool kill_sleeping;
  std::set<std::string> forced;
  StartInput() : view(PeerView::NotAsked),
                 was_paired(false), is_paired(false), kill_sleeping(false) {}
  // Faults of the local server under which a takeover would lose something.
  Faults stopping() const;
};

struct Plan {
  std::vector<Step> steps;  // empty and not refused: nothing to do
  std::string refusal;      // one of the names, or empty
  std::string why;
  bool has(Step step) const;
};

// Invariant, tested: AwaitApplied stands before ForgetSource whenever there
// is anything to apply, no step before it stops the applier, and SetWritable
// comes after everything that can be refused.
Plan plan_start(const StartInput& in);

struct RejoinInput {
  Facts local;
  Facts peer;
  Gtids start_pos;    // where the present owner started; empty = unknown
  bool from_paired;   // the record before that said paired
  Gtids at_boot;      // what the local server had when it was started, or less
  RejoinInput() : from_paired(false) {}
};

enum class Rejoin {
  Refuse,     // why says what is wrong; nothing is touched
  Running,    // it follows already: verify the settings
  Follow,     // equal or behind: make it a replica
  Ahead,      // it has transactions that the peer lacks
  AheadTail   // the same, and it is proved that none was ever acknowledged
};

struct RejoinPlan {
  Rejoin what;
  std::string why;
  std::vector<GtidRange> extra;  // Ahead: what is here and not there
  RejoinPlan() : what(Rejoin::Refuse) {}
};

RejoinPlan plan_rejoin(const RejoinInput& in);

}  // namespace promote

#endif
