// The walks that the running program failed (walks.md, part 2), as far as they
// live in the core. In worlds of Kind::Wide: audit and watchdog look on.
#include <algorithm>

#include "tests/sim/walk.h"

namespace sim {

namespace {

// All at once: whoever starts has not heard of the lives before.
void restart_all(World* w) {
  for (size_t i = 0; i < 3; ++i) w->kill_hbd(i);
  w->run_for(100);
  for (size_t i = 0; i < 3; ++i) w->start_hbd(i);
}

// ---- hearing --------------------------------------------------------------

// First beats of a life of before, once to each, or over and over.
void replayed_first_beat(World* w, unsigned v) {
  const bool storm = v % 4 >= 2;
  if (v % 2) {
    w->setup.witness = false;
    w->setup.pings = 1;
  }
  if (!w->start_healthy()) return;
  restart_all(w);
  if (!expect_healthy(w, 30000)) return;
  w->run_for(1000 + v * 37);
  const Ms end = w->now + (storm ? 10000 : 1);
  const int o = w->owner();
  expect(w, o != kNobody, "nobody owns before the attack");
  if (w->failed()) return;
  size_t sent = 0;
  while (!w->failed() && w->now < end) {
    for (size_t from = 0; from < 3; ++from) {
      for (size_t to = 0; to < 3; ++to) {
        if (from != to) sent += w->attacker.replay_firsts(from, to);
      }
    }
    w->run_for(storm ? 20 : 1);
  }
  expect(w, sent > 0, "the walk has nothing to replay");
  expect_stays(w, static_cast<size_t>(o), 8000, "a replay moved the group");
  expect_healthy(w, 1000);
}

// ---- the arbiter ----------------------------------------------------------

// The owner is in the dark for about a deadtime, and back when the other one
// takes over: the ping node's first answer says nothing of the peer yet.
void dark_for_a_deadtime(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = 1;
  w->setup.track_sync = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(3000);
  const Ms least = w->setup.deadtime - 200;
  for (Ms more = v * 3; more < 500 && !w->failed(); more += 36) {
    const int o = w->owner();
    if (!expect(w, o != kNobody, "nobody owns before the dark")) return;
    w->isolate(static_cast<size_t>(o), true);
    w->run_for(least + more);
    w->heal();
    expect_healthy(w, 60000);
  }
}

void one_ping_node_dies(World* w, unsigned v) {
  w->setup.pings = 1;
  if (!w->start_healthy()) return;
  w->run_for(6000 + v * 17);
  w->ping_dead[0] = true;
  expect_stays(w, A, 8000, "the owner gives way for a dead ping node");
  w->ping_dead[0] = false;
  expect_stays(w, A, 5000, "the owner gives way when a ping node is back");
}

void ping_node_dies(World* w, unsigned v) {
  w->setup.witness = false;
  one_ping_node_dies(w, v);
}

void ping_beside_witness(World* w, unsigned v) { one_ping_node_dies(w, v); }

// Nobody but the owner is left, and it owns alone.
void alone_lets_go(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = v % 2;
  w->setup.silent_take = false;
  if (!w->start_healthy()) return;
  w->crash(B, false, false);
  w->run_for(5000 + v * 100);
  expect(w, owns(*w, A) && !is_paired(*w, A), "A does not go on alone");
  switch (v / 2 % 3) {
    case 0:
      w->freeze_hbd(A, true);
      w->run_for(1500);
      w->freeze_hbd(A, false);
      break;
    case 1:
      w->watchdog.disturb(A);
      w->kill_keeper(w->hosts[A], 0);
      w->run_for(1500);
      break;
    default:
      w->hosts[A].fail_next = 1;
      w->crash_server(A, 300);
      w->run_for(1500);
      break;
  }
  expect_owner(w, A, 10000, "nobody serves");
  w->heal();
  expect_healthy(w, 60000);
}

// ---- fences ---------------------------------------------------------------

void stale_fence(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = true;
  if (!w->start_healthy()) return;
  w->crash(A, false, false);
  if (!expect_owner(w, B, 15000, "B does not take over")) return;
  w->boot(A);
  if (!expect_healthy(w, 30000)) return;
  w->run_for(1000 + v * 100);
  w->hosts[B].fence = FenceDoes::Hang;
  w->hosts[A].fence = FenceDoes::Fail;
  w->cut(A, B, true);
  w->run_for(3500);
  w->kill_keeper(w->hosts[B], 0);  // B starts again, and must fence first
  w->run_for(4000);
  w->hosts[A].fence = FenceDoes::Work;
  w->run_for(12000);
  w->heal();
  expect_served(w, 60000);
}

void fence_of_stopped(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = true;
  w->setup.pings = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(v * 100);
  w->stop_hbd(B);
  w->run_for(12000);
  expect(w, w->fences == 0, "a host that was stopped in order is fenced");
  expect(w, owns(*w, A) && w->now - w->last_ack_ms < 500,
         "who is left does not go on");
  w->start_hbd(B);
  expect_healthy(w, 30000);
}

void fenced_twice(World* w, unsigned v) {
  w->setup.witness = v % 2;
  w->setup.fence = true;
  w->setup.groups = 2;
  w->setup.preferred2 = "hdp3";
  if (!w->start_healthy()) return;
  w->run_for(3000 + v * 100);
  w->crash(A, false, false);
  expect_owner(w, B, 15000, "B does not take over");
  w->run_for(1000);
  expect(w, w->fences == 1, "one dead host, two fences");
}

// ---- operators ------------------------------------------------------------

// One node is left, the witness comes back on a new disk: what the operator
// orders is done. Also where no record ever was.
void empty_witness(World* w, unsigned v) {
  if (v % 3 == 2) {
    w->power_up();
    w->start_hbd(W);
    w->start_hbd(A);
    w->run_for(5000 + v * 100);
    w->command(A, hbd::CommandKind::Init);
    expect_owner(w, A, 6000, "init was said to be done");
    return;
  }
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->crash(A, false, false);
  if (v % 3 == 1) w->kill_hbd(W);
  w->run_for(5000);
  if (v % 3 == 1) {
    w->command(B, hbd::CommandKind::ForceTakeover);
    w->run_for(4000);
  }
  if (!expect_owner(w, B, 10000, "B does not take over")) return;
  wipe_witness(w);
  w->run_for(300 + v * 100);
  w->start_hbd(W);
  w->run_for(4000);
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 6000, "takeover -f was said to be done");
  if (v % 3 == 1) return;  // forced already: needs no witness, and says so
  const bool founded = w->run_until(6000, [w] {
    return record_on(*w, W) && !record_on(*w, W)->none();
  });
  expect(w, founded, "the witness has no record after all");
}

void force_while_claiming(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->isolate(A, true);
  w->run_until(6000, [w] {
    return w->hosts[B].proc.cluster->phase(0) == hbd::Phase::Claiming;
  });
  w->cut(W, B, true);  // before its grant arrives
  w->kill_hbd(W);
  w->crash(A, false, false);
  w->run_for(2500 + v * 300);
  expect(w, w->owner() == kNobody, "B took over by itself");
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 6000, "the operator's takeover is ignored");
}

