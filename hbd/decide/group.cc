// A group's phase and its record: the two things that every machine moves.
#include "hbd/decide/group.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

using tandem::LogLevel;

const char* phase_name(Phase p) {
  static const char* const kNames[] = {"idle", "claiming", "starting",
                                       "owning", "stopping", "stuck"};
  return kNames[static_cast<size_t>(p)];
}

void set_phase(Group* g, Phase next, const std::string& why, Out* out) {
  if (g->phase == next) return;
  out->log(LogLevel::Info, "group %s %s -> %s epoch=%" PRIu64 ": %s",
           g->name(), phase_name(g->phase), phase_name(next), g->epoch,
           why.c_str());
  out->phase(*g, next, why);
  g->phase = next;
  g->claim.tie_since_ms = 0;
  out->mark_changed();
  Owner* o = &g->owner;
  if (next == Phase::Owning && !o->told) out->notify(g, "owned", g->reason);
  if (next == Phase::Stuck) out->notify(g, "stuck", why);
  if (next == Phase::Idle && o->told) out->notify(g, "released", g->reason);
  if (next == Phase::Owning) o->told = true;
  if (next == Phase::Idle) o->told = false;
}

void adopt(View* v, Group* g, const Record& r, const std::string& from,
           Out* out) {
  const std::string& self = v->config.self;
  const bool is_new = r.epoch > g->record.epoch;
  out->log(LogLevel::Info, "group %s record from %s: %s", g->name(),
           from.c_str(), record_text(r).c_str());
  v->epoch_seen = std::max(v->epoch_seen, r.epoch);
  if (is_new && r.owner != self && v->config.has_follow && g->config.server) {
    g->need_follow = true;
  }
  // Our own claim, agreed to after we gave it up: whoever agreed had not moved
  // on from the record that we knew, so nothing lies between that we lack.
  if (is_new && r.owner == self) g->need_follow = false;
  // The owner vouches for this very start of our server.
  if (r.owner != self && !r.alone() && r.paired == v->server.attr("instance")) {
    g->need_follow = false;
  }
  g->record = r;
  v->last_word_ms = 0;
  out->mark_dirty();
  out->mark_changed();
}

void take_record(View* v, Group* g, const GroupBeat& gb,
                 const std::string& from, Out* out) {
  const Record& theirs = gb.record;
  if (g->pairing.unagreed && theirs == g->record && !v->stopping) {
    g->pairing.unagreed = false;
    out->mark_dirty();
  }
  if (is_newer(theirs, g->record)) {
    adopt(v, g, theirs, from, out);
  } else if (theirs.same_id(g->record) && theirs.owner != g->record.owner &&
             g->alarm_epoch != theirs.epoch) {
    // Epochs have parity by node: only a bug, or a name given twice.
    g->alarm_epoch = theirs.epoch;
    out->log(LogLevel::Err,
        "group %s: epoch %" PRIu64 " has two owners, %s and %s, says %s: stop one of them",
        g->name(), theirs.epoch,
             g->record.owner.c_str(), theirs.owner.c_str(), from.c_str());
    out->notify(g, "conflict", "two owners with one epoch");
  }
}

}  // namespace hbd
