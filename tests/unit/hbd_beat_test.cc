// A beat comes back as it was, and nothing else is taken for one.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <vector>

#include "hbd/decide/beat.h"

using hbd::Beat;
using hbd::GroupBeat;
using hbd::Holding;

static hbd::Record record(uint64_t epoch, const char* owner,
                          const char* paired) {
  hbd::Record r;
  r.epoch = epoch;
  r.version = 3;
  r.owner = owner;
  r.paired = paired;
  r.owner_instance = "1700000009";
  r.back = true;
  r.start_pos = "0-126-17,1-1-1";
  r.from = "paired";
  return r;
}

static Beat full_beat() {
  Beat b;
  b.pair = "hdp";
  b.from = "hdp3";
  b.to = "hdp4";
  b.incarnation = UINT64_MAX;
  b.seq = 17;
  b.echo_incarnation = 5;
  b.echo_seq = 16;
  b.epoch = 9;
  b.up = b.leaving = b.blank = true;
  b.ping_score = 2;
  b.agreement.times = "200/2000/1000";
  b.agreement.arbiter = "w:gw";
  b.agreement.shape = "0badcafe";
  b.agreement.policy = "ts";
  b.digest = "0123456789abcdef";
  b.maintenance.version = 12;
  b.maintenance.left_ms = 60000;
  b.maintenance.holds = true;
  b.agreement = hbd::Agreement(hbd::Times());
  b.agreement.arbiter = "w:gw";
  b.agreement.shape = "12345678";
  b.agreement.policy = "ts";
  b.attrs["pos"] = "0-126-17";
  b.attrs["fault"] = "too many\tconnections % \n";
  b.attrs["empty"] = "";
  GroupBeat g;
  g.name = "172.16.1.100";
  g.holding = Holding::Claim;
  g.giving_way = g.wants = g.held = g.fit = true;
  g.record = record(8, "hdp4", "1700000000");
  g.claim.record = record(9, "hdp3", "");
  g.claim.base_epoch = 8;
  g.claim.base_version = 3;
  g.claim.forced = true;
  b.groups.push_back(g);
  GroupBeat idle;
  idle.name = "Filesystem::/dev/x y";
  b.groups.push_back(idle);
  return b;
}

static void assert_same_group(const GroupBeat& a, const GroupBeat& b) {
  assert_string_equal(a.name.c_str(), b.name.c_str());
  assert_true(a.holding == b.holding);
  assert_true(a.giving_way == b.giving_way && a.wants == b.wants &&
              a.held == b.held && a.fit == b.fit);
  assert_true(a.record == b.record);
  assert_true(a.claim.record == b.claim.record);
  assert_true(a.claim.base_epoch == b.claim.base_epoch &&
              a.claim.base_version == b.claim.base_version &&
              a.claim.forced == b.claim.forced);
}

static void what_is_sent_is_what_is_heard(void**) {
  const Beat b = full_beat();
  Beat back;
  assert_true(hbd::parse_beat(hbd::format_beat(b), &back));
  assert_string_equal(back.pair.c_str(), "hdp");
  assert_string_equal(back.from.c_str(), "hdp3");
  assert_string_equal(back.to.c_str(), "hdp4");
  assert_true(back.incarnation == b.incarnation && back.seq == b.seq);
  assert_true(back.echo_incarnation == 5 && back.echo_seq == 16);
  assert_true(back.epoch == 9 && back.ping_score == 2);
  assert_true(back.up && back.leaving && back.blank && !back.witness);
  assert_string_equal(back.digest.c_str(), b.digest.c_str());
  Beat sent = b;
  sent.agreement.groups = b.group_names();  // told by the groups themselves
  assert_true(back.agreement == sent.agreement);
  assert_int_equal(back.agreement.deadtime_ms(), 2000);
  assert_true(back.attrs == b.attrs);
  hbd::Agreement told = b.agreement;
  told.groups = b.group_names();
  assert_true(back.agreement == told);
  assert_int_equal(back.groups.size(), 2);
  for (size_t i = 0; i < 2; ++i) {
    assert_same_group(back.groups[i], b.groups[i]);
  }
}

static void a_maintenance_is_one_word_in_seconds(void**) {
  Beat b = full_beat(), back;
  b.maintenance.left_ms = 59001;
  assert_true(hbd::parse_beat(hbd::format_beat(b), &back));
  assert_int_equal(back.maintenance.version, 12);
  assert_int_equal(back.maintenance.left_ms, 60000);
  assert_true(back.maintenance.holds);
  const std::string good = " m=12.60.1";
  for (const char* bad : {" m=", " m=12", " m=12.60", " m=0.60.1", " m=12.60.2",
                          " m=12.x.1", " m=12.60.1.1", " m=-1.60.1",
                          " m=12.18446744073709551615.1"}) {
    std::string text = hbd::format_beat(b);
    const size_t at = text.find(good);
    assert_true(at != std::string::npos);
    text.replace(at, good.size(), bad);
    assert_true(hbd::parse_beat(text, &back) == (std::string(bad) == " m="));
  }
  b.maintenance = hbd::MaintenanceBeat();
  assert_true(hbd::format_beat(b).find(" m=") == std::string::npos);
}

static void records_differ_by_every_field(void**) {
  const hbd::Record r = record(8, "hdp4", "1700000000");
  std::vector<hbd::Record> others(7, r);
  others[0].paired = "1";
  others[1].owner_instance.clear();
  others[2].back = false;
  others[3].start_pos.clear();
  others[4].from = "alone";
  others[5].owner = "hdp3";
  ++others[6].version;
  for (const hbd::Record& o : others) assert_false(o == r);
}

