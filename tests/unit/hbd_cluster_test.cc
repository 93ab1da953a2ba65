// The promises of hbd's core, read as stories: two nodes and a witness on a
// perfect network, with a hand on every cable. tests/sim has the hard ones.
#include "hbd/decide/verdict.h"
#include "tests/unit/hbd_world.h"

static void the_writable_server_owns_first_and_is_paired(void**) {
  World w(true);
  w.run(5000);
  assert_true(w.owns(0));
  assert_true(w.paired(0));
  assert_false(w.owns(1));
  assert_true(w.vip(0));
  assert_int_equal(w.n[0].core->record(0).epoch, 1);
}

static void a_dead_server_gives_way_at_once(void**) {
  World w(true);
  w.run(5000);
  w.n[0].up = false;
  w.watch(0);
  w.watch(1);
  w.run(30);
  assert_true(w.owns(1));
  assert_true(w.vip(1));
  w.n[0].up = true;
  w.n[0].role = "readonly";
  w.n[0].instance = "i3b";
  w.watch(0);
  w.run(5000);
  assert_true(w.paired(1));
  assert_string_equal(w.n[1].core->record(0).paired.c_str(), "i3b");
}

static void a_dead_host_is_taken_over_after_deadtime(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  w.run(1790);  // the last beat is up to a keepalive old
  assert_false(w.owns(1));
  w.run(230);
  assert_true(w.owns(1));
}

static void an_isolated_owner_lets_go_before_the_peer_takes(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = true;
  w.run(1300);
  assert_false(w.vip(0));
  w.run(2000);
  assert_true(w.owns(1));
  w.cut_ab = w.cut_aw = false;
  w.run(5000);
  assert_true(w.paired(1));
  assert_false(w.owns(0));
}

static void a_cut_between_the_nodes_changes_no_owner(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = true;
  w.run(20000);
  assert_true(w.owns(0));
  assert_false(w.paired(0));
  assert_false(w.owns(1));
  w.cut_ab = false;
  w.run(5000);
  assert_true(w.paired(0));
}

static void standby_moves_the_group(void**) {
  World w(true);
  w.run(5000);
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(100);
  assert_true(w.owns(1));
  w.run(5000);
  assert_true(w.paired(1));
}

static void takeover_asks_the_owner(void**) {
  World w(true);
  w.run(5000);
  Command c;
  c.kind = CommandKind::Takeover;
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(100);
  assert_true(w.owns(1));
}

static void an_ordered_stop_hands_over(void**) {
  World w(true);
  w.run(5000);
  w.n[0].core->on_stop(w.now);
  w.perform(0);
  w.run(300);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1));
}

static void a_replica_that_lacks_writes_never_starts(void**) {
  World w(true);
  w.run(5000);
  w.n[1].up = false;
  w.watch(1);
  w.run(1000);
  assert_false(w.paired(0));
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  w.n[1].up = true;
  w.n[1].instance = "i4b";
  w.watch(1);
  w.run(20000);
  assert_false(w.owns(1));
}

static void a_failed_start_lets_the_peer_try(void**) {
  World w(true);
  w.run(5000);
  w.n[1].hooks_fail = true;
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(40000);
  assert_true(w.owns(0));
}

static void without_an_arbiter_a_silent_peer_is_not_taken_over(void**) {
  World w(false);
  w.run(5000);
  assert_true(w.owns(0));
  w.cut_ab = true;
  w.n[0].alive = false;
  w.run(10000);
  assert_false(w.owns(1));
}

static void forced_takeover_needs_nobody(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = w.cut_bw = true;
  w.n[0].alive = false;
  w.run(5000);
  assert_false(w.owns(1));
  Command c;
  c.kind = CommandKind::ForceTakeover;
  c.reason = "host is gone";
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(3000);
  assert_true(w.owns(1));
  w.cut_bw = false;
  w.run(3000);
  assert_true(w.owns(1));
}

static void without_a_witness_an_ordered_stop_hands_over_too(void**) {
  World w(false, true);
  w.run(5000);
  assert_true(w.paired(0));
  w.n[0].core->on_stop(w.now);
  w.perform(0);
  w.run(1000);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1));
}

static void back_from_isolation_a_node_listens_before_it_claims(void**) {
  World w(false, true);
  w.run(5000);
  w.cut_ab = w.cut_ping[0] = true;
  w.run(10000);
  assert_true(w.owns(1));
  const uint64_t epoch = w.n[1].core->record(0).epoch;
  w.cut_ping[0] = false;  // the ping node is heard first
  w.run(400);
  w.cut_ab = false;
  w.run(3000);
  assert_true(w.owns(1));
  assert_false(w.owns(0));
  assert_int_equal(w.n[1].core->record(0).epoch, epoch);
}

