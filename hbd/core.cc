// The life of a group on one node: inputs, and the turn that settles them.
// What its phases do is in phases.cc, who may own and who may start in
// claim.cc, the sync record in sync.cc, handing over in order in handover.cc,
// what goes out in output.cc.
// Invariants: at most one hook of a group at a time; a Persist stands before
// any beat or hook that relies on it; nothing here knows a clock.
#include "hbd/core.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/room.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const int kSettleTurnsMax = 64;
const uint64_t kForceMs = 60000;  // an operator's order grows stale
}  // namespace

const char* phase_name(Phase p) {
  switch (p) {
    case Phase::Idle: return "idle";
    case Phase::Claiming: return "claiming";
    case Phase::Starting: return "starting";
    case Phase::Owning: return "owning";
    case Phase::Stopping: return "stopping";
    case Phase::Stuck: return "stuck";
  }
  return "?";
}

Cluster::Group::Group(const GroupConfig& c)
    : config(c), phase(Phase::Idle), need_follow(false), owning(false),
      path(Path::None), fenced(false), claim_ms(0), force_ms(0), epoch(0),
      peer_confirm_ms(0), witness_confirm_ms(0), forced_owner(false),
      forced_until_ms(0), lifeline_written_ms(0), start_done_ms(0),
      told_owned(false), held(false), forced_here(false),
      failback_since_ms(0), failback_ms(0), failbacks(0), hook_id(0),
      hook_killed(false), hook_end_ms(0), hook_kind(HookKind::Start),
      event(EventRun::None), hook_resource(0),
      why(Why::None), stop_failed(false), giving_way(false), failures(0),
      pause_until_ms(0), retry_ms(0), hold_off_ms(0), wants_until_ms(0),
      tie_since_ms(0), seen_owner(false), conflict(false),
      alone_stage(AloneStage::None), alone_unagreed(false),
      pair_retry_ms(0), pair_failures(0),
      fence_for_alone_ok(false), fence_retry_ms(0), follow_epoch(0),
      follow_begun_epoch(0), follow_retry_ms(0), follow_failures(0),
      tail(false), rebuilt_epoch(0) {}

Cluster::Cluster(const Config& config, uint64_t incarnation,
                 const State& stored, bool had_state, uint64_t now_ms)
    : config_(config), now_ms_(now_ms), started_ms_(now_ms),
      next_beat_ms_(now_ms), last_pairs_ms_(0), no_judge_until_ms_(0),
      peer_(config.peer, incarnation), witness_(config.witness, incarnation),
      peer_silent_(false), peer_late_(false), peer_left_(false),
      witness_warned_(false),
      watch_up_(!config.has_watch), watch_known_(!config.has_watch),
      watch_line_ms_(now_ms), watch_up_since_ms_(now_ms),
      role_since_ms_(now_ms), source_since_ms_(now_ms),
      peer_left_since_ms_(now_ms), peer_replica_since_ms_(now_ms),
      ping_ms_(config.ping_count, 0), ping_since_ms_(0),
      blank_(had_state ? stored.blank : true),
      epoch_seen_(had_state ? stored.epoch : 0), stopping_(false),
      leaving_(false), exited_(false), leave_deadline_ms_(0),
      leave_sent_ms_(0), next_hook_id_(1), changes_(0), dirty_(!had_state),
      trim_warned_(false), instance_warned_(false) {
  const bool has_room = find_room(&config_);
  TANDEM_ASSERT(has_room);  // the caller has checked
  for (size_t i = 0; i < config_.groups.size(); ++i) {
    groups_.push_back(Group(config_.groups[i]));
    Group& g = groups_.back();
    for (size_t k = 0; had_state && k < stored.groups.size(); ++k) {
      if (stored.groups[k].name != g.config.name) continue;
      g.record = stored.groups[k].record;
      g.need_follow = stored.groups[k].need_follow;
      g.owning = stored.groups[k].owning;
      g.alone_unagreed = stored.groups[k].unagreed;
    }
    epoch_seen_ = std::max(epoch_seen_, g.record.epoch);
    // It owned when this file was written: an hbd that was killed left its
    // hooks' work behind. Begin from a known state.
    g.told_owned = g.owning;
    if (g.owning) release(&g, Why::Boot, "left over from before this start");
  }
  note(LogLevel::Info, "node %s starts pair=%s peer=%s arbiter=%s%s",
       config_.self.c_str(), config_.pair.c_str(), config_.peer.c_str(),
       !config_.witness.empty() ? config_.witness.c_str()
                                : config_.ping_count > 0 ? "ping" : "none",
       blank_ ? " blank" : "");
  if (config_.witness.empty() && config_.ping_count == 0) {
    note(LogLevel::Warn, "no arbiter: a cut of the network gives two "
         "primaries");
  }
  settle();
}

