// The modelled servers: logs of commits, semi-sync with an infinite wait,
// replication over a network of its own, crashes, hangs; the watcher that
// looks at them; and the client that writes to wherever the address is.
#include <algorithm>

#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

namespace {
const Ms kReplicateEvery = 8;
const Ms kWatchEvery = 25;
const Ms kIoTimeout = 2500;  // until a receiver notices a cut
const Ms kHungDown = 1500;   // until the watcher calls a hung server down
}  // namespace

bool World::answers(const Host& h) const {
  return h.alive && !h.frozen && h.server.state == Server::Up;
}

bool World::sql(size_t a, size_t b) const {
  return hosts[a].alive && hosts[b].alive && !hosts[a].frozen &&
         !hosts[b].frozen && !sql_cut[a][b] && !sql_cut[b][a];
}

// The host with the clients' address: its server; where that is a group of its
// own, one that this host's forwarder reaches.
bool World::reached(const Host& h) const {
  for (const Host& d : hosts) {
    if (door >= kGroups || !d.vips[door].address || d.index == W) continue;
    if (d.index == h.index) return true;
    if (door != 0 && sql(d.index, h.index)) return true;
  }
  return false;
}

// "LENGTH:LAST": equal when the logs are, as two servers with one history.
std::string World::position(const Host& h) const {
  const std::vector<uint32_t>& log = h.server.log;
  return tandem::format("%zu:%u", log.size(), log.empty() ? 0u : log.back());
}

// What `rejoin -p` decides (promote/prestart.cc): another one took over from a
// paired record, so what only this server has was never acknowledged.
static bool boots_as_replica(const Host& h) {
  const hbd::State& d = h.proc.disk;
  if (!h.proc.has_disk || d.blank || d.groups.empty()) return false;
  const hbd::Record& r = d.groups[0].record;  // the first line's
  if (r.none()) return false;
  return r.owner != h.name && r.from == "paired";
}

// Boots read-only; what the state file says decides whether mysqld is told
// to drop the tail that was never acknowledged (rejoin -p).
void World::boot_server(size_t host, Ms delay) {
  Server& s = hosts[host].server;
  if (s.state == Server::Starting) return;
  const unsigned life = ++s.life;
  s.state = Server::Starting;
  at(delay, [this, host, life] {
    Host& h = hosts[host];
    Server& r = h.server;
    if (r.life != life || !h.alive) return;
    r.state = Server::Up;
    r.instance = next_instance_++;
    r.read_only = true;
    r.semi = false;
    r.io = r.refused = false;
    r.io_stopped = false;
    r.io_retry = now + rng.below(200);
    const bool drops = boots_as_replica(h);
    if (drops && r.settled < r.log.size()) {
      say("%s mysqld drops %zu commits never acknowledged", h.name.c_str(),
          r.log.size() - r.settled);
      r.log.resize(r.settled);
    }
    r.settled = r.log.size();
    r.tail_ms = 0;
    say("%s mysqld up instance=%llu pos=%s", h.name.c_str(),
        static_cast<unsigned long long>(r.instance), position(h).c_str());
  });
}

void World::crash_server(size_t host, Ms restart_after) {
  Host& h = hosts[host];
  Server& s = h.server;
  if (s.state == Server::Down) return;
  say("%s mysqld dies pos=%s waiting=%zu", h.name.c_str(),
      position(h).c_str(), s.waiting.size());
  const unsigned life = ++s.life;
  s.state = Server::Down;
  s.waiting.clear();
  s.io = false;
  s.relay.clear();  // relay_log_recovery; and it is another instance anyway
  if (restart_after == kEver) return;
  at(restart_after, [this, host, life] {
    if (hosts[host].server.life == life && hosts[host].alive) {
      boot_server(host, rng.range(100, 600));
    }
  });
}

void World::hang_server(size_t host, bool hung) {
  Server& s = hosts[host].server;
  if (s.state != (hung ? Server::Up : Server::Hung)) return;
  say("%s mysqld %s", hosts[host].name.c_str(), hung ? "hangs" : "goes on");
  s.state = hung ? Server::Hung : Server::Up;
  s.hung_at = now;
}

void World::release_waiters(Host& h, size_t upto, bool acknowledged) {
  Server& s = h.server;
  while (!s.waiting.empty() && s.waiting.front().index < upto) {
    const Waiter w = s.waiting.front();
    s.waiting.pop_front();
    if (!acknowledged) continue;
    s.settled = std::max(s.settled, w.index + 1);
    // Without the address on this host its answer has no way to the client.
    if (!reached(h)) continue;
    check_ack(h, w);
    acked.push_back(w.id);
    is_acked[w.id] = true;
    last_ack_ms = now;
  }
}

void World::commit(Host& h) {
  Server& s = h.server;
  Waiter w;
  w.index = s.log.size();
  w.id = next_commit++;
  is_acked.push_back(false);
  s.log.push_back(w.id);
  s.waiting.push_back(w);
  if (!s.semi) release_waiters(h, SIZE_MAX, true);
}

