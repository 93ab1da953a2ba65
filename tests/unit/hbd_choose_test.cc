// May a node claim a group, and by what right: each time one thing is not as it
// should be.
#include "tests/unit/hbd_seen.h"

#include <string.h>

#include "hbd/decide/choose.h"

// ---- by what right ---------------------------------------------------------

static void assert_waits(Seen* s, Wait::Kind kind) {
  const Choice c = choose_path(s->v(), s->g());
  assert_true(c.path == Path::None && c.wait.kind == kind && !c.is_tie);
}

static void assert_path(Seen* s, Path path) {
  assert_true(choose_path(s->v(), s->g()).path == path);
}

// hdp4 owned, counted on us, and fell silent a deadtime ago.
static void fall_silent(Seen* s) {
  s->open(record(2, 2, "hdp4", "i3"));
  s->hear_peer();
  s->at(2001);
  s->judge();
  if (s->config.has_witness()) s->hear_witness();
  assert_true(s->v().peer.is_silent());
}

static void a_silent_peer_is_taken_over_by_the_witness(void**) {
  Seen s;
  fall_silent(&s);
  assert_path(&s, Path::Witness);
  s.g().record = record(2, 2, "hdp4", "");
  assert_waits(&s, Wait::MayLackWrites);
  s.g().record = record(2, 2, "hdp4", "i3");
  s.g().need_follow = true;
  assert_waits(&s, Wait::NotFit);
  s.g().need_follow = false;
  s.v().stopping = true;
  assert_waits(&s, Wait::Nothing);
  s.v().stopping = false;
  s.g().orders.force_reason = "x";
  assert_path(&s, Path::Force);
  s.g().orders.force_reason.clear();
  s.witness.groups[0].fit = false;  // a new disk
  s.hear_witness();
  assert_waits(&s, Wait::WitnessEmpty);
  s.witness.groups[0].fit = true;
  s.hear_witness();
  s.at(2001 + 1001);
  assert_waits(&s, Wait::WitnessNotHeard);
}

static void who_does_not_agree_is_not_taken_over_from_silence(void**) {
  Seen s;
  s.peer.agreement = own_agreement(s.config);
  s.peer.agreement.arbiter = "none";
  fall_silent(&s);
  assert_waits(&s, Wait::Disagrees);
  s.peer.agreement = own_agreement(s.config);
  s.peer.agreement.times = "200/2000/999";
  s.hear_peer();
  s.at(5000);
  s.judge();
  s.hear_witness();
  assert_path(&s, Path::Witness);
}

// Not tracked here, and it may be there: not from a peer that is idle or left.
static void what_the_other_may_track_is_not_taken_from_it(void**) {
  Seen s;
  s.config.track_sync = false;
  s.config.groups[0].preferred = "hdp4";
  s.peer.agreement = own_agreement(s.config);
  s.open(record(2, 2, "hdp4", ""));
  s.peer.groups[0].fit = false;
  s.g().seen_owner = true;
  s.hear_peer();
  assert_path(&s, Path::Peer);
  s.peer.agreement.policy = "ts";
  s.hear_peer();
  assert_waits(&s, Wait::Disagrees);
  s.peer.leaving = true;
  s.hear_peer();
  assert_waits(&s, Wait::Disagrees);
  s.hear_witness();
  s.g().record = record(2, 2, "hdp3", "");
  assert_path(&s, Path::Left);
  Seen behind;  // it has received everything, and has not applied it yet
  behind.config.groups[0].server = false;
  behind.peer.attrs["pos"] = "1:2";
  behind.peer.agreement = own_agreement(s.config);
  behind.peer.leaving = true;
  behind.open(record(2, 2, "hdp4", "i3"));
  tandem::Attrs ours;
  ours["instance"] = "i3";
  ours["pos"] = "1:1";
  behind.v().server.on_line(kStart, true, ours);
  behind.hear_peer();
  behind.hear_witness();
  assert_waits(&behind, Wait::LeftElsewhere);
  Seen tracked;
  tracked.peer.agreement = own_agreement(tracked.config);
  tracked.peer.agreement.policy = "tn";
  tracked.open(record(2, 2, "hdp4", "another"));
  tracked.hear_peer();
  assert_waits(&tracked, Wait::MayLackWrites);
}