// ---- inputs ---------------------------------------------------------------

// Every input begins here. Notices how late this process is: the caller is
// due at least every keepalive.
void Cluster::enter(uint64_t now_ms) {
  TANDEM_ASSERT(now_ms >= now_ms_);
  const uint64_t gap_ms = now_ms - now_ms_;
  now_ms_ = now_ms;
  if (gap_ms <= 2 * config_.keepalive_ms) return;
  no_judge_until_ms_ = now_ms + config_.warntime_ms;
  note(LogLevel::Warn, "node %s was late late_ms=%" PRIu64,
       config_.self.c_str(), gap_ms - config_.keepalive_ms);
  if (gap_ms <= config_.lease_ms + config_.keepalive_ms) return;
  tell(nullptr, "late", "node " + config_.self + " was late by " +
       tandem::format_duration_ms(gap_ms - config_.keepalive_ms));
  for (size_t i = 0; i < groups_.size(); ++i) {
    force_release(&groups_[i], "late by more than the lease");
  }
}

void Cluster::on_tick(uint64_t now_ms) {
  enter(now_ms);
  judge_peer();
  judge_witness();
  if (watch_up_ && config_.has_watch &&
      now_ms_ - watch_line_ms_ > tandem::kWatchSilenceMs) {
    note(LogLevel::Err, "watcher is silent: the local server counts as down");
    watch_up_ = false;
  }
  settle();
}

void Cluster::on_beat(uint64_t now_ms, const Beat& beat) {
  enter(now_ms);
  Hearing* h = nullptr;
  if (beat.pair == config_.pair && beat.to == config_.self) {
    if (!beat.witness && beat.from == config_.peer) h = &peer_;
    if (beat.witness && !config_.witness.empty() &&
        beat.from == config_.witness) {
      h = &witness_;
    }
  }
  if (!h) return;
  const Beat before = peer_.beat();
  if (h->take(now_ms_, beat, config_.deadtime_ms)) {
    const bool is_witness = h == &witness_;
    if (is_witness) {
      if (witness_warned_) {
        note(LogLevel::Info, "witness %s is heard again",
             config_.witness.c_str());
        tell(nullptr, "witness-back", "witness " + config_.witness +
             " is heard again");
      }
      witness_warned_ = false;
    } else {
      note_peer_change(before);
    }
    epoch_seen_ = std::max(epoch_seen_, beat.epoch);
    take_gossip(beat, is_witness);
    note_confirmations(*h, is_witness);
  }
  settle();
}

void Cluster::note_peer_change(const Beat& before) {
  const Beat& beat = peer_.beat();
  if (peer_.restarted()) {
    note(LogLevel::Info, "node %s has restarted", config_.peer.c_str());
    for (size_t i = 0; i < groups_.size(); ++i) {
      groups_[i].failback_since_ms = 0;
      groups_[i].forced_here = false;
    }
  }
  if (peer_silent_) {
    note(LogLevel::Info, "node %s is heard again", config_.peer.c_str());
    tell(nullptr, "heard", "node " + config_.peer + " is heard again");
  }
  peer_silent_ = false;
  if (beat.leaving && !peer_left_) peer_left_since_ms_ = now_ms_;
  peer_left_ = beat.leaving;
  if (beat.digest != peer_digest_ && beat.digest != config_.digest) {
    note(LogLevel::Err, "haresources differs from node %s's",
         config_.peer.c_str());
    tell(nullptr, "differs", "haresources differs from node " + config_.peer +
         "'s");
  }
  peer_digest_ = beat.digest;
  if (beat.attr("role") != before.attr("role") ||
      beat.attr("source") != before.attr("source")) {
    peer_replica_since_ms_ = now_ms_;
  }
}

