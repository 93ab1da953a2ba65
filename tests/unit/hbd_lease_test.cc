// For how long a node may own, what confirms it, what its keepers are told; and
// whether an owner may count on its replica.
#include "tests/unit/hbd_seen.h"

// ---- for how long ----------------------------------------------------------

static void a_lease_begins_with_nothing_and_runs_from_the_sending(void**) {
  Seen s;
  s.open(record(3, 2, "hdp3", "i4"));
  Lease l;
  assert_int_equal(l.until_ms(s.v(), s.g()), 0);
  l.confirm_by_peer(kStart + 5);
  assert_int_equal(l.until_ms(s.v(), s.g()), kStart + 1005);
  l.confirm_by_witness(kStart + 7);
  assert_int_equal(l.until_ms(s.v(), s.g()), kStart + 1007);
  l.confirm_by_peer(kStart + 9);
  assert_int_equal(l.until_ms(s.v(), s.g()), kStart + 1009);
  l.begin_claim();
  assert_int_equal(l.until_ms(s.v(), s.g()), 0);
  l.confirm_by_witness(kStart + 7);
  l.begin_claim();
  assert_int_equal(l.until_ms(s.v(), s.g()), 0);
}

static void ping_nodes_beside_a_witness_give_no_lease(void**) {
  Seen s;
  s.config.ping_count = 1;
  s.open(record(3, 2, "hdp3", "i4"));
  s.ping(0);
  Lease l;
  assert_int_equal(l.until_ms(s.v(), s.g()), 0);
  Seen pinging;
  pinging.config.witness.clear();
  pinging.config.ping_count = 1;
  pinging.open(record(3, 2, "hdp3", "i4"));
  pinging.ping(0);
  assert_int_equal(l.until_ms(pinging.v(), pinging.g()), kStart + 1000);
  Seen bare;
  bare.config.witness.clear();
  bare.open(record(3, 2, "hdp3", "i4"));
  bare.at(7000);
  assert_int_equal(l.until_ms(bare.v(), bare.g()), kStart + 8000);
}

static std::vector<uint64_t> lifelines(Out* out) {
  std::vector<uint64_t> written;
  for (const Action& a : out->take()) {
    if (a.kind == ActionKind::Lifeline) written.push_back(a.until_ms);
    if (a.kind == ActionKind::DropLifelines) written.push_back(0);
  }
  return written;
}

typedef std::vector<uint64_t> Times64;

static void keepers_are_told_what_is_newer_by_enough(void**) {
  Seen s;
  s.open(record(3, 2, "hdp3", "i4"));
  Out out(s.view.get(), &s.groups);
  Lease l;
  l.confirm_by_peer(kStart);
  l.write(s.v(), s.g(), &out);  // there is no keeper
  assert_true(lifelines(&out).empty());
  l.write_for_start(s.v(), s.g(), &out);  // the hook is told by its first line
  assert_true(lifelines(&out).empty());
  assert_int_equal(l.lifeline_ms(), kStart + 1000);
  l.confirm_by_peer(kStart + 49);  // a quarter of a keepalive is 50 ms
  l.write(s.v(), s.g(), &out);
  assert_true(lifelines(&out).empty());
  l.write_for_start(s.v(), s.g(), &out);  // who was started before is told too
  assert_true(lifelines(&out) == Times64({kStart + 1049}));
  l.write_for_start(s.v(), s.g(), &out);
  assert_true(lifelines(&out).empty());
  l.confirm_by_peer(kStart + 99);
  l.write(s.v(), s.g(), &out);
  assert_true(lifelines(&out) == Times64({kStart + 1099}));
  l.confirm_by_peer(kStart + 10);  // never back
  l.write(s.v(), s.g(), &out);
  assert_true(lifelines(&out).empty());
  assert_false(l.lifeline_has_passed(kStart + 1098));
  assert_true(l.lifeline_has_passed(kStart + 1099));
  l.drop_lifeline(s.g(), &out);
  assert_true(lifelines(&out) == Times64({0}));
  assert_false(l.has_lifeline() || l.lifeline_has_passed(UINT64_MAX));
}