// An owner alone in the dark for about a deadtime, from any moment of its
// beats and pings, is back just when the other one takes over. The ping node
// answers it before it hears a beat.
static void back_when_the_other_takes_over_none_answer_is_enough(void**) {
  for (int tracked = 0; tracked < 2; ++tracked) {
    Config base;
    base.track_sync = tracked == 1;
    for (uint64_t phase = 0; phase < 200; phase += 40) {
      for (uint64_t dark = 1700; dark < 2400; dark += 20) {
        World w(false, true, false, &base);
        w.run(5000 + phase);
        assert_true(w.owns(0));
        w.cut_ab = w.cut_ping[0] = true;
        w.run(dark);
        w.cut_ping[0] = false;
        for (int ms = 0; ms < 3000; ++ms) {
          if (ms == 210) w.cut_ab = false;
          w.run(1);
          assert_false(w.vip(0) && w.vip(1));
        }
        assert_true(w.owns(0) || w.owns(1));
      }
    }
  }
}

static void force_right_after_a_start_waits_to_hear_the_owner(void**) {
  World w(true);
  w.run(5000);
  w.boot(1);
  Command c;
  c.kind = CommandKind::ForceTakeover;
  c.reason = "hasty";
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(5000);  // run() asserts that never both have the address
  assert_true(w.owns(1));
  assert_false(w.owns(0));
}

static void init_right_after_a_start_is_refused(void**) {
  World w(true);
  w.run(5000);
  w.n[1].had_state = false;
  w.boot(1);
  Command c;
  c.kind = CommandKind::Init;
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(5000);
  assert_true(w.owns(0));
  assert_false(w.owns(1));
}

static void a_forced_release_runs_every_stop_hook_again(void**) {
  World w(true);
  w.run(5000);
  w.n[0].hang = "stop1";
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(20);
  const size_t before = w.n[0].hooks.size();
  w.cut_ab = w.cut_aw = true;
  w.run(1500);
  assert_true(w.n[0].hooks.size() >= before + 2);
  assert_string_equal(w.n[0].hooks[before].c_str(), "stop1");
  assert_string_equal(w.n[0].hooks[before + 1].c_str(), "stop0");
  assert_true(w.n[0].core->phase(0) == Phase::Idle);
}

static void a_peer_whose_stop_fails_is_fenced_once(void**) {
  World w(true, false, true);
  w.run(5000);
  w.n[0].stop_fails = true;
  w.n[0].up = false;  // gives way, and cannot stop
  w.watch(0);
  w.run(1000);
  const std::vector<std::string>& hooks = w.n[1].hooks;
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "fence"), 1);
  w.n[0].alive = false;  // what the fence did
  w.n[0].lifeline_ms[0] = 0;
  w.run(6000);
  assert_true(w.owns(1));
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "fence"), 1);
}

// ---- a witness on a new disk ------------------------------------------------

static void replace_witness(World* w) {
  WitnessConfig wc;
  wc.pair = "db";
  wc.self = "gw";
  wc.nodes[0] = "hdp3";
  wc.nodes[1] = "hdp4";
  w->witness.reset(new Witness(wc, ++w->incarnation, State(), false, w->now));
}

static void a_forced_owner_keeps_the_group_when_an_empty_witness_comes(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = w.cut_bw = true;
  w.n[0].alive = false;
  w.run(5000);
  w.command(1, CommandKind::ForceTakeover);
  w.run(3000);
  assert_true(w.owns(1) && w.vip(1));
  replace_witness(&w);
  w.cut_bw = false;
  w.run(10000);
  assert_true(w.owns(1) && w.vip(1));
}

static void force_founds_the_record_of_an_empty_witness(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = w.cut_bw = true;
  w.n[0].alive = false;
  replace_witness(&w);
  w.cut_bw = false;
  w.run(10000);
  assert_false(w.owns(1));
  w.command(1, CommandKind::ForceTakeover);
  w.run(5000);
  assert_true(w.owns(1) && w.vip(1));
  assert_string_equal(w.witness->record("vip").owner.c_str(), "hdp4");
}

static void init_founds_the_record_of_an_empty_witness(void**) {
  World w(true);
  w.cut_ab = true;
  w.n[1].alive = false;
  w.run(12000);
  assert_false(w.owns(0));
  w.command(0, CommandKind::Init);
  w.run(5000);
  assert_true(w.owns(0) && w.vip(0));
}

