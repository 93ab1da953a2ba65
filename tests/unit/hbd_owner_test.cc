// What an owner does: its start and stop hooks, its right to go on, whom it
// gives way to, and what is asked of its resources meanwhile.
#include "tests/unit/hbd_solo.h"

#include <string.h>

static void nobody_confirms(Solo* s) { s->silence(true, true); }

// An owner for whom nobody stands in.
static void begin_unassisted(Solo* s) {
  s->peer.group().fit = false;
  s->know(record(1, 2, "hdp3", ""));
  s->boot();
  s->run(3000);
}

// ---- starting --------------------------------------------------------------

static void a_start_that_fails_is_tried_again_once_a_minute_at_least(void**) {
  Solo s;
  s.fails.insert("start1");
  begin_unassisted(&s);
  s.run(127000);
  const long before = s.count("start1");
  s.run(120000);
  assert_in_range(s.count("start1") - before, 2, 3);
}

static void pauses_begin_anew_after_a_start_that_did_not_fail(void**) {
  Solo s;
  s.fails.insert("start1");
  begin_unassisted(&s);
  s.run(30000);
  s.fails.clear();
  s.run(40000);
  assert_true(s.owns());
  s.fails.insert("start1");
  s.ours("readonly", "i3b", "");
  s.run(600);
  const long before = s.count("start1");
  s.run(1100);
  assert_int_equal(s.count("start1"), before + 1);
}

static void who_may_own_no_more_while_it_starts_stops(void**) {
  Solo s;
  s.hangs.insert("start1");
  begin_unassisted(&s);
  assert_true(s.phase() == Phase::Starting);
  assert_true(s.runs[0].lifeline_until_ms > 0);
  nobody_confirms(&s);
  s.run(1100);
  assert_int_equal(s.lifeline_ms[0], 0);
  assert_int_equal(s.count("stop0"), 1);
}

static void each_start_hook_gets_a_time_that_has_not_passed(void**) {
  Solo s;
  s.hangs.insert("start0");
  begin_unassisted(&s);
  s.run(3000);
  s.end("start0");
  assert_string_equal(s.hooks.back().c_str(), "start1");
  assert_true(s.runs.back().lifeline_until_ms > s.now);
  assert_true(s.lifeline_ms[0] > s.now);
  assert_true(s.runs.back().lifeline_until_ms <= s.now + 1000);
}

static void an_hbd_that_stops_does_not_go_on_starting(void**) {
  Solo s;
  s.hangs.insert("start0");
  begin_unassisted(&s);
  s.stop();
  s.end("start0");
  assert_int_equal(s.count("start1"), 0);
  assert_int_equal(s.count("stop1"), 1);
}

static void a_start_that_is_done_is_recorded(void**) {
  Solo s;
  s.hangs.insert("start1");
  s.begin_standby();
  s.silence(true, false);
  s.run(3000);
  assert_int_equal(s.known().version, 1);
  assert_string_equal(s.known().owner_instance.c_str(), "i3");
  assert_true(s.known().back);
  s.end("start1");
  assert_true(s.owns());
  assert_int_equal(s.known().version, 2);
  assert_string_equal(s.known().owner_instance.c_str(), "");
  assert_false(s.known().back);
  assert_true(s.disk.groups[0].record == s.known());
}

static void hooks_are_told_what_they_may_rely_on(void**) {
  Solo s;
  Solo::put(&s.server, "pos", "0-1-7");
  s.begin_standby();
  Solo::put(&s.server, "pos", "0-1-7");
  s.watch();
  s.silence(true, false);
  s.run(3000);
  const HookRun& start = s.runs[0];
  assert_int_equal(start.resource, 0);
  assert_int_equal(start.epoch, 3);
  assert_string_equal(start.sync.c_str(), "alone");
  assert_string_equal(start.grant.c_str(), "witness");
  assert_string_equal(start.start_pos.c_str(), "0-1-7");
  assert_string_equal(start.start_from.c_str(), "paired");
  assert_string_equal(start.reason.c_str(), "the peer is silent");
  assert_string_equal(
      tandem::attr_value(start.peer_attrs, "instance").c_str(), "i4");
  Solo owner;
  owner.begin_paired();
  owner.command(CommandKind::Standby);
  assert_string_equal(owner.hooks[0].c_str(), "stop1");
  assert_string_equal(owner.hooks[1].c_str(), "stop0");
  assert_string_equal(owner.runs[0].sync.c_str(), "paired");
  assert_string_equal(owner.runs[0].reason.c_str(), "standby by an operator");
}

// What was recorded a moment ago, the server has not been told.
static void a_stop_is_told_whether_the_server_waits_for_its_replica(void**) {
  Solo cut;
  cut.begin_paired();
  cut.silence(true, true);
  cut.run(3000);
  assert_true(cut.known().alone());
  assert_string_equal(cut.last("stop1").sync.c_str(), "paired");
  for (const char* from : {"paired", "alone"}) {
    Solo s;
    s.begin_paired();
    Record r = record(s.core->record(0).epoch + 20, 1, "hdp4", "");
    r.from = from;
    s.peer.agrees = false;
    s.peer.group().record = r;
    s.peer.group().holding = Holding::Own;
    s.run(400);
    assert_string_equal(s.last("stop1").sync.c_str(), from);
  }
}

// ---- the right to go on ----------------------------------------------------

static void a_higher_epoch_of_the_peer_ends_it(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.witness.group().record = record(s.known().epoch + 1, 1, "hdp4", "");
  s.say(&s.witness);
  assert_true(s.phase() == Phase::Stopping);
  assert_int_equal(s.lifeline_ms[0], 0);
  assert_false(s.to_peer.groups[0].giving_way);
  Solo own;  // a claim of ours that was agreed to when we had given it up
  own.begin_paired();
  own.witness.group().record = record(own.known().epoch + 2, 1, "hdp3", "");
  own.say(&own.witness);
  assert_true(own.owns());
}

static void who_loses_the_right_while_it_stops_begins_to_stop_anew(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.command(CommandKind::Standby);
  nobody_confirms(&s);
  s.run(1500);
  assert_int_equal(s.lifeline_ms[0], 0);
  assert_int_equal(s.count("stop1"), 2);  // the first one was killed
  assert_false(s.to_peer.groups[0].giving_way);
  // And once only, however late it is.
  s.now += 1500;
  s.tick();
  s.end("stop1");
  assert_int_equal(s.count("stop0"), 1);
  assert_false(s.phase() == Phase::Stuck);  // who was killed did not fail
}

// Nothing is left to lose: its last address is off.
static void who_has_let_go_of_its_address_stops_in_peace(void**) {
  Solo s;
  s.know(record(1, 2, "hdp3", "i4"));
  s.disk.groups[0].owning = true;
  s.silence(true, true);
  s.hangs.insert("stop1");
  s.boot();
  s.run(5000);
  assert_int_equal(s.count("stop1"), 1);
  assert_string_equal(s.runs[0].reason.c_str(),
                      "left over from before this start");
  s.end("stop1");
  assert_true(s.phase() == Phase::Idle);
}

