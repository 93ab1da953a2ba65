// What a group does in its phases from Starting to Stuck.
// Invariant: at most one hook of a group at a time.
#include "hbd/decide/owner.h"

#include <algorithm>

#include "hbd/decide/again.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/pause.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const uint64_t kPauseMinMs = 1000;
const uint64_t kPauseMaxMs = 60000;
const uint64_t kStandbyMs = 30000;    // for the peer to claim
// An ownership that ends by force after less was none; and the pause then.
const uint64_t kSoonMs = 2000, kForcedMostMs = 4000;
const char kTooLate[] = "the order's time is over";

// 1 s, 2 s, 4 s ... at most a minute.
uint64_t pause_after(unsigned failures) {
  return tandem::pause_ms(failures, kPauseMinMs, kPauseMaxMs);
}

// A right that is lost as soon as it is had, on a link that loses most beats:
// the first time it is tried again at once, then ever more rarely.
void pause_after_force(const View& v, Owner* o) {
  const bool soon = o->why == Why::Forced && v.now_ms - o->began_ms < kSoonMs;
  o->forced_soon = soon ? o->forced_soon + 1 : 0;
  if (o->forced_soon < 2) return;
  o->pause_until_ms = v.now_ms + tandem::pause_ms(o->forced_soon - 1,
                                                  kPauseMinMs, kForcedMostMs);
}

// The group's hooks may have run, and its keepers may have been told that they
// may go on.
bool is_held(const Group& g) {
  return g.phase == Phase::Starting || g.phase == Phase::Owning ||
         (g.phase == Phase::Stopping && g.owner.why != Why::Forced);
}

// How sessions end before the group goes: those at its address, or those of a
// server whose address stays.
EventRun drain_of(const View& v, const Group& g) {
  const Config& c = v.config;
  if (!g.config.server && !g.config.follows) return EventRun::None;
  if (g.config.address) return c.has_drain ? EventRun::Drain : EventRun::None;
  return g.config.server && c.has_gate ? EventRun::Gate : EventRun::None;
}

// A group that was about to follow the server's, which is here again.
bool is_home(const View& v, const Group& g) {
  return g.config.follows && v.server_at == Place::Here;
}

// There is somebody to drain for, and something to drain.
bool can_drain(const View& v, const Group& g) {
  return (g.config.follows || v.server.is_up()) && can_give(v, g);
}

// A hook of an owner that has lost its sense: pairing with a replica that has
// gone meanwhile, for which writers wait, or shooting a peer that is alive.
bool is_pointless(const View& v, const Group& g) {
  switch (g.hook.event()) {
    case EventRun::Paired:
      return v.stopping || !v.server.is_up() ||
             replica_gone(v, g) != Gone::No;
    case EventRun::Fence: return v.peer.is_there();
    case EventRun::Drain:
    case EventRun::Gate: return !can_drain(v, g) || is_home(v, g);
    case EventRun::None:
    case EventRun::Alone:
    case EventRun::Follow:
    case EventRun::Rebuild: break;
  }
  return false;
}

void give_way(Group* g, Why why, const std::string& reason, Out* out) {
  g->owner.giving_way = true;
  release(g, why, reason, out);
}

// Nobody takes it by force, and the server is there: to serve on is better than
// to serve nobody. The right to own is check_right()'s, before the first hook.
// Who claims what we let go of waits for us to be idle, and gives that up when
// he hears us own.
bool can_roll_back(const View& v, const Group& g) {
  const Owner& o = g.owner;
  const GroupBeat* pg = v.peer.group(g.config.name);
  return o.giving_way && !v.stopping &&
         (!g.config.server || v.server.is_up()) && pg &&
         !(pg->holding == Holding::Claim && pg->claim.forced);
}

bool is_too_late(const View& v, const Group& g) {
  return g.orders.limit_ms != 0 && v.now_ms >= g.orders.limit_ms;
}

Wait why_it_stays(const Group& g) {
  return g.owner.called_off.empty() ? Wait::StopFailed : Wait::CalledOff;
}

// An order, before anything was stopped for it.
void call_off(const View& v, Group* g, const std::string& why, Out* out) {
  g->owner.leaves = false;
  g->owner.called_off = why;
  g->owner.keep_until_ms = v.now_ms + kPauseMinMs;
  g->orders.held = false;
  g->orders.limit_ms = 0;
  out->log(LogLevel::Warn, "group %s: is not given away, %s", g->name(),
           why.c_str());
  out->mark_changed();
}

