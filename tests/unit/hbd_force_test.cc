// What an operator forces, what this node agrees to when its peer claims, and a
// group that was given away; a fence under way.
#include "tests/unit/hbd_solo.h"

static void let_go(Solo* s) {
  s->peer.group().holding = Holding::Idle;
  s->peer.group().giving_way = false;
  s->say(&s->peer);
}

static const Claim& claim_of(const Solo& s) {
  return s.to_peer.groups[0].claim;
}

static bool is_claiming(const Solo& s) { return s.phase() == Phase::Claiming; }

static void leave(Solo* s) {
  s->peer.says.leaving = true;
  let_go(s);
  s->silence(true, false);
}


// ---- by force --------------------------------------------------------------

static void force_asks_an_idle_peer_and_overrides_an_owner(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::ForceTakeover);
  s.run(2000);
  assert_true(claim_of(s).forced);
  assert_true(is_claiming(s));  // it owns still
  s.peer.group().holding = Holding::Release;
  s.run(1000);
  assert_true(is_claiming(s));
  let_go(&s);
  s.run(500);
  assert_true(s.owns());
  assert_string_equal(s.runs.back().grant.c_str(), "force");
  assert_true(s.was_told("forced"));
}

static void force_waits_for_a_peer_that_was_heard_within_deadtime(void**) {
  Solo s;
  s.begin_standby();
  s.silence(true, false);
  s.run(1000);
  s.command(CommandKind::ForceTakeover);
  s.run(700);
  assert_true(is_claiming(s));
  s.run(1000);
  assert_true(s.owns());
}

static void force_waits_for_a_witness_that_is_heard(void**) {
  Solo s;
  s.begin_standby();
  s.silence(true, false);
  s.witness.agrees = false;
  s.run(2500);
  s.command(CommandKind::ForceTakeover);
  s.run(3000);
  assert_true(is_claiming(s));
  s.silence(false, true);
  s.run(1500);
  assert_true(s.owns());
}

static void force_with_an_idle_peer_waits_for_a_witness_as_well(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().holding = Holding::Idle;
  s.witness.agrees = false;
  s.command(CommandKind::ForceTakeover);
  s.run(3000);
  assert_int_equal(s.peer.group().record.epoch, claim_of(s).record.epoch);
  assert_true(is_claiming(s));
}

static void a_forced_claim_ends_when_hbd_stops(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::ForceTakeover);
  assert_true(is_claiming(s));
  s.stop();
  assert_true(s.phase() == Phase::Idle);
}

static void begin_empty(Solo* s) {
  s->theirs("primary", "i4", "");
  s->peer.agrees = s->witness.agrees = false;
  s->boot();
  s->run(1000);
  assert_true(s->phase() == Phase::Idle);
}

static void a_first_record_gives_way_to_one_that_was_agreed_on(void**) {
  Solo s;
  begin_empty(&s);
  s.command(CommandKind::Init);
  assert_true(s.reply_ok && is_claiming(s));
  s.witness.group().record = record(2, 1, "hdp4", "");
  s.say(&s.witness);
  s.run(1000);
  assert_true(s.phase() == Phase::Idle);
}

static void who_was_forced_here_stays_and_who_was_first_does_not(void**) {
  Solo first;
  first.config.auto_failback = true;
  first.config.groups[0].preferred = "hdp4";
  begin_empty(&first);
  first.peer.agrees = first.witness.agrees = true;
  first.command(CommandKind::Init);
  first.run(1000);
  assert_true(first.owns());
  assert_false(first.disk.blank);
  assert_true(first.shows("failback to hdp4 waits"));
  Solo forced;
  forced.config.auto_failback = true;
  forced.config.groups[0].preferred = "hdp4";
  forced.begin_standby();
  forced.peer.group().holding = Holding::Idle;
  forced.command(CommandKind::ForceTakeover);
  forced.run(1000);
  assert_true(forced.owns());
  assert_true(forced.shows("no failback to hdp4: an operator moved it"));
}

static void who_left_is_not_asked_by_force(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = false;
  leave(&s);
  s.command(CommandKind::ForceTakeover);
  s.run(500);
  assert_true(s.owns());
}

