// The state file comes back as it was; a damaged one is never an empty one.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "hbd/decide/state.h"

using hbd::GroupState;
using hbd::State;

static State full_state() {
  State s;
  s.node = "hdp3";
  s.incarnation = 1234567;
  s.epoch = 12;
  s.blank = false;
  GroupState g;
  g.name = "172.16.1.100";
  g.need_follow = true;
  g.owning = g.unagreed = true;
  g.record.epoch = 11;
  g.record.version = 4;
  g.record.owner = "hdp4";
  g.record.paired = "1700 000";
  g.record.owner_instance = "1699";
  g.record.back = true;
  g.record.start_pos = "0-1-5";
  g.record.from = "alone";
  s.groups.push_back(g);
  s.incarnation = 77;
  hbd::Told told;
  told.node = "hdp4";
  told.agreement.times = "200/2000/1000";
  told.agreement.arbiter = "w:gw";
  told.agreement.shape = "12345678";
  told.agreement.policy = "ws";
  told.agreement.groups = {"172.16.1.100", "web::a%"};
  s.told.push_back(told);
  GroupState none;
  none.name = "b c";
  s.groups.push_back(none);
  s.maintenance.version = 4;
  s.maintenance.left_ms = 60000;
  s.maintenance.agreed = true;
  s.maintenance.digest = "a b";
  s.maintenance.wall_ms = 1700000000000;
  s.maintenance.holds["hdp3"] = 120000;
  s.maintenance.holds["hdp4"] = 0;
  return s;
}

static void it_comes_back_as_it_was(void**) {
  const State s = full_state();
  State back;
  const tandem::Error e = hbd::parse_state("f", hbd::format_state(s), &back);
  assert_string_equal(e.c_str(), "");
  assert_true(back == s);
}

static void a_file_cut_short_is_an_error(void**) {
  const std::string text = hbd::format_state(full_state());
  // The newline behind "end" is the one byte that may be missing.
  for (size_t n = 0; n + 1 < text.size(); ++n) {
    State s;
    s.node = "kept";
    const tandem::Error e = hbd::parse_state("f", text.substr(0, n), &s);
    assert_int_equal(e.code(), tandem::kExitConfig);
    assert_true(tandem::Error(e).text().compare(0, 2, "f:") == 0);
    assert_string_equal(s.node.c_str(), "kept");
  }
}

static void damage_names_its_line(void**) {
  const struct { const char* from; const char* to; const char* at; } table[] =
      {{"tandem-state 1", "tandem-state 2", "f:1:"},
       {"epoch=12", "epoch=-1", "f:2:"},
       {"blank=0", "blank=2", "f:2:"},
       {"blank=0", "blank=0 more=1", "f:2:"},
       {"told hdp4", "tells hdp4", "f:3:"},
       {"arb=w:gw", "arb=w:gw more=1", "f:3:"},
       {"owning=1", "owning=x", "f:4:"},
       {"owner=hdp4", "owner=", "f:4:"},
       {"from=alone", "from=luck", "f:4:"},
       {"version=4", "version=4 version=4", "f:4:"},
       {"group b", "grope b", "f:5:"},
       {"maintenance version=4", "maintenance version=0", "f:6:"},
       {"60000 agreed=1", "60000 agreed=1 agreed=1", "f:6:"},
       {"60000 agreed=1", "60000 agreed=1 more=1", "f:6:"},
       {"hold hdp4 left=0", "hold hdp4 left=x", "f:8:"},
       {"hold hdp4 left=0", "hold hdp4 left=0 more=1", "f:8:"},
       {"hold hdp4 left=0", "hold hdp3 left=0", "f:8:"},
       {"hold hdp4 left=0", "maintenance version=5 left=0 agreed=0 wall=1",
        "f:8:"},
       {"blank=0", "blank=0\nhold hdp4 left=0", "f:3:"},
       {"end\n", "end\nmore\n", "f:10:"},
       {"end\n", "", "f:"}};
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
    std::string text = hbd::format_state(full_state());
    const size_t at = text.find(table[i].from);
    assert_true(at != std::string::npos);
    text.replace(at, std::string(table[i].from).size(), table[i].to);
    State s;
    const tandem::Error e = hbd::parse_state("f", text, &s);
    assert_false(e.ok());
    assert_true(e.text().find(table[i].at) == 0);
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_comes_back_as_it_was),
      cmocka_unit_test(a_file_cut_short_is_an_error),
      cmocka_unit_test(damage_names_its_line),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
