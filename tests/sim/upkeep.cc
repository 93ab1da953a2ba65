// Walks through a maintenance: hbd stops and starts under an address that is on
// hold, the others come and go, and nobody else takes it. In worlds of
// Kind::Wide.
#include "lib/text.h"
#include "tests/sim/walk.h"

namespace sim {

namespace {

const Ms kFor = 20000;
// From its end to when others may go by silence: see maintenance.cc.
const Ms kGrace = 60000, kMargin = 120000;

std::string state_of(const World& w, size_t host) {
  const Proc& p = w.hosts[host].proc;
  return p.cluster ? p.cluster->maintenance() : "";
}

bool is_off(const World& w) {
  return state_of(w, A) == "off" && state_of(w, B) == "off";
}

// Odd variants: ordered on the standby; the witness by v / 2.
bool begin(World* w, unsigned v, Ms ms = kFor) {
  w->setup.witness = v / 2 % 2 == 0;
  if (!w->setup.witness) w->setup.pings = v / 4 % 2;
  if (!w->start_healthy()) return false;
  w->run_for(300 + v * 37);
  w->command(v % 2, hbd::CommandKind::Maintenance, "", ms);
  const bool on = w->run_until(3000, [w] {
    return state_of(*w, A) == "on" && state_of(*w, B) == "on";
  });
  if (!expect(w, on, "the maintenance does not begin")) return false;
  w->run_for(100);
  return !w->failed();
}

bool stop(World* w, size_t host) {
  w->stop_hbd(host);
  const bool ended = w->run_until(
      3000, [w, host] { return !w->hosts[host].proc.running; });
  return expect(w, ended, "hbd does not end in a maintenance");
}

bool expect_kept(World* w, Ms ms, const char* what) {
  const unsigned lost = w->hosts[A].vips[0].address_lost;
  const bool ok = expect_stays(w, A, ms, what);
  return ok && expect(w, w->hosts[A].vips[0].address_lost == lost, what);
}

bool expect_off(World* w, Ms within) {
  return expect(w, w->run_until(within, [w] { return is_off(*w); }),
                "the maintenance does not end");
}

void off(World* w, size_t host) {
  w->command(host, hbd::CommandKind::Maintenance, "", 0);
}

// hbd is stopped on the owner, or on both, and started again; then it is called
// off, or ends by itself.
void update_hbd(World* w, unsigned v) {
  if (!begin(w, v)) return;
  const unsigned lost = w->hosts[A].vips[0].address_lost;
  if (!stop(w, A)) return;
  if (v % 3 == 0 && !stop(w, B)) return;
  if (v % 5 == 0) w->kill_hbd(W);
  if (!expect_kept(w, 4000, "an address on hold is lost")) return;
  for (size_t i = 0; i < 3; ++i) {
    if (w->hosts[i].alive) w->start_hbd(i);
  }
  if (!expect_kept(w, 3000, "hbd lets go of what was on hold")) return;
  if (v % 4 < 2) off(w, v % 2);
  if (!expect_kept(w, 20000, "the end of a maintenance moves something") ||
      !expect_off(w, 6000) || !expect_healthy(w, 10000)) {
    return;
  }
  expect(w, w->hosts[A].vips[0].address_lost == lost, "the address was away");
  if (!w->setup.witness && w->setup.pings == 0) return;
  w->crash(A, false, false);
  expect_owner(w, B, 8000, "no takeover after a maintenance");
}

// Nobody starts the owner's hbd again, or its host dies: nobody takes it while
// its kernel may hold the address, and then somebody does.
void never_back(World* w, unsigned v) {
  if (!begin(w, v)) return;
  if (!stop(w, A)) return;
  w->run_for(500);
  if (v % 3 == 1) w->crash(A, false, false);
  if (v % 4 == 0) off(w, B);
  if (!expect_never_owner(w, B, kFor + kGrace - 3000,
                          "taken while it was on hold")) {
    return;
  }
  if (v % 5 == 2) {
    w->crash_server(A, kEver);
    w->start_hbd(A);  // too late for its hold, or not
  }
  const bool witness = w->setup.witness;
  const bool takes = witness || w->setup.pings > 0;
  if (!takes) return w->heal(), (void)expect_healthy(w, 60000);
  expect_owner(w, B, kMargin + 20000, "nobody takes it after its hold");
  w->heal();
  expect_served(w, 60000);
}

// The standby and the witness restart, and the owner's hbd is away.
void others_restart(World* w, unsigned v) {
  if (!begin(w, v)) return;
  if (!stop(w, A)) return;
  w->run_for(200);
  w->crash(B, v % 3 == 0, false);
  if (v % 4 == 0) w->kill_hbd(W);
  w->run_for(500);
  w->boot(B);
  if (v % 4 == 0 && w->setup.witness) w->start_hbd(W);
  if (!expect_never_owner(w, B, 15000, "forgotten by a restart")) return;
  w->start_hbd(A);
  w->run_for(500);
  off(w, A);
  expect_off(w, 10000);
  w->heal();
  expect_healthy(w, 60000);
}

// Who should keep it is not heard, or falls silent in that moment.
void not_kept(World* w, unsigned v) {
  w->setup.witness = v % 2 == 0;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  if (v % 4 < 2) w->freeze_hbd(B, true);
  else if (w->setup.witness) w->cut(A, W, true);
  else w->isolate(B, true);
  w->run_for(v * 23 % 400);
  w->command(A, hbd::CommandKind::Maintenance, "", kFor);
  w->run_for(7000);
  if (!expect(w, state_of(*w, A) != "on" && state_of(*w, A) != "asked",
              "a maintenance that the others do not keep")) {
    return;
  }
  w->heal();
  expect_off(w, 20000);
  expect_healthy(w, 60000);
}

// Both nodes, at once or one after the other.
void ordered_twice(World* w, unsigned v) {
  w->setup.witness = v % 2 == 0;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->command(A, hbd::CommandKind::Maintenance, "", kFor);
  w->run_for(v * 3 % 30);
  w->command(B, hbd::CommandKind::Maintenance, "", kFor / 2);
  w->run_for(3000);
  if (!expect(w, state_of(*w, A) == "on" && state_of(*w, B) == "on",
              "two orders are none")) {
    return;
  }
  off(w, A);
  off(w, B);
  expect_off(w, 10000);
  expect_healthy(w, 20000);
}

// What else befalls the owner: its keeper, its server, its replica, a pause.
void in_between(World* w, unsigned v) {
  if (!begin(w, v)) return;
  switch (v % 4) {
    case 0: w->kill_keeper(w->hosts[A], 0); break;
    case 1: w->crash_server(A, 500); break;
    case 2: w->crash_server(B, 500); break;
    case 3: w->freeze_hbd(A, true); break;
  }
  w->run_for(3000);
  w->freeze_hbd(A, false);
  w->run_for(1000);
  if (v % 4 != 1 &&
      !expect(w, owns(*w, A), "an owner in a maintenance is disturbed")) {
    return;
  }
  if (v % 8 < 4) off(w, A);
  expect_off(w, 45000);
  expect_healthy(w, 60000);
}

// An operator knows that the owner's host is off.
void by_force(World* w, unsigned v) {
  if (!begin(w, v)) return;
  w->crash(A, false, false);
  if (!expect_never_owner(w, B, 8000, "taken in a maintenance")) return;
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 6000, "the operator's takeover is not done");
  w->heal();
  expect_off(w, kFor + kGrace + kMargin);
  expect_served(w, 60000);
}

// hbd is killed, of either, at any moment from the order on.
void killed(World* w, unsigned v) {
  w->setup.witness = v % 3 != 0;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->command(v % 2, hbd::CommandKind::Maintenance, "", kFor);
  w->run_for(v * 11);
  const size_t host = v / 2 % 2;
  w->kill_hbd(host);
  w->run_for(200 + v * 7);
  w->start_hbd(host);
  w->run_for(8000);
  off(w, A);
  off(w, B);
  expect_off(w, 10000);
  expect_healthy(w, 60000);
}

}  // namespace

