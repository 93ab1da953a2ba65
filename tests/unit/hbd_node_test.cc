// What a node makes of its state file, of beats, of the time that passes and of
// orders: the turn of hbd's core.
#include "tests/unit/hbd_solo.h"

// Another start of its hbd.
static void restart(Other* o, uint64_t incarnation) {
  o->end = Hearing("hdp3", incarnation, 2000);
}

static Status status(const Solo& s) { return s.core->status(s.now); }

// ---- a start ---------------------------------------------------------------

static void its_incarnation_is_on_disk_before_its_first_beat(void**) {
  Solo s;
  s.know(record(2, 2, "hdp4", "i3"));
  s.boot();
  assert_int_equal(s.disk.incarnation, s.incarnation);
}

static void it_claims_above_every_epoch_that_it_has_seen(void**) {
  Solo before;
  before.disk.epoch = 8;  // claimed in vain before this start
  before.begin_standby();
  before.silence(true, false);
  before.run(3000);
  assert_int_equal(before.known().epoch, 9);
  Solo heard;
  heard.peer.says.epoch = 20;
  heard.begin_standby();
  heard.silence(true, false);
  heard.run(3000);
  assert_int_equal(heard.known().epoch, 21);
  Solo told;
  told.begin_standby();
  told.peer.group().record = told.witness.group().record =
      record(8, 2, "hdp4", "i3");
  told.run(500);
  told.silence(true, false);
  told.run(3000);
  assert_int_equal(told.known().epoch, 9);
  Solo record_only;
  record_only.config.witness.clear();
  record_only.config.ping_count = 1;
  record_only.pings = true;
  record_only.witness.speaks = false;
  record_only.know(record(5, 2, "hdp3", ""));
  record_only.disk.epoch = 0;
  record_only.peer.speaks = record_only.peer.hears = false;
  record_only.boot();
  record_only.run(15000);
  assert_true(record_only.owns());
  assert_int_equal(record_only.known().epoch, 7);
}

static void who_owned_before_its_start_stops_and_says_so(void**) {
  Solo s;
  s.know(record(1, 2, "hdp3", "i4"));
  s.disk.groups[0].owning = true;
  s.boot();
  assert_int_equal(s.count("stop1"), 1);
  assert_int_equal(s.count("stop0"), 1);
  assert_true(s.was_told("released"));
  Solo idle;
  idle.begin_standby();
  assert_int_equal(idle.count("stop1"), 0);
  assert_false(idle.was_told("released"));
}

static void what_the_peer_goes_by_is_kept_on_disk(void**) {
  Solo s;
  s.begin_standby();
  assert_int_equal(s.disk.told.size(), 1);
  assert_string_equal(s.disk.told[0].node.c_str(), "hdp4");
  assert_string_equal(s.disk.told[0].agreement.arbiter.c_str(), "w:gw");
}

static void what_the_peer_went_by_counts_before_it_is_heard(void**) {
  for (int differs = 0; differs < 2; ++differs) {
    Solo s;
    s.know(record(2, 2, "hdp4", "i3"));
    s.ours("replica", "i3", "no");
    s.silence(true, false);
    Told told;
    told.node = "hdp4";
    told.agreement = own_agreement(s.config);
    if (differs) told.agreement.arbiter = "none";
    s.disk.told.push_back(told);
    s.boot();
    s.run(15000);
    assert_int_equal(s.owns(), !differs);
  }
}

static void a_group_with_a_new_name_keeps_its_state(void**) {
  Solo s;
  s.know(record(2, 2, "hdp4", "i3"));
  s.disk.groups[0].name = "old";
  s.boot();
  assert_int_equal(s.known().epoch, 2);
}

static void what_was_not_agreed_on_is_once_somebody_says_it(void**) {
  Solo s;
  s.know(record(1, 2, "hdp3", ""));
  s.disk.groups[0].unagreed = true;
  s.theirs("primary", "i4", "");
  s.peer.agrees = s.witness.agrees = false;
  s.witness.speaks = s.witness.hears = false;
  s.peer.group().record = record(1, 1, "hdp3", "");  // it knows an older one
  s.peer.group().holding = Holding::Release;
  s.boot();
  s.run(1000);
  assert_true(s.disk.groups[0].unagreed);
  s.peer.group().record = record(1, 2, "hdp3", "");
  s.say(&s.peer);
  assert_false(s.disk.groups[0].unagreed);
}

// ---- beats -----------------------------------------------------------------

static void receive(Solo* s, Other* o, void (*change)(Beat*)) {
  Beat b = o->says;
  b.agreement.groups = b.group_names();
  o->end.stamp(s->now, &b);
  change(&b);
  s->core->on_beat(s->now, b);
  s->perform();
}

