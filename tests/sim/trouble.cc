// Faults of wide worlds beyond those of faults.cc: operators at random
// moments, an attacker, ping nodes, witnesses that restart or forget, both
// hosts without power, other times one after another.
#include "tests/sim/trouble.h"

#include <algorithm>

#include "lib/lease.h"
#include "lib/text.h"
#include "tests/sim/faults.h"
#include "tests/sim/walk.h"

namespace sim {

namespace {

// What a world must have, or be, for a fault.
enum Needs : unsigned {
  kAny = 0, kWitness = 1, kPing = 2, kFence = 4, kServer = 8, kStorm = 16,
  kDisk = 32,   // one lost disk a world: two are past any promise
  kEvents = 64  // all of alone, paired, follow
};

struct Row {
  const char* name;
  unsigned weight, needs;
  void (*run)(World* w, const Plan& p, bool on);
};

std::string some_group(const World& w, uint64_t value) {
  const size_t n = w.shapes.size() + 1;
  return value % n == 0 ? std::string() : w.shapes[value % n - 1].name;
}

size_t node_of(const Plan& p) { return p.host % 2; }

// ---- ping nodes -----------------------------------------------------------

void ping_dies(World* w, const Plan& p, bool on) {
  const size_t i = p.value % w->setup.pings;
  w->say("ping node %zu %s", i, on ? "dies" : "answers again");
  w->ping_dead[i] = on;
}

void ping_way(World* w, const Plan& p, bool on) {
  const size_t i = p.value % w->setup.pings;
  w->say("ping node %zu and %s: %s", i,
         w->hosts[node_of(p)].name.c_str(), on ? "cut" : "healed");
  w->ping_lost[node_of(p)][i] = on;
}

// ---- the witness ----------------------------------------------------------

void new_disk(World* w, const Plan&, bool on) {
  if (on) wipe_witness(w); else w->start_hbd(W);
}

void restart_witness(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->kill_hbd(W);
  w->at(20 + p.value % 900, [w] { w->start_hbd(W); });
}

// ---- operators ------------------------------------------------------------

void force(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->command(node_of(p), hbd::CommandKind::ForceTakeover,
             some_group(*w, p.value));
}

void init(World* w, const Plan& p, bool on) {
  if (on) w->command(node_of(p), hbd::CommandKind::Init,
                     some_group(*w, p.value));
}

void standby_one(World* w, const Plan& p, bool on) {
  if (on) w->command(node_of(p), hbd::CommandKind::Standby,
                     some_group(*w, p.value));
}

void takeover_one(World* w, const Plan& p, bool on) {
  if (on) w->command(node_of(p), hbd::CommandKind::Takeover,
                     some_group(*w, p.value));
}

// Given by whoever owns, and whoever should take it dies a moment later.
void standby_in_vain(World* w, const Plan& p, bool on) {
  const int o = w->owner();
  const size_t from = o == kNobody ? node_of(p) : static_cast<size_t>(o);
  const size_t to = 1 - from;
  if (!on) {
    for (size_t i = 0; i < 2; ++i) {
      w->boot(i);
      w->start_hbd(i);
    }
    return;
  }
  w->command(from, hbd::CommandKind::Standby);
  w->at(p.value % 150, [w, to, p] {
    if (p.value % 3 == 0) w->crash(to, false, false);
    if (p.value % 3 == 1) w->crash_server(to, 8000);
    if (p.value % 3 == 2) w->kill_hbd(to);
  });
}

// ---- an attacker ----------------------------------------------------------

void to_all(World* w, const std::function<void(size_t, size_t)>& f) {
  for (size_t from = 0; from < 3; ++from) {
    for (size_t to = 0; to < 3; ++to) {
      if (from != to && w->hosts[to].proc.running) f(from, to);
    }
  }
}

void replay_firsts(World* w, const Plan& p, bool on) {
  if (!on) return;
  size_t n = 0;
  to_all(w, [w, &n](size_t from, size_t to) {
    n += w->attacker.replay_firsts(from, to);
  });
  w->say("attacker: %zu first beats of earlier lives", n);
  (void)p;
}

void storm_again(World* w, Ms end, bool firsts, uint64_t value) {
  if (w->now >= end || w->failed()) return;
  to_all(w, [w, firsts, value](size_t from, size_t to) {
    if (firsts) w->attacker.replay_firsts(from, to);
    else w->attacker.replay(from, to, value * 31 + w->now * 7 + from * 3 + to);
  });
  w->at(40 + value % 100,
        [w, end, firsts, value] { storm_again(w, end, firsts, value); });
}

void replay_storm(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->say("attacker: first beats of earlier lives, over and over");
  storm_again(w, w->now + p.length, true, p.value);
}

void replay_any(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->say("attacker: any beat, over and over");
  storm_again(w, w->now + p.length, false, p.value);
}

void replay_last(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->say("attacker: the last %zu beats to %s", size_t(p.value % 60),
         w->hosts[p.host].name.c_str());
  w->attacker.replay_last(p.other, p.host, p.value % 60);
}

// ---- hosts and processes --------------------------------------------------

void restart_hbd(World* w, const Plan& p, bool on) {
  if (!on) return;
  const size_t node = node_of(p);
  w->kill_hbd(node);
  w->at(20 + p.value % 900, [w, node] { w->start_hbd(node); });
}

// Both hosts, and each is back in its own time.
void power_loss(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->say("no power");
  for (size_t i = 0; i < 2; ++i) {
    w->crash(i, false, false);
    const Ms back = 200 + (p.value >> (4 * i)) % 5000;
    w->at(back, [w, i] { w->boot(i); });
  }
}

void slow_boot(World* w, const Plan& p, bool on) {
  w->hosts[node_of(p)].boot_extra = on ? p.value % 9000 : 0;
}

// Recovers for longer than the other one takes to boot.
void cold_start(World* w, const Plan& p, bool on) {
  const int o = w->owner();
  const size_t slow = o == kNobody ? node_of(p) : static_cast<size_t>(o);
  if (on) w->hosts[slow].boot_extra = p.value % 7000;
  power_loss(w, p, on);
  if (!on) w->hosts[A].boot_extra = w->hosts[B].boot_extra = 0;
}

void fence_fails(World* w, const Plan& p, bool on) {
  w->hosts[node_of(p)].fence = on ? FenceDoes::Fail : FenceDoes::Work;
}

void fence_hangs(World* w, const Plan& p, bool on) {
  w->hosts[node_of(p)].fence = on ? FenceDoes::Hang : FenceDoes::Work;
}

// One line of a watcher that could not ask: up, and nothing else is known.
void fault_line(World* w, const Plan& p, bool on) {
  const size_t node = node_of(p);
  if (!on || !w->hosts[node].watcher.alive) return;
  w->say("%s watch: up fault=login", w->hosts[node].name.c_str());
  w->hosts[node].watcher.said.clear();  // and the whole truth next time
  w->deliver(node, [w, node](Ms t) {
    tandem::Attrs attrs;
    attrs["fault"] = "login";
    w->audit.on_watch(node, true, attrs);
    w->hosts[node].proc.cluster->on_watch(t, true, attrs);
  });
}

// ---- the network ----------------------------------------------------------

void flap_again(World* w, const Plan& p, Ms end, bool cut) {
  const bool over = w->now >= end || w->failed();
  w->links[p.host][p.other].cut = cut && !over;
  w->links[p.other][p.host].cut = cut && !over && p.value % 2;
  if (over) return;
  w->at(100 + p.value % 700,
        [w, p, end, cut] { flap_again(w, p, end, !cut); });
}

void flap(World* w, const Plan& p, bool on) {
  if (!on) return;
  w->say("net flaps %s -> %s", w->hosts[p.host].name.c_str(),
         w->hosts[p.other].name.c_str());
  flap_again(w, p, w->now + p.length, true);
}

void deaf_replica(World* w, const Plan& p, bool on) {
  const size_t from = node_of(p);
  w->cut_beats(from, 1 - from, on);
  w->sql_cut[from][1 - from] = on;
}

// ---- configuration --------------------------------------------------------

void restart_with(World* w, size_t host, const Setup& s, Ms down) {
  w->hosts[host].own.reset(new Setup(s));
  w->stop_hbd(host);
  w->at(down, [w, host] {
    w->kill_hbd(host);
    w->start_hbd(host);
  });
}

// Other times, one host after another.
void roll_times(World* w, const Plan& p, bool on) {
  if (!on) return;
  Setup s = w->setup;
  const bool longer = p.value % 2;
  s.lease = longer ? s.lease * 2 : std::max(s.lease / 2, 2 * s.keepalive);
  s.deadtime = longer ? s.deadtime * 2 : s.deadtime / 2;
  s.deadtime = std::max({s.deadtime, tandem::kernel_backstop_ms(s.lease),
                         s.warntime + 100});
  s.initdead = std::max(s.initdead, s.deadtime);
  static const size_t kOrders[][3] = {{W, B, A}, {W, A, B}, {A, B, W},
                                      {B, A, W}, {A, W, B}, {B, W, A}};
  for (size_t i = 0; i < 3; ++i) {
    const size_t host = kOrders[p.value % 6][i];
    if (host == W && !w->setup.witness) continue;
    w->at(i * (1000 + p.value % 4000), [w, host, s] {
      restart_with(w, host, s, 600);
    });
  }
}

// On one node ping nodes instead of the witness, for a while.
void roll_arbiter(World* w, const Plan& p, bool on) {
  Setup s = w->setup;
  s.witness = !on;
  if (on) s.pings = 1;
  restart_with(w, node_of(p), s, 600);
}

void roll_lines(World* w, const Plan& p, bool on) {
  Setup s = w->setup;
  if (on) std::reverse(s.shapes.begin(), s.shapes.end());
  restart_with(w, node_of(p), s, 600);
}

const Row kRows[] = {
    {"ping-dies", 8, kPing, ping_dies},
    {"ping-way", 5, kPing | kStorm, ping_way},
    {"wipe-witness", 2, kWitness | kDisk, new_disk},
    {"restart-witness", 6, kWitness, restart_witness},
    {"force", 3, kAny, force},
    {"init", 2, kAny, init},
    {"standby-one", 3, kAny, standby_one},
    {"takeover-one", 3, kAny, takeover_one},
    {"standby-in-vain", 3, kStorm, standby_in_vain},
    {"replay-firsts", 3, kAny, replay_firsts},
    {"replay-storm", 3, kAny, replay_storm},
    {"replay-any", 4, kAny, replay_any},
    {"replay-last", 3, kAny, replay_last},
    {"restart-hbd", 5, kStorm, restart_hbd},
    {"power-loss", 3, kAny, power_loss},
    {"cold-start", 4, kServer, cold_start},
    {"slow-boot", 3, kServer, slow_boot},
    {"fence-fails", 3, kFence, fence_fails},
    {"fence-hangs", 3, kFence, fence_hangs},
    {"fault-line", 4, kServer, fault_line},
    {"flap", 4, kStorm, flap},
    {"deaf-replica", 3, kStorm, deaf_replica},
    {"roll-times", 1, kAny, roll_times},
    {"roll-arbiter", 1, kWitness, roll_arbiter},
    {"roll-lines", 1, kAny, roll_lines},
};
const size_t kRowCount = sizeof kRows / sizeof *kRows;

const char* name_of(size_t what) {
  return what < kFaults ? kFaultNames[what] : kRows[what - kFaults].name;
}

unsigned weight_of(size_t what) {
  return what < kFaults ? kFaultWeights[what] : kRows[what - kFaults].weight;
}

unsigned needs_of(size_t what) {
  if (what >= kFaults) return kRows[what - kFaults].needs;
  unsigned needs = is_partition(static_cast<Fault>(what)) ? kStorm : kAny;
  switch (what) {
    case KillWitness: case FreezeWitness: return needs | kWitness;
    case PingLoss: return needs | kPing;
    case BreakFence: return needs | kFence;
    case LoseDisk: return needs | kDisk | kEvents;
    case CrashServer: case HangServer: case KillWatcher: case Lag:
    case LatePromote: case CutSql: return needs | kServer;
    default: return needs;
  }
}

bool fits(const World& w, bool calm, bool disk, size_t what) {
  const Setup& s = w.setup;
  const unsigned needs = needs_of(what);
  const bool events = s.has_alone && s.has_paired && s.has_follow;
  return (s.witness || !(needs & kWitness)) &&
         (s.pings || !(needs & kPing)) && (s.fence || !(needs & kFence)) &&
         (s.has_watch || !(needs & kServer)) &&
         (!calm || !(needs & kStorm)) && (!disk || !(needs & kDisk)) &&
         (events || !(needs & kEvents));
}

std::vector<Plan> choose_trouble(World* w, bool calm, Rng* rng) {
  const size_t kinds = kFaults + kRowCount;
  const uint64_t n = rng->range(1, 8);
  const Ms window = rng->range(1000, 20000);
  std::vector<Plan> plans;
  bool disk = false;
  Ms begin = 0;
  while (plans.size() < n) {
    unsigned sum = 0;
    for (size_t i = 0; i < kinds; ++i) {
      if (fits(*w, calm, disk, i)) sum += weight_of(i);
    }
    uint64_t left = rng->below(sum);
    size_t what = 0;
    for (;; ++what) {
      if (!fits(*w, calm, disk, what)) continue;
      if (left < weight_of(what)) break;
      left -= weight_of(what);
    }
    disk = disk || (needs_of(what) & kDisk);
    // Half of them just after the one before: what one fault begins another
    // one meets half-way.
    begin = rng->chance(50) ? begin + rng->below(3000) : rng->below(window);
    Plan p;
    p.what = what;
    p.begin = begin;
    p.length = some_length(rng);
    p.host = rng->below(w->setup.witness ? 3 : 2);
    p.other = w->setup.witness ? (p.host + rng->range(1, 2)) % 3 : 1 - p.host;
    p.value = rng->below(1000000);
    plans.push_back(p);
  }
  return plans;
}

void run_one(World* w, const Plan& p, bool on) {
  if (w->failed()) return;
  if (p.what < kFaults) return begin_fault(w, p, on);
  kRows[p.what - kFaults].run(w, p, on);
}

bool left_out(const Without& without, size_t place, const char* name) {
  if (place < 64 && (without.places >> place & 1)) return true;
  for (const std::string& kind : without.kinds) {
    if (kind == name) return true;
  }
  return false;
}

}  // namespace

Ms begin_trouble(World* w, bool calm, const Without& without, Rng* rng) {
  const std::vector<Plan> plans = choose_trouble(w, calm, rng);
  Ms last = 0;
  for (size_t i = 0; i < plans.size(); ++i) {
    const Plan p = plans[i];
    last = std::max(last, p.begin + p.length);
    if (left_out(without, i, name_of(p.what))) continue;
    w->tags.push_back(plan_text(*w, name_of(p.what), p));
    w->at(p.begin, [w, p] { run_one(w, p, true); });
    w->at(p.begin + p.length, [w, p] { run_one(w, p, false); });
  }
  return last;
}

size_t count_trouble(World* w, bool calm, Rng* rng) {
  return choose_trouble(w, calm, rng).size();
}

}  // namespace sim
