// When follow runs: not while the owner counts on what this server has
// received, and not again when it has succeeded for this epoch and server.
#include "hbd/decide/follow.h"

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const uint64_t kSourceGoneMs = 1000;  // a reconnection takes less
const uint64_t kSettleMs = 1000;      // after a success

bool owner_is_stable(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return g.record.owner == v.config.peer && pg && v.peer.is_there() &&
         v.peer_heard_within(v.config.warntime_ms) &&
         pg->holding == Holding::Own && v.peer.beat().up &&
         pg->record.epoch == g.record.epoch &&
         v.peer.attr("role") == "primary";
}

bool is_needed(const View& v, const Group& g) {
  const std::string instance = v.server.attr("instance");
  const std::string role = v.server.attr("role");
  if (g.need_follow || v.blank) return true;
  // A watcher that could not read the server says nothing against it.
  if (v.server.has_watch() && role.empty()) return false;
  // One stray write there, and its applier stops. Read-only is all that this
  // changes on a replica that the owner counts on.
  if (faults_in(v.server.attrs()).has(promote::Fault::WritableReplica)) {
    return true;
  }
  // The owner counts on this very server: what it has received must not be
  // touched before the owner has gone alone.
  if (!g.record.alone() && g.record.paired == instance) return false;
  const bool broken =
      role != "replica" ||
      (v.server.attr("source") == "no" &&
       v.now_ms - v.server.source_since_ms() > kSourceGoneMs);
  return broken || g.follow.epoch != g.record.epoch ||
         g.follow.instance != instance;
}

// What only this server has was never acknowledged, says the follow event.
bool wants_rebuild(const View& v, const Group& g) {
  const Follow& f = g.follow;
  return f.tail && f.begun_epoch == g.record.epoch && v.config.has_rebuild &&
         f.rebuilt_epoch != g.record.epoch;
}

}  // namespace

void step_follow(const View& v, Group* g, Out* out) {
  Follow* f = &g->follow;
  if (!v.config.has_follow || !g->config.server || v.stopping ||
      !v.server.is_up() || !v.server.is_known() || v.now_ms < f->retry_ms ||
      !owner_is_stable(v, *g) || !is_needed(v, *g)) {
    return;
  }
  const std::string& peer = v.config.peer;
  if (wants_rebuild(v, *g)) {
    f->rebuilt_epoch = g->record.epoch;
    const std::string reason =
        "ahead of " + peer + " by what was never acknowledged";
    out->log(LogLevel::Warn, "group %s: the local server is rebuilt: %s",
             g->name(), reason.c_str());
    out->notify(g, "rebuild", reason);
    return run_event(v, g, EventRun::Rebuild, reason, out);
  }
  f->begun_epoch = g->record.epoch;
  run_event(v, g, EventRun::Follow,
            peer + " owns epoch " + std::to_string(g->record.epoch), out);
}

void on_follow_exit(View* v, Group* g, bool ok, Out* out) {
  Follow* f = &g->follow;
  f->tail = !ok && v->server.attr("rebuild") == "yes";
  v->server.forget("rebuild");
  if (!ok) {
    ++f->failures;
    f->retry_ms = v->now_ms + event_pause_ms(f->failures);
    out->log(LogLevel::Err, "group %s cannot follow %s; this node is kept out",
             g->name(), v->config.peer.c_str());
    if (f->failures == 1) {
      out->notify(g, "kept-out", "cannot follow " + v->config.peer);
    }
    return;
  }
  if (f->begun_epoch != g->record.epoch) return;
  g->need_follow = false;
  v->blank = false;
  f->epoch = g->record.epoch;
  f->instance = v->server.attr("instance");
  f->failures = 0;
  f->retry_ms = v->now_ms + kSettleMs;
  out->mark_dirty();
  out->log(LogLevel::Info, "group %s follows %s", g->name(),
           v->config.peer.c_str());
}

void on_rebuild_exit(const View& v, Group* g, bool ok, Out* out) {
  out->log(ok ? LogLevel::Info : LogLevel::Err, "group %s: the rebuild %s",
           g->name(), ok ? "is done" : "failed");
  g->follow.retry_ms = v.now_ms + event_pause_ms(ok ? 1 : 2);
}

}  // namespace hbd
