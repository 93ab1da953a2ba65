// What each process has been told, and the rules for owners: lifelines,
// overlaps, letting go, records. By what right a node starts is in starts.cc.
#include "tests/sim/audit.h"

#include <algorithm>

#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

using hbd::Holding;
using hbd::Phase;

namespace {
const size_t kSentMax = 4000;  // beats remembered, by receiver
const size_t kGracesMax = 64;

size_t host_of(const std::string& name) {
  size_t i = 0;
  while (i < 3 && name != kHostNames[i]) ++i;
  return i;
}

bool holds(Phase p) { return p == Phase::Starting || p == Phase::Owning; }
}  // namespace

void Audit::fail(size_t host, const std::string& what) {
  w_.fail(w_.hosts[host].name + ": " + what);
}

// ---- what happens ---------------------------------------------------------

void Audit::on_start(size_t host, uint64_t incarnation, Ms t) {
  const Node before = nodes_[host];
  nodes_[host] = Node();
  Node& n = nodes_[host];
  n.runs = true;
  n.incarnation = incarnation;
  n.started = n.last_input = t;
  orders_[incarnation] = ++lives_;
  if (host != W) return keep_holds(host, before);
  for (size_t id = 0; id < kGroups; ++id) {
    confirmed_[id] = 0;
    const hbd::GroupState* s = w_.on_disk(w_.hosts[W], id);
    granted_[id] = s ? s->record : hbd::Record();
  }
}

// What was on hold is owned on.
void Audit::keep_holds(size_t host, const Node& before) {
  const Host& h = w_.hosts[host];
  const hbd::KeptMaintenance& kept = h.proc.disk.maintenance;
  for (size_t id = 0; id < kGroups; ++id) {
    const hbd::GroupState* s = w_.on_disk(h, id);
    if (!s || !s->owning || s->record.owner != h.name || !kept.agreed ||
        kept.holds.count(h.name) == 0) {
      continue;
    }
    Group& g = nodes_[host].groups[id];
    g.started_epoch = s->record.epoch;
    g.until = before.groups[id].until;
    g.hold = before.groups[id].hold;
  }
}

void Audit::on_end(size_t host) {
  nodes_[host].runs = false;
  for (Group& g : nodes_[host].groups) g.until = g.hold ? g.until : 0;
}

void Audit::on_crash(size_t host) {
  for (Group& g : nodes_[host].groups) g.until = g.hold = 0;
}

void Audit::on_stamp(size_t host, Ms t, const hbd::Beat& b) {
  const size_t to = host_of(b.to);
  if (to >= 3) return;
  Heard& h = nodes_[host].from[to];
  if (t - h.tried_at > deadtime_of(host)) h.tried = 0;
  h.stamped = b.seq;
}

void Audit::on_send(size_t host, Ms t, const hbd::Beat& b) {
  const size_t to = host_of(b.to);
  if (to >= 3) return;
  Sent s;
  s.seq = b.seq;
  s.echoed = b.echo_incarnation;
  s.t = t;
  s.at = w_.now;
  for (const hbd::GroupBeat& gb : b.groups) {
    if (gb.holding == Holding::Claim) look_at_claim(host, gb);
  }
  Node& n = nodes_[host];
  std::deque<Sent>& sent = n.sent[to];
  sent.push_back(s);
  if (sent.size() > kSentMax) sent.pop_front();
}

void Audit::look_at_claim(size_t host, const hbd::GroupBeat& gb) {
  const size_t id = w_.id_of(gb.name);
  const uint64_t epoch = gb.claim.record.epoch;
  if (id >= kGroups || nodes_[host].groups[id].claimed == epoch) return;
  Group& g = nodes_[host].groups[id];
  g.claimed = epoch;
  if (gb.claim.forced) forced_[host][id] = epoch;
  const uint64_t parity = host == A ? 1 : 0;  // the lower name is odd
  if (epoch % 2 != parity) fail(host, "claims an epoch of the other node");
  if (g.heard.empty()) return;
  if (g.heard.front() >= epoch) {
    fail(host, "claims an epoch that is not above all that it heard");
  }
  g.heard.pop_front();
}

