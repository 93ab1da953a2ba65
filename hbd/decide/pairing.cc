// When an owner counts on the replica, and what it does when it may not.
#include "hbd/decide/pairing.h"

#include <algorithm>

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/pause.h"

namespace hbd {

using tandem::LogLevel;

namespace {

// A pairing that ends earlier is a failure. A fault is somebody's doing, and
// while it is there nobody pairs: what it ends may begin again soon.
const uint64_t kHeldMs = 10000, kFaultyHeldMs = 1000;

// With one server_id on both, each would pass over what the other one writes;
// by itself a server knows only which one its source had when it connected.
promote::Faults own_faults(const View& v) {
  promote::Faults all = faults_in(v.server.attrs());
  const std::string id = v.server.attr("id");
  if (!id.empty() && id == v.peer.attr("id")) {
    all.add(promote::Fault::SameServerId);
  }
  return all.stopping_pairing();
}

promote::Faults peer_faults(const View& v) {
  return faults_in(v.peer.beat().attrs).stopping_pairing();
}

std::string fault_text(const View& v) {
  const Config& c = v.config;
  const promote::Faults own = own_faults(v);
  return own.empty() ? peer_faults(v).names() + " on " + c.peer
                     : own.names() + " on " + c.self;
}

// A line that was read before the pairing says nothing of it.
bool semi_sync_is_off(const View& v, const Group& g) {
  const uint64_t since_ms =
      std::max(v.server.sync_since_ms(), g.pairing.since_ms);
  return !g.record.alone() && v.server.is_up() &&
         v.server.attr("role") == "primary" && v.server.attr("sync") == "off" &&
         v.now_ms - since_ms > v.config.warntime_ms;
}

std::string gone_text(const View& v, Gone gone) {
  const std::string& peer = v.config.peer;
  switch (gone) {
    case Gone::No: return "";
    case Gone::Left: return peer + " left";
    case Gone::Silent: return peer + " is silent";
    case Gone::ServerDown: return "the server on " + peer + " is down";
    case Gone::Restarted: return "the server on " + peer + " was restarted";
    case Gone::NotReplicating:
      return "the server on " + peer + " does not replicate, or acknowledge";
    case Gone::Faulty: return fault_text(v);
    case Gone::Off: return "semi-sync was switched off here";
  }
  return "";
}

bool replica_is_ready(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return pg && v.peer.is_there() &&
         v.peer.answers_within(v.now_ms, v.config.warntime_ms) &&
         v.peer.beat().up && pg->holding == Holding::Idle && pg->fit &&
         pg->record == g.record && v.peer.attr("role") == "replica" &&
         v.peer.attr("source") == "yes" &&
         !v.peer.attr("instance").empty() && own_faults(v).empty() &&
         peer_faults(v).empty();
}

// Somebody who will be asked before anybody else starts knows that we are
// alone.
bool alone_is_stored(View* view, Group* g, Out* out) {
  const View& v = *view;
  const Config& c = v.config;
  const GroupBeat* pg = v.peer.group(g->config.name);
  const GroupBeat* wg = v.witness.beat().group(g->config.name);
  const bool by_peer = pg && pg->record == g->record;
  const bool by_witness = wg && wg->record == g->record;
  if (by_peer || by_witness) return true;
  if (c.has_witness()) {
    g->waiting.kind = Wait::AloneNotStored;
    return false;
  }
  // The peer will say something; one that leaves stays until it has stored
  // this.
  const bool gone = v.peer.has_left()
                        ? !v.peer_heard_within(c.deadtime_ms)
                        : v.peer.is_silent();
  if (!gone) return false;
  if (c.has_fence) {
    if (v.fence.done) return true;
    run_fence(view, g, "going alone: " + c.peer + " is silent", out);
    return false;
  }
  out->log(LogLevel::Err,
      "group %s goes alone on its own word: %s may hold another opinion",
      g->name(), c.peer.c_str());
  return true;
}

// Recorded and stored: the server is told.
void step_alone_event(const View& v, Group* g, Out* out) {
  Pairing* p = &g->pairing;
  if (v.config.has_alone && v.server.is_up()) {
    if (v.now_ms < p->retry_ms) return;
    return run_event(v, g, EventRun::Alone, "alone", out);
  }
  // A server that is down waits for nobody; it starts again alone.
  p->stage = AloneStage::None;
  if (p->failures > 0) p->retry_ms = v.now_ms + event_pause_ms(p->failures);
  out->mark_changed();
}

}  // namespace

void Pairing::begin() {
  stage = AloneStage::None;
  unagreed = false;
  failures = 0;
}

uint64_t event_pause_ms(unsigned failures) {
  return tandem::pause_ms(failures, 500, 30000);
}

Gone replica_gone(const View& v, const Group& g) {
  const std::string paired =
      g.record.alone() ? g.pairing.instance : g.record.paired;
  const uint64_t patience_ms =
      v.witness_reachable() ? v.config.warntime_ms : v.config.deadtime_ms;
  if (v.peer.has_left()) return Gone::Left;
  if (v.peer.is_silent() ||
      (v.judges() && !v.peer.answers_within(v.now_ms, patience_ms))) {
    return Gone::Silent;
  }
  if (!v.peer.beat().up) return Gone::ServerDown;
  // What was not read is not changed: it keeps the record as it is, and bars a
  // claim of that node until it is read again (data.h).
  const std::string instance = v.peer.attr("instance");
  if (!instance.empty() && instance != paired) return Gone::Restarted;
  // Not at once: when the primary's server dies, the replica may notice
  // before our watcher does, and is the one to take over.
  const std::string role = v.peer.attr("role");
  if (((!role.empty() && role != "replica") ||
       v.peer.attr("source") == "no" || v.peer.attr("sync") == "no") &&
      v.now_ms - v.peer.replica_since_ms() > v.config.warntime_ms) {
    return Gone::NotReplicating;
  }
  if (!own_faults(v).empty() || !peer_faults(v).empty()) return Gone::Faulty;
  return semi_sync_is_off(v, g) ? Gone::Off : Gone::No;
}

void record_alone(Group* g, const std::string& why, Out* out) {
  g->record.version++;
  g->record.paired.clear();
  g->pairing.stage = AloneStage::WaitAck;
  g->pairing.unagreed = true;
  out->mark_dirty();
  out->mark_changed();
  out->log(LogLevel::Warn, "group %s alone: %s (record: %s)", g->name(),
           why.c_str(), record_text(g->record).c_str());
  out->notify(g, "alone", why);
}

void step_pairing(View* view, Group* g, Out* out) {
  const View& v = *view;
  if (!v.config.tracks(g->config)) return;
  Pairing* p = &g->pairing;
  const Gone gone = replica_gone(v, *g);
  if (!g->record.alone() && gone != Gone::No) {
    const bool by_hand = gone == Gone::Faulty || gone == Gone::Off;
    const uint64_t held_ms = by_hand ? kFaultyHeldMs : kHeldMs;
    p->failures = v.now_ms - p->since_ms < held_ms ? p->failures + 1 : 0;
    record_alone(g, gone_text(v, gone), out);
  }
  if (p->stage == AloneStage::WaitAck) {
    if (!alone_is_stored(view, g, out)) return;
    p->stage = AloneStage::Event;
    p->unagreed = false;
    out->mark_dirty();
    p->retry_ms = 0;
  }
  if (p->stage == AloneStage::Event) return step_alone_event(v, g, out);
  const bool primary_here =
      v.server.is_up() &&
      (!v.server.has_watch() || v.server.attr("role") == "primary");
  if (!g->record.alone() || !v.config.has_paired || !primary_here ||
      v.now_ms < p->retry_ms || !replica_is_ready(v, *g)) {
    return;
  }
  p->instance = v.peer.attr("instance");
  run_event(v, g, EventRun::Paired, "pairing with " + v.config.peer, out);
}

void on_alone_exit(const View& v, Group* g, bool ok, Out*) {
  if (g->phase != Phase::Owning) return;
  Pairing* p = &g->pairing;
  p->stage = ok ? AloneStage::None : AloneStage::Event;
  p->retry_ms = v.now_ms + event_pause_ms(ok ? p->failures : 2);
}

void on_paired_exit(View* view, Group* g, bool ok, Out* out) {
  const View& v = *view;
  if (g->phase != Phase::Owning) return;
  Pairing* p = &g->pairing;
  const Gone gone = replica_gone(v, *g);
  if (ok && gone == Gone::No && v.server.is_up()) {
    g->record.version++;
    g->record.paired = p->instance;
    p->since_ms = v.now_ms;
    view->server.forget("found");
    out->mark_dirty();
    out->log(LogLevel::Info, "group %s paired (record: %s)", g->name(),
             record_text(g->record).c_str());
    out->notify(g, "paired", "with " + v.config.peer);
    return;
  }
  // Semi-sync may be on: off again, or writers wait for nobody.
  ++p->failures;
  p->stage = AloneStage::Event;
  p->retry_ms = 0;
  out->log(LogLevel::Warn, "group %s is not paired: %s", g->name(),
           ok && gone != Gone::No ? gone_text(v, gone).c_str()
                                  : "the event failed");
}

}  // namespace hbd