void Cluster::on_watch(uint64_t now_ms, bool up, const tandem::Attrs& attrs) {
  enter(now_ms);
  watch_line_ms_ = now_ms_;
  watch_known_ = true;
  if (up && !watch_up_) watch_up_since_ms_ = now_ms_;
  if (up != watch_up_) {
    note(up ? LogLevel::Info : LogLevel::Warn, "server is %s",
         up ? "up" : "down");
  }
  watch_up_ = up;
  const std::string role = attr("role");
  const std::string source = attr("source");
  // What hooks published stays until the watcher says otherwise; what only
  // the watcher knows goes with a server that is down.
  const char* const watched[] = {"role", "source", "sync", "lag", "fault",
                                 "instance"};
  for (size_t i = 0; i < sizeof watched / sizeof *watched; ++i) {
    attrs_.erase(watched[i]);
  }
  for (tandem::Attrs::const_iterator it = attrs.begin(); it != attrs.end();
       ++it) {
    attrs_[it->first] = it->second;
  }
  if (tandem::escape_word(attr("instance")).size() > kInstanceBytesMax) {
    if (!instance_warned_) {
      note(LogLevel::Err, "watcher: an instance of more than %zu bytes is "
           "refused", kInstanceBytesMax);
    }
    instance_warned_ = true;
    attrs_.erase("instance");
  }
  for (size_t i = 0; i < groups_.size(); ++i) {
    // Its owner vouched for this start of our server before we knew which.
    Group& g = groups_[i];
    if (g.need_follow && g.record.owner == config_.peer &&
        !g.record.paired.empty() && g.record.paired == attr("instance")) {
      g.need_follow = false;
      dirty_ = true;
      ++changes_;
    }
  }
  if (attr("role") != role) role_since_ms_ = now_ms_;
  if (attr("source") != source) source_since_ms_ = now_ms_;
  settle();
}

void Cluster::on_watch_lost(uint64_t now_ms) {
  enter(now_ms);
  if (watch_up_ && config_.has_watch) {
    note(LogLevel::Err, "watcher ended: the local server counts as down");
    watch_up_ = false;
  }
  settle();
}

void Cluster::on_ping(uint64_t now_ms, size_t index) {
  enter(now_ms);
  if (!ping_heard_within(config_.deadtime_ms)) ping_since_ms_ = now_ms_;
  if (index < ping_ms_.size()) ping_ms_[index] = now_ms_;
  settle();
}

void Cluster::on_lifeline_broken(uint64_t now_ms, size_t group) {
  enter(now_ms);
  if (group < groups_.size()) {
    force_release(&groups_[group], "the address's keeper is gone");
  }
  settle();
}

void Cluster::on_hook_exit(uint64_t now_ms, uint32_t hook_id, bool ok,
                           const tandem::Attrs& attrs) {
  enter(now_ms);
  for (size_t i = 0; i < groups_.size(); ++i) {
    Group* g = &groups_[i];
    if (g->hook_id != hook_id || hook_id == 0) continue;
    g->hook_id = 0;
    ++changes_;
    for (tandem::Attrs::const_iterator it = attrs.begin(); it != attrs.end();
         ++it) {
      if (!tandem::attr_is_valid(it->first, it->second)) continue;
      attrs_[it->first] = it->second;
    }
    if (g->hook_kind != HookKind::Event) g->hook_end_ms = now_ms_;
    if (g->hook_kind == HookKind::Event) {
      const EventRun event = g->event;
      g->event = EventRun::None;
      if (event == EventRun::Follow) {
        g->tail = !ok && attr("rebuild") == "yes";
        attrs_.erase("rebuild");
      }
      on_event_exit(g, event, ok);
    } else if (g->hook_kind == HookKind::Start) {
      if (g->phase == Phase::Starting) {
        if (ok) {
          ++g->hook_resource;
        } else {
          ++g->failures;
          g->pause_until_ms = now_ms_ + pause_after(g->failures);
          tell(g, "failed", "a start hook failed");
          release(g, Why::FailedStart, "a start hook failed");
        }
      }
    } else if (!g->hook_killed) {
      // One that was killed: release() began the list anew since.
      if (!ok) g->stop_failed = true;
      if (g->phase == Phase::Stopping && g->hook_resource > 0) {
        --g->hook_resource;
      } else if (g->phase == Phase::Stopping) {
        g->hook_resource = SIZE_MAX;  // all have run
      }
    }
  }
  settle();
}

void Cluster::on_stop(uint64_t now_ms) {
  enter(now_ms);
  if (!stopping_) note(LogLevel::Info, "node %s stops", config_.self.c_str());
  stopping_ = true;
  settle();
}

// ---- settling -------------------------------------------------------------

void Cluster::judge_witness() {
  if (config_.witness.empty() || witness_warned_ || witness_reachable()) return;
  const uint64_t patience_ms =
      witness_.heard() ? config_.lease_ms : config_.initdead_ms;
  const uint64_t since_ms =
      witness_.heard() ? witness_.last_ms() : started_ms_;
  if (now_ms_ < no_judge_until_ms_ || now_ms_ - since_ms <= patience_ms) return;
  witness_warned_ = true;
  note(LogLevel::Err, "witness %s is not heard: if a node is lost as well, "
       "nobody serves until an operator forces it", config_.witness.c_str());
  tell(nullptr, "witness-lost", "witness " + config_.witness +
       " is not heard");
}

