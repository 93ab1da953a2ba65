// What a group does in its phases from Starting to Stopping: hooks from left
// to right, an owner's reasons to let go, hooks from right to left.
// Invariant: at most one hook of a group at a time.
#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/core.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const uint64_t kPauseMaxMs = 60000;
const uint64_t kPauseMinMs = 1000;
const uint64_t kStandbyMs = 30000;  // for the peer to claim
}  // namespace

uint64_t pause_ms(unsigned failures, uint64_t first_ms, uint64_t most_ms) {
  uint64_t ms = first_ms;
  for (unsigned i = 1; i < failures && ms < most_ms; ++i) ms *= 2;
  return std::min(ms, most_ms);
}

// 1 s, 2 s, 4 s ... at most a minute.
uint64_t pause_after(unsigned failures) {
  return pause_ms(failures, kPauseMinMs, kPauseMaxMs);
}

// ---- starting -------------------------------------------------------------

void Cluster::begin_starting(Group* g, const std::string& reason) {
  g->hook_count = 0;
  g->reason = reason;
  g->seen_owner = true;
  g->held = false;
  g->failback_since_ms = 0;
  g->instance.clear();
  set_phase(g, Phase::Starting, reason);
}

void Cluster::step_starting(Group* g) {
  if (g->hook_id != 0) return;
  if (stopping_) return release(g, Why::Leave, "hbd stops");
  if (g->hook_count < g->config.resource_count) {
    // The keeper of a resource before this one is told as well.
    const uint64_t until_ms = may_own_until(*g);
    if (g->lifeline_written_ms != 0 && until_ms > g->lifeline_written_ms) {
      actions_.push_back(Action(ActionKind::Lifeline, index_of(g), until_ms));
    }
    g->lifeline_written_ms = until_ms;
    return run_hook(g, HookKind::Start, "");
  }
  g->start_done_ms = now_ms_;
  g->failures = 0;
  if (!g->record.owner_instance.empty()) {
    g->record.owner_instance.clear();
    g->record.back = false;
    g->record.version++;
    dirty_ = true;
  }
  g->pair_retry_ms = 0;
  set_phase(g, Phase::Owning, "started");
}

void Cluster::step_owning(Group* g) {
  if (g->hook_id != 0) {
    // Pairing with a replica that has gone meanwhile: writers wait for it.
    if ((g->event == EventRun::Paired &&
         (stopping_ || !watch_up_ || !gone_why(*g).empty())) ||
        (g->event == EventRun::Fence && !peer_silent_ && !peer_left_)) {
      kill_hook(g);
    }
    return;
  }
  if (stopping_) return release(g, Why::Leave, "hbd stops");
  const GroupBeat* pg = peer_group(*g);
  const bool peer_can = peer_may_take(*g);
  if (pg && pg->holding == Holding::Claim && pg->claim.forced &&
      !peer_silent_) {
    g->giving_way = g->held = true;
    return release(g, Why::GiveWay, "takeover by an operator on " +
                   config_.peer);
  }
  if (pg && pg->wants && peer_can) {
    g->giving_way = g->held = true;
    return release(g, Why::Standby, "an operator asked on " + config_.peer);
  }
  if (!watch_up_) {
    if (peer_can) {
      g->giving_way = true;
      return release(g, Why::GiveWay, "the local server is down");
    }
    // No writer waits for a replica here: nothing to go alone for.
    wait_for(g, "the local server is down and " + config_.peer +
             " may not take it");
    return;
  }
  if (peer_can && behind_on_pings()) {
    g->giving_way = true;
    return release(g, Why::GiveWay, "the peer hears more ping nodes");
  }
  const std::string role = attr("role");
  const std::string instance = attr("instance");
  if (g->instance.empty()) g->instance = instance;
  // Up and writable, but not the one that was started: what its semi-sync
  // does is what a file says.
  const bool replaced = !instance.empty() && instance != g->instance;
  if (config_.has_watch && g->config.server &&
      (replaced || (!role.empty() && role != "primary"))) {
    const uint64_t since_ms = std::max(role_since_ms_, g->start_done_ms);
    const bool again = replaced || watch_up_since_ms_ > g->start_done_ms ||
                       now_ms_ - since_ms >= 500;
    if (again && now_ms_ >= g->pause_until_ms) {
      // Whatever is written after the restart, no replica counts for it.
      if (tracks(*g) &&
          (!g->record.paired.empty() || g->alone_stage != AloneStage::None)) {
        if (g->alone_stage == AloneStage::None) {
          record_alone(g, "the local server was restarted");
        }
        step_sync(g);
        return;
      }
      g->pause_until_ms = now_ms_ + kPauseMinMs;
      begin_starting(g, "the local server is " +
                     (replaced ? "another start of it" : role) +
                     ": start hooks again");
      return;
    }
  }
  if (!step_failback(g)) step_sync(g);
}

// ---- stopping -------------------------------------------------------------

void Cluster::release(Group* g, Why why, const std::string& reason) {
  kill_hook(g);  // one hook at a time: its exit comes first
  g->why = why;
  g->reason = reason;
  g->stop_failed = false;
  g->alone_stage = AloneStage::None;
  g->hook_count = g->config.resource_count;
  set_phase(g, Phase::Stopping, reason);
}

void Cluster::kill_hook(Group* g) {
  if (g->hook_id == 0 || g->hook_killed) return;
  g->hook_killed = true;
  Action a(ActionKind::KillHook);
  a.hook_id = g->hook_id;
  actions_.push_back(a);
}

void Cluster::force_release(Group* g, const std::string& reason) {
  const bool holds = g->phase == Phase::Starting || g->phase == Phase::Owning ||
                     (g->phase == Phase::Stopping && g->why != Why::Forced);
  if (!holds) return;
  actions_.push_back(Action(ActionKind::DropLifelines, index_of(g)));
  g->lifeline_written_ms = 0;
  g->giving_way = false;
  g->forced_owner = false;
  note(LogLevel::Err, "group %s is released by force: %s",
       g->config.name.c_str(), reason.c_str());
  release(g, Why::Forced, reason);
}

void Cluster::step_stopping(Group* g) {
  if (g->hook_id != 0) return;
  if (g->hook_count > 0) return run_hook(g, HookKind::Stop, "");
  if (g->lifeline_written_ms != 0) {
    actions_.push_back(Action(ActionKind::DropLifelines, index_of(g)));
    g->lifeline_written_ms = 0;
  }
  g->giving_way = false;
  if (g->stop_failed) {
    ++g->failures;
    g->retry_ms = now_ms_ + pause_after(g->failures);
    note(LogLevel::Err, "group %s: a stop hook failed; %s is kept out until "
         "it succeeds or this node is fenced", g->config.name.c_str(),
         config_.peer.c_str());
    set_phase(g, Phase::Stuck, "a stop hook failed");
    return;
  }
  if (g->why != Why::FailedStart) g->failures = 0;
  g->owning = false;
  g->forced_owner = false;
  if (g->why == Why::Standby) g->hold_off_ms = now_ms_ + kStandbyMs;
  if (g->why == Why::Failback) {
    g->hold_off_ms = now_ms_ + 2 * config_.deadtime_ms;
  }
  dirty_ = true;
  set_phase(g, Phase::Idle, "released");
}

}  // namespace hbd
