// Decides who owns each resource group. Pure: no clock, no I/O, no chance;
// the caller feeds events and performs what take_actions() returns, in order.
// Same inputs, same outputs: tests/sim relies on it.
//
// Times are clock_ms() milliseconds, the same clock in every call, never
// going back (asserted). Call on_tick() whenever now reaches next_due_ms();
// calling early is harmless.
//
//            claim agreed            start hooks done
//   Idle --> Claiming --> Starting ------------------> Owning
//    ^          |            | failed, or             /  |  ^
//    |          | given up   | may no longer own     /   |  | start hooks
//    |<---------+            v                      /    v  | again
//    +---------------- Stopping <------------------+    Starting
//    stop hooks done     |  ^ retried
//                        v  | with pauses
//                        Stuck
#ifndef TANDEM_HBD_DECIDE_CORE_H
#define TANDEM_HBD_DECIDE_CORE_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/beat.h"
#include "hbd/decide/hearing.h"
#include "hbd/decide/record.h"
#include "hbd/decide/state.h"
#include "lib/log.h"
#include "lib/watch.h"

namespace hbd {

struct GroupConfig {
  std::string name;
  std::string preferred;   // haresources' node
  size_t resource_count = 0;  // hooks are run by index, 0 first
  bool server = true;      // it has the server that the watcher watches
};

// The times that a node and its witness must agree on.
struct Times {
  uint64_t keepalive_ms = 200, deadtime_ms = 2000, lease_ms = 1000;
};

// What else hbd.ini decides for the core.
struct Policy {
  uint64_t warntime_ms = 600, initdead_ms = 10000, cold_wait_ms = 600000;
  bool silent_take = true;  // silent_peer = take, else wait
  bool track_sync = true;
  bool auto_failback = false;
  uint64_t failback_wait_ms = 60000;
};

struct Config : Times, Policy {
  std::string pair, self, peer;
  std::string witness;     // "" = none
  std::string digest;      // of haresources
  std::vector<GroupConfig> groups;
  size_t ping_count = 0;   // ping nodes
  bool has_watch = true;
  // events configured
  bool has_alone = true, has_paired = true, has_follow = true;
  bool has_fence = false, has_rebuild = false, has_notify = false;
  // Set by find_room():
  size_t pos_bytes_max = tandem::kAttrValueBytesMax;  // longer: not recorded
  bool one_claim = false;  // a beat has room for one claim
};

// An instance longer than this is not one: records have it up to three times.
const size_t kInstanceBytesMax = 40;
const size_t kNoGroup = SIZE_MAX;

enum class HookKind { Start, Stop, Event };

// One run of a hook. At most one at a time per group.
struct HookRun {
  uint32_t id = 0;         // unique; given back to on_hook_exit()
  size_t group = 0;        // index in Config::groups; notify: or kNoGroup
  HookKind kind = HookKind::Start;
  size_t resource = 0;     // Start, Stop: index in the haresources line
  std::string event;       // Event: "alone", "paired", "follow", "fence" ...
  std::string what;        // notify: HB_WHAT
  std::string grant;       // HB_GRANT
  std::string reason;      // HB_REASON
  uint64_t epoch = 0;      // HB_EPOCH
  std::string sync;        // HB_SYNC: alone or paired
  std::string start_pos;   // HB_START_POS
  std::string start_from;  // HB_START_FROM
  tandem::Attrs peer_attrs;
  uint64_t lifeline_until_ms = 0;  // Start: the lifeline's first line
};

enum class ActionKind {
  Persist,       // state: durable before any later action is performed
  SendBeat,      // beat, to beat.to
  RunHook,       // hook
  KillHook,      // hook_id: KILL to its process group; its exit is reported
  Notify,        // hook: run it beside all else; nobody asks how it ended
  Lifeline,      // group may be owned until until_ms: write it to its pipes
  DropLifelines, // group: close its pipes now
  Log,
  Reply,         // to command_id
  Exit           // everything is released and told: end the process, 0
};

struct Action {
  ActionKind kind;
  State state;
  Beat beat;
  HookRun hook;
  size_t group;
  uint64_t until_ms;
  uint32_t hook_id = 0;
  tandem::LogLevel level = tandem::LogLevel::Info;
  std::string text;
  uint32_t command_id = 0;
  bool ok = false;
  explicit Action(ActionKind k, size_t g = 0, uint64_t until = 0)
      : kind(k), group(g), until_ms(until) {}
};

enum class CommandKind { Standby, Takeover, ForceTakeover, Init };

struct Command {
  CommandKind kind = CommandKind::Standby;
  std::string group;   // "" = all
  std::string reason;  // ForceTakeover
};

enum class Phase { Idle, Claiming, Starting, Owning, Stopping, Stuck };
const char* phase_name(Phase p);
// The pause after so many failures in a row: first_ms, twice that ... most_ms.
uint64_t pause_ms(unsigned failures, uint64_t first_ms, uint64_t most_ms);
uint64_t pause_after(unsigned failures);  // of a start or stop
const char kInitReason[] = "hbctl init";

// By what right a claim asks.
enum class Path { None, Peer, Left, Witness, Ping, Lonely, Fence, Force };

class Cluster {
 public:
  // stored: what the state file held; pass had_state = false when there was
  // none (the node is blank then, and says so on disk first thing).
  Cluster(const Config& config, uint64_t incarnation, const State& stored,
          bool had_state, uint64_t now_ms);