static void beats_of_others_are_nobodys(void**) {
  Solo s;
  s.begin_standby();
  s.peer.says.leaving = true;
  receive(&s, &s.peer, [](Beat* b) { b->pair = "other"; });
  receive(&s, &s.peer, [](Beat* b) { b->to = "hdp5"; });
  receive(&s, &s.peer, [](Beat* b) { b->from = "hdp5"; });
  receive(&s, &s.peer, [](Beat* b) { b->witness = true; });
  assert_false(status(s).peer.left);
  receive(&s, &s.peer, [](Beat*) {});
  assert_true(status(s).peer.left);
  s.silence(false, true);
  s.run(1500);
  assert_true(status(s).witness.silent);
  receive(&s, &s.witness, [](Beat* b) { b->from = "gx"; });
  assert_true(status(s).witness.silent);
  receive(&s, &s.witness, [](Beat*) {});
  assert_false(status(s).witness.silent);
}

static void a_lost_witness_is_told_each_time_and_so_is_its_return(void**) {
  Solo s;
  s.begin_standby();
  Beat old = s.witness.says;
  s.witness.end.stamp(s.now, &old);
  s.core->on_beat(s.now, old);
  for (int i = 0; i < 2; ++i) {
    s.told.clear();
    s.silence(false, true);
    s.run(900);
    assert_false(s.was_told("witness-lost"));
    s.run(600);
    assert_int_equal(std::count(s.told.begin(), s.told.end(), "witness-lost"),
                     1);
    s.core->on_beat(s.now, old);  // a replay is not its return
    s.perform();
    assert_false(s.was_told("witness-back"));
    s.witness.speaks = s.witness.hears = true;
    s.run(500);
    assert_true(s.was_told("witness-back"));
    s.run(10000);
  }
}

static void a_witness_that_comes_and_goes_is_told_of_now_and_then(void**) {
  Solo s;
  s.begin_standby();
  s.told.clear();
  for (int i = 0; i < 8; ++i) {
    s.silence(false, true);
    s.run(1500);
    s.witness.speaks = s.witness.hears = true;
    s.run(500);
  }
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "witness-lost"), 2);
}

static void a_witness_is_waited_for_during_initdead(void**) {
  Solo s;
  s.know(record(2, 2, "hdp4", "i3"));
  s.peer.group().holding = Holding::Own;
  s.silence(false, true);
  s.boot();
  s.run(9000);
  assert_false(s.was_told("witness-lost"));
  s.run(1500);
  assert_true(s.was_told("witness-lost"));
}

static void a_witness_with_a_longer_deadtime_is_minded(void**) {
  Solo s;
  s.witness.says.agreement = Agreement(Config());
  s.witness.says.agreement.times = "200/5000/1000";
  s.begin_standby();
  s.silence(true, false);
  s.run(4500);
  assert_false(status(s).peer.silent);
  s.run(1000);
  assert_true(status(s).peer.silent);
}

static void a_silent_peer_is_told_once(void**) {
  Solo s;
  s.begin_standby();
  s.silence(true, true);
  s.run(1000);
  assert_true(s.was_told("late"));
  s.run(4000);
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "silent"), 1);
  s.peer.speaks = s.peer.hears = true;
  s.run(1000);
  assert_true(s.was_told("heard"));
}

static void a_peer_that_is_late_again_and_again_is_told_now_and_then(void**) {
  Solo s;
  s.begin_standby();
  for (int i = 0; i < 8; ++i) {
    s.peer.speaks = false;
    s.run(900);
    s.peer.speaks = true;
    s.run(300);
  }
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "late"), 1);
}

static void a_higher_record_of_anybody_counts(void**) {
  for (int by_witness = 0; by_witness < 2; ++by_witness) {
    Solo s;
    s.begin_standby();
    Other* o = by_witness ? &s.witness : &s.peer;
    const Record higher_version = record(2, 3, "hdp4", "");
    o->group().record = higher_version;
    s.say(o);
    assert_true(s.known() == higher_version);
    assert_false(s.disk.groups[0].need_follow);  // the epoch is as it was
    assert_true(s.disk.groups[0].record == higher_version);
    const Record higher_epoch = record(4, 1, "hdp4", "");
    o->group().record = higher_epoch;
    s.say(o);
    assert_true(s.known() == higher_epoch);
    o->group().record = higher_version;  // lower
    s.say(o);
    assert_true(s.known() == higher_epoch);
  }
}

static void two_owners_with_one_epoch_are_told_of_once(void**) {
  Solo s;
  s.begin_standby();
  s.witness.group().record = record(2, 2, "hdp3", "");
  s.run(1000);
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "conflict"), 1);
}