static void force_ends_a_claim_that_is_under_way(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  while (w.n[1].core->phase(0) != Phase::Claiming) w.run(1);
  w.cut_bw = true;  // the witness dies before its grant is heard
  w.run(200);
  w.command(1, CommandKind::ForceTakeover);
  w.run(5000);
  assert_true(w.owns(1) && w.vip(1));
}

static bool differs(const World& w, int i, const char* text) {
  const Status s = w.n[i].core->status(w.now);
  return status_text(s).find(text) != std::string::npos;
}

// ---- another configuration under a running one ------------------------------

// Alone, with the word of ping nodes: it does not let go for a moment.
static void a_ping_node_may_be_exchanged_under_an_owner(void**) {
  World w(false, true);
  w.run(12000);
  assert_true(w.owns(0));
  w.n[1].alive = false;
  w.run(10000);
  assert_true(w.owns(0));
  const uint64_t epoch = w.n[0].core->record(0).epoch;
  Config c = w.config(0);
  c.ping_nodes = "10.0.0.1 ";
  w.n[0].core->reconfigure(c);
  c.ping_nodes = "10.0.0.2 10.0.0.1 ";
  c.ping_count = 2;
  c.warntime_ms = 700;
  w.n[0].core->reconfigure(c);
  w.run(10000);
  assert_true(w.owns(0));
  assert_int_equal(w.n[0].core->record(0).epoch, epoch);
  assert_true(differs(w, 0, "ping nodes: 1 of 2 answer"));
}

// Nobody is silent who is not there: what bars a takeover is told all the same.
static void without_a_witness_a_check_wakes_too(void**) {
  World w(false, true);
  w.run(12000);
  assert_string_equal(
      check_line(w.n[0].core->status(w.now)).substr(0, 14).c_str(),
      "0 OK: hdp3 ser");
  w.n[1].up = false;
  w.watch(1);
  w.run(1000);
  const std::string want =
      "2 CRITICAL: no takeover is possible: hdp4: its server is down";
  assert_string_equal(check_line(w.n[0].core->status(w.now))
                          .substr(0, want.size()).c_str(), want.c_str());
}

// ---- what must be agreed on ------------------------------------------------

// hdp4 is started again with another configuration.
static void reconfigure(World* w, int i, const Config& c) {
  w->base = c;
  w->stop(i);
  w->run(3000);
  w->boot(i);
  w->run(3000);
}

static void another_arbiter_takes_nothing_from_silence(void**) {
  World w(true);
  w.run(5000);
  Config c = w.config(1);
  w.n[1].core.reset();
  c.witness.clear();
  c.ping_count = 1;
  c.ping_nodes = "172.16.1.254";
  w.n[1].core.reset(new Cluster(c, ++w.incarnation, w.n[1].state, true, w.now));
  w.perform(1);
  w.watch(1);
  w.pings = true;
  w.run(5000);
  assert_true(differs(w, 1, "arbiter differs: ping nodes"));
  assert_true(w.told(1, "differs"));
  w.cut_ab = true;  // the witness confirms hdp3, the ping node answers hdp4
  w.run(20000);
  assert_true(w.owns(0));
  assert_false(w.owns(1));
  // Kept on disk: also after a restart in the silence.
  w.n[1].core.reset(new Cluster(c, ++w.incarnation, w.n[1].state, true, w.now));
  w.perform(1);
  w.watch(1);
  w.run(30000);
  assert_false(w.owns(1));
}

static void of_two_deadtimes_the_longer_one_counts(void**) {
  Config slow;
  slow.deadtime_ms = 6000;
  slow.lease_ms = 4000;
  slow.initdead_ms = 10000;
  World w(true, false, false, &slow);  // the witness has 2 s and 1 s
  w.run(5000);
  assert_true(w.paired(0));
  Config fast = w.config(1);
  fast.deadtime_ms = 2000;
  fast.lease_ms = 1000;
  w.n[1].core.reset(
      new Cluster(fast, ++w.incarnation, w.n[1].state, true, w.now));
  w.perform(1);
  w.watch(1);
  w.run(3000);
  assert_true(w.told(1, "differs"));
  w.cut_ab = w.cut_aw = true;
  // run() asserts that never two have the address.
  w.run(5700);
  assert_false(w.owns(1));
  w.run(2000);
  assert_true(w.owns(1));
}