static void it_ends_with_the_last_confirmation_or_with_what_was_written(
    void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  nobody_confirms(&s);
  s.run(1100);
  assert_string_equal(s.runs.back().reason.c_str(),
                      "nobody confirmed us within the lease");
  Solo no_arbiter(false);  // its keepers have let go already
  no_arbiter.begin_paired();
  no_arbiter.hangs.insert("stop1");
  no_arbiter.now += 1100;
  no_arbiter.tick();
  assert_true(no_arbiter.phase() == Phase::Stopping);
  assert_string_equal(no_arbiter.runs.back().reason.c_str(),
                      "the last lifeline written has passed");
}

static void a_keeper_that_is_gone_ends_it(void**) {
  Solo s;
  s.begin_paired();
  s.core->on_lifeline_broken(s.now, 0);
  s.perform();
  s.run(10);
  assert_int_equal(s.count("stop0"), 1);
  s.run(10000);
  assert_true(s.owns());  // again
  s.run(3000);
  assert_true(s.owns() && s.lifeline_ms[0] > s.now);
}

// ---- giving way ------------------------------------------------------------

static void an_owner_yields_to_force_and_to_nobody_else_who_claims(void**) {
  const struct { Holding holding; uint64_t epoch; bool forced, leaving, yields; }
  rows[] = {
      {Holding::Claim, 4, true, false, true},
      {Holding::Claim, 2, true, false, false},  // below ours: it came second
      {Holding::Claim, 4, false, false, false},
      {Holding::Idle, 4, true, false, false},
      {Holding::Claim, 4, true, true, false}};
  for (int i = 0; i < 5; ++i) {
    Solo s;
    s.begin_paired();
    assert_int_equal(s.known().epoch, 3);
    GroupBeat* pg = &s.peer.group();
    pg->holding = rows[i].holding;
    pg->claim.forced = rows[i].forced;
    pg->claim.record = record(rows[i].epoch, 1, "hdp4", "");
    s.peer.says.leaving = rows[i].leaving;
    s.hangs.insert("stop1");
    s.say(&s.peer);
    s.run(10);
    assert_int_equal(s.phase() == Phase::Stopping, rows[i].yields);
    if (!rows[i].yields) continue;
    assert_true(s.to_peer.groups[0].giving_way);
    assert_true(s.to_peer.groups[0].held);
    pg->holding = Holding::Idle;  // it fails there
    s.say(&s.peer);
    s.end("stop1");
    s.run(10);
    assert_true(s.to_peer.groups[0].fit);
  }
}

static void an_owner_yields_to_who_asks_and_may_take_it(void**) {
  Solo s;
  s.begin_paired();
  s.peer.group().fit = false;
  s.peer.group().wants = true;
  s.say(&s.peer);
  s.run(10);
  assert_true(s.owns());
  s.peer.group().fit = true;
  s.say(&s.peer);
  s.run(250);
  assert_true(s.phase() == Phase::Idle);
  assert_true(s.to_peer.groups[0].held);
  assert_false(s.to_peer.groups[0].fit);  // not back for a while
  s.peer.group().wants = false;
  s.run(20000);
  assert_true(s.phase() == Phase::Idle);
}

static void a_server_that_is_down_moves_only_to_who_may_take_it(void**) {
  Solo s;
  s.begin_paired();
  s.peer.group().fit = false;
  s.say(&s.peer);
  s.up = false;
  s.watch();
  s.run(2000);
  assert_true(s.owns());
  assert_true(s.shows("the local server is down and hdp4 may not take it"));
  s.peer.says.up = false;
  s.run(1500);
  assert_false(s.known().alone());  // no writer waits for a replica here
  s.peer.says.up = true;
  s.peer.group().fit = true;
  s.say(&s.peer);
  s.run(10);
  assert_true(s.phase() == Phase::Idle);
}

static void an_owner_behind_on_ping_nodes_gives_way_to_who_may_take_it(
    void**) {
  Solo s(false);
  s.config.ping_count = 1;
  s.pings = true;
  s.peer.says.ping_score = 1;
  s.begin_paired();
  s.peer.group().fit = false;
  s.say(&s.peer);
  s.pings = false;
  s.run(4000);
  assert_true(s.owns());
  s.peer.group().fit = true;
  s.say(&s.peer);
  s.run(10);
  assert_true(s.phase() == Phase::Idle);
}

// ---- a server that is not what was started ---------------------------------

static void a_read_only_server_is_started_again_after_a_moment(void**) {
  Solo s;
  begin_unassisted(&s);
  assert_true(s.owns());
  s.hooks.clear();
  s.ours("", "i3", "");
  s.run(2000);
  assert_int_equal(s.count("start1"), 0);  // nobody could read it
  s.ours("readonly", "i3", "");
  s.run(450);
  assert_int_equal(s.count("start1"), 0);
  s.run(300);
  assert_int_equal(s.count("start0"), 1);
  assert_int_equal(s.count("start1"), 1);
  s.run(3000);
  assert_int_equal(s.count("start1"), 1);
}

static void another_start_of_the_server_is_started_at_once(void**) {
  Solo s;
  begin_unassisted(&s);
  s.hooks.clear();
  s.ours("primary", "", "");
  s.run(1000);
  assert_int_equal(s.count("start1"), 0);
  s.ours("primary", "i3b", "");
  assert_int_equal(s.count("start1"), 1);
  s.run(3000);
  assert_int_equal(s.count("start1"), 1);
  assert_true(s.owns());
}

static void another_start_of_the_server_is_noticed_at_the_very_beginning(
    void**) {
  Solo s;
  s.hangs.insert("start1");
  begin_unassisted(&s);
  s.hangs.clear();
  s.end("start1");
  s.run(100);
  s.hooks.clear();
  s.ours("primary", "i3b", "");
  assert_int_equal(s.count("start1"), 1);
}

static void pairing_is_tried_at_once_with_a_server_that_was_started_again(
    void**) {
  Solo s;
  s.fails.insert("paired");
  s.know(record(1, 2, "hdp3", ""));
  s.boot();
  s.run(30000);
  const long before = s.count("paired");
  s.run(1000);
  assert_int_equal(s.count("paired"), before);
  s.ours("primary", "i3b", "");
  s.run(600);
  assert_int_equal(s.count("paired"), before + 1);
}

static void a_server_that_was_down_is_started_again_at_once(void**) {
  Solo s;
  begin_unassisted(&s);
  s.hooks.clear();
  s.up = false;
  s.watch();
  s.run(1000);
  s.up = true;
  s.ours("readonly", "i3", "");
  assert_int_equal(s.count("start1"), 1);
}

static void it_is_started_again_once_a_second_at_most(void**) {
  Solo s;
  begin_unassisted(&s);
  s.hooks.clear();
  for (int i = 0; i < 30; ++i) {
    s.ours("primary", ("i" + std::to_string(10 + i)).c_str(), "");
    s.run(100);
  }
  assert_in_range(s.count("start1"), 3, 4);
}