static void a_new_epoch_of_the_peer_is_to_be_followed(void**) {
  Solo s;
  s.begin_standby();
  s.peer.says.attrs.erase("role");  // not stable: no follow yet
  s.peer.group().record = record(4, 1, "hdp4", "");
  s.say(&s.peer);
  assert_true(s.disk.groups[0].need_follow);
  assert_true(s.shows("kept out"));
  s.peer.group().record = record(4, 2, "hdp4", "i3x");
  s.say(&s.peer);
  assert_true(s.disk.groups[0].need_follow);
  s.ours("replica", "", "yes");  // nobody knows which start it is
  s.peer.group().record = record(4, 3, "hdp4", "");
  s.say(&s.peer);
  assert_true(s.disk.groups[0].need_follow);
  s.ours("replica", "i3", "yes");
  s.peer.group().record = record(4, 4, "hdp4", "i3");  // it vouches for us
  s.say(&s.peer);
  assert_false(s.disk.groups[0].need_follow);
  Solo vouched;  // in the very record that is new
  vouched.begin_standby();
  vouched.peer.says.attrs.erase("role");
  vouched.peer.group().record = record(4, 2, "hdp4", "i3");
  vouched.say(&vouched.peer);
  assert_false(vouched.disk.groups[0].need_follow);
  Solo no_event;
  no_event.config.has_follow = false;
  no_event.begin_standby();
  no_event.peer.group().record = record(4, 1, "hdp4", "");
  no_event.say(&no_event.peer);
  assert_false(no_event.disk.groups[0].need_follow);
}

// The watcher is slower than the peer.
static void who_is_vouched_for_is_not_kept_out_once_its_server_is_known(
    void**) {
  const struct { const char* owner; const char* paired; const char* ours; }
      rows[] = {{"hdp4", "i3x", "i3"}, {"hdp4", "", ""}, {"hdp3", "i3", "i3"},
                {"hdp4", "i3", "i3"}};
  for (int i = 0; i < 4; ++i) {
    const bool vouched = i == 3;
    Solo s;
    s.know(record(2, 2, rows[i].owner, rows[i].paired));
    s.disk.groups[0].need_follow = true;
    s.config.has_follow = false;
    s.theirs("primary", "i4", "");
    s.peer.group().holding = Holding::Own;
    s.watcher_speaks = false;
    s.boot();
    s.run(1000);
    assert_true(s.disk.groups[0].need_follow);
    s.ours("replica", rows[i].ours, "yes");
    assert_int_equal(s.disk.groups[0].need_follow, !vouched);
  }
}

static void an_own_record_that_comes_back_keeps_nobody_out(void**) {
  Solo s;
  s.begin_standby();
  s.witness.group().record = record(3, 1, "hdp3", "");  // our claim of before
  s.say(&s.witness);
  assert_int_equal(s.known().epoch, 3);
  assert_false(s.disk.groups[0].need_follow);
  for (int is_new = 0; is_new < 2; ++is_new) {
    Solo kept_out;
    kept_out.know(record(3, 1, is_new ? "hdp4" : "hdp3", ""));
    kept_out.disk.groups[0].need_follow = true;
    kept_out.theirs("", "", "");
    kept_out.boot();
    kept_out.run(1000);
    assert_true(kept_out.disk.groups[0].need_follow);
    kept_out.peer.agrees = kept_out.witness.agrees = false;
    kept_out.witness.group().record = record(is_new ? 5 : 3, 2, "hdp3", "");
    kept_out.say(&kept_out.witness);
    assert_int_equal(kept_out.known().version, 2);
    assert_int_equal(kept_out.disk.groups[0].need_follow, !is_new);
  }
}

// ---- ping nodes and the watcher --------------------------------------------

static void each_ping_node_counts(void**) {
  Solo s(false);
  s.config.ping_count = 2;
  s.begin_standby();
  s.core->on_ping(s.now, 0);
  s.core->on_ping(s.now, 1);
  s.run(200);
  assert_int_equal(s.to_peer.ping_score, 2);
}

static void more_ping_nodes_of_a_peer_that_is_there_and_agrees(void**) {
  Solo behind(false);
  behind.config.ping_count = 1;
  behind.peer.says.ping_score = 1;
  behind.begin_standby();
  assert_true(behind.shows("more ping nodes"));
  Solo none;  // it tells of some that nobody is configured to ask
  none.peer.says.ping_score = 1;
  none.begin_standby();
  assert_false(none.shows("more ping nodes"));
  Solo others(false);
  others.config.ping_count = 1;
  others.peer.says.ping_score = 1;
  Config theirs = others.config;
  theirs.ping_nodes = "192.0.2.1";
  others.peer.says.agreement = own_agreement(theirs);
  others.begin_standby();
  assert_false(others.shows("more ping nodes"));
  Solo silent(false);
  silent.config.ping_count = 1;
  silent.config.silent_take = false;
  silent.pings = true;
  silent.peer.says.ping_score = 1;
  silent.begin_standby();
  silent.silence(true, false);
  silent.run(3000);
  silent.pings = false;
  silent.run(5000);
  assert_false(silent.shows("more ping nodes"));
}

// How long until it counts as down, from its last line.
static uint64_t down_after_ms(bool ended) {
  Solo s;
  s.begin_standby();
  s.watcher_speaks = false;
  s.watch();
  const uint64_t last_ms = s.now;
  if (ended) s.core->on_watch_lost(s.now);
  while (s.to_peer.up) s.run(1);
  return s.now - last_ms;
}

