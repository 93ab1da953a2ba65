// An owner and its replica: when the owner counts on it, what it does before
// it counts no more; a replica that follows; and an hbd that leaves.
#include "tests/unit/hbd_solo.h"

static void begin_alone(Solo* s) {
  s->peer.group().fit = false;
  s->know(record(1, 2, "hdp3", ""));
  s->boot();
  s->run(3000);
  assert_true(s->owns());
  s->hooks.clear();
  s->told.clear();
  s->peer.group().fit = true;
}

// ---- to paired -------------------------------------------------------------

static void it_pairs_with_a_replica_that_is_ready_in_all(void**) {
  static void (*const changes[])(Solo*) = {
      [](Solo* s) { s->peer.group().fit = false; },
      [](Solo* s) { s->peer.says.up = false; },
      [](Solo* s) { s->peer.group().holding = Holding::Stuck; },
      [](Solo* s) { s->theirs("readonly", "i4", "yes"); },
      [](Solo* s) { s->theirs("replica", "i4", "no"); },
      [](Solo* s) { s->theirs("replica", "", "yes"); },
      [](Solo* s) { s->peer.says.leaving = true; },
      [](Solo* s) {
        s->peer.group().record = record(1, 2, "hdp3", "");
        s->peer.agrees = false;
      },
      [](Solo* s) { s->ours("readonly", "i3", ""); s->hangs.insert("start0"); },
      [](Solo* s) { s->ours("", "i3", ""); },
      [](Solo* s) { s->config.has_paired = false; }};
  for (size_t i = 0; i < 11; ++i) {
    Solo s;
    s.config.has_paired = i != 10;
    begin_alone(&s);
    changes[i](&s);
    s.run(3000);
    assert_int_equal(s.count("paired"), 0);
    assert_true(s.known().alone());
  }
  Solo s;
  begin_alone(&s);
  s.run(1000);
  assert_int_equal(s.count("paired"), 1);
  assert_string_equal(s.known().paired.c_str(), "i4");
  assert_true(s.disk.groups[0].record == s.known());
  assert_true(s.was_told("paired"));
  s.run(5000);
  assert_int_equal(s.count("paired"), 1);
  Solo untracked;
  untracked.config.track_sync = false;
  begin_alone(&untracked);
  untracked.run(3000);
  assert_int_equal(untracked.count("paired"), 0);
}

static void where_nobody_watches_the_server_is_the_primary(void**) {
  Solo s;
  s.config.has_watch = s.watcher_speaks = false;
  begin_alone(&s);
  s.run(1000);
  assert_int_equal(s.count("paired"), 1);
}

// It was killed when the owner lost its right, and had just succeeded.
static void who_owns_no_more_records_nothing(void**) {
  Solo s;
  s.hangs = {"paired", "stop1"};
  begin_alone(&s);
  s.run(1000);
  const uint32_t id = s.hung["paired"];
  s.hung.clear();
  s.silence(true, true);
  s.run(1100);
  assert_true(s.phase() == Phase::Stopping);
  s.core->on_hook_exit(s.now, id, true, tandem::Attrs());
  s.perform();
  assert_true(s.known().alone());
}

static void a_replica_that_is_late_is_not_paired_with(void**) {
  Solo s;
  s.fails.insert("paired");
  begin_alone(&s);
  while (s.count("paired") == 0) s.run(1);
  s.silence(true, false);
  s.run(1900);
  assert_in_range(s.count("paired"), 1, 2);  // again after 500 ms, not later
}

static void the_one_that_was_asked_for_is_recorded(void**) {
  Solo s;
  s.hangs.insert("paired");
  begin_alone(&s);
  s.run(1000);
  const uint64_t version = s.known().version;
  s.theirs("replica", "", "yes");  // not read just now
  s.say(&s.peer);
  s.end("paired");
  assert_string_equal(s.known().paired.c_str(), "i4");
  assert_int_equal(s.known().version, version + 1);
}