// By what was sent when it was heard, 100 ms ago.
static void confirms(Seen* s, bool by_witness, bool expected) {
  const uint64_t until_ms = s->v().now_ms + 1000;
  s->g().lease = Lease();
  s->v().now_ms += 100;
  confirm_by_beat(by_witness ? s->v().witness : *s->v().peer.hearing(),
                  by_witness, &s->g(), s->v());
  assert_int_equal(s->g().lease.until_ms(s->v(), s->g()), expected ? until_ms : 0);
  s->v().now_ms -= 100;
}

static void a_beat_confirms_only_who_holds_this_epoch(void**) {
  Seen s;
  s.open(record(3, 2, "hdp3", "i4"));
  s.g().phase = Phase::Owning;
  s.g().epoch = 3;
  s.hear_peer();
  s.hear_witness();
  confirms(&s, true, true);
  confirms(&s, false, true);
  s.g().phase = Phase::Claiming;
  confirms(&s, true, true);
  s.g().phase = Phase::Owning;
  s.witness.groups[0].record = record(1, 2, "hdp3", "i4");
  s.hear_witness();
  confirms(&s, true, false);
  s.witness.groups[0].record = record(3, 1, "hdp4", "");
  s.hear_witness();
  confirms(&s, true, false);
  s.peer.groups[0].record = record(2, 1, "hdp4", "");
  s.hear_peer();
  confirms(&s, false, true);
  s.peer.groups[0].record = record(4, 1, "hdp4", "");
  s.hear_peer();
  confirms(&s, false, false);
  s.peer.groups[0].record = record(3, 2, "hdp3", "i4");
  for (Holding h : {Holding::Own, Holding::Claim, Holding::Release,
                    Holding::Stuck}) {
    s.peer.groups[0].holding = h;
    s.hear_peer();
    confirms(&s, false, false);
  }
}

static bool is_forced_owner(bool forced, bool witness, bool peer) {
  Seen s;
  s.open(record(3, 1, "hdp3", ""));
  if (peer) s.hear_peer();
  s.at(1500);  // the peer was heard within deadtime, if at all
  if (witness) s.hear_witness();
  Lease l;
  l.begin_owning(s.v(), s.g(), forced);
  assert_int_equal(l.until_ms(s.v(), s.g()), l.is_forced() ? kStart + 2500 : 0);
  const bool was_forced = l.is_forced();
  l.end();
  assert_false(l.is_forced());
  return was_forced;
}

static void only_who_hears_nobody_owns_by_force_alone(void**) {
  assert_true(is_forced_owner(true, false, false));
  assert_false(is_forced_owner(true, true, false));
  assert_false(is_forced_owner(true, false, true));
  assert_false(is_forced_owner(false, false, false));
}

// Until when a forced owner owns, that renews its lease 5 s later.
static uint64_t forced_until(void (*change)(Seen*), uint64_t at_ms = 4900) {
  Seen s;
  s.open(record(3, 1, "hdp3", ""));
  Lease l;
  l.begin_owning(s.v(), s.g(), true);
  s.at(at_ms);
  change(&s);
  s.at(5000);
  l.renew_unconfirmed(s.v(), s.g());
  return l.until_ms(s.v(), s.g()) - kStart;
}

static void a_forced_owner_needs_nobody_until_somebody_is_heard(void**) {
  assert_int_equal(forced_until([](Seen*) {}), 6000);
  assert_int_equal(forced_until([](Seen* s) { s->hear_peer(); }), 1000);
  assert_int_equal(forced_until([](Seen* s) { s->hear_witness(); }), 1000);
  assert_int_equal(forced_until([](Seen* s) { s->hear_peer(); }, 0), 1000);
  assert_int_equal(forced_until([](Seen* s) { s->hear_witness(); }, 0), 1000);
  assert_int_equal(forced_until([](Seen* s) {
    s->witness.groups[0].fit = false;  // it knows nothing of the group
    s->hear_witness();
  }), 6000);
}