// Of the life that was heard: one that echoes the receiver's present life, and
// is newer. Of another: once it confirms what was sent in answer to it, which
// nobody can have recorded.
bool Audit::counts(size_t host, size_t from, Ms t, const hbd::Beat& b) {
  Node& n = nodes_[host];
  Heard& h = n.from[from];
  const std::map<uint64_t, size_t>::const_iterator it =
      orders_.find(b.incarnation);
  if (it == orders_.end()) return false;
  const size_t order = it->second;
  const bool echoes = b.echo_incarnation == n.incarnation;
  if (order == h.order) return echoes && b.seq > h.seq;
  if (order == h.tried && echoes && answers(host, from, b)) return true;
  if (order < h.order && h.within(t, deadtime_of(host))) return false;
  const bool trying = h.tried != 0 && t - h.tried_at <= deadtime_of(host);
  if (trying && order <= h.tried) return false;
  h.tried = order;
  h.tried_at = t;
  h.tried_after = h.stamped;
  return false;
}

// It confirms a beat that was sent in answer to that life.
bool Audit::answers(size_t host, size_t from, const hbd::Beat& b) const {
  for (const Sent& s : nodes_[host].sent[from]) {
    if (s.seq == b.echo_seq) return s.echoed == b.incarnation;
  }
  return false;
}

Ms Audit::deadtime_of(size_t host) const {
  return host == W ? w_.setup_of(w_.hosts[W]).deadtime
                   : w_.hosts[host].proc.config.deadtime_ms;
}

void Audit::on_beat(size_t host, Ms t, const hbd::Beat& b) {
  const size_t from = host_of(b.from);
  if (from >= 3 || b.to != w_.hosts[host].name) return;
  if (counts(host, from, t, b)) take(host, from, t, b);
}

void Audit::take(size_t host, size_t from, Ms t, const hbd::Beat& b) {
  Node& n = nodes_[host];
  Heard& h = n.from[from];
  const size_t order = orders_[b.incarnation];
  const Ms deadtime = deadtime_of(host);
  // One that answers late may have been given up meanwhile.
  const bool late = t - h.tried_at > deadtime || b.echo_seq <= h.tried_after;
  if (h.tried != 0) h.sure_after = late ? h.stamped : 0;
  h.tried = 0;
  if (order != h.order || t - h.last > deadtime) h.confirmed_at = t;
  h.order = order;
  h.seq = b.seq;
  h.ever = true;
  h.last = t;
  h.beat = b;
  h.sent_at = 0;
  if (nodes_[from].runs && nodes_[from].incarnation == b.incarnation) {
    for (const Sent& s : nodes_[from].sent[host]) {
      if (s.seq == b.seq) h.sent_at = s.at;
    }
  }
  if (from != W) n.heard_since_fence = true;
  if (from != W && n.has_fenced && h.sent_at > n.fenced_at) {
    n.has_fenced = false;
  }
  std::deque<Sent>& sent = n.sent[from];
  while (!sent.empty() && sent.front().seq < b.echo_seq) sent.pop_front();
  if (!sent.empty() && sent.front().seq == b.echo_seq) {
    if (b.echo_seq > h.confirmed_seq) h.confirmed_at = t;
    h.confirmed_seq = b.echo_seq;
    note_graces(host, from, sent.front().t);
  }
  if (from != W && !b.leaving) n.left_since = 0;
  if (from != W && b.leaving && n.left_since == 0) n.left_since = t;
  for (const hbd::GroupBeat& gb : b.groups) {
    const size_t id = w_.id_of(gb.name);
    if (from == W || id >= kGroups) continue;
    if (gb.holding == Holding::Own || gb.holding == Holding::Release) {
      n.groups[id].seen_owner = true;
    }
  }
}