static void a_watcher_that_ends_or_is_silent_means_down_to_the_moment(void**) {
  assert_int_equal(down_after_ms(false), tandem::kWatchSilenceMs + 1);
  assert_int_equal(down_after_ms(true), kWatchAgainMs);
}

static void resources_are_asked_to_the_moment(void**) {
  Solo s;
  s.config.status_ms = 1037;
  s.begin_paired();
  while (s.count("status1") == 0) s.run(1);
  const uint64_t first_ms = s.now;
  while (s.count("status1") == 1) s.run(1);
  assert_int_equal(s.now - first_ms, 1037);
}

static void an_owner_that_nobody_confirms_lets_go_to_the_moment(void**) {
  Solo s;
  s.begin_paired();
  s.watcher_speaks = false;
  s.silence(true, true);
  s.run(500);
  const uint64_t until_ms = s.lifeline_ms[0];
  assert_true(until_ms > s.now);
  while (s.owns()) s.run(1);
  assert_int_equal(s.now, until_ms);
}

// ---- what is told ----------------------------------------------------------

static void it_is_told_once_that_it_owns_and_that_it_does_no_more(void**) {
  Solo s;
  s.begin_paired();
  s.ours("readonly", "i3b", "");  // started again in place
  s.run(3000);
  assert_true(s.count("start1") > 0);
  assert_true(s.owns());
  assert_false(s.was_told("owned"));
  s.run(3000);
  s.command(CommandKind::Standby);
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "released"), 1);
  s.run(36000);
  assert_true(s.owns());
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "owned"), 1);
  Solo in_vain;
  in_vain.fails.insert("start0");
  in_vain.know(record(1, 2, "hdp3", "i4"));
  in_vain.boot();
  in_vain.run(3000);
  assert_true(in_vain.count("start0") > 0);
  assert_true(in_vain.was_told("failed"));
  assert_false(in_vain.was_told("released"));
}

static void a_notice_says_which_epoch_and_by_what_right(void**) {
  Solo s;
  s.begin_standby();
  s.notices.clear();
  s.silence(true, false);
  s.run(3000);
  const HookRun& owned = s.notices.back();
  assert_string_equal(owned.what.c_str(), "owned");
  assert_int_equal(owned.epoch, 3);
  assert_string_equal(owned.grant.c_str(), "witness");
  assert_string_equal(owned.sync.c_str(), "alone");
  Solo nobody;
  nobody.config.has_notify = false;
  nobody.begin_standby();
  nobody.silence(true, false);
  nobody.run(3000);
  assert_true(nobody.told.empty());
}

static void each_hook_has_a_number_of_its_own(void**) {
  Solo s;
  s.begin_paired();
  s.command(CommandKind::Standby);
  assert_int_equal(s.runs.size(), 2);
  assert_true(s.runs[0].id != s.runs[1].id);
}

static void a_second_tie_lasts_as_long_as_the_first(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().holding = Holding::Idle;
  s.say(&s.peer);
  s.run(4500);
  assert_true(s.owns());
  s.peer.group().holding = Holding::Own;
  s.peer.group().record = record(4, 2, "hdp4", "i3");
  s.say(&s.peer);
  s.ours("replica", "i3", "yes");
  s.run(2000);
  assert_true(s.phase() == Phase::Idle);
  s.peer.group().holding = Holding::Idle;
  s.say(&s.peer);
  s.run(3000);
  assert_true(s.phase() == Phase::Idle);
}

static void a_tie_that_the_peer_ended_by_owning_is_over(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().holding = Holding::Idle;
  s.say(&s.peer);
  s.run(1000);
  s.peer.group().holding = Holding::Own;
  s.run(10000);
  s.peer.group().holding = Holding::Idle;
  s.run(1000);
  assert_true(s.phase() == Phase::Idle);
}

// ---- late ------------------------------------------------------------------

static void an_owner_that_was_late_by_more_than_the_lease_lets_go(void**) {
  for (int arbiter = 0; arbiter < 2; ++arbiter) {
    Solo s(arbiter == 1);
    s.begin_paired();
    s.now += 1300;  // a lease, and a keepalive that it was not late for
    s.hangs.insert("stop1");
    s.tick();
    assert_true(s.phase() == Phase::Stopping);
    assert_int_equal(s.lifeline_ms[0], 0);
    assert_string_equal(s.runs.back().reason.c_str(),
                        "late by more than the lease");
    assert_true(s.was_told("late"));
  }
}

static void an_owner_that_was_late_for_less_goes_on(void**) {
  Solo s;
  s.begin_paired();
  s.now += 600;
  s.tick();
  s.run(1000);
  assert_true(s.owns());
  assert_int_equal(s.count("stop0"), 0);
}

