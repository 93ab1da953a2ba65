// Hosts as a whole: boot, crash, freeze; the networks' cuts; the queue of
// events; what healthy means, and when a world that is not may be excused.
#include <stdarg.h>

#include <algorithm>

#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

namespace {
const size_t kTranscriptLines = 60;
}  // namespace

World::World(uint64_t seed, int verbose, Kind of_kind)
    : rng(of_kind == Kind::Wide ? ~seed : seed), now(0), fence_works(true),
      client_on(true), next_commit(0), last_ack_ms(0), disk_was_lost(false),
      disk_lied(false), conflict_allowed(false), kind(of_kind), audit(this),
      watchdog(this), attacker(this), fences(0), door(0), verbose_(verbose),
      next_seq_(0), next_hook_(1), next_instance_(1), next_command_(1) {
  for (size_t i = 0; i < 3; ++i) {
    hosts[i].index = i;
    hosts[i].name = kHostNames[i];
    hosts[i].clock_offset = rng.range(1000, 100000000);
    hosts[i].drift_ppm = static_cast<int>(rng.range(0, 400)) - 200;
  }
  ping_dead.assign(kPingsMost, false);
  for (size_t i = 0; i < 2; ++i) {
    ping_lost[i].assign(kPingsMost, false);
    ping_cut[i] = false;
    for (size_t k = 0; k < 2; ++k) sql_cut[i][k] = false;
  }
  // Not drawn from rng: the worlds of old seeds stay what they were.
  if (kind != Kind::Mixed) return;
  setup.groups = seed % 4 == 0 ? 2 : 1;
  if (seed % 8 == 0) setup.preferred2 = "hdp3";
  setup.track_sync = seed % 12 != 0;
  promise.no_loss = setup.track_sync;
  setup.failback = seed % 3 == 1 || seed % 16 == 0;
}

void World::fail(const std::string& what) {
  if (failed()) return;
  for (const std::string& words : known_failures) {
    if (what.find(words) != std::string::npos) return;
  }
  failure = what;
  say("FAILED: %s", what.c_str());
}

void World::say(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  const std::string text = tandem::vformat(fmt, ap);
  va_end(ap);
  transcript.push_back(tandem::format(
      "%8llu %s", static_cast<unsigned long long>(now), text.c_str()));
  if (verbose_ > 0) puts(transcript.back().c_str());
  if (transcript.size() > kTranscriptLines) transcript.pop_front();
}

void World::at(Ms delay, std::function<void()> f) {
  Event e;
  e.at = now + delay;
  e.seq = next_seq_++;
  e.run = std::move(f);
  queue_.push_back(std::move(e));
  std::push_heap(queue_.begin(), queue_.end());
}

void World::run_for(Ms ms) {
  run_until(ms, [] { return false; });
}

bool World::run_until(Ms ms, const std::function<bool()>& f) {
  const Ms end = now + ms;
  while (!failed()) {
    if (f()) return true;
    if (queue_.empty() || queue_.front().at > end) break;
    std::pop_heap(queue_.begin(), queue_.end());
    const Event e = std::move(queue_.back());
    queue_.pop_back();
    now = e.at;
    e.run();
    check();
  }
  if (!failed()) now = end;
  return false;
}

// ---- hosts ----------------------------------------------------------------

void World::boot(size_t host) {
  Host& h = hosts[host];
  if (h.alive) return;
  say("%s boots", h.name.c_str());
  h.alive = true;
  h.frozen = false;
  h.clock_offset = rng.range(1000, 100000000);
  if (host != W && setup.has_watch) {
    boot_server(host, rng.range(200, 2000) + h.boot_extra);
  }
  at(rng.range(100, 1500), [this, host] { start_hbd(host); });
}

// A disk held the only copy of some commits and the only record that says so:
// without a witness nothing in the world knows of them any more. Or an
// operator decided for the other host's data.
void World::forget_destroyed(const Host& other) {
  std::vector<bool> has(next_commit, false);
  const std::vector<uint32_t>& log = other.server.log;
  for (size_t i = 0; i < log.size(); ++i) has[log[i]] = true;
  std::vector<uint32_t> left;
  for (size_t i = 0; i < acked.size(); ++i) {
    if (has[acked[i]]) left.push_back(acked[i]);
    is_acked[acked[i]] = has[acked[i]];
  }
  acked.swap(left);
}

