// The sync record of a group that this node owns: alone, or paired with one
// start of the replica's server; and the follow event of a standby.
// To alone: recorded where somebody else can find it, then writers go on.
// To paired: writers wait for the replica, then it is recorded.
#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/core.h"

namespace hbd {

using tandem::LogLevel;

namespace {
uint64_t event_pause_ms(unsigned failures) {
  return pause_ms(failures, 500, 30000);
}
}  // namespace

// Decided from the replica's own watcher and its beats, never from the
// primary's status: an idle primary goes on showing a replica that is gone.
std::string Cluster::gone_why(const Group& g) const {
  const std::string paired =
      g.record.paired.empty() ? g.pairing_instance : g.record.paired;
  const uint64_t patience_ms =
      witness_reachable() ? config_.warntime_ms : config_.deadtime_ms;
  if (peer_left_) return config_.peer + " left";
  if (peer_silent_ || (now_ms_ >= no_judge_until_ms_ &&
                       !peer_.heard_within(now_ms_, patience_ms))) {
    return config_.peer + " is silent";
  }
  const std::string server = "the server on " + config_.peer;
  if (!peer_.beat().up) return server + " is down";
  if (peer_attr("instance") != paired) return server + " was restarted";
  // Not at once: when the primary's server dies, the replica may notice
  // before our watcher does, and is the one to take over.
  if ((peer_attr("role") != "replica" || peer_attr("source") == "no") &&
      now_ms_ - peer_replica_since_ms_ > config_.warntime_ms) {
    return server + " does not replicate";
  }
  return std::string();
}

bool Cluster::replica_ready(const Group& g) const {
  const GroupBeat* pg = peer_group(g);
  return pg && !peer_silent_ && !peer_left_ &&
         peer_.heard_within(now_ms_, config_.warntime_ms) &&
         peer_.beat().up && pg->holding == Holding::Idle && pg->fit &&
         pg->record == g.record && peer_attr("role") == "replica" &&
         peer_attr("source") == "yes" && !peer_attr("instance").empty();
}

void Cluster::record_alone(Group* g, const std::string& why) {
  g->record.version++;
  g->record.paired.clear();
  g->alone_stage = AloneStage::WaitAck;
  g->alone_unagreed = true;
  g->fence_for_alone_ok = false;
  dirty_ = true;
  ++changes_;
  note(LogLevel::Warn, "group %s alone: %s (record: %s)",
       g->config.name.c_str(), why.c_str(), record_text(g->record).c_str());
  tell(g, "alone", why);
}

// Somebody who will be asked before anybody else starts knows it.
bool Cluster::alone_is_agreed(Group* g) {
  const GroupBeat* pg = peer_group(*g);
  const GroupBeat* wg = witness_group(*g);
  const bool by_peer = pg && pg->record == g->record;
  const bool by_witness = wg && wg->record == g->record;
  if (by_peer || by_witness) return true;
  if (!config_.witness.empty()) {
    wait_for(g, "neither " + config_.peer + " nor the witness has stored "
             "that this node is alone; writers wait");
    return false;
  }
  if (!peer_silent_ && !peer_left_) return false;  // it will say something
  if (config_.has_fence) {
    if (g->fence_for_alone_ok) return true;
    if (now_ms_ >= g->fence_retry_ms) {
      run_fence(g, "going alone: " + config_.peer + " is silent");
    }
    return false;
  }
  note(LogLevel::Err, "group %s goes alone on its own word: %s may hold "
       "another opinion", g->config.name.c_str(), config_.peer.c_str());
  return true;
}

void Cluster::run_fence(Group* g, const std::string& reason) {
  note(LogLevel::Warn, "group %s fences %s: %s", g->config.name.c_str(),
       config_.peer.c_str(), reason.c_str());
  tell(g, "fencing", reason);
  run_event(g, EventRun::Fence, reason);
}

// Called while Owning with no hook running.
void Cluster::step_sync(Group* g) {
  if (!tracks(*g)) return;
  const std::string gone = gone_why(*g);
  if (!g->record.paired.empty() && !gone.empty()) record_alone(g, gone);
  if (g->alone_stage == AloneStage::WaitAck) {
    if (!alone_is_agreed(g)) return;
    g->alone_stage = AloneStage::Event;
    g->alone_unagreed = false;
    dirty_ = true;
    g->pair_retry_ms = 0;
  }
  if (g->alone_stage == AloneStage::Event) {
    if (!config_.has_alone || !watch_up_) {
      // A server that is down waits for nobody; it starts again alone.
      g->alone_stage = AloneStage::None;
      ++changes_;
      return;
    }
    if (now_ms_ >= g->pair_retry_ms) run_event(g, EventRun::Alone, "alone");
    return;
  }
  const bool primary_here =
      watch_up_ && (!config_.has_watch || attr("role") == "primary");
  if (!g->record.paired.empty() || !config_.has_paired || !primary_here ||
      now_ms_ < g->pair_retry_ms || !replica_ready(*g)) {
    return;
  }
  g->pairing_instance = peer_attr("instance");
  run_event(g, EventRun::Paired, "pairing with " + config_.peer);
}

void Cluster::on_event_exit(Group* g, bool ok) {
  const std::string gone = gone_why(*g);
  const EventRun event = g->event;
  g->event = EventRun::None;
  switch (event) {
    case EventRun::None: break;
    case EventRun::Alone:
      if (g->phase != Phase::Owning) break;
      g->alone_stage = ok ? AloneStage::None : AloneStage::Event;
      g->pair_retry_ms = now_ms_ + event_pause_ms(ok ? g->pair_failures : 2);
      break;
    case EventRun::Paired:
      if (g->phase != Phase::Owning) break;
      if (ok && gone.empty() && watch_up_) {
        g->record.version++;
        g->record.paired = g->pairing_instance;
        g->pair_failures = 0;
        dirty_ = true;
        note(LogLevel::Info, "group %s paired (record: %s)",
             g->config.name.c_str(), record_text(g->record).c_str());
        tell(g, "paired", "with " + config_.peer);
      } else {
        // Semi-sync may be on: off again, or writers wait for nobody.
        ++g->pair_failures;
        g->alone_stage = AloneStage::Event;
        g->pair_retry_ms = 0;
        note(LogLevel::Warn, "group %s is not paired: %s",
             g->config.name.c_str(),
             ok && !gone.empty() ? gone.c_str() : "the event failed");
      }
      break;
    case EventRun::Follow:
      g->tail = !ok && attr("rebuild") == "yes";
      attrs_.erase("rebuild");
      if (ok && g->follow_begun_epoch != g->record.epoch) break;
      if (ok) {
        g->need_follow = false;
        blank_ = false;
        g->follow_epoch = g->record.epoch;
        g->follow_instance = attr("instance");
        g->follow_failures = 0;
        g->follow_retry_ms = now_ms_ + 1000;
        dirty_ = true;
        note(LogLevel::Info, "group %s follows %s", g->config.name.c_str(),
             config_.peer.c_str());
      } else {
        ++g->follow_failures;
        g->follow_retry_ms = now_ms_ + event_pause_ms(g->follow_failures);
        note(LogLevel::Err, "group %s cannot follow %s; this node is kept out",
             g->config.name.c_str(), config_.peer.c_str());
        if (g->follow_failures == 1) {
          tell(g, "kept-out", "cannot follow " + config_.peer);
        }
      }
      break;
    case EventRun::Rebuild:
      note(ok ? LogLevel::Info : LogLevel::Err, "group %s: the rebuild %s",
           g->config.name.c_str(), ok ? "is done" : "failed");
      g->follow_retry_ms = now_ms_ + event_pause_ms(ok ? 1 : 2);
      break;
    case EventRun::Fence:
      g->fence_retry_ms = now_ms_ + 5000;
      if (ok && g->phase == Phase::Idle) g->fenced = true;
      if (ok && g->phase == Phase::Owning) g->fence_for_alone_ok = true;
      if (!ok) note(LogLevel::Err, "fencing %s failed", config_.peer.c_str());
      break;
  }
}

// A standby, while the peer owns stably: be its replica again.
void Cluster::step_follow(Group* g) {
  if (!config_.has_follow || !g->config.server || stopping_ || !watch_up_ ||
      !watch_known_ || now_ms_ < g->follow_retry_ms ||
      g->record.owner != config_.peer) {
    return;
  }
  const GroupBeat* pg = peer_group(*g);
  const bool stable = pg && !peer_silent_ && !peer_left_ &&
                      peer_.heard_within(now_ms_, config_.warntime_ms) &&
                      pg->holding == Holding::Own && peer_.beat().up &&
                      pg->record.epoch == g->record.epoch &&
                      peer_attr("role") == "primary";
  if (!stable) return;
  // The owner counts on this very server: what it has received must not be
  // touched before the owner has gone alone.
  const bool vouched = !g->record.paired.empty() &&
                       g->record.paired == attr("instance");
  if (vouched && !g->need_follow && !blank_) return;
  const bool broken =
      attr("role") != "replica" ||
      (attr("source") == "no" && now_ms_ - source_since_ms_ > 1000);
  if (!g->need_follow && !blank_ && !broken &&
      g->follow_epoch == g->record.epoch &&
      g->follow_instance == attr("instance")) {
    return;
  }
  // What only this server has was never acknowledged, says the follow event.
  if (g->tail && g->follow_begun_epoch == g->record.epoch &&
      config_.has_rebuild && g->rebuilt_epoch != g->record.epoch) {
    g->rebuilt_epoch = g->record.epoch;
    const std::string reason =
        "ahead of " + config_.peer + " by what was never acknowledged";
    note(LogLevel::Warn, "group %s: the local server is rebuilt: %s",
         g->config.name.c_str(), reason.c_str());
    tell(g, "rebuild", reason);
    return run_event(g, EventRun::Rebuild, reason);
  }
  g->follow_begun_epoch = g->record.epoch;
  run_event(g, EventRun::Follow, config_.peer + " owns epoch " +
            std::to_string(g->record.epoch));
}

}  // namespace hbd