// The last beat from there confirms one that was sent then. With the right to
// it: the witness when it holds the receiver for the owner; the peer when it
// neither owns nor claims, and knows of no later owner.
void Audit::note_graces(size_t host, size_t from, Ms sent) {
  Heard& h = nodes_[host].from[from];
  for (const hbd::GroupBeat& gb : h.beat.groups) {
    const size_t id = w_.id_of(gb.name);
    if (host == W || id >= kGroups) continue;
    const bool good = from == W ? gb.record.owner == w_.hosts[host].name
                                : gb.holding == Holding::Idle;
    if (!good) continue;
    Grace grace;
    grace.sent = sent;
    grace.epoch = gb.record.epoch;
    h.graces[id].push_back(grace);
    if (h.graces[id].size() > kGracesMax) h.graces[id].pop_front();
  }
}

Ms Audit::newest_grace(size_t host, size_t from, size_t id) const {
  const uint64_t epoch = nodes_[host].groups[id].started_epoch;
  Ms newest = 0;
  for (const Grace& g : nodes_[host].from[from].graces[id]) {
    const bool good = from == W ? g.epoch == epoch : g.epoch <= epoch;
    if (good) newest = std::max(newest, g.sent);
  }
  return newest;
}

void Audit::on_ping(size_t host, Ms t) {
  Node& n = nodes_[host];
  const Ms gap = w_.hosts[host].proc.config.lease_ms;
  if (n.ping_last == 0 || t - n.ping_last > gap) n.ping_since = t;
  n.ping_last = t;
}

void Audit::on_watch(size_t host, bool up, const tandem::Attrs& attrs) {
  Node& n = nodes_[host];
  n.watch_up = up;
  n.instance = tandem::attr_value(attrs, "instance");
  n.role = tandem::attr_value(attrs, "role");
  if (attrs.count("pos")) n.pos = tandem::attr_value(attrs, "pos");
}

void Audit::on_followed(size_t host) { nodes_[host].followed = true; }

// An order is for one start. An owner has it already; but for one that was so
// late that it lets go before it reads the order.
void Audit::on_order(size_t host, Ms t, const std::string& group) {
  Node& n = nodes_[host];
  const hbd::Config& c = w_.hosts[host].proc.config;
  const bool late = t - n.last_input > c.lease_ms + c.keepalive_ms;
  n.ordered = t;
  for (size_t id = 0; id < kGroups; ++id) {
    if (!group.empty() && w_.id_of(group) != id) continue;
    if (!holds(n.groups[id].phase) || late) n.groups[id].ordered = t;
  }
}

bool Audit::is_ordered(size_t host, size_t id, Ms t) const {
  const Ms ordered = nodes_[host].groups[id].ordered;
  return ordered != 0 && t - ordered <= kOrderMs;
}

void Audit::on_fenced(size_t host) {
  nodes_[host].has_fenced = true;
  nodes_[host].heard_since_fence = false;
  nodes_[host].fenced_at = w_.now;
}

// A node that was late does not judge for warntime: it may count as hearing for
// so much longer. Remembers what was on disk before another epoch's record:
// what a claim was based on.
void Audit::on_persist(size_t host, const hbd::State& s) {
  if (host == W) return;
  Node& n = nodes_[host];
  const Host& h = w_.hosts[host];
  const hbd::Config& c = h.proc.config;
  const Heard& peer = n.from[1 - host];
  const bool arbiter = (!c.witness.empty() || c.ping_count > 0) &&
                       !(peer.ever && peer.beat.leaving);
  if (h.proc.has_disk && s.epoch > h.proc.disk.epoch && arbiter &&
      (n.late_at == 0 || n.last_input - n.late_at > c.warntime_ms) &&
      !hears_anything(n, n.last_input, c.deadtime_ms + 2 * c.warntime_ms)) {
    fail(host, "raises its epoch and hears nothing from outside");
  }
  for (const hbd::GroupState& now : s.groups) {
    const size_t id = w_.id_of(now.name);
    if (id >= kGroups) continue;
    const hbd::GroupState* was = w_.on_disk(h, id);
    if (was) look_at_let_in(host, *was, now);
    if (now.need_follow && !c.has_follow) {
      fail(host, "is kept out until it follows, and no follow is configured");
    }
    if (was && was->record.epoch == now.record.epoch) continue;
    Group& g = n.groups[id];
    g.before = was ? was->record : hbd::Record();
    // Adopted and claimed upon in one turn: it was never on disk.
    for (const Heard& x : n.from) {
      const hbd::GroupBeat* gb = x.ever ? w_.group_of(x.beat, id) : nullptr;
      if (gb && gb->record.epoch < now.record.epoch &&
          hbd::is_newer(gb->record, g.before) &&
          (gb->record.epoch == g.before.epoch || !gb->record.alone())) {
        g.before = gb->record;
      }
    }
    g.before_blank = !h.proc.has_disk || h.proc.disk.blank;
    const bool vouched = !g.before.paired.empty() &&
                         g.before.paired == n.instance;
    g.before_out = was && was->need_follow && !vouched;
  }
}

