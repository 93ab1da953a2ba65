// The order, who keeps it, and how it ends.
#include "hbd/decide/maintenance.h"

#include <algorithm>

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/lease.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

// From the end of the maintenance to that of a hold: the time to get a lease
// and new keepers.
const uint64_t kGraceMs = 60000;
// What others wait longer: two clocks drift by less than 90 s in a day.
const uint64_t kMarginMs = 120000;
// An order that is not kept by all within this is taken back.
const uint64_t kAgreeMs = 5000;

// Owned, and about to be started, stopped or moved on neither node.
bool is_at_rest(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  if (g.phase == Phase::Owning) {
    return !g.owner.leaves && pg && pg->holding == Holding::Idle;
  }
  return g.phase == Phase::Idle && pg && pg->holding == Holding::Own &&
         !pg->starting;
}

// Why nobody may order it now; "": one may.
std::string objection(const View& v, const std::vector<Group>& groups) {
  const Config& c = v.config;
  const Maintenance& m = v.maintenance;
  if (m.is_on(v.now_ms)) return "it is on already: 'hbctl maintenance off' first";
  for (const std::string& node : {c.self, c.peer}) {
    if (!m.may_hold(v.now_ms, node)) continue;
    return "the last one has not ended: " + node +
           " may hold its addresses for it still";
  }
  if (!v.peer.is_there() || !v.peer_heard_within(c.lease_ms)) {
    return c.peer + " is not heard, and has to keep it too";
  }
  if (v.disagrees()) {
    return c.peer + " does not agree with this node: see hbctl status";
  }
  if (c.has_witness() && !v.witness_reachable()) {
    return "the witness is not heard, and has to keep it too";
  }
  for (const Group& g : groups) {
    if (!is_at_rest(v, g)) {
      return "group " + g.config.name + " is not owned, or moves just now";
    }
  }
  return "";
}

bool is_kept_by_all(const View& v, const std::vector<Group>& groups) {
  for (const Group& g : groups) {
    if (!is_at_rest(v, g)) return false;
  }
  const Config& c = v.config;
  const Maintenance& m = v.maintenance;
  if (c.has_witness() && (!v.witness_reachable() ||
                          !m.is_kept_by(v.witness.beat().maintenance))) {
    return false;
  }
  return v.peer_heard_within(c.lease_ms) && !v.disagrees() &&
         m.is_kept_by(v.peer.beat().maintenance);
}

// None of our addresses is on hold: each has a lease again, or is gone.
bool holds_nothing(const View& v, const std::vector<Group>& groups) {
  const uint64_t settled_ms = 2 * tandem::kernel_backstop_ms(v.config.lease_ms);
  for (const Group& g : groups) {
    if (g.phase == Phase::Idle || g.phase == Phase::Claiming) continue;
    if (g.phase != Phase::Owning || g.owner.kept ||
        g.lease.is_on_hold() ||
        v.now_ms - g.lease.hold_ended_ms() < settled_ms) {
      return false;
    }
  }
  return true;
}

void tell(const std::string& text, LogLevel level, Out* out) {
  out->mark_dirty();
  out->mark_changed();
  out->notify_and_log(level, "maintenance", text);
}

}  // namespace

void Maintenance::begin(uint64_t now_ms, uint64_t version, uint64_t left_ms) {
  version_ = version;
  until_ms_ = left_ms == 0 ? 0 : now_ms + left_ms;
  asked_ms_ = 0;
  // Off: what was held is held until who holds it says otherwise.
  agreed_ = agreed_ && left_ms == 0;
  if (left_ms == 0) return;
  for (const std::string& node : nodes_) {
    holds_[node] = std::max(hold_ms(node), until_ms_ + kGraceMs);
  }
}

void Maintenance::order(uint64_t now_ms, uint64_t left_ms) {
  const uint64_t parity = nodes_[0] < nodes_[1] ? 0 : 1;
  const uint64_t next = version_ + 1 + (version_ + 1 + parity) % 2;
  begin(now_ms, next, std::min(left_ms, kMaintenanceMsMax));
  asked_ms_ = now_ms;
}

bool Maintenance::take(uint64_t now_ms, const std::string& from,
                       const MaintenanceBeat& said) {
  bool changed = false;
  if (said.version > version_) {
    begin(now_ms, said.version, std::min(said.left_ms, kMaintenanceMsMax));
    changed = true;
  }
  // By the clock of one it is over: so it is for all. Ours may have been set
  // while no hbd ran here.
  if (said.version == version_ && said.left_ms == 0 && is_on(now_ms)) {
    until_ms_ = now_ms;
    changed = true;
  }
  if (said.version == version_ && said.left_ms == 0 && !said.holds) {
    changed |= holds_.erase(from) != 0;
  }
  return changed;
}