// Power off. lost_fsync: the disk had not really written the latest state.
void World::crash(size_t host, bool lost_fsync, bool lost_disk) {
  Host& h = hosts[host];
  if (!h.alive) return;
  say("%s host dies%s%s", h.name.c_str(), lost_fsync ? ", fsync lost" : "",
      lost_disk ? ", disk lost" : "");
  kill_hbd(host);
  audit.on_crash(host);
  for (size_t g = 0; g < kGroups; ++g) kill_keeper(h, g);
  h.hooks.clear();
  if (host != W) crash_server(host, kEver);
  for (size_t g = 0; g < kGroups; ++g) {
    remove_address(h, g, "host is dead");
    h.daemons[g] = false;
  }
  h.alive = false;
  h.frozen = false;
  // Without a witness a disk that lies about an fsync is past any promise:
  // the only other memory may be silent.
  if (lost_fsync && setup.witness && h.proc.has_before) {
    h.proc.disk = h.proc.before;
    disk_lied = true;
  }
  h.proc.has_before = false;
  if (lost_disk) {
    h.proc.has_disk = false;
    h.proc.disk = hbd::State();
    // The server comes back from an older copy, or from none.
    h.server.log.resize(rng.chance(50) ? 0 : h.server.log.size() / 2);
    h.server.settled = h.server.log.size();
    if (!setup.witness) forget_destroyed(hosts[1 - host]);
    disk_was_lost = true;
  }
}

// A paused host with running clocks. On the thaw the kernel's timers and the
// keeper come before anything can reach the host: a few packets may pass on
// real ones, and no rule of hbd can keep them out.
void World::freeze_host(size_t host, bool frozen) {
  Host& h = hosts[host];
  if (!h.alive || h.frozen == frozen) return;
  say("%s host %s", h.name.c_str(), frozen ? "is paused" : "goes on");
  h.frozen = frozen;
  if (frozen) return;
  h.thawed_ms = now;
  for (size_t g = 0; g < kGroups; ++g) {
    const Vip& v = h.vips[g];
    if (v.address && v.address_expires <= now) remove_address(h, g, "expired");
  }
  keeper_turns(h);
  at(rng.below(4), [this, host] { turn(hosts[host]); });
}

void World::cut_beats(size_t from, size_t to, bool on) {
  links[from][to].cut = on;
  say("net %s %s -> %s", on ? "cut" : "healed", hosts[from].name.c_str(),
      hosts[to].name.c_str());
}

void World::cut_sql(bool on) {
  sql_cut[A][B] = sql_cut[B][A] = on;
  say("net %s between the servers", on ? "cut" : "healed");
}

void World::cut(size_t a, size_t b, bool on) {
  cut_beats(a, b, on);
  cut_beats(b, a, on);
  if (a != W && b != W) cut_sql(on);
}

void World::isolate(size_t host, bool on) {
  for (size_t i = 0; i < 3; ++i) {
    if (i != host) cut(host, i, on);
  }
  if (host != W) ping_cut[host] = on;
}

// ---- the pair -------------------------------------------------------------

void World::power_up() {
  shapes = shapes_of(setup);
  door = door_of(shapes);
  for (const Shape& s : shapes) ids_[s.name] = s.id;
  for (size_t i = 0; i < 2; ++i) {
    Host& h = hosts[i];
    h.alive = true;
    h.server.state = setup.has_watch ? Server::Up : Server::Down;
    h.server.instance = next_instance_++;
    at(rng.below(20), [this, i] { tick_servers(i); });
    at(rng.below(20), [this, i] { watch(hosts[i]); });
    if (setup.pings > 0 || kind == Kind::Wide) {
      at(rng.below(200), [this, i] { tick_ping(i); });
    }
  }
  hosts[A].server.read_only = false;
  hosts[B].server.source = static_cast<int>(A);
  for (size_t i = 0; i < 5; ++i) commit(hosts[A]);
  at(0, [this] { tick_client(); });
  if (!setup.witness) return;
  hosts[W].alive = true;
}

bool World::start_healthy() {
  power_up();
  for (size_t i = 0; i < 3; ++i) {
    if (hosts[i].alive) at(rng.below(1500), [this, i] { start_hbd(i); });
  }
  if (run_until(30000, [this] { return healthy(); })) {
    run_for(500);
    say("---- healthy ----");
    if (kind == Kind::Wide) watchdog.begin();
    return !failed();
  }
  if (!failed()) fail("the pair does not become healthy after its start");
  return false;
}

int World::owner() const {
  int found = kNobody;
  for (size_t i = 0; i < 2; ++i) {
    const Host& h = hosts[i];
    if (!reached(h) || !answers(h) || h.server.read_only) continue;
    if (found != kNobody) return kNobody;
    found = static_cast<int>(i);
  }
  return found;
}

bool World::is_served(size_t id) const {
  size_t n = 0;
  for (size_t i = 0; i < 2; ++i) {
    const Host& h = hosts[i];
    const size_t local = local_of(h, id);
    if (runs(h) && h.proc.cluster && local < kGroups &&
        (h.vips[id].address || !shape(id).has(Part::Address)) &&
        h.proc.cluster->phase(local) == hbd::Phase::Owning) {
      ++n;
    }
  }
  return n == 1;
}

