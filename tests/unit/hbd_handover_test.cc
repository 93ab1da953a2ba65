// Handing over in order, several groups, what an operator is told, and how
// much a beat has room for.
#include "tests/unit/hbd_world.h"

#include "hbd/decide/beatsize.h"

static Config failing_back() {
  Config c;
  c.auto_failback = true;
  c.failback_wait_ms = 3000;
  c.has_notify = true;
  return c;
}

static Config two_groups(const char* second_prefers) {
  Config c = failing_back();
  c.groups.push_back(World::group("vip", "hdp3", 2, true));
  c.groups.push_back(World::group("web", second_prefers, 1, false));
  return c;
}

// hdp3 dies, hdp4 owns, and hdp3 is back as its replica.
static void lose_and_return(World* w) {
  w->run(5000);
  w->cut_ab = w->cut_aw = true;
  w->n[0].alive = false;
  w->n[0].lifeline_ms[0] = w->n[0].lifeline_ms[1] = 0;
  w->run(4000);
  w->cut_ab = w->cut_aw = false;
  w->n[0].role = "readonly";
  w->n[0].instance = "i3b";
  w->boot(0);
  w->run(1500);
}

static void a_preferred_node_gets_it_back_after_the_wait(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  lose_and_return(&w);
  assert_true(w.paired(1));
  w.run(1000);
  assert_true(w.owns(1));
  w.run(2000);
  assert_true(w.owns(0));
  w.run(20000);
  assert_true(w.paired(0));
}

static void failback_is_off_by_default(void**) {
  World w(true);
  lose_and_return(&w);
  w.run(100000);
  assert_true(w.paired(1));
}

static void the_wait_is_for_fitness_without_a_gap(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  lose_and_return(&w);
  w.run(1200);
  w.server(0, "replica", "i3c");  // restarted: paired anew first
  w.run(2000);
  assert_true(w.owns(1));
  w.run(3000);
  assert_true(w.owns(0));
}

static void what_an_operator_moved_stays_until_hbd_restarts_there(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  w.run(5000);
  w.command(0, CommandKind::Standby);
  w.run(20000);
  assert_true(w.paired(1));
  w.boot(0);
  w.run(10000);
  assert_true(w.paired(0));
  w.command(1, CommandKind::Takeover);
  w.run(20000);
  assert_true(w.owns(1));
  w.command(1, CommandKind::Standby);
  w.run(20000);
  assert_true(w.owns(0));
}

static void what_was_taken_by_force_stays_too(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  w.run(5000);
  w.cut_ab = true;
  w.run(1000);
  w.command(1, CommandKind::ForceTakeover);
  w.run(5000);
  assert_true(w.owns(1));
  w.cut_ab = false;
  w.run(20000);
  assert_true(w.paired(1));
}

static void a_failback_in_vain_is_tried_ever_more_rarely(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  lose_and_return(&w);
  w.n[0].hooks_fail = true;
  w.n[0].hooks.clear();
  w.run(60000);
  const std::vector<std::string>& hooks = w.n[0].hooks;
  const long tries = std::count(hooks.begin(), hooks.end(), "start0");
  assert_true(tries >= 3 && tries <= 6);
  assert_true(w.owns(1) || w.n[1].core->phase(0) == Phase::Starting);
}

static void no_failback_while_haresources_differ(void**) {
  Config c = failing_back();
  World w(true, false, false, &c);
  w.base.digest = "another";  // hdp3's, from its next start on
  lose_and_return(&w);
  w.run(20000);
  assert_true(w.paired(1));
  assert_true(w.told(1, "differs"));
}