static void groups_in_another_order_take_nothing_from_silence(void**) {
  Config c;
  c.groups.push_back(World::group("vip", "hdp3", 2, true));
  c.groups.push_back(World::group("web", "hdp3", 1, false));
  World w(true, false, false, &c);
  w.run(5000);
  assert_true(w.paired(0));
  Config reversed = w.config(1);
  std::swap(reversed.groups[0], reversed.groups[1]);
  std::swap(reversed.groups[0].server, reversed.groups[1].server);
  w.n[1].core.reset(
      new Cluster(reversed, ++w.incarnation, w.n[1].state, true, w.now));
  w.perform(1);
  w.watch(1);
  w.run(3000);
  assert_true(differs(w, 1, "order of groups differs"));
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  w.run(20000);
  assert_false(w.owns(1, 0) || w.owns(1, 1));
}

static void a_new_address_keeps_the_record(void**) {
  World w(true);
  w.run(5000);
  assert_true(w.paired(0));
  Config c;
  c.groups.push_back(World::group("new", "hdp3", 2, true));
  reconfigure(&w, 1, c);  // the standby first
  assert_true(w.paired(0));
  assert_int_equal(w.n[1].core->record(0).epoch, 1);
  w.command(0, CommandKind::Standby);
  w.run(3000);
  assert_true(w.owns(1));
  reconfigure(&w, 0, c);
  w.run(3000);
  assert_true(w.paired(1));
  assert_string_equal(w.witness->record("new").owner.c_str(), "hdp4");
  assert_true(w.witness->record("vip").none());
}

// ---- whether resources still run -------------------------------------------

static Config asking() {
  Config c;
  c.status_ms = 1000;
  return c;
}

static size_t starts_of(const World& w, int i, const char* what) {
  const std::vector<std::string>& h = w.n[i].hooks;
  return static_cast<size_t>(std::count(h.begin(), h.end(), what));
}

static void every_resource_of_an_owner_is_asked_each_second(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.run(3000);
  w.n[0].asked.clear();
  w.run(5000);
  assert_in_range(w.n[0].asked.size(), 8, 12);
  assert_int_equal(std::count(w.n[0].asked.begin(), w.n[0].asked.end(), 1),
                   w.n[0].asked.size() / 2);
  assert_int_equal(w.n[1].asked.size(), 0);
}

static void what_does_not_run_is_started_again_in_place(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.ok_again = 0;
  w.run(5000);
  w.n[0].hooks.clear();
  w.n[0].status[1] = 3;
  w.run(3000);
  assert_int_equal(starts_of(w, 0, "start1"), 1);
  assert_int_equal(starts_of(w, 0, "start0"), 0);
  assert_int_equal(starts_of(w, 0, "stop1"), 0);
  assert_true(w.owns(0) && w.vip(0));
  assert_true(w.told(0, "vip not-running"));
}

static void other_codes_and_no_answer_say_nothing(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.run(5000);
  for (int code : {-1, 4, 5, 7, 127}) {
    w.n[0].hooks.clear();
    w.n[0].status[1] = code;
    w.run(4000);
    assert_int_equal(w.n[0].hooks.size(), 0);
  }
}

static void a_start_in_vain_lets_the_peer_try(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.run(5000);
  w.n[0].status[1] = 3;  // and no start helps
  w.run(6000);
  assert_true(w.owns(1) && w.vip(1));
}

static void too_many_starts_in_place_make_a_node_unfit_until_cleared(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.ok_again = 0;
  w.run(5000);
  for (int i = 0; i < 3; ++i) {
    w.n[0].status[1] = 3;
    w.run(10000);
  }
  assert_true(w.owns(1));
  assert_true(differs(w, 0, "did not run again and again"));
  w.command(0, CommandKind::Clear);
  assert_false(differs(w, 0, "did not run again and again"));
}

static void whatever_else_is_due_ends_a_status(void**) {
  const Config c = asking();
  World w(true, false, false, &c);
  w.run(5000);
  w.n[0].hang = "status1";
  w.run(3000);
  w.command(0, CommandKind::Standby);
  w.run(100);
  assert_true(w.owns(1));
}

// ---- what the pages say ----------------------------------------------------

static void an_answer_of_a_ping_node_counts_at_once_for_the_lease(void**) {
  World w(false, true);
  w.run(5000);
  assert_true(w.owns(0));
  w.cut_ab = true;
  w.n[1].alive = false;
  w.run(3000);
  assert_true(w.owns(0) && w.vip(0));
  w.cut_ping[0] = true;   // for less than the lease and its last answer
  w.run(700);
  w.cut_ping[0] = false;  // one answer, and no deadtime of them since
  w.run(900);
  assert_true(w.owns(0) && w.vip(0));
}