// The address has not gone yet when it is the server's hook that fails: what
// was stopped before it is started again.
void roll_back(const View& v, Group* g, Out* out) {
  Owner* o = &g->owner;
  if (o->called_off.empty()) ++o->failed_stops;
  o->keep_until_ms = v.now_ms + pause_after(std::max(o->failed_stops, 1u));
  o->rolls_back = true;
  o->unstarted = kNoResource;
  o->retry_ms = 0;
  o->giving_way = false;
  g->orders.held = false;
  g->orders.limit_ms = 0;
  const std::string cause =
      o->called_off.empty() ? "a stop hook failed" : o->called_off;
  const std::string why = cause + ", and it is owned here again: " + g->reason;
  out->log(LogLevel::Err, "group %s: %s", g->name(), why.c_str());
  out->notify(g, "failed", why);
  start_from(g, o->hook_count, cause, out);
}

// An operator wants it on the peer. True: it is being released. A forced claim
// of an epoch below ours came second: it ends when the peer hears of us.
bool yields_to_operator(const View& v, Group* g, bool peer_can, Out* out) {
  const GroupBeat* pg = v.peer.group(g->config.name);
  const bool forced = pg && pg->holding == Holding::Claim &&
                      pg->claim.forced && v.peer.is_there() &&
                      pg->claim.record.epoch > g->epoch;
  const bool asked = pg && pg->wants && peer_can && !is_home(v, *g);
  if (!forced && !asked) return false;
  g->orders.held = true;
  if (forced) {
    give_way(g, Why::InOrder, "takeover by an operator on " + v.config.peer,
             out);
  } else {
    leave(v, g, Why::Standby, "an operator asked on " + v.config.peer, out);
  }
  return true;
}

}  // namespace

// ---- the right to own -----------------------------------------------------

void check_right(const View& v, Group* g, Out* out) {
  const bool holds =
      is_held(*g) &&
      (g->phase != Phase::Stopping || g->lease.has_lifeline());
  if (!holds) return;
  if (v.now_ms >= g->lease.until_ms(v, *g)) {
    force_release(g, "nobody confirmed us within the lease", out);
  } else if (g->lease.lifeline_has_passed(v.now_ms)) {
    force_release(g, "the last lifeline written has passed", out);
  } else if (g->record.epoch > g->epoch && g->record.owner != v.config.self) {
    force_release(g, "a higher epoch is owned by " + g->record.owner, out);
  }
}

// ---- starting -------------------------------------------------------------

void begin_starting(Group* g, const std::string& reason, Out* out) {
  g->owner.hook_count = 0;
  g->reason = reason;
  g->seen_owner = true;
  g->orders.held = false;
  g->orders.wants_until_ms = 0;  // it is ours: nothing is left to ask for
  g->failback.since_ms = 0;
  g->owner.instance.clear();
  g->owner.rolls_back = g->owner.kept = false;
  set_phase(g, Phase::Starting, reason, out);
}

void start_from(Group* g, size_t resource, const std::string& reason,
                Out* out) {
  g->owner.hook_count = resource;
  g->reason = reason;
  set_phase(g, Phase::Starting, reason, out);
}

namespace {

// A start hook that fails in a roll back keeps nobody from the others; when
// they are through, it is tried again.
void start_those_that_failed(const View& v, Group* g) {
  Owner* o = &g->owner;
  if (o->hook_count < g->config.resource_count ||
      o->unstarted == kNoResource) {
    return;
  }
  o->hook_count = o->unstarted;
  o->unstarted = kNoResource;
  o->retry_ms = v.now_ms + pause_after(o->failures);
}

}  // namespace

void step_starting(const View& v, Group* g, Out* out) {
  if (g->owner.rolls_back) g->waiting.kind = why_it_stays(*g);
  if (g->hook.is_busy()) return;
  if (v.stopping) return release(g, Why::InOrder, "hbd stops", out);
  if (g->owner.rolls_back) {
    if (g->config.server && !v.server.is_up()) {
      return give_way(g, Why::InOrder, "the local server is down", out);
    }
    start_those_that_failed(v, g);
    if (v.now_ms < g->owner.retry_ms) return;
  }
  if (g->owner.hook_count < g->config.resource_count) {
    g->lease.write_for_start(v, *g, out);
    return run_start(v, g, out);
  }
  g->owner.started_ms = v.now_ms;
  g->owner.failures = 0;
  g->owner.rolls_back = false;
  if (!g->record.owner_instance.empty()) {
    g->record.owner_instance.clear();
    g->record.back = false;
    g->record.version++;
    out->mark_dirty();
  }
  g->pairing.retry_ms = 0;
  g->liveness.next_ms = v.now_ms + v.config.status_ms;
  set_phase(g, Phase::Owning, "started", out);
}