static void a_group_without_the_server_minds_no_role(void**) {
  Solo s;
  s.config.groups[0].server = false;
  begin_unassisted(&s);
  assert_true(s.owns());
  s.hooks.clear();
  s.ours("readonly", "i3b", "");
  s.run(3000);
  assert_int_equal(s.count("start1"), 0);
}

// Nobody counts for what is written after it.
static void it_goes_alone_before_it_is_started_again(void**) {
  Solo s;
  s.hangs.insert("alone");
  s.begin_paired();
  s.ours("readonly", "i3b", "");
  s.run(2000);
  assert_true(s.known().alone());
  assert_int_equal(s.count("alone"), 1);
  assert_int_equal(s.count("start1"), 0);
  s.end("alone");
  s.run(10);
  assert_int_equal(s.count("start1"), 1);
}

// ---- hooks that have lost their sense --------------------------------------

static void pairing_ends_when_it_has_lost_its_sense(void**) {
  for (int why = 0; why < 4; ++why) {
    Solo s;
    s.hangs.insert("paired");
    s.know(record(1, 2, "hdp3", ""));
    s.boot();
    s.run(3000);
    assert_int_equal(s.hung.count("paired"), 1);
    if (why == 1) s.theirs("replica", "i4b", "yes");
    if (why == 1) s.say(&s.peer);
    if (why == 2) s.up = false;
    if (why == 2) s.watch();
    if (why == 3) s.stop();
    s.run(10);
    assert_int_equal(s.hung.count("paired"), why == 0);
    if (why == 1) assert_true(s.count("alone") > 0);  // semi-sync off again
    assert_true(s.known().alone());
  }
}

static void a_fence_ends_when_the_owners_peer_is_heard(void**) {
  Solo s(false);
  s.config.has_fence = true;
  s.hangs.insert("fence");
  s.begin_paired();
  s.silence(true, false);
  s.run(3000);
  assert_int_equal(s.hung.count("fence"), 1);
  s.peer.speaks = s.peer.hears = true;
  s.run(1000);
  assert_int_equal(s.hung.count("fence"), 0);
}

static void an_exit_of_nobodys_hook_is_nothing(void**) {
  Solo s;
  s.hangs.insert("start1");
  begin_unassisted(&s);
  s.core->on_hook_exit(s.now, s.hung["start1"] + 100, true, tandem::Attrs());
  s.perform();
  assert_true(s.phase() == Phase::Starting);
  assert_int_equal(s.hung.count("start1"), 1);
}

// A server that answers and commits nothing is as good as down: while the peer
// may take it.
static void an_owner_that_cannot_write_gives_way(void**) {
  Solo s;
  s.begin_paired();
  promote::Faults full;
  full.add(promote::Fault::DiskFull);
  s.peer.group().fit = false;
  s.run(400);
  Solo::put(&s.server, "faults", full.code().c_str());
  s.watch();
  s.run(1000);
  assert_true(s.owns());
  s.peer.group().fit = true;
  s.run(400);
  assert_true(s.phase() == Phase::Idle);
  assert_string_equal(s.last("stop1").reason.c_str(),
                      "the local server cannot write: disk-full");
}

// ---- stopping --------------------------------------------------------------

static void a_failed_stop_is_tried_again_with_growing_pauses(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop0");
  s.core->on_lifeline_broken(s.now, 0);
  s.perform();
  s.run(250);
  assert_true(s.phase() == Phase::Stuck);
  assert_true(s.to_peer.groups[0].holding == Holding::Stuck);
  assert_true(s.was_told("stuck"));
  assert_true(s.disk.groups[0].owning);
  s.run(20000);
  const long tries = s.count("stop0");
  assert_in_range(tries, 4, 6);
  s.fails.clear();
  s.run(20000);
  assert_true(s.phase() != Phase::Stuck);
  assert_int_equal(s.count("stop0"), tries + 1);
}

// ---- a stop that is rolled back --------------------------------------------

static void a_stop_that_fails_is_rolled_back(void**) {
  Solo s;
  s.begin_paired();
  const uint64_t epoch = s.core->record(0).epoch;
  const long starts = s.count("start1"), addresses = s.count("start0");
  s.fails.insert("stop1");
  s.command(CommandKind::Standby);
  s.run(400);
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(s.core->record(0).epoch, epoch);
  assert_false(s.core->record(0).alone());
  assert_int_equal(s.count("start1"), starts + 1);
  assert_int_equal(s.count("stop0"), 0);  // the address was never gone
  assert_int_equal(s.count("start0"), addresses);
  assert_true(s.was_told("failed"));
  assert_false(s.to_peer.groups[0].held);
  assert_true(s.core->status(s.now).groups[0].waiting.find("a stop hook failed") == 0);
  s.run(1500);
  assert_true(s.core->status(s.now).groups[0].waiting.empty());
  s.fails.clear();
  s.command(CommandKind::Standby);
  s.run(100);
  assert_true(s.phase() == Phase::Idle);
}

// The first hook that is stopped has done nothing; a later one takes those that
// were stopped before it with it.
static void what_was_stopped_before_is_started_again(void**) {
  Solo s;
  s.begin_paired();
  const long servers = s.count("start1"), addresses = s.count("start0");
  s.fails.insert("stop0");
  s.command(CommandKind::Standby);
  s.run(100);
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(s.count("start0"), addresses + 1);
  assert_int_equal(s.count("start1"), servers + 1);
}

static void a_start_that_fails_then_is_tried_and_nothing_is_stopped(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop1");
  s.fails.insert("start1");
  const long stops = s.count("stop1"), starts = s.count("start1");
  s.command(CommandKind::Standby);
  s.run(9000);
  assert_true(s.phase() == Phase::Starting);
  assert_int_equal(s.count("stop1"), stops + 1);
  assert_in_range(s.count("start1") - starts, 3, 5);
  assert_true(s.to_peer.groups[0].starting);
  s.fails.clear();
  s.command(CommandKind::Clear);
  s.run(50);
  assert_true(s.phase() == Phase::Owning);
  assert_false(s.to_peer.groups[0].starting);
}

static void what_else_was_stopped_starts_beside_one_that_does_not(void**) {
  Solo s;
  s.config.groups[0].resource_count = 3;
  s.begin_paired();
  const long starts = s.count("start2");
  s.fails.insert("stop1");
  s.fails.insert("start1");
  s.command(CommandKind::Standby);
  s.run(100);
  assert_true(s.phase() == Phase::Starting);
  assert_int_equal(s.count("start2"), starts + 1);
}

// ---- the drain before a planned stop ---------------------------------------

static void drained(Solo* s) {
  s->config.has_drain = true;
  s->begin_paired();
  s->hangs.insert("drain");
}

