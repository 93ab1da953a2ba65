// Walks that nobody had walked: each was written because a change of one line
// in the core, or a wide seed, showed that nothing looked there. In worlds of
// Kind::Wide: audit and watchdog look on.
#include <algorithm>

#include "tests/sim/walk.h"

namespace sim {

namespace {

// Two of three ping nodes are lost for the owner alone: the peer hears more.
void hears_fewer(World* w, unsigned v) {
  w->setup.witness = v % 2;
  w->setup.pings = 3;
  if (!w->start_healthy()) return;
  w->run_for(6000 + v * 17);
  w->ping_lost[A][0] = w->ping_lost[A][1] = true;
  expect_owner(w, B, 8000, "the owner does not give way to who hears more");
  w->heal();
  expect_healthy(w, 30000);
}

// silent_peer = wait: nobody but an operator takes a silent peer's groups.
void silent_wait(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = 1 + v % 2;
  w->setup.silent_take = false;
  if (!w->start_healthy()) return;
  w->run_for(3000);
  if (v % 4 < 2) w->crash(A, false, false); else w->isolate(A, true);
  expect_never_owner(w, B, 12000, "a silent peer's group was taken");
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 6000, "the operator's takeover is not done");
  w->heal();
  expect_healthy(w, 60000);
}

// A server whose start nobody has seen is not the one that the record names.
void unknown_is_not_here(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->hosts[B].mute = true;
  w->run_for(40);
  w->crash_server(B, 100);  // another start of it, and nobody sees which
  w->run_for(20 + v * 30);
  w->crash(A, false, false);
  expect_never_owner(w, B, 9000, "a server that nobody knows was started");
}

// The witness restarts within the deadtime in which it confirmed A, and B
// claims.
void witness_restarts(World* w, unsigned v) {
  w->setup.track_sync = false;  // else A goes alone, and B may not claim
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 13);
  w->cut_beats(A, B, true);
  w->run_until(3000, [w] {
    return w->hosts[B].proc.cluster->phase(0) == hbd::Phase::Claiming;
  });
  w->cut_beats(A, W, true);
  w->cut_beats(W, A, true);
  w->kill_hbd(W);
  w->run_for(20 + v * 10);
  w->start_hbd(W);
  expect_owner(w, B, 8000, "B does not take over");
  w->run_for(1000);
  w->heal();
  expect_healthy(w, 60000);
}

// Both hosts boot after a loss of power; the last owner's server recovers, or
// never does: then the other one has it when cold_wait is over.
void cold_wait(World* w, unsigned v) {
  w->setup.witness = v % 2;
  if (!w->setup.witness) w->setup.pings = v % 4 / 2;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  for (size_t i : {A, B}) w->kill_hbd(i);
  w->crash_server(A, kEver);
  for (size_t i : {A, B}) w->remove_address(w->hosts[i], 0, "no power");
  w->run_for(500);
  for (size_t i : {A, B}) w->start_hbd(i);
  if (v >= 4) {
    expect_never_owner(w, B, 6500, "cold_wait was not waited for");
    expect_owner(w, B, 4000, "cold_wait is waited for again");
    return;
  }
  w->boot_server(A, 3000 + v * 300);
  expect_never_owner(w, B, 3000, "cold_wait was not waited for");
  expect_owner(w, A, 6000, "A does not take it again");
  expect_healthy(w, 60000);
}

// An owner whose hbd pauses for longer than the lease, with an arbiter whose
// answers wait in the queue: it lets go, and B has it or A again.
void late_owner(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(3000);
  w->freeze_hbd(A, true);
  w->run_for(1250 + v * 40);
  w->freeze_hbd(A, false);
  w->run_for(50);
  w->run_for(1500);
  expect_healthy(w, 30000);
}

// Two operators at once, or one who does both nodes to be sure. Without a
// witness nobody but the two can say whose word it is.
void init_on_both(World* w, unsigned v) {
  w->setup.witness = v % 2 == 0;
  w->power_up();
  w->hosts[B].server.source = kNobody;
  w->hosts[B].server.read_only = false;
  w->hosts[B].server.log = w->hosts[A].server.log;
  for (size_t i = 0; i < 3; ++i) w->start_hbd(i);
  w->run_for(3000);
  w->command(A, hbd::CommandKind::Init);
  w->run_for(v / 2);
  w->command(B, hbd::CommandKind::Init);
  expect_healthy(w, 15000);
}