static void a_silent_peer_is_fenced_first(void**) {
  Seen s;
  s.config.has_fence = true;
  fall_silent(&s);
  assert_path(&s, Path::Fence);
  s.g().record.paired = "i3b";
  assert_waits(&s, Wait::MayLackWrites);
  s.g().record.paired = "i3";
  s.v().fence.done = true;
  assert_path(&s, Path::Witness);
  s.at(2001 + 1001);
  assert_waits(&s, Wait::WitnessNotHeard);
  Seen alone;
  alone.config.witness.clear();
  alone.config.has_fence = true;
  fall_silent(&alone);
  assert_path(&alone, Path::Fence);
  alone.v().fence.done = true;
  assert_path(&alone, Path::Fence);
}

static void with_ping_nodes_a_silent_peer_is_taken_when_they_answer(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  fall_silent(&s);
  assert_waits(&s, Wait::NotSettled);
  s.ping(0);
  assert_path(&s, Path::Ping);
  s.g().record = record(3, 1, "hdp3", "");  // ours, and nobody else's
  assert_path(&s, Path::Lonely);
  s.g().pairing.unagreed = true;  // the peer may hold another opinion
  assert_path(&s, Path::Ping);
  s.g().pairing.unagreed = false;
  s.g().record = record(3, 2, "hdp3", "i4");  // so may this one
  assert_path(&s, Path::Ping);
}

static void silent_peer_wait_leaves_it_to_an_operator(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  s.config.silent_take = false;
  fall_silent(&s);
  s.ping(0);
  assert_waits(&s, Wait::SilentPeerWaits);
  s.g().record = record(3, 1, "hdp3", "");
  assert_path(&s, Path::Lonely);
  s.at(9000);  // and nothing answers any more
  assert_waits(&s, Wait::NotSettled);
}

static void without_an_arbiter_only_what_was_ours_alone_is_taken(void**) {
  Seen s;
  s.config.witness.clear();
  fall_silent(&s);
  assert_waits(&s, Wait::NotSettled);
  s.g().record = record(3, 1, "hdp3", "");
  assert_path(&s, Path::Lonely);
}

// Nobody's writes are tracked: only the record's owner is known.
static void what_the_peer_owned_is_not_ours_for_want_of_a_sync_record(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.track_sync = false;
  fall_silent(&s);
  s.g().record = record(2, 1, "hdp4", "");
  assert_waits(&s, Wait::NotSettled);
  s.g().record = record(3, 1, "hdp3", "");
  assert_path(&s, Path::Lonely);
}

static void a_peer_that_fell_silent_while_stuck_waits_for_a_hand(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  s.peer.groups[0].holding = Holding::Stuck;
  fall_silent(&s);
  s.ping(0);
  assert_waits(&s, Wait::StuckAndSilent);
}

// It is heard, and has heard nothing of us for a deadtime.
static void fall_deaf(Seen* s) {
  s->open(record(2, 2, "hdp4", "i3"));
  s->hear_peer();
  for (uint64_t ms = 200; ms <= 2200; ms += 200) {
    s->at(ms);
    s->hear_peer(true);
    s->judge();
  }
  s->ping(0);
  if (s->config.has_witness()) s->hear_witness();
  assert_true(s->v().peer.is_silent());
}

static void a_deaf_owner_owns_where_there_is_no_witness(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  s.peer.groups[0].holding = Holding::Own;
  fall_deaf(&s);
  assert_waits(&s, Wait::Nothing);
  s.at(2200 + 1001);  // what it said is older than the lease
  s.ping(2200);
  assert_path(&s, Path::Ping);
  Seen idle;
  idle.config.witness.clear();
  idle.config.ping_count = 1;
  fall_deaf(&idle);
  assert_path(&idle, Path::Ping);
}

static void a_deaf_owner_is_asked_about_where_there_is_one(void**) {
  Seen s;
  s.peer.groups[0].holding = Holding::Own;
  fall_deaf(&s);
  assert_path(&s, Path::Witness);
}

// hdp4 was never heard since we started; initdead is over.
static void stay_unheard(Seen* s, const Record& r) {
  s->open(r);
  s->at(10000);
  s->ping(0);
  if (s->config.has_witness()) s->hear_witness();
  s->server("readonly", "i3", "");
}

static void an_unheard_peer_is_waited_for_during_initdead(void**) {
  Seen s;
  stay_unheard(&s, record(2, 2, "hdp4", "i3"));
  assert_path(&s, Path::Witness);
  s.at(9999);
  assert_waits(&s, Wait::Nothing);
}