static void what_is_given_away_in_order_drains_first(void**) {
  Solo s;
  drained(&s);
  s.command(CommandKind::Standby);
  s.run(300);
  assert_int_equal(s.count("drain"), 1);
  assert_string_equal(s.last("drain").reason.c_str(), "standby by an operator");
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(s.count("stop1"), 0);
  assert_false(s.to_peer.groups[0].giving_way);
  s.command(CommandKind::Standby);  // once more changes nothing
  s.run(100);
  assert_int_equal(s.hung.count("drain"), 1);
  assert_int_equal(s.count("drain"), 1);
  s.hangs.insert("stop1");
  s.end("drain");
  assert_int_equal(s.count("stop1"), 1);
  assert_true(s.to_peer.groups[0].giving_way);
  s.end("stop1");
  assert_true(s.phase() == Phase::Idle);
  // Whether it succeeds or not.
  Solo f;
  f.config.has_drain = true;
  f.begin_paired();
  f.fails.insert("drain");
  f.command(CommandKind::Standby);
  assert_int_equal(f.count("drain"), 1);
  assert_true(f.phase() == Phase::Idle);
}

static void it_drains_also_when_hbd_stops_or_the_peer_asks(void**) {
  Solo s;
  drained(&s);
  s.stop();
  assert_int_equal(s.count("drain"), 1);
  assert_int_equal(s.count("stop1"), 0);
  s.end("drain");
  assert_int_equal(s.count("stop1"), 1);
  Solo a;
  drained(&a);
  a.peer.group().wants = true;
  a.run(300);
  assert_int_equal(a.count("drain"), 1);
  assert_int_equal(a.count("stop1"), 0);
  a.end("drain");
  assert_int_equal(a.count("stop1"), 1);
}

// ---- an order with a limit -------------------------------------------------

static void begin_failing_back(Solo* s) {
  s->config.auto_failback = true;
  s->config.failback_wait_ms = 5000;
  s->config.groups[0].preferred = "hdp4";
  s->begin_paired();
  assert_true(s->owns());
}

static const char kOver[] = "the order's time is over, and nothing is given";

static void begin_limited(Solo* s, const char* lag, bool drains = false) {
  s->config.has_drain = drains;
  s->begin_paired();
  Solo::put(&s->peer.says.attrs, "lag", lag);
  s->run(100);
}

static std::string waiting(const Solo& s) {
  return s.core->status(s.now).groups[0].waiting;
}

static void it_waits_until_the_peer_has_applied(void**) {
  for (const char* lag : {"3", ""}) {
    Solo s;
    begin_limited(&s, lag);
    s.command(CommandKind::Standby, "", 5000);
    assert_true(s.reply_ok);
    assert_true(strstr(s.reply.c_str(), "or called off after 5s"));
    s.run(4000);
    assert_true(s.phase() == Phase::Owning);
    assert_string_equal(s.core->status(s.now).groups[0].phase.c_str(),
                        "leaving");
    assert_string_equal(waiting(s).c_str(),
                        *lag ? "the server on hdp4 is 3 s behind, which is waited for"
                             : "the server on hdp4 is an unknown time behind, which is waited for");
    assert_int_equal(s.count("stop1"), 0);
    Solo::put(&s.peer.says.attrs, "lag", "0");
    s.run(200);
    assert_true(s.phase() == Phase::Idle);
    s.run(3000);  // the limit is over, and nothing of it is left
    assert_true(s.phase() == Phase::Idle);
  }
}

static void or_it_is_called_off(void**) {
  Solo s;
  begin_limited(&s, "3");
  const long starts = s.count("start1");
  s.command(CommandKind::Standby, "", 2000);
  s.run(1900);
  assert_string_equal(s.core->status(s.now).groups[0].phase.c_str(), "leaving");
  s.run(200);
  assert_true(s.phase() == Phase::Owning && s.core->record(0).epoch != 0);
  assert_int_equal(waiting(s).find(kOver), 0);
  assert_false(s.to_peer.groups[0].held);
  assert_int_equal(s.count("stop1"), 0);
  assert_int_equal(s.count("start1"), starts);
  s.run(1500);
  assert_true(waiting(s).empty());
  Solo::put(&s.peer.says.attrs, "lag", "0");
  s.run(2000);
  assert_true(s.phase() == Phase::Owning);
  s.command(CommandKind::Standby);
  s.run(200);
  assert_true(s.phase() == Phase::Idle);
}

static void a_drain_that_lasts_is_called_off(void**) {
  Solo s;
  begin_limited(&s, "0", true);
  s.hangs.insert("drain");
  s.command(CommandKind::Standby, "", 2000);
  s.run(1900);
  assert_int_equal(s.count("drain"), 1);
  assert_int_equal(s.hung.count("drain"), 1);
  s.run(200);
  assert_int_equal(s.hung.count("drain"), 0);  // killed
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(waiting(s).find(kOver), 0);
  assert_int_equal(s.count("stop1"), 0);
}

static void a_stop_that_lasts_is_called_off(void**) {
  for (const char* hook : {"stop1", "stop0"}) {
    Solo s;
    begin_limited(&s, "0");
    const long servers = s.count("start1"), addresses = s.count("start0");
    s.hangs.insert(hook);
    s.command(CommandKind::Standby, "", 2000);
    s.run(1900);
    assert_true(s.phase() == Phase::Stopping);
    assert_int_equal(s.hung.count(hook), 1);
    s.run(200);
    assert_true(s.phase() == Phase::Owning);
    assert_false(s.core->record(0).alone());
    assert_int_equal(waiting(s).find(kOver), 0);
    assert_int_equal(s.count("start1"), servers + 1);
    const bool both = strcmp(hook, "stop0") == 0;
    assert_int_equal(s.count("start0"), addresses + both);
    assert_true(s.was_told("failed"));
    s.hangs.clear();
    s.run(1500);
    assert_true(waiting(s).empty());
    s.command(CommandKind::Standby);
    s.run(100);
    assert_true(s.phase() == Phase::Idle);
  }
}

// What the peer takes by force, or what is released for a need, has no limit.
static void no_limit_calls_off_what_must_go(void**) {
  Solo f;
  begin_limited(&f, "0");
  f.hangs.insert("stop1");
  f.command(CommandKind::Standby, "", 500);
  f.run(100);
  f.up = false;
  f.watch();
  f.run(1000);
  assert_true(f.phase() == Phase::Stopping && f.hung.count("stop1"));
  assert_int_equal(f.count("stop1"), 1);  // and it was not begun anew
  f.end("stop1");
  f.run(100);
  assert_true(f.phase() == Phase::Idle);
  Solo d;
  begin_limited(&d, "3");
  d.command(CommandKind::Standby, "", 500);
  d.hangs.insert("stop1");
  d.up = false;
  d.watch();
  d.run(100);
  assert_true(d.phase() == Phase::Stopping);
  d.up = true;
  d.watch();
  d.run(1000);
  assert_true(d.hung.count("stop1"));
}

// The last stop hook ends in the very moment of the limit: all has gone.
static void what_has_gone_is_not_called_off(void**) {
  Solo s;
  begin_limited(&s, "0");
  s.hangs.insert("stop0");
  s.command(CommandKind::Standby, "", 2000);
  s.run(1900);
  assert_int_equal(s.hung.count("stop0"), 1);
  s.now += 150;
  s.end("stop0");
  s.run(100);
  assert_true(s.phase() == Phase::Idle);
}

