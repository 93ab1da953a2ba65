// Orders, and what they answer.
#include "hbd/decide/command.h"

#include "hbd/decide/beside.h"
#include "hbd/decide/data.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const char kInitReason[] = "hbctl init";
const uint64_t kForceMs = 60000;
const uint64_t kWantsMs = 10000;

std::string standby(const View& v, Group* g, uint64_t limit_ms, bool* ok,
                    Out* out) {
  if (g->phase != Phase::Owning) {
    return std::string("this node does not own it (") + phase_name(g->phase) +
           ")";
  }
  if (!peer_may_take(v, *g)) {
    return v.config.peer + " may not take it: " + why_peer_may_not(v, *g);
  }
  const promote::Faults ours = faults_in(v.server.attrs()).of_account();
  if (g->config.server && !ours.empty()) {
    return "the local server would not be stopped: " + ours.names();
  }
  *ok = true;
  g->orders.held = true;
  g->orders.limit_ms = limit_ms == 0 ? 0 : v.now_ms + limit_ms;
  if (limit_ms == 0) {
    leave(v, g, Why::Standby, kStandbyReason, out);
    return "is released to " + v.config.peer;
  }
  return "is released to " + v.config.peer + ", or called off after " +
         tandem::format_duration_ms(limit_ms);
}

std::string takeover(const View& v, Group* g, bool* ok) {
  const Unfit u = unfit(v, *g);
  if (u != Unfit::No) {
    return "this node is not fit: " + unfit_text(v, u);
  }
  if (!we_hold_all(v, *g)) {
    return "this node may lack acknowledged writes (record: " +
           record_text(g->record) + "); -f REASON overrides";
  }
  const GroupBeat* pg = v.peer.group(g->config.name);
  if (!pg || v.peer.is_silent() || pg->holding != Holding::Own) {
    return "nobody owns it and it was not taken by itself: " +
           (g->waiting.text.empty() ? "see hbctl status" : g->waiting.text) +
           "; -f REASON overrides";
  }
  const promote::Faults theirs = faults_in(v.peer.beat().attrs).of_account();
  if (g->config.server && !theirs.empty()) {
    return v.config.peer + " would not let it go: its server has a fault: " +
           theirs.names();
  }
  *ok = true;
  g->orders.hold_off_ms = 0;
  g->orders.wants_until_ms = v.now_ms + kWantsMs;
  return "asks " + v.config.peer + " to give it up";
}

std::string force(const View& v, Group* g, const std::string& reason,
                  bool* ok, Out* out) {
  *ok = true;
  g->orders.force_reason = reason;
  g->orders.force_ms = v.now_ms;
  g->owner.pause_until_ms = 0;
  g->orders.hold_off_ms = 0;
  out->log(LogLevel::Err, "group %s: takeover forced by an operator: %s",
           g->name(), reason.c_str());
  out->notify(g, "forced", reason);
  return "claims it by force";
}

std::string init(const View& v, Group* g, bool* ok, Out* out) {
  if (!g->record.none()) {
    return "there is a record already (" + record_text(g->record) +
           "); takeover -f REASON overrides it";
  }
  if (v.peer.is_unheard() && v.age_ms() <= v.config.initdead_ms) {
    return "not yet: " + v.config.peer +
           " was not heard since this start and may hold a record";
  }
  *ok = true;
  g->orders.force_reason = kInitReason;
  g->orders.force_ms = v.now_ms;
  out->log(LogLevel::Warn, "group %s: first record written by an operator",
           g->name());
  return "claims it as the first owner";
}

// What failed here is forgiven: it may be tried again at once.
std::string clear(Group* g, bool* ok, Out* out) {
  *ok = true;
  g->liveness.restarts_ms.clear();
  g->owner.pause_until_ms = 0;
  g->owner.failures = g->owner.forced_soon = 0;
  g->owner.retry_ms = g->owner.keep_until_ms = 0;
  g->owner.failed_stops = 0;
  g->follow.retry_ms = 0;
  out->log(LogLevel::Info, "group %s: failures cleared by an operator",
           g->name());
  return "failures are cleared";
}

}  // namespace

bool Orders::is_init() const { return force_reason == kInitReason; }

void Orders::grow_stale(uint64_t now_ms) {
  if (now_ms - force_ms > kForceMs) force_reason.clear();
}

std::string obey(const View& v, Group* g, const Command& c, bool* ok,
                 Out* out) {
  const bool forced = c.kind == CommandKind::ForceTakeover;
  const bool moves = c.kind == CommandKind::Standby ||
                     c.kind == CommandKind::Takeover ||
                     (forced && v.peer.is_there());
  if (moves && is_left_alone(v, *g)) {
    *ok = false;
    return wait_text(v, *g, Wait::Maintenance);
  }
  const bool takes = c.kind == CommandKind::Takeover ||
                     c.kind == CommandKind::ForceTakeover;
  *ok = takes && (g->phase == Phase::Owning || g->phase == Phase::Starting);
  if (*ok) return "this node owns it already";
  if (follows_by_itself(v, *g, c.kind)) {
    *ok = c.group.empty();
    return "goes where the server's group is, after it";
  }
  switch (c.kind) {
    case CommandKind::Standby: return standby(v, g, c.limit_ms, ok, out);
    case CommandKind::Takeover: return takeover(v, g, ok);
    case CommandKind::ForceTakeover: return force(v, g, c.reason, ok, out);
    case CommandKind::Init: return init(v, g, ok, out);
    case CommandKind::Clear: return clear(g, ok, out);
    case CommandKind::Maintenance: break;  // of no group: order_maintenance()
  }
  return "?";
}

}  // namespace hbd