static void who_was_late_judges_nobody_for_warntime(void**) {
  Solo s;
  s.begin_standby();
  s.silence(true, false);
  s.run(1600);
  s.now += 500;  // more than two keepalives, less than the lease
  s.tick();
  assert_false(status(s).peer.silent);
  s.run(550);
  assert_false(status(s).peer.silent);
  s.run(250);
  assert_true(status(s).peer.silent);
  Solo on_time;
  on_time.begin_standby();
  on_time.silence(true, false);
  on_time.run(1700);
  on_time.now += 400;
  on_time.tick();
  assert_true(status(on_time).peer.silent);
}

static void who_was_late_says_nothing_of_its_witness_either(void**) {
  Solo s;
  s.begin_standby();
  s.silence(false, true);
  s.run(700);
  s.now += 500;
  s.tick();
  assert_false(s.was_told("witness-lost"));
  s.run(900);
  assert_true(s.was_told("witness-lost"));
}

// ---- orders ----------------------------------------------------------------

static void a_standby_is_refused_where_it_would_lose_something(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::Standby);
  assert_false(s.reply_ok);
  Solo owner;
  owner.begin_paired();
  owner.peer.group().fit = false;
  owner.say(&owner.peer);
  owner.command(CommandKind::Standby);
  assert_false(owner.reply_ok);
  assert_true(owner.owns());
}

static void a_standby_gives_way_and_is_held(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.command(CommandKind::Standby);
  assert_true(s.reply_ok);
  assert_true(s.to_peer.groups[0].giving_way);
  assert_true(s.to_peer.groups[0].held);
  assert_true(s.to_peer.groups[0].holding == Holding::Release);
  s.end("stop1");
  assert_false(s.to_peer.groups[0].giving_way);
  assert_false(s.to_peer.groups[0].fit);  // left to the peer for a while
  s.run(29000);
  assert_true(s.phase() == Phase::Idle);
  s.run(6000);
  assert_true(s.owns());
  assert_false(s.to_peer.groups[0].held);
}

// What was given away is had again from who owned it meanwhile.
static void who_gave_it_to_an_owner_would_take_it_back(void**) {
  Solo s;
  s.begin_paired();
  s.command(CommandKind::Standby);
  s.run(250);
  assert_false(s.to_peer.groups[0].fit);
  s.peer.group().holding = Holding::Own;
  s.say(&s.peer);
  assert_true(s.to_peer.groups[0].fit);
}

static void a_takeover_is_refused_where_it_would_lose_something(void**) {
  Solo unfit;
  unfit.begin_standby();
  unfit.up = false;
  unfit.watch();
  unfit.command(CommandKind::Takeover);
  assert_false(unfit.reply_ok);
  Solo blank;
  blank.config.has_follow = false;
  blank.know(record(2, 2, "hdp4", "i3"));
  blank.disk.blank = true;
  blank.ours("replica", "i3", "yes");
  blank.peer.group().holding = Holding::Own;
  blank.boot();
  blank.run(1000);
  blank.command(CommandKind::Takeover);
  assert_false(blank.reply_ok);
  Solo lacking;
  lacking.begin_standby();
  lacking.ours("replica", "i3a", "yes");
  lacking.command(CommandKind::Takeover);
  assert_false(lacking.reply_ok);
  Solo nobody;
  nobody.begin_standby();
  nobody.peer.group().holding = Holding::Stuck;
  nobody.say(&nobody.peer);
  nobody.command(CommandKind::Takeover);
  assert_false(nobody.reply_ok);
  Solo silent;
  silent.begin_standby();
  silent.silence(true, true);
  silent.run(3000);
  silent.command(CommandKind::Takeover);
  assert_false(silent.reply_ok);
}

static void a_takeover_asks_the_owner_for_a_while(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::Takeover);
  assert_true(s.reply_ok);
  assert_true(s.to_peer.groups[0].wants);
  s.run(1000);  // it owns still: it may not have heard of it
  assert_true(s.to_peer.groups[0].wants);
  s.peer.group().holding = Holding::Release;  // it does, slowly
  s.run(8500);
  assert_true(s.to_peer.groups[0].wants);
  s.run(1000);
  assert_false(s.to_peer.groups[0].wants);
}

static void a_takeover_is_over_when_the_peer_owns_anew(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::Takeover);
  s.peer.group().record.epoch += 2;
  s.peer.says.epoch += 2;
  s.run(500);
  assert_false(s.to_peer.groups[0].wants);
}

// Two nodes that both asked in ten seconds would hand it to and fro.
static void a_takeover_is_over_when_it_is_done(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::Takeover);
  assert_true(s.to_peer.groups[0].wants);
  s.peer.group().holding = Holding::Idle;
  s.peer.group().fit = false;  // it has given it away
  s.run(500);
  assert_true(s.owns());
  assert_false(s.to_peer.groups[0].wants);
}

