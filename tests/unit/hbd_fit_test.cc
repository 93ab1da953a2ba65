// Is a node fit, would its peer take a group, and who has every write: each
// time one thing is not as it should be.
#include <algorithm>

#include "tests/unit/hbd_seen.h"

#include "hbd/decide/beside.h"
#include "hbd/decide/choose.h"
#include "hbd/decide/data.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/handback.h"

// ---- fit -------------------------------------------------------------------

static void a_node_is_fit_unless_there_is_a_reason(void**) {
  Seen s;
  s.open(record(1, 2, "hdp4", "i3"));
  assert_true(unfit(s.v(), s.g()) == Unfit::No);
  s.g().phase = Phase::Stuck;
  assert_true(unfit(s.v(), s.g()) == Unfit::StopFailed);
  s.g().phase = Phase::Idle;
  s.v().blank = true;
  assert_true(unfit(s.v(), s.g()) == Unfit::Blank);
  s.v().blank = false;
  s.g().need_follow = true;
  assert_true(unfit(s.v(), s.g()) == Unfit::KeptOut);
  s.g().config.server = false;  // the lines were in another order then
  assert_true(unfit(s.v(), s.g()) == Unfit::No);
  s.g().config.server = true;
  s.g().need_follow = false;
  s.g().owner.pause_until_ms = s.v().now_ms + 1;
  assert_true(unfit(s.v(), s.g()) == Unfit::StartFailed);
  s.g().owner.pause_until_ms = s.v().now_ms;
  s.v().stopping = true;
  assert_true(unfit(s.v(), s.g()) == Unfit::Stopping);
  s.v().stopping = false;
  assert_true(is_fit(s.v(), s.g()));
  s.v().server.on_line(s.v().now_ms, false, tandem::Attrs());
  assert_true(unfit(s.v(), s.g()) == Unfit::ServerDown);
}

static void a_node_that_knows_nothing_of_its_server_is_not_fit(void**) {
  Seen s;
  s.open(record(1, 2, "hdp4", "i3"));
  s.view.reset(new View(s.config, 7, false, 1, kStart));
  assert_true(unfit(s.v(), s.g()) == Unfit::ServerUnknown);
}

static void a_node_that_flaps_is_not_fit_within_the_window(void**) {
  Seen s;
  s.config.flap_limit = 2;
  s.config.flap_window_ms = 5000;
  s.open(record(1, 2, "hdp4", "i3"));
  s.g().liveness.restarts_ms = {kStart};
  assert_true(is_fit(s.v(), s.g()));
  s.g().liveness.restarts_ms = {kStart, kStart};
  assert_true(unfit(s.v(), s.g()) == Unfit::Flapping);
  s.at(5000);
  assert_true(unfit(s.v(), s.g()) == Unfit::Flapping);
  s.at(5001);
  assert_true(is_fit(s.v(), s.g()));
  s.config.flap_limit = 0;  // no limit
  s.open(record(1, 2, "hdp4", "i3"));
  s.g().liveness.restarts_ms = {kStart, kStart, kStart, kStart};
  assert_true(is_fit(s.v(), s.g()));
}

static void fewer_pings_count_after_warntime_and_not_at_the_start(void**) {
  Seen s;
  s.config.ping_count = 2;
  s.open(record(1, 2, "hdp4", "i3"));
  s.v().pings.compare(kStart, 2);
  s.at(601);
  assert_true(is_fit(s.v(), s.g()));  // just started
  s.at(2001);
  s.hear_peer();
  assert_true(unfit(s.v(), s.g()) == Unfit::FewerPings);
  s.v().pings.compare(s.v().now_ms, 0);
  s.v().pings.compare(s.v().now_ms, 2);
  s.at(2601);
  s.hear_peer();
  assert_true(is_fit(s.v(), s.g()));
  s.at(2602);
  assert_false(is_fit(s.v(), s.g()));
}

// One beat told of a higher score, and was the last for a while.
static void fewer_pings_than_a_late_peer_had_do_not_count(void**) {
  Seen s;
  s.config.ping_count = 2;
  s.open(record(1, 2, "hdp4", "i3"));
  s.at(3000);
  s.hear_peer();
  s.v().pings.compare(s.v().now_ms, 2);
  s.at(3601);
  assert_true(is_fit(s.v(), s.g()));
  s.hear_peer();  // and says so still
  assert_true(unfit(s.v(), s.g()) == Unfit::FewerPings);
}