// Kept out: until it follows, or is the owner, or the owner vouches for it.
void Audit::look_at_let_in(size_t host, const hbd::GroupState& was,
                           const hbd::GroupState& now) {
  const Node& n = nodes_[host];
  if (!was.need_follow || now.need_follow || n.followed) return;
  const hbd::Record& r = now.record;
  if (r.owner == w_.hosts[host].name) return;
  if (!r.paired.empty() && r.paired == n.instance) return;
  fail(host, "is let in and has not followed");
}

bool Audit::hears_anything(const Node& n, Ms t, Ms deadtime) const {
  for (const Heard& h : n.from) {
    if (h.within(t, deadtime)) return true;
  }
  return (n.ping_last != 0 && t - n.ping_last <= deadtime) || n.has_fenced ||
         (n.ordered != 0 && t - n.ordered <= kOrderMs);
}

// ---- after each input -----------------------------------------------------

void Audit::on_turn(size_t host) {
  for (Group& g : nodes_[host].groups) g.heard.clear();
}

void Audit::on_input(size_t host, Ms t) {
  const Ms gap = t - nodes_[host].last_input;
  if (gap > w_.setup_of(w_.hosts[host]).lease) nodes_[host].late_at = t;
  if (host == W) look_at_witness(t); else look_at_node(host, t);
  nodes_[host].last_input = t;
}

void Audit::look_at_node(size_t host, Ms t) {
  const Ms gap = t - nodes_[host].last_input;
  const Host& h = w_.hosts[host];
  if (!h.proc.cluster) return;
  for (size_t i = 0; i < h.proc.shapes.size(); ++i) {
    look_at_group(host, i, t, gap);
  }
}

void Audit::look_at_group(size_t host, size_t local, Ms t, Ms gap) {
  const Host& h = w_.hosts[host];
  const hbd::Config& c = h.proc.config;
  Node& n = nodes_[host];
  const size_t id = h.proc.shapes[local].id;
  Group& g = n.groups[id];
  const Phase phase = h.proc.cluster->phase(local);
  const hbd::Record& r = h.proc.cluster->record(local);
  // By its stop hooks: there was no lifeline to be dropped.
  if (g.hold && (phase == Phase::Idle || phase == Phase::Claiming)) {
    on_drop(host, id);
  }
  if (holds(phase) && r.owner != h.name) {
    return fail(host, "goes on, and the record says " + hbd::record_text(r));
  }
  if (holds(phase) && holds(g.phase)) {
    const hbd::KeptMaintenance& kept = h.proc.disk.maintenance;
    const bool maintained = kept.agreed && kept.holds.count(h.name) != 0;
    if (gap > c.lease_ms + c.keepalive_ms && !maintained) {
      return fail(host, tandem::format("goes on after a pause of %llu ms",
                                       static_cast<unsigned long long>(gap)));
    }
    if (g.until != 0 && t >= g.until) {
      return fail(host, "goes on, and the last lifeline written has passed");
    }
  }
  for (size_t x = 0; x < 3; ++x) {
    const Heard& from = n.from[x];
    const hbd::GroupBeat* gb =
        x != host && from.ever && from.confirmed_seq > from.sure_after
            ? w_.group_of(from.beat, id) : nullptr;
    if (gb && hbd::is_newer(gb->record, r)) {
      return fail(host, "has forgotten " + hbd::record_text(gb->record));
    }
  }
  if (phase == Phase::Claiming && g.phase != phase) {
    g.claim = basis_of(n, g, t);
    uint64_t highest = 0;
    for (const Heard& x : n.from) highest = std::max(highest, x.beat.epoch);
    g.heard.push_back(highest);
  }
  if (holds(phase) && !holds(g.phase)) {
    g.basis = basis_of(n, g, t);
    g.may = 0;
    if (g.phase != Phase::Claiming) g.claim = g.basis;
    g.seen_owner = true;
    // An order that waits is what it starts by; its hook will tell so.
    g.forced = is_ordered(host, id, t);
    g.lonely = g.forced && needs_nobody(host, id, t);
  }
  g.phase = phase;
  // What was confirmed once is confirmed, whatever comes before it is written:
  // the end of it, too.
  if (holds(phase)) g.may = std::max(g.may, may_own_until(host, id, t));
}