  void on_tick(uint64_t now_ms);
  // A beat whose signature was right. Strangers are ignored and counted.
  void on_beat(uint64_t now_ms, const Beat& beat);
  // A line of the watcher about the local server; and its death.
  void on_watch(uint64_t now_ms, bool up, const tandem::Attrs& attrs);
  void on_watch_lost(uint64_t now_ms);
  // The hook started by RunHook ended; attrs are its "attr" lines.
  void on_hook_exit(uint64_t now_ms, uint32_t hook_id, bool ok,
                    const tandem::Attrs& attrs);
  void on_ping(uint64_t now_ms, size_t index);  // a ping node answered
  // The reader of the group's lifeline is gone or takes no more lines.
  void on_lifeline_broken(uint64_t now_ms, size_t group);
  void on_command(uint64_t now_ms, uint32_t command_id, const Command& c);
  // Release everything in order, tell the peer, then Exit.
  void on_stop(uint64_t now_ms);

  uint64_t next_due_ms() const;
  std::vector<Action> take_actions();

  // For people, and with json for programs.
  std::string status(uint64_t now_ms, bool json) const;
  // For tests: what the group is doing, its record, and whether a reader of
  // the state would call this node its owner.
  Phase phase(size_t group) const { return groups_[group].phase; }
  const Record& record(size_t group) const { return groups_[group].record; }

 private:
  enum class Why {
    None, Standby, Failback, GiveWay, Forced, FailedStart, Leave, Boot
  };
  enum class AloneStage { None, WaitAck, Event };
  enum class EventRun { None, Alone, Paired, Follow, Fence, Rebuild };