static void who_was_left_the_group_needs_nobody(void**) {
  Seen s;
  s.open(record(3, 3, "hdp3", ""));
  Lease l;
  l.renew_unconfirmed(s.v(), s.g());
  assert_int_equal(l.until_ms(s.v(), s.g()), 0);
  s.peer.leaving = true;
  s.hear_peer();
  l.renew_unconfirmed(s.v(), s.g());
  assert_int_equal(l.until_ms(s.v(), s.g()), kStart + 1000);
  Lease claimed;
  claimed.begin_owning(s.v(), s.g(), false);
  assert_int_equal(claimed.until_ms(s.v(), s.g()), kStart + 1000);
}

static bool left_to_us(void (*change)(Seen*)) {
  Seen s;
  s.open(record(3, 3, "hdp3", ""));
  s.peer.leaving = true;
  change(&s);
  s.hear_peer();
  return is_left_to_us(s.v(), s.g());
}

static void a_group_is_left_to_us_only_by_all_of_these(void**) {
  assert_true(left_to_us([](Seen*) {}));
  assert_false(left_to_us([](Seen* s) { s->peer.leaving = false; }));
  assert_false(left_to_us([](Seen* s) { s->hear_witness(); }));
  assert_true(left_to_us([](Seen* s) {
    s->witness.groups[0].fit = false;  // it knows nothing
    s->hear_witness();
  }));
  assert_false(left_to_us([](Seen* s) {
    s->peer.groups[0].holding = Holding::Stuck;
  }));
  assert_false(left_to_us([](Seen* s) {
    s->peer.groups[0].record = record(2, 1, "hdp4", "");
  }));
  assert_false(left_to_us([](Seen* s) {
    s->peer.groups[0].record = record(3, 2, "hdp3", "i4");
  }));
  assert_false(left_to_us([](Seen* s) {
    s->g().record = record(3, 4, "hdp3", "i4");
  }));
  assert_false(left_to_us([](Seen* s) {
    s->g().record = record(4, 1, "hdp4", "");
  }));
}

static void a_group_is_left_to_us_only_where_writes_are_tracked(void**) {
  Seen s;
  s.config.track_sync = false;
  s.open(record(3, 3, "hdp3", ""));
  s.peer.leaving = true;
  s.hear_peer();
  assert_false(is_left_to_us(s.v(), s.g()));
  Seen pinging;  // who left may be asked by nobody there
  pinging.config.witness.clear();
  pinging.config.ping_count = 1;
  pinging.open(record(3, 3, "hdp3", ""));
  pinging.peer.leaving = true;
  pinging.hear_peer();
  assert_false(is_left_to_us(pinging.v(), pinging.g()));
}

// ---- whether the replica is gone -------------------------------------------

static Gone gone(void (*change)(Seen*), uint64_t after_ms = 0) {
  Seen s;
  s.open(record(3, 2, "hdp3", "i4"));
  s.peer.attrs["role"] = "replica";
  s.peer.attrs["source"] = "yes";
  s.hear_peer();
  s.hear_witness();
  change(&s);
  s.hear_peer();
  s.at(after_ms);
  if (after_ms != 0) s.hear_peer();
  return replica_gone(s.v(), s.g());
}

