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
#ifndef TANDEM_HBD_CORE_H
#define TANDEM_HBD_CORE_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/beat.h"
#include "hbd/hearing.h"
#include "hbd/record.h"
#include "hbd/state.h"
#include "lib/log.h"
#include "lib/watch.h"

namespace hbd {

struct GroupConfig {
  std::string name;
  std::string preferred;   // haresources' node
  size_t resource_count;   // hooks are run by index, 0 first
  bool server;             // it has the server that the watcher watches
  GroupConfig() : resource_count(0), server(true) {}
};

struct Config {
  std::string pair, self, peer;
  std::string witness;     // "" = none
  std::string digest;      // of haresources
  std::vector<GroupConfig> groups;
  size_t ping_count;       // ping nodes
  uint64_t keepalive_ms, warntime_ms, deadtime_ms, lease_ms, initdead_ms;
  uint64_t cold_wait_ms;
  bool silent_take;        // silent_peer = take, else wait
  bool track_sync;
  bool has_watch;
  bool has_alone, has_paired, has_follow, has_fence;  // events configured
  bool has_rebuild, has_notify;
  bool auto_failback;
  uint64_t failback_wait_ms;
  size_t pos_bytes_max;    // set by find_room(): a longer one is not recorded
  bool one_claim;          // the same: a beat has room for one claim
  Config()
      : ping_count(0), keepalive_ms(200), warntime_ms(600), deadtime_ms(2000),
        lease_ms(1000), initdead_ms(10000), cold_wait_ms(600000),
        silent_take(true), track_sync(true), has_watch(true), has_alone(true),
        has_paired(true), has_follow(true), has_fence(false),
        has_rebuild(false), has_notify(false), auto_failback(false),
        failback_wait_ms(60000), pos_bytes_max(tandem::kAttrValueBytesMax),
        one_claim(false) {}
};

// An instance longer than this is not one: records have it up to three times.
const size_t kInstanceBytesMax = 40;
const size_t kNoGroup = SIZE_MAX;

enum class HookKind { Start, Stop, Event };

// One run of a hook. At most one at a time per group.
struct HookRun {
  uint32_t id;             // unique; given back to on_hook_exit()
  size_t group;            // index in Config::groups; notify: or kNoGroup
  HookKind kind;
  size_t resource;         // Start, Stop: index in the haresources line
  std::string event;       // Event: "alone", "paired", "follow", "fence" ...
  std::string what;        // notify: HB_WHAT
  std::string grant;       // HB_GRANT
  std::string reason;      // HB_REASON
  uint64_t epoch;          // HB_EPOCH
  std::string sync;        // HB_SYNC: alone or paired
  std::string start_pos;   // HB_START_POS
  std::string start_from;  // HB_START_FROM
  tandem::Attrs peer_attrs;
  uint64_t lifeline_until_ms;  // Start: the lifeline's first line
  HookRun() : id(0), group(0), kind(HookKind::Start), resource(0), epoch(0),
              lifeline_until_ms(0) {}
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
  uint32_t hook_id;
  size_t group;
  uint64_t until_ms;
  tandem::LogLevel level;
  std::string text;
  uint32_t command_id;
  bool ok;
  explicit Action(ActionKind k)
      : kind(k), hook_id(0), group(0), until_ms(0),
        level(tandem::LogLevel::Info), command_id(0), ok(false) {}
};

enum class CommandKind { Standby, Takeover, ForceTakeover, Init };

struct Command {
  CommandKind kind;
  std::string group;   // "" = all
  std::string reason;  // ForceTakeover
  Command() : kind(CommandKind::Standby) {}
};

enum class Phase { Idle, Claiming, Starting, Owning, Stopping, Stuck };
const char* phase_name(Phase p);
// The pause after so many failures in a row.
uint64_t pause_after(unsigned failures);
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
    Phase phase;
    Record record;        // the highest known
    Record base;          // before our last claim
    bool need_follow, owning;
    // claim
    Claim claim;
    Path path;
    std::string grant;
    std::string force_reason;  // operator's takeover -f, waiting
    bool fenced;
    uint64_t claim_ms;
    uint64_t force_ms;           // when the operator asked
    // ownership
    uint64_t epoch;              // of our claim or ownership
    uint64_t peer_confirm_ms;    // send time of our newest beat that the
    uint64_t witness_confirm_ms; // peer or witness confirmed for this epoch
    bool forced_owner;
    uint64_t forced_until_ms;    // ours until then, whoever is heard
    uint64_t lifeline_written_ms;  // last "until" written; 0 = none
    uint64_t start_done_ms;
    std::string instance;        // the server that was started; "" = not seen
    bool told_owned;             // by notify
    // back to the preferred node
    bool held;                   // an operator moved it away from here
    bool forced_here;            // an operator forced it, and holds it, here
    uint64_t failback_since_ms;  // the peer could have had it since; 0 = no
    uint64_t failback_ms;        // when we last gave it back
    unsigned failbacks;          // and so often in vain
    // hooks
    uint32_t hook_id;            // running, 0 = none
    bool hook_killed;
    uint64_t hook_end_ms;        // of the last start or stop hook
    HookKind hook_kind;
    EventRun event;
    size_t hook_resource;
    std::string reason;
    Why why;                     // of Stopping
    bool stop_failed;
    bool giving_way;
    unsigned failures;           // starts or stops failed in a row
    uint64_t pause_until_ms;     // unfit after a failed start
    uint64_t retry_ms;           // Stuck: next stop
    uint64_t hold_off_ms;        // standby: not ours until then
    uint64_t wants_until_ms;     // takeover asked of the peer until then
    uint64_t tie_since_ms;
    bool seen_owner;             // somebody owned since we started
    bool conflict;               // two records of one id: operator decides
    // sync record
    AloneStage alone_stage;
    bool alone_unagreed;         // recorded here, by nobody else yet
    std::string pairing_instance;
    uint64_t pair_retry_ms;
    unsigned pair_failures;
    bool fence_for_alone_ok;
    uint64_t fence_retry_ms;
    // follow
    uint64_t follow_epoch, follow_begun_epoch;
    std::string follow_instance;
    uint64_t follow_retry_ms;
    unsigned follow_failures;
    bool tail;                   // the last follow asks for a rebuild
    uint64_t rebuilt_epoch;      // where that was tried
    std::string waiting;         // why nothing happens, for status and log
    std::string waiting_next;    // the same, while it settles
    explicit Group(const GroupConfig& c);
  };

  // core.cc
  void enter(uint64_t now_ms);
  void settle();
  void step(Group* g);
  void set_phase(Group* g, Phase next, const std::string& why);
  void persist();
  void note(tandem::LogLevel level, const char* fmt, ...)
      TANDEM_PRINTF(3, 4);
  void wait_for(Group* g, const std::string& what);
  void say_why_they_wait();
  void send_beats();
  Beat make_beat() const;
  std::string beat_signature(const Beat& beat) const;
  void write_lifelines();
  void judge_peer();
  void judge_witness();
  void note_peer_change(const Beat& beat);
  void tell(const Group* g, const char* what, const std::string& reason);
  size_t index_of(const Group* g) const;
  uint32_t run_hook(Group* g, HookKind kind, size_t resource,
                    const char* event);
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
  bool ping_heard_within(uint64_t ms) const;
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
  bool replica_gone(const Group& g, std::string* why) const;
  bool replica_ready(const Group& g) const;
  bool alone_is_agreed(Group* g);
  void record_alone(Group* g, const std::string& why);
  void step_sync(Group* g);
  void step_follow(Group* g);
  void run_fence(Group* g, const std::string& reason);
  void on_event_exit(Group* g, EventRun event, bool ok);

  // command.cc
  std::string command_on(Group* g, const Command& c, bool* ok);
  std::string attr(const char* key) const;       // of the local server
  std::string peer_attr(const char* key) const;

  Config config_;
  uint64_t now_ms_, started_ms_, next_beat_ms_, last_pairs_ms_;
  uint64_t no_judge_until_ms_;
  Hearing peer_;
  Hearing witness_;
  bool peer_silent_, peer_late_, peer_left_, witness_warned_;
  bool watch_up_, watch_known_;
  uint64_t watch_line_ms_, watch_up_since_ms_, role_since_ms_, source_since_ms_;
  uint64_t peer_left_since_ms_;
  uint64_t peer_replica_since_ms_;  // its role or source last changed
  tandem::Attrs attrs_;
  std::vector<uint64_t> ping_ms_;  // last answer, 0 = never
  uint64_t ping_since_ms_;         // ping nodes answer without a gap since
  bool blank_;
  uint64_t epoch_seen_;
  std::vector<Group> groups_;
  bool stopping_, leaving_, exited_;
  uint64_t leave_deadline_ms_, leave_sent_ms_;
  uint32_t next_hook_id_;
  uint64_t changes_;
  bool dirty_;                     // state differs from the last Persist
  bool trim_warned_, instance_warned_;
  std::string last_signature_;
  std::string peer_digest_;        // the last one that was compared
  std::vector<Action> actions_;
};

}  // namespace hbd

#endif