static void a_peer_is_well_when_nothing_runs_there_that_should_not(void**) {
  Seen s;
  s.open(record(1, 2, "hdp3", "i4"));
  assert_false(peer_is_well(s.v(), s.groups));  // unheard
  GroupBeat* pg = &s.peer.groups[0];
  s.hear_peer();
  assert_true(peer_is_well(s.v(), s.groups));
  pg->holding = Holding::Stuck;
  s.hear_peer();
  assert_false(peer_is_well(s.v(), s.groups));
  pg->holding = Holding::Release;
  s.hear_peer();
  assert_false(peer_is_well(s.v(), s.groups));
  pg->giving_way = true;
  s.hear_peer();
  assert_true(peer_is_well(s.v(), s.groups));
  pg->holding = Holding::Idle;
  s.peer.leaving = true;
  s.hear_peer();
  assert_true(peer_is_well(s.v(), s.groups));
  s.peer.leaving = false;
  s.hear_peer();
  s.at(2001);
  s.judge();
  assert_false(peer_is_well(s.v(), s.groups));
}

static void a_peer_may_take_it_when_it_is_fit_idle_and_up_to_date(void**) {
  Seen s;
  const Record r = record(1, 2, "hdp3", "i4");
  s.open(r);
  assert_false(peer_may_take(s.v(), s.g()));
  GroupBeat* pg = &s.peer.groups[0];
  s.hear_peer();
  assert_true(peer_is_fit(s.v(), s.g()) && peer_may_take(s.v(), s.g()));
  pg->fit = false;
  s.hear_peer();
  assert_false(peer_is_fit(s.v(), s.g()) || peer_may_take(s.v(), s.g()));
  pg->fit = true;
  pg->holding = Holding::Claim;
  s.hear_peer();
  assert_false(peer_may_take(s.v(), s.g()));
  pg->holding = Holding::Idle;
  pg->record.version = 1;
  s.hear_peer();
  assert_false(peer_may_take(s.v(), s.g()));
  pg->record = r;
  s.peer.attrs["instance"] = "i4b";
  s.hear_peer();
  assert_false(peer_may_take(s.v(), s.g()));
  s.peer.attrs["instance"] = "i4";
  s.hear_peer();
  assert_true(peer_may_take(s.v(), s.g()));
  s.at(1000);
  assert_true(peer_may_take(s.v(), s.g()));
  s.at(1001);  // the lease
  assert_false(peer_may_take(s.v(), s.g()));
  assert_true(peer_is_fit(s.v(), s.g()));
  s.at(2001);
  s.judge();
  assert_false(peer_is_fit(s.v(), s.g()));
}

static bool better(const char* owner, const char* preferred, const char* self,
                   const char* peer) {
  Seen s;
  s.config.self = self;
  s.config.peer = peer;
  s.config.groups[0].preferred = preferred;
  s.open(*owner ? record(1, 1, owner, "") : Record());
  return peer_is_better(s.v(), s.g());
}

static void of_two_the_last_owner_then_the_preferred_then_the_lower_name(
    void**) {
  assert_true(better("b", "a", "a", "b"));
  assert_false(better("a", "b", "a", "b"));
  assert_false(better("", "a", "a", "b"));
  assert_false(better("", "b", "b", "a"));
  assert_true(better("", "b", "a", "b"));
  assert_false(better("", "x", "a", "b"));
  assert_true(better("", "x", "b", "a"));
}

// ---- who has every write ---------------------------------------------------

static void data_is_whole_by_the_record_and_the_start_of_the_server(void**) {
  Seen s;
  s.open(Record());
  assert_false(we_hold_all(s.v(), s.g()));
  s.g().record = record(2, 2, "hdp4", "i3");
  assert_true(we_hold_all(s.v(), s.g()));
  s.server("replica", "i3b", "yes");
  assert_false(we_hold_all(s.v(), s.g()));
  s.server("replica", "", "yes");
  assert_false(we_hold_all(s.v(), s.g()));
  s.g().record.paired.clear();  // alone, and so is an instance not read
  assert_false(we_hold_all(s.v(), s.g()));
  s.g().record = record(3, 1, "hdp3", "");  // ours
  assert_true(we_hold_all(s.v(), s.g()));
}

