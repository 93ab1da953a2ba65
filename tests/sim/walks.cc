// The failure walks by name, each reconstructed as a fixed script in the same
// world, in several variants of its times. The promises of check.cc hold in
// all of them; here stands what each walk is about beyond that.
#include "tests/sim/walk.h"

namespace sim {

namespace {

// A's mysqld dies; A gives way and B starts; then B is cut from both.
void takeover_unregistered(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  // What B says is slow to arrive, so that the cut can overtake its claim.
  for (size_t to = A; to <= W; to += W - A) {
    w->links[B][to].delay_min = w->links[B][to].delay_max = 50 + v % 4 * 60;
  }
  w->crash_server(A, 50);
  w->run_for(20 + v * 12);
  w->isolate(B, true);
  w->run_for(7000);
  w->heal();
  expect_healthy(w, 60000);
}

// A fence and no witness: the link is cut, and each suspects the other.
void fence_async(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = true;
  w->setup.pings = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(v * 17);
  w->cut(A, B, true);
  w->run_for(12000);
  w->heal();
  expect_served(w, 60000);
}

// A goes alone where only B hears it; B hears the witness's old `paired`.
void stale_paired(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->cut(A, W, true);
  w->cut(B, W, true);
  w->cut_sql(true);
  w->run_for(3500 + v * 50);
  expect(w, owns(*w, A), "A does not go on alone by B's word");
  w->freeze_host(A, true);
  w->cut(B, W, false);
  expect_never_owner(w, B, 6000, "B took over without A's writes");
  w->heal();
  expect_healthy(w, 60000);
}

// A goes alone by the witness, dies and returns on a new disk.
void blank_owner(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->isolate(B, true);
  w->run_for(2500 + v * 40);
  expect(w, owns(*w, A), "A does not go on alone by the witness's word");
  w->crash(A, false, true);
  w->run_for(300 + v * 200);
  w->isolate(B, false);
  w->boot(A);
  expect_never_owner(w, B, 12000, "B took over without A's writes");
}

// The same, and the witness cannot tell B, and A too late.
void blank_voucher(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->isolate(B, true);
  w->run_for(2500 + v * 40);
  w->crash(A, false, true);
  w->run_for(300 + v * 200);
  w->cut(A, B, false);
  // A hears B before it hears the witness.
  w->links[W][A].delay_min = w->links[W][A].delay_max = 200 + v * 100;
  w->boot(A);
  expect_never_owner(w, B, 12000, "B took over by a blank node's word");
}

// Host B reboots quickly; what it had received is gone; then A dies.
void replica_reboot(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->hosts[B].apply_lag = 1;
  w->run_for(300);
  w->crash(B, false, false);
  w->run_for(300);
  w->hosts[B].alive = true;
  w->boot_server(B, 10);
  w->start_hbd(B);
  w->hosts[B].apply_lag = 0;
  w->run_for(v * 4);
  w->crash(A, false, false);
  expect_never_owner(w, B, 9000, "B took over without what it had received");
  w->heal();
  expect_healthy(w, 60000);
}

// A returns with an empty disk within deadtime and learns that it is owner.
void learned_record(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(2000);
  w->crash(A, false, true);
  // Else B claims as soon as it hears A.
  if (v % 2) w->lose_watcher(B, 1500);
  w->run_for(100 + v * 30);
  w->hosts[A].alive = true;
  w->boot_server(A, 40);
  w->start_hbd(A);
  expect_owner(w, B, 12000, "B does not take over");
  expect_healthy(w, 60000);
}

// hbd on the owner stands still for about the lease; its keeper ends.
void owner_without_vip(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(v * 13);
  w->freeze_hbd(A, true);
  w->run_for(760 + v * 20);
  w->freeze_hbd(A, false);
  w->run_for(1500);
  expect_healthy(w, 15000);
}

// A is dead, and B's start hook fails once.
void failed_start_alone(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->hosts[B].fail_next = 1 + static_cast<int>(v % 2);
  w->crash(A, false, false);
  expect_owner(w, B, 12000, "nobody owns after one failed start");
}

// B is heard and hears nothing.
void deaf_peer(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(v * 31);
  w->cut_beats(A, B, true);
  w->sql_cut[A][B] = true;
  if (v % 2) w->cut_beats(W, B, true);
  w->run_for(5000);
  expect(w, owns(*w, A) && w->now - w->last_ack_ms < 500,
         "writers hang while B is deaf");
  w->heal();
  expect_healthy(w, 60000);
}

// Witness and A are dead, and the operator says B.
void forced_lonely(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->crash(W, false, false);
  w->run_for(100 + v * 100);
  w->crash(A, false, false);
  w->run_for(4000);
  expect(w, w->owner() == kNobody, "B took over by itself");
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 3000, "B does not obey");
  w->run_for(6000);
  expect(w, owns(*w, B), "a forced owner released what it was given");
  w->promise.no_loss = false;  // the operator's word
  w->heal();
  expect_owner(w, B, 30000, "B does not keep it");
}

void power_up_reversed(World* w) {
  w->power_up();
  w->hosts[A].server.read_only = true;
  w->hosts[A].server.source = static_cast<int>(B);
  w->hosts[B].server.source = kNobody;
  w->hosts[B].server.read_only = false;
  w->hosts[B].server.log = w->hosts[A].server.log;
}

// No records, replication runs from B to A, and haresources prefers A.
void first_record(World* w, unsigned v) {
  power_up_reversed(w);
  for (size_t i = 0; i < 3; ++i) {
    w->at((i * v * 137) % 2500, [w, i] { w->start_hbd(i); });
  }
  expect(w, w->run_until(20000, [w] { return w->healthy(); }),
         "the pair does not find its primary");
  expect(w, owns(*w, B), "the replica was promoted");
}

// Both hbds are gone, replication runs; only the replica's is started.
void late_hbd(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->kill_hbd(A);
  w->kill_hbd(B);
  w->run_for(3000 + v * 100);
  w->start_hbd(B);
  expect_never_owner(w, B, 15000, "the living primary was demoted");
  expect(w, !w->hosts[A].server.read_only, "the living primary was demoted");
  w->start_hbd(A);
  expect_healthy(w, 30000);
}

// B hears nothing of A, which the witness hears; then hbd and keeper on A stand
// still. Without a sync record, which would have A go alone and B wait.
void early_grant(World* w, unsigned v) {
  w->setup.deadtime = v % 2 ? 1750 : 2000;
  w->setup.track_sync = false;
  w->promise.no_loss = false;
  if (!w->start_healthy()) return;
  w->cut_beats(A, B, true);
  w->run_for(v * 80);
  w->freeze_hbd(A, true);
  w->freeze_keeper(A, true);
  expect_owner(w, B, 10000, "B does not take over");
  w->run_for(2000);
  w->heal();
  expect_healthy(w, 60000);
}

// A's keeper is frozen, A releases and owns again, the old keeper thaws.
void keeper_thaw(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->freeze_keeper(A, true);
  w->run_for(50 + v * 10);
  w->command(A, hbd::CommandKind::Standby);
  expect_owner(w, B, 8000, "B does not take it");
  expect_healthy(w, 30000);
  w->run_for(500);
  w->command(B, hbd::CommandKind::Standby);
  expect_owner(w, A, 8000, "A does not take it back");
  const unsigned life = w->hosts[A].proc.life;
  w->run_for(100);
  w->thaw_strays(A);
  w->run_for(600);
  expect(w, owns(*w, A) && w->hosts[A].proc.life == life &&
         w->hosts[A].vips[0].address_lost == 1,
         "an old keeper took the address off");
}

// The owner dies, or is isolated, with commits that wait.
void unacked_tail(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->cut_sql(true);
  w->run_for(60 + v * 20);
  expect(w, !w->hosts[A].server.waiting.empty(), "nothing is in flight");
  if (v % 2) {
    w->crash_server(A, 600);
    w->run_for(100);
    w->cut_sql(false);
  } else {
    w->isolate(A, true);
    w->run_for(6000);
    w->heal();
  }
  expect_owner(w, B, 12000, "B does not take over");
  expect_healthy(w, 40000);
}

// The same, and the new owner is started again, alone, before A is back: A
// still knows that it may drop what nobody acknowledged.
void tail_behind_a_restart(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->cut_sql(true);
  w->run_for(60 + v * 20);
  expect(w, !w->hosts[A].server.waiting.empty(), "nothing is in flight");
  w->crash(A, false, false);
  w->cut_sql(false);
  expect_owner(w, B, 12000, "B does not take over");
  w->run_for(500 + v * 50);
  if (v % 2) {
    w->kill_hbd(B);
    w->run_for(3000);
    w->start_hbd(B);
  } else {
    w->crash(B, false, false);
    w->run_for(3000);
    w->boot(B);
  }
  expect_owner(w, B, 30000, "B does not own again");
  w->hosts[A].alive = true;
  w->start_hbd(A);  // it hears of both before its server starts
  w->run_for(1000);
  w->boot_server(A, 40);
  expect_healthy(w, 60000);
}

// A promote left over from an earlier claim ends when A owns again.
void late_promote(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->hosts[B].promote_delay = 14000 + v * 100;
  w->freeze_hbd(A, true);
  w->freeze_keeper(A, true);
  w->run_until(6000, [w] { return !w->hosts[B].hooks.empty() &&
                                  w->hosts[B].hooks[0].run.resource == 1; });
  w->run_for(50);
  expect(w, !w->hosts[B].hooks.empty(), "B's promote does not run");
  w->kill_hbd(B);
  w->run_for(200);
  w->start_hbd(B);
  w->freeze_hbd(A, false);
  w->freeze_keeper(A, false);
  expect_healthy(w, 9000);
  w->run_for(500);
  expect(w, owns(*w, B), "B does not own");
  w->command(B, hbd::CommandKind::Standby);
  expect_owner(w, A, 3000, "A does not take it back");
  expect(w, w->run_until(16000, [w] {
           return w->hosts[A].server.read_only;
         }), "the late promote did not reach A");
  expect_healthy(w, 30000);
}

// mysqld on the owner hangs: up, and not answering.
void hung_server(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(v * 17);
  w->hang_server(A, true);
  expect_owner(w, B, 12000, "B does not take over from a hung server");
  w->heal();
  expect_healthy(w, 60000);
}

// The owner goes alone; its host dies, and the last fsync was a lie.
void lost_fsync(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->isolate(B, true);
  w->run_for(700 + v * 20);
  const bool alone = !w->hosts[A].server.semi;
  w->crash(A, true, false);
  w->isolate(B, false);
  if (alone) expect_never_owner(w, B, 5000, "B took over without A's writes");
  w->boot(A);
  expect_healthy(w, 60000);
}

// Both claim at one moment: the standby was waiting, the owner restarts.
void tied_claims(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->stop_hbd(A);
  w->run_until(4000, [w] { return !w->hosts[A].proc.running; });
  w->run_for(v * 20);
  w->start_hbd(A);
  expect_healthy(w, 30000);
}

// A standby: B's server dies in its start, A's host reboots, or its hbd,
// before B gives it back. A has all it ever acknowledged, whichever start of
// its server it is.
void handed_back(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->hosts[B].apply_lag = 1;
  w->command(A, hbd::CommandKind::Standby);
  w->run_until(2000, [w] { return w->hosts[B].vips[0].address; });
  w->crash_server(B, 1500);
  w->run_for(100 + v * 20);
  if (v % 2) {
    w->kill_hbd(A);
  } else {
    w->crash(A, false, false);
  }
  w->run_for(3000 + v * 100);
  w->hosts[B].apply_lag = 0;
  w->boot(A);
  w->start_hbd(A);
  expect_healthy(w, 60000);
}

// The witness is lost, and a node stops in order: whoever is left serves, and
// goes on when the stopped one is back and hears the witness first.
void left_without_witness(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->kill_hbd(W);
  w->run_for(100 + v * 400);
  const size_t left = v % 2 ? A : B;
  w->stop_hbd(1 - left);
  expect_owner(w, left, 4000, "nobody serves after an ordered stop");
  w->run_for(5000);
  expect(w, owns(*w, left) && w->now - w->last_ack_ms < 500,
         "who is left does not go on");
  if (v >= 4) {
    w->kill_keeper(w->hosts[left], 0);
    w->run_for(1500);
    expect_owner(w, left, 4000, "who is left does not start again");
  }
  if (v % 4 < 2) w->isolate(left, true);
  w->start_hbd(1 - left);
  w->start_hbd(W);
  expect_never_owner(w, 1 - left, 9000, "who stopped took it back");
  w->heal();
  expect_healthy(w, 60000);
  expect(w, owns(*w, left), "the owner has changed");
}

// The owner's mysqld restarts too fast for anybody to see it down, and
// writable (my.cnf says so), without semi-sync.
void writable_restart(World* w, unsigned v) {
  w->promise.no_loss = false;  // until the watcher speaks
  if (!w->start_healthy()) return;
  w->run_for(v * 7);
  Server& s = w->hosts[A].server;
  s.instance += 1000;
  s.semi = false;
  w->release_waiters(w->hosts[A], SIZE_MAX, false);
  w->run_for(1500);
  expect(w, w->hosts[A].server.semi, "paired, and semi-sync is off");
  expect_healthy(w, 20000);
}

// Failback to a node that fails a moment later: not again and again.
void failback_in_vain(World* w, unsigned v) {
  w->setup.failback = true;
  if (!w->start_healthy()) return;
  w->crash(A, false, false);
  expect_owner(w, B, 12000, "B does not take over");
  w->run_for(1000 + v * 100);
  w->boot(A);
  expect_healthy(w, 20000);
  const Ms begun = w->now;
  unsigned tries = 0;
  while (w->run_until(begun + 60000 - w->now, [w] { return owns(*w, A); })) {
    ++tries;
    w->run_for(200);
    w->crash_server(A, 100);
    expect_owner(w, B, 12000, "B does not take it again");
    if (w->failed()) return;
  }
  expect(w, tries >= 3 && tries <= 5, "a failback in vain again and again");
  expect_owner(w, A, 120000, "A is never tried again");
  expect_healthy(w, 10000);
}

}  // namespace