// A node on a new disk has not heard of any record yet; the other one has one.
void init_too_early(World* w, unsigned v) {
  w->setup.witness = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->crash(B, false, true);
  w->run_for(4000);
  Host& b = w->hosts[B];
  b.alive = true;
  for (size_t from : {A, W}) {
    w->links[from][B].delay_min = w->links[from][B].delay_max = 250;
  }
  w->start_hbd(B);
  w->run_for(20 + v * 20);
  w->command(B, hbd::CommandKind::Init);
  expect_stays(w, A, 8000, "init on a new disk took the group away");
}

// ---- a group without a sync record ----------------------------------------

// A left while B was not fit, or is fenced, and B has the group; A comes back
// and hears nobody. Its record says that it owned it last, alone as always:
// that is no right.
void lonely_untracked(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = v % 2;
  w->setup.track_sync = false;
  w->promise.no_loss = false;
  if (!w->start_healthy()) return;
  w->run_for(3000 + v * 100);
  if (v % 2) {
    w->crash(A, false, false);
  } else {
    w->crash_server(B, 500);
    w->run_for(100);
    w->stop_hbd(A);
  }
  if (!expect_owner(w, B, 12000, "B does not take over")) return;
  w->run_for(1000);
  w->cut(A, B, true);
  w->boot(A);
  w->start_hbd(A);
  w->run_for(12000);
  w->heal();
  expect_healthy(w, 60000);
}

// ---- again and again ------------------------------------------------------

// B's start hook never succeeds: retries go on, with growing pauses.
void failing_start(World* w, unsigned v) {
  const int many = 1000;
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 100);
  w->hosts[B].fail_next = many;
  w->crash(A, false, false);
  w->run_for(12000);
  const int early = many - w->hosts[B].fail_next;
  expect(w, early >= 2 && early <= 5, "retries without growing pauses");
  w->run_for(120000);
  const int all = many - w->hosts[B].fail_next;
  expect(w, all >= early + 1 && all <= early + 6, "retries have ended");
  w->hosts[B].fail_next = 0;
  expect_owner(w, B, 70000, "B is not tried again");
}

// ---- claims and agreements ------------------------------------------------

// A gives way slowly; B claims, and dies before A has let go. What B wanted
// then is not agreed to any more.
void claimer_dies(World* w, unsigned v) {
  w->known_failures.push_back("nobody serves");  // standby-in-vain asks that
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->hosts[A].hook_slow = 400;
  w->command(A, hbd::CommandKind::Standby);
  w->run_for(100 + v * 50);
  w->crash(B, false, false);
  w->run_for(1000);
  w->hosts[A].hook_slow = 1;
  expect_owner(w, A, 45000, "A agreed to the claim of a dead node");
}

// B claims while the witness still has to wait for A's sake, and dies; then the
// wait is over. A dead node is granted nothing.
void dead_claimer(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 23);
  w->cut_beats(A, B, true);
  w->run_for(1500);
  w->cut(A, W, true);
  w->run_until(2000, [w] {
    return w->hosts[B].proc.cluster->phase(0) == hbd::Phase::Claiming;
  });
  w->run_for(300);
  w->crash(B, false, false);
  w->run_for(2000);
  w->heal();
  w->crash(B, false, false);
  expect_owner(w, A, 8000, "a dead node was granted the group");
}

// An operator, or a server that is down, gives nothing to a node that is not
// fit to take it.
void gives_way_to_none(World* w, unsigned v) {
  w->setup.track_sync = false;
  w->promise.no_loss = false;
  if (!w->start_healthy()) return;
  w->crash_server(B, kEver);
  w->run_for(500 + v * 50);
  if (v % 2) w->command(A, hbd::CommandKind::Standby);
  else w->crash_server(A, 300);
  w->run_for(3000);
  expect(w, w->hosts[A].vips[0].address_lost == 0,
         "the owner gave way to a node that is not fit");
  expect_owner(w, A, 3000, "A does not serve");
}