void standby_in_vain(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(2000);
  if (v % 2) w->crash(B, false, false); else w->crash_server(B, 60000);
  w->run_for(v % 2 ? v * 40 : v);
  w->command(A, hbd::CommandKind::Standby);
  w->run_for(200);
  const hbd::Record* r = record_on(*w, A);
  // Given already: only B can say that nothing was written there.
  if (r && r->owner == kHostNames[B]) return;
  expect_owner(w, A, 7000, "nobody serves after a standby in vain");
}

// ---- the replica ----------------------------------------------------------

// One line that could not ask: up, and no instance.
void say_fault(World* w, size_t host) {
  w->hosts[host].watcher.said.clear();
  w->deliver(host, [w, host](Ms t) {
    tandem::Attrs attrs;
    attrs["fault"] = "login";
    w->audit.on_watch(host, true, attrs);
    w->hosts[host].proc.cluster->on_watch(t, true, attrs);
  });
}

void fault_line_unpairs(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000);
  const hbd::Record before = *record_on(*w, A);
  say_fault(w, B);
  w->run_for(30 + v * 40);
  expect(w, *record_on(*w, A) == before,
         "one line of the replica's watcher ended the pairing");
  w->crash(A, false, false);
  expect_owner(w, B, 15000, "nobody takes over");
}

void deaf_replica(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 37);
  w->cut_beats(A, B, true);
  w->sql_cut[A][B] = true;
  Ms worst = 0;
  for (Ms end = w->now + 8000; w->now < end && !w->failed();) {
    w->run_for(10);
    worst = std::max(worst, w->now - w->last_ack_ms);
  }
  expect(w, owns(*w, A), "the owner is not A");
  expect(w, worst < 1200, "writers wait for a replica that is deaf");
  w->heal();
  expect_healthy(w, 60000);
}

// ---- the watcher ----------------------------------------------------------

void watcher_dies(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 31);
  Host& h = w->hosts[A];
  h.watcher.alive = false;
  w->deliver(A, [w](Ms t) { w->hosts[A].proc.cluster->on_watch_lost(t); });
  w->at(100 + v * 20, [w] {
    w->hosts[A].watcher.alive = true;
    w->hosts[A].watcher.said.clear();
  });
  expect_stays(w, A, 4000, "a dead watcher moved the group");
}