const Walk kWalks[] = {
    {"takeover-unregistered", 24, takeover_unregistered},
    {"fence-async", 12, fence_async},
    {"stale-paired", 8, stale_paired},
    {"blank-owner", 8, blank_owner},
    {"blank-voucher", 8, blank_voucher},
    {"replica-reboot", 12, replica_reboot},
    {"learned-record", 12, learned_record},
    {"owner-without-vip", 24, owner_without_vip},
    {"failed-start-alone", 6, failed_start_alone},
    {"deaf-peer", 8, deaf_peer},
    {"forced-lonely", 6, forced_lonely},
    {"first-record", 12, first_record},
    {"late-hbd", 6, late_hbd},
    {"early-grant", 24, early_grant},
    {"keeper-thaw", 6, keeper_thaw},
    {"unacked-tail", 12, unacked_tail},
    {"tail-behind-a-restart", 6, tail_behind_a_restart},
    {"late-promote", 6, late_promote},
    {"hung-server", 6, hung_server},
    {"lost-fsync", 12, lost_fsync},
    {"tied-claims", 24, tied_claims},
    {"handed-back", 8, handed_back},
    {"left-without-witness", 8, left_without_witness},
    {"writable-restart", 8, writable_restart},
    {"failback-in-vain", 4, failback_in_vain},
};
const size_t kWalkCount = sizeof kWalks / sizeof *kWalks;

}  // namespace sim