static void who_forces_it_is_forgiven_what_was_before(void**) {
  Solo failed;
  failed.fails.insert("start1");
  failed.know(record(1, 2, "hdp3", "i4"));
  failed.boot();
  failed.run(20000);
  failed.fails.clear();
  failed.command(CommandKind::ForceTakeover);
  failed.run(500);
  assert_true(failed.owns());
  assert_true(failed.to_peer.groups[0].fit);
  Solo given;
  given.begin_paired();
  given.command(CommandKind::Standby);
  given.command(CommandKind::ForceTakeover);
  given.run(500);
  assert_true(given.owns());
  assert_true(given.to_peer.groups[0].fit);
}

static void who_owns_it_has_it_already(void**) {
  Solo s;
  s.begin_paired();
  s.command(CommandKind::Takeover);
  assert_true(s.reply_ok);
  s.command(CommandKind::ForceTakeover);
  assert_true(s.reply_ok);
  assert_false(s.was_told("forced"));
  Solo starting;
  starting.hangs.insert("start1");
  starting.know(record(1, 2, "hdp3", "i4"));
  starting.boot();
  starting.run(3000);
  assert_true(starting.phase() == Phase::Starting);
  starting.command(CommandKind::Takeover);
  assert_true(starting.reply_ok);
  assert_string_equal(starting.reply.c_str(),
                      "vip: this node owns it already");
}

static void init_is_for_the_first_record_only(void**) {
  Solo s;
  s.begin_standby();
  s.command(CommandKind::Init);
  assert_false(s.reply_ok);
}

static void init_waits_for_a_peer_that_may_have_a_record(void**) {
  Solo s;
  s.theirs("", "", "");
  s.peer.speaks = s.peer.hears = false;
  s.boot();
  s.run(9900);
  s.command(CommandKind::Init);
  assert_false(s.reply_ok);
  s.run(200);
  s.command(CommandKind::Init);
  assert_true(s.reply_ok);
  Solo heard;
  heard.theirs("", "", "");
  heard.peer.agrees = false;
  heard.boot();
  heard.run(1000);
  heard.command(CommandKind::Init);
  assert_true(heard.reply_ok);
}

static void an_order_for_one_group_is_for_that_one(void**) {
  Solo s;
  s.add_group("web", "hdp3", 1, false);
  s.know(record(1, 2, "hdp3", "i4"));
  s.know(record(1, 1, "hdp3", ""), 1);
  s.peer.group(1).fit = true;
  s.boot();
  s.run(5000);
  assert_true(s.owns(0) && s.owns(1));
  s.command(CommandKind::Standby, "vip");
  assert_true(s.reply_ok);
  assert_true(s.owns(1));
  s.command(CommandKind::Standby);  // one of the two cannot
  assert_false(s.reply_ok);
  assert_false(s.owns(1));
  s.command(CommandKind::Standby, "nosuch");
  assert_false(s.reply_ok);
}

static void clear_forgives_what_failed(void**) {
  Solo s;
  s.fails.insert("start1");
  s.know(record(1, 2, "hdp3", "i4"));
  s.boot();
  s.run(3000);
  const long tried = s.count("start1");
  assert_true(tried > 0);
  s.peer.group().fit = false;
  s.run(20000);
  const long before = s.count("start1");
  s.run(1000);
  assert_int_equal(s.count("start1"), before);  // the pauses have grown
  s.command(CommandKind::Clear);
  assert_true(s.reply_ok);
  s.run(500);
  assert_int_equal(s.count("start1"), before + 1);
  s.run(2500);
  assert_int_equal(s.count("start1"), before + 2);  // and are short again
}

static void clear_tries_a_failed_stop_and_a_failed_follow_again(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("stop1");
  s.core->on_lifeline_broken(s.now, 0);
  s.perform();
  s.run(20);
  assert_true(s.phase() == Phase::Stuck);
  assert_true(s.was_told("stuck"));
  s.fails.clear();
  s.command(CommandKind::Clear);
  s.run(50);
  assert_true(s.phase() != Phase::Stuck);
  Solo follower;
  follower.fails.insert("follow");
  follower.begin_standby();
  follower.theirs("primary", "i4", "");
  follower.peer.group().record = record(4, 1, "hdp4", "");
  follower.run(20000);
  const long before = follower.count("follow");
  assert_true(before > 2);
  follower.command(CommandKind::Clear);
  follower.run(50);
  assert_int_equal(follower.count("follow"), before + 1);
}

// ---- hbd's own beats -------------------------------------------------------

static void a_beat_says_what_this_node_is(void**) {
  Solo s;
  s.config.digest = "d";
  s.peer.says.digest = "d";
  s.begin_standby();
  const Beat& b = s.to_peer;
  assert_true(b.up);
  assert_string_equal(b.digest.c_str(), "d");
  assert_string_equal(b.agreement.arbiter.c_str(), "w:gw");
  assert_string_equal(b.attr("role").c_str(), "replica");
  assert_int_equal(b.epoch, 2);
  assert_true(b.groups[0].record == s.known());
  assert_true(b.groups[0].fit && !b.groups[0].giving_way && !b.blank);
  assert_true(s.to_witness.groups[0].record == s.known());
  s.up = false;
  s.watch();
  assert_false(s.to_peer.up);
  assert_false(s.to_peer.groups[0].fit);
}

