// Which wide world a seed means, and how it begins. What befalls it is in
// trouble.cc.
//
// What a world promises, by its arbiter (design.md: "Who may own", "Who may
// start", "Sync record"):
//   witness          one address, no acknowledged write lost, comes back
//   fence, none else the same
//   ping, take       the same while no cut or pause parts the nodes (calm);
//                    with cuts only that one owner is left in the end
//   ping, wait; none one address, no loss: a silent peer is never taken over
//                    by itself; comes back
// An operator's force gives up what the record does not know to be there, and,
// where nobody else is asked, the one address (starts.cc).
#include "tests/sim/wide.h"

#include <algorithm>

#include "lib/text.h"
#include "tests/sim/trouble.h"
#include "tests/sim/walk.h"

namespace sim {

namespace {

const Ms kBeginsWithin = 45000;
const Ms kBackWithin = 75000;
// Seeds from here on have maintenances as well.
const uint64_t kFirstWithUpkeep = 5000000;
const Ms kUpkeepWithin = 200000;  // of a node that has lost its disk in one

// What -t lets pass: see check_times() in hbd/config.cc.
const struct {
  Ms keepalive, warntime, deadtime, lease, initdead;
} kTimes[] = {
    {200, 600, 2000, 1000, 3000},   // the samples'
    {200, 600, 2000, 1000, 10000},
    {50, 150, 1400, 300, 1400},
    {100, 400, 1500, 500, 4000},
    {100, 1000, 3000, 1400, 3000},
    {200, 600, 3250, 1990, 3300},
    {500, 2000, 8000, 3000, 9000},
    {200, 1900, 2000, 1000, 5000},
    {300, 1200, 4000, 1500, 6000},
    {250, 900, 5000, 2000, 12000},
};
const size_t kTimesCount = sizeof kTimes / sizeof *kTimes;

void set_times(Setup* s, size_t n) {
  s->keepalive = kTimes[n].keepalive;
  s->warntime = kTimes[n].warntime;
  s->deadtime = kTimes[n].deadtime;
  s->lease = kTimes[n].lease;
  s->initdead = kTimes[n].initdead;
}

Shape shape_of(size_t id, const char* name, const std::string& preferred,
               std::vector<Part> parts) {
  Shape s;
  s.id = id;
  s.name = name;
  s.preferred = preferred;
  s.parts = std::move(parts);
  return s;
}

// The first line has the server, where there is one.
void choose_shapes(Setup* s, Rng* rng) {
  const std::string one = rng->chance(60) ? "hdp3" : "hdp4";
  const std::string two = rng->chance(50) ? "hdp3" : "hdp4";
  const uint64_t kind = rng->below(100);
  std::vector<Shape>& out = s->shapes;
  if (kind < 45) {
    out.push_back(shape_of(0, "db", one, {Part::Address, Part::Server}));
  } else if (kind < 58) {
    out.push_back(shape_of(0, "db", one, {Part::Server, Part::Address,
                                          Part::Daemon}));
  } else if (kind < 70) {  // the room and the door
    out.push_back(shape_of(0, "db", one, {Part::Server}));
    out.push_back(shape_of(1, "door", one, {Part::Address, Part::Daemon}));
  } else if (kind < 85) {
    out.push_back(shape_of(0, "db", one, {Part::Address, Part::Server}));
    out.push_back(shape_of(1, "web", two, {Part::Address}));
  } else if (kind < 95) {
    out.push_back(shape_of(0, "db", one, {Part::Address, Part::Server}));
    out.push_back(shape_of(1, "web", two, {Part::Daemon, Part::Address}));
    out.push_back(shape_of(2, "cron", one, {Part::Daemon}));
  } else {                 // no server at all
    out.push_back(shape_of(0, "web", one, {Part::Address, Part::Daemon}));
    if (rng->chance(50)) {
      out.push_back(shape_of(1, "api", two, {Part::Address}));
    }
    s->has_watch = s->track_sync = false;
    s->has_alone = s->has_paired = s->has_follow = false;
  }
}

void choose_events(Setup* s, Rng* rng) {
  if (!s->has_watch) return;
  switch (rng->below(12)) {
    case 0: s->has_alone = s->has_paired = s->has_follow = false; break;
    case 1: s->has_follow = false; break;
    case 2: s->has_alone = s->has_paired = false; break;
    case 3: case 4: s->has_rebuild = true; break;
    case 5: s->has_alone = rng->chance(50); break;
    default: break;
  }
  if (rng->chance(8)) s->track_sync = false;
}

void choose_arbiter(World* w, Rng* rng, bool* calm) {
  Setup& s = w->setup;
  const uint64_t kind = rng->below(100);
  s.silent_take = !rng->chance(30);
  *calm = false;
  if (kind < 58) {
    s.fence = rng->chance(12);
    if (kind >= 42) s.pings = rng->range(1, 3);
  } else if (kind < 72) {
    s.witness = false;
    s.fence = true;
    s.pings = rng->below(3);
  } else if (kind < 90) {
    s.witness = false;
    s.pings = rng->range(1, 3);
  } else {
    s.witness = false;
  }
  if (s.witness || s.fence || s.pings == 0 || !s.silent_take) return;
  *calm = rng->chance(60);
  if (!*calm) w->promise.one_address = w->promise.no_loss = false;
}

// calm: without what would part the nodes.
void choose(World* w, Rng* rng, bool* calm) {
  Setup& s = w->setup;
  choose_arbiter(w, rng, calm);
  set_times(&s, rng->chance(35) ? 0 : rng->below(kTimesCount));
  s.cold_wait = rng->chance(70) ? 8000 : rng->range(15000, 40000);
  choose_shapes(&s, rng);
  choose_events(&s, rng);
  s.failback = rng->chance(20);
  s.failback_wait = rng->range(1000, 6000);
  // The draws of a seed stay.
  s.has_drain = s.failback_wait % 2 == 0;
  s.has_gate = s.failback_wait % 3 == 0;
  s.limits = s.failback_wait % 5 < 2;
  const bool apart = s.shapes.size() == 2 && !s.shapes[0].has(Part::Address);
  s.colocate = s.has_watch && s.shapes.size() > 1 &&
               (apart || s.failback_wait % 8 < 3);
  if (!s.track_sync) w->promise.no_loss = false;
}

// ---- the beginning --------------------------------------------------------

enum class Begins { AsAlways, Reversed, TwoPrimaries, TwoReaders, OneLate };

Begins begins_of(const Setup& s, Rng* rng) {
  const uint64_t n = rng->below(20);
  if (!s.has_watch) return Begins::AsAlways;
  // Nobody would make a replica of the other one.
  if (!s.has_follow && n >= 2 && n <= 5) return Begins::AsAlways;
  switch (n) {
    case 0: case 1: return Begins::Reversed;
    case 2: case 3: return Begins::TwoPrimaries;
    case 4: case 5: return Begins::TwoReaders;
    case 6: case 7: return Begins::OneLate;
    default: return Begins::AsAlways;
  }
}

void set_servers(World* w, Begins begins) {
  Server& a = w->hosts[A].server;
  Server& b = w->hosts[B].server;
  if (begins == Begins::AsAlways || begins == Begins::OneLate) return;
  b.log = a.log;
  b.source = kNobody;
  a.settled = b.settled = a.log.size();
  a.read_only = begins != Begins::TwoPrimaries;
  b.read_only = begins == Begins::TwoReaders;
  a.waiting.clear();
  if (begins == Begins::Reversed) a.source = static_cast<int>(B);
}

bool begin_pair(World* w, Begins begins, Rng* rng) {
  w->power_up();
  set_servers(w, begins);
  const size_t late = rng->below(2);
  const Ms by = begins == Begins::OneLate ? rng->range(1000, 15000) : 0;
  for (size_t i = 0; i < 3; ++i) {
    const Ms delay = rng->below(1500) + (i == late ? by : 0);
    if (w->hosts[i].alive) w->at(delay, [w, i] { w->start_hbd(i); });
  }
  bool both = false;
  if (begins == Begins::TwoPrimaries) {
    const Ms asked = rng->range(2000, 6000);
    w->at(asked, [w, late] { w->command(late, hbd::CommandKind::Init); });
    both = rng->chance(40);  // and there as well
    if (both) {
      w->at(asked + rng->below(300),
            [w, late] { w->command(1 - late, hbd::CommandKind::Init); });
    }
  }
  if (!w->run_until(kBeginsWithin, [w] { return w->healthy(); })) {
    // The later init won, and what was served by the first is on its node alone.
    if (both && !w->failed()) w->excused = w->excuse();
    if (!w->failed() && w->excused.empty()) {
      w->fail("the pair does not become healthy after its start");
    }
    return false;
  }
  w->run_for(500);
  w->say("---- healthy ----");
  w->watchdog.begin();
  return !w->failed();
}

// Of what a seed means besides what happens in time; another stream of chance
// than the world's.
Rng rng_of(uint64_t seed) { return Rng(seed * 2654435761u + 12345); }

}  // namespace

bool run_wide(World* w, uint64_t seed, const Without& without) {
  Rng rng = rng_of(seed);
  bool calm;
  choose(w, &rng, &calm);
  if (seed % 4 == 3) w->setup.status = 1000;
  const Begins begins = begins_of(w->setup, &rng);
  w->tags.push_back(setup_text(w->setup) +
                    tandem::format(" begins=%d calm=%d",
                                   static_cast<int>(begins), calm));
  Rng begin_rng(rng.below(UINT64_MAX));
  Rng trouble_rng(rng.below(UINT64_MAX));
  if (!begin_pair(w, begins, &begin_rng)) return false;
  const Ms last = begin_trouble(w, calm, without, &trouble_rng);
  if (w->setup.status != 0) begin_lapses(w, last, &trouble_rng);
  if (seed >= kFirstWithUpkeep) begin_upkeep(w, last, &trouble_rng);
  w->run_for(last + 1);
  if (w->failed()) return false;
  w->heal();
  const Ms upkeep = seed >= kFirstWithUpkeep ? kUpkeepWithin : 0;
  return comes_back(w, kBackWithin + 3 * w->setup.deadtime + upkeep);
}

size_t wide_faults(uint64_t seed) {
  World w(seed, 0, Kind::Wide);
  Rng rng = rng_of(seed);
  bool calm;
  choose(&w, &rng, &calm);
  begins_of(w.setup, &rng);
  rng.below(UINT64_MAX);
  Rng trouble_rng(rng.below(UINT64_MAX));
  return count_trouble(&w, calm, &trouble_rng);
}

}  // namespace sim