static void a_later_order_takes_its_place(void**) {
  Solo s;
  begin_limited(&s, "3");
  s.command(CommandKind::Standby, "", 2000);
  s.run(500);
  s.hangs.insert("stop1");
  s.command(CommandKind::Standby);
  assert_string_equal(s.reply.c_str(), "vip: is released to hdp4");
  s.run(5000);
  assert_int_equal(s.hung.count("stop1"), 1);
  s.end("stop1");
  s.run(100);
  assert_true(s.phase() == Phase::Idle);
}

static void a_failback_waits_for_it(void**) {
  Solo s;
  begin_failing_back(&s);
  Solo::put(&s.peer.says.attrs, "lag", "3");
  s.command(CommandKind::Standby, "", 20000);
  s.run(15000);
  assert_true(s.owns());
  Solo::put(&s.peer.says.attrs, "lag", "0");
  s.run(300);
  assert_true(s.phase() == Phase::Idle);
}

static void it_ends_when_the_peer_may_not_take_it_any_more(void**) {
  Solo s;
  begin_limited(&s, "3");
  s.command(CommandKind::Standby, "", 5000);
  s.run(100);
  s.peer.group().fit = s.peer.group().takes = false;
  s.run(300);
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(waiting(s).find("hdp4 may not take it any more"), 0);
  assert_false(s.to_peer.groups[0].held);
}

static void who_has_no_server_has_no_drain(void**) {
  Solo s;
  s.config.has_drain = s.config.has_gate = true;
  s.add_group("web", "hdp3", 1, false);
  s.peer.group(1).fit = s.peer.group(1).takes = true;
  s.begin_paired();
  s.command(CommandKind::Standby, "web");
  s.run(200);
  assert_true(s.core->phase(1) == Phase::Idle);
  assert_int_equal(s.count("web-stop0"), 1);
  assert_int_equal(s.count("web-drain"), 0);
}

// A server whose address is another group's: that stays, and so a gate.
static void where_no_address_goes_a_gate_is_shut(void**) {
  for (int i = 0; i < 4; ++i) {
    const bool has_drain = i & 1, has_gate = i & 2;
    Solo s;
    s.config.has_drain = has_drain;
    s.config.has_gate = has_gate;
    s.config.groups[0].address = false;
    s.begin_paired();
    s.command(CommandKind::Standby);
    s.run(100);
    assert_int_equal(s.count("gate"), has_gate ? 1 : 0);
    assert_int_equal(s.count("drain"), 0);
    assert_int_equal(s.count("stop1"), 1);
  }
  Solo a;  // with its address it drains, whatever others do
  a.config.has_drain = a.config.has_gate = a.config.colocate = true;
  a.begin_paired();
  a.command(CommandKind::Standby);
  assert_int_equal(a.count("drain"), 1);
  assert_int_equal(a.count("gate"), 0);
}

// Nobody has time for it then.
static void a_drain_ends_with_the_server_and_with_the_right(void**) {
  Solo s;
  drained(&s);
  s.command(CommandKind::Standby);
  s.run(100);
  assert_int_equal(s.count("stop1"), 0);
  s.up = false;
  s.watch();
  s.run(50);
  assert_int_equal(s.count("stop1"), 1);
  Solo r;
  drained(&r);
  r.command(CommandKind::Standby);
  r.hangs.insert("stop1");
  nobody_confirms(&r);
  r.run(2000);
  assert_int_equal(r.count("stop1"), 1);
  assert_false(r.to_peer.groups[0].giving_way);
  r.end("stop1");
  r.hangs.erase("stop1");
  r.witness.agrees = r.peer.agrees = true;
  r.witness.hears = r.peer.hears = r.witness.speaks = r.peer.speaks = true;
  r.command(CommandKind::ForceTakeover);
  r.run(20000);
  assert_true(r.phase() == Phase::Owning);
  assert_int_equal(r.count("drain"), 1);
}

static void who_may_not_take_it_any_more_does_not_get_it(void**) {
  Solo s;
  drained(&s);
  s.command(CommandKind::Standby);
  s.run(100);
  assert_true(s.to_peer.groups[0].held);
  s.peer.group().fit = false;
  s.run(400);
  assert_int_equal(s.hung.count("drain"), 0);  // it was killed
  assert_true(s.phase() == Phase::Owning);
  assert_int_equal(s.count("stop1"), 0);
  assert_false(s.to_peer.groups[0].held);
}

static void what_is_lost_in_haste_does_not_drain(void**) {
  Solo s;
  drained(&s);
  s.up = false;
  s.watch();
  s.run(300);
  assert_int_equal(s.count("stop1"), 1);
  assert_int_equal(s.count("drain"), 0);
}

static void a_stop_hook_is_told_no_role_older_than_the_last_start(void**) {
  Solo s;
  s.begin_paired();
  s.command(CommandKind::Standby);
  assert_string_equal(s.last("stop1").attrs["role"].c_str(), "primary");
  Solo other;
  other.begin_paired();
  other.core->on_lifeline_broken(other.now, 0);
  other.perform();
  other.run(1000);
  assert_true(other.owns());
  other.command(CommandKind::Standby);
  assert_int_equal(other.last("stop1").attrs.count("role"), 0);
  assert_true(other.last("stop1").attrs.count("instance") != 0);
}

static void nothing_is_taken_back_from_who_forces_it(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop1");
  s.peer.agrees = false;
  GroupBeat& g = s.peer.group();
  g.holding = Holding::Claim;
  g.claim.forced = true;
  g.claim.record = record(40, 1, "hdp4", "");
  s.run(400);
  assert_true(s.phase() == Phase::Stuck);
}

static void a_start_that_cannot_be_undone_is_not_tried_again_at_once(void**) {
  Solo s;
  s.fails.insert("start1");
  s.fails.insert("stop1");
  begin_unassisted(&s);
  s.run(400);
  assert_true(s.phase() == Phase::Stuck);
  assert_int_equal(s.count("start1"), 1);
}

static void an_owner_that_starts_is_none_yet_for_who_asks(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().holding = Holding::Own;
  s.peer.group().starting = true;
  s.run(400);
  assert_string_equal(s.core->status(s.now).groups[0].owner.c_str(), "");
  s.peer.group().starting = false;
  s.run(400);
  assert_string_equal(s.core->status(s.now).groups[0].owner.c_str(), "hdp4");
}

static void its_server_dies_in_a_roll_back_and_the_peer_takes(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop1");
  s.fails.insert("start1");
  s.command(CommandKind::Standby);
  s.run(100);
  assert_true(s.phase() == Phase::Starting);
  s.fails.clear();
  s.up = false;
  s.watch();
  s.run(100);
  assert_true(s.phase() == Phase::Idle);
}

static void nothing_is_given_away_for_a_while_after_that(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop1");
  const long stops = s.count("stop1");
  s.peer.group().wants = true;
  s.run(12000);
  assert_true(s.phase() == Phase::Owning || s.phase() == Phase::Starting);
  assert_in_range(s.count("stop1") - stops, 3, 5);  // 1, 2, 4 s
}