static void an_unheard_peer_is_taken_over_by_the_witness(void**) {
  Seen s;
  stay_unheard(&s, record(2, 2, "hdp4", "i3"));
  assert_path(&s, Path::Witness);
  s.server("replica", "i3", "yes");
  assert_waits(&s, Wait::SourceLives);
  s.server("replica", "i3", "no");
  s.g().record = Record();
  assert_waits(&s, Wait::NoRecord);
  s.g().record = record(2, 2, "hdp4", "");
  assert_waits(&s, Wait::MayLackWrites);
  s.g().record = record(3, 2, "hdp3", "");  // not by our own word
  s.at(20000);
  assert_waits(&s, Wait::WitnessNotHeard);
}

static void a_group_without_the_server_minds_no_source(void**) {
  Seen s;
  s.config.groups[0].server = false;
  stay_unheard(&s, record(2, 1, "hdp4", ""));
  s.server("replica", "i3", "yes");
  assert_path(&s, Path::Witness);
}

static void what_an_unheard_peer_told_before_still_counts(void**) {
  Seen s;
  stay_unheard(&s, record(2, 2, "hdp4", "i3"));
  Agreement told = own_agreement(s.config);
  told.arbiter = "none";
  s.v().peer.restore(told);
  assert_waits(&s, Wait::Disagrees);
}

static void without_a_witness_only_what_was_ours_alone_is_taken_unheard(
    void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  stay_unheard(&s, record(3, 1, "hdp3", ""));
  assert_path(&s, Path::Lonely);
  s.g().pairing.unagreed = true;
  assert_waits(&s, Wait::NotAloneBefore);
  s.g().pairing.unagreed = false;
  s.g().record = record(3, 2, "hdp3", "i4");
  assert_waits(&s, Wait::NotAloneBefore);
  s.g().record = record(2, 2, "hdp4", "i3");
  assert_waits(&s, Wait::NotAloneBefore);
  s.g().record = record(3, 1, "hdp3", "");
  s.at(13000);  // no ping node answers
  assert_waits(&s, Wait::NothingHeard);
  Seen bare;
  bare.config.witness.clear();
  stay_unheard(&bare, record(3, 1, "hdp3", ""));
  assert_path(&bare, Path::Lonely);
}

// Whoever has a door without the server lets go of it, by an arbiter's rule:
// it is not waited for, whatever its record says. Nobody makes it let go where
// there is no arbiter.
static void a_door_whose_server_is_here_waits_for_nobody_who_is_silent(void**) {
  Seen s;
  s.config.witness.clear();
  s.config.ping_count = 1;
  s.config.has_fence = true;
  s.config.groups[0].server = false;
  s.config.groups[0].follows = true;
  stay_unheard(&s, record(2, 2, "hdp4", ""));
  s.v().server_at = Place::Here;
  assert_path(&s, Path::Ping);
  s.v().server_at = Place::Unknown;
  assert_waits(&s, Wait::NotFit);
  s.v().server_at = Place::Here;
  s.at(13000);  // no ping node answers
  assert_waits(&s, Wait::NothingHeard);
  Seen silent;
  silent.config.witness.clear();
  silent.config.ping_count = 1;
  silent.config.silent_take = false;
  silent.config.groups[0].server = false;
  silent.config.groups[0].follows = true;
  fall_silent(&silent);
  silent.ping(0);
  silent.v().server_at = Place::Here;
  assert_path(&silent, Path::Ping);
  Seen bare;
  bare.config.witness.clear();
  bare.config.groups[0].server = false;
  bare.config.groups[0].follows = true;
  stay_unheard(&bare, record(2, 2, "hdp4", ""));
  bare.v().server_at = Place::Here;
  assert_waits(&bare, Wait::NotAloneBefore);
}

// hdp4 owned, counted on us, and ended in order.
static void leave(Seen* s, const char* theirs, const char* ours) {
  s->open(record(2, 2, "hdp4", "i3"));
  s->v().server.publish("pos", ours);
  s->peer.attrs["pos"] = theirs;
  s->peer.leaving = true;
  s->hear_peer();
  if (s->config.has_witness()) s->hear_witness();
}

static void who_left_is_followed_when_all_of_it_is_here(void**) {
  Seen s;
  leave(&s, "0-1-5", "0-1-5");
  assert_path(&s, Path::Left);
  s.g().record.paired.clear();
  assert_waits(&s, Wait::MayLackWrites);
  Seen nothing_to_compare;
  leave(&nothing_to_compare, "", "0-1-5");
  assert_path(&nothing_to_compare, Path::Left);
}

