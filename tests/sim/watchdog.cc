#include "tests/sim/watchdog.h"

#include <ctype.h>

#include <algorithm>

#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

using hbd::Phase;

namespace {
const Ms kLookEvery = 50;
const Ms kSettled = 5000;        // all was well for so long: no excuse left
const Ms kOrderEffect = 65000;   // an order may show so late
const Ms kPauseMost = 62000;     // between failed starts
const Ms kServesWithin = 12000;  // and initdead, and cold_wait
const Ms kColdWaitMost = 10000;  // longer ones are not waited for here
const Ms kWritesWithin = 6000;   // and deadtime, and warntime
const Ms kDelayMost = 50;        // of a link that counts as sound
const Ms kStormMs = 10000;       // in which a storm is counted
const size_t kEventsMost = 8, kStartsMost = 20;
const size_t kLinesMost = 12, kLogMost = 400;

bool is_on(Ms since, Ms now, Ms ms) { return since != 0 && now - since >= ms; }

void since(Ms* mark, Ms now, bool true_now) {
  if (!true_now) *mark = 0;
  if (true_now && *mark == 0) *mark = now;
}

// The same text whatever numbers are in it.
std::string without_digits(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (!isdigit(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}
}  // namespace

void Watchdog::begin() {
  if (on_) return;
  on_ = true;
  look();
}

// ---- what happens ---------------------------------------------------------

void Watchdog::disturb(size_t host) { nodes_[host].disturbed = w_.now; }
void Watchdog::on_hook_failed(size_t host) { nodes_[host].failed = w_.now; }

void Watchdog::on_command(size_t host, const hbd::Command& c) {
  commanded_ = w_.now;
  if (c.kind != hbd::CommandKind::ForceTakeover &&
      c.kind != hbd::CommandKind::Init) {
    return;
  }
  const Host& h = w_.hosts[host];
  for (size_t i = 0; i < h.proc.shapes.size(); ++i) {
    const Shape& shape = h.proc.shapes[i];
    if (!c.group.empty() && c.group != shape.name) continue;
    Order o;
    o.kind = c.kind;
    o.host = host;
    o.id = shape.id;
    o.life = h.proc.life;
    o.replied = 0;
    o.epoch = h.proc.cluster->record(i).epoch;
    const Phase phase = h.proc.cluster->phase(i);
    if (phase != Phase::Owning && phase != Phase::Starting) {
      orders_.push_back(o);
    }
  }
}

// Of the order given last to this host.
void Watchdog::on_reply(size_t host, bool ok) {
  for (size_t i = orders_.size(); i-- > 0;) {
    if (orders_[i].host != host || orders_[i].replied != 0) continue;
    orders_[i].replied = w_.now;
    if (!ok) orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

void Watchdog::on_start(size_t host, size_t id, uint64_t epoch) {
  count(host, tandem::format("start hooks of group %zu", id), kStartsMost);
  for (size_t i = orders_.size(); i-- > 0;) {
    const Order& o = orders_[i];
    if (o.host == host && o.id == id && epoch > o.epoch) {
      orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
}

void Watchdog::on_event(size_t host, const std::string& name) {
  count(host, "event " + name, kEventsMost);
}

void Watchdog::on_log(size_t host, const std::string& text) {
  count(host, without_digits(text), kLinesMost);
  count(host, "a line of log", kLogMost);
}

void Watchdog::count(size_t host, const std::string& what, size_t most) {
  if (!on_ || !is_on(nodes_[host].sound, w_.now, 1)) return;
  std::deque<Ms>& seen = nodes_[host].seen[what];
  seen.push_back(w_.now);
  while (seen.front() + kStormMs < w_.now) seen.pop_front();
  if (seen.size() <= most) return;
  w_.fail(tandem::format("%s: a storm: '%s' %zu times in %llu s",
                         w_.hosts[host].name.c_str(), what.c_str(),
                         seen.size(),
                         static_cast<unsigned long long>(kStormMs / 1000)));
}

// ---- the look -------------------------------------------------------------

bool Watchdog::is_sound(size_t host) const {
  const Host& h = w_.hosts[host];
  if (!w_.runs(h) || h.stopping || h.proc.fsync_max > 10) return false;
  if (host == W) return true;
  for (size_t g = 0; g < kGroups; ++g) {
    if (h.vips[g].keeper.core && h.vips[g].keeper.frozen) return false;
  }
  const bool hooks = h.hook_fail == 0 && h.hook_hang == 0 &&
                     h.hook_slow == 1 && h.fail_next == 0 &&
                     h.promote_delay == 0 && h.apply_lag == 0;
  const bool server = !h.proc.config.has_watch ||
                      (h.server.state == Server::Up && h.watcher.alive);
  return hooks && server && h.fence == FenceDoes::Work;
}

bool Watchdog::hear_each_other(size_t a, size_t b) const {
  if (!w_.runs(w_.hosts[a]) || !w_.runs(w_.hosts[b])) return false;
  if (w_.hosts[a].proc.fsync_max > 10 || w_.hosts[b].proc.fsync_max > 10) {
    return false;
  }
  for (const Link* l : {&w_.links[a][b], &w_.links[b][a]}) {
    if (l->cut || l->loss > 0 || l->delay_max > kDelayMost) return false;
  }
  return true;
}

void Watchdog::look() {
  w_.at(kLookEvery, [this] { look(); });
  if (w_.failed()) return;
  for (size_t i = 0; i < 3; ++i) look_at_host(i);
  for (const Shape& s : shapes_of(w_.setup)) {
    check_serves(s.id);
    for (size_t i = 0; i < 2; ++i) check_stays(i, s.id);
  }
  for (size_t i = 0; i < 2; ++i) check_writes(i);
  check_orders();
}

void Watchdog::look_at_host(size_t host) {
  Node& n = nodes_[host];
  const Host& h = w_.hosts[host];
  if (n.life != h.proc.life) {
    n.sound = 0;
    n.ever = false;
    n.seen.clear();
  }
  n.life = h.proc.life;
  since(&n.sound, w_.now, is_sound(host));
  if (host == W) return;
  for (size_t x = 0; x < 3; ++x) {
    if (x != host) since(&n.heard[x], w_.now, hear_each_other(host, x));
  }
  n.ever = n.ever || is_on(n.heard[1 - host], w_.now, 1000);
  since(&n.pinged, w_.now, w_.pings_answer(host) > 0 && w_.runs(h));
  since(&n.all_pinged, w_.now, w_.all_pings_answer(host) && w_.runs(h));
  for (size_t i = 0; i < h.proc.shapes.size(); ++i) {
    const bool idle = w_.runs(h) && h.proc.cluster &&
                      h.proc.cluster->phase(i) == Phase::Idle;
    since(&n.idle[h.proc.shapes[i].id], w_.now, idle);
  }
}

// Somebody with the right to it confirms an owner there, and did all along.
bool Watchdog::is_confirmed(size_t host, size_t id) const {
  const Node& n = nodes_[host];
  const hbd::Config& c = w_.hosts[host].proc.config;
  if (is_on(n.heard[1 - host], w_.now, kSettled) &&
      is_on(nodes_[1 - host].idle[id], w_.now, kSettled)) {
    return true;
  }
  if (c.witness.empty()) {
    return c.ping_count == 0 || is_on(n.pinged, w_.now, kSettled);
  }
  const Host& wit = w_.hosts[W];
  return is_on(n.heard[W], w_.now, kSettled) && wit.proc.witness &&
         wit.proc.witness->record(w_.name_at(host, id)).owner ==
             w_.hosts[host].name;
}

bool Watchdog::follows(size_t host, size_t id) const {
  return w_.hosts[host].proc.config.colocate &&
         w_.local_of(w_.hosts[host], id) != 0;
}

bool Watchdog::holds_server(size_t host) const {
  const Host& h = w_.hosts[host];
  return h.proc.cluster && h.proc.cluster->phase(0) == Phase::Owning;
}

void Watchdog::check_stays(size_t host, size_t id) {
  if (!w_.promise.one_address) return;  // of two owners one has to let go
  const Host& h = w_.hosts[host];
  const size_t local = w_.local_of(h, id);
  Group& g = nodes_[host].groups[id];
  const bool was_legal = g.owned && g.legal;
  g.owned = g.legal = false;
  if (!h.proc.cluster || local >= h.proc.shapes.size()) return;
  const Node& n = nodes_[host];
  const Phase phase = h.proc.cluster->phase(local);
  const hbd::Config& c = h.proc.config;
  const bool quiet = w_.now - n.disturbed > kSettled &&
                     (n.failed == 0 || w_.now - n.failed > kSettled) &&
                     (commanded_ == 0 || w_.now - commanded_ > kOrderEffect);
  const bool moves = follows(host, id)
                         ? !holds_server(host)
                         : c.auto_failback &&
                               h.proc.shapes[local].preferred != h.name;
  const bool pings = c.ping_count == 0 ||
                     is_on(n.all_pinged, w_.now, kSettled + c.deadtime_ms);
  g.owned = phase == Phase::Owning;
  g.legal = is_on(n.sound, w_.now, kSettled) && quiet && !moves && pings &&
            is_confirmed(host, id);
  if (was_legal && is_on(n.sound, w_.now, kSettled) && quiet &&
      phase != Phase::Owning && phase != Phase::Starting) {
    w_.fail(tandem::format("%s: lets go of group %zu, sound and confirmed",
                           h.name.c_str(), id));
  }
}

// ---- who could serve ------------------------------------------------------

// By the highest record that anybody has on disk, known here.
bool Watchdog::has_data(size_t host, size_t id) const {
  const Host& h = w_.hosts[host];
  const hbd::GroupState* mine = w_.on_disk(h, id);
  if (!mine || mine->record.none() || mine->need_follow || mine->unagreed ||
      h.proc.disk.blank) {
    return false;
  }
  for (size_t x = 0; x < 3; ++x) {
    const hbd::GroupState* s = w_.on_disk(w_.hosts[x], id);
    if (s && hbd::is_newer(s->record, mine->record)) return false;
  }
  if (!w_.setup.track_sync || !w_.shape(id).has(Part::Server)) return true;
  const hbd::Record& r = mine->record;
  const std::string instance = w_.instance_of(h);
  if (r.owner != h.name) return r.paired == instance;
  return r.owner_instance.empty() || r.owner_instance == instance;
}

bool Watchdog::has_right(size_t host, size_t id) const {
  const Node& n = nodes_[host];
  const Host& h = w_.hosts[host];
  const Host& o = w_.hosts[1 - host];
  const hbd::Config& c = h.proc.config;
  const hbd::Record& r = w_.on_disk(h, id)->record;
  const bool heard = n.heard[1 - host] != 0;
  const bool gone = !o.alive || !o.proc.running ||
                    (w_.links[0][1].cut && w_.links[1][0].cut);
  if (!heard && !gone) return false;  // by halves
  const bool idle = !w_.runs(o) || nodes_[1 - host].idle[id] != 0;
  if (!idle) return false;
  if (heard && r.owner == o.name && c.cold_wait_ms > kColdWaitMost) {
    return false;
  }
  if (!heard && c.has_fence && !w_.fence_works) return false;
  if (!c.witness.empty()) {
    const bool deaf = !w_.hosts[W].proc.running || w_.links[W][host].cut;
    if (n.heard[W] == 0) return heard && deaf;
    return !w_.hosts[W].proc.witness->record(w_.name_at(host, id)).none() &&
           (heard || !h.server.io);
  }
  if (heard) return true;
  const bool pinged = is_on(n.pinged, w_.now, 2 * c.deadtime_ms);
  if (c.has_fence) return n.ever;
  if (c.ping_count > 0 && c.silent_take && n.ever) return pinged;
  return (c.ping_count == 0 || pinged) && r.owner == h.name &&
         r.paired.empty();
}

bool Watchdog::may_take(size_t host, size_t id) const {
  const Node& n = nodes_[host];
  const Proc& p = w_.hosts[host].proc;
  if (!p.cluster || p.cluster->maintenance() != std::string("off")) return false;
  return n.sound != 0 && (n.failed == 0 || w_.now - n.failed > kPauseMost) &&
         w_.now - n.disturbed > kSettled && has_data(host, id) &&
         (!follows(host, id) || holds_server(host)) &&
         has_right(host, id);
}

void Watchdog::check_serves(size_t id) {
  bool served = false;
  for (size_t i = 0; i < 2; ++i) {
    const Host& h = w_.hosts[i];
    const size_t local = w_.local_of(h, id);
    if (!w_.runs(h) || local >= h.proc.shapes.size()) continue;
    if (h.proc.cluster->phase(local) != Phase::Owning) continue;
    served = served || !w_.shape(id).has(Part::Address) ||
             h.vips[id].address;
  }
  for (size_t i = 0; i < 2; ++i) {
    Group& g = nodes_[i].groups[id];
    const hbd::Config& c = w_.hosts[i].proc.config;
    since(&g.unserved, w_.now, !served);
    since(&g.able, w_.now, !served && may_take(i, id));
    const Ms most = kServesWithin + c.initdead_ms +
                    std::min<Ms>(c.cold_wait_ms, kColdWaitMost);
    if (!is_on(g.able, w_.now, most)) continue;
    w_.fail(tandem::format("nobody serves group %zu for %llu ms, and %s may",
                           id, static_cast<unsigned long long>(most),
                           w_.hosts[i].name.c_str()));
  }
}

// ---- writers, orders ------------------------------------------------------

void Watchdog::check_writes(size_t host) {
  const Host& h = w_.hosts[host];
  Node& n = nodes_[host];
  const hbd::Config& c = h.proc.config;
  const bool serves = w_.owner() == static_cast<int>(host) && w_.client_on &&
                      is_on(n.sound, w_.now, kSettled) && c.has_alone &&
                      h.proc.cluster &&
                      h.proc.cluster->phase(0) == Phase::Owning;
  const bool agreed = c.witness.empty()
                          ? !c.has_fence || w_.fence_works
                          : is_on(n.heard[W], w_.now, kSettled);
  const bool heard = is_on(n.heard[1 - host], w_.now, kSettled);
  since(&n.writes, w_.now, serves && (agreed || heard));
  const Ms most = c.deadtime_ms + c.warntime_ms + kWritesWithin;
  if (is_on(n.writes, w_.now, most) && w_.now - w_.last_ack_ms > most) {
    w_.fail(tandem::format("%s: serves, and no write is acknowledged for %llu "
                           "ms", h.name.c_str(),
                           static_cast<unsigned long long>(most)));
  }
}

void Watchdog::check_orders() {
  for (size_t i = orders_.size(); i-- > 0;) {
    const Order o = orders_[i];
    const Host& h = w_.hosts[o.host];
    const Ms most = 3 * h.proc.config.deadtime_ms + 3000;
    if (o.replied == 0 || w_.now < o.replied + most) continue;
    orders_.erase(orders_.begin() + static_cast<std::ptrdiff_t>(i));
    const Host& peer = w_.hosts[1 - o.host];
    const Node& n = nodes_[o.host];
    const bool peer_well =
        !peer.proc.running || is_on(nodes_[peer.index].sound, w_.now, most);
    if (h.proc.life != o.life || !is_on(n.sound, w_.now, most) ||
        n.failed + most > w_.now || commanded_ > o.replied || !peer_well) {
      continue;
    }
    w_.fail(tandem::format(
        "%s: %s of group %zu was said to be done, and nothing was started in "
        "%llu ms", h.name.c_str(),
        o.kind == hbd::CommandKind::Init ? "init" : "takeover -f", o.id,
        static_cast<unsigned long long>(most)));
  }
}

}  // namespace sim
