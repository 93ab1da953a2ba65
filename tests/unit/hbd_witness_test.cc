// A witness by itself: whom it confirms, to whom it grants a group and when,
// and what it knows after a restart or with a new disk.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "hbd/decide/config.h"
#include "hbd/decide/witness.h"

using namespace hbd;

namespace {

const uint64_t kStart = 1000000;
const char* const kNames[] = {"hdp3", "hdp4"};

Record record(uint64_t epoch, uint64_t version, const char* owner,
              const char* paired) {
  Record r;
  r.epoch = epoch;
  r.version = version;
  r.owner = owner;
  r.paired = paired;
  r.from = "none";
  return r;
}

// The witness gw, and a hand that writes what hdp3 (0) and hdp4 (1) say.
struct Court {
  uint64_t now = kStart, incarnation = 60;
  WitnessConfig config;
  std::unique_ptr<Witness> core;
  std::vector<Hearing> ends;
  Beat says[2], heard[2];  // heard: the last one for it
  size_t beats = 0;        // for hdp3
  bool speaks[2] = {true, true};
  State disk;
  bool has_disk = false;
  std::vector<std::string> log;

  // hdp3 owns vip, and hdp4 is its standby.
  Court() {
    config.pair = "db";
    config.self = "gw";
    Config node;
    node.witness = "gw";
    for (int n = 0; n < 2; ++n) {
      config.nodes[n] = kNames[n];
      ends.push_back(Hearing("gw", 50 + static_cast<uint64_t>(n), 2000));
      says[n].pair = "db";
      says[n].from = kNames[n];
      says[n].up = true;
      says[n].agreement = own_agreement(node);
      says[n].groups.push_back(GroupBeat());
      group(n).name = "vip";
      group(n).record = record(2, 2, "hdp3", "i4");
    }
    group(0).holding = Holding::Own;
  }
  GroupBeat& group(int n, size_t g = 0) { return says[n].groups[g]; }
  void know(const char* name, const Record& r) {
    has_disk = true;
    disk.node = "gw";
    disk.blank = false;
    GroupState s;
    s.name = name;
    s.record = r;
    disk.groups.push_back(s);
  }
  void boot() {
    core.reset(new Witness(config, ++incarnation, disk, has_disk, now));
    perform();
  }
  void begin() {
    know("vip", record(2, 2, "hdp3", "i4"));
    boot();
    run(5000);
  }
  void say(int n, void (*change)(Beat*) = nullptr) {
    Beat b = says[n];
    b.agreement.groups = b.group_names();
    ends[static_cast<size_t>(n)].stamp(now, &b);
    if (change) change(&b);
    core->on_beat(now, b);
    perform();
  }
  void perform() {
    for (const Action& a : core->take_actions()) {
      if (a.kind == ActionKind::Log) log.push_back(a.text);
      if (a.kind == ActionKind::Persist) {
        disk = a.state;
        has_disk = true;
      }
      if (a.kind != ActionKind::SendBeat) continue;
      const int to = a.beat.to == "hdp3" ? 0 : 1;
      for (const GroupBeat& gb : a.beat.groups) {
        // It is stored before it is said.
        const Record now_known = core->record(disk.groups[0].name);
        assert_true(gb.record.none() || gb.name != disk.groups[0].name ||
                    disk.groups[0].record == now_known);
      }
      heard[to] = a.beat;
      if (to == 0) ++beats;
      (void)ends[static_cast<size_t>(to)].take(now, a.beat);
    }
  }
  void run(uint64_t ms) {
    for (const uint64_t until = now + ms; now < until;) {
      ++now;
      for (int n = 0; n < 2; ++n) {
        if (speaks[n] && now % 200 == static_cast<uint64_t>(n) * 100) say(n);
      }
      if (now >= core->next_due_ms()) tick();
    }
  }
  void tick() {
    core->on_tick(now);
    perform();
  }
  void claim(int n, uint64_t epoch, bool forced = false) {
    GroupBeat* g = &group(n);
    g->holding = Holding::Claim;
    g->claim.record = record(epoch, 1, kNames[n], "");
    g->claim.base_epoch = g->record.epoch;
    g->claim.base_version = g->record.version;
    g->claim.forced = forced;
  }
  Record known() const { return core->record("vip"); }
  bool granted(uint64_t epoch) const { return known().epoch == epoch; }
  // hdp4's claim to what hdp3 owns, which is silent from now on.
  void fall_silent_and_claim(bool forced = false) {
    speaks[0] = false;
    claim(1, 4, forced);
    say(1);
  }
  long lines(const char* text) const {
    long n = 0;
    for (const std::string& line : log) {
      if (line.find(text) != std::string::npos) ++n;
    }
    return n;
  }
};

}  // namespace

