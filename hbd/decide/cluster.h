// Decides who owns each resource group. Pure: no clock, no I/O, no chance;
// the caller feeds events and performs what take_actions() returns, in order.
// Same inputs, same outputs: tests/sim relies on it.
//
// Times are clock_ms() milliseconds, the same clock in every call, never
// going back (asserted). Call on_tick() whenever now reaches next_due_ms();
// calling early is harmless.
//
// Cluster takes the inputs, lets the machines of each group take turns until
// nothing changes any more, and gives the outputs out. Where a rule lives:
//
//   record, beat, state   what is known, said, and kept on disk
//   peer, pings, server   what the others are; view: all of it
//   lease                 until when this node may own
//   fit, data             would it take the group; has it every write
//   choose, claim         by what right, and how, a group is taken
//   handback              a start that came to nothing
//   owner                 start hooks, reasons to let go, stop hooks
//   again                 start hooks once more, in the same epoch
//   maintenance           nothing moves, and addresses are on hold
//   pairing               the sync record of an owner
//   follow                a standby's way back to being a replica
//   fence, failback, leaving, command
//   trouble               what is wrong with the servers, as their watchers say
//   judge, wait, status   what people are told
#ifndef TANDEM_HBD_DECIDE_CLUSTER_H
#define TANDEM_HBD_DECIDE_CLUSTER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/action.h"
#include "hbd/decide/beat.h"
#include "hbd/decide/config.h"
#include "hbd/decide/group.h"
#include "hbd/decide/leaving.h"
#include "hbd/decide/out.h"
#include "hbd/decide/sender.h"
#include "hbd/decide/state.h"
#include "hbd/decide/status.h"
#include "hbd/decide/view.h"

namespace hbd {

class Cluster {
 public:
  // stored: what the state file held; pass had_state = false when there was
  // none (the node is blank then, and says so on disk first thing). The
  // groups have room in a beat: find_room().
  Cluster(const Config& config, uint64_t incarnation, const State& stored,
          bool had_state, uint64_t now_ms);
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  void on_tick(uint64_t now_ms);
  // A beat whose signature was right. Strangers are ignored and counted.
  void on_beat(uint64_t now_ms, const Beat& beat);
  // A line of the watcher about the local server; and its death.
  void on_watch(uint64_t now_ms, bool up, const tandem::Attrs& attrs);
  void on_watch_lost(uint64_t now_ms);
  // The hook started by RunHook ended; attrs are its "attr" lines.
  void on_hook_exit(uint64_t now_ms, uint32_t hook_id, bool ok,
                    const tandem::Attrs& attrs);
  // A Status ended; code: its exit code, -1 when it had none.
  void on_status_exit(uint64_t now_ms, uint32_t hook_id, int code);
  void on_ping(uint64_t now_ms, size_t index);  // a ping node answered
  // The reader of the group's lifeline is gone or takes no more lines.
  void on_lifeline_broken(uint64_t now_ms, size_t group);
  void on_command(uint64_t now_ms, uint32_t command_id, const Command& c);
  // Release everything in order, tell the peer, then Exit; in a maintenance,
  // Exit.
  void on_stop(uint64_t now_ms);

  // From here on it goes by this: warntime, ping nodes and whether there is a
  // notify event may differ, and nothing else.
  void reconfigure(const Config& config);

  uint64_t next_due_ms() const;
  std::vector<Action> take_actions() { return out_.take(); }

  // What hbctl status shows of it.
  Status status(uint64_t now_ms) const;
  // For tests: what the group is doing, its record, and the state of a
  // maintenance.
  Phase phase(size_t group) const { return groups_[group].phase; }
  const char* maintenance() const { return maintenance_state(view_); }
  const Record& record(size_t group) const { return groups_[group].record; }

 private:
  void restore(const State& stored);
  void enter(uint64_t now_ms);
  void settle();
  void step(Group* g);
  void judge_peer();
  void judge_witness();
  void take_peer_beat(const Beat& beat);
  void take_witness_beat(const Beat& beat);
  void take_gossip(const Hearing& from, bool from_witness);
  void on_event_exit(Group* g, bool ok);
  bool may_leave_as_is() const;
  void step_leaving();
  void say_why_they_wait();
  void say_differences();
  void say_troubles();
  void take_witness_times(const Agreement& told);
  Beat with_our_names(const Beat& beat) const;

  View view_;
  std::vector<Group> groups_;
  Out out_;
  Sender sender_;
  Leaving leaving_;
  bool exited_ = false;
  bool leaves_as_is_ = false;  // stops, and leaves what is on hold
  bool witness_warned_ = false;
  uint64_t late_said_ms_ = 0, witness_said_ms_ = 0;
  Agreement witness_told_;
};

}  // namespace hbd

#endif