  struct Group {
    GroupConfig config;
    Phase phase = Phase::Idle;
    Record record;        // the highest known
    Record base;          // before our last claim
    bool need_follow = false, owning = false;
    // claim
    Claim claim;
    Path path = Path::None;
    std::string grant;
    std::string force_reason;  // operator's takeover -f, waiting
    bool fenced = false;
    uint64_t claim_ms = 0;
    uint64_t force_ms = 0;       // when the operator asked
    // ownership
    uint64_t epoch = 0;          // of our claim or ownership
    // Send time of our newest beat that they confirmed for this epoch.
    uint64_t peer_confirm_ms = 0, witness_confirm_ms = 0;
    bool forced_owner = false;
    uint64_t forced_until_ms = 0;  // ours until then, whoever is heard
    uint64_t lifeline_written_ms = 0;  // last "until" written; 0 = none
    uint64_t start_done_ms = 0;
    std::string instance;        // the server that was started; "" = not seen
    bool told_owned = false;     // by notify
    // back to the preferred node
    bool held = false;           // an operator moved it away from here
    bool forced_here = false;    // an operator forced it, and holds it, here
    uint64_t failback_since_ms = 0;  // the peer could have had it since; 0 = no
    uint64_t failback_ms = 0;    // when we last gave it back
    unsigned failbacks = 0;      // and so often in vain
    // hooks
    uint32_t hook_id = 0;        // running, 0 = none
    bool hook_killed = false;
    uint64_t hook_end_ms = 0;    // of the last start or stop hook
    HookKind hook_kind = HookKind::Start;
    EventRun event = EventRun::None;
    size_t hook_count = 0;       // resources started, or still to be stopped
    std::string reason;
    Why why = Why::None;         // of Stopping
    bool stop_failed = false;
    bool giving_way = false;
    unsigned failures = 0;       // starts or stops failed in a row
    uint64_t pause_until_ms = 0;  // unfit after a failed start
    uint64_t retry_ms = 0;       // Stuck: next stop
    uint64_t hold_off_ms = 0;    // standby: not ours until then
    uint64_t wants_until_ms = 0;  // takeover asked of the peer until then
    uint64_t tie_since_ms = 0;
    bool seen_owner = false;     // somebody owned since we started
    bool conflict = false;       // two records of one id: operator decides
    // sync record
    AloneStage alone_stage = AloneStage::None;
    bool alone_unagreed = false;  // recorded here, by nobody else yet
    std::string pairing_instance;
    uint64_t pair_retry_ms = 0;
    unsigned pair_failures = 0;
    bool fence_for_alone_ok = false;
    uint64_t fence_retry_ms = 0;
    // follow
    uint64_t follow_epoch = 0, follow_begun_epoch = 0;
    std::string follow_instance;
    uint64_t follow_retry_ms = 0;
    unsigned follow_failures = 0;
    bool tail = false;           // the last follow asks for a rebuild
    uint64_t rebuilt_epoch = 0;  // where that was tried
    std::string waiting;         // why nothing happens, for status and log
    std::string waiting_next;    // the same, while it settles
    explicit Group(const GroupConfig& c) : config(c) {}
  };

  // core.cc
  void enter(uint64_t now_ms);
  void settle();
  void step(Group* g);
  void set_phase(Group* g, Phase next, const std::string& why);
  void persist();
  void note(tandem::LogLevel level, const char* fmt, ...)
      TANDEM_PRINTF(3, 4);
  // None: so that who chooses a path can say why there is none.
  Path wait_for(Group* g, const std::string& what);
  void say_why_they_wait();
  void send_beats();
  Beat make_beat() const;
  std::string beat_signature(const Beat& beat) const;
  void write_lifelines();
  void judge_peer();
  void judge_witness();
  void note_peer_change(const Beat& beat);
  void tell(const Group* g, const char* what, const std::string& reason);
  void say(tandem::LogLevel level, const char* what, const std::string& text);
  size_t index_of(const Group* g) const;
  void run_hook(Group* g, HookKind kind, const char* event);
  void run_event(Group* g, EventRun event, const std::string& reason);
  void step_starting(Group* g);
  void step_stopping(Group* g);
  void step_owning(Group* g);
  void release(Group* g, Why why, const std::string& reason);
  void kill_hook(Group* g);
  void force_release(Group* g, const std::string& reason);
  void begin_starting(Group* g, const std::string& reason);

  // handover.cc: in order, at an end and back to the preferred node
  void step_leaving();
  bool is_needed() const;
  bool left_to_us(const Group& g) const;
  bool is_well_here(const Group& g) const;
  bool is_held(const Group& g) const;
  uint64_t failback_due_ms(const Group& g) const;
  std::string failback_text(const Group& g) const;
  bool step_failback(Group* g);