static void an_owner_that_only_began_has_all_with_the_same_server(void**) {
  Seen s;
  Record r = record(3, 1, "hdp3", "");
  r.owner_instance = "i3";
  s.open(r);
  s.server("replica", "i3", "no");
  assert_true(we_hold_all(s.v(), s.g()));
  s.server("replica", "i3b", "no");
  assert_false(we_hold_all(s.v(), s.g()));
  // It has forgotten its source: it had applied everything.
  s.server("readonly", "i3b", "");
  assert_true(we_hold_all(s.v(), s.g()));
  s.server("", "i3b", "");  // nobody knows
  assert_false(we_hold_all(s.v(), s.g()));
}

static void without_track_sync_everybody_has_all_of_a_record(void**) {
  Seen s;
  s.config.track_sync = false;
  s.open(record(2, 2, "hdp4", "another"));
  assert_true(we_hold_all(s.v(), s.g()));
  s.g().record = Record();
  assert_false(we_hold_all(s.v(), s.g()));
  // Its owner kept track of it: the files were changed on both nodes since.
  s.g().record = record(2, 2, "hdp4", "");
  s.g().record.start_pos = "1:1";
  assert_false(we_hold_all(s.v(), s.g()));
  s.g().record.paired = "i3";
  assert_true(we_hold_all(s.v(), s.g()));
  s.g().record.owner = "hdp3";
  assert_true(we_hold_all(s.v(), s.g()));
}

// Files that are changed node by node: here the group is not tracked, there it
// may be.
static void what_the_other_may_track_is_whole_at_its_last_owner_only(void**) {
  Seen s;
  s.config.groups[0].server = false;
  s.open(record(2, 2, "hdp4", ""));
  s.hear_peer();
  assert_true(we_hold_all(s.v(), s.g()) && peer_may_take(s.v(), s.g()));
  const Agreement same = s.peer.agreement;
  s.peer.agreement.arbiter = "none";  // of no matter here
  s.hear_peer();
  assert_true(we_hold_all(s.v(), s.g()) && peer_may_take(s.v(), s.g()));
  for (int part = 0; part < 3; ++part) {
    s.peer.agreement = same;
    if (part == 0) s.peer.agreement.shape = "00000000";
    if (part == 1) s.peer.agreement.policy = "tn";
    if (part == 2) s.peer.agreement.groups = {"web", "vip"};
    s.hear_peer();
    s.g().record = s.peer.groups[0].record = record(2, 2, "hdp4", "");
    s.hear_peer();
    assert_false(we_hold_all(s.v(), s.g()));
    assert_true(peer_may_take(s.v(), s.g()));  // it was its own
    s.g().record.paired = "i3";
    assert_true(we_hold_all(s.v(), s.g()));
    s.g().record.paired = "i3a";
    assert_false(we_hold_all(s.v(), s.g()));
    Record ours = record(3, 2, "hdp3", "");
    ours.owner_instance = "i3a";  // of no matter: it has what it has
    s.g().record = s.peer.groups[0].record = ours;
    s.server("replica", "i3", "no");
    s.hear_peer();
    assert_true(we_hold_all(s.v(), s.g()));
    assert_false(peer_may_take(s.v(), s.g()));  // no planned switch
  }
}

static void of_a_peer_that_was_never_heard_nothing_is_known(void**) {
  Seen s;
  s.open(record(2, 2, "hdp4", "i3"));
  assert_false(peer_holds_all(s.v(), s.g()));
  s.hear_peer();
  assert_true(peer_holds_all(s.v(), s.g()));
}

static Record described(const Record& known, bool forced, bool tracks = true) {
  Seen s;
  s.config.track_sync = tracks;
  s.open(known);
  Record claimed = record(5, 1, "hdp3", "");
  describe_data(s.v(), s.g(), forced, &claimed);
  return claimed;
}

static void a_claim_says_which_start_had_all_and_whether_the_other_has(void**) {
  Record known = record(2, 2, "hdp4", "i3");
  Record claimed = described(known, false);
  assert_string_equal(claimed.owner_instance.c_str(), "i3");
  assert_true(claimed.back);
  // The owner before had not finished its start either, and nobody had it back.
  known.owner_instance = "i4";
  claimed = described(known, false);
  assert_string_equal(claimed.owner_instance.c_str(), "i3");
  assert_false(claimed.back);
  // It was handed back to us, who had everything.
  known.back = true;
  claimed = described(known, false);
  assert_string_equal(claimed.owner_instance.c_str(), "");
  assert_false(claimed.back);
  // Our own start, once more.
  known = record(3, 1, "hdp3", "");
  known.owner_instance = "i3a";
  known.back = true;
  claimed = described(known, false);
  assert_string_equal(claimed.owner_instance.c_str(), "i3a");
  assert_true(claimed.back);
}