static void each_phase_is_told(void**) {
  Solo s;
  s.hangs = {"start1", "stop1"};
  s.begin_standby();
  s.silence(true, false);
  s.run(3000);
  assert_true(s.to_witness.groups[0].holding == Holding::Own);  // it starts
  s.end("start1");
  assert_true(s.to_witness.groups[0].holding == Holding::Own);
  s.fails.insert("stop0");
  s.stop();
  assert_true(s.to_witness.groups[0].holding == Holding::Release);
  s.end("stop1");
  assert_true(s.to_witness.groups[0].holding == Holding::Stuck);
  s.fails.clear();
  s.run(100);
  s.command(CommandKind::Clear);
  s.run(100);
  s.end("stop1");
  assert_true(s.to_witness.groups[0].holding == Holding::Idle);
}

static void what_changes_is_told_at_once_and_the_rest_in_time(void**) {
  Solo s;
  s.begin_standby();
  s.watcher_speaks = false;
  size_t beats = s.beats;
  s.run(2000);
  assert_in_range(s.beats - beats, 9, 11);
  s.run(50);
  for (const char* loud : {"role", "source", "sync", "instance"}) {
    beats = s.beats;
    Solo::put(&s.server, loud, "x");
    s.watch();
    assert_int_equal(s.beats, beats + 1);
  }
  beats = s.beats;
  Solo::put(&s.server, "lag", "3");
  s.watch();
  assert_int_equal(s.beats, beats);
}

static void how_many_ping_nodes_answer_is_told_in_time(void**) {
  Solo s(false);
  s.config.ping_count = 1;
  s.begin_standby();
  s.run(50);
  const size_t beats = s.beats;
  s.core->on_ping(s.now, 0);
  s.perform();
  assert_int_equal(s.beats, beats);
  s.run(200);
  assert_int_equal(s.to_peer.ping_score, 1);
}

static void a_blank_node_says_so(void**) {
  Solo s;
  s.config.has_follow = false;
  s.know(record(2, 2, "hdp4", "i3"));
  s.disk.blank = true;
  s.peer.group().holding = Holding::Own;
  s.boot();
  s.run(500);
  assert_true(s.to_peer.blank);
  assert_true(s.disk.blank);
}

static void what_did_not_change_is_not_written_again(void**) {
  Solo s;
  s.begin_standby();
  s.has_disk = false;
  s.run(5000);
  assert_false(s.has_disk);
}

// Whatever the length of the names of who it is for.
static void what_has_no_room_in_a_beat_is_left_out_and_said(void**) {
  Solo s;
  s.begin_standby();
  const size_t room = kBeatTextMax - format_beat(s.to_peer).size();
  for (char c = 'a'; c < 'a' + 14; ++c) {
    s.server[std::string(1, c)] = std::string(120, 'x');
  }
  s.run(1000);
  assert_true(format_beat(s.to_peer).size() <= kBeatTextMax);
  assert_true(s.to_peer.attrs.size() < s.server.size());
  assert_true(room > 120);
}

static void who_is_new_is_answered_at_once(void**) {
  Solo s;
  s.begin_standby();
  s.run(50);
  const size_t beats = s.beats;
  restart(&s.peer, 70);
  s.say(&s.peer);
  assert_int_equal(s.beats, beats + 1);
}

static void an_hbd_that_ends_says_so_when_its_groups_are_stopped(void**) {
  Solo s;
  s.begin_paired();
  s.hangs.insert("stop1");
  s.stop();
  assert_false(s.to_peer.leaving);
  assert_false(s.exited);
  s.peer.group().holding = Holding::Own;  // it has taken it
  s.end("stop1");
  s.run(3000);
  assert_true(s.to_peer.leaving);
  assert_true(s.exited);
  s.core->on_tick(s.now + 100);
  assert_true(s.core->take_actions().empty());
}

// What is not tracked the peer may have had since, says its record after that.
static void who_leaves_what_is_not_tracked_does_not_count_on_it(void**) {
  Solo s;
  s.config.track_sync = false;
  s.know(record(1, 1, "hdp3", ""));
  s.boot();
  s.run(3000);
  assert_true(s.owns());
  assert_false(s.disk.groups[0].unagreed);
  s.stop();
  s.run(5000);
  assert_true(s.exited);
  assert_true(s.disk.groups[0].unagreed);
}

// ---- what waits is said ----------------------------------------------------

static long lines_of(const Solo& s, const char* text) {
  long n = 0;
  for (const std::string& line : s.log) {
    if (line.find(text) != std::string::npos) ++n;
  }
  return n;
}