static void an_operator_is_told(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  w.run(5000);
  assert_true(w.told(0, "vip owned"));
  assert_true(w.told(0, "vip paired"));
  w.cut_aw = true;
  w.run(2000);
  assert_true(w.told(0, "witness-lost"));
  w.cut_aw = false;
  w.run(500);
  assert_true(w.told(0, "witness-back"));
  w.cut_ab = true;
  w.run(3000);
  assert_true(w.told(1, "late") && w.told(1, "silent"));
  assert_true(w.told(0, "vip alone"));
  w.cut_ab = false;
  w.run(3000);
  assert_true(w.told(1, "heard"));
  w.n[0].told.clear();
  w.n[0].stop_fails = true;
  w.command(0, CommandKind::Standby);
  w.run(300);
  assert_true(w.told(0, "vip failed"));  // and taken back
  assert_false(w.told(0, "vip released"));
  w.n[0].stop_fails = false;
  w.run(1000);
  w.command(0, CommandKind::Standby);
  w.run(5000);
  assert_true(w.told(0, "vip released"));
  assert_true(w.told(1, "vip owned"));
  assert_int_equal(std::count(w.n[1].told.begin(), w.n[1].told.end(),
                              "vip owned"), 1);
  w.command(0, CommandKind::ForceTakeover);
  w.run(3000);
  assert_true(w.told(0, "vip forced"));
}

static void two_groups_each_at_home(void**) {
  const Config c = two_groups("hdp4");
  World w(true, false, false, &c);
  w.run(5000);
  assert_true(w.owns(0, 0) && w.owns(1, 1));
  assert_true(w.vip(0, 0) && w.vip(1, 1));
  assert_true(w.paired(0));
  assert_string_equal(w.n[1].core->record(1).paired.c_str(), "");
  lose_and_return(&w);
  assert_true(w.owns(1, 0) && w.owns(1, 1));
  w.run(10000);
  assert_true(w.owns(0, 0) && w.owns(1, 1));
  w.n[1].up = false;  // what is without a server there goes too
  w.watch(1);
  w.run(1000);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
}

static void two_groups_on_one_node_move_alone_or_together(void**) {
  const Config c = two_groups("hdp3");
  World w(true, false, false, &c);
  w.run(5000);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
  w.command(0, CommandKind::Standby, "web");
  w.run(5000);
  assert_true(w.owns(0, 0) && w.owns(1, 1));
  assert_true(w.paired(0));
  w.command(0, CommandKind::Standby, "vip");
  w.run(5000);
  assert_true(w.owns(1, 0) && w.owns(1, 1));
  w.command(1, CommandKind::Standby);
  w.run(5000);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
}

static void a_group_without_the_server_unblanks_nobody(void**) {
  const Config c = two_groups("hdp4");
  World w(true, false, false, &c);
  w.n[1].hang = "follow";  // hdp4 never follows
  w.run(5000);
  assert_true(w.owns(1, 1));
  assert_true(w.n[1].state.blank);
}

static void agreeing_to_a_first_record_clears_blank_without_follow(void**) {
  Config c;
  c.has_follow = false;
  World w(true, false, false, &c);
  w.run(5000);
  assert_true(w.owns(0));
  assert_false(w.n[0].state.blank || w.n[1].state.blank);
}

// Every name and value at its longest, as far as find_room() lets it.
static Config longest(size_t groups, bool track_sync) {
  Config c;
  c.pair = c.self = c.peer = c.witness = std::string(12, 'n');
  c.digest = std::string(8, 'd');
  c.track_sync = track_sync;
  for (size_t i = 0; i < groups; ++i) {
    const std::string name = std::string(15, static_cast<char>('a' + i));
    c.groups.push_back(World::group(name.c_str(), "n", 1, i == 0));
  }
  return c;
}

static void too_many_groups_are_refused_beforehand(void**) {
  BeatRoom room;
  assert_true(find_room(longest(1, true), &room));
  assert_int_equal(room.pos_bytes_max, tandem::kAttrValueBytesMax);
  assert_true(find_room(longest(3, true), &room));
  assert_true(room.one_claim);
  assert_false(find_room(longest(6, true), &room));
  assert_true(find_room(longest(5, false), &room));
}

