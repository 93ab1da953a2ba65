// How a group is claimed: who has to have stored it, what ends a claim, what it
// says of itself; and what this node agrees to when its peer claims.
#include "tests/unit/hbd_solo.h"

// The owner hdp4 gives way to us.
static void give_way(Solo* s) {
  GroupBeat* pg = &s->peer.group();
  pg->holding = Holding::Release;
  pg->giving_way = true;
  pg->fit = false;
  s->say(&s->peer);
}

static void let_go(Solo* s) {
  s->peer.group().holding = Holding::Idle;
  s->peer.group().giving_way = false;
  s->say(&s->peer);
}

static const Claim& claim_of(const Solo& s) {
  return s.to_peer.groups[0].claim;
}

static bool is_claiming(const Solo& s) { return s.phase() == Phase::Claiming; }

// ---- who has to agree ------------------------------------------------------

static void nothing_starts_before_the_owner_has_let_go(void**) {
  Solo s;
  s.begin_standby();
  give_way(&s);
  assert_true(is_claiming(s));
  s.run(900);
  assert_int_equal(s.peer.group().record.epoch, 3);  // it has stored it
  assert_true(is_claiming(s));
  assert_int_equal(s.count("start0"), 0);
  let_go(&s);
  assert_true(s.owns());
  assert_int_equal(s.known().epoch, 3);
}