static void nothing_is_recorded_when_pairing_came_to_nothing(void**) {
  for (int why = 0; why < 3; ++why) {
    Solo s;
    s.hangs.insert("paired");
    begin_alone(&s);
    s.run(1000);
    assert_int_equal(s.hung.count("paired"), 1);
    s.watcher_speaks = false;
    if (why == 1) s.peer.says.up = false;
    if (why == 1) s.say(&s.peer);
    if (why == 2) s.up = false;
    if (why == 2) s.watch();
    s.end("paired", why != 0);
    assert_true(s.known().alone());
    if (why == 2) continue;
    assert_int_equal(s.count("alone"), 1);  // off again, at once
  }
}

static void pairing_that_fails_is_tried_again_ever_more_rarely(void**) {
  Solo s;
  s.fails.insert("paired");
  begin_alone(&s);
  s.run(60000);
  assert_in_range(s.count("paired"), 4, 8);
  assert_int_equal(s.count("alone"), s.count("paired"));
  s.fails.clear();
  s.run(31000);
  assert_true(s.paired());
  s.theirs("replica", "i4b", "yes");
  s.fails.insert("paired");
  const long before = s.count("paired");
  s.run(2500);
  assert_in_range(s.count("paired") - before, 2, 3);  // from the beginning
}

static void who_owns_it_again_pairs_without_the_pauses_of_before(void**) {
  Solo s;
  s.fails.insert("paired");
  begin_alone(&s);
  s.run(60000);
  s.silence(true, true);
  s.run(2000);
  assert_int_equal(s.count("stop0"), 1);
  s.peer.speaks = s.peer.hears = s.witness.speaks = s.witness.hears = true;
  while (!s.owns()) s.run(1);
  const long before = s.count("paired");
  s.run(2000);
  assert_in_range(s.count("paired") - before, 2, 3);
}

// ---- to alone --------------------------------------------------------------

static void without_its_replica_it_goes_alone_when_that_is_stored(void**) {
  Solo s;
  s.begin_paired();
  s.peer.agrees = s.witness.agrees = false;
  s.theirs("replica", "i4b", "yes");
  s.peer.group().fit = false;
  s.run(2000);
  assert_true(s.known().alone());
  assert_int_equal(s.known().version, 3);
  assert_true(s.disk.groups[0].record == s.known());
  assert_true(s.disk.groups[0].unagreed);
  assert_true(s.was_told("alone"));
  assert_int_equal(s.count("alone"), 0);
  assert_true(s.shows("nor the witness has stored that this node is alone"));
  s.witness.agrees = true;  // one of the two is enough
  s.run(500);
  assert_int_equal(s.count("alone"), 1);
  assert_false(s.disk.groups[0].unagreed);
  Solo by_peer;
  by_peer.begin_paired();
  by_peer.witness.agrees = false;
  by_peer.theirs("replica", "i4b", "yes");
  by_peer.peer.group().fit = false;
  by_peer.run(1000);
  assert_int_equal(by_peer.count("alone"), 1);
}

static void without_a_witness_a_silent_peer_is_fenced_before(void**) {
  Solo s(false);
  s.config.has_fence = true;
  s.fails.insert("fence");
  s.begin_paired();
  s.peer.agrees = false;
  s.theirs("replica", "i4b", "yes");
  s.run(1500);
  assert_int_equal(s.count("fence"), 0);  // it will say something
  assert_int_equal(s.count("alone"), 0);
  s.silence(true, false);
  s.run(3000);
  assert_int_equal(s.count("fence"), 1);
  assert_int_equal(s.count("alone"), 0);
  s.fails.clear();
  s.run(6000);
  assert_int_equal(s.count("fence"), 2);
  assert_int_equal(s.count("alone"), 1);
  assert_true(s.was_told("fencing"));
  assert_false(s.disk.groups[0].unagreed);
}

static void each_silence_is_fenced_for_itself(void**) {
  Solo s(false);
  s.config.has_fence = true;
  s.begin_paired();
  for (int i = 1; i < 3; ++i) {
    s.silence(true, false);
    s.run(3000);
    assert_int_equal(s.count("fence"), i);
    assert_int_equal(s.count("alone"), i);
    s.peer.speaks = s.peer.hears = true;
    s.run(6000);
    assert_true(s.paired());
  }
}