// run() asserts that each beat that leaves fits.
static void claims_that_do_not_fit_together_are_made_in_turn(void**) {
  Config c = two_groups("hdp3");
  c.groups[0].name = std::string(64, 'v');
  c.groups[1].name = std::string(64, 'w');
  Config measured = c;
  measured.pair = "db";
  measured.self = "hdp3";
  measured.peer = "hdp4";
  BeatRoom room;
  assert_true(find_room(measured, &room));
  assert_true(room.one_claim);
  World w(true, false, false, &c);
  for (int i = 0; i < 2; ++i) {
    w.n[i].pos = std::string(128, 'p');
    w.n[i].instance = std::string(40, static_cast<char>('3' + i));
  }
  w.run(5000);
  assert_true(w.paired(0) && w.owns(0, 1));
  assert_int_equal(w.n[1].beat.attr("instance").size(), 40);
  w.stop(0);
  w.run(1000);
  assert_true(w.owns(1, 0) && w.owns(1, 1));
}

static void a_beat_gives_up_first_what_hbd_does_not_read(void**) {
  Beat b;
  b.pair = b.from = b.to = "n";
  const char* const keys[] = {"role", "source", "instance", "pos", "a", "b"};
  for (size_t i = 0; i < 6; ++i) b.attrs[keys[i]] = std::string(128, 'x');
  GroupBeat g;
  g.name = "g";
  g.record.epoch = 1;
  g.record.owner = "n";
  g.record.from = "none";
  g.record.start_pos = std::string(128, 'p');
  b.groups.push_back(g);
  Beat two = b;
  assert_true(trim_beat(&b));
  assert_int_equal(b.attrs.count("a") + b.attrs.count("b"), 1);
  assert_int_equal(b.attrs.count("instance") + b.attrs.count("pos"), 2);
  for (int i = 0; i < 9; ++i) two.groups.push_back(g);
  assert_false(trim_beat(&two));
  assert_true(format_beat(two).size() <= kBeatTextMax);
  assert_int_equal(two.attrs.count("instance"), 1);
}

static void a_server_that_is_ahead_is_rebuilt_once_an_epoch(void**) {
  Config c = failing_back();
  c.has_rebuild = true;
  World w(true, false, false, &c);
  w.n[0].ahead = true;
  lose_and_return(&w);
  const std::vector<std::string>& hooks = w.n[0].hooks;
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "rebuild"), 1);
  w.run(1000);
  assert_true(w.paired(1));
  w.n[0].ahead = true;  // it did not help
  w.server(0, "readonly", "i3c");
  w.n[0].hooks.clear();
  w.run(20000);
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "rebuild"), 0);
  assert_true(std::count(hooks.begin(), hooks.end(), "follow") > 1);
}

static void a_server_that_was_replaced_is_started_again(void**) {
  World w(true);
  w.run(5000);
  assert_true(w.paired(0));
  const uint64_t version = w.n[0].core->record(0).version;
  w.n[0].hooks.clear();
  w.server(0, "primary", "i3b");
  const std::vector<std::string>& hooks = w.n[0].hooks;
  w.run(100);
  const std::vector<std::string>::const_iterator alone =
      std::find(hooks.begin(), hooks.end(), "alone");
  assert_true(alone != hooks.end());
  assert_true(std::find(alone, hooks.end(), "start1") != hooks.end());
  w.run(5000);
  assert_true(w.paired(0));
  assert_true(w.n[0].core->record(0).version >= version + 2);
}

static void without_its_witness_an_ordered_stop_hands_over(void**) {
  World w(true);
  w.run(5000);
  w.cut_aw = w.cut_bw = true;
  w.run(3000);
  w.stop(0);
  w.run(1000);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1));
  w.run(20000);
  assert_true(w.owns(1) && w.vip(1));
  w.cut_ab = true;  // hdp3 hears the witness again, hdp4 hears nobody
  w.cut_aw = false;
  w.boot(0);
  w.run(20000);
  assert_false(w.owns(0));
  w.cut_ab = w.cut_bw = false;
  w.run(5000);
  assert_true(w.paired(1));
}

