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

World::World(uint64_t seed, int verbose, bool plain)
    : rng(seed), now(0), fence_works(true), client_on(true), next_commit(0),
      last_ack_ms(0), disk_was_lost(false), conflict_allowed(false),
      verbose_(verbose), next_seq_(0), next_hook_(1), next_instance_(1) {
  static const char* const kNames[] = {"hdp3", "hdp4", "wit"};
  for (size_t i = 0; i < 3; ++i) {
    hosts[i].index = i;
    hosts[i].name = kNames[i];
    hosts[i].clock_offset = rng.range(1000, 100000000);
    hosts[i].drift_ppm = static_cast<int>(rng.range(0, 400)) - 200;
  }
  for (size_t i = 0; i < 2; ++i) {
    ping_cut[i] = false;
    for (size_t k = 0; k < 2; ++k) sql_cut[i][k] = false;
  }
  // Not drawn from rng: the worlds of old seeds stay what they were.
  if (plain) return;
  setup.groups = seed % 4 == 0 ? 2 : 1;
  if (seed % 8 == 0) setup.preferred2 = "hdp3";
  setup.track_sync = seed % 12 != 0;
  promise.no_loss = setup.track_sync;
  setup.failback = seed % 3 == 1 || seed % 16 == 0;
}

void World::fail(const std::string& what) {
  if (failed()) return;
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
  if (host != W) boot_server(host, rng.range(200, 2000));
  at(rng.range(100, 1500), [this, host] { start_hbd(host); });
}

// A disk held the only copy of some commits and the only record that says so:
// without a witness nothing in the world knows of them any more.
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
  for (size_t g = 0; g < kGroups; ++g) kill_keeper(h, g);
  h.hooks.clear();
  if (host != W) crash_server(host, kEver);
  for (size_t g = 0; g < kGroups; ++g) remove_address(h, g, "host is dead");
  h.alive = false;
  h.frozen = false;
  // Without a witness a disk that lies about an fsync is past any promise:
  // the only other memory may be silent.
  if (lost_fsync && setup.witness && h.proc.has_before) {
    h.proc.disk = h.proc.before;
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
  for (size_t i = 0; i < 2; ++i) {
    Host& h = hosts[i];
    h.alive = true;
    h.server.state = Server::Up;
    h.server.instance = next_instance_++;
    at(rng.below(20), [this, i] { tick_servers(i); });
    at(rng.below(20), [this, i] { watch(hosts[i]); });
    if (setup.pings > 0) at(rng.below(200), [this, i] { tick_ping(i); });
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
    return !failed();
  }
  if (!failed()) fail("the pair does not become healthy after its start");
  return false;
}

int World::owner() const {
  int found = kNobody;
  for (size_t i = 0; i < 2; ++i) {
    const Host& h = hosts[i];
    if (!h.vips[0].address || !answers(h) || h.server.read_only) continue;
    if (found != kNobody) return kNobody;
    found = static_cast<int>(i);
  }
  return found;
}

bool World::others_served() const {
  for (size_t g = 1; g < setup.groups; ++g) {
    size_t n = 0;
    for (size_t i = 0; i < 2; ++i) {
      const Host& h = hosts[i];
      if (runs(h) && h.proc.cluster && h.vips[g].address &&
          h.proc.cluster->phase(g) == hbd::Phase::Owning) {
        ++n;
      }
    }
    if (n != 1) return false;
  }
  return true;
}

// One owner, writes are acknowledged, and its record says paired with the
// present start of the other one's server.
bool World::healthy() const {
  const int o = owner();
  if (o == kNobody || now > last_ack_ms + 500) return false;
  const Host& h = hosts[o];
  const Host& r = hosts[1 - o];
  if (!runs(h) || !runs(r) || !h.proc.cluster) return false;
  if (h.proc.cluster->phase(0) != hbd::Phase::Owning) return false;
  if (!others_served()) return false;
  if (!setup.track_sync) return true;
  return h.proc.cluster->record(0).paired ==
             tandem::format("%llu", static_cast<unsigned long long>(
                                        r.server.instance)) &&
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
  for (size_t i = 0; i < 2; ++i) {
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
    if (i == W) continue;
    h.watcher.alive = true;
    hang_server(i, false);
    if (h.server.state == Server::Down) boot_server(i, 300);
  }
}

// Why nobody owning, or nobody paired, is what design.md asks for. Empty: it
// is not.
std::string World::excuse() const {
  const Host* o = &hosts[A];
  for (size_t i = 0; i < 2; ++i) {
    if (!hosts[i].proc.has_disk || hosts[i].proc.disk.groups.empty()) continue;
    const hbd::State& a = hosts[i].proc.disk;
    const hbd::State& b = o->proc.disk;
    if (b.groups.empty() || hbd::is_newer(a.groups[0].record,
                                          b.groups[0].record)) {
      o = &hosts[i];
    }
  }
  if (o->proc.disk.groups.empty()) return "no record anywhere";
  const hbd::Record& r = o->proc.disk.groups[0].record;
  const Host& holder = hosts[r.owner == hosts[A].name ? A : B];
  const Host& other = hosts[1 - holder.index];
  if (disk_was_lost && holder.proc.disk.blank && owner() == kNobody) {
    return "the last owner lost its disk and the other one may lack writes";
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