static void a_replica_is_gone_by_what_its_own_watcher_says(void**) {
  assert_true(gone([](Seen*) {}) == Gone::No);
  assert_true(gone([](Seen* s) { s->peer.leaving = true; }) == Gone::Left);
  assert_true(gone([](Seen* s) { s->peer.up = false; }) == Gone::ServerDown);
  assert_true(gone([](Seen* s) { s->peer.attrs["instance"] = "i4b"; }) ==
              Gone::Restarted);
  assert_true(gone([](Seen* s) { s->peer.attrs.erase("instance"); }, 601) ==
              Gone::No);
  assert_true(gone([](Seen* s) { s->peer.attrs["source"] = "no"; }, 600) ==
              Gone::No);
  assert_true(gone([](Seen* s) { s->peer.attrs["source"] = "no"; }, 601) ==
              Gone::NotReplicating);
  assert_true(gone([](Seen* s) { s->peer.attrs["sync"] = "no"; }, 600) ==
              Gone::No);
  assert_true(gone([](Seen* s) { s->peer.attrs["sync"] = "no"; }, 601) ==
              Gone::NotReplicating);
  assert_true(gone([](Seen* s) {
    s->v().server.publish("id", "126");
    s->peer.attrs["id"] = "127";
  }) == Gone::No);
  assert_true(gone([](Seen* s) {
    s->v().server.publish("id", "126");
    s->peer.attrs["id"] = "126";
  }) == Gone::Faulty);
  assert_true(gone([](Seen* s) { s->peer.attrs["role"] = "readonly"; }, 601) ==
              Gone::NotReplicating);
  assert_true(gone([](Seen* s) { s->peer.attrs.erase("role"); }, 601) ==
              Gone::No);
}

static void a_replica_is_gone_sooner_where_a_witness_can_be_told(void**) {
  Seen s;
  s.open(record(3, 2, "hdp3", "i4"));
  s.hear_peer();
  s.hear_witness();
  s.at(600);
  assert_true(replica_gone(s.v(), s.g()) == Gone::No);
  s.at(601);
  assert_true(replica_gone(s.v(), s.g()) == Gone::Silent);
  s.v().no_judge_until_ms = s.v().now_ms + 1;  // we were late ourselves
  assert_true(replica_gone(s.v(), s.g()) == Gone::No);
  s.v().no_judge_until_ms = 0;
  s.hear_peer(true);  // it is heard, and hears nothing
  assert_true(replica_gone(s.v(), s.g()) == Gone::Silent);
  s.at(1001);
  assert_true(replica_gone(s.v(), s.g()) == Gone::No);  // no witness now
  s.at(2001);
  assert_true(replica_gone(s.v(), s.g()) == Gone::Silent);
}

static void while_alone_it_is_about_the_one_that_is_being_paired(void**) {
  Seen s;
  s.open(record(3, 3, "hdp3", ""));
  s.hear_peer();
  s.hear_witness();
  s.g().pairing.instance = "i4";
  assert_true(replica_gone(s.v(), s.g()) == Gone::No);
  s.g().pairing.instance = "i4a";
  assert_true(replica_gone(s.v(), s.g()) == Gone::Restarted);
  s.g().record = record(3, 4, "hdp3", "i4");  // paired with it meanwhile
  assert_true(replica_gone(s.v(), s.g()) == Gone::No);
}

static void an_event_is_tried_again_sooner_than_a_start(void**) {
  assert_int_equal(event_pause_ms(1), 500);
  assert_int_equal(event_pause_ms(2), 1000);
  assert_int_equal(event_pause_ms(50), 30000);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_lease_begins_with_nothing_and_runs_from_the_sending),
      cmocka_unit_test(ping_nodes_beside_a_witness_give_no_lease),
      cmocka_unit_test(keepers_are_told_what_is_newer_by_enough),
      cmocka_unit_test(a_beat_confirms_only_who_holds_this_epoch),
      cmocka_unit_test(only_who_hears_nobody_owns_by_force_alone),
      cmocka_unit_test(a_forced_owner_needs_nobody_until_somebody_is_heard),
      cmocka_unit_test(who_was_left_the_group_needs_nobody),
      cmocka_unit_test(a_group_is_left_to_us_only_by_all_of_these),
      cmocka_unit_test(a_group_is_left_to_us_only_where_writes_are_tracked),
      cmocka_unit_test(a_replica_is_gone_by_what_its_own_watcher_says),
      cmocka_unit_test(a_replica_is_gone_sooner_where_a_witness_can_be_told),
      cmocka_unit_test(while_alone_it_is_about_the_one_that_is_being_paired),
      cmocka_unit_test(an_event_is_tried_again_sooner_than_a_start),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