static void without_its_witness_the_standby_may_stop(void**) {
  World w(true);
  w.run(5000);
  w.cut_aw = w.cut_bw = true;
  w.run(3000);
  w.stop(1);
  w.run(20000);
  assert_false(w.n[1].alive);
  assert_true(w.owns(0) && w.vip(0));
  assert_false(w.paired(0));
  w.boot(1);
  w.run(5000);
  assert_true(w.paired(0));
}

static void lose_witness(World* w) {
  w->run(5000);
  w->cut_aw = w->cut_bw = true;
  w->run(3000);
}

// Whoever is left may have to begin anew: no arbiter is needed for that.
static void who_is_left_without_a_witness_starts_again(void**) {
  World w(true);
  lose_witness(&w);
  w.stop(1);
  w.run(5000);
  assert_true(w.owns(0));
  w.n[0].core->on_lifeline_broken(w.now, 0);
  w.perform(0);
  w.run(3000);
  assert_true(w.owns(0) && w.vip(0));
  w.n[0].hooks_fail = true;
  w.server(0, "readonly", "i3b");
  w.run(1500);
  assert_false(w.owns(0));
  w.n[0].hooks_fail = false;
  w.run(5000);
  assert_true(w.owns(0) && w.vip(0));
}

// The beat that says that the owner is alone is on the leaver's disk.
static void the_last_word_of_a_leaver_is_said_until_it_is_heard(void**) {
  World w(true);
  lose_witness(&w);
  w.stop(1);
  while (!w.n[1].state.groups[0].record.paired.empty()) w.run(1);
  w.wire.clear();
  w.run(20000);
  assert_false(w.n[1].alive);
  assert_true(w.owns(0) && w.vip(0));
}

// Its first beat may echo nothing of ours yet.
static void who_comes_back_takes_nothing_from_who_was_left(void**) {
  World w(true);
  lose_witness(&w);
  w.stop(1);
  w.run(5000);
  w.n[0].hooks.clear();
  w.boot(1);
  w.wire.clear();
  w.run(5000);
  assert_int_equal(std::count(w.n[0].hooks.begin(), w.n[0].hooks.end(),
                              "stop0"), 0);
  assert_true(w.paired(0));
}

// What follow said of an earlier epoch is no reason to replace any data.
static void a_rebuild_is_asked_for_in_its_own_epoch(void**) {
  Config c;
  c.has_rebuild = true;
  World w(true, false, false, &c);
  lose_and_return(&w);
  w.n[0].ahead = true;
  w.server(0, "readonly", "i3c");
  w.run(500);
  w.n[0].ahead = true;  // it did not help
  w.run(20000);
  w.command(0, CommandKind::ForceTakeover);
  w.n[0].ahead = false;
  w.run(10000);
  assert_true(w.paired(0));
  w.n[0].hooks.clear();
  w.command(0, CommandKind::Standby);
  w.run(10000);
  assert_true(w.paired(1));
  assert_int_equal(std::count(w.n[0].hooks.begin(), w.n[0].hooks.end(),
                              "rebuild"), 0);
}

// A group without the server has no pairing that would begin the wait anew.
static void the_wait_for_failback_begins_with_the_ownership(void**) {
  const Config c = two_groups("hdp3");
  World w(true, false, false, &c);
  lose_and_return(&w);
  assert_true(w.owns(1, 1));
  w.run(1000);
  w.n[1].core->on_lifeline_broken(w.now, 1);
  w.perform(1);
  w.run(100);
  assert_true(w.owns(1, 1));
  w.run(2500);
  assert_true(w.owns(1, 1));
  w.run(2000);
  assert_true(w.owns(0, 1));
}

// What one node records, the other one's beats must carry.
static void both_nodes_find_the_same_room(void**) {
  Config a = longest(3, true);
  a.self = "a";
  a.peer = a.witness = std::string(12, 'b');
  Config b = a;
  std::swap(b.self, b.peer);
  BeatRoom here, there;
  assert_true(find_room(a, &here) && find_room(b, &there));
  assert_true(here.pos_bytes_max < tandem::kAttrValueBytesMax);
  assert_int_equal(here.pos_bytes_max, there.pos_bytes_max);
}

