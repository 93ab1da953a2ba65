// When may a start be called off for good: walk handed-back.
#include "hbd/decide/handback.h"

#include <inttypes.h>

#include "hbd/decide/data.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

namespace {

// The peer would have it, and knows of our epoch.
bool peer_takes_it(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return pg && v.peer.is_there() && pg->holding == Holding::Idle &&
         pg->record == g.record && v.peer.beat().up && !v.peer.beat().blank;
}

// The watcher's line must be younger than what our hooks may have done.
bool was_never_opened(const View& v, const Group& g) {
  return v.server.is_up() && v.server.attr("role") == "replica" &&
         v.server.line_ms() > g.hook.end_ms() + kWatchLagMs;
}

}  // namespace

void hand_back(View* v, Group* g, Out* out) {
  Record* r = &g->record;
  const bool stays = is_fit(*v, *g) && we_hold_all(*v, *g);
  if (!v->config.tracks(g->config) || r->owner != v->config.self || stays ||
      r->owner_instance.empty() || !r->back || !peer_takes_it(*v, *g) ||
      !was_never_opened(*v, *g)) {
    return;
  }
  // Again when its server was restarted: it has its own writes in any case.
  const std::string instance = v->peer.attr("instance");
  if (instance.empty() || r->paired == instance) return;
  r->version++;
  r->paired = instance;
  out->log(tandem::LogLevel::Warn,
      "group %s: handed back, nothing was written in epoch %" PRIu64,
      g->name(), r->epoch);
  out->mark_dirty();
  out->mark_changed();
}

}  // namespace hbd