static void with_an_account_that_is_refused_nothing_is_given_away(void**) {
  Solo s;
  s.begin_paired();
  Solo::put(&s.server, "faults", "1");
  s.watch();
  s.command(CommandKind::Standby);
  assert_false(s.reply_ok);
  assert_true(s.reply.find("login-refused") != std::string::npos);
  s.peer.group().wants = true;
  s.run(1000);
  assert_int_equal(s.count("stop1"), 0);
}

static void what_an_owner_asks_of_its_hooks_ends_with_it(void**) {
  Solo s;
  s.config.status_ms = 500;
  s.hangs = {"status0", "stop1"};
  s.begin_paired();
  assert_int_equal(s.hung.count("status0"), 1);
  const uint32_t id = s.hung["status0"];
  s.command(CommandKind::Standby);
  assert_int_equal(std::count(s.killed.begin(), s.killed.end(), id), 1);
}

static void whatever_else_is_to_be_done_ends_what_is_asked(void**) {
  for (int starts = 0; starts < 2; ++starts) {
    Solo s;
    s.config.status_ms = 500;
    s.hangs.insert("status0");
    begin_unassisted(&s);
    assert_int_equal(s.hung.count("status0"), 1);
    const uint32_t id = s.hung["status0"];
    if (starts == 1) s.ours("primary", "i3b", "");
    s.peer.group().fit = starts == 0;  // to be paired with
    s.say(&s.peer);
    assert_int_equal(std::count(s.killed.begin(), s.killed.end(), id), 1);
  }
}

static void a_hook_is_killed_once(void**) {
  Solo s;
  s.hangs.insert("paired");
  s.know(record(1, 2, "hdp3", ""));
  s.boot();
  s.run(3000);
  s.theirs("replica", "i4b", "yes");
  s.say(&s.peer);
  s.tick();
  s.tick();
  assert_int_equal(s.killed.size(), 1);
}

static void who_gave_it_away_begins_anew_when_it_comes_back(void**) {
  Solo s;
  s.begin_paired();
  s.drops = 0;
  s.command(CommandKind::Standby);
  assert_int_equal(s.drops, 1);
  s.run(36000);
  assert_true(s.owns());
  assert_int_equal(s.count("stop0"), 1);
}

static void stops_that_failed_make_no_start_wait(void**) {
  Solo s;
  begin_unassisted(&s);
  s.hooks.clear();
  s.fails = {"stop0", "start1"};
  nobody_confirms(&s);
  s.run(8000);
  assert_true(s.phase() == Phase::Stuck);
  s.fails.erase("stop0");
  s.peer.speaks = s.peer.hears = s.witness.speaks = s.witness.hears = true;
  while (s.count("start1") == 0) s.run(1);
  s.run(4000);
  assert_in_range(s.count("start1"), 3, 4);  // after 1 s, and after 2 s
}

// ---- liveness --------------------------------------------------------------

static void begin_asking(Solo* s) {
  s->config.status_ms = 1000;
  begin_unassisted(s);
  assert_true(s->owns());
  s->run(1100);
  s->hooks.clear();
}

static void what_does_not_run_is_asked_twice_and_started_from_there(void**) {
  Solo s;
  begin_asking(&s);
  s.status[1] = 3;
  while (s.count("status1") == 0) s.run(1);
  const uint64_t first_ms = s.now;
  assert_int_equal(s.count("start1"), 0);
  while (s.count("start1") == 0) s.run(1);
  assert_in_range(s.now - first_ms, 100, 250);
  s.status[1] = 0;
  s.run(5000);
  assert_int_equal(s.count("start0"), 0);
  assert_int_equal(s.count("start1"), 1);
  assert_true(s.was_told("not-running"));
  assert_true(s.owns());
}

static void what_was_interrupted_is_asked_from_the_beginning(void**) {
  Solo s;
  s.config.status_ms = 500;
  s.hangs.insert("status1");
  begin_unassisted(&s);
  assert_int_equal(s.hung.count("status1"), 1);
  s.hooks.clear();
  s.peer.group().fit = true;
  s.run(1500);
  assert_string_equal(s.hooks[0].c_str(), "paired");
  assert_string_equal(s.hooks[1].c_str(), "status0");
  Solo missing;
  missing.config.status_ms = 500;
  begin_unassisted(&missing);
  missing.status[0] = 3;
  const long before = missing.count("status0");
  while (missing.count("status0") == before) missing.run(1);
  missing.peer.group().fit = true;
  missing.say(&missing.peer);
  assert_true(missing.paired());
  while (missing.count("start0") < 2) missing.run(1);
  assert_int_equal(missing.count("status0"), before + 3);
}

static void an_answer_that_nobody_asked_for_is_nothing(void**) {
  Solo s;
  s.config.status_ms = 500;
  s.hangs.insert("status0");
  begin_unassisted(&s);
  const uint32_t id = s.hung["status0"];
  for (int i = 0; i < 2; ++i) {
    s.core->on_status_exit(s.now, id + 100, 3);
    s.perform();
  }
  s.run(1000);
  assert_int_equal(s.count("status0"), 1);
  assert_int_equal(s.count("start0"), 1);
}

static void one_answer_of_not_running_is_forgotten_by_a_good_one(void**) {
  Solo s;
  begin_asking(&s);
  for (int i = 0; i < 5; ++i) {
    s.status[1] = 3;
    long n = s.count("status1");
    while (s.count("status1") == n) s.run(1);
    s.status[1] = 0;
    n = s.count("status1");
    while (s.count("status1") == n) s.run(1);
  }
  assert_int_equal(s.count("start1"), 0);
}

static void which_codes_mean_that_it_does_not_run(void**) {
  for (int code = 0; code < 6; ++code) {
    Solo s;
    begin_asking(&s);
    s.status[0] = code == 5 ? -1 : code;
    s.run(1500);
    assert_int_equal(s.count("start0") > 0, code >= 1 && code <= 3);
  }
}

static void a_start_in_place_that_did_not_help_was_in_vain(void**) {
  Solo s;
  begin_asking(&s);
  s.status[0] = 3;
  s.run(4000);
  assert_true(s.was_told("failed"));
  assert_true(s.count("stop0") > 0);
  Solo later;  // it had run for a while
  later.config.flap_limit = 0;
  begin_asking(&later);
  for (int i = 0; i < 5; ++i) {
    later.status[0] = 3;
    const long n = later.count("start0");
    while (later.count("start0") == n) later.run(1);
    later.status[0] = 0;
    later.run(6000);
  }
  assert_int_equal(later.count("stop0"), 0);
  assert_false(later.was_told("failed"));
}

static void it_is_asked_for_the_first_time_after_an_interval(void**) {
  Solo s;
  s.hangs.insert("start1");
  s.config.status_ms = 1000;
  begin_unassisted(&s);
  s.end("start1");
  s.run(990);
  assert_int_equal(s.count("status0"), 0);
  s.run(20);
  assert_int_equal(s.count("status0"), 1);
}