static void a_claim_says_nothing_of_data_that_nobody_knows(void**) {
  const Record known = record(2, 2, "hdp4", "i3");
  assert_string_equal(described(known, true).owner_instance.c_str(), "");
  assert_string_equal(described(known, false, false).owner_instance.c_str(),
                      "");
  assert_string_equal(described(Record(), false).owner_instance.c_str(), "");
}

// ---- a start that came to nothing -------------------------------------------

// Ours, of epoch 3: cut off before the server was opened, and it is another
// start of it now. What the record says after hand_back().
static Record handed_back(void (*change)(Seen*)) {
  Seen s;
  Record r = record(3, 1, "hdp3", "");
  r.owner_instance = "i3a";
  r.back = true;
  s.open(r);
  s.server("replica", "i3b", "no");
  change(&s);
  s.hear_peer();
  Out out(s.view.get(), &s.groups);
  hand_back(&s.v(), &s.g(), &out);
  return s.g().record;
}

static bool is_handed_back(void (*change)(Seen*)) {
  const Record r = handed_back(change);
  return r.version == 2 && r.paired == "i4";
}

static void a_start_in_vain_is_handed_back_to_who_has_everything(void**) {
  assert_true(is_handed_back([](Seen*) {}));
  // What we have may be whole; unfit, we cannot use it.
  assert_false(is_handed_back([](Seen* s) {
    s->server("replica", "i3a", "no");
  }));
  assert_true(is_handed_back([](Seen* s) {
    s->server("replica", "i3a", "no");
    s->g().need_follow = true;
  }));
  assert_false(is_handed_back([](Seen* s) {
    s->g().record.owner_instance.clear();
    s->peer.groups[0].record = s->g().record;
    s->g().need_follow = true;
  }));
  assert_false(is_handed_back([](Seen* s) {
    s->g().record.back = s->peer.groups[0].record.back = false;
  }));
  assert_false(is_handed_back([](Seen* s) {  // not ours to give
    s->g().record.owner = s->peer.groups[0].record.owner = "hdp4";
  }));
}

static void it_is_handed_back_to_a_peer_that_would_have_it(void**) {
  assert_false(is_handed_back([](Seen* s) { s->peer.blank = true; }));
  assert_false(is_handed_back([](Seen* s) { s->peer.up = false; }));
  assert_false(is_handed_back([](Seen* s) {
    s->peer.groups[0].holding = Holding::Claim;
  }));
  assert_false(is_handed_back([](Seen* s) {  // it does not know of our epoch
    s->peer.groups[0].record = record(2, 2, "hdp4", "i3a");
  }));
  assert_false(is_handed_back([](Seen* s) { s->peer.leaving = true; }));
  assert_false(is_handed_back([](Seen* s) {
    s->peer.attrs.erase("instance");
  }));
}

static void it_is_handed_back_once_for_each_start_of_the_peers_server(void**) {
  assert_int_equal(handed_back([](Seen* s) {
    s->g().record.paired = s->peer.groups[0].record.paired = "i4";
  }).version, 1);
  assert_int_equal(handed_back([](Seen* s) {
    s->g().record.paired = s->peer.groups[0].record.paired = "i4a";
  }).version, 2);
  assert_int_equal(handed_back([](Seen* s) {  // nobody knows which start it is
    s->g().record.paired = s->peer.groups[0].record.paired = "i4a";
    s->peer.attrs.erase("instance");
  }).version, 1);
}

static void a_server_that_may_have_been_opened_is_not_handed_back(void**) {
  assert_false(is_handed_back([](Seen* s) {
    s->server("readonly", "i3b", "");
    s->g().need_follow = true;
  }));
  assert_false(is_handed_back([](Seen* s) {
    s->v().server.on_line(s->v().now_ms, false, tandem::Attrs());
  }));
  // What the watcher says is as old as a statement may take.
  assert_false(is_handed_back([](Seen* s) {
    s->g().hook.begin(1, HookKind::Start, EventRun::None);
    s->g().hook.end(kStart, 1);
    s->at(1200);
    s->server("replica", "i3b", "no");
  }));
  assert_true(is_handed_back([](Seen* s) {
    s->g().hook.begin(1, HookKind::Start, EventRun::None);
    s->g().hook.end(kStart, 1);
    s->at(1201);
    s->server("replica", "i3b", "no");
  }));
  assert_true(is_handed_back([](Seen* s) {  // an event opens nothing
    s->g().hook.begin(1, HookKind::Event, EventRun::Follow);
    s->g().hook.end(kStart, 1);
  }));
}