// ---- when it grants --------------------------------------------------------

static void an_owner_is_safe_for_a_deadtime_after_its_last_beat(void**) {
  Court c;
  c.begin();
  c.say(0);
  c.fall_silent_and_claim();
  c.run(2000);
  assert_true(c.granted(2));
  c.run(1);  // to the millisecond
  assert_true(c.granted(4));
  assert_string_equal(c.known().owner.c_str(), "hdp4");
  assert_true(c.disk.groups[0].record == c.known());
  assert_true(c.heard[1].groups[0].record == c.known());
  assert_int_equal(c.disk.epoch, 4);
  assert_int_equal(c.lines("refused to hdp4: hdp3 was confirmed within"), 1);
  assert_int_equal(c.lines("granted to hdp4"), 1);
  c.run(1000);  // the claim is heard for a while still
  assert_int_equal(c.lines("its epoch is not new"), 0);
  assert_int_equal(c.lines("granted to hdp4"), 1);
}

static void after_its_own_start_it_grants_nothing_for_a_deadtime(void**) {
  Court c;
  c.know("vip", record(2, 2, "hdp3", "i4"));
  c.boot();
  c.fall_silent_and_claim();
  c.run(2000);
  assert_true(c.granted(2));
  c.run(1);
  assert_true(c.granted(4));
}

static void an_owner_that_was_heard_of_is_safe_for_a_deadtime_too(void**) {
  for (const char* owner : {"hdp3", "hdp4"}) {
    Court c;
    if (owner == std::string("hdp4")) {
      c.group(0).record = c.group(1).record = record(2, 2, "hdp4", "i3");
      c.group(0).holding = Holding::Idle;
      c.know("vip", record(2, 2, "hdp4", "i3"));
      c.boot();
      c.run(5000);
    } else {
      c.begin();
    }
    c.speaks[0] = false;
    c.run(5000);
    c.group(1).record = record(3, 1, "hdp3", "");  // it has claimed it since
    c.say(1);
    c.fall_silent_and_claim();
    c.run(1900);
    assert_true(c.granted(3));
    c.run(150);
    assert_true(c.granted(4));
  }
}

static void the_longest_deadtime_of_all_counts(void**) {
  for (int n = 0; n < 2; ++n) {
    Court c;
    c.says[n].agreement.times = "200/4000/1000";
    c.begin();
    c.say(0);
    c.fall_silent_and_claim();
    c.run(3990);
    assert_true(c.granted(2));
    c.run(20);
    assert_true(c.granted(4));
  }
}

static void what_a_node_told_is_known_after_a_restart(void**) {
  Court c;
  c.says[0].agreement.times = "200/4000/1000";
  c.begin();
  c.boot();
  c.fall_silent_and_claim();
  c.run(3990);
  assert_true(c.granted(2));
  c.run(20);
  assert_true(c.granted(4));
}

static void a_claim_is_made_upon_the_present_record(void**) {
  static void (*const changes[])(GroupBeat*) = {
      [](GroupBeat* g) { g->claim.base_version = 1; },
      [](GroupBeat* g) { g->claim.base_epoch = 1; },
      [](GroupBeat* g) { g->claim.record.epoch = 1; },
      [](GroupBeat* g) { g->claim.record.owner = "hdp3"; }};
  for (size_t i = 0; i < 4; ++i) {
    Court c;
    c.begin();
    c.fall_silent_and_claim();
    changes[i](&c.group(1));
    c.say(1);
    c.run(5000);
    assert_true(c.known() == record(2, 2, "hdp3", "i4"));
    c.claim(1, 4);
    c.say(1);
    assert_true(c.granted(4));
  }
}

static void by_force_it_is_taken_whatever_the_record_is(void**) {
  Court c;
  c.begin();
  c.fall_silent_and_claim(true);
  c.group(1).claim.base_epoch = c.group(1).claim.base_version = 1;
  c.say(1);
  c.run(1900);
  assert_true(c.granted(2));
  c.run(300);
  assert_true(c.granted(4));
}