// By no record is its other node kept from it.
static void a_group_without_the_server_needs_an_arbiter(void**) {
  const Config c = two_groups("hdp3");
  World w(true, false, false, &c);
  lose_witness(&w);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
  w.stop(1);
  w.run(10000);
  assert_true(w.owns(0, 0) && w.vip(0, 0));
  assert_false(w.owns(0, 1) || w.vip(0, 1));
  w.cut_aw = false;
  w.run(2000);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
}

static bool says(const World& w, int i, const char* text, const char* json) {
  const Status s = w.n[i].core->status(w.now);
  return status_text(s).find(text) != std::string::npos &&
         status_json(s).find(json) != std::string::npos;
}

static void status_says_whether_and_when_it_goes_back(void**) {
  const Config c = failing_back();
  World w(true, false, false, &c);
  lose_and_return(&w);
  assert_true(w.paired(1));
  if (g_print) printf("%s", status_json(w.n[1].core->status(w.now)).c_str());
  assert_true(says(w, 1, "failback to hdp3 in 2 s", "\"failback_ms\":1"));
  w.n[0].up = false;
  w.watch(0);
  w.run(300);
  assert_true(says(w, 1, "failback to hdp3 waits", "\"failback_ms\":null"));
  w.n[0].up = true;
  w.watch(0);
  w.run(10000);
  assert_true(w.paired(0));
  w.command(0, CommandKind::Standby);
  w.run(1000);
  assert_true(says(w, 0, "no failback to hdp3: an op", "\"held\":true"));
  assert_true(says(w, 1, "no failback to hdp3: an op", "\"held\":true"));
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_preferred_node_gets_it_back_after_the_wait),
      cmocka_unit_test(failback_is_off_by_default),
      cmocka_unit_test(the_wait_is_for_fitness_without_a_gap),
      cmocka_unit_test(what_an_operator_moved_stays_until_hbd_restarts_there),
      cmocka_unit_test(what_was_taken_by_force_stays_too),
      cmocka_unit_test(a_failback_in_vain_is_tried_ever_more_rarely),
      cmocka_unit_test(no_failback_while_haresources_differ),
      cmocka_unit_test(an_operator_is_told),
      cmocka_unit_test(two_groups_each_at_home),
      cmocka_unit_test(two_groups_on_one_node_move_alone_or_together),
      cmocka_unit_test(a_group_without_the_server_unblanks_nobody),
      cmocka_unit_test(agreeing_to_a_first_record_clears_blank_without_follow),
      cmocka_unit_test(too_many_groups_are_refused_beforehand),
      cmocka_unit_test(claims_that_do_not_fit_together_are_made_in_turn),
      cmocka_unit_test(a_beat_gives_up_first_what_hbd_does_not_read),
      cmocka_unit_test(a_server_that_is_ahead_is_rebuilt_once_an_epoch),
      cmocka_unit_test(a_server_that_was_replaced_is_started_again),
      cmocka_unit_test(without_its_witness_an_ordered_stop_hands_over),
      cmocka_unit_test(without_its_witness_the_standby_may_stop),
      cmocka_unit_test(who_is_left_without_a_witness_starts_again),
      cmocka_unit_test(the_last_word_of_a_leaver_is_said_until_it_is_heard),
      cmocka_unit_test(who_comes_back_takes_nothing_from_who_was_left),
      cmocka_unit_test(a_rebuild_is_asked_for_in_its_own_epoch),
      cmocka_unit_test(the_wait_for_failback_begins_with_the_ownership),
      cmocka_unit_test(both_nodes_find_the_same_room),
      cmocka_unit_test(a_group_without_the_server_needs_an_arbiter),
      cmocka_unit_test(status_says_whether_and_when_it_goes_back),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