static void fences_that_failed_are_forgotten_with_the_silence(void**) {
  for (int succeeds = 0; succeeds < 2; ++succeeds) {
    Solo s(false);
    s.config.has_fence = true;
    s.begin_paired();
    s.fails.insert("fence");
    s.silence(true, false);
    s.run(20000);
    assert_int_equal(s.count("fence"), 3);
    if (succeeds) s.fails.clear();
    if (succeeds) s.run(20000);
    assert_int_equal(s.count("fence"), 3 + succeeds);
    s.peer.speaks = s.peer.hears = true;
    s.run(succeeds ? 6000 : 25000);
    assert_true(s.paired());
    s.silence(true, false);
    s.run(3000);
    assert_int_equal(s.count("fence"), 4 + succeeds);
    s.run(6000);
    assert_int_equal(s.count("fence"), 5);
  }
}

static void without_witness_and_fence_its_own_word_is_enough(void**) {
  Solo s(false);
  s.begin_paired();
  s.silence(true, false);
  s.run(1900);
  assert_int_equal(s.count("alone"), 0);
  s.run(1000);
  assert_int_equal(s.count("alone"), 1);
  assert_false(s.disk.groups[0].unagreed);
}

static void who_leaves_is_waited_for_while_it_is_heard(void**) {
  Solo s(false);
  s.begin_paired();
  s.peer.agrees = false;
  s.peer.says.leaving = true;
  s.run(4000);
  assert_true(s.known().alone());
  assert_int_equal(s.count("alone"), 0);
  s.silence(true, false);
  s.run(1800);
  assert_int_equal(s.count("alone"), 0);
  s.run(500);
  assert_int_equal(s.count("alone"), 1);
}

static void where_no_event_is_configured_it_is_alone_at_once(void**) {
  Solo s;
  s.config.has_alone = false;
  s.begin_paired();
  s.theirs("replica", "i4b", "yes");
  s.run(3000);
  assert_int_equal(s.count("alone"), 0);
  assert_string_equal(s.known().paired.c_str(), "i4b");  // paired again
}

static void an_alone_event_that_fails_is_tried_again(void**) {
  Solo s;
  s.begin_paired();
  s.fails.insert("alone");
  s.theirs("replica", "i4b", "yes");
  s.run(5500);
  assert_in_range(s.count("alone"), 5, 6);
  assert_int_equal(s.count("paired"), 0);
  s.fails.clear();
  s.run(2000);
  assert_in_range(s.count("alone"), 6, 7);
  assert_true(s.paired());
}

// ---- following -------------------------------------------------------------

static void new_owner(Solo* s) {
  s->peer.group().record = record(4, 1, "hdp4", "");
  s->say(&s->peer);
}

static void a_new_owner_is_followed_once(void**) {
  Solo s;
  s.begin_standby();
  s.run(5000);
  assert_int_equal(s.count("follow"), 0);  // it counts on us as we are
  new_owner(&s);
  assert_int_equal(s.count("follow"), 1);
  s.run(5000);
  assert_int_equal(s.count("follow"), 1);
  assert_false(s.disk.groups[0].need_follow);
  assert_string_equal(s.runs.back().reason.c_str(), "hdp4 owns epoch 4");
  assert_int_equal(s.runs.back().epoch, 4);
}

static void nothing_is_followed_but_a_stable_owner(void**) {
  static void (*const changes[])(Solo*) = {
      [](Solo* s) { s->peer.group().holding = Holding::Release; },
      [](Solo* s) { s->peer.says.up = false; },
      [](Solo* s) { s->theirs("readonly", "i4", ""); },
      [](Solo* s) { s->peer.says.leaving = true; },
      [](Solo* s) { s->up = false; s->watch(); },
      [](Solo* s) {
        s->witness.group().record = record(6, 1, "hdp4", "");
        s->say(&s->witness);
      },
      [](Solo* s) { s->stop(); }};
  for (size_t i = 0; i < 7; ++i) {
    Solo s;
    s.begin_standby();
    changes[i](&s);
    new_owner(&s);
    assert_int_equal(s.count("follow"), 0);
  }
  Solo none;
  none.config.has_follow = false;
  none.begin_standby();
  new_owner(&none);
  none.run(1000);
  assert_int_equal(none.count("follow"), 0);
  Solo without_server;
  without_server.config.groups[0].server = false;
  without_server.begin_standby();
  new_owner(&without_server);
  without_server.run(1000);
  assert_int_equal(without_server.count("follow"), 0);
}