// Not heard yet is not absent.
static void force_at_the_start_waits_for_the_peer_and_for_the_witness(void**) {
  Solo unheard;
  unheard.know(record(2, 2, "hdp4", "i3"));
  unheard.peer.speaks = false;
  unheard.boot();
  unheard.command(CommandKind::ForceTakeover);
  unheard.run(1900);
  assert_true(is_claiming(unheard));
  unheard.run(300);
  assert_true(unheard.owns());
  Solo no_witness;
  no_witness.know(record(2, 2, "hdp4", "i3"));
  no_witness.witness.speaks = false;
  no_witness.boot();
  no_witness.command(CommandKind::ForceTakeover);
  no_witness.run(1900);
  assert_true(is_claiming(no_witness));
  no_witness.run(300);
  assert_true(no_witness.owns());
}

static void a_forced_order_is_for_a_minute(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = false;
  s.command(CommandKind::ForceTakeover);
  s.run(59900);
  assert_true(is_claiming(s));
  s.run(300);
  assert_true(s.phase() == Phase::Idle);
  s.peer.agrees = true;
  s.run(10000);
  assert_true(s.phase() == Phase::Idle);
}

static void a_forced_owner_is_neither_blank_nor_kept_out(void**) {
  Solo s;
  s.know(record(2, 3, "hdp4", ""));
  s.disk.blank = s.disk.groups[0].need_follow = true;
  s.ours("replica", "i3", "yes");
  s.theirs("primary", "i4", "");
  s.peer.group().holding = Holding::Own;
  s.fails.insert("follow");
  s.boot();
  s.run(1000);
  assert_true(s.disk.blank && s.disk.groups[0].need_follow);
  s.peer.group().holding = Holding::Idle;
  s.command(CommandKind::ForceTakeover);
  s.run(3000);
  assert_true(s.owns());
  assert_false(s.disk.blank || s.disk.groups[0].need_follow);
  s.fails.insert("start0");  // and the order is carried out: once
  s.core->on_lifeline_broken(s.now, 0);
  s.perform();
  s.run(100);
  assert_false(claim_of(s).forced);
}

static void an_order_ends_a_claim_that_is_not_forced(void**) {
  Solo s;
  s.begin_standby();
  s.silence(true, false);
  s.witness.agrees = false;
  s.run(2500);
  assert_true(is_claiming(s));
  s.command(CommandKind::ForceTakeover);
  s.run(300);
  assert_true(is_claiming(s) && claim_of(s).forced);
}

// ---- agreeing to the peer's claim ------------------------------------------

// An idle node with this record hears its peer claim epoch 4, upon a base.
static bool agrees_to(void (*change)(Solo*)) {
  Solo s;
  s.know(record(2, 2, "hdp4", "i3"));
  s.ours("replica", "i3", "yes");
  GroupBeat* pg = &s.peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(4, 1, "hdp4", "");
  pg->claim.base_epoch = pg->claim.base_version = 2;
  s.peer.speaks = false;
  change(&s);
  s.boot();
  s.peer.speaks = true;
  s.run(1000);
  return s.known().same_id(pg->claim.record);
}

static void a_claim_upon_the_record_that_we_know_is_agreed_to(void**) {
  assert_true(agrees_to([](Solo*) {}));
  assert_false(agrees_to([](Solo* s) {
    s->peer.group().claim.base_epoch = 1;
  }));
  assert_false(agrees_to([](Solo* s) {
    s->peer.group().claim.base_version = 1;
  }));
  assert_true(agrees_to([](Solo* s) {
    s->peer.group().claim.base_version = 1;
    s->peer.group().claim.forced = true;
  }));
  assert_false(agrees_to([](Solo* s) {
    s->peer.group().holding = Holding::Idle;
  }));
  assert_false(agrees_to([](Solo* s) {
    s->peer.group().claim.record.owner = "hdp5";
  }));
  assert_false(agrees_to([](Solo* s) {
    s->peer.group().claim.record = record(2, 1, "hdp4", "");
  }));
}

static void a_blank_node_agrees_to_a_first_record_or_to_force(void**) {
  assert_false(agrees_to([](Solo* s) { s->disk.blank = true; }));
  assert_true(agrees_to([](Solo* s) {
    s->disk.blank = true;
    s->peer.group().claim.forced = true;
  }));
  assert_true(agrees_to([](Solo* s) {
    s->has_disk = false;
    s->peer.group().record = s->witness.group().record = Record();
    s->peer.group().claim.base_epoch = 0;
    s->peer.group().claim.base_version = 0;
  }));
  assert_true(agrees_to([](Solo* s) {  // nobody else could agree
    s->disk.blank = true;
    s->config.witness.clear();
    s->witness.speaks = false;
  }));
}