// A planned switch that takes its time, with a limit: it is through, or A serves
// on; never anything between. The peer may die in it.
void called_off(World* w, unsigned v) {
  w->setup.has_drain = v % 2;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->hosts[A].hook_slow = 1 + v % 4 * 100;
  w->command(A, hbd::CommandKind::Standby, "", 20 + v * 60);
  if (v % 5 == 4) {
    w->run_for(v * 40);
    w->crash(B, false, false);
    w->hosts[A].hook_slow = 1;
    expect_owner(w, A, 45000, "A does not serve on");
    return;
  }
  w->run_for(5000);
  const bool moved = w->hosts[B].vips[0].address;
  w->hosts[A].hook_slow = 1;
  expect_owner(w, moved ? B : A, 3000, "neither there nor called off");
  expect_healthy(w, 30000);
}

// The operator is quicker than the first beats after a restart: who is not
// heard yet is not absent.
void force_after_restart(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->kill_hbd(B);
  w->run_for(200);
  for (size_t from : {A, W}) {
    w->links[from][B].delay_min = 300;
    w->links[from][B].delay_max = 300 + v * 20;
  }
  w->start_hbd(B);
  w->run_for(1 + v * 20);
  w->command(B, hbd::CommandKind::ForceTakeover);
  w->run_for(6000);
  w->heal();
  expect_healthy(w, 60000);
}

// The two are cut off from each other, the witness confirms A, and an operator
// forces B: the witness stops confirming A before it grants.
void force_across_cut(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->cut(A, B, true);
  w->run_for(3000 + v * 100);
  expect(w, owns(*w, A), "A does not go on by the witness's word");
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 6000, "the operator's takeover is not done");
  w->run_for(2000);
  w->heal();
  expect_served(w, 60000);
}

// A stop hook failed on A, and then A falls silent: its server may be anything.
void stuck_then_silent(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = 1;
  if (!w->start_healthy()) return;
  w->run_for(3000 + v * 50);
  w->hosts[A].hook_fail = 100;
  w->kill_keeper(w->hosts[A], 0);
  const bool stuck = w->run_until(5000, [w] {
    return w->hosts[A].proc.cluster->phase(0) == hbd::Phase::Stuck;
  });
  expect(w, stuck, "A's stop hooks do not fail");
  w->run_for(300);
  w->kill_hbd(A);
  expect_never_owner(w, B, 9000, "B took over from a host that is stuck");
}

// A switch that A's stop hooks do not make: taken back, and made when they do.
void stop_rolled_back(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 50);
  w->hosts[A].hook_fail = 100;
  w->command(A, hbd::CommandKind::Standby);
  const bool taken_back = w->run_until(2000, [w] {
    return w->hosts[A].proc.cluster->phase(0) == hbd::Phase::Starting;
  });
  expect(w, taken_back, "A does not start again what it stopped");
  expect_never_owner(w, B, 500, "B took what A could not let go of");
  w->hosts[A].hook_fail = 0;
  if (!expect_owner(w, A, 5000, "A does not own again")) return;
  expect_stays(w, A, 3000, "it moved afterwards");
  w->command(A, hbd::CommandKind::Standby);
  if (!expect_owner(w, B, 4000, "B does not take it")) return;
  expect_served(w, 20000);
}

// A group whose writes nobody tracks: A leaves in order, B is behind.
void left_behind(World* w, unsigned v) {
  w->setup.track_sync = false;
  w->promise.no_loss = false;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->hosts[B].apply_lag = 1;
  w->run_for(300 + v * 50);
  w->stop_hbd(A);
  expect_never_owner(w, B, 5000, "B started without what A had written");
  w->hosts[B].apply_lag = 0;
  expect_owner(w, B, 5000, "B does not take it when it has everything");
}

// ---- failback -------------------------------------------------------------

// What an operator moved away from the preferred node stays away.
void held_away(World* w, unsigned v) {
  w->setup.failback = true;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  if (v % 2) w->command(B, hbd::CommandKind::Takeover);
  else w->command(A, hbd::CommandKind::Standby);
  if (!expect_owner(w, B, 4000, "B does not take it")) return;
  if (!expect_healthy(w, 20000)) return;
  expect_stays(w, B, 20000, "auto_failback moved what an operator moved");
}

