// A group that follows the server's: after it, in order, and without a right of
// its own where that one is not. Group 0 is the server's, group 1 the door.
#include "tests/unit/hbd_world.h"

#include <string.h>

namespace {

Config room_and_door() {
  Config c;
  c.colocate = c.has_drain = c.has_gate = true;
  c.groups.push_back(World::group("db", "hdp3", 2, true));
  c.groups.push_back(World::group("web", "hdp3", 1, false));
  c.groups[0].address = false;
  c.groups[1].follows = true;
  return c;
}

struct Pair : World {
  explicit Pair(bool with_witness, bool with_pings = false,
                const Config& c = room_and_door())
      : World(with_witness, with_pings, false, &c) {
    run(5000);
    assert_true(owns(0, 0) && owns(0, 1));
    assert_true(paired(0));
  }
  bool ran(int i, const char* hook) const { return at(i, hook) >= 0; }
  long at(int i, const char* hook) const {
    const std::vector<std::string>& all = n[i].hooks;
    const auto found = std::find(all.begin(), all.end(), hook);
    return found == all.end() ? -1 : found - all.begin();
  }
  void server_dies(int i) {
    n[i].up = false;
    watch(i);
  }
};

}  // namespace

static void the_door_follows_a_planned_move(void**) {
  Pair w(true);
  w.command(0, CommandKind::Standby);
  assert_non_null(strstr(w.n[0].reply.c_str(),
                         "web: goes where the server's group is"));
  w.run(200);
  assert_true(w.ran(0, "gate") && w.ran(0, "stop1"));
  assert_true(w.owns(1, 0) && w.owns(0, 1) && w.vip(0, 1));
  assert_false(w.ran(0, "web-drain"));
  w.run(1300);
  assert_true(w.owns(1, 1) && w.vip(1, 1) && !w.vip(0, 1));
  assert_true(w.at(0, "web-drain") < w.at(0, "web-stop0"));
  assert_true(w.ran(0, "web-drain"));
}

// A door has no data: whether it is paired is no question.
static void only_the_server_s_record_speaks_of_writes(void**) {
  Pair w(true);
  const Status s = w.n[0].core->status(w.now);
  const std::string text = status_text(s), json = status_json(s);
  assert_non_null(strstr(text.c_str(), " owner hdp3 paired "));
  assert_null(strstr(text.c_str(), "alone"));
  assert_non_null(strstr(json.c_str(), "\"sync\":\"paired\""));
  assert_non_null(strstr(json.c_str(), "\"sync\":null"));
}

// What hbctl reads: not that it is here and stays.
static void the_door_is_said_to_follow_while_its_server_waits(void**) {
  Pair w(true);
  w.command(0, CommandKind::Standby, "", 2000);
  w.run(1000);  // the peer does not say how far behind it is
  const Status s = w.n[0].core->status(w.now);
  assert_string_equal(s.groups[0].phase.c_str(), "leaving");
  assert_string_equal(s.groups[1].phase.c_str(), "following");
  w.run(1100);  // called off
  assert_string_equal(w.n[0].core->status(w.now).groups[1].phase.c_str(),
                      "owning");
}

// As when the address is changed, first on the standby: without its server it
// is of no use, whatever the other file says.
static void it_follows_while_the_files_differ(void**) {
  Pair w(true);
  w.base.digest = "another";
  w.base.groups[1].name = "web2";
  w.boot(1);
  w.run(3000);
  assert_true(w.paired(0));
  w.command(0, CommandKind::Standby);
  w.run(2500);
  assert_true(w.owns(1, 0) && w.owns(1, 1) && w.vip(1, 1));
  assert_false(w.owns(0, 1));
}

static void the_door_stays_while_a_server_that_died_is_replaced(void**) {
  Pair w(true);
  w.server_dies(0);
  w.run(100);
  assert_true(w.owns(1, 0) && w.owns(0, 1) && w.vip(0, 1));
  assert_false(w.ran(0, "gate"));  // there is nothing to wait for
  w.run(1500);
  assert_true(w.owns(1, 1) && w.vip(1, 1));
  assert_true(w.ran(0, "web-drain"));  // its server is not here to be asked
}