static void an_owner_that_says_idle_in_its_epoch_has_let_go(void**) {
  Court c;
  c.begin();
  c.group(0).holding = Holding::Release;
  c.claim(1, 4);
  c.say(0);
  c.say(1);
  assert_true(c.granted(2));
  c.group(0).holding = Holding::Idle;
  c.say(0);
  assert_true(c.granted(4));
  Court unaware;  // an idle word of before it claimed: it may own by now
  unaware.begin();
  unaware.group(0).holding = Holding::Idle;
  unaware.group(0).record = record(1, 1, "hdp3", "");
  unaware.claim(1, 4);
  unaware.say(0);
  unaware.say(1);
  assert_true(unaware.granted(2));
}

static void the_owner_itself_claims_anew_at_once(void**) {
  Court c;
  c.know("vip", record(2, 2, "hdp3", "i4"));
  c.boot();
  c.claim(0, 3);
  c.say(0);
  c.say(0);
  assert_true(c.granted(3));
}

static void who_is_not_heard_within_the_lease_is_granted_nothing(void**) {
  Court c;
  c.begin();
  c.say(0);
  c.fall_silent_and_claim();
  c.run(900);
  c.speaks[1] = false;
  c.run(3000);
  assert_true(c.granted(2));
  c.speaks[1] = true;
  c.run(200);
  assert_true(c.granted(4));
}

// The owner's beats of meanwhile have not been read yet.
static void a_witness_that_was_late_waits_for_a_keepalive(void**) {
  Court c;
  c.begin();
  c.say(0);
  c.fall_silent_and_claim();
  c.run(1700);
  c.now += 500;
  c.say(1);
  assert_true(c.granted(2));
  c.tick();
  assert_true(c.granted(2));
  c.run(199);
  assert_true(c.granted(2));
  c.run(201);
  assert_true(c.granted(4));
}

static void who_counts_on_another_arbiter_is_taken_over_by_force_only(void**) {
  for (int forced = 0; forced < 2; ++forced) {
    Court c;
    c.says[0].agreement.arbiter = "none";
    c.begin();
    c.fall_silent_and_claim(forced == 1);
    c.run(5000);
    assert_true(c.granted(forced ? 4 : 2));
  }
  Court older;  // it does not tell
  older.says[0].agreement = Agreement();
  older.begin();
  older.fall_silent_and_claim();
  older.run(3000);
  assert_true(older.granted(4));
}

// ---- whom it confirms ------------------------------------------------------

static void while_it_is_forced_away_the_owner_is_not_confirmed(void**) {
  Court c;
  c.begin();
  assert_true(c.heard[0].groups[0].record == c.known());
  c.claim(1, 4);
  c.run(1000);
  assert_true(c.heard[0].groups[0].record == c.known());
  c.claim(1, 4, true);
  c.run(400);
  assert_true(c.heard[0].groups[0].record.none());
  assert_true(c.heard[0].groups[0].fit);
  assert_true(c.heard[1].groups[0].record == c.known());
  c.run(2000);  // though the owner is heard all the time
  assert_true(c.granted(4));
}

static void who_forces_it_and_is_not_heard_takes_no_confirmation(void**) {
  Court c;
  c.begin();
  c.claim(1, 4, true);
  c.run(400);
  c.speaks[1] = false;
  c.run(1300);
  assert_true(c.heard[0].groups[0].record == c.known());
  Court given_up;
  given_up.begin();
  given_up.claim(1, 4, true);
  given_up.run(400);
  given_up.group(1).holding = Holding::Idle;
  given_up.run(400);
  assert_true(given_up.heard[0].groups[0].record == given_up.known());
}

// ---- what it knows ---------------------------------------------------------

static void with_a_new_disk_it_knows_what_both_nodes_say(void**) {
  Court c;
  c.group(1).record = Record();
  c.boot();
  c.run(3000);
  assert_true(c.known().none());
  assert_false(c.heard[0].groups[0].fit);
  c.group(1).record = record(2, 1, "hdp3", "");
  c.run(1000);
  assert_true(c.known().none());
  c.group(1).record = c.group(0).record;
  c.run(400);
  assert_true(c.known() == c.group(0).record);
  assert_true(c.heard[0].groups[0].fit);
}