static void another_position_is_waited_for_during_initdead(void**) {
  Seen s;
  leave(&s, "0-1-5", "0-1-4");
  assert_waits(&s, Wait::LeftElsewhere);
  s.at(9999);
  s.hear_witness();
  assert_waits(&s, Wait::LeftElsewhere);
  s.at(10000);
  assert_path(&s, Path::Left);  // the record vouches for us
  Seen ours;
  leave(&ours, "0-1-5", "0-1-4");
  ours.g().record = record(3, 1, "hdp3", "");  // it was not the owner
  assert_path(&ours, Path::Left);
  Seen unknown;
  leave(&unknown, "0-1-5", "");
  assert_path(&unknown, Path::Left);
}

static void without_a_record_to_vouch_a_position_is_waited_for_for_ever(
    void**) {
  Seen s;
  s.config.track_sync = false;
  leave(&s, "0-1-5", "0-1-4");
  s.at(1000000);
  s.hear_witness();
  assert_waits(&s, Wait::LeftElsewhere);
  Seen door;
  door.config.groups[0].server = false;
  leave(&door, "0-1-5", "0-1-4");
  assert_path(&door, Path::Left);
}

static void a_witness_must_know_of_who_follows_one_that_left(void**) {
  Seen s;
  leave(&s, "", "");
  s.at(1001);
  assert_waits(&s, Wait::WitnessNotHeard);
  s.witness.groups[0].fit = false;
  s.hear_witness();
  assert_waits(&s, Wait::WitnessEmpty);
  // Unless the peer left us alone: see is_left_to_us().
  s.g().record = s.peer.groups[0].record = record(3, 3, "hdp3", "");
  s.hear_peer();
  assert_path(&s, Path::Left);
}

// Both are heard, and nobody owns.
static void be_idle(Seen* s, const Record& r) {
  s->peer.attrs["role"] = "readonly";
  s->open(r);
  s->server("readonly", "i3", "");
  s->hear_peer();
  s->hear_witness();
}

static void an_idle_peer_is_asked(void**) {
  Seen s;
  be_idle(&s, record(3, 2, "hdp3", "i4"));
  assert_path(&s, Path::Peer);
  s.v().blank = true;
  assert_waits(&s, Wait::NotFit);
  s.v().blank = false;
  GroupBeat* pg = &s.peer.groups[0];
  for (Holding h : {Holding::Own, Holding::Claim, Holding::Stuck,
                    Holding::Release}) {
    pg->holding = h;
    s.hear_peer();
    assert_waits(&s, Wait::Nothing);
  }
  pg->giving_way = true;
  s.hear_peer();
  assert_path(&s, Path::Peer);
  s.g().record.owner_instance = "i3a";
  s.server("replica", "i3", "no");
  assert_waits(&s, Wait::Nothing);  // it may yet give it to somebody
  pg->holding = Holding::Idle;
  s.hear_peer();
  assert_waits(&s, Wait::MayLackWrites);
}

static void who_is_better_is_given_time_when_both_could_have_it(void**) {
  Seen s;
  be_idle(&s, record(2, 2, "hdp4", "i3"));
  Choice c = choose_path(s.v(), s.g());
  assert_true(c.path == Path::None && c.is_tie);
  s.g().claim.tie_since_ms = kStart;
  s.at(3999);
  s.hear_peer();
  assert_true(choose_path(s.v(), s.g()).is_tie);
  s.at(4000);
  assert_path(&s, Path::Peer);  // it has had its time
  Seen unfit;
  be_idle(&unfit, record(2, 2, "hdp4", "i3"));
  unfit.g().seen_owner = true;
  unfit.peer.groups[0].fit = false;
  unfit.hear_peer();
  assert_path(&unfit, Path::Peer);
  Seen ours;
  be_idle(&ours, record(3, 2, "hdp3", "i4"));
  assert_path(&ours, Path::Peer);
}

static void who_may_lack_writes_is_given_no_time(void**) {
  Seen s;
  Record r = record(2, 2, "hdp4", "i3");
  r.owner_instance = "i4a";
  s.peer.attrs["source"] = "no";
  be_idle(&s, r);
  s.peer.attrs["role"] = "replica";
  s.hear_peer();
  assert_path(&s, Path::Peer);
}