Basis Audit::basis_of(const Node& n, const Group& g, Ms t) const {
  Basis b;
  b.t = t;
  b.uptime = t - n.started;
  for (size_t i = 0; i < 3; ++i) b.from[i] = n.from[i];
  b.ping_last = n.ping_last;
  b.ping_since = n.ping_since;
  b.seen_owner = g.seen_owner;
  b.watch_up = n.watch_up;
  b.fenced = n.has_fenced;
  b.instance = n.instance;
  b.role = n.role;
  b.pos = n.pos;
  b.left_since = n.left_since;
  return b;
}

// ---- owners ---------------------------------------------------------------

// Forced, and nobody is heard; or the peer left, and what it stored says that
// this node owns alone. A witness without a record of the group is nobody.
bool Audit::needs_nobody(size_t host, size_t id, Ms t) const {
  const Node& n = nodes_[host];
  const hbd::Config& c = w_.hosts[host].proc.config;
  const Heard& peer = n.from[1 - host];
  const hbd::GroupBeat* wb = w_.group_of(n.from[W].beat, id);
  const bool witness = n.from[W].within(t, c.lease_ms) && !(wb && !wb->fit);
  if (n.groups[id].forced && !witness && !peer.within(t, c.deadtime_ms)) {
    return true;
  }
  const hbd::GroupBeat* gb = w_.group_of(peer.beat, id);
  return peer.ever && peer.beat.leaving && gb &&
         gb->record.owner == w_.hosts[host].name && gb->record.paired.empty() &&
         !witness;
}

// It follows the server's group, which is not here.
bool Audit::is_astray(size_t host, size_t id) const {
  const Host& h = w_.hosts[host];
  if (!h.proc.config.colocate || w_.local_of(h, id) == 0) return false;
  const Phase first = h.proc.cluster->phase(0);
  return !holds(first) && first != Phase::Stopping;
}

Ms Audit::may_own_until(size_t host, size_t id, Ms t) const {
  const Node& n = nodes_[host];
  const hbd::Config& c = w_.hosts[host].proc.config;
  const bool arbiter = !c.witness.empty() || c.ping_count > 0;
  if (!arbiter || needs_nobody(host, id, t)) return t + c.lease_ms;
  const Ms other = is_astray(host, id)  ? 0
                   : c.witness.empty() ? n.ping_last
                                       : newest_grace(host, W, id);
  const Ms best = std::max(newest_grace(host, 1 - host, id), other);
  return best == 0 ? 0 : best + c.lease_ms;
}