static void an_owner_that_is_late_is_not_followed_now(void**) {
  Solo s;
  s.fails.insert("follow");
  s.begin_standby();
  new_owner(&s);
  s.silence(true, false);
  s.run(1900);
  assert_in_range(s.count("follow"), 1, 2);
}

static void a_replica_that_lost_its_source_follows_again(void**) {
  Solo s;
  s.begin_standby();
  new_owner(&s);
  s.run(2000);
  s.hooks.clear();
  s.ours("replica", "i3", "no");
  s.run(900);
  assert_int_equal(s.count("follow"), 0);  // a reconnection takes less
  s.run(300);
  assert_int_equal(s.count("follow"), 1);
  s.ours("replica", "i3", "yes");
  s.run(2000);
  s.hooks.clear();
  s.ours("", "i3", "");
  s.run(3000);
  assert_int_equal(s.count("follow"), 0);  // nobody could read it
  s.ours("readonly", "i3", "");
  assert_int_equal(s.count("follow"), 1);
  s.ours("replica", "i3", "yes");
  s.run(2000);
  s.hooks.clear();
  s.ours("replica", "i3b", "yes");  // another start of it
  s.run(10);
  assert_int_equal(s.count("follow"), 1);
}

static void who_is_not_counted_on_as_it_is_follows(void**) {
  Solo s;
  s.begin_standby();
  s.ours("replica", "i3b", "yes");  // another start than the owner counts on
  assert_int_equal(s.count("follow"), 1);
  Solo unread;
  unread.begin_standby();
  unread.ours("", "i3", "");
  new_owner(&unread);
  assert_int_equal(unread.count("follow"), 1);
  Solo again;
  again.begin_standby();
  new_owner(&again);
  again.run(2000);
  again.peer.group().record = record(6, 2, "hdp4", "i3");
  again.run(1000);
  assert_int_equal(again.count("follow"), 1);  // it counts on us
  again.peer.group().record = record(6, 3, "hdp4", "");
  again.run(1000);
  assert_int_equal(again.count("follow"), 2);  // and no more
}

static void an_own_record_is_not_followed(void**) {
  Solo s;
  s.know(record(2, 2, "hdp3", ""));
  s.ours("replica", "i3", "yes");
  s.theirs("primary", "i4", "");
  s.peer.group().holding = Holding::Own;
  s.boot();
  s.run(3000);
  assert_int_equal(s.count("follow"), 0);
}

static void a_follow_that_fails_keeps_the_node_out(void**) {
  Solo s;
  s.fails.insert("follow");
  s.begin_standby();
  new_owner(&s);
  s.run(15000);
  assert_in_range(s.count("follow"), 4, 6);
  assert_true(s.disk.groups[0].need_follow);
  assert_int_equal(std::count(s.told.begin(), s.told.end(), "kept-out"), 1);
  s.fails.clear();
  s.run(15000);
  assert_false(s.disk.groups[0].need_follow);
  assert_true(s.to_peer.groups[0].fit);
  s.fails.insert("follow");
  s.peer.group().record = record(6, 1, "hdp4", "");
  s.hooks.clear();
  s.run(1400);
  assert_in_range(s.count("follow"), 2, 3);  // its pauses begin anew
}

static void a_blank_node_is_blank_until_it_has_followed(void**) {
  Solo s;
  s.know(record(2, 2, "hdp4", "i3"));
  s.disk.blank = true;
  s.ours("replica", "i3", "yes");
  s.theirs("primary", "i4", "");
  s.peer.group().holding = Holding::Own;
  s.boot();
  s.run(1000);
  assert_int_equal(s.count("follow"), 1);
  assert_false(s.disk.blank);
}