bool World::others_served() const {
  for (const Shape& s : shapes) {
    if (s.id != 0 && !is_served(s.id)) return false;
  }
  return true;
}

// One owner, writes are acknowledged, and its record says paired with the
// present start of the other one's server, where the events are that make it
// so.
bool World::runs_all(const Host& h) const {
  if (!runs(h) || !h.proc.cluster) return true;
  for (size_t i = 0; i < h.proc.shapes.size(); ++i) {
    const Shape& s = h.proc.shapes[i];
    if (h.proc.cluster->phase(i) != hbd::Phase::Owning) continue;
    if (s.has(Part::Daemon) && !h.daemons[s.id]) return false;
    if (s.has(Part::Address) && !h.vips[s.id].address) return false;
  }
  return true;
}

bool World::healthy() const {
  for (size_t i : {A, B}) {
    if (setup.status != 0 && !runs_all(hosts[i])) return false;
  }
  if (!setup.has_watch) return is_served(0) && others_served();
  const int o = owner();
  if (o == kNobody || now > last_ack_ms + 500) return false;
  const Host& h = hosts[o];
  const Host& r = hosts[1 - o];
  if (!runs(h) || !runs(r) || !h.proc.cluster) return false;
  const size_t local = local_of(h, 0);
  if (h.proc.cluster->phase(local) != hbd::Phase::Owning) return false;
  if (!others_served()) return false;
  for (size_t i = 0; setup.colocate && i < h.proc.shapes.size(); ++i) {
    if (h.proc.cluster->phase(i) != hbd::Phase::Owning) return false;
  }
  if (!setup.track_sync || !setup.has_paired || !setup.has_follow) return true;
  return h.proc.cluster->record(local).paired == instance_of(r) &&
         h.server.semi && r.server.source == o && r.server.io;
}

// From now on somebody starts what has ended.
void World::supervise() {
  for (size_t i = 0; i < (setup.witness ? 3u : 2u); ++i) {
    if (hosts[i].alive && !hosts[i].proc.running) start_hbd(i);
  }
  at(1000, [this] { supervise(); });
}

void World::heal() {
  say("---- healed ----");
  at(1000, [this] { supervise(); });
  for (size_t a = 0; a < 3; ++a) {
    for (size_t b = 0; b < 3; ++b) links[a][b] = Link();
  }
  ping_dead.assign(kPingsMost, false);
  for (size_t i = 0; i < 2; ++i) {
    ping_lost[i].assign(kPingsMost, false);
    ping_cut[i] = false;
    for (size_t k = 0; k < 2; ++k) sql_cut[i][k] = false;
  }
  fence_works = true;
  for (size_t i = 0; i < (setup.witness ? 3u : 2u); ++i) {
    Host& h = hosts[i];
    h.hook_fail = h.hook_hang = 0;
    h.hook_slow = 1;
    h.fail_next = 0;
    h.apply_lag = 0;
    h.fence = FenceDoes::Work;
    h.boot_extra = 0;
    h.mute = false;
    h.proc.fsync_min = 1;
    h.proc.fsync_max = 4;
    freeze_host(i, false);
    freeze_hbd(i, false);
    freeze_keeper(i, false);
    if (!h.alive) {
      boot(i);
      continue;
    }
    if (!h.proc.running) start_hbd(i);
    if (i == W || !setup.has_watch) continue;
    h.watcher.alive = true;
    hang_server(i, false);
    if (h.server.state == Server::Down) boot_server(i, 300);
  }
}

// Why nobody owning, or nobody paired, is what design.md asks for. Empty: it
// is not.
std::string World::excuse() const {
  const hbd::GroupState* best = nullptr;
  for (size_t i = 0; i < 2; ++i) {
    const hbd::GroupState* s = on_disk(hosts[i], 0);
    if (s && (!best || hbd::is_newer(s->record, best->record))) best = s;
  }
  if (!best) return "no record anywhere";
  const hbd::Record& r = best->record;
  const Host& holder = hosts[r.owner == hosts[A].name ? A : B];
  const Host& other = hosts[1 - holder.index];
  if (disk_was_lost && holder.proc.disk.blank && owner() == kNobody) {
    return "the last owner lost its disk and the other one may lack writes";
  }
  if (kind == Kind::Wide && disk_lied && holder.proc.disk.blank &&
      owner() == kNobody) {
    return "the last owner's disk lied about the end of its being blank";
  }
  if (disk_was_lost && owner() == kNobody && !r.owner_instance.empty()) {
    return "a start was cut off, and the disk of the owner before is lost";
  }
  if (other.server.tail_refused && owner() != kNobody) {
    // Never acknowledged (checked), but committed in its engine: rejoin
    // refuses, and a restart drops it no more; [events] rebuild may.
    return "the standby is ahead of the owner";
  }
  return "";
}

}  // namespace sim