static void an_owner_that_flaps_stays_where_nobody_may_take_it(void**) {
  Solo s;
  s.config.flap_limit = 1;
  begin_asking(&s);
  s.status[0] = 3;
  while (s.count("start0") == 0) s.run(1);
  s.status[0] = 0;
  s.run(10000);
  assert_true(s.owns());
  assert_int_equal(s.count("stop0"), 0);
  s.peer.group().fit = true;
  s.run(3000);
  assert_int_equal(s.count("stop0"), 1);
}

static void nothing_is_asked_while_an_event_is_under_way(void**) {
  Solo s;
  s.config.status_ms = 1;
  s.hangs.insert("paired");
  begin_unassisted(&s);
  assert_true(s.count("status1") > 0);
  s.peer.group().fit = true;
  s.run(1000);
  assert_string_equal(s.hooks.back().c_str(), "paired");
}

static void who_is_not_asked_to_asks_nothing(void**) {
  Solo s;
  begin_unassisted(&s);
  s.run(10000);
  assert_int_equal(s.count("status0"), 0);
}

// ---- failback --------------------------------------------------------------

static void a_preferred_peer_gets_it_when_it_was_fit_for_the_wait(void**) {
  Solo s;
  begin_failing_back(&s);
  s.run(1500);
  assert_true(s.owns());
  while (s.owns()) s.run(1);
  assert_in_range(s.now - kStart, 5000, 7500);
  s.run(3900);
  assert_true(s.phase() == Phase::Idle);  // it has time to take it
  s.run(1500);
  assert_true(s.owns());
}

static void the_wait_begins_anew_with_the_peers_hbd(void**) {
  Solo s;
  begin_failing_back(&s);
  s.run(500);
  s.peer.end = Hearing("hdp3", 70, 2000);
  s.run(4500);
  assert_true(s.owns());
  s.run(3000);
  assert_true(s.phase() == Phase::Idle);
}

static void what_was_forced_goes_back_after_the_peers_hbd_has_started(void**) {
  Solo s;
  s.config.auto_failback = true;
  s.config.failback_wait_ms = 5000;
  s.config.groups[0].preferred = "hdp4";
  s.begin_standby();
  s.peer.group().holding = Holding::Idle;
  s.command(CommandKind::ForceTakeover);
  s.theirs("replica", "i4", "yes");
  s.ours("primary", "i3", "");
  s.run(15000);
  assert_true(s.paired());
  assert_int_equal(s.count("stop0"), 0);
  s.peer.end = Hearing("hdp3", 70, 2000);
  s.run(8000);
  assert_int_equal(s.count("stop0"), 1);
}

static void an_owner_in_trouble_gives_nothing_away(void**) {
  Solo lost;
  begin_failing_back(&lost);
  lost.silence(false, true);
  lost.run(10000);
  assert_int_equal(lost.count("stop0"), 0);
  Solo unread;
  begin_failing_back(&unread);
  for (int i = 0; i < 20; ++i) {
    unread.ours(i % 2 ? "primary" : "readonly", "i3", "");
    unread.run(400);
  }
  assert_int_equal(unread.count("stop0"), 0);
  Solo differs;
  differs.config.digest = "d";
  begin_failing_back(&differs);
  differs.run(10000);
  assert_int_equal(differs.count("stop0"), 0);
}

static void fail_back(Solo* s, uint64_t* at_ms) {
  while (!s->owns()) s->run(1);
  while (s->owns()) s->run(1);
  *at_ms = s->now;
}

static void who_was_late_a_moment_ago_gives_nothing_away(void**) {
  Solo s;
  begin_failing_back(&s);
  uint64_t due_ms;
  fail_back(&s, &due_ms);
  Solo late;
  begin_failing_back(&late);
  late.run(due_ms - 300 - late.now);
  late.now += 500;
  late.tick();
  late.run(4000);
  assert_int_equal(late.count("stop0"), 0);
}

static void what_the_peer_does_not_take_is_offered_ever_more_rarely(void**) {
  Solo s;
  begin_failing_back(&s);
  uint64_t at_ms[4];
  for (int i = 0; i < 4; ++i) fail_back(&s, &at_ms[i]);
  assert_in_range(at_ms[1] - at_ms[0], 10000, 11000);
  assert_in_range(at_ms[2] - at_ms[1], 20000, 21000);
  assert_in_range(at_ms[3] - at_ms[2], 40000, 41000);
}

// It had it for longer than the wait: that it has it no more is another matter.
static void what_the_peer_had_for_a_while_is_offered_soon_again(void**) {
  Solo s;
  begin_failing_back(&s);
  uint64_t at_ms;
  for (int i = 0; i < 3; ++i) fail_back(&s, &at_ms);
  s.peer.group().holding = Holding::Own;
  s.peer.group().record = record(s.known().epoch + 1, 2, "hdp4", "i3");
  s.say(&s.peer);
  s.ours("replica", "i3", "yes");
  s.run(12000);
  s.silence(true, false);
  s.run(4000);
  assert_true(s.owns());
  const uint64_t from_ms = s.now;
  s.peer.speaks = s.peer.hears = true;
  s.peer.group().holding = Holding::Idle;
  fail_back(&s, &at_ms);
  assert_in_range(at_ms - from_ms, 5000, 8000);
}

static void what_goes_back_gives_way(void**) {
  Solo s;
  s.hangs.insert("stop1");
  begin_failing_back(&s);
  uint64_t at_ms;
  fail_back(&s, &at_ms);
  s.run(250);
  assert_true(s.to_peer.groups[0].giving_way);
}

static void only_an_owner_is_about_to_give_it_back(void**) {
  Solo s;
  begin_failing_back(&s);
  assert_true(s.core->status(s.now).groups[0].failing_back);
  s.command(CommandKind::Standby);
  assert_false(s.core->status(s.now).groups[0].failing_back);
}

// Its keeper dies each time, say.
static void lose_at_once(Solo* s, uint64_t ms) {
  for (const uint64_t until = s->now + ms; s->now < until;) {
    s->run(10);
    if (!s->owns()) continue;
    s->core->on_lifeline_broken(s->now, 0);
    s->perform();
  }
}