static void a_follow_of_an_epoch_that_is_over_clears_nothing(void**) {
  Solo s;
  s.hangs.insert("follow");
  s.begin_standby();
  new_owner(&s);
  assert_int_equal(s.hung.count("follow"), 1);
  s.peer.group().holding = Holding::Release;
  s.peer.group().record = record(6, 1, "hdp4", "");
  s.say(&s.peer);
  s.end("follow");
  assert_true(s.disk.groups[0].need_follow);
}

static void end_follow(Solo* s, const char* rebuild, bool ok) {
  s->hangs.insert("follow");
  s->begin_standby();
  new_owner(s);
  s->hangs.clear();
  tandem::Attrs a;
  if (*rebuild) a["rebuild"] = rebuild;
  const uint32_t id = s->hung["follow"];
  s->hung.clear();
  s->core->on_hook_exit(s->now, id, ok, a);
  s->perform();
}

static void a_tail_that_was_never_acknowledged_is_rebuilt_once(void**) {
  Solo s;
  s.config.has_rebuild = true;
  end_follow(&s, "yes", false);
  s.fails.insert("follow");
  s.run(600);
  assert_int_equal(s.count("rebuild"), 1);
  assert_true(s.was_told("rebuild"));
  const long before = s.count("follow");
  s.run(300);
  assert_int_equal(s.count("follow"), before);
  s.run(400);
  assert_int_equal(s.count("follow"), before + 1);
  s.run(30000);
  assert_int_equal(s.count("rebuild"), 1);
  s.peer.group().record = record(6, 1, "hdp4", "");  // nobody said it of this
  s.run(30000);
  assert_int_equal(s.count("rebuild"), 1);
}

static void nothing_else_is_rebuilt(void**) {
  const struct { bool configured; const char* says; bool ok; } rows[] = {
      {true, "", false}, {false, "yes", false}, {true, "yes", true}};
  for (int i = 0; i < 3; ++i) {
    Solo s;
    s.config.has_rebuild = rows[i].configured;
    end_follow(&s, rows[i].says, rows[i].ok);
    s.fails.insert("follow");
    s.ours("readonly", "i3", "");
    s.run(10000);
    assert_true(s.count("follow") > 1);
    assert_int_equal(s.count("rebuild"), 0);
  }
}

// ---- leaving ---------------------------------------------------------------

static void who_leaves_stays_until_its_last_word_was_heard(void**) {
  Solo s;
  s.begin_standby();
  s.peer.hears = false;
  s.stop();
  s.run(1900);
  assert_true(s.to_peer.leaving);
  assert_false(s.exited);
  s.run(500);
  assert_true(s.exited);
  Solo heard;
  heard.begin_standby();
  heard.peer.group().record = record(2, 3, "hdp4", "");
  heard.say(&heard.peer);
  heard.stop();
  heard.run(600);
  assert_true(heard.exited);
  Solo nobody;
  nobody.begin_standby();
  nobody.silence(true, true);
  nobody.run(3000);
  nobody.stop();
  nobody.run(1);
  assert_true(nobody.exited);
}

// It counts on this server still: it goes alone first, and that is kept here.
static void who_is_counted_on_leaves_when_it_is_no_more(void**) {
  Solo s;
  s.begin_standby();
  s.stop();
  s.peer.group().record = record(2, 2, "hdp4", "i3");
  s.run(1500);
  assert_true(s.to_peer.leaving);
  s.peer.group().record = record(2, 3, "hdp4", "");
  s.run(500);
  assert_true(s.exited);
  assert_true(s.disk.groups[0].record.alone());
}