static void after_a_cold_start_the_last_owner_is_waited_for(void**) {
  Seen s;
  s.config.cold_wait_ms = 50000;
  be_idle(&s, record(2, 2, "hdp4", "i3"));
  s.peer.groups[0].fit = false;  // its server recovers
  s.at(49999);
  s.hear_peer();
  s.hear_witness();
  assert_waits(&s, Wait::LastOwnerNotFit);
  s.g().seen_owner = true;
  assert_path(&s, Path::Peer);
  s.g().seen_owner = false;
  s.g().record = record(3, 2, "hdp3", "i4");
  assert_path(&s, Path::Peer);
  s.g().record = record(2, 2, "hdp4", "i3");
  s.at(50000);
  assert_path(&s, Path::Peer);
}

static void a_peer_that_cannot_stop_is_fenced_by_who_can_take_it(void**) {
  Seen s;
  s.config.has_fence = true;
  s.peer.groups[0].holding = Holding::Stuck;
  s.open(record(2, 2, "hdp4", "i3"));
  s.hear_peer();
  assert_path(&s, Path::Fence);
  s.g().need_follow = true;
  assert_waits(&s, Wait::Nothing);
  s.g().need_follow = false;
  s.g().record = record(2, 2, "hdp4", "");
  assert_waits(&s, Wait::Nothing);
}

// ---- the very first start ---------------------------------------------------

static void be_new(Seen* s, const char* ours, const char* theirs) {
  if (*theirs) s->peer.attrs["role"] = theirs;
  s->open(Record());
  s->server(ours, "i3", "");
  s->hear_peer();
  if (s->config.has_witness()) s->hear_witness();
}

static void first(const char* ours, const char* theirs, Path path,
                  Wait::Kind wait = Wait::Nothing) {
  Seen s;
  be_new(&s, ours, theirs);
  const Choice c = choose_path(s.v(), s.g());
  assert_true(c.path == path && c.wait.kind == wait);
}

static void the_primary_begins_or_else_the_preferred_of_two_unused(void**) {
  first("primary", "replica", Path::Peer);
  first("primary", "readonly", Path::Peer);
  first("replica", "primary", Path::None);
  first("readonly", "primary", Path::None);
  first("readonly", "readonly", Path::Peer);
  first("primary", "primary", Path::None, Wait::RolesUnclear);
  first("replica", "replica", Path::None, Wait::RolesUnclear);
  first("replica", "readonly", Path::None, Wait::RolesUnclear);
  first("primary", "", Path::None, Wait::RoleUnknown);
  first("", "primary", Path::None, Wait::RoleUnknown);
  first("", "", Path::None, Wait::RoleUnknown);
}

// As after a change of haresources that gives the server's group another name:
// the record is gone, the writes that only one of them has are not.
static void of_two_with_different_writes_an_operator_chooses(void**) {
  for (const bool tracks : {true, false}) {
    Seen s;
    s.config.track_sync = tracks;
    be_new(&s, "readonly", "readonly");
    s.v().server.publish("pos", "0-1-7");
    s.peer.attrs["pos"] = "0-1-9";
    s.hear_peer();
    if (!tracks) {
      assert_path(&s, Path::Peer);
      continue;
    }
    assert_waits(&s, Wait::RolesUnclear);
    assert_non_null(strstr(
        wait_text(s.v(), s.g(), Wait(Wait::RolesUnclear)).c_str(),
        "readonly on hdp4, with different writes: say which"));
    s.v().server.publish("pos", "0-1-9");
    assert_path(&s, Path::Peer);
  }
}

static void nobody_begins_before_both_servers_are_up(void**) {
  Seen s;
  be_new(&s, "primary", "replica");
  assert_path(&s, Path::Peer);
  s.g().owner.pause_until_ms = s.v().now_ms + 1;
  assert_waits(&s, Wait::Nothing);
  s.g().owner.pause_until_ms = 0;
  s.peer.up = false;
  s.hear_peer();
  assert_waits(&s, Wait::Nothing);
  s.peer.up = true;
  s.peer.groups[0].record = record(2, 1, "hdp4", "");  // and it has begun
  s.hear_peer();
  assert_waits(&s, Wait::Nothing);
  s.peer.groups[0].record = Record();
  s.peer.groups[0].holding = Holding::Release;
  s.peer.groups[0].giving_way = true;
  s.hear_peer();
  assert_waits(&s, Wait::Nothing);
  s.peer.groups[0].holding = Holding::Idle;
  s.hear_peer();
  s.v().server.on_line(s.v().now_ms, false, tandem::Attrs());
  s.v().server.publish("role", "primary");
  assert_waits(&s, Wait::Nothing);
}