static void a_right_that_is_lost_at_once_is_had_ever_more_rarely(void**) {
  Solo s;
  s.peer.group().fit = false;
  s.know(record(1, 2, "hdp3", ""));
  s.boot();
  s.run(3000);
  assert_true(s.owns());
  s.hooks.clear();
  lose_at_once(&s, 500);  // it was had for long: again at once, and once more
  assert_int_equal(s.count("start0"), 2);
  assert_true(s.shows("its right was lost"));
  lose_at_once(&s, 1500);  // after 1 s
  assert_int_equal(s.count("start0"), 3);
  lose_at_once(&s, 2500);
  assert_int_equal(s.count("start0"), 4);
  lose_at_once(&s, 20000);  // and then every 4 s
  assert_in_range(s.count("start0"), 8, 9);
  s.command(CommandKind::Clear);
  s.run(5000);
  assert_true(s.owns());
  s.hooks.clear();
  lose_at_once(&s, 500);  // forgotten
  assert_int_equal(s.count("start0"), 2);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(
          a_start_that_fails_is_tried_again_once_a_minute_at_least),
      cmocka_unit_test(pauses_begin_anew_after_a_start_that_did_not_fail),
      cmocka_unit_test(who_may_own_no_more_while_it_starts_stops),
      cmocka_unit_test(each_start_hook_gets_a_time_that_has_not_passed),
      cmocka_unit_test(an_hbd_that_stops_does_not_go_on_starting),
      cmocka_unit_test(a_start_that_is_done_is_recorded),
      cmocka_unit_test(hooks_are_told_what_they_may_rely_on),
      cmocka_unit_test(
          a_stop_is_told_whether_the_server_waits_for_its_replica),
      cmocka_unit_test(a_higher_epoch_of_the_peer_ends_it),
      cmocka_unit_test(who_loses_the_right_while_it_stops_begins_to_stop_anew),
      cmocka_unit_test(who_has_let_go_of_its_address_stops_in_peace),
      cmocka_unit_test(
          it_ends_with_the_last_confirmation_or_with_what_was_written),
      cmocka_unit_test(a_keeper_that_is_gone_ends_it),
      cmocka_unit_test(an_owner_yields_to_force_and_to_nobody_else_who_claims),
      cmocka_unit_test(an_owner_yields_to_who_asks_and_may_take_it),
      cmocka_unit_test(a_server_that_is_down_moves_only_to_who_may_take_it),
      cmocka_unit_test(
          an_owner_behind_on_ping_nodes_gives_way_to_who_may_take_it),
      cmocka_unit_test(a_read_only_server_is_started_again_after_a_moment),
      cmocka_unit_test(another_start_of_the_server_is_started_at_once),
      cmocka_unit_test(
          another_start_of_the_server_is_noticed_at_the_very_beginning),
      cmocka_unit_test(
          pairing_is_tried_at_once_with_a_server_that_was_started_again),
      cmocka_unit_test(a_server_that_was_down_is_started_again_at_once),
      cmocka_unit_test(it_is_started_again_once_a_second_at_most),
      cmocka_unit_test(a_group_without_the_server_minds_no_role),
      cmocka_unit_test(it_goes_alone_before_it_is_started_again),
      cmocka_unit_test(pairing_ends_when_it_has_lost_its_sense),
      cmocka_unit_test(a_fence_ends_when_the_owners_peer_is_heard),
      cmocka_unit_test(an_exit_of_nobodys_hook_is_nothing),
      cmocka_unit_test(an_owner_that_cannot_write_gives_way),
      cmocka_unit_test(a_failed_stop_is_tried_again_with_growing_pauses),
      cmocka_unit_test(a_stop_that_fails_is_rolled_back),
      cmocka_unit_test(it_waits_until_the_peer_has_applied),
      cmocka_unit_test(or_it_is_called_off),
      cmocka_unit_test(a_drain_that_lasts_is_called_off),
      cmocka_unit_test(a_stop_that_lasts_is_called_off),
      cmocka_unit_test(no_limit_calls_off_what_must_go),
      cmocka_unit_test(what_has_gone_is_not_called_off),
      cmocka_unit_test(a_later_order_takes_its_place),
      cmocka_unit_test(a_failback_waits_for_it),
      cmocka_unit_test(it_ends_when_the_peer_may_not_take_it_any_more),
      cmocka_unit_test(who_has_no_server_has_no_drain),
      cmocka_unit_test(what_was_stopped_before_is_started_again),
      cmocka_unit_test(a_start_that_fails_then_is_tried_and_nothing_is_stopped),
      cmocka_unit_test(what_else_was_stopped_starts_beside_one_that_does_not),
      cmocka_unit_test(what_is_given_away_in_order_drains_first),
      cmocka_unit_test(it_drains_also_when_hbd_stops_or_the_peer_asks),
      cmocka_unit_test(where_no_address_goes_a_gate_is_shut),
      cmocka_unit_test(a_drain_ends_with_the_server_and_with_the_right),
      cmocka_unit_test(who_may_not_take_it_any_more_does_not_get_it),
      cmocka_unit_test(what_is_lost_in_haste_does_not_drain),
      cmocka_unit_test(a_stop_hook_is_told_no_role_older_than_the_last_start),
      cmocka_unit_test(nothing_is_taken_back_from_who_forces_it),
      cmocka_unit_test(
          a_start_that_cannot_be_undone_is_not_tried_again_at_once),
      cmocka_unit_test(an_owner_that_starts_is_none_yet_for_who_asks),
      cmocka_unit_test(its_server_dies_in_a_roll_back_and_the_peer_takes),
      cmocka_unit_test(nothing_is_given_away_for_a_while_after_that),
      cmocka_unit_test(with_an_account_that_is_refused_nothing_is_given_away),
      cmocka_unit_test(what_an_owner_asks_of_its_hooks_ends_with_it),
      cmocka_unit_test(whatever_else_is_to_be_done_ends_what_is_asked),
      cmocka_unit_test(a_hook_is_killed_once),
      cmocka_unit_test(who_gave_it_away_begins_anew_when_it_comes_back),
      cmocka_unit_test(stops_that_failed_make_no_start_wait),
      cmocka_unit_test(
          what_does_not_run_is_asked_twice_and_started_from_there),
      cmocka_unit_test(what_was_interrupted_is_asked_from_the_beginning),
      cmocka_unit_test(an_answer_that_nobody_asked_for_is_nothing),
      cmocka_unit_test(one_answer_of_not_running_is_forgotten_by_a_good_one),
      cmocka_unit_test(which_codes_mean_that_it_does_not_run),
      cmocka_unit_test(a_start_in_place_that_did_not_help_was_in_vain),
      cmocka_unit_test(it_is_asked_for_the_first_time_after_an_interval),
      cmocka_unit_test(an_owner_that_flaps_stays_where_nobody_may_take_it),
      cmocka_unit_test(nothing_is_asked_while_an_event_is_under_way),
      cmocka_unit_test(who_is_not_asked_to_asks_nothing),
      cmocka_unit_test(a_preferred_peer_gets_it_when_it_was_fit_for_the_wait),
      cmocka_unit_test(the_wait_begins_anew_with_the_peers_hbd),
      cmocka_unit_test(
          what_was_forced_goes_back_after_the_peers_hbd_has_started),
      cmocka_unit_test(an_owner_in_trouble_gives_nothing_away),
      cmocka_unit_test(who_was_late_a_moment_ago_gives_nothing_away),
      cmocka_unit_test(
          what_the_peer_does_not_take_is_offered_ever_more_rarely),
      cmocka_unit_test(what_the_peer_had_for_a_while_is_offered_soon_again),
      cmocka_unit_test(what_goes_back_gives_way),
      cmocka_unit_test(a_right_that_is_lost_at_once_is_had_ever_more_rarely),
      cmocka_unit_test(only_an_owner_is_about_to_give_it_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