static void a_leaver_waits_for_who_will_take_what_it_had(void**) {
  Solo s;
  s.begin_paired();
  s.stop();
  s.run(1500);
  assert_false(s.to_peer.leaving);
  s.peer.group().holding = Holding::Claim;
  s.peer.group().claim.record = record(4, 1, "hdp4", "");
  s.run(1000);  // its patience of a deadtime is over
  assert_true(s.to_peer.leaving);
  Solo unfit;
  unfit.begin_paired();
  unfit.peer.group().fit = false;
  unfit.say(&unfit.peer);
  unfit.stop();
  unfit.run(300);
  assert_true(unfit.to_peer.leaving);
  Solo lacking;  // it may not take it anyway
  lacking.begin_paired();
  lacking.theirs("replica", "i4b", "yes");
  lacking.run(1000);
  lacking.peer.agrees = false;
  lacking.theirs("replica", "i4c", "yes");
  lacking.say(&lacking.peer);
  lacking.stop();
  lacking.run(600);
  assert_true(lacking.to_peer.leaving);
  Solo without_witness(false);
  without_witness.begin_paired();
  without_witness.stop();
  without_witness.run(300);
  assert_true(without_witness.to_peer.leaving);
}

// Whoever there is to wait for: who is not needed leaves at once.
static bool leaves_at_once(Solo* s, void (*meanwhile)(Solo*)) {
  s->hangs.insert("stop1");
  s->begin_paired();
  s->stop();
  meanwhile(s);
  s->end("stop1");
  s->run(300);
  return s->to_peer.leaving;
}

static void a_leaver_is_not_needed_by_who_cannot_take_it(void**) {
  Solo needed, left, silent, claims, untracked;
  assert_false(leaves_at_once(&needed, [](Solo*) {}));
  assert_true(leaves_at_once(&left, [](Solo* s) {
    s->peer.says.leaving = true;
    s->say(&s->peer);
  }));
  assert_true(leaves_at_once(&silent, [](Solo* s) {
    s->silence(true, false);
    s->run(1200);
  }));
  assert_false(leaves_at_once(&claims, [](Solo* s) {
    s->peer.group().fit = false;
    s->peer.group().holding = Holding::Claim;
    s->peer.group().claim.record = record(4, 1, "hdp4", "");
    s->say(&s->peer);
  }));
  Solo standby;
  standby.begin_standby();
  standby.peer.group().holding = Holding::Idle;  // it is to have it
  standby.say(&standby.peer);
  standby.stop();
  standby.run(300);
  assert_true(standby.to_peer.leaving);
  untracked.config.track_sync = false;
  untracked.know(record(1, 2, "hdp3", ""));
  untracked.boot();
  untracked.run(3000);
  untracked.stop();
  untracked.run(300);
  assert_true(untracked.to_peer.leaving);
}

static void who_has_left_ends_when_it_is_known_unless_counted_on(void**) {
  const struct { Holding holding; uint64_t epoch; bool stays; } rows[] = {
      {Holding::Own, 2, true}, {Holding::Release, 2, false},
      {Holding::Own, 1, false}};
  for (int i = 0; i < 3; ++i) {
    Solo s;
    s.begin_standby();
    s.peer.agrees = s.witness.agrees = false;
    s.peer.group().holding = rows[i].holding;
    s.peer.group().record = record(rows[i].epoch, 2, "hdp4", "i3");
    s.say(&s.peer);
    s.stop();
    s.run(1000);
    assert_int_equal(s.exited, !rows[i].stays);
  }
}

static void a_leaver_that_was_needed_has_time_to_be_heard_as_well(void**) {
  Solo s;
  s.begin_paired();
  s.peer.hears = false;
  s.stop();
  s.run(2500);
  assert_true(s.to_peer.leaving);
  assert_false(s.exited);
  s.run(2000);
  assert_true(s.exited);
}

static void its_last_word_was_heard_and_not_one_before(void**) {
  Solo s;
  s.begin_standby();
  s.peer.group().record = record(2, 3, "hdp4", "");
  s.peer.delay_ms = 500;
  s.run(2000);
  s.stop();
  const uint64_t said_ms = s.now;
  assert_true(s.to_peer.leaving);
  while (!s.exited) s.run(1);
  assert_true(s.peer.heard_sent_ms >= said_ms);
  assert_in_range(s.now - said_ms, 500, 1200);
}