static void a_follower_without_an_address_has_no_gate(void**) {
  Config c = room_and_door();
  c.groups[1].address = false;
  Pair w(true, false, c);
  w.command(0, CommandKind::Standby);
  w.run(1500);
  assert_true(w.ran(0, "gate") && w.owns(1, 1));
  assert_false(w.ran(0, "web-gate") || w.ran(0, "web-drain"));
}

// Whatever the one there is: it was chosen by the server's group.
static void it_follows_to_a_server_that_is_down_now(void**) {
  Pair w(true);
  w.server_dies(0);
  w.run(100);
  assert_true(w.owns(1, 0) && w.owns(0, 1));
  w.server_dies(1);
  w.run(250);
  assert_true(w.owns(0, 1));
  const std::string bar = w.n[0].core->status(w.now).groups[1].not_ready;
  assert_null(strstr(bar.c_str(), "is down"));
  w.run(3000);
  assert_true(w.owns(1, 0) && w.owns(1, 1) && w.vip(1, 1));
  assert_true(w.ran(0, "web-drain"));
}

static void a_drain_is_called_off_when_the_other_side_ends(void**) {
  Pair w(true);
  w.n[0].hang = "web-drain";
  w.server_dies(0);
  w.run(1000);
  assert_true(w.owns(0, 1) && w.ran(0, "web-drain"));
  w.n[1].hang = "stop1";
  w.stop(1);
  w.run(700);
  assert_false(w.ran(0, "web-stop0"));
}

static void what_was_forced_away_from_the_server_comes_back(void**) {
  Pair w(true);
  w.command(1, CommandKind::ForceTakeover, "web");
  w.run(300);
  assert_true(w.owns(1, 1));
  w.run(6000);
  assert_true(w.owns(0, 0) && w.owns(0, 1) && w.vip(0, 1));
}

// Who holds the door and not the server, and does not hear who does, lets go,
// whatever an arbiter says; the other one has it after a deadtime.
static void a_cut_between_the_two_brings_them_together(void**) {
  for (int pings = 0; pings < 2; ++pings) {
    Pair w(!pings, pings);
    w.server_dies(0);
    w.run(100);
    w.n[1].hooks_fail = true;  // it cannot follow for a while
    w.run(3000);
    w.n[1].hooks_fail = false;
    assert_true(w.owns(1, 0) && w.owns(0, 1));
    w.cut_ab = true;
    w.run(1100);
    assert_false(w.vip(0, 1) || w.vip(1, 1));
    for (int ms = 0; ms < 8000; ++ms) {
      w.run(1);
      assert_false(w.vip(0, 1) && w.vip(1, 1));
    }
    assert_true(w.owns(1, 1) && w.vip(1, 1));
    w.run(5000);
    assert_true(w.owns(1, 1) && w.owns(1, 0) && !w.vip(0, 1));
    w.cut_ab = false;
    w.run(3000);
    assert_true(w.owns(1, 1) && w.vip(1, 1));
  }
}

static void a_cut_while_both_are_here_moves_nothing(void**) {
  Pair w(true);
  w.cut_ab = true;
  w.run(8000);
  assert_true(w.owns(0, 0) && w.owns(0, 1) && w.vip(0, 1));
}

static void a_dead_host_leaves_both_at_once(void**) {
  for (int pings = 0; pings < 2; ++pings) {
    Pair w(!pings, pings);
    w.n[0].alive = false;
    uint64_t server_ms = 0, door_ms = 0;
    for (int ms = 0; ms < 4000; ++ms) {
      w.run(1);
      if (!server_ms && w.owns(1, 0)) server_ms = w.now;
      if (!door_ms && w.owns(1, 1)) door_ms = w.now;
    }
    assert_true(server_ms != 0 && door_ms != 0);
    assert_true(door_ms < server_ms + 20);
  }
}

