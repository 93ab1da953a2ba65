// The audit of starts: by what right a node begins to run its start hooks, and
// the witness grants. design.md: "Who may start", "The grant", "Witness".
#include <algorithm>

#include "lib/text.h"
#include "tests/sim/audit.h"
#include "tests/sim/world.h"

namespace sim {

using hbd::Holding;

namespace {
bool stored(const hbd::GroupBeat* gb, const hbd::HookRun& run,
            const std::string& owner) {
  return gb && gb->record.epoch == run.epoch && gb->record.owner == owner;
}
}  // namespace

// The first start hook of an epoch.
void Audit::look_at_start(size_t host, size_t id, const hbd::HookRun& run) {
  const bool forced = nodes_[host].groups[id].forced;
  std::string wrong = wrong_right(host, id, run);
  if (wrong.empty() && !forced) wrong = wrong_data(host, id);
  if (!wrong.empty()) {
    return fail(host, tandem::format("starts group %zu, grant %s: %s", id,
                                     run.grant.c_str(), wrong.c_str()));
  }
  // An order whose claim was stored before it could be obeyed (hbd ended
  // meanwhile) is obeyed by that record.
  const hbd::Record& before = nodes_[host].groups[id].before;
  const bool by_record = before.owner == w_.hosts[host].name &&
                         before.epoch == forced_[host][id];
  forced_[host][id] = 0;
  if (!forced && !by_record) return;
  // Whatever else was acknowledged is given up by the operator; and who could
  // not be asked goes on. One that hears nobody keeps it whatever the others
  // have stored and do by it: of it they hear, and it does not of them.
  if (w_.shape(id).has(Part::Server)) w_.forget_destroyed(w_.hosts[host]);
  if (nodes_[host].groups[id].lonely) w_.promise.one_address = false;
  if (!forced) return;
  for (size_t x = 0; x < 3; ++x) {
    const hbd::GroupState* s = w_.on_disk(w_.hosts[x], id);
    if (x != host && s && s->record.epoch == run.epoch) return;
  }
  w_.promise.one_address = w_.promise.no_loss = false;
}

// Fit, and in sync by the record that stood before the claim.
std::string Audit::wrong_data(size_t host, size_t id) const {
  const Group& g = nodes_[host].groups[id];
  const Basis& b = g.basis;
  const Host& h = w_.hosts[host];
  const hbd::Record& r = g.before;
  const bool follows = h.proc.config.colocate && w_.local_of(h, id) != 0;
  if (h.proc.config.has_watch && !follows && !b.watch_up) {
    return "its server is down";
  }
  if (is_astray(host, id) &&
      !b.from[1 - host].within(b.t, h.proc.config.deadtime_ms)) {
    return "the server's group is not here, and the peer is silent";
  }
  if (r.none()) return id == 0 ? wrong_first(host, g.claim) : "";
  if (g.before_blank) return "it is blank";
  if (g.before_out && w_.local_of(h, id) == 0) {
    return "it is kept out until it follows";
  }
  const bool tracked = w_.setup.track_sync && w_.shape(id).has(Part::Server);
  if (!tracked) return "";
  // One that cannot be read for a moment is not another one.
  const std::string instance =
      b.instance.empty() ? g.claim.instance : b.instance;
  const bool vouched =
      r.owner == h.name
          ? r.owner_instance.empty() || r.owner_instance == instance ||
                b.role != "replica"
          : !r.paired.empty() && r.paired == instance;
  return vouched ? "" : "the record is " + hbd::record_text(r) +
                            ", its server " + instance;
}

// No record anywhere: the node with the primary; the preferred one where both
// servers only read.
std::string Audit::wrong_first(size_t host, const Basis& b) const {
  const Host& h = w_.hosts[host];
  if (!h.proc.config.has_watch) return "";
  const std::string theirs = b.from[1 - host].beat.attr("role");
  if (b.role.empty() && theirs.empty() && !h.proc.config.track_sync) return "";
  if (b.role == "primary" && theirs != "primary" && !theirs.empty()) return "";
  const bool readers = b.role == "readonly" && theirs == "readonly";
  if (readers && h.proc.shapes[0].preferred == h.name) return "";
  return "no record, and the servers are " + b.role + " here and " + theirs +
         " there";
}

// What a peer that left had written is here; where a record vouches for this
// server its last position is only given time.
std::string Audit::wrong_position(size_t host, size_t id) const {
  const Group& g = nodes_[host].groups[id];
  const Basis& b = g.claim;
  const Host& h = w_.hosts[host];
  const hbd::Config& c = h.proc.config;
  const std::string theirs = b.from[1 - host].beat.attr("pos");
  const bool tracked = c.track_sync && w_.shape(id).has(Part::Server);
  // A claim of before that the peer had agreed to, and then left.
  const hbd::GroupState* s = w_.on_disk(w_.hosts[1 - host], id);
  const bool agreed = s && s->record.owner == h.name &&
                      s->record.epoch > g.before.epoch;
  if (agreed || id != 0 || g.before.owner != c.peer || theirs.empty() ||
      b.pos.empty() || theirs == b.pos ||
      (tracked && b.t - b.left_since >= c.initdead_ms)) {
    return "";
  }
  return "the peer left at " + theirs + ", this server is at " + b.pos;
}

std::string Audit::wrong_silence(size_t host, const Basis& b) const {
  const hbd::Config& c = w_.hosts[host].proc.config;
  const Heard& peer = b.from[1 - host];
  if (!peer.ever) {
    return b.uptime < c.initdead_ms ? "initdead is not over" : "";
  }
  return peer.silent(b.t, c.deadtime_ms) || peer.beat.leaving
             ? "" : "the peer is heard";
}

std::string Audit::wrong_ping(size_t host, size_t id, const Basis& b) const {
  const hbd::Config& c = w_.hosts[host].proc.config;
  if (!c.witness.empty()) return "there is a witness";
  // Beside the server a door needs no word: a holder without it let go.
  const bool follows = c.colocate && w_.local_of(w_.hosts[host], id) != 0;
  if (follows && is_astray(host, id)) return "its server is not here";
  if (!c.silent_take && !follows) return "silent_peer = wait";
  if (!b.from[1 - host].ever && !follows) return "the peer was never heard";
  if (b.ping_last == 0 || b.t - b.ping_last > c.deadtime_ms) {
    return "no ping node answers";
  }
  if (b.t - b.ping_since < c.deadtime_ms) {
    return "ping nodes have answered for less than a deadtime";
  }
  const hbd::GroupBeat* gb =
      w_.group_of(b.from[1 - host].beat, id);
  if (gb && gb->holding == Holding::Stuck) return "a stop hook failed there";
  return wrong_silence(host, b);
}

// It agreed, or it left; and the last owner had its time to recover.
std::string Audit::wrong_by_peer(size_t host, size_t id,
                                 const hbd::HookRun& run) const {
  const Group& g = nodes_[host].groups[id];
  const Basis& b = g.basis;
  const Host& h = w_.hosts[host];
  const hbd::Config& c = h.proc.config;
  const Heard& peer = b.from[1 - host];
  if (!peer.ever) return "the peer was never heard";
  if (peer.beat.leaving) return wrong_position(host, id);
  const hbd::GroupBeat* gb = w_.group_of(peer.beat, id);
  if (!peer.within(b.t, c.deadtime_ms)) return "the peer is silent";
  if (!gb || gb->holding != Holding::Idle) return "the peer is not idle";
  const hbd::GroupBeat* wb = w_.group_of(b.from[W].beat, id);
  if (!stored(gb, run, h.name) &&
      !(peer.beat.blank && stored(wb, run, h.name))) {
    return "the peer has not stored the claim";
  }
  return waits_for_owner(host, id) ? "the last owner recovers, cold_wait is "
                                     "not over" : "";
}

// When it began to claim: an owner that agrees is unfit from then on.
bool Audit::waits_for_owner(size_t host, size_t id) const {
  const Group& g = nodes_[host].groups[id];
  const hbd::Config& c = w_.hosts[host].proc.config;
  if (c.colocate && w_.local_of(w_.hosts[host], id) != 0) return false;
  const hbd::GroupBeat* gb =
      w_.group_of(g.claim.from[1 - host].beat, id);
  return !g.before.none() && g.before.owner == c.peer &&
         !g.claim.seen_owner && gb && gb->holding == Holding::Idle &&
         !gb->fit && g.claim.uptime < c.cold_wait_ms;
}

std::string Audit::wrong_right(size_t host, size_t id,
                               const hbd::HookRun& run) const {
  const Group& g = nodes_[host].groups[id];
  const Basis& b = g.basis;
  const Host& h = w_.hosts[host];
  const hbd::Config& c = h.proc.config;
  const hbd::GroupBeat* wb = w_.group_of(b.from[W].beat, id);
  const bool by_witness = stored(wb, run, h.name);
  const bool empty = wb && !wb->fit;  // it has no record
  if (!c.witness.empty() && !by_witness && !empty &&
      b.from[W].within(b.t, c.lease_ms)) {
    return "the witness is heard and has not stored it";
  }
  if (g.forced) {
    const bool early = b.uptime <= c.deadtime_ms;
    if (early && !b.from[1 - host].ever) return "the peer is not heard yet";
    if (early && !c.witness.empty() && !b.from[W].ever) {
      return "the witness is not heard yet";
    }
    if (run.grant == "fence" && !b.fenced) return "the peer is not fenced";
    return is_ordered(host, id, b.t) ? "" : "no operator asked";
  }
  if (run.grant == "peer") return wrong_by_peer(host, id, run);
  if (run.grant == "ping") return wrong_ping(host, id, b);
  if (run.grant == "witness") {
    return by_witness ? wrong_silence(host, b) : "the witness did not grant";
  }
  // As it was when the claim was agreed: one that is heard between that and the
  // first hook (the state is written first) changes nothing.
  if (run.grant == "fence") {
    return b.fenced || wrong_by_peer(host, id, run).empty()
               ? "" : "the peer is not fenced, or was heard since";
  }
  if (run.grant != "none") return "there is no such grant";
  if (!c.witness.empty()) return "there is a witness";
  return g.before.owner == h.name && g.before.paired.empty()
             ? "" : "it did not own it alone";
}

// ---- the witness ----------------------------------------------------------

void Audit::look_at_witness(Ms t) {
  const Host& h = w_.hosts[W];
  if (!h.proc.witness) return;
  for (const Shape& shape : shapes_of(w_.setup)) {
    const size_t id = shape.id;
    const hbd::Record r = w_.witness_record(id);
    const hbd::Record was = granted_[id];
    if (hbd::is_newer(was, r)) {
      return fail(W, "has forgotten " + hbd::record_text(was));
    }
    if (r.epoch != was.epoch || r.owner != was.owner) look_at_grant(id, r, t);
    granted_[id] = r;
    if (r.none()) continue;
    const size_t owner = r.owner == kHostNames[A] ? A : B;
    // While an operator takes it over, the holder is not confirmed.
    const Heard& other = nodes_[W].from[1 - owner];
    const hbd::GroupBeat* ob = w_.group_of(other.beat, id);
    const Ms lease = w_.setup_of(h).lease;
    const bool against = ob && ob->holding == Holding::Claim &&
                         ob->claim.forced && other.within(t, lease);
    if (nodes_[W].from[owner].ever && !against) {
      confirmed_[id] = std::max(confirmed_[id], nodes_[W].from[owner].last);
    }
    if (r.owner != was.owner) confirmed_[id] = t;
  }
}

// A record that a node told is no grant; a claim's is.
void Audit::look_at_grant(size_t id, const hbd::Record& r, Ms t) {
  const Node& n = nodes_[W];
  const Ms deadtime = w_.setup_of(w_.hosts[W]).deadtime;
  hbd::Record was = granted_[id];
  size_t told = 0;
  for (size_t x = 0; x < 2; ++x) {
    const hbd::GroupBeat* gb = w_.group_of(n.from[x].beat, id);
    if (gb && gb->record == r) ++told;
    // One beat may tell a record and claim the next one.
    const hbd::GroupBeat* ob = w_.group_of(n.from[1 - x].beat, id);
    const bool both = gb && ob && gb->record == ob->record;
    if (gb && (both || !was.none()) && hbd::is_newer(gb->record, was)) {
      was = gb->record;
    }
  }
  if (told == 2 || (told == 1 && !was.none())) return;
  const size_t to = r.owner == kHostNames[A] ? A : B;
  const hbd::GroupBeat* cb = w_.group_of(n.from[to].beat, id);
  if (!cb || cb->holding != Holding::Claim || !(cb->claim.record == r)) {
    return fail(W, "takes a record that nobody claims: " +
                       hbd::record_text(r));
  }
  if (was.none()) {
    if (!cb->claim.forced) fail(W, "grants without a record of its own");
    return;
  }
  if (was.owner == r.owner) return;
  const hbd::GroupBeat* ob = w_.group_of(n.from[1 - to].beat, id);
  if (ob && ob->holding == Holding::Idle && ob->record.epoch >= was.epoch) {
    return;
  }
  const Ms last = std::max(confirmed_[id], n.started);
  if (t - last <= deadtime) {
    fail(W, tandem::format("the witness grants %llu ms after it confirmed %s "
                           "or was started",
                           static_cast<unsigned long long>(t - last),
                           was.owner.c_str()));
  }
}

}  // namespace sim