void World::tick_client() {
  at(rng.range(15, 40), [this] { tick_client(); });
  if (!client_on || door >= kGroups) return;
  size_t found[2], n = 0;
  for (size_t i = 0; i < 2; ++i) {
    if (hosts[i].alive && hosts[i].vips[door].address && !hosts[i].frozen) {
      found[n++] = i;
    }
  }
  if (n == 0) return;
  const size_t at_host = found[rng.below(n)];
  Host* h = door == 0 ? &hosts[at_host] : primary_seen_from(at_host);
  if (h && answers(*h) && !h->server.read_only &&
      h->server.waiting.size() < 20) {
    commit(*h);
  }
}

// A forwarder on that host sends writers to the one server that says it is
// the primary; to neither when two say so.
Host* World::primary_seen_from(size_t host) {
  Host* found = nullptr;
  for (size_t i = 0; i < 2; ++i) {
    Host& h = hosts[i];
    if ((i != host && !sql(i, host)) || !answers(h) || h.server.read_only) {
      continue;
    }
    if (found) return nullptr;
    found = &h;
  }
  return found;
}

// What a receiver, an applier and the way back of the acknowledgement do in
// one step of some milliseconds.
void World::replicate(Host& h) {
  Server& s = h.server;
  if (!answers(h)) return;
  if (!s.relay.empty() && !rng.chance(10) && h.apply_lag == 0) {
    s.log.insert(s.log.end(), s.relay.begin(), s.relay.end());
    s.relay.clear();
    s.settled = s.log.size();
  }
  if (s.source == kNobody || s.io_stopped) {
    s.io = false;
    return;
  }
  Host& from = hosts[static_cast<size_t>(s.source)];
  Server& src = from.server;
  if (!sql(h.index, from.index) || src.state == Server::Hung) {
    if (s.io && now - s.io_seen > kIoTimeout) s.io = false;
    return;
  }
  if (src.state != Server::Up || (s.io && src.instance != s.source_instance)) {
    s.io = false;
    s.io_retry = now + rng.range(50, 900);
    return;
  }
  s.io_seen = now;
  if (!s.io) {
    if (now < s.io_retry || s.refused) return;
    const bool known =
        s.received() <= src.log.size() &&
        std::equal(s.log.begin(), s.log.end(), src.log.begin()) &&
        std::equal(s.relay.begin(), s.relay.end(),
                   src.log.begin() + static_cast<std::ptrdiff_t>(s.log.size()));
    if (!known) {
      say("%s replication: position %s is not in the source's log",
          h.name.c_str(), position(h).c_str());
      s.refused = true;
      return;
    }
    s.io = true;
    s.acked = 0;
    s.source_instance = src.instance;
  }
  // What was received in the step before is acknowledged now.
  if (s.acked > 0) release_waiters(from, s.acked, true);
  s.relay.insert(s.relay.end(),
                 src.log.begin() + static_cast<std::ptrdiff_t>(s.received()),
                 src.log.end());
  s.acked = s.received();
}

void World::tick_servers(size_t host) {
  replicate(hosts[host]);
  at(kReplicateEvery - 3 + rng.below(6), [this, host] { tick_servers(host); });
  // The operator of this message: "restart mysqld with what rejoin -p says".
  Server& s = hosts[host].server;
  if (s.tail_ms != 0 && now - s.tail_ms > 1000 && answers(hosts[host])) {
    crash_server(host, 100);
    s.tail_ms = 0;
  }
}

void World::lose_watcher(size_t host, Ms ms) {
  hosts[host].watcher.alive = false;
  deliver(host, [this, host](Ms t) {
    hosts[host].proc.cluster->on_watch_lost(t);
  });
  at(ms, [this, host] {
    hosts[host].watcher.alive = hosts[host].proc.running;
    hosts[host].watcher.said.clear();
  });
}

void World::watch(Host& h) {
  const size_t host = h.index;
  at(kWatchEvery - 5 + rng.below(11), [this, host] { watch(hosts[host]); });
  if (!h.alive || h.frozen || !h.watcher.alive || !h.proc.running) return;
  const Server& s = h.server;
  if (!setup_of(h).has_watch) return;
  const bool hung = s.state == Server::Hung;
  if (hung && now - s.hung_at < kHungDown) return;
  const bool up = s.state == Server::Up;
  tandem::Attrs attrs;
  if (up) {
    if (!h.mute) {
      attrs["role"] = s.source != kNobody ? "replica"
                      : s.read_only       ? "readonly"
                                          : "primary";
      attrs["instance"] = instance_of(h);
    }
    if (s.source != kNobody) attrs["source"] = s.io ? "yes" : "no";
    attrs["sync"] = s.semi ? "on" : "off";
  }
  std::string said = up ? "up" : "down";
  for (tandem::Attrs::const_iterator i = attrs.begin(); i != attrs.end();
       ++i) {
    said += " " + i->first + "=" + i->second;
  }
  if (said == h.watcher.said && now - h.watcher.said_ms < 990) return;
  if (said != h.watcher.said) say("%s watch: %s", h.name.c_str(), said.c_str());
  h.watcher.said = said;
  h.watcher.said_ms = now;
  if (up) attrs["pos"] = position(h);
  if (up && s.source != kNobody && h.apply_lag == 0) attrs["lag"] = "0";
  deliver(host, [this, host, up, attrs](Ms t) {
    audit.on_watch(host, up, attrs);
    hosts[host].proc.cluster->on_watch(t, up, attrs);
  });
}

}  // namespace sim