static bool is_blank_after_agreeing(bool first, bool has_follow, bool server) {
  Solo s;
  s.config.has_follow = has_follow;
  s.config.groups[0].server = server;
  s.know(first ? Record() : record(2, 2, "hdp4", "i3"));
  s.disk.blank = true;
  GroupBeat* pg = &s.peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(4, 1, "hdp4", "");
  pg->claim.base_epoch = pg->claim.base_version = first ? 0 : 2;
  pg->claim.forced = true;
  s.boot();
  s.run(1000);
  assert_int_equal(s.known().epoch, 4);
  return s.disk.blank;
}

static void only_a_first_record_clears_blank_where_nothing_else_does(void**) {
  assert_false(is_blank_after_agreeing(true, false, true));
  assert_true(is_blank_after_agreeing(false, false, true));
  assert_true(is_blank_after_agreeing(true, true, true));
  assert_true(is_blank_after_agreeing(true, false, false));
}

static void who_forces_it_agrees_to_no_other_claim(void**) {
  Solo s;
  s.begin_standby();
  s.hangs.insert("follow");
  s.ours("readonly", "i3", "");
  s.peer.group().record.version = 3;
  s.peer.group().record.paired.clear();
  s.run(2000);
  assert_true(s.hung.count("follow"));  // so that it cannot claim yet
  s.command(CommandKind::ForceTakeover);
  GroupBeat* pg = &s.peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(4, 1, "hdp4", "");
  pg->claim.base_epoch = 2;
  pg->claim.base_version = 3;
  s.say(&s.peer);
  s.run(100);
  assert_int_equal(s.known().epoch, 2);
}

// Its claim was made a while ago, and it is silent now.
static void a_claim_of_a_peer_that_is_not_heard_is_not_agreed_to(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.command(CommandKind::Standby);
  GroupBeat* pg = &s.peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(4, 1, "hdp4", "");
  pg->claim.base_epoch = 3;
  pg->claim.base_version = pg->record.version;
  s.say(&s.peer);
  s.silence(true, false);
  s.run(1200);
  s.end("stop1");
  assert_true(s.phase() == Phase::Idle);
  assert_int_equal(s.known().epoch, 3);
}

// What was given away, tried there and given back may be ours again.
static void a_claim_of_the_peer_ends_the_time_it_was_given(void**) {
  Solo s;
  s.config.has_follow = false;
  s.begin_paired();
  s.command(CommandKind::Standby);
  assert_true(s.phase() == Phase::Idle);
  GroupBeat* pg = &s.peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(4, 1, "hdp4", "");
  pg->claim.record.owner_instance = "i4";
  pg->claim.record.back = true;
  pg->claim.base_epoch = 3;
  pg->claim.base_version = pg->record.version;
  s.say(&s.peer);
  assert_int_equal(s.known().epoch, 4);
  pg->holding = Holding::Idle;
  pg->record = pg->claim.record;
  pg->record.version = 2;
  pg->record.paired = "i3";  // its start came to nothing
  s.run(6000);
  assert_true(s.owns());
}

// ---- after it was given away -----------------------------------------------

static void what_was_given_away_is_left_to_the_peer_for_a_while(void**) {
  Solo s;
  s.begin_paired();
  s.peer.agrees = false;
  s.command(CommandKind::Standby);
  assert_true(s.reply_ok && s.phase() == Phase::Idle);
  s.run(29000);
  assert_true(s.phase() == Phase::Idle);
  assert_false(s.to_peer.groups[0].fit);
  s.run(2000);
  assert_true(is_claiming(s));
}

static void it_is_taken_back_at_once_when_the_peer_will_not_have_it(void**) {
  Solo s;
  s.begin_paired();
  s.peer.agrees = false;
  s.command(CommandKind::Standby);
  s.run(3000);
  assert_true(s.phase() == Phase::Idle);
  s.peer.group().fit = false;
  s.say(&s.peer);
  assert_true(is_claiming(s));
  Solo forced;
  forced.begin_paired();
  forced.peer.agrees = false;
  forced.command(CommandKind::Standby);
  forced.command(CommandKind::ForceTakeover);
  assert_true(is_claiming(forced));
}

static void force_during_its_release_takes_it_back_at_once(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.command(CommandKind::Standby);
  s.peer.agrees = false;
  s.command(CommandKind::ForceTakeover);
  s.end("stop1");
  assert_true(is_claiming(s) && claim_of(s).forced);
}