void on_resource_exit(const View& v, Group* g, bool ok, Out* out) {
  Owner* o = &g->owner;
  if (g->hook.kind() == HookKind::Stop) {
    if (g->hook.was_killed()) {
      // Or release() began the list anew since.
      if (!o->called_off.empty() && can_roll_back(v, *g)) {
        --o->hook_count;
        roll_back(v, g, out);
      }
      return;
    }
    if (!ok) o->stop_failed = true;
    if (g->phase == Phase::Stopping) {
      --o->hook_count;
      if (!ok && can_roll_back(v, *g)) roll_back(v, g, out);
    }
  } else if (g->phase == Phase::Starting && ok) {
    ++o->hook_count;
  } else if (g->phase == Phase::Starting) {
    fail_start(v, g, "a start hook failed", out);
  }
}

void fail_start(const View& v, Group* g, const std::string& reason, Out* out) {
  Owner* o = &g->owner;
  ++o->failures;
  // A resource that could not be stopped may serve as it is meanwhile.
  if (o->rolls_back) {
    o->unstarted = std::min(o->unstarted, o->hook_count);
    ++o->hook_count;
    return out->mark_changed();
  }
  o->pause_until_ms = v.now_ms + pause_after(o->failures);
  out->notify(g, "failed", reason);
  release(g, Why::FailedStart, reason, out);
}

// ---- owning ---------------------------------------------------------------

void step_owning(View* view, Group* g, Out* out) {
  const View& v = *view;
  if (g->hook.is_busy()) {
    if (is_pointless(v, *g) || (g->owner.leaves && is_too_late(v, *g))) {
      g->hook.kill(out);
    }
    return;
  }
  if (is_too_late(v, *g)) call_off(v, g, kTooLate, out);
  if (g->owner.leaves && is_left_alone(v, *g) && !v.stopping) {
    call_off(v, g, "a maintenance has begun", out);
  }
  if (g->owner.leaves) {
    return run_event(v, g, drain_of(v, *g), g->owner.leave_reason, out);
  }
  // Who follows the server's group goes after it.
  if (v.stopping && !is_home(v, *g)) {
    return leave(v, g, Why::InOrder, "hbd stops", out);
  }
  if (is_left_alone(v, *g) && !v.stopping) {
    return step_left_alone(view, g, out);
  }
  const bool peer_can = can_give(v, *g);
  if (v.now_ms < g->owner.keep_until_ms) g->waiting.kind = why_it_stays(*g);
  if (yields_to_operator(v, g, peer_can, out)) return;
  if (!v.server.is_up() && !g->config.follows) {
    if (peer_may_take(v, *g)) {
      return give_way(g, Why::InOrder, "the local server is down", out);
    }
    // No writer waits for a replica here: nothing to go alone for.
    g->waiting.kind = Wait::NobodyCanTake;
    return;
  }
  const promote::Faults stuck =
      faults_in(v.server.attrs()).of_writing();
  if (peer_can && g->config.server && !stuck.empty()) {
    return give_way(g, Why::InOrder,
                    "the local server cannot write: " + stuck.names(), out);
  }
  if (peer_can && is_behind_on_pings(v)) {
    return give_way(g, Why::InOrder, "the peer hears more ping nodes", out);
  }
  if (peer_can && is_flapping(v, *g)) {
    return give_way(g, Why::InOrder, unfit_text(v, Unfit::Flapping), out);
  }
  if (starts_again(view, g, out)) return;
  if (g->orders.limit_ms == 0 && step_failback(v, g, out)) return;
  step_pairing(view, g, out);
  if (!g->hook.is_busy() && g->orders.limit_ms != 0) {
    leave_when_applied(v, g, out);
    if (g->phase != Phase::Owning) return;
  }
  if (!g->hook.is_busy()) step_liveness(v, g, out);
}

bool can_give(const View& v, const Group& g) {
  return peer_may_take(v, g) && v.now_ms >= g.owner.keep_until_ms &&
         (!g.config.server ||
          faults_in(v.server.attrs()).of_account().empty());
}

// ---- stopping -------------------------------------------------------------