void Cluster::judge_peer() {
  if (peer_silent_ || !peer_.heard() || now_ms_ < no_judge_until_ms_) return;
  const bool late = !peer_.heard_within(now_ms_, config_.warntime_ms);
  if (late && !peer_late_ && !peer_left_) {
    note(LogLevel::Warn, "node %s is late late_ms=%" PRIu64,
         config_.peer.c_str(), now_ms_ - peer_.last_ms());
    tell(nullptr, "late", "node " + config_.peer + " is late");
  }
  peer_late_ = late;
  const uint64_t last_ms =
      std::min(peer_.last_ms(), peer_.confirmed_at_ms());
  if (now_ms_ - last_ms <= config_.deadtime_ms) return;
  peer_silent_ = true;
  note(LogLevel::Warn, "node %s is silent silent_ms=%" PRIu64 "%s",
       config_.peer.c_str(), now_ms_ - last_ms,
       peer_.heard_within(now_ms_, config_.deadtime_ms) ? " (it cannot hear "
       "us)" : "");
  if (!peer_left_) {
    tell(nullptr, "silent", "node " + config_.peer + " is silent");
  }
}

// Runs every group until nothing changes any more, then tells the world.
void Cluster::settle() {
  if (exited_) return;
  const bool anyone =
      witness_.heard_within(now_ms_, config_.deadtime_ms) ||
      peer_.heard_within(now_ms_, config_.deadtime_ms);
  for (size_t i = 0; i < groups_.size(); ++i) {
    if ((groups_[i].forced_owner && !anyone) ||
        (left_to_us(groups_[i]) && !witness_reachable())) {
      groups_[i].forced_until_ms = now_ms_ + config_.lease_ms;
    }
  }
  int turns = 0;
  uint64_t before;
  do {
    before = changes_;
    for (size_t i = 0; i < groups_.size(); ++i) {
      groups_[i].waiting_next.clear();
      step(&groups_[i]);
    }
    step_leaving();
    TANDEM_ASSERT(++turns < kSettleTurnsMax);
  } while (changes_ != before);
  say_why_they_wait();
  write_lifelines();
  persist();
  send_beats();
}

void Cluster::step(Group* g) {
  const bool holds = g->phase == Phase::Starting || g->phase == Phase::Owning ||
                     (g->phase == Phase::Stopping && g->why != Why::Forced &&
                      g->lifeline_written_ms != 0);
  if (holds) {
    const GroupBeat* pg = peer_group(*g);
    if (now_ms_ >= may_own_until(*g)) {
      force_release(g, "nobody confirmed us within the lease");
    } else if (g->lifeline_written_ms != 0 &&
               now_ms_ >= g->lifeline_written_ms) {
      force_release(g, "the last lifeline written has passed");
    } else if (g->record.epoch > g->epoch &&
               g->record.owner != config_.self) {
      force_release(g, "a higher epoch is owned by " + g->record.owner);
    } else if (g->conflict) {
      force_release(g, "two owners with one epoch");
    } else if (pg && pg->holding == Holding::Own &&
               pg->record.epoch == g->epoch &&
               pg->record.owner == config_.peer) {
      g->conflict = true;
      tell(g, "conflict", "two owners with one epoch");
      force_release(g, "two owners with one epoch");
    }
  }
  if (now_ms_ - g->force_ms > kForceMs) g->force_reason.clear();
  switch (g->phase) {
    case Phase::Idle: step_idle(g); break;
    case Phase::Claiming: step_claiming(g); break;
    case Phase::Starting: step_starting(g); break;
    case Phase::Owning: step_owning(g); break;
    case Phase::Stopping: step_stopping(g); break;
    case Phase::Stuck:
      if (g->hook_id == 0 && now_ms_ >= g->retry_ms) {
        release(g, g->why, "stop hooks are tried again");
      }
      break;
  }
}

void Cluster::set_phase(Group* g, Phase next, const std::string& why) {
  if (g->phase == next) return;
  note(LogLevel::Info, "group %s %s -> %s epoch=%" PRIu64 ": %s",
       g->config.name.c_str(), phase_name(g->phase), phase_name(next),
       g->epoch, why.c_str());
  g->phase = next;
  g->tie_since_ms = 0;
  ++changes_;
  if (next == Phase::Owning && !g->told_owned) tell(g, "owned", g->reason);
  if (next == Phase::Stuck) tell(g, "stuck", why);
  if (next == Phase::Idle && g->told_owned) tell(g, "released", g->reason);
  if (next == Phase::Owning) g->told_owned = true;
  if (next == Phase::Idle) g->told_owned = false;
}

}  // namespace hbd