static void with_a_new_disk_only_force_founds_a_record(void**) {
  Court c;
  c.speaks[0] = false;
  c.boot();
  c.claim(1, 4);
  c.run(5000);
  assert_true(c.known().none());
  c.claim(1, 4, true);
  c.run(400);
  assert_true(c.granted(4));
  Court nobody_has_one;
  nobody_has_one.group(0).record = nobody_has_one.group(1).record = Record();
  nobody_has_one.boot();
  nobody_has_one.claim(1, 2);
  nobody_has_one.run(5000);
  assert_true(nobody_has_one.known().none());
}

static void a_higher_record_of_either_node_is_taken(void**) {
  Court c;
  c.begin();
  c.group(1).record.version = 3;
  c.group(1).record.paired.clear();
  c.say(1);
  assert_true(c.known() == c.group(1).record);
  c.run(1000);  // hdp3 says the old one still
  assert_true(c.known() == c.group(1).record);
  c.group(0).record = record(5, 1, "hdp3", "");
  c.say(0);
  assert_true(c.known() == c.group(0).record);
  assert_true(c.heard[1].groups[0].record == c.known());  // said at once
  assert_int_equal(c.disk.epoch, 5);
}

static void the_highest_epoch_is_kept_and_told(void**) {
  Court c;
  c.begin();
  c.says[1].epoch = 20;
  c.run(400);
  assert_int_equal(c.heard[0].epoch, 20);
  assert_int_equal(c.disk.epoch, 20);
  c.says[1].epoch = 4;
  c.boot();
  c.run(400);
  assert_int_equal(c.heard[0].epoch, 20);
  assert_int_equal(c.disk.incarnation, c.incarnation);
}

static void beats_of_others_are_nobodys(void**) {
  Court c;
  c.begin();
  c.group(1).record = record(5, 1, "hdp3", "");
  c.say(1, [](Beat* b) { b->pair = "other"; });
  c.say(1, [](Beat* b) { b->to = "gx"; });
  c.say(1, [](Beat* b) { b->witness = true; });
  c.say(1, [](Beat* b) { b->from = "hdp5"; });
  assert_true(c.granted(2));
  c.say(1);
  assert_true(c.granted(5));
}

static void each_node_is_told_of_its_groups_by_its_names(void**) {
  Court c;
  c.begin();
  c.says[1].groups.push_back(c.group(1));
  c.group(1, 1).name = "web";
  c.group(0).name = "new";
  c.run(1000);
  assert_int_equal(c.heard[0].groups.size(), 1);
  assert_string_equal(c.heard[0].groups[0].name.c_str(), "new");
  assert_true(c.heard[0].groups[0].record == c.known());
  assert_int_equal(c.heard[1].groups.size(), 2);
  assert_string_equal(c.heard[1].groups[0].name.c_str(), "vip");
  assert_string_equal(c.disk.groups[0].name.c_str(), "vip");
  c.group(1).name = "new";
  c.run(1000);
  assert_string_equal(c.disk.groups[0].name.c_str(), "new");
  assert_true(c.core->record("new") == record(2, 2, "hdp3", "i4"));
  assert_true(c.heard[0].groups[0].record == record(2, 2, "hdp3", "i4"));
}

static void a_recorded_beat_calls_no_group_by_its_former_name(void**) {
  Court c;
  c.begin();
  Beat recorded = c.says[0];
  c.ends[0].stamp(c.now, &recorded);
  c.group(0).name = c.group(1).name = "new";
  c.run(1000);
  c.speaks[0] = false;
  c.core->on_beat(c.now, recorded);
  c.perform();
  c.heard[0] = Beat();
  c.run(250);
  assert_int_equal(c.heard[0].groups.size(), 1);
  assert_string_equal(c.heard[0].groups[0].name.c_str(), "new");
}

static void a_group_is_known_by_its_place_after_a_restart(void**) {
  Court c;
  c.know("vip", record(2, 2, "hdp3", "i4"));
  c.group(0).name = "new";
  c.group(0).record = Record();
  c.speaks[1] = false;
  c.boot();
  c.run(1000);
  assert_int_equal(c.heard[0].groups.size(), 1);
  assert_string_equal(c.heard[0].groups[0].name.c_str(), "new");
  assert_true(c.heard[0].groups[0].record == record(2, 2, "hdp3", "i4"));
}