// ---- failback --------------------------------------------------------------

static void a_failback_waits_for_64_times_the_wait_at_most(void**) {
  Seen s;
  s.config.failback_wait_ms = 1000;
  s.open(record(3, 2, "hdp3", "i4"));
  s.g().phase = Phase::Owning;
  Failback* f = &s.g().failback;
  f->since_ms = f->given_ms = kStart;
  const uint64_t expected[] = {1000, 2000, 4000, 8000, 16000, 32000, 64000};
  for (unsigned n = 0; n < 40; ++n) {
    f->count = n;
    assert_int_equal(failback_due_ms(s.v(), s.g()) - kStart,
                     expected[std::min(n, 6u)]);
  }
  f->count = 1;
  f->since_ms = kStart + 5000;
  assert_int_equal(failback_due_ms(s.v(), s.g()) - kStart, 6000);
  f->since_ms = 0;
  assert_int_equal(failback_due_ms(s.v(), s.g()), 0);
}

// ---- a group that follows the server's --------------------------------------

// Seen's one group stands for both: the door, and, where find_server() is
// asked, the server's.
static void open_door(Seen* s) {
  s->config.groups[0].server = false;
  s->config.groups[0].follows = true;
  s->open(record(3, 1, "hdp3", ""));
  s->hear_peer();
}

static void the_server_is_where_it_may_be_used(void**) {
  Seen s;
  s.peer.groups[0].holding = Holding::Own;
  s.open(record(3, 1, "hdp4", ""));
  Group& g = s.g();
  assert_true(find_server(s.v(), g) == Place::Unknown);  // not heard yet
  s.hear_peer();
  assert_true(find_server(s.v(), g) == Place::Peer);
  s.at(3000);
  s.judge();
  assert_true(find_server(s.v(), g) == Place::Unknown);
  s.peer.groups[0].starting = true;
  s.hear_peer();
  assert_true(find_server(s.v(), g) == Place::Unknown);
  g.phase = Phase::Stopping;
  g.owner.why = Why::Standby;
  assert_true(find_server(s.v(), g) == Place::Here);
  g.owner.why = Why::Forced;
  assert_true(find_server(s.v(), g) == Place::Unknown);
  g.phase = Phase::Starting;
  assert_true(find_server(s.v(), g) == Place::Here);
}

static void a_follower_asks_for_no_server_but_for_the_servers_group(void**) {
  Seen s;
  open_door(&s);
  s.v().server.on_line(s.v().now_ms, false, tandem::Attrs());
  assert_true(unfit(s.v(), s.g()) == Unfit::No);
  s.at(3000);
  s.judge();
  assert_true(unfit(s.v(), s.g()) == Unfit::Astray);
  s.v().server_at = Place::Here;
  assert_true(unfit(s.v(), s.g()) == Unfit::No);
  s.peer.up = false;  // nor there
  s.peer.groups[0].fit = true;
  s.hear_peer();
  assert_string_equal(why_peer_may_not(s.v(), s.g()).c_str(), "");
}

static void who_has_the_server_is_the_better_one_for_what_follows(void**) {
  Seen s;
  open_door(&s);
  s.v().server_at = Place::Peer;
  assert_true(peer_is_better(s.v(), s.g()));
  s.v().server_at = Place::Unknown;
  assert_false(peer_is_better(s.v(), s.g()));  // it was here last
  s.g().record.owner = "hdp4";
  assert_true(peer_is_better(s.v(), s.g()));
  s.v().server_at = Place::Here;
  assert_false(peer_is_better(s.v(), s.g()));
}

static void an_arbiter_confirms_no_door_without_its_server(void**) {
  Seen s;
  open_door(&s);
  Lease* l = &s.g().lease;
  l->confirm_by_witness(kStart + 9);
  s.v().server_at = Place::Peer;
  assert_int_equal(l->until_ms(s.v(), s.g()), 0);
  l->confirm_by_peer(kStart + 5);
  assert_int_equal(l->until_ms(s.v(), s.g()), kStart + 1005);
  s.v().server_at = Place::Here;
  assert_int_equal(l->until_ms(s.v(), s.g()), kStart + 1009);
  s.g().config.follows = false;
  s.v().server_at = Place::Unknown;
  assert_int_equal(l->until_ms(s.v(), s.g()), kStart + 1009);
}