void Audit::on_lifeline(size_t host, size_t id, Ms until) {
  Group& g = nodes_[host].groups[id];
  const Ms t = w_.clock(w_.hosts[host]);
  const Ms may = std::max(g.may, may_own_until(host, id, t));
  if (until > may && until > g.until) {
    return fail(host, tandem::format(
        "a lifeline of group %zu %llu ms longer than anybody confirmed", id,
        static_cast<unsigned long long>(until - std::max(may, g.until))));
  }
  g.until = until;
  g.hold = false;
  check_overlap(host, id);
}

// Only what peer and witness have on disk lets anybody own without a lease.
void Audit::on_hold(size_t host, size_t id, Ms until) {
  const Host& h = w_.hosts[host];
  const hbd::KeptMaintenance& own = h.proc.disk.maintenance;
  for (size_t x : {1 - host, W}) {
    if (x == W && !w_.setup.witness) continue;
    const Proc& p = w_.hosts[x].proc;
    // A disk that has lost it, or its file, is a fault of its own.
    if (w_.disk_was_lost || w_.disk_lied) continue;
    if (p.disk.maintenance.version >= own.version &&
        p.disk.maintenance.holds.count(h.name)) {
      continue;
    }
    return fail(host, w_.hosts[x].name + " does not keep the maintenance for "
                "which an address is on hold");
  }
  nodes_[host].groups[id].until = until;
  nodes_[host].groups[id].hold = true;
  check_overlap(host, id);
}

void Audit::on_drop(size_t host, size_t id) {
  nodes_[host].groups[id].until = 0;
  nodes_[host].groups[id].hold = false;
}

void Audit::check_overlap(size_t host, size_t id) {
  if (!w_.promise.one_address) return;
  const Host& o = w_.hosts[1 - host];
  const Ms until = nodes_[1 - host].groups[id].until;
  // Written late, it gives no time.
  const Ms mine = nodes_[host].groups[id].until;
  if (mine <= w_.clock(w_.hosts[host])) return;
  // Two clocks that drift apart a little.
  if (until <= w_.clock(o) + 2) return;
  // Of a living host that has its address on hold: who forces it says that it
  // is off.
  if (nodes_[1 - host].groups[id].hold && nodes_[host].groups[id].forced) {
    w_.promise.one_address = w_.promise.no_loss = false;
    return;
  }
  fail(host, tandem::format(
      "two hbds may own group %zu for another %llu ms", id,
      static_cast<unsigned long long>(until - w_.clock(o))));
}

void Audit::on_hook(size_t host, size_t id, const hbd::HookRun& run) {
  if (run.kind == hbd::HookKind::Event && run.event == "fence") {
    return look_at_fence(host);
  }
  if (run.kind != hbd::HookKind::Start) return;
  Group& g = nodes_[host].groups[id];
  const bool first = run.epoch != g.started_epoch;
  if (first) {
    g.started_epoch = run.epoch;
    // A peer that is fenced as well is no rival of the address: that the hooks
    // are told, and force gives the right all the same.
    g.forced = run.grant == "force" ||
               (run.grant == "fence" && is_ordered(host, id, g.basis.t));
    look_at_start(host, id, run);
    g.ordered = 0;
  }
  on_lifeline(host, id, run.lifeline_until_ms);
}

// One dead peer, one fence; and none for a peer that left in order. Seeds of
// before were chosen by a core that does otherwise.
void Audit::look_at_fence(size_t host) {
  if (w_.kind != Kind::Wide) return;
  const Node& n = nodes_[host];
  const Heard& peer = n.from[1 - host];
  const Host& h = w_.hosts[host];
  // But for what was sent before it, and is heard after it.
  if (n.has_fenced && !n.heard_since_fence) {
    return fail(host, "fences a peer that is fenced already");
  }
  for (const Hook& k : h.hooks) {
    if (k.life == h.proc.life && k.run.event == "fence") {
      return fail(host, "fences twice at a time");
    }
  }
  const Ms t = w_.clock(h);
  if (peer.ever && peer.beat.leaving &&
      peer.within(t, h.proc.config.deadtime_ms)) {
    fail(host, "fences a peer that is about to leave");
  }
}

}  // namespace sim