static void why_a_group_waits_is_said_once_when_it_lasts(void**) {
  Solo s;
  s.begin_standby();
  s.ours("replica", "i3a", "yes");
  s.silence(true, false);
  s.run(2300);
  assert_int_equal(lines_of(s, "waits: "), 0);
  s.run(3000);
  assert_int_equal(lines_of(s, "waits: hdp4 is silent and this node may lack"),
                   1);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(its_incarnation_is_on_disk_before_its_first_beat),
      cmocka_unit_test(it_claims_above_every_epoch_that_it_has_seen),
      cmocka_unit_test(who_owned_before_its_start_stops_and_says_so),
      cmocka_unit_test(what_the_peer_goes_by_is_kept_on_disk),
      cmocka_unit_test(what_the_peer_went_by_counts_before_it_is_heard),
      cmocka_unit_test(a_group_with_a_new_name_keeps_its_state),
      cmocka_unit_test(what_was_not_agreed_on_is_once_somebody_says_it),
      cmocka_unit_test(beats_of_others_are_nobodys),
      cmocka_unit_test(a_lost_witness_is_told_each_time_and_so_is_its_return),
      cmocka_unit_test(a_witness_that_comes_and_goes_is_told_of_now_and_then),
      cmocka_unit_test(a_witness_is_waited_for_during_initdead),
      cmocka_unit_test(a_witness_with_a_longer_deadtime_is_minded),
      cmocka_unit_test(a_silent_peer_is_told_once),
      cmocka_unit_test(
          a_peer_that_is_late_again_and_again_is_told_now_and_then),
      cmocka_unit_test(a_higher_record_of_anybody_counts),
      cmocka_unit_test(two_owners_with_one_epoch_are_told_of_once),
      cmocka_unit_test(a_new_epoch_of_the_peer_is_to_be_followed),
      cmocka_unit_test(
          who_is_vouched_for_is_not_kept_out_once_its_server_is_known),
      cmocka_unit_test(an_own_record_that_comes_back_keeps_nobody_out),
      cmocka_unit_test(each_ping_node_counts),
      cmocka_unit_test(more_ping_nodes_of_a_peer_that_is_there_and_agrees),
      cmocka_unit_test(
          a_watcher_that_ends_or_is_silent_means_down_to_the_moment),
      cmocka_unit_test(resources_are_asked_to_the_moment),
      cmocka_unit_test(an_owner_that_nobody_confirms_lets_go_to_the_moment),
      cmocka_unit_test(it_is_told_once_that_it_owns_and_that_it_does_no_more),
      cmocka_unit_test(a_notice_says_which_epoch_and_by_what_right),
      cmocka_unit_test(each_hook_has_a_number_of_its_own),
      cmocka_unit_test(a_second_tie_lasts_as_long_as_the_first),
      cmocka_unit_test(a_tie_that_the_peer_ended_by_owning_is_over),
      cmocka_unit_test(an_owner_that_was_late_by_more_than_the_lease_lets_go),
      cmocka_unit_test(an_owner_that_was_late_for_less_goes_on),
      cmocka_unit_test(who_was_late_judges_nobody_for_warntime),
      cmocka_unit_test(who_was_late_says_nothing_of_its_witness_either),
      cmocka_unit_test(a_standby_is_refused_where_it_would_lose_something),
      cmocka_unit_test(a_standby_gives_way_and_is_held),
      cmocka_unit_test(who_gave_it_to_an_owner_would_take_it_back),
      cmocka_unit_test(a_takeover_is_refused_where_it_would_lose_something),
      cmocka_unit_test(a_takeover_asks_the_owner_for_a_while),
      cmocka_unit_test(a_takeover_is_over_when_the_peer_owns_anew),
      cmocka_unit_test(a_takeover_is_over_when_it_is_done),
      cmocka_unit_test(who_forces_it_is_forgiven_what_was_before),
      cmocka_unit_test(who_owns_it_has_it_already),
      cmocka_unit_test(init_is_for_the_first_record_only),
      cmocka_unit_test(init_waits_for_a_peer_that_may_have_a_record),
      cmocka_unit_test(an_order_for_one_group_is_for_that_one),
      cmocka_unit_test(clear_forgives_what_failed),
      cmocka_unit_test(clear_tries_a_failed_stop_and_a_failed_follow_again),
      cmocka_unit_test(a_beat_says_what_this_node_is),
      cmocka_unit_test(each_phase_is_told),
      cmocka_unit_test(what_changes_is_told_at_once_and_the_rest_in_time),
      cmocka_unit_test(how_many_ping_nodes_answer_is_told_in_time),
      cmocka_unit_test(a_blank_node_says_so),
      cmocka_unit_test(what_did_not_change_is_not_written_again),
      cmocka_unit_test(what_has_no_room_in_a_beat_is_left_out_and_said),
      cmocka_unit_test(who_is_new_is_answered_at_once),
      cmocka_unit_test(an_hbd_that_ends_says_so_when_its_groups_are_stopped),
      cmocka_unit_test(who_leaves_what_is_not_tracked_does_not_count_on_it),
      cmocka_unit_test(why_a_group_waits_is_said_once_when_it_lasts),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
