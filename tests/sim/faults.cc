// One seeded scenario: a pair becomes healthy, a few faults overlap, all is
// healed, and the pair has to come back within the bound.
#include "tests/sim/faults.h"

#include <algorithm>

#include "lib/text.h"

namespace sim {

namespace {

const Ms kBound = 75000;
const Ms kExcusedAfter = 20000;  // of no health: it will not come by itself

}  // namespace

const char* const kFaultNames[] = {
    "none", "loss", "delay", "duplicates", "cut-one-way", "cut", "isolate",
    "cut-sql", "cut-beats", "ping-loss", "freeze-hbd", "freeze-keeper",
    "freeze-both", "freeze-host", "kill-hbd", "kill-keeper", "crash-server",
    "hang-server", "crash-host", "lose-disk", "kill-witness",
    "freeze-witness", "hook-fail", "hook-slow", "hook-hang", "standby",
    "takeover", "stop-hbd", "slow-fsync", "kill-watcher", "lag",
    "late-promote", "break-fence"};
const unsigned kFaultWeights[] = {
    2, 5, 4, 2, 9, 10, 8, 5, 6, 3, 9, 6, 6, 6, 8, 4, 12, 4, 9, 1, 4, 3, 3, 3,
    2, 4, 3, 4, 3, 2, 4, 2, 2};

bool is_partition(Fault f) {
  switch (f) {
    case Loss: case Delay: case CutOneWay: case Cut: case Isolate:
    case CutSql: case CutBeats: case FreezeHbd: case FreezeKeeper:
    case FreezeBoth: case FreezeHost: case PingLoss: case HookHang:
    case HookSlow: case LatePromote: case SlowFsync: case KillHbd:
      return true;
    default: return false;
  }
}

Ms some_length(Rng* rng) {
  switch (rng->below(4)) {
    case 0: return rng->range(20, 900);
    case 1: return rng->range(600, 2600);
    case 2: return rng->range(2000, 6000);
    default: return rng->range(100, 12000);
  }
}

namespace {

Fault pick(World* w, bool calm) {
  unsigned sum = 0;
  for (size_t i = 0; i < kFaults; ++i) sum += kFaultWeights[i];
  for (;;) {
    uint64_t n = w->rng.below(sum);
    size_t i = 0;
    while (n >= kFaultWeights[i]) n -= kFaultWeights[i++];
    const Fault f = static_cast<Fault>(i);
    if (!w->setup.witness && (f == KillWitness || f == FreezeWitness)) continue;
    if (w->setup.pings == 0 && f == PingLoss) continue;
    if (!w->setup.fence && f == BreakFence) continue;
    if (calm && is_partition(f)) continue;
    return f;
  }
}

void set_links(World* w, const Plan& p, bool on) {
  for (size_t a = 0; a < 3; ++a) {
    for (size_t b = 0; b < 3; ++b) {
      if (p.value % 3 != 0 && (a != p.host || b != p.other)) continue;
      Link* l = &w->links[a][b];
      const unsigned n = static_cast<unsigned>(p.value % 50) + 5;
      if (p.what == Loss) l->loss = on ? n : 0;
      if (p.what == Dup) l->dup = on ? n : 0;
      if (p.what == Delay) l->delay_max = on ? p.value % 400 + 5 : 1;
    }
  }
}

// Faults that only begin.
void begin_process(World* w, const Plan& p) {
  const size_t node = p.host % 2;
  Host& h = w->hosts[node];
  switch (p.what) {
    case KillKeeper:
      w->say("%s keeper is killed", h.name.c_str());
      w->watchdog.disturb(node);
      for (size_t g = 0; g < kGroups; ++g) w->kill_keeper(h, g);
      break;
    case CrashServer: w->crash_server(node, p.value % 5000); break;
    case Standby:
      w->command(node, hbd::CommandKind::Standby, "",
                 w->setup.limits ? 1 + p.value % 1500 : 0);
      break;
    case Takeover: w->command(node, hbd::CommandKind::Takeover); break;
    case LatePromote: h.promote_delay = 500 + p.value % 5000; break;
    case KillWatcher: {
      w->watchdog.disturb(node);
      h.watcher.alive = false;
      w->deliver(node, [w, node](Ms t) {
        w->hosts[node].proc.cluster->on_watch_lost(t);
      });
      w->at(p.value % 1500, [w, node] {
        w->hosts[node].watcher.alive = w->hosts[node].proc.running;
        w->hosts[node].watcher.said.clear();
      });
      break;
    }
    default: break;
  }
}

void begin_net(World* w, const Plan& p, bool on) {
  switch (p.what) {
    case Loss: case Delay: case Dup: set_links(w, p, on); break;
    case CutOneWay:
      w->cut_beats(p.host, p.other, on);
      if (p.host != W && p.other != W && p.value % 2) {
        w->sql_cut[p.host][p.other] = on;
      }
      break;
    case Cut: w->cut(p.host, p.other, on); break;
    case CutBeats:
      w->cut_beats(p.host, p.other, on);
      w->cut_beats(p.other, p.host, on);
      break;
    case CutSql: w->cut_sql(on); break;
    case Isolate: w->isolate(p.host, on); break;
    case PingLoss: w->ping_cut[p.host % 2] = on; break;
    default: break;
  }
}

}  // namespace

void begin_fault(World* w, const Plan& p, bool on) {
  const size_t node = p.host % 2;
  Host& h = w->hosts[node];
  if (w->failed()) return;
  begin_net(w, p, on);
  switch (p.what) {
    case FreezeHbd: w->freeze_hbd(node, on); break;
    case FreezeKeeper: w->freeze_keeper(node, on); break;
    case FreezeBoth:
      w->freeze_hbd(node, on);
      w->freeze_keeper(node, on);
      break;
    case FreezeHost: w->freeze_host(node, on); break;
    case FreezeWitness: w->freeze_hbd(W, on); break;
    case HangServer: w->hang_server(node, on); break;
    case HookFail: h.hook_fail = on ? 40 : 0; break;
    case HookSlow: h.hook_slow = on ? 20 : 1; break;
    case HookHang: h.hook_hang = on ? 30 : 0; break;
    case SlowFsync:
      h.proc.fsync_min = on ? 100 : 1;
      h.proc.fsync_max = on ? 900 : 4;
      break;
    case Lag: h.apply_lag = on ? 1 : 0; break;
    case BreakFence: w->fence_works = !on; break;
    case KillHbd:
      if (on) w->kill_hbd(node); else w->start_hbd(node);
      break;
    case KillWitness:
      if (on) w->kill_hbd(W); else w->start_hbd(W);
      break;
    case StopHbd:
      if (on) w->stop_hbd(node); else w->start_hbd(node);
      break;
    case CrashHost: case LoseDisk:
      if (on) {
        w->crash(node, p.value % 3 == 0, p.what == LoseDisk);
      } else {
        w->boot(node);
      }
      break;
    default: begin_process(w, p); break;
  }
}

namespace {

void choose_setup(World* w, bool* calm) {
  Rng& rng = w->rng;
  const uint64_t kind = rng.below(100);
  *calm = false;
  if (kind < 78) {
    w->setup.fence = rng.chance(10);
  } else if (kind < 87) {
    w->setup.witness = false;
    w->setup.fence = true;
    w->setup.pings = rng.below(2);
  } else {
    w->setup.witness = false;
    w->setup.pings = kind < 95 ? 1 : 0;
    *calm = true;
  }
  if (rng.chance(25)) w->setup.deadtime = 1750;
  if (rng.chance(30)) w->setup.preferred = "hdp4";
}

void choose_faults(World* w, bool calm, std::vector<Plan>* plans) {
  Rng& rng = w->rng;
  const uint64_t n = rng.range(1, 6);
  const Ms window = rng.range(500, 12000);
  bool disk = false;
  for (uint64_t i = 0; i < n; ++i) {
    Plan p;
    p.what = pick(w, calm);
    if (p.what == LoseDisk && disk) p.what = CrashHost;
    disk = disk || p.what == LoseDisk;
    p.begin = rng.below(window);
    p.length = some_length(&rng);
    p.host = rng.below(w->setup.witness ? 3 : 2);
    p.other = w->setup.witness ? (p.host + rng.range(1, 2)) % 3 : 1 - p.host;
    p.value = rng.below(1000000);
    plans->push_back(p);
  }
}

}  // namespace

std::string plan_text(const World& w, const char* name, const Plan& p) {
  return tandem::format(
      "%s at=%llu for=%llu host=%s other=%s value=%llu", name,
      static_cast<unsigned long long>(w.now + p.begin),
      static_cast<unsigned long long>(p.length), w.hosts[p.host].name.c_str(),
      w.hosts[p.other].name.c_str(), static_cast<unsigned long long>(p.value));
}

bool run_scenario(World* w) {
  bool calm;
  choose_setup(w, &calm);
  w->tags.push_back(tandem::format(
      "setup witness=%d fence=%d pings=%zu deadtime=%llu preferred=%s "
      "groups=%zu (%s) track=%d failback=%d",
      w->setup.witness, w->setup.fence, w->setup.pings,
      static_cast<unsigned long long>(w->setup.deadtime),
      w->setup.preferred.c_str(), w->setup.groups,
      w->setup.preferred2.c_str(), w->setup.track_sync, w->setup.failback));
  if (!w->start_healthy()) return false;
  std::vector<Plan> plans;
  choose_faults(w, calm, &plans);
  Ms last = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    const Plan p = plans[i];
    w->tags.push_back(plan_text(*w, kFaultNames[p.what], p));
    w->at(p.begin, [w, p] { begin_fault(w, p, true); });
    w->at(p.begin + p.length, [w, p] { begin_fault(w, p, false); });
    last = std::max(last, p.begin + p.length);
  }
  w->run_for(last + 1);
  if (w->failed()) return false;
  w->heal();
  return comes_back(w, kBound);
}

// Healthy, and still so a while later: what was under way when all was
// healed (a fence, say) may end one spell of health.
bool comes_back(World* w, Ms bound) {
  const Ms end = w->now + bound;
  while (!w->failed() && w->now < end) {
    const Ms since = w->now;
    if (!w->run_until(end - w->now, [w, since] {
          return w->healthy() ||
                 (w->now > since + kExcusedAfter && !w->excuse().empty());
        })) break;
    if (!w->healthy()) break;
    w->run_for(w->rng.range(500, 3000));
    if (w->failed() || !w->healthy()) continue;
    if (w->owner() != kNobody) w->check_log(w->hosts[w->owner()]);
    return !w->failed();
  }
  if (w->failed()) return false;
  w->excused = w->excuse();
  if (w->promise.comes_back && w->excused.empty()) {
    w->fail(w->owner() == kNobody
                ? "no owner within the bound after healing"
                : "not paired within the bound after healing");
  }
  return !w->failed();
}

}  // namespace sim