// Nothing goes back to a node that may not have it.
void failback_to_none(World* w, unsigned v) {
  w->setup.failback = true;
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 100);
  w->crash(A, false, false);
  if (!expect_owner(w, B, 12000, "B does not take over")) return;
  w->boot(A);
  w->hosts[A].boot_extra = 30000;
  w->crash_server(A, kEver);
  w->run_for(15000);
  expect(w, w->hosts[B].vips[0].address_lost == 0,
         "a failback to a node whose server is down");
}

// ---- the sync record ------------------------------------------------------

// A fence that succeeded once is no fence the next time; nor is one that fails.
void second_fence(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = true;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  if (v % 2) {
    w->crash(B, false, false);
    w->run_for(5000);
    expect(w, w->fences == 1, "A does not fence before it goes alone");
    w->boot(B);
    if (!expect_healthy(w, 30000)) return;
  }
  w->hosts[A].fence = v % 3 ? FenceDoes::Fail : FenceDoes::Hang;
  w->hosts[B].fence = FenceDoes::Fail;
  w->run_for(1000 + v * 50);
  const unsigned before = w->fences;
  w->cut(A, B, true);
  w->run_for(4000);
  const size_t acked = w->acked.size();
  w->run_for(9000);
  expect(w, w->acked.size() == acked, "A went alone without a fence");
  expect(w, w->fences - before <= 8, "fences without a pause");
  w->heal();
  expect_healthy(w, 60000);
}

// B has fenced A, and may not own while no ping node answers; A is back by
// then, and has to be asked.
void fenced_and_back(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.fence = true;
  w->setup.pings = 1;
  w->setup.track_sync = false;  // so that A leaves no newer record
  if (!w->start_healthy()) return;
  w->run_for(1000 + v * 50);
  w->hosts[A].fence = FenceDoes::Fail;
  w->ping_cut[B] = true;
  w->cut(A, B, true);
  w->run_for(20000);
  expect(w, w->fences > 0, "B does not fence A");
  expect_never_owner(w, B, 1000, "B owns, and nobody confirms it");
  w->heal();
  expect_healthy(w, 60000);
}

// Without an alone event there is nothing to do before the next attempt.
void pairing_fails(World* w, unsigned v) {
  w->setup.has_alone = v % 2;
  if (!w->start_healthy()) return;
  w->freeze_hbd(B, true);
  w->run_for(3000 + v * 50);
  w->freeze_hbd(B, false);
  w->cut_sql(true);
  w->run_for(5000);
  w->heal();
  expect_healthy(w, 60000);
}

// A link that loses beats for a moment again and again: writers are not to
// wait for the replica each time.
void replica_flaps(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  const uint64_t before = record_on(*w, A)->version;
  for (int i = 0; i < 12; ++i) {
    w->cut_beats(B, A, true);
    w->run_for(700 + v * 20);
    w->cut_beats(B, A, false);
    w->run_for(900);
  }
  expect(w, record_on(*w, A)->version - before <= 12, "it pairs each time");
  expect_healthy(w, 60000);
}

// The next status is due while the server is down and nobody can take over:
// nothing may be due again and again.
void status_overdue(World* w, unsigned v) {
  w->setup.status = 1000;
  if (!w->start_healthy()) return;
  w->run_for(v * 130);
  w->crash(B, false, false);
  w->run_for(4000);
  w->crash_server(A, 6000);
  w->run_for(8000);
  w->boot(B);
  expect_healthy(w, 60000);
}

// Asked once a second, a daemon that ended runs again.
void daemon_dies(World* w, unsigned v) {
  w->setup.shapes = shapes_of(w->setup);
  w->setup.shapes[0].parts.push_back(Part::Daemon);
  w->setup.status = 1000;
  if (!w->start_healthy()) return;
  w->run_for(v * 130);
  w->hosts[A].daemons[0] = false;
  w->run_for(4000);
  expect(w, owns(*w, A) && w->hosts[A].daemons[0], "it is not started again");
  expect_healthy(w, 5000);
}