// Without a role from either watcher nobody may own, and both say why.
void silent_beginning(World* w, unsigned v) {
  w->hosts[A].mute = w->hosts[B].mute = true;
  w->power_up();
  for (size_t i = 0; i < 3; ++i) {
    w->at(i * (100 + v * 50), [w, i] { w->start_hbd(i); });
  }
  w->run_for(15000);
  if (w->failed()) return;
  for (size_t i = 0; i < 2; ++i) {
    const Host& h = w->hosts[i];
    const std::string status =
        hbd::status_text(h.proc.cluster->status(w->clock(h)));
    expect(w, status.find("waits: ") != std::string::npos,
           "nobody owns, and status does not say why");
  }
  w->hosts[A].mute = w->hosts[B].mute = false;
  expect_healthy(w, 20000);
}

// ---- configurations that differ -------------------------------------------

// Shorter times on the witness and the standby; the owner, not yet restarted,
// is cut off.
void times_differ(World* w, unsigned v) {
  w->setup.lease = 3000;
  w->setup.deadtime = 5000;
  w->setup.initdead = 6000;
  if (!w->start_healthy()) return;
  for (size_t i : {W, B}) {
    Setup* s = own_setup(w, i);
    s->lease = 1000;
    s->deadtime = 2000;
    restart_in_order(w, i);
  }
  if (!expect_healthy(w, 20000)) return;
  w->run_for(2000 + v * 100);
  if (v % 2) w->isolate(A, true); else w->freeze_host(A, true);
  expect_owner(w, B, 15000, "B does not take over");
  w->run_for(3000);
  w->heal();
  expect_healthy(w, 60000);
}

// The standby alone has ping nodes where the others have the witness.
void arbiter_differs(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  Setup* s = own_setup(w, B);
  s->witness = false;
  s->pings = 1;
  restart_in_order(w, B);
  if (!expect_healthy(w, 20000)) return;
  w->run_for(6000 + v * 100);
  w->cut(A, B, true);
  expect_never_owner(w, B, 8000, "B took over while the witness confirms A");
  w->heal();
  expect_healthy(w, 60000);
}

// Two lines in another order on B: another group is the one with the server.
void reversed_haresources(World* w, unsigned v) {
  w->setup.groups = 2;
  w->setup.preferred2 = "hdp3";
  if (!w->start_healthy()) return;
  w->setup.shapes = w->shapes;
  Setup* s = own_setup(w, B);
  s->shapes.assign(w->shapes.rbegin(), w->shapes.rend());
  restart_in_order(w, B);
  w->run_for(6000);
  w->isolate(B, true);
  w->run_for(4000 + v * 100);
  expect(w, owns(*w, A), "A does not go on alone");
  w->crash(A, false, false);
  w->isolate(B, false);
  expect_never_owner(w, B, 10000, "B took db without A's writes");
}

// The address of the first resource, which names the group, changes on one
// node after the other.
void new_address(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(500 + v * 100);
  std::vector<Shape> shapes = w->shapes;
  shapes[0].name = "db2";
  for (size_t i : {B, A}) {
    Setup* s = own_setup(w, i);
    s->shapes = shapes;
    restart_in_order(w, i);
    w->run_for(8000);
  }
  expect_healthy(w, 30000);
}

}  // namespace

const Walk kFoundWalks[] = {
    {"replayed-first-beat", 8, replayed_first_beat},
    {"dark-for-a-deadtime", 12, dark_for_a_deadtime},
    {"ping-node-dies", 12, ping_node_dies},
    {"ping-beside-witness", 12, ping_beside_witness},
    {"alone-lets-go", 12, alone_lets_go},
    {"stale-fence", 6, stale_fence},
    {"fence-of-stopped", 6, fence_of_stopped},
    {"fenced-twice", 6, fenced_twice},
    {"empty-witness", 9, empty_witness},
    {"force-while-claiming", 6, force_while_claiming},
    {"standby-in-vain", 12, standby_in_vain},
    {"fault-line-unpairs", 8, fault_line_unpairs},
    {"deaf-replica", 6, deaf_replica},
    {"watcher-dies", 8, watcher_dies},
    {"silent-beginning", 6, silent_beginning},
    {"times-differ", 6, times_differ},
    {"arbiter-differs", 6, arbiter_differs},
    {"reversed-haresources", 6, reversed_haresources},
    {"new-address", 4, new_address},
};
const size_t kFoundWalkCount = sizeof kFoundWalks / sizeof *kFoundWalks;

}  // namespace sim