static void every_holding_comes_back(void**) {
  const Holding all[] = {Holding::Idle, Holding::Own, Holding::Release,
                         Holding::Stuck};
  for (size_t i = 0; i < sizeof all / sizeof *all; ++i) {
    Beat b = full_beat(), back;
    b.groups[0].holding = all[i];
    assert_true(hbd::parse_beat(hbd::format_beat(b), &back));
    assert_true(back.groups[0].holding == all[i]);
  }
}

static void no_part_of_a_beat_is_a_beat(void**) {
  const std::string text = hbd::format_beat(full_beat());
  for (size_t n = 0; n < text.size(); ++n) {
    Beat b;
    b.pair = "kept";
    assert_false(hbd::parse_beat(text.substr(0, n), &b));
    assert_string_equal(b.pair.c_str(), "kept");
  }
}

// A changed byte is refused or is a beat that says what its text says.
static void a_changed_byte_is_refused_or_stays_readable(void**) {
  const std::string text = hbd::format_beat(full_beat());
  for (size_t i = 0; i < text.size(); ++i) {
    for (int c = 0; c < 256; c += 5) {
      std::string changed = text;
      changed[i] = static_cast<char>(c);
      Beat b, again;
      if (!hbd::parse_beat(changed, &b)) continue;
      assert_true(hbd::parse_beat(hbd::format_beat(b), &again));
      assert_true(again.incarnation == b.incarnation &&
                  again.attrs == b.attrs &&
                  again.groups.size() == b.groups.size());
    }
  }
}

static void lines_that_are_not_ours_are_refused(void**) {
  const std::string text = hbd::format_beat(full_beat());
  Beat b;
  assert_false(hbd::parse_beat("", &b));
  assert_false(hbd::parse_beat("end\n", &b));
  assert_false(hbd::parse_beat(text + "more\n", &b));
  assert_false(hbd::parse_beat(text + text, &b));
  std::string newer = text;
  newer.replace(newer.find(" 2\n"), 3, " 3\n");
  assert_false(hbd::parse_beat(newer, &b));
  Beat twice = full_beat();
  twice.groups[1].name = twice.groups[0].name;
  assert_false(hbd::parse_beat(hbd::format_beat(twice), &b));
  Beat no_claim = full_beat();
  no_claim.groups[0].claim.record = hbd::Record();
  assert_false(hbd::parse_beat(hbd::format_beat(no_claim), &b));
  for (const char* name : {"pair=hdp", "from=hdp3", "to=hdp4"}) {
    std::string bad = text;
    bad.replace(bad.find(name), std::string(name).size(),
                std::string(name) + "%20x");
    assert_false(hbd::parse_beat(bad, &b));
  }
}

static void what_a_later_version_adds_is_passed_over(void**) {
  std::string text = hbd::format_beat(full_beat());
  text.insert(text.find(" seq="), " mood=good");
  text.insert(text.find("\ngroup ") + 7 + text.substr(text.find("\ngroup ") + 7)
                                              .find(' '), " colour=red");
  Beat b;
  assert_true(hbd::parse_beat(text, &b));
  assert_string_equal(hbd::format_beat(b).c_str(),
                      hbd::format_beat(full_beat()).c_str());
}

static void the_pair_that_a_beat_names_can_be_told_unsigned(void**) {
  const std::string text = hbd::format_beat(full_beat());
  assert_string_equal(hbd::named_pair(text).c_str(), "hdp");
  assert_string_equal(hbd::named_pair("tandem-beat 2\nbeat pair=x").c_str(),
                      "x");
  const char* none[] = {"", "noise", "tandem-beat 1", "tandem-beat 1\nbeat",
                        "tandem-beat 1\nbeat x", "x\nbeat pair=x"};
  for (size_t i = 0; i < sizeof none / sizeof *none; ++i) {
    assert_string_equal(hbd::named_pair(none[i]).c_str(), "");
  }
}

static void there_is_a_limit_on_everything(void**) {
  Beat b = full_beat(), back;
  b.attrs["long"] = std::string(129, 'x');
  assert_false(hbd::parse_beat(hbd::format_beat(b), &back));
  b = full_beat();
  for (int i = 0; i < 17; ++i) {
    GroupBeat g;
    g.name = "g" + std::to_string(i);
    b.groups.push_back(g);
  }
  assert_false(hbd::parse_beat(hbd::format_beat(b), &back));
  b = full_beat();
  for (int i = 0; i < 9; ++i) {
    b.attrs["k" + std::to_string(i)] = std::string(120, 'x');
  }
  assert_true(hbd::format_beat(b).size() > hbd::kBeatBytesMax);
  assert_false(hbd::parse_beat(hbd::format_beat(b), &back));
  for (std::string hbd::Record::*field :
       {&hbd::Record::paired, &hbd::Record::owner_instance,
        &hbd::Record::start_pos}) {
    b = full_beat();
    b.groups[0].record.*field = std::string(128, 'x');
    assert_true(hbd::parse_beat(hbd::format_beat(b), &back));
    b.groups[0].record.*field += "x";
    assert_false(hbd::parse_beat(hbd::format_beat(b), &back));
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_is_heard),
      cmocka_unit_test(a_maintenance_is_one_word_in_seconds),
      cmocka_unit_test(records_differ_by_every_field),
      cmocka_unit_test(every_holding_comes_back),
      cmocka_unit_test(no_part_of_a_beat_is_a_beat),
      cmocka_unit_test(a_changed_byte_is_refused_or_stays_readable),
      cmocka_unit_test(lines_that_are_not_ours_are_refused),
      cmocka_unit_test(what_a_later_version_adds_is_passed_over),
      cmocka_unit_test(the_pair_that_a_beat_names_can_be_told_unsigned),
      cmocka_unit_test(there_is_a_limit_on_everything),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