// The first beats of a witness that was restarted say nothing of any group:
// that is not the word of one without a record.
void left_and_restarted(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(500 + v * 70);
  w->stop_hbd(B);
  w->run_for(1000);
  w->kill_hbd(W);
  w->run_until(3000, [w] { return !owns(*w, A); });
  w->run_for(10 + v * 20);
  w->start_hbd(W);
  w->run_for(3000);
  w->start_hbd(B);
  expect_healthy(w, 60000);
}

// Who should take what a standby gave starts again, and does not know of it.
void standby_to_restarted(World* w, unsigned v) {
  w->setup.cold_wait = 27000;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->cut_beats(A, B, true);
  w->cut_beats(B, A, true);
  w->run_for(20 + v * 20);
  w->command(A, hbd::CommandKind::Standby);
  w->run_for(50);
  w->kill_hbd(B);
  w->run_for(900);
  w->start_hbd(B);
  w->run_for(100);
  w->heal();
  w->run_for(8000);
  expect(w, owns(*w, A) || owns(*w, B), "nobody serves");
}

// The replica is cut off in the middle of the paired event.
void pairing_cut(World* w, unsigned v) {
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->crash_server(B, 100);
  const bool begun = w->run_until(10000, [w] {
    return w->hosts[A].server.semi && !w->hosts[A].hooks.empty() &&
           w->hosts[A].hooks[0].run.event == "paired";
  });
  expect(w, begun, "the pair does not pair again");
  if (v % 2) w->isolate(B, true); else w->cut_sql(true);
  w->run_for(3500 + v * 100);
  expect(w, w->now - w->last_ack_ms < 500, "writers wait for nobody");
  w->heal();
  expect_healthy(w, 60000);
}

// A went alone and dies; the operator takes B. What A alone has was
// acknowledged: it is not rebuilt by itself.
void forced_tail(World* w, unsigned v) {
  w->setup.has_rebuild = true;
  if (!w->start_healthy()) return;
  w->run_for(1000);
  w->isolate(B, true);
  w->run_for(4000 + v * 100);
  expect(w, owns(*w, A) && !is_paired(*w, A), "A does not go on alone");
  const size_t had = w->hosts[A].server.log.size();
  w->crash(A, false, false);
  w->isolate(B, false);
  w->run_for(4000);
  w->command(B, hbd::CommandKind::ForceTakeover);
  if (!expect_owner(w, B, 8000, "the operator's takeover is not done")) return;
  w->boot(A);
  w->run_for(20000);
  expect(w, w->hosts[A].server.log.size() >= had,
         "acknowledged commits were thrown away on A");
}

}  // namespace

const Walk kAskedWalks[] = {
    {"hears-fewer", 6, hears_fewer},
    {"silent-wait", 8, silent_wait},
    {"unknown-is-not-here", 8, unknown_is_not_here},
    {"witness-restarts", 12, witness_restarts},
    {"cold-wait", 8, cold_wait},
    {"late-owner", 12, late_owner},
    {"init-on-both", 12, init_on_both},
    {"init-too-early", 6, init_too_early},
    {"lonely-untracked", 6, lonely_untracked},
    {"failing-start", 4, failing_start},
    {"claimer-dies", 8, claimer_dies},
    {"dead-claimer", 6, dead_claimer},
    {"gives-way-to-none", 6, gives_way_to_none},
    {"force-after-restart", 6, force_after_restart},
    {"force-across-cut", 6, force_across_cut},
    {"stuck-then-silent", 4, stuck_then_silent},
    {"stop-rolled-back", 4, stop_rolled_back},
    {"left-behind", 6, left_behind},
    {"held-away", 4, held_away},
    {"failback-to-none", 4, failback_to_none},
    {"second-fence", 6, second_fence},
    {"fenced-and-back", 6, fenced_and_back},
    {"pairing-fails", 6, pairing_fails},
    {"replica-flaps", 4, replica_flaps},
    {"status-overdue", 6, status_overdue},
    {"daemon-dies", 6, daemon_dies},
    {"left-and-restarted", 8, left_and_restarted},
    {"standby-to-restarted", 4, standby_to_restarted},
    {"called-off", 16, called_off},
    {"pairing-cut", 8, pairing_cut},
    {"forced-tail", 4, forced_tail},
};
const size_t kAskedWalkCount = sizeof kAskedWalks / sizeof *kAskedWalks;

}  // namespace sim