// Both could have it: the other one is better, and has time for two deadtimes.
static void a_tie_lasts_two_deadtimes_from_its_beginning(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().holding = Holding::Idle;
  s.say(&s.peer);
  s.run(3900);
  assert_true(s.phase() == Phase::Idle);
  s.run(500);
  assert_true(s.owns());
}

// ---- a fence under way -----------------------------------------------------

static void hang_in_fence(Solo* s) {
  s->config.has_fence = true;
  s->hangs.insert("fence");
  s->begin_standby();
  s->silence(true, false);
  s->run(3000);
  assert_int_equal(s->hung.count("fence"), 1);
  s->peer.speaks = s->peer.hears = true;
}

static void a_fence_ends_when_the_peer_is_heard_and_well(void**) {
  Solo s;
  hang_in_fence(&s);
  s.run(300);
  assert_int_equal(s.hung.count("fence"), 0);
  Solo stuck;
  hang_in_fence(&stuck);
  stuck.peer.group().holding = Holding::Stuck;
  stuck.run(1000);
  assert_int_equal(stuck.hung.count("fence"), 1);
}

static void two_groups_fence_a_peer_once(void**) {
  Solo s;
  s.config.has_fence = true;
  s.hangs = {"fence", "web-fence"};
  s.add_group("web", "hdp3", 1, false);
  s.peer.group(1).holding = Holding::Own;
  s.know(record(2, 1, "hdp4", ""), 0);
  s.know(record(2, 1, "hdp4", ""), 1);
  s.begin_standby();
  s.silence(true, false);
  s.run(3000);
  assert_int_equal(s.count("fence") + s.count("web-fence"), 1);
}

static void a_claim_by_force_ends_when_its_epoch_is_anothers(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = s.witness.agrees = false;
  s.command(CommandKind::ForceTakeover);
  s.run(250);
  const uint64_t epoch = claim_of(s).record.epoch;
  s.witness.group().record = record(epoch, 1, "hdp4", "");
  s.say(&s.witness);
  s.run(250);
  assert_true(is_claiming(s));  // the next one
  assert_int_equal(claim_of(s).record.epoch, epoch + 2);
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(force_asks_an_idle_peer_and_overrides_an_owner),
      cmocka_unit_test(force_waits_for_a_peer_that_was_heard_within_deadtime),
      cmocka_unit_test(force_waits_for_a_witness_that_is_heard),
      cmocka_unit_test(force_with_an_idle_peer_waits_for_a_witness_as_well),
      cmocka_unit_test(a_forced_claim_ends_when_hbd_stops),
      cmocka_unit_test(a_first_record_gives_way_to_one_that_was_agreed_on),
      cmocka_unit_test(who_was_forced_here_stays_and_who_was_first_does_not),
      cmocka_unit_test(who_left_is_not_asked_by_force),
      cmocka_unit_test(
          force_at_the_start_waits_for_the_peer_and_for_the_witness),
      cmocka_unit_test(a_forced_order_is_for_a_minute),
      cmocka_unit_test(a_forced_owner_is_neither_blank_nor_kept_out),
      cmocka_unit_test(an_order_ends_a_claim_that_is_not_forced),
      cmocka_unit_test(a_claim_upon_the_record_that_we_know_is_agreed_to),
      cmocka_unit_test(a_blank_node_agrees_to_a_first_record_or_to_force),
      cmocka_unit_test(
          only_a_first_record_clears_blank_where_nothing_else_does),
      cmocka_unit_test(who_forces_it_agrees_to_no_other_claim),
      cmocka_unit_test(a_claim_of_a_peer_that_is_not_heard_is_not_agreed_to),
      cmocka_unit_test(a_claim_of_the_peer_ends_the_time_it_was_given),
      cmocka_unit_test(what_was_given_away_is_left_to_the_peer_for_a_while),
      cmocka_unit_test(
          it_is_taken_back_at_once_when_the_peer_will_not_have_it),
      cmocka_unit_test(force_during_its_release_takes_it_back_at_once),
      cmocka_unit_test(a_tie_lasts_two_deadtimes_from_its_beginning),
      cmocka_unit_test(a_fence_ends_when_the_peer_is_heard_and_well),
      cmocka_unit_test(two_groups_fence_a_peer_once),
      cmocka_unit_test(a_claim_by_force_ends_when_its_epoch_is_anothers),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