void leave(const View& v, Group* g, Why why, const std::string& reason,
           Out* out) {
  Owner* o = &g->owner;
  if (drain_of(v, *g) == EventRun::None || !can_drain(v, *g)) {
    o->giving_way = why != Why::InOrder;
    return release(g, why, reason, out);
  }
  if (o->leaves) return;
  o->leaves = true;
  o->why = why;
  o->leave_reason = reason;
  out->log(LogLevel::Info, "group %s: drains first: %s", g->name(),
           reason.c_str());
  if (g->hook.is_busy()) {
    g->hook.kill(out);
  } else {
    run_event(v, g, drain_of(v, *g), reason, out);
  }
}

void leave_when_applied(const View& v, Group* g, Out* out) {
  const bool waits = g->config.server && v.config.tracks(g->config) &&
                     v.peer.attr("lag") != "0";
  if (!peer_may_take(v, *g)) {
    const std::string peer = v.config.peer;
    return call_off(v, g, peer + " may not take it any more", out);
  }
  if (waits) {
    g->waiting.kind = Wait::PeerApplies;
    return;
  }
  leave(v, g, Why::Standby, kStandbyReason, out);
}

// Whatever became of it: who did not come to rest is cut by the stop hooks.
void on_drain_exit(const View& v, Group* g, Out* out) {
  Owner* o = &g->owner;
  if (!o->leaves || g->phase != Phase::Owning) return;
  o->leaves = false;
  if (is_too_late(v, *g) && !v.stopping) {
    return call_off(v, g, kTooLate, out);
  }
  const bool is_up = g->config.follows || v.server.is_up();
  const bool stays = is_home(v, *g) || (is_up && !can_give(v, *g));
  if (stays && !v.stopping) {
    g->orders.held = false;
    g->orders.limit_ms = 0;
    out->log(LogLevel::Warn, "group %s: is not given away, %s", g->name(),
             is_home(v, *g)
                 ? "the server's is here again"
                 : (v.config.peer + " may not take it any more").c_str());
    return;
  }
  o->giving_way = !v.stopping;
  release(g, o->why, o->leave_reason, out);
}

void release(Group* g, Why why, const std::string& reason, Out* out) {
  stop_asking(g, out);
  g->hook.kill(out);  // one hook at a time: its exit comes first
  g->owner.why = why;
  g->reason = reason;
  g->owner.stop_failed = g->owner.rolls_back = g->owner.leaves = false;
  g->owner.called_off.clear();
  if (why != Why::Standby) g->orders.limit_ms = 0;
  g->pairing.stage = AloneStage::None;
  g->owner.hook_count = g->config.resource_count;
  set_phase(g, Phase::Stopping, reason, out);
}

void force_release(Group* g, const std::string& reason, Out* out) {
  if (!is_held(*g)) return;
  g->lease.drop_lifeline(*g, out);
  g->owner.giving_way = false;
  g->lease.end();
  out->log(LogLevel::Err, "group %s is released by force: %s", g->name(),
           reason.c_str());
  release(g, Why::Forced, reason, out);
}

void step_stopping(const View& v, Group* g, Out* out) {
  Owner* o = &g->owner;
  if (o->hook_count > 0 && is_too_late(v, *g) && can_roll_back(v, *g)) {
    o->called_off = kTooLate;
    if (!g->hook.is_busy()) return roll_back(v, g, out);
    return g->hook.kill(out);
  }
  if (g->hook.is_busy()) return;
  if (o->hook_count > 0) return run_stop(v, g, out);
  if (g->lease.has_lifeline()) g->lease.drop_lifeline(*g, out);
  o->giving_way = false;
  if (o->stop_failed) {
    ++o->failures;
    o->retry_ms = v.now_ms + pause_after(o->failures);
    out->log(LogLevel::Err,
             "group %s: a stop hook failed; %s is kept out until it succeeds or this node is fenced",
             g->name(), v.config.peer.c_str());
    return set_phase(g, Phase::Stuck, "a stop hook failed", out);
  }
  o->failed_stops = 0;
  g->orders.limit_ms = 0;
  if (o->why != Why::FailedStart) o->failures = 0;
  pause_after_force(v, o);
  g->owning = false;
  g->lease.end();
  if (o->why == Why::Standby) g->orders.hold_off_ms = v.now_ms + kStandbyMs;
  if (o->why == Why::Failback) {
    g->orders.hold_off_ms = v.now_ms + 2 * v.config.deadtime_ms;
  }
  out->mark_dirty();
  set_phase(g, Phase::Idle, "released", out);
}

void step_stuck(const View& v, Group* g, Out* out) {
  if (g->hook.is_busy() || v.now_ms < g->owner.retry_ms) return;
  release(g, g->owner.why, "stop hooks are tried again", out);
}

}  // namespace hbd
