// Fills a group's hook slot, and says what the hook is told of the group.
#include "hbd/decide/hookslot.h"

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/error.h"

namespace hbd {

namespace {

const char* event_name(EventRun e) {
  static const char* const kNames[] = {"", "alone", "paired", "follow",
                                       "fence", "rebuild", "drain", "gate"};
  return kNames[static_cast<size_t>(e)];
}

// Whether the server waits for the replica: it does until the alone event,
// which comes after somebody has stored that record. Who is stopped because he
// was overtaken knows by the record of the new owner what his own was.
bool counts_on_replica(const View& v, const Group& g, HookKind kind) {
  const Record& r = g.record;
  if (kind == HookKind::Stop && r.owner != v.config.self) {
    return r.from == "paired";
  }
  return !r.alone() || g.pairing.unagreed;
}

HookRun describe(const View& v, const Group& g, HookKind kind) {
  HookRun h;
  h.group = g.index;
  h.kind = kind;
  h.grant = g.claim.grant;
  h.reason = g.reason;
  h.epoch = g.record.epoch;
  h.sync = counts_on_replica(v, g, kind) ? "paired" : "alone";
  h.start_pos = g.record.start_pos;
  h.start_from = g.record.from;
  h.attrs = v.server.attrs();
  // What a start hook did last, the watcher may not have seen yet.
  if (kind == HookKind::Stop &&
      v.server.line_ms() <= g.hook.start_end_ms() + kWatchLagMs) {
    h.attrs.erase("role");
  }
  h.peer_attrs = v.peer.beat().attrs;
  return h;
}

}  // namespace

void HookSlot::begin(uint32_t id, HookKind kind, EventRun event) {
  TANDEM_ASSERT(!is_busy());
  id_ = id;
  kind_ = kind;
  event_ = event;
  killed_ = false;
}

void HookSlot::kill(Out* out) {
  if (!is_busy() || killed_) return;
  killed_ = true;
  out->kill_hook(id_);
}

bool HookSlot::end(uint64_t now_ms, uint32_t id) {
  if (!is_busy() || id_ != id) return false;
  id_ = 0;
  if (kind_ != HookKind::Event) end_ms_ = now_ms;
  if (kind_ == HookKind::Start) start_end_ms_ = now_ms;
  return true;
}

void run_start(const View& v, Group* g, Out* out) {
  stop_asking(g, out);
  HookRun h = describe(v, *g, HookKind::Start);
  h.resource = g->owner.hook_count;
  h.lifeline_until_ms = g->lease.lifeline_ms();
  g->hook.begin(out->run_hook(&h), HookKind::Start, EventRun::None);
}

void run_stop(const View& v, Group* g, Out* out) {
  stop_asking(g, out);
  HookRun h = describe(v, *g, HookKind::Stop);
  h.resource = g->owner.hook_count - 1;
  g->hook.begin(out->run_hook(&h), HookKind::Stop, EventRun::None);
}

void run_event(const View& v, Group* g, EventRun event,
               const std::string& reason, Out* out) {
  stop_asking(g, out);
  g->reason = reason;
  HookRun h = describe(v, *g, HookKind::Event);
  h.event = event_name(event);
  g->hook.begin(out->run_hook(&h), HookKind::Event, event);
}

uint32_t run_status(const View& v, Group* g, size_t resource, Out* out) {
  HookRun h = describe(v, *g, HookKind::Status);
  h.resource = resource;
  return out->run_hook(&h);
}

}  // namespace hbd