static void a_door_begins_where_its_server_does(void**) {
  Seen s;
  s.config.groups[0].server = false;
  s.config.groups[0].follows = true;
  s.open(Record());
  s.hear_peer();
  assert_true(choose_path(s.v(), s.g()).path == Path::None);
  s.v().server_at = Place::Here;
  assert_true(choose_path(s.v(), s.g()).path == Path::Peer);
}

// The last owner of the door does not recover: it follows.
static void a_door_waits_for_no_last_owner(void**) {
  Seen s;
  s.config.groups[0].server = false;
  s.config.groups[0].follows = true;
  s.peer.groups[0].fit = false;
  s.open(record(2, 1, "hdp4", ""));
  s.hear_peer();
  s.v().server_at = Place::Here;
  assert_true(choose_path(s.v(), s.g()).path == Path::Peer);
}

static void what_follows_has_no_data_whatever_was_noted(void**) {
  Seen s;
  open_door(&s);
  s.g().record.start_pos = "0-1-2";  // of a line that had the server by mistake
  assert_false(goes_by_record(s.v(), s.g()));
  s.g().config.follows = false;
  assert_true(goes_by_record(s.v(), s.g()));
}

static void an_order_for_what_follows_is_for_the_server(void**) {
  Seen s;
  open_door(&s);
  s.g().phase = Phase::Owning;
  s.v().server_at = Place::Here;
  Out out(&s.v(), &s.groups);
  Command c;
  c.kind = CommandKind::Standby;
  bool ok;
  obey(s.v(), &s.g(), c, &ok, &out);
  assert_true(ok);  // of all: it comes along
  c.group = "vip";
  obey(s.v(), &s.g(), c, &ok, &out);
  assert_false(ok);
  assert_false(s.g().owner.leaves);
  assert_true(s.g().phase == Phase::Owning);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_node_is_fit_unless_there_is_a_reason),
      cmocka_unit_test(a_node_that_knows_nothing_of_its_server_is_not_fit),
      cmocka_unit_test(a_node_that_flaps_is_not_fit_within_the_window),
      cmocka_unit_test(fewer_pings_count_after_warntime_and_not_at_the_start),
      cmocka_unit_test(fewer_pings_than_a_late_peer_had_do_not_count),
      cmocka_unit_test(a_peer_is_well_when_nothing_runs_there_that_should_not),
      cmocka_unit_test(a_peer_may_take_it_when_it_is_fit_idle_and_up_to_date),
      cmocka_unit_test(
          of_two_the_last_owner_then_the_preferred_then_the_lower_name),
      cmocka_unit_test(
          data_is_whole_by_the_record_and_the_start_of_the_server),
      cmocka_unit_test(an_owner_that_only_began_has_all_with_the_same_server),
      cmocka_unit_test(without_track_sync_everybody_has_all_of_a_record),
      cmocka_unit_test(
          what_the_other_may_track_is_whole_at_its_last_owner_only),
      cmocka_unit_test(of_a_peer_that_was_never_heard_nothing_is_known),
      cmocka_unit_test(
          a_claim_says_which_start_had_all_and_whether_the_other_has),
      cmocka_unit_test(a_claim_says_nothing_of_data_that_nobody_knows),
      cmocka_unit_test(a_start_in_vain_is_handed_back_to_who_has_everything),
      cmocka_unit_test(it_is_handed_back_to_a_peer_that_would_have_it),
      cmocka_unit_test(
          it_is_handed_back_once_for_each_start_of_the_peers_server),
      cmocka_unit_test(a_server_that_may_have_been_opened_is_not_handed_back),
      cmocka_unit_test(a_failback_waits_for_64_times_the_wait_at_most),
      cmocka_unit_test(the_server_is_where_it_may_be_used),
      cmocka_unit_test(
          a_follower_asks_for_no_server_but_for_the_servers_group),
      cmocka_unit_test(who_has_the_server_is_the_better_one_for_what_follows),
      cmocka_unit_test(an_arbiter_confirms_no_door_without_its_server),
      cmocka_unit_test(a_door_begins_where_its_server_does),
      cmocka_unit_test(a_door_waits_for_no_last_owner),
      cmocka_unit_test(what_follows_has_no_data_whatever_was_noted),
      cmocka_unit_test(an_order_for_what_follows_is_for_the_server),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