static void a_late_node_judges_nobody_for_warntime(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = true;
  w.wire.clear();
  const uint64_t back = w.now + 2500;  // it stood still for so long
  w.n[1].core->on_tick(back);
  w.perform(1);
  const Status at_once = w.n[1].core->status(back);
  assert_false(at_once.peer.silent);
  for (uint64_t ms = back; ms < back + 600; ms += 100) {
    w.n[1].core->on_tick(ms);
    assert_false(w.n[1].core->status(ms).peer.silent);
  }
  w.n[1].core->on_tick(back + 601);
  assert_true(w.n[1].core->status(back + 601).peer.silent);
}

static void a_failed_fence_is_tried_again_with_growing_pauses(void**) {
  World w(false, false, true);
  w.run(5000);
  w.cut_ab = true;
  w.n[0].alive = false;
  w.n[1].fence_fails = true;
  w.run(2500);
  const size_t first = starts_of(w, 1, "fence");
  assert_int_equal(first, 1);
  w.run(5000);
  assert_int_equal(starts_of(w, 1, "fence"), 2);
  w.run(9000);
  assert_int_equal(starts_of(w, 1, "fence"), 2);
  w.run(1500);
  assert_int_equal(starts_of(w, 1, "fence"), 3);
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_writable_server_owns_first_and_is_paired),
      cmocka_unit_test(a_dead_server_gives_way_at_once),
      cmocka_unit_test(a_dead_host_is_taken_over_after_deadtime),
      cmocka_unit_test(an_isolated_owner_lets_go_before_the_peer_takes),
      cmocka_unit_test(a_cut_between_the_nodes_changes_no_owner),
      cmocka_unit_test(standby_moves_the_group),
      cmocka_unit_test(takeover_asks_the_owner),
      cmocka_unit_test(an_ordered_stop_hands_over),
      cmocka_unit_test(a_replica_that_lacks_writes_never_starts),
      cmocka_unit_test(a_failed_start_lets_the_peer_try),
      cmocka_unit_test(without_an_arbiter_a_silent_peer_is_not_taken_over),
      cmocka_unit_test(forced_takeover_needs_nobody),
      cmocka_unit_test(without_a_witness_an_ordered_stop_hands_over_too),
      cmocka_unit_test(back_from_isolation_a_node_listens_before_it_claims),
      cmocka_unit_test(back_when_the_other_takes_over_none_answer_is_enough),
      cmocka_unit_test(force_right_after_a_start_waits_to_hear_the_owner),
      cmocka_unit_test(init_right_after_a_start_is_refused),
      cmocka_unit_test(a_forced_release_runs_every_stop_hook_again),
      cmocka_unit_test(a_peer_whose_stop_fails_is_fenced_once),
      cmocka_unit_test(
          a_forced_owner_keeps_the_group_when_an_empty_witness_comes),
      cmocka_unit_test(force_founds_the_record_of_an_empty_witness),
      cmocka_unit_test(init_founds_the_record_of_an_empty_witness),
      cmocka_unit_test(force_ends_a_claim_that_is_under_way),
      cmocka_unit_test(a_ping_node_may_be_exchanged_under_an_owner),
      cmocka_unit_test(without_a_witness_a_check_wakes_too),
      cmocka_unit_test(another_arbiter_takes_nothing_from_silence),
      cmocka_unit_test(of_two_deadtimes_the_longer_one_counts),
      cmocka_unit_test(groups_in_another_order_take_nothing_from_silence),
      cmocka_unit_test(a_new_address_keeps_the_record),
      cmocka_unit_test(every_resource_of_an_owner_is_asked_each_second),
      cmocka_unit_test(what_does_not_run_is_started_again_in_place),
      cmocka_unit_test(other_codes_and_no_answer_say_nothing),
      cmocka_unit_test(a_start_in_vain_lets_the_peer_try),
      cmocka_unit_test(
          too_many_starts_in_place_make_a_node_unfit_until_cleared),
      cmocka_unit_test(whatever_else_is_due_ends_a_status),
      cmocka_unit_test(an_answer_of_a_ping_node_counts_at_once_for_the_lease),
      cmocka_unit_test(a_late_node_judges_nobody_for_warntime),
      cmocka_unit_test(a_failed_fence_is_tried_again_with_growing_pauses),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