// A new name that has no place of its own among those that are known.
static void what_no_node_has_makes_room_when_it_is_full(void**) {
  static const std::vector<const char*> names[] = {
      {"g15", "g14", "vip", "g2", "g3"},
      {"g0", "g15", "g14", "vip", "g3", "g2"}};
  for (int silent = -1; silent < 2; ++silent) {
    Court c;
    for (int g = 0; g < 16; ++g) {
      c.know(("g" + std::to_string(g)).c_str(), record(1, 1, "hdp3", ""));
    }
    for (int n = 0; n < 2; ++n) {
      const GroupBeat like = c.group(n);
      c.says[n].groups.assign(names[n].size(), like);
      for (size_t g = 0; g < names[n].size(); ++g) {
        c.group(n, g).name = names[n][g];
      }
    }
    if (silent >= 0) c.speaks[silent] = false;
    c.boot();
    c.run(1000);
    assert_int_equal(c.known().none(), silent >= 0);
    assert_int_equal(c.core->record("g1").none(), silent < 0);
    for (const char* kept : {"g0", "g2", "g3", "g14", "g15"}) {
      assert_false(c.core->record(kept).none());
    }
    assert_true(c.core->status(c.now).groups.size() <= 16);
  }
}

// ---- its own beats ---------------------------------------------------------

static void it_beats_every_keepalive_and_answers_who_is_new(void**) {
  Court c;
  c.begin();
  size_t beats = c.beats;
  c.run(2000);
  assert_in_range(c.beats - beats, 9, 11);
  assert_true(c.heard[0].witness);
  assert_string_equal(c.heard[0].agreement.times.c_str(), "200/2000/1000");
  c.has_disk = false;
  c.run(1000);
  assert_false(c.has_disk);  // nothing is written that is not new
  c.run(50);
  beats = c.beats;
  c.ends[1] = Hearing("gw", 70, 2000);
  c.say(1);
  assert_int_equal(c.beats, beats + 1);
}

static void its_status_says_who_is_silent(void**) {
  Court c;
  c.begin();
  c.speaks[0] = false;
  c.run(1900);
  assert_false(c.core->status(c.now).nodes[0].silent);
  c.run(300);
  const WitnessStatus s = c.core->status(c.now);
  assert_true(s.nodes[0].silent);
  assert_false(s.nodes[1].silent);
  assert_true(s.groups[0].record == c.known());
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_owner_is_safe_for_a_deadtime_after_its_last_beat),
      cmocka_unit_test(after_its_own_start_it_grants_nothing_for_a_deadtime),
      cmocka_unit_test(an_owner_that_was_heard_of_is_safe_for_a_deadtime_too),
      cmocka_unit_test(the_longest_deadtime_of_all_counts),
      cmocka_unit_test(what_a_node_told_is_known_after_a_restart),
      cmocka_unit_test(a_claim_is_made_upon_the_present_record),
      cmocka_unit_test(by_force_it_is_taken_whatever_the_record_is),
      cmocka_unit_test(an_owner_that_says_idle_in_its_epoch_has_let_go),
      cmocka_unit_test(the_owner_itself_claims_anew_at_once),
      cmocka_unit_test(who_is_not_heard_within_the_lease_is_granted_nothing),
      cmocka_unit_test(a_witness_that_was_late_waits_for_a_keepalive),
      cmocka_unit_test(
          who_counts_on_another_arbiter_is_taken_over_by_force_only),
      cmocka_unit_test(while_it_is_forced_away_the_owner_is_not_confirmed),
      cmocka_unit_test(who_forces_it_and_is_not_heard_takes_no_confirmation),
      cmocka_unit_test(with_a_new_disk_it_knows_what_both_nodes_say),
      cmocka_unit_test(with_a_new_disk_only_force_founds_a_record),
      cmocka_unit_test(a_higher_record_of_either_node_is_taken),
      cmocka_unit_test(the_highest_epoch_is_kept_and_told),
      cmocka_unit_test(beats_of_others_are_nobodys),
      cmocka_unit_test(each_node_is_told_of_its_groups_by_its_names),
      cmocka_unit_test(a_recorded_beat_calls_no_group_by_its_former_name),
      cmocka_unit_test(a_group_is_known_by_its_place_after_a_restart),
      cmocka_unit_test(what_no_node_has_makes_room_when_it_is_full),
      cmocka_unit_test(it_beats_every_keepalive_and_answers_who_is_new),
      cmocka_unit_test(its_status_says_who_is_silent),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