const Walk kUpkeepWalks[] = {
    {"update-hbd", 24, update_hbd},
    {"never-back", 24, never_back},
    {"others-restart", 24, others_restart},
    {"not-kept", 16, not_kept},
    {"ordered-twice", 16, ordered_twice},
    {"in-between", 24, in_between},
    {"by-force", 12, by_force},
    {"killed-in-upkeep", 48, killed},
};
const size_t kUpkeepWalkCount = sizeof kUpkeepWalks / sizeof *kUpkeepWalks;

// At any time, for any time; and hbd restarts in it.
void begin_upkeep(World* w, Ms until, Rng* rng) {
  const uint64_t n = rng->range(1, 4);
  for (uint64_t i = 0; i < n; ++i) {
    const Ms after = rng->below(until + 1);
    const Ms ms = rng->range(1000, 15000);
    const size_t by = rng->below(2), host = rng->below(2);
    const Ms stop = after + rng->range(100, 6000);
    const Ms start = stop + rng->range(500, 8000);
    const bool kill = rng->chance(30), called_off = rng->chance(50);
    w->tags.push_back(tandem::format(
        "upkeep at=%llu ms=%llu by=%zu %s=%zu stop=%llu start=%llu",
        static_cast<unsigned long long>(w->now + after),
        static_cast<unsigned long long>(ms), by, kill ? "kill" : "stop", host,
        static_cast<unsigned long long>(stop),
        static_cast<unsigned long long>(start)));
    w->at(after, [w, by, ms] {
      w->command(by, hbd::CommandKind::Maintenance, "", ms);
    });
    w->at(stop, [w, host, kill] {
      // What a killed hbd's hooks do afterwards is a matter of its own.
      if (kill && w->hosts[host].hooks.empty()) w->kill_hbd(host);
      else w->stop_hbd(host);
      w->watchdog.disturb(host);
    });
    w->at(start, [w, host] { w->start_hbd(host); });
    if (!called_off) continue;
    w->at(start + ms / 4, [w, by] {
      w->command(by, hbd::CommandKind::Maintenance, "", 0);
    });
  }
}

}  // namespace sim