  // claim.cc: who may own, who may start
  void adopt(Group* g, const Record& r, const std::string& from);
  void take_gossip(const Beat& beat, bool from_witness);
  void note_confirmations(const Hearing& h, bool from_witness);
  uint64_t may_own_until(const Group& g) const;
  std::string unfit_why(const Group& g) const;
  bool is_fit(const Group& g) const;
  bool is_fit_or_says(Group* g);
  bool is_ready_or_says(Group* g, const std::string& who);
  std::string may_lack(const Group& g) const;
  bool holds_all_writes(const Group& g, const std::string& node,
                        const tandem::Attrs& attrs) const;
  bool we_hold_all(const Group& g) const;
  bool peer_holds_all(const Group& g) const;
  bool peer_may_take(const Group& g) const;
  bool peer_is_better(const Group& g) const;
  const GroupBeat* peer_group(const Group& g) const;
  const GroupBeat* witness_group(const Group& g) const;
  bool witness_reachable() const;
  bool behind_on_pings() const;
  uint64_t ping_score() const;
  bool has_arbiter() const {
    return !config_.witness.empty() || config_.ping_count > 0;
  }
  bool ping_settled() const;
  bool peer_is_well(const Group& g) const;
  Path choose_path(Group* g);
  Path choose_first(Group* g, const GroupBeat& pg);
  Path choose_unheard(Group* g);
  Path choose_silent(Group* g);
  Path choose_left(Group* g);
  Path choose_heard(Group* g);
  uint64_t next_epoch() const;
  void describe_claim(const Group& g, Record* claimed) const;
  void begin_claim(Group* g, Path path);
  void step_idle(Group* g);
  void step_claiming(Group* g);
  bool claim_agreed(const Group& g) const;
  bool accept_peer_claim(Group* g);
  bool stored_by(const GroupBeat* gb, const Group& g) const;
  void hand_back(Group* g);
  bool tracks(const Group& g) const {
    return config_.track_sync && g.config.server;
  }

  // sync.cc: the sync record, follow
  std::string gone_why(const Group& g) const;  // of the replica; "" = here
  bool replica_ready(const Group& g) const;
  bool alone_is_agreed(Group* g);
  void record_alone(Group* g, const std::string& why);
  void step_sync(Group* g);
  void step_follow(Group* g);
  void run_fence(Group* g, const std::string& reason);
  void on_event_exit(Group* g, bool ok);

  // command.cc
  std::string command_on(Group* g, const Command& c, bool* ok);
  std::string attr(const char* key) const;       // of the local server
  std::string peer_attr(const char* key) const;

  Config config_;
  uint64_t now_ms_, started_ms_, next_beat_ms_;
  uint64_t no_judge_until_ms_ = 0;
  Hearing peer_;
  Hearing witness_;
  bool peer_silent_ = false, peer_late_ = false, peer_left_ = false;
  bool witness_warned_ = false;
  bool watch_up_, watch_known_;
  uint64_t watch_line_ms_, watch_up_since_ms_, role_since_ms_, source_since_ms_;
  uint64_t peer_left_since_ms_;
  uint64_t peer_replica_since_ms_;  // its role or source last changed
  tandem::Attrs attrs_;
  std::vector<uint64_t> ping_ms_;  // last answer, 0 = never
  uint64_t ping_since_ms_ = 0;     // ping nodes answer without a gap since
  bool blank_;
  uint64_t epoch_seen_;
  std::vector<Group> groups_;
  bool stopping_ = false, leaving_ = false, exited_ = false;
  uint64_t leave_deadline_ms_ = 0, leave_sent_ms_ = 0;
  uint32_t next_hook_id_ = 1;
  uint64_t changes_ = 0;
  bool dirty_;                     // state differs from the last Persist
  bool trim_warned_ = false, instance_warned_ = false;
  std::string last_signature_;
  std::string peer_digest_;        // the last one that was compared
  std::vector<Action> actions_;
};

}  // namespace hbd

#endif