MaintenanceBeat Maintenance::to_say(uint64_t now_ms,
                                    const std::string& self) const {
  MaintenanceBeat b;
  b.version = version_;
  b.left_ms = left_ms(now_ms);
  b.holds = hold_ms(self) != 0;
  return b;
}

void Maintenance::restore(uint64_t now_ms, const KeptMaintenance& kept) {
  version_ = kept.version;
  until_ms_ = kept.left_ms == 0 ? 0 : now_ms + kept.left_ms;
  agreed_ = kept.agreed;
  for (const auto& h : kept.holds) holds_[h.first] = now_ms + h.second;
}

KeptMaintenance Maintenance::to_keep(uint64_t now_ms) const {
  KeptMaintenance kept;
  kept.version = version_;
  kept.left_ms = left_ms(now_ms);
  kept.agreed = agreed_;
  for (const auto& h : holds_) {
    if (h.second + kMarginMs <= now_ms) continue;
    kept.holds[h.first] = h.second - std::min(h.second, now_ms);
  }
  return kept;
}

uint64_t Maintenance::hold_ms(const std::string& node) const {
  const std::map<std::string, uint64_t>::const_iterator it = holds_.find(node);
  return it == holds_.end() ? 0 : it->second;
}

uint64_t Maintenance::barred_ms(uint64_t now_ms,
                                const std::string& node) const {
  const uint64_t until_ms = hold_ms(node);
  return until_ms == 0 || until_ms + kMarginMs <= now_ms
             ? 0 : until_ms + kMarginMs - now_ms;
}

bool is_left_alone(const View& v, const Group& g) {
  const Maintenance& m = v.maintenance;
  return m.is_on(v.now_ms) || (g.record.owner == v.config.peer &&
                               m.may_hold(v.now_ms, v.config.peer));
}

void end_maintenance(View* v, const std::string& why, Out* out) {
  v->maintenance.order(v->now_ms, 0);
  tell("maintenance ends: " + why, LogLevel::Warn, out);
}

bool has_other_holds(const State& stored, const std::string& digest) {
  const KeptMaintenance& kept = stored.maintenance;
  const std::map<std::string, uint64_t>::const_iterator own =
      kept.holds.find(stored.node);
  if (!kept.agreed || own == kept.holds.end() || own->second == 0 ||
      kept.digest == digest) {
    return false;
  }
  for (const GroupState& g : stored.groups) {
    if (g.owning && g.record.owner == stored.node) return true;
  }
  return false;
}

std::string order_maintenance(View* v, const std::vector<Group>& groups,
                              uint64_t left_ms, bool* ok, Out* out) {
  Maintenance* m = &v->maintenance;
  const Config& c = v->config;
  const std::string why = left_ms == 0 ? "" : objection(*v, groups);
  *ok = why.empty();
  if (!*ok) return "no maintenance: " + why;
  if (left_ms == 0 && !m->is_on(v->now_ms)) return "no maintenance is on";
  if (left_ms == 0) {
    end_maintenance(v, "an operator ends it", out);
    return "maintenance ends";
  }
  m->order(v->now_ms, left_ms);
  const std::string text = tandem::format_duration_ms(left_ms);
  tell("maintenance for " + text + " asked for by an operator",
       LogLevel::Warn, out);
  return "asks " + c.peer + (c.has_witness() ? " and " + c.witness : "") +
         " to keep a maintenance of " + text;
}

void step_maintenance(View* v, std::vector<Group>* groups, Out* out) {
  Maintenance* m = &v->maintenance;
  const std::string& self = v->config.self;
  if (m->is_on(v->now_ms) && !m->has_agreed()) {
    if (is_kept_by_all(*v, *groups)) {
      m->agree();
      tell("maintenance for " + tandem::format_duration_ms(
               m->left_ms(v->now_ms)) + ": nothing is started, stopped or moved",
           LogLevel::Warn, out);
    } else if (m->asked_ms() != 0 && v->now_ms - m->asked_ms() > kAgreeMs) {
      end_maintenance(v, "the others do not keep it, or a group moves", out);
    }
  }
  for (Group& g : *groups) g.lease.hold(*v, g);
  if (!m->is_on(v->now_ms) && m->hold_ms(self) != 0 &&
      holds_nothing(*v, *groups)) {
    m->forget_hold(self);
    v->last_word_ms = 0;
    tell("maintenance is over", LogLevel::Info, out);
  }
}

const char* maintenance_state(const View& v) {
  const Maintenance& m = v.maintenance;
  if (m.is_agreed(v.now_ms)) return "on";
  if (m.is_on(v.now_ms)) return "asked";
  return m.may_hold(v.now_ms, v.config.self) ||
                 m.may_hold(v.now_ms, v.config.peer)
             ? "ending" : "off";
}

}  // namespace hbd