static void nothing_starts_before_the_witness_has_stored_it(void**) {
  Solo s;
  s.begin_standby();
  s.witness.agrees = false;
  give_way(&s);
  let_go(&s);
  s.run(900);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void nothing_starts_before_the_peer_has_stored_it(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = false;
  give_way(&s);
  let_go(&s);
  s.run(900);
  assert_int_equal(s.witness.group().record.epoch, 3);
  assert_true(is_claiming(s));
  s.peer.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void a_witness_that_is_not_heard_need_not_store_it(void**) {
  Solo s;
  s.begin_standby();
  s.silence(false, true);
  s.run(1200);
  give_way(&s);
  let_go(&s);
  s.run(500);
  assert_true(s.owns());
}

static void for_a_blank_peer_the_witness_stores_it(void**) {
  Solo s;
  s.begin_standby();
  s.peer.says.blank = true;
  s.peer.agrees = s.witness.agrees = false;
  give_way(&s);
  let_go(&s);
  s.run(900);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void a_blank_peer_alone_is_not_enough(void**) {
  Solo s;
  s.begin_standby();
  s.silence(false, true);
  s.run(1200);
  s.peer.says.blank = true;
  s.peer.agrees = false;
  give_way(&s);
  let_go(&s);
  s.run(3000);
  assert_true(is_claiming(s));
}

static void a_silent_peers_group_needs_the_witness(void**) {
  Solo s;
  s.begin_standby();
  s.witness.agrees = false;
  s.silence(true, false);
  s.run(2500);
  assert_true(is_claiming(s));
  s.run(2000);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void leave(Solo* s) {
  s->peer.says.leaving = true;
  let_go(s);
  s->silence(true, false);
}

static void who_follows_one_that_left_needs_the_witness(void**) {
  Solo s;
  s.begin_standby();
  s.witness.agrees = false;
  leave(&s);
  s.run(3000);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

// Its last beats confirm us, and store nothing.
static void who_leaves_and_is_still_heard_is_no_witness(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = s.witness.agrees = false;
  s.peer.says.leaving = true;
  let_go(&s);
  s.run(3000);
  assert_true(is_claiming(s));
}

static void who_was_fenced_and_is_heard_again_is_no_witness(void**) {
  Solo s;
  s.config.has_fence = true;
  s.begin_standby();
  s.witness.agrees = false;
  s.silence(true, false);
  s.run(3000);
  assert_true(is_claiming(s));
  s.peer.speaks = s.peer.hears = true;
  s.peer.group().holding = Holding::Idle;
  s.run(2000);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void who_was_stuck_and_fenced_and_says_idle_is_no_witness(void**) {
  Solo s;
  s.config.has_fence = true;
  s.begin_standby();
  s.witness.agrees = false;
  s.peer.group().holding = Holding::Stuck;
  s.say(&s.peer);
  s.run(500);
  assert_int_equal(s.count("fence"), 1);
  assert_true(is_claiming(s));
  s.peer.group().holding = Holding::Idle;
  s.run(1000);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
}

static void after_a_fence_the_witness_is_needed_as_well(void**) {
  Solo s;
  s.config.has_fence = true;
  s.begin_standby();
  s.witness.agrees = false;
  s.silence(true, false);
  s.run(4000);
  assert_int_equal(s.count("fence"), 1);
  assert_true(is_claiming(s));
  s.witness.agrees = true;
  s.run(500);
  assert_true(s.owns());
  assert_string_equal(s.runs.back().grant.c_str(), "fence");
}

// The last answer of a ping node is as old as the lease when the peer counts as
// silent: the claim is made, and nobody answers any more.
static void the_ping_nodes_must_still_answer_when_it_starts(void**) {
  for (int alone = 0; alone < 2; ++alone) {
    int claims = 0;
    for (uint64_t last = 980; last < 1020; ++last) {
      Solo s(false);
      s.config.ping_count = 1;
      s.pings = true;
      s.begin_standby();
      if (alone) {
        s.know(record(3, 1, "hdp3", ""));
        s.peer.group().holding = Holding::Idle;
        s.up = false;
        s.boot();
        s.run(3000);
        s.up = true;
      }
      s.silence(true, false);
      s.run(last);
      s.pings = false;
      s.core->on_ping(s.now, 0);
      s.run(1100);
      if (!is_claiming(s)) continue;
      ++claims;
      s.hooks.clear();
      s.run(3000);
      s.pings = true;
      s.run(1900);
      assert_int_equal(s.count("start0"), 0);  // it says nothing of a peer
      s.run(800);
      assert_true(s.owns());
    }
    assert_true(claims > 0);
  }
}

// hdp3 owned, it was paired, and the peer has ended in order. Nobody confirms
// the new epoch.
static void confirmations_of_an_earlier_epoch_start_nothing(void**) {
  Solo s(false);
  s.config.ping_count = 1;
  s.know(record(1, 2, "hdp3", "i4"));
  s.boot();
  s.run(3000);
  assert_true(s.owns());
  s.hooks.clear();
  leave(&s);
  s.run(50);
  s.core->on_lifeline_broken(s.now, 0);
  s.perform();
  s.run(5000);
  assert_int_equal(s.count("stop0"), 1);
  assert_int_equal(s.count("start0"), 0);
}

// ---- what ends a claim -----------------------------------------------------

static void claim_from_silence(Solo* s) {
  s->begin_standby();
  s->witness.agrees = false;
  s->silence(true, false);
  s->run(2500);
  assert_true(is_claiming(*s));
}

static void a_claim_is_given_up_when_the_node_is_not_fit_any_more(void**) {
  Solo s;
  claim_from_silence(&s);
  s.up = false;
  s.watch();
  assert_true(s.phase() == Phase::Idle);
  Solo pinged;  // it has everything, and hears fewer ping nodes
  pinged.config.ping_count = 1;
  pinged.begin_standby();
  give_way(&pinged);
  pinged.peer.says.ping_score = 1;
  pinged.run(500);
  assert_true(is_claiming(pinged));
  pinged.run(500);
  assert_true(pinged.phase() == Phase::Idle);
}

static void a_claim_is_given_up_when_its_server_is_another_start(void**) {
  Solo s;
  claim_from_silence(&s);
  s.ours("replica", "i3b", "no");
  assert_true(s.phase() == Phase::Idle);
}

static void a_claim_that_is_agreed_goes_on_with_another_start(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = false;  // the witness has stored it: our record is it already
  give_way(&s);
  let_go(&s);
  s.run(300);
  assert_true(is_claiming(s) && s.known().epoch == 3);
  s.ours("replica", "i3b", "no");
  assert_true(is_claiming(s));
}

static void a_claim_is_given_up_when_hbd_stops(void**) {
  Solo s;
  claim_from_silence(&s);
  s.stop();
  assert_true(s.phase() == Phase::Idle);
}

static void a_claim_is_made_anew_when_the_record_moves_on(void**) {
  Solo s;
  claim_from_silence(&s);
  s.witness.group().record.version = 4;  // alone, and paired with us again
  s.say(&s.witness);
  s.run(10);
  assert_true(is_claiming(s));
  assert_int_equal(claim_of(s).base_version, 4);
}

static void a_claim_is_given_up_when_the_record_is_not_for_us(void**) {
  Solo s;
  claim_from_silence(&s);
  s.witness.group().record.version = 3;  // the owner is alone
  s.witness.group().record.paired = "";
  s.say(&s.witness);
  assert_true(s.phase() == Phase::Idle);
}

static void a_claim_is_given_up_when_another_one_was_agreed_on(void**) {
  Solo s;
  claim_from_silence(&s);
  s.witness.group().record = record(4, 1, "hdp4", "");
  s.say(&s.witness);
  assert_true(s.phase() == Phase::Idle);
  s.run(1000);
  assert_true(s.phase() == Phase::Idle);
  Solo forced;
  claim_from_silence(&forced);
  forced.command(CommandKind::ForceTakeover);
  forced.run(100);
  const uint64_t epoch = claim_of(forced).record.epoch;
  forced.witness.group().record = record(epoch + 1, 1, "hdp4", "");
  forced.say(&forced.witness);
  forced.run(100);
  assert_true(claim_of(forced).record.epoch > epoch + 1);
  assert_int_equal(forced.count("start0"), 0);
}

// Its beat was on its way: it owns, releases, or has only been late.
static void a_claim_from_silence_ends_when_the_peer_is_heard(void**) {
  for (Holding h : {Holding::Own, Holding::Release, Holding::Idle}) {
    Solo s;
    claim_from_silence(&s);
    s.peer.speaks = s.peer.hears = true;
    s.peer.agrees = false;
    s.peer.group().holding = h;
    s.peer.group().fit = false;
    s.say(&s.peer);
    if (h != Holding::Idle) {
      assert_true(s.phase() == Phase::Idle);
    } else {  // it is asked itself, from then on
      assert_true(is_claiming(s));
      assert_int_equal(claim_of(s).record.epoch, 5);
    }
  }
}

static void a_claim_with_the_peer_ends_when_it_owns_after_all(void**) {
  for (Holding h : {Holding::Own, Holding::Release}) {
    Solo s;
    s.begin_standby();
    s.witness.agrees = false;
    give_way(&s);
    assert_true(is_claiming(s));
    s.peer.group().holding = h;
    s.peer.group().giving_way = false;
    s.say(&s.peer);
    assert_true(s.phase() == Phase::Idle);
  }
}

static void a_claim_with_the_peer_ends_when_it_leaves_or_falls_silent(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = s.witness.agrees = false;
  give_way(&s);
  let_go(&s);
  const uint64_t epoch = claim_of(s).record.epoch;
  s.run(300);
  assert_true(is_claiming(s) && claim_of(s).record.epoch == epoch);
  s.peer.says.leaving = true;
  s.say(&s.peer);
  s.run(10);
  assert_true(is_claiming(s) && claim_of(s).record.epoch > epoch);
  Solo silent;
  silent.begin_standby();
  silent.peer.agrees = silent.witness.agrees = false;
  give_way(&silent);
  silent.silence(true, false);
  const uint64_t first = claim_of(silent).record.epoch;
  silent.run(2500);
  assert_true(is_claiming(silent) && claim_of(silent).record.epoch > first);
}

static void claim_too(Solo* s, const char* base_owner, bool forced) {
  s->know(record(2, 2, base_owner, *base_owner == 'h' ? "i3" : ""));
  if (std::string(base_owner) == "hdp3") {
    s->know(record(1, 2, "hdp3", "i4"));
  }
  s->peer.agrees = s->witness.agrees = false;
  s->peer.group().fit = false;
  s->theirs("readonly", "i4", "");
  s->ours("readonly", "i3", "");
  s->boot();
  s->run(1000);
  if (!is_claiming(*s)) s->run(10000);
  assert_true(is_claiming(*s));
  GroupBeat* pg = &s->peer.group();
  pg->holding = Holding::Claim;
  pg->claim.record = record(100, 1, "hdp4", "");
  pg->claim.base_epoch = pg->record.epoch;
  pg->claim.base_version = pg->record.version;
  pg->claim.forced = forced;
  s->say(&s->peer);
}

static void of_two_claims_the_better_one_goes_on_unless_the_other_is_forced(
    void**) {
  Solo better;
  claim_too(&better, "hdp3", false);
  assert_true(is_claiming(better));
  Solo forced;
  claim_too(&forced, "hdp3", true);
  assert_true(forced.phase() == Phase::Idle);
  assert_int_equal(forced.known().epoch, 100);
}

static void of_two_claims_the_worse_one_is_given_up(void**) {
  Solo s;
  s.config.cold_wait_ms = 500;
  claim_too(&s, "hdp4", false);
  assert_true(s.phase() == Phase::Idle);
  assert_int_equal(s.known().epoch, 100);
}

// ---- what a claim says -----------------------------------------------------

static void a_claim_carries_what_it_will_be_and_what_it_knew(void**) {
  Solo s;
  s.server["pos"] = "0-1-7";
  s.begin_standby();
  s.peer.agrees = false;
  give_way(&s);
  const Claim c = claim_of(s);
  assert_int_equal(c.base_epoch, 2);
  assert_int_equal(c.base_version, 2);
  assert_false(c.forced);
  assert_int_equal(c.record.epoch, 3);
  assert_int_equal(c.record.version, 1);
  assert_string_equal(c.record.owner.c_str(), "hdp3");
  assert_true(c.record.alone() && c.record.back);
  assert_string_equal(c.record.owner_instance.c_str(), "i3");
  assert_string_equal(c.record.start_pos.c_str(), "0-1-7");
  assert_string_equal(c.record.from.c_str(), "paired");
  assert_int_equal(s.disk.epoch, 3);  // before the beat that says it
  assert_int_equal(s.to_peer.epoch, 3);
}

static void a_forced_claim_says_nothing_of_data(void**) {
  Solo s;
  s.begin_standby();
  s.peer.agrees = false;
  s.command(CommandKind::ForceTakeover);
  assert_string_equal(claim_of(s).record.owner_instance.c_str(), "");
  assert_string_equal(claim_of(s).record.from.c_str(), "paired");
  Solo lacking;
  lacking.begin_standby();
  lacking.peer.agrees = false;
  lacking.ours("replica", "i3b", "yes");
  lacking.command(CommandKind::ForceTakeover);
  assert_string_equal(claim_of(lacking).record.from.c_str(), "alone");
}

static void a_position_that_has_no_room_is_not_recorded(void**) {
  Solo s;
  s.server["pos"] = std::string(60, '%');  // three bytes each, escaped
  s.begin_standby();
  s.peer.agrees = false;
  give_way(&s);
  assert_string_equal(claim_of(s).record.start_pos.c_str(), "");
}

static std::string from_of(const Record& known, bool tracks = true) {
  Solo s;
  s.config.track_sync = tracks;
  if (known.none()) {
    s.peer.group().fit = false;
  } else {
    s.know(known);
  }
  s.peer.agrees = false;
  s.theirs("readonly", "i4", "");
  s.boot();
  s.run(1000);
  assert_true(is_claiming(s));
  return claim_of(s).record.from;
}

static void a_record_says_what_the_one_before_said_of_its_owner(void**) {
  assert_string_equal(from_of(Record()).c_str(), "none");
  assert_string_equal(from_of(record(1, 2, "hdp3", "i4")).c_str(), "paired");
  // Alone since, its ownership began as it began.
  for (const char* from : {"paired", "alone", "none"}) {
    Record r = record(1, 3, "hdp3", "");
    r.from = from;
    assert_string_equal(from_of(r).c_str(), from);
    assert_string_equal(from_of(r, false).c_str(), from);
  }
}

static void who_starts_again_alone_has_started_where_he_did(void**) {
  Solo s;
  Record r = record(1, 3, "hdp3", "");
  r.start_pos = "0-1-5";
  r.from = "paired";
  s.know(r);
  s.server["pos"] = "0-1-9";
  s.peer.agrees = false;
  s.theirs("readonly", "i4", "");
  s.boot();
  s.run(1000);
  assert_true(is_claiming(s));
  assert_string_equal(claim_of(s).record.start_pos.c_str(), "0-1-5");
  // By an operator's word, which says nothing of what others have.
  Solo forced;
  forced.know(r);
  forced.peer.group().fit = false;
  forced.silence(true, true);
  forced.boot();
  forced.command(CommandKind::ForceTakeover);
  assert_true(is_claiming(forced));
  assert_string_equal(claim_of(forced).record.from.c_str(), "alone");
}

// The fence has succeeded, and the witness is to have stored it all the same.
static void a_fenced_peers_group_is_taken_with_the_witness(void**) {
  for (bool agrees : {false, true}) {
    Solo s;
    s.config.has_fence = true;
    s.ours("replica", "i3", "yes");
    s.know(record(1, 2, "hdp4", "i3"));
    s.peer.group().holding = Holding::Own;
    s.theirs("primary", "i4", "");
    s.witness.agrees = agrees;
    s.boot();
    s.run(3000);
    s.silence(true, false);
    s.run(6000);
    assert_int_equal(s.count("fence"), 1);
    assert_int_equal(s.owns(), agrees);
    if (!agrees) continue;
    bool by_fence = false;
    for (const HookRun& run : s.runs) {
      by_fence |= run.kind == HookKind::Start && run.grant == "fence";
    }
    assert_true(by_fence);
  }
}

static void groups_claim_at_once_where_there_is_room(void**) {
  Solo s;
  s.add_group("web", "hdp3", 1, false);
  s.know(record(1, 2, "hdp3", "i4"));
  s.know(record(1, 1, "hdp3", ""), 1);
  s.peer.agrees = false;
  s.boot();
  s.run(1000);
  assert_true(s.phase(0) == Phase::Claiming && s.phase(1) == Phase::Claiming);
}

static void where_there_is_no_room_one_group_claims_after_the_other(void**) {
  Solo s;
  s.add_group(std::string(64, 'w').c_str(), "hdp3", 1, false);
  s.config.groups[0].name = s.peer.group(0).name = s.witness.group(0).name =
      std::string(64, 'v');
  s.know(record(1, 2, "hdp3", "i4"));
  s.know(record(1, 1, "hdp3", ""), 1);
  s.peer.agrees = false;
  s.boot();
  s.run(1000);
  assert_true(s.phase(0) == Phase::Claiming && s.phase(1) == Phase::Idle);
  assert_true(s.shows("claims first"));
  s.peer.agrees = true;
  s.run(2000);
  assert_true(s.owns(0) && s.owns(1));
}

// `alone` that nobody had stored: the new epoch begins without it.
static void a_claim_begins_with_nothing_that_is_not_agreed(void**) {
  Solo s(false);
  s.config.ping_count = 1;
  s.pings = true;
  s.know(record(3, 2, "hdp3", ""));
  s.disk.groups[0].unagreed = true;
  s.peer.group().record = record(3, 1, "hdp3", "i4");
  s.peer.agrees = false;
  s.boot();
  s.run(1000);
  assert_true(s.disk.groups[0].unagreed);
  s.silence(true, false);
  s.run(3000);
  assert_true(s.owns());
  assert_false(s.disk.groups[0].unagreed);
}

static void an_owner_is_one_on_its_disk_until_it_has_stopped(void**) {
  Solo s;
  s.begin_paired();
  assert_true(s.disk.groups[0].owning);
  s.boot();  // it was killed
  assert_string_equal(s.hooks.front().c_str(), "stop1");
  assert_false(s.disk.groups[0].owning);
  s.hooks.clear();
  s.boot();
  assert_int_equal(s.hooks.size(), 0);
}

static void the_hooks_are_told_by_what_right(void**) {
  Solo peer;
  peer.begin_standby();
  give_way(&peer);
  let_go(&peer);
  peer.run(500);
  assert_string_equal(peer.runs.front().grant.c_str(), "peer");
  Solo left;
  left.begin_standby();
  leave(&left);
  left.run(500);
  assert_string_equal(left.runs.front().grant.c_str(), "peer");
  Solo witness;
  witness.begin_standby();
  witness.silence(true, false);
  witness.run(3000);
  assert_string_equal(witness.runs.front().grant.c_str(), "witness");
  Solo ping(false);
  ping.config.ping_count = 1;
  ping.pings = true;
  ping.begin_standby();
  ping.silence(true, false);
  ping.run(3000);
  assert_string_equal(ping.runs.front().grant.c_str(), "ping");
  Solo lonely(false);
  lonely.know(record(3, 1, "hdp3", ""));
  lonely.peer.speaks = false;
  lonely.boot();
  lonely.run(11000);
  assert_string_equal(lonely.runs.front().grant.c_str(), "none");
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_starts_before_the_owner_has_let_go),
      cmocka_unit_test(nothing_starts_before_the_witness_has_stored_it),
      cmocka_unit_test(nothing_starts_before_the_peer_has_stored_it),
      cmocka_unit_test(a_witness_that_is_not_heard_need_not_store_it),
      cmocka_unit_test(for_a_blank_peer_the_witness_stores_it),
      cmocka_unit_test(a_blank_peer_alone_is_not_enough),
      cmocka_unit_test(a_silent_peers_group_needs_the_witness),
      cmocka_unit_test(who_follows_one_that_left_needs_the_witness),
      cmocka_unit_test(who_leaves_and_is_still_heard_is_no_witness),
      cmocka_unit_test(who_was_fenced_and_is_heard_again_is_no_witness),
      cmocka_unit_test(who_was_stuck_and_fenced_and_says_idle_is_no_witness),
      cmocka_unit_test(after_a_fence_the_witness_is_needed_as_well),
      cmocka_unit_test(the_ping_nodes_must_still_answer_when_it_starts),
      cmocka_unit_test(confirmations_of_an_earlier_epoch_start_nothing),
      cmocka_unit_test(a_claim_is_given_up_when_the_node_is_not_fit_any_more),
      cmocka_unit_test(a_claim_is_given_up_when_its_server_is_another_start),
      cmocka_unit_test(a_claim_that_is_agreed_goes_on_with_another_start),
      cmocka_unit_test(a_claim_is_given_up_when_hbd_stops),
      cmocka_unit_test(a_claim_is_made_anew_when_the_record_moves_on),
      cmocka_unit_test(a_claim_is_given_up_when_the_record_is_not_for_us),
      cmocka_unit_test(a_claim_is_given_up_when_another_one_was_agreed_on),
      cmocka_unit_test(a_claim_from_silence_ends_when_the_peer_is_heard),
      cmocka_unit_test(a_claim_with_the_peer_ends_when_it_owns_after_all),
      cmocka_unit_test(
          a_claim_with_the_peer_ends_when_it_leaves_or_falls_silent),
      cmocka_unit_test(
          of_two_claims_the_better_one_goes_on_unless_the_other_is_forced),
      cmocka_unit_test(of_two_claims_the_worse_one_is_given_up),
      cmocka_unit_test(a_claim_carries_what_it_will_be_and_what_it_knew),
      cmocka_unit_test(a_forced_claim_says_nothing_of_data),
      cmocka_unit_test(a_position_that_has_no_room_is_not_recorded),
      cmocka_unit_test(a_record_says_what_the_one_before_said_of_its_owner),
      cmocka_unit_test(who_starts_again_alone_has_started_where_he_did),
      cmocka_unit_test(a_fenced_peers_group_is_taken_with_the_witness),
      cmocka_unit_test(groups_claim_at_once_where_there_is_room),
      cmocka_unit_test(
          where_there_is_no_room_one_group_claims_after_the_other),
      cmocka_unit_test(a_claim_begins_with_nothing_that_is_not_agreed),
      cmocka_unit_test(an_owner_is_one_on_its_disk_until_it_has_stopped),
      cmocka_unit_test(the_hooks_are_told_by_what_right),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
