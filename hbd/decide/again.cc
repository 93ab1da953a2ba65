// An owner whose server or keepers are not the ones that it started.
#include "hbd/decide/again.h"

#include <algorithm>

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const uint64_t kReadOnlyMs = 500;  // of an owner's server, before it acts
const uint64_t kAgainMs = 1000;    // to the next time

// Up and perhaps writable, but not the one that was started: what its semi-sync
// does is what a file says.
bool is_replaced(const View& v, Group* g) {
  const std::string instance = v.server.attr("instance");
  if (g->owner.instance.empty()) g->owner.instance = instance;
  return !instance.empty() && instance != g->owner.instance;
}

// Why the start hooks are to be run again; "": they are not. The server that
// was started is not the one that runs, or is read-only: after a restart it
// boots so. Or nobody keeps the address by a lease.
std::string cause_to_start_again(const View& v, Group* g) {
  const Owner& o = g->owner;
  const std::string role = v.server.attr("role");
  const bool replaced = is_replaced(v, g);
  if (g->lease.is_on_hold()) return "";  // until there is a lease again
  if (o.kept) return "a maintenance is over";
  if (!v.server.has_watch() || !g->config.server ||
      (!replaced && (role.empty() || role == "primary"))) {
    return "";
  }
  const uint64_t since_ms = std::max(v.server.role_since_ms(), o.started_ms);
  const bool again = replaced || v.server.up_since_ms() > o.started_ms ||
                     v.now_ms - since_ms >= kReadOnlyMs;
  return again ? "the local server is " +
                     (replaced ? "another start of it" : role)
               : "";
}

}  // namespace

bool starts_again(View* view, Group* g, Out* out) {
  const View& v = *view;
  Owner* o = &g->owner;
  const std::string cause = cause_to_start_again(v, g);
  if (cause.empty() || v.now_ms < o->pause_until_ms) return false;
  // Whatever is written after the restart, no replica counts for it.
  if (v.config.tracks(g->config) &&
      (!g->record.alone() || g->pairing.stage != AloneStage::None)) {
    if (g->pairing.stage == AloneStage::None) {
      record_alone(g, o->kept ? cause : "the local server was restarted", out);
    }
    step_pairing(view, g, out);
    return true;
  }
  o->pause_until_ms = v.now_ms + kAgainMs;
  begin_starting(g, cause + ": start hooks again", out);
  return true;
}

// Writers must not wait for a replica that is gone, and must for one that is
// counted on: that goes on in a maintenance, and nothing else.
void step_left_alone(View* view, Group* g, Out* out) {
  const View& v = *view;
  g->waiting.kind = Wait::Maintenance;
  if (!v.server.is_up()) return;
  // Not heard yet is not gone.
  if (v.peer.is_unheard() && v.age_ms() <= v.config.deadtime_ms) return;
  if (v.config.tracks(g->config) && g->config.server && is_replaced(v, g)) {
    g->owner.instance = v.server.attr("instance");
    if (!g->record.alone()) {
      record_alone(g, "the local server was restarted", out);
    }
  }
  step_pairing(view, g, out);
}

// What was recorded is known; what the event behind it has done is not.
void keep_on(const View& v, Group* g, uint64_t hold_ms, Out* out) {
  g->phase = Phase::Owning;
  g->epoch = g->record.epoch;
  g->reason = "on hold since before this start";
  g->seen_owner = true;
  g->owner.kept = true;
  g->claim.grant = v.config.has_arbiter() ? "peer" : "none";
  g->owner.began_ms = g->owner.started_ms = v.now_ms;
  g->lease.begin_held(hold_ms);
  if (g->record.alone() && v.config.tracks(g->config)) {
    g->pairing.stage =
        g->pairing.unagreed ? AloneStage::WaitAck : AloneStage::Event;
  }
  out->log(LogLevel::Warn, "group %s: %s: owned on as it is", g->name(),
           g->reason.c_str());
}

}  // namespace hbd
