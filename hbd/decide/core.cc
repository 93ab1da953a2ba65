// The life of a group on one node: inputs, and the turn that settles them.
// What its phases do is in phases.cc, who may own and who may start in
// claim.cc, the sync record in sync.cc, handing over in order in handover.cc,
// what goes out in output.cc.
// Invariants: at most one hook of a group at a time; a Persist stands before
// any beat or hook that relies on it; nothing here knows a clock.
#include "hbd/decide/core.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/beatsize.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const int kSettleTurnsMax = 64;
const uint64_t kForceMs = 60000;  // an operator's order grows stale
}  // namespace

const char* phase_name(Phase p) {
  static const char* const kNames[] = {"idle", "claiming", "starting",
                                       "owning", "stopping", "stuck"};
  return kNames[static_cast<size_t>(p)];
}

Cluster::Cluster(const Config& config, uint64_t incarnation,
                 const State& stored, bool had_state, uint64_t now_ms)
    : config_(config), now_ms_(now_ms), started_ms_(now_ms),
      next_beat_ms_(now_ms), peer_(config.peer, incarnation),
      witness_(config.witness, incarnation), watch_up_(!config.has_watch),
      watch_known_(!config.has_watch), watch_line_ms_(now_ms),
      watch_up_since_ms_(now_ms), role_since_ms_(now_ms),
      source_since_ms_(now_ms), peer_left_since_ms_(now_ms),
      peer_replica_since_ms_(now_ms), ping_ms_(config.ping_count, 0),
      blank_(had_state ? stored.blank : true),
      epoch_seen_(had_state ? stored.epoch : 0), dirty_(!had_state) {
  const bool has_room = find_room(&config_);
  TANDEM_ASSERT(has_room);  // the caller has checked
  for (const GroupConfig& c : config_.groups) {
    groups_.push_back(Group(c));
    Group& g = groups_.back();
    for (const GroupState& s : stored.groups) {
      if (!had_state || s.name != g.config.name) continue;
      g.record = s.record;
      g.need_follow = s.need_follow;
      g.owning = s.owning;
      g.alone_unagreed = s.unagreed;
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
  if (!has_arbiter()) {
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
  for (Group& g : groups_) {
    force_release(&g, "late by more than the lease");
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
        say(LogLevel::Info, "witness-back", "witness " + config_.witness +
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
    for (Group& g : groups_) {
      g.failback_since_ms = 0;
      g.forced_here = false;
    }
  }
  if (peer_silent_) {
    say(LogLevel::Info, "heard", "node " + config_.peer + " is heard again");
  }
  peer_silent_ = false;
  if (beat.leaving && !peer_left_) peer_left_since_ms_ = now_ms_;
  peer_left_ = beat.leaving;
  if (beat.digest != peer_digest_ && beat.digest != config_.digest) {
    say(LogLevel::Err, "differs", "haresources differs from node " +
        config_.peer + "'s");
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
  for (const char* key : watched) attrs_.erase(key);
  for (const auto& a : attrs) attrs_[a.first] = a.second;
  if (tandem::escape_word(attr("instance")).size() > kInstanceBytesMax) {
    if (!instance_warned_) {
      note(LogLevel::Err, "watcher: an instance of more than %zu bytes is "
           "refused", kInstanceBytesMax);
    }
    instance_warned_ = true;
    attrs_.erase("instance");
  }
  for (Group& g : groups_) {
    // Its owner vouched for this start of our server before we knew which.
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
  if (ping_score() == 0) ping_since_ms_ = now_ms_;
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
    for (const auto& a : attrs) {
      if (tandem::attr_is_valid(a.first, a.second)) attrs_[a.first] = a.second;
    }
    if (g->hook_kind == HookKind::Event) {
      on_event_exit(g, ok);
      continue;
    }
    g->hook_end_ms = now_ms_;
    if (g->hook_kind == HookKind::Stop) {
      // One that was killed: release() began the list anew since.
      if (g->hook_killed) continue;
      if (!ok) g->stop_failed = true;
      if (g->phase == Phase::Stopping) --g->hook_count;
    } else if (g->phase == Phase::Starting && ok) {
      ++g->hook_count;
    } else if (g->phase == Phase::Starting) {
      ++g->failures;
      g->pause_until_ms = now_ms_ + pause_after(g->failures);
      tell(g, "failed", "a start hook failed");
      release(g, Why::FailedStart, "a start hook failed");
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
  for (Group& g : groups_) {
    if ((g.forced_owner && !anyone) ||
        (left_to_us(g) && !witness_reachable())) {
      g.forced_until_ms = now_ms_ + config_.lease_ms;
    }
  }
  int turns = 0;
  uint64_t before;
  do {
    before = changes_;
    for (Group& g : groups_) {
      g.waiting_next.clear();
      step(&g);
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