static void the_door_comes_back_to_a_server_that_does(void**) {
  Pair w(true);
  w.command(0, CommandKind::Standby);
  w.run(450);
  assert_true(w.owns(1, 0) && w.owns(0, 1));
  w.n[1].alive = false;
  w.run(1500);
  assert_false(w.vip(0, 1));
  w.run(4000);
  assert_true(w.owns(0, 0) == w.owns(0, 1));
  assert_true(w.owns(0, 1) == w.vip(0, 1));
}

static void who_ends_gives_the_server_first(void**) {
  Pair w(true);
  w.stop(0);
  w.run(2000);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1, 0) && w.owns(1, 1));
  assert_true(w.at(0, "stop0") < w.at(0, "web-drain"));
  assert_true(w.at(0, "web-drain") < w.at(0, "web-stop0"));
  Pair slow(true);
  slow.n[0].hang = "stop1";
  slow.stop(0);
  slow.run(500);
  assert_true(slow.owns(0, 1) && !slow.ran(0, "web-drain"));
}

static void it_is_not_ordered_away_from_the_server(void**) {
  Pair w(true);
  w.command(0, CommandKind::Standby, "web");
  w.command(1, CommandKind::Takeover, "web");
  w.run(3000);
  assert_true(w.owns(0, 0) && w.owns(0, 1));
  assert_non_null(strstr(w.n[1].reply.c_str(), "goes where the server's"));
  w.command(1, CommandKind::Takeover);
  w.run(3000);
  assert_true(w.owns(1, 0) && w.owns(1, 1));
}

// In vain, with pauses that grow.
static void a_door_that_does_not_open_there_is_open_here(void**) {
  Pair w(true);
  w.command(0, CommandKind::Standby);
  w.run(100);
  assert_true(w.owns(1, 0));
  w.n[1].hooks_fail = true;
  w.run(15000);
  size_t tries = 0;
  for (const std::string& h : w.n[1].hooks) tries += h == "web-start0";
  assert_true(tries >= 1 && tries < 6);
  w.n[1].hooks_fail = false;
  w.run(60000);
  assert_true(w.owns(1, 1) && w.vip(1, 1));
}

static void without_the_server_group_its_node_is_as_good(void**) {
  Pair w(true);
  w.server_dies(1);
  w.run(1000);
  w.server_dies(0);  // nobody can serve: the door stays
  w.run(5000);
  assert_true(w.owns(0, 1) && w.vip(0, 1));
}

// One node that knows of a door, and one that does not.
static void who_has_no_door_does_not_agree(void**) {
  Config with = room_and_door();
  with.pair = "p";
  with.self = "hdp3";
  with.peer = "hdp4";
  Config without = with;
  without.colocate = false;
  const std::vector<Difference> d =
      compare(own_agreement(with), own_agreement(without));
  assert_int_equal(d.size(), 1);
  assert_true(d[0].is_unsafe);
  assert_non_null(strstr(d[0].here.c_str(), "colocate=yes"));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_door_follows_a_planned_move),
      cmocka_unit_test(it_follows_while_the_files_differ),
      cmocka_unit_test(only_the_server_s_record_speaks_of_writes),
      cmocka_unit_test(the_door_is_said_to_follow_while_its_server_waits),
      cmocka_unit_test(the_door_stays_while_a_server_that_died_is_replaced),
      cmocka_unit_test(a_follower_without_an_address_has_no_gate),
      cmocka_unit_test(it_follows_to_a_server_that_is_down_now),
      cmocka_unit_test(a_drain_is_called_off_when_the_other_side_ends),
      cmocka_unit_test(what_was_forced_away_from_the_server_comes_back),
      cmocka_unit_test(a_cut_between_the_two_brings_them_together),
      cmocka_unit_test(a_cut_while_both_are_here_moves_nothing),
      cmocka_unit_test(a_dead_host_leaves_both_at_once),
      cmocka_unit_test(the_door_comes_back_to_a_server_that_does),
      cmocka_unit_test(who_ends_gives_the_server_first),
      cmocka_unit_test(it_is_not_ordered_away_from_the_server),
      cmocka_unit_test(a_door_that_does_not_open_there_is_open_here),
      cmocka_unit_test(without_the_server_group_its_node_is_as_good),
      cmocka_unit_test(who_has_no_door_does_not_agree),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