// It may hold a record that both have lost.
static void the_witness_is_waited_for_during_initdead(void**) {
  Seen s;
  s.peer.attrs["role"] = "replica";
  s.open(Record());
  s.at(9999);
  s.hear_peer();
  assert_waits(&s, Wait::Nothing);
  s.at(10000);
  s.hear_peer();
  assert_path(&s, Path::Peer);
  Seen heard;
  be_new(&heard, "primary", "replica");
  assert_path(&heard, Path::Peer);
}

// Nothing says which of them has what: haresources does.
static void where_no_role_matters_the_preferred_node_begins(void**) {
  Seen unwatched;
  unwatched.config.has_watch = false;
  be_new(&unwatched, "primary", "primary");
  assert_path(&unwatched, Path::Peer);
  Seen door;
  door.config.groups[0].server = false;
  be_new(&door, "replica", "primary");
  assert_path(&door, Path::Peer);
  Seen untracked;
  untracked.config.track_sync = false;
  be_new(&untracked, "", "");
  assert_path(&untracked, Path::Peer);
  Seen theirs;
  theirs.config.groups[0].server = false;
  theirs.config.groups[0].preferred = "hdp4";
  be_new(&theirs, "primary", "replica");
  assert_waits(&theirs, Wait::Nothing);
}

static uint64_t next_epoch(const char* self, const char* peer, uint64_t seen) {
  Seen s;
  s.config.self = self;
  s.config.peer = peer;
  s.open(record(seen, 1, peer, ""));
  return s.v().next_epoch();
}

static void epochs_grow_odd_for_the_lower_name_and_even_for_the_other(void**) {
  assert_int_equal(next_epoch("a", "b", 1), 3);
  assert_int_equal(next_epoch("a", "b", 2), 3);
  assert_int_equal(next_epoch("b", "a", 1), 2);
  assert_int_equal(next_epoch("b", "a", 2), 4);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_silent_peer_is_taken_over_by_the_witness),
      cmocka_unit_test(who_does_not_agree_is_not_taken_over_from_silence),
      cmocka_unit_test(what_the_other_may_track_is_not_taken_from_it),
      cmocka_unit_test(a_silent_peer_is_fenced_first),
      cmocka_unit_test(
          with_ping_nodes_a_silent_peer_is_taken_when_they_answer),
      cmocka_unit_test(silent_peer_wait_leaves_it_to_an_operator),
      cmocka_unit_test(without_an_arbiter_only_what_was_ours_alone_is_taken),
      cmocka_unit_test(
          what_the_peer_owned_is_not_ours_for_want_of_a_sync_record),
      cmocka_unit_test(a_peer_that_fell_silent_while_stuck_waits_for_a_hand),
      cmocka_unit_test(a_deaf_owner_owns_where_there_is_no_witness),
      cmocka_unit_test(a_deaf_owner_is_asked_about_where_there_is_one),
      cmocka_unit_test(an_unheard_peer_is_waited_for_during_initdead),
      cmocka_unit_test(an_unheard_peer_is_taken_over_by_the_witness),
      cmocka_unit_test(a_group_without_the_server_minds_no_source),
      cmocka_unit_test(what_an_unheard_peer_told_before_still_counts),
      cmocka_unit_test(
          without_a_witness_only_what_was_ours_alone_is_taken_unheard),
      cmocka_unit_test(who_left_is_followed_when_all_of_it_is_here),
      cmocka_unit_test(another_position_is_waited_for_during_initdead),
      cmocka_unit_test(
          without_a_record_to_vouch_a_position_is_waited_for_for_ever),
      cmocka_unit_test(
          a_door_whose_server_is_here_waits_for_nobody_who_is_silent),
      cmocka_unit_test(a_witness_must_know_of_who_follows_one_that_left),
      cmocka_unit_test(an_idle_peer_is_asked),
      cmocka_unit_test(who_is_better_is_given_time_when_both_could_have_it),
      cmocka_unit_test(who_may_lack_writes_is_given_no_time),
      cmocka_unit_test(after_a_cold_start_the_last_owner_is_waited_for),
      cmocka_unit_test(a_peer_that_cannot_stop_is_fenced_by_who_can_take_it),
      cmocka_unit_test(the_primary_begins_or_else_the_preferred_of_two_unused),
      cmocka_unit_test(of_two_with_different_writes_an_operator_chooses),
      cmocka_unit_test(nobody_begins_before_both_servers_are_up),
      cmocka_unit_test(the_witness_is_waited_for_during_initdead),
      cmocka_unit_test(where_no_role_matters_the_preferred_node_begins),
      cmocka_unit_test(
          epochs_grow_odd_for_the_lower_name_and_even_for_the_other),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
