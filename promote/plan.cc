#include "promote/plan.h"

#include <algorithm>

namespace promote {

const char* step_name(Step step) {
  switch (step) {
    case Step::StartApplier: return "start-applier";
    case Step::AdoptRelayLog: return "adopt-relay-log";
    case Step::FreeApplier: return "free-applier";
    case Step::DemotePeer: return "demote-peer";
    case Step::AwaitReceived: return "await-received";
    case Step::StopReceiver: return "stop-receiver";
    case Step::CutReceiver: return "cut-receiver";
    case Step::AwaitApplied: return "await-applied";
    case Step::ForgetSource: return "forget-source";
    case Step::SemiSyncAlone: return "semi-sync-alone";
    case Step::SemiSyncOn: return "semi-sync-on";
    case Step::KillSleeping: return "kill-sleeping";
    case Step::SetWritable: return "set-writable";
    case Step::EnableEvents: return "enable-events";
  }
  return "?";
}

bool is_refusal(const std::string& name) {
  Fault f;
  return name == kPeerPrimary || name == kMissingTransactions ||
         (name != kNamedChannel && find_fault(name, &f) &&
          fault_row(f).stops_takeover);
}

bool Plan::has(Step step) const {
  return std::find(steps.begin(), steps.end(), step) != steps.end();
}

namespace {

Plan refuse(const char* name, const std::string& why) {
  Plan p;
  p.refusal = name;
  p.why = why;
  return p;
}

// A fault of this server under which a takeover would lose what is missing
// here; "" = none. A broken applier is tried once more.
std::string forbidding(const StartInput& in, std::string* why) {
  for (Fault fault : in.stopping().list()) {
    const FaultRow& row = fault_row(fault);
    if (fault == Fault::ApplierBroken || in.forced.count(row.name)) continue;
    *why = std::string(row.means) + ": " + row.cure;
    return row.name;
  }
  return "";
}

// What the local server has or will have once it applied what it received.
Gtids held(const Facts& f) { return latest(f.executed, f.replica.io_pos); }

void plan_replica(const StartInput& in, Plan* plan) {
  const Facts& f = in.local;
  const Replica& r = f.replica;
  const bool lives = in.view == PeerView::Lives;
  const bool both_down = r.io == Receiver::No && !r.sql_running;
  const bool all_applied = reached(f.slave_pos, r.io_pos);
  const bool skip_apply = !r.sql_running && r.sql_errno != "0" &&
                          in.forced.count(kApplierBroken) > 0;
  std::vector<Step>& steps = plan->steps;
  const bool keeps = f.keeps_relay_log();
  const bool apply = !skip_apply && !(both_down && all_applied);
  const bool fetches = lives && r.io == Receiver::Yes;
  const bool frees = apply && r.by_order;
  if (apply && !r.sql_running && !frees) {
    steps.push_back(both_down && !keeps ? Step::AdoptRelayLog
                                        : Step::StartApplier);
  }
  if (lives && !in.peer.read_only) steps.push_back(Step::DemotePeer);
  if (fetches) steps.push_back(Step::AwaitReceived);
  // What counts as received may still be on its way: see counts_begun.
  if (fetches && keeps && apply && !frees) steps.push_back(Step::AwaitApplied);
  if (r.io != Receiver::No) {
    steps.push_back(in.view == PeerView::Silent && !keeps
                        ? Step::CutReceiver
                        : Step::StopReceiver);
  }
  if (frees) steps.push_back(Step::FreeApplier);
  if (apply && (frees || !(fetches && keeps))) {
    steps.push_back(Step::AwaitApplied);
  }
  steps.push_back(Step::ForgetSource);
}

}  // namespace

Faults StartInput::stopping() const {
  Faults all = faults_of(local);
  all.add(noted);
  return all.stopping_takeover();
}

Plan plan_start(const StartInput& in) {
  const Facts& f = in.local;
  Plan plan;
  if (f.is_primary()) return plan;
  if (!f.replica.channel.empty()) {
    return refuse(kNamedChannel, "the replication channel '" + f.replica.channel +
                                     "' is not ours to end");
  }
  std::string why;
  const std::string name = forbidding(in, &why);
  if (!name.empty()) return refuse(name.c_str(), why);
  if (in.view == PeerView::Rejects && !in.forced.count(kPeerPrimary)) {
    return refuse(kPeerPrimary, "the other server lives and does not let us "
                                "in to demote it");
  }
  if (in.view == PeerView::Lives) {
    const bool can_fetch = f.replicates && f.replica.io == Receiver::Yes;
    if (!reached(held(f), in.peer.executed) && !can_fetch && !in.was_paired &&
        !in.forced.count(kMissingTransactions)) {
      return refuse(kMissingTransactions,
                    "the other server has executed " + in.peer.pos +
                        ", this one " + format_gtids(held(f)) +
                        ", and replication does not fetch the rest");
    }
  }
  if (f.replicates) {
    plan_replica(in, &plan);
  } else if (in.view == PeerView::Lives && !in.peer.read_only) {
    plan.steps.push_back(Step::DemotePeer);
  }
  plan.steps.push_back(in.is_paired ? Step::SemiSyncOn : Step::SemiSyncAlone);
  if (in.kill_sleeping) plan.steps.push_back(Step::KillSleeping);
  plan.steps.push_back(Step::SetWritable);
  plan.steps.push_back(Step::EnableEvents);
  return plan;
}

RejoinPlan plan_rejoin(const RejoinInput& in) {
  RejoinPlan p;
  if (!in.local.replica.channel.empty()) {
    p.why = "the replication channel '" + in.local.replica.channel +
            "' is not ours to change";
    return p;
  }
  if (in.local.server_id == in.peer.server_id) {
    p.why = "both servers have server_id " + in.local.server_id;
    return p;
  }
  if (!in.peer.is_primary()) {
    p.why = in.peer.replicates ? "the other server is a replica itself"
                               : "the other server is read-only: no primary "
                                 "to follow";
    return p;
  }
  // What was received counts as well: it may exist nowhere else.
  const Facts& f = in.local;
  const Gtids want =
      merged(f.binlog_state, merged(f.slave_pos, f.replica.io_pos));
  const Gtids have = merged(in.peer.binlog_state, in.peer.slave_pos);
  const std::vector<GtidRange> extra = missing(have, want);
  if (!extra.empty()) {
    // Either all of it was there when the server was started, or every commit
    // since the pair was one waits still.
    const bool proved = in.local.semi_primary ||
                        missing(merged(have, in.at_boot), want).empty();
    const bool tail = proved && in.from_paired && !in.start_pos.empty() &&
                      all_beyond(extra, in.start_pos);
    p.what = tail ? Rejoin::AheadTail : Rejoin::Ahead;
    p.why = "diverged: here and not there: " + format_ranges(extra);
    p.extra = extra;
    return p;
  }
  p.what = in.local.replicates && in.local.replica.io == Receiver::Yes &&
                   in.local.replica.sql_running
               ? Rejoin::Running
               : Rejoin::Follow;
  return p;
}

}  // namespace promote