// Only what an owner leaves that nobody keeps track of.
static void what_is_left_counts_afterwards_unless_it_is_not_tracked(void**) {
  const struct { bool tracked; const char* owner; bool unagreed; } rows[] = {
      {true, "hdp3", false}, {false, "hdp4", false}, {false, "hdp3", true}};
  for (int i = 0; i < 3; ++i) {
    Solo s;
    s.config.track_sync = rows[i].tracked;
    s.up = false;  // nobody owns it
    s.know(record(2, 2, rows[i].owner, ""));
    s.boot();
    s.run(1000);
    s.stop();
    s.run(5000);
    assert_true(s.exited);
    assert_int_equal(s.disk.groups[0].unagreed, rows[i].unagreed);
  }
}

static void nobody_leaves_with_a_hook_under_way(void**) {
  Solo s;
  s.hangs.insert("follow");
  s.begin_standby();
  new_owner(&s);
  s.stop();
  s.run(5000);
  assert_false(s.exited);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_pairs_with_a_replica_that_is_ready_in_all),
      cmocka_unit_test(where_nobody_watches_the_server_is_the_primary),
      cmocka_unit_test(who_owns_no_more_records_nothing),
      cmocka_unit_test(a_replica_that_is_late_is_not_paired_with),
      cmocka_unit_test(the_one_that_was_asked_for_is_recorded),
      cmocka_unit_test(nothing_is_recorded_when_pairing_came_to_nothing),
      cmocka_unit_test(pairing_that_fails_is_tried_again_ever_more_rarely),
      cmocka_unit_test(who_owns_it_again_pairs_without_the_pauses_of_before),
      cmocka_unit_test(without_its_replica_it_goes_alone_when_that_is_stored),
      cmocka_unit_test(without_a_witness_a_silent_peer_is_fenced_before),
      cmocka_unit_test(each_silence_is_fenced_for_itself),
      cmocka_unit_test(fences_that_failed_are_forgotten_with_the_silence),
      cmocka_unit_test(without_witness_and_fence_its_own_word_is_enough),
      cmocka_unit_test(who_leaves_is_waited_for_while_it_is_heard),
      cmocka_unit_test(where_no_event_is_configured_it_is_alone_at_once),
      cmocka_unit_test(an_alone_event_that_fails_is_tried_again),
      cmocka_unit_test(a_new_owner_is_followed_once),
      cmocka_unit_test(nothing_is_followed_but_a_stable_owner),
      cmocka_unit_test(an_owner_that_is_late_is_not_followed_now),
      cmocka_unit_test(a_replica_that_lost_its_source_follows_again),
      cmocka_unit_test(who_is_not_counted_on_as_it_is_follows),
      cmocka_unit_test(an_own_record_is_not_followed),
      cmocka_unit_test(a_follow_that_fails_keeps_the_node_out),
      cmocka_unit_test(a_blank_node_is_blank_until_it_has_followed),
      cmocka_unit_test(a_follow_of_an_epoch_that_is_over_clears_nothing),
      cmocka_unit_test(a_tail_that_was_never_acknowledged_is_rebuilt_once),
      cmocka_unit_test(nothing_else_is_rebuilt),
      cmocka_unit_test(who_leaves_stays_until_its_last_word_was_heard),
      cmocka_unit_test(who_is_counted_on_leaves_when_it_is_no_more),
      cmocka_unit_test(a_leaver_waits_for_who_will_take_what_it_had),
      cmocka_unit_test(a_leaver_is_not_needed_by_who_cannot_take_it),
      cmocka_unit_test(who_has_left_ends_when_it_is_known_unless_counted_on),
      cmocka_unit_test(a_leaver_that_was_needed_has_time_to_be_heard_as_well),
      cmocka_unit_test(its_last_word_was_heard_and_not_one_before),
      cmocka_unit_test(
          what_is_left_counts_afterwards_unless_it_is_not_tracked),
      cmocka_unit_test(nobody_leaves_with_a_hook_under_way),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
