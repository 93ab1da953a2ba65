// What a pair's state is called, line by line; and its metrics.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>

#include "hbd/decide/metrics.h"
#include "hbd/decide/status.h"
#include "hbd/decide/verdict.h"

using namespace hbd;

namespace {

// hdp3's, which owns both groups; hdp4 is ready.
Status well() {
  Status s;
  s.pair = "db";
  s.node = "hdp3";
  s.up = true;
  s.peer.name = "hdp4";
  s.witness.name = "gw";
  s.peer.heard = s.witness.heard = true;
  for (const char* name : {"vip", "web"}) {
    GroupStatus g;
    g.name = name;
    g.phase = "owning";
    g.on_peer = "idle";
    g.owner = "hdp3";
    g.next = "hdp4";
    g.record.epoch = 3;
    g.record.owner = "hdp3";
    g.record.paired = "i4";
    g.has_data = s.groups.empty();
    s.groups.push_back(g);
  }
  s.host.links.resize(2);
  for (LinkStatus& l : s.host.links) {
    l.link = "ucast";
    l.up = true;
  }
  s.host.links[0].to = "hdp4";
  s.host.links[1].to = "gw";
  return s;
}

FaultStatus fault(promote::Fault f) {
  FaultStatus s;
  s.fault = f;
  return s;
}

bool says(const Status& s, const char* text) {
  return verdict_text(s).find(text) != std::string::npos;
}

// The line begins like this.
void expect(const Status& s, const std::string& line) {
  const std::string got = check_line(s).substr(0, line.size());
  assert_string_equal(got.c_str(), line.c_str());
  assert_true(check_line(s).find('\n') == check_line(s).size() - 1);
}

}  // namespace

static void a_well_pair_is_ok_and_says_who_serves(void**) {
  Status s = well();
  expect(s, "0 OK: hdp3 serves, hdp4 is ready: a takeover now loses nothing\n");
  s.groups[0].lag = "7";
  assert_true(says(s, "until it has applied the last 7 s\n"));
  s = well();
  s.groups[1].owner = "hdp4";
  expect(s, "0 OK: hdp3 serves, hdp4 serves web, ");
}

static void what_nobody_serves_is_critical(void**) {
  Status s = well();
  for (GroupStatus& g : s.groups) {
    g.owner = g.next = "";
    g.phase = "idle";
    g.waiting = "hdp4 is silent and the witness is not heard";
  }
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: hdp4 is silent");
  s.groups[0].waiting = "";
  s.groups[0].unfit = "the local server is down";
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: the local");
  s.groups[0].phase = "starting";
  s.groups[0].unfit = "";
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: starting here");
  s.groups[0].phase = "idle";
  s.groups[0].on_peer = "own";
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: hdp4 is start");
  s.groups[0].on_peer = "unknown";
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: hdp4 is not h");
  s.groups[0].on_peer = "idle";
  expect(s, "2 CRITICAL: nobody is known to serve vip and web: hdp4 says idle");
}

static void what_is_stuck_is_critical_on_either_node(void**) {
  Status s = well();
  s.groups[1].phase = "stuck";
  expect(s, "2 CRITICAL: web is stuck on hdp3: ");
  s = well();
  s.groups[1].on_peer = "stuck";
  expect(s, "2 CRITICAL: web is stuck on hdp4: ");
  assert_true(says(s, "\n  do: end it there by hand"));
}

static void a_pair_that_is_being_made_is_a_warning(void**) {
  Status s = well();
  s.groups[0].not_ready = "it may lack acknowledged writes";
  s.groups[0].bar = Bar::Writes;
  expect(s, "1 WARNING: hdp4 may not take over yet: it may lack");
  s.groups[0].bar = Bar::Other;
  expect(s, "2 CRITICAL: no takeover is possible: hdp4: it may lack");
  assert_true(says(s, "do: ask 'hbctl status' on hdp4\n"));
  Status other = s;
  other.groups[0].next = "hdp3";
  assert_true(says(other, "do: see 'not fit' below\n"));
  other = s;
  other.peer.silent = true;
  assert_true(says(other, "do: hdp4: look at it"));
  other.peer.silent = false;
  other.peer.left = true;
  assert_true(says(other, "do: hdp4: look at it"));
}

static void one_reason_of_two_groups_is_said_once(void**) {
  Status s = well();
  s.peer.silent = true;
  s.groups[0].not_ready = s.groups[1].not_ready = "it is silent";
  s.host.links[0].up = false;
  expect(s, "2 CRITICAL: no takeover is possible: hdp4: it is silent\n");
}

static void a_fault_is_critical_when_it_stops_who_is_next(void**) {
  Status s = well();
  s.peer_faults.push_back(fault(promote::Fault::SyncBinlog));
  expect(s, "1 WARNING: hdp4 has the fault sync-binlog: ");
  assert_true(says(s, "\n  do: SET GLOBAL sync_binlog = 1\n"));
  s.faults.push_back(fault(promote::Fault::ApplierBroken));
  expect(s, "1 WARNING: hdp3 has the fault applier-broken: ");
  s.peer_faults.push_back(fault(promote::Fault::ApplierBroken));
  expect(s, "2 CRITICAL: hdp4 has the fault applier-broken: ");
}

static void what_stands_beside_the_pair_is_a_warning(void**) {
  Status s = well();
  s.witness.silent = true;
  s.host.links[1].up = false;  // said by that
  s.groups[0].not_ready = "it could not if this node died";
  s.groups[0].bar = Bar::Witness;
  expect(s, "1 WARNING: the witness gw is not heard: no takeover of a node "
            "that falls silent\n");
  // Without a witness nobody is silent, and beside one more may be wrong.
  s.groups[0].not_ready = "its server is down";
  s.groups[0].bar = Bar::Other;
  expect(s, "2 CRITICAL: no takeover is possible: hdp4: its server is down; ");
  s.witness.name = "";
  expect(s, "2 CRITICAL: no takeover is possible: hdp4: its server is down\n");
  s = well();
  s.ping_count = 2;
  s.ping_score = 1;
  expect(s, "1 WARNING: 1 of 2 ping nodes answer\n");
  s = well();
  s.blank = true;
  expect(s, "1 WARNING: hdp3 began without a state file\n");
  s = well();
  s.differ = true;
  s.differences.push_back("deadtime differs: 1s here, 2s on hdp4");
  expect(s, "1 WARNING: haresources differs from node hdp4's; deadtime differs"
            ": 1s here, 2s on hdp4\n");
}

static void a_link_counts_while_another_one_works(void**) {
  Status s = well();
  LinkStatus second = s.host.links[0];
  second.link = "bcast";
  second.up = false;
  s.host.links.push_back(second);
  expect(s, "1 WARNING: link bcast to hdp4 is down\n");
  s.host.links[2].missing = true;
  expect(s, "1 WARNING: link bcast to hdp4 is missing here\n");
  s.host.held_up = true;
  expect(s, "2 CRITICAL: the state file cannot be written");
}

static void the_bar_of_nagios_is_not_in_the_text(void**) {
  Status s = well();
  s.differences.push_back("a | b");
  expect(s, "1 WARNING: a / b\n");
}

static void a_witness_tells_who_is_not_heard(void**) {
  WitnessStatus a, b;
  a.pair = "a";
  b.pair = "b";
  for (WitnessStatus* s : {&a, &b}) {
    s->nodes[0].name = "hdp3";
    s->nodes[1].name = "hdp4";
    s->nodes[0].heard = s->nodes[1].heard = true;
  }
  assert_string_equal(check_line({a, b}).c_str(),
                      "0 OK: pair a: hdp3 and hdp4 are heard; pair b: hdp3 and "
                      "hdp4 are heard\n");
  b.nodes[1].silent = true;
  a.nodes[0].heard = false;
  assert_string_equal(check_line({a, b}).c_str(),
                      "1 WARNING: node hdp3 of pair a is not heard; node hdp4 "
                      "of pair b is not heard\n");
  assert_string_equal(verdict_text(a).substr(0, 44).c_str(),
                      "WARNING: node hdp3 of pair a is not heard\n  ");
}

static void metrics_have_each_family_once_and_quoted_labels(void**) {
  Status s = well();
  s.pair = "d\"b\\";
  s.ping_count = 1;
  s.peer.last_ms = 1234;
  s.peer_faults.push_back(fault(promote::Fault::SyncBinlog));
  const std::string text = metrics_text(s);
  const char* const lines[] = {
      "tandem_check_level{pair=\"d\\\"b\\\\\",node=\"hdp3\"} 1\n",
      "tandem_owner{pair=\"d\\\"b\\\\\",group=\"web\",node=\"hdp4\"} 0\n",
      "tandem_heard_age_seconds{pair=\"d\\\"b\\\\\",node=\"hdp4\"} 1.234\n",
      ",node=\"hdp4\",fault=\"sync-binlog\"} 1\n",
      "tandem_paired{pair=\"d\\\"b\\\\\",group=\"vip\"} 1\n",
      "tandem_ping_nodes_answer{pair=\"d\\\"b\\\\\"} 0\n"};
  for (const char* line : lines) {
    assert_true(text.find(line) != std::string::npos);
  }
  WitnessStatus w;
  w.pair = "db";
  w.witness = "gw";
  for (const std::string& page : {text, metrics_text({w, w}, 5)}) {
    for (size_t at = page.find("# HELP "); at != std::string::npos;
         at = page.find("# HELP ", at + 1)) {
      const std::string name = page.substr(at, page.find(' ', at + 7) - at + 1);
      assert_true(page.find(name) == at);
      assert_true(page.find(name, at + 1) == std::string::npos);
    }
  }
  assert_true(metrics_text({w}, 5).find("strangers_dropped_total 5\n") !=
              std::string::npos);
}

static void a_maintenance_is_shouted_and_nothing_else_for_it(void**) {
  Status s = well();
  s.groups[0].not_ready = "maintenance";
  s.groups[0].bar = Bar::Other;
  assert_true(level_of(findings(s)) == Level::Critical);
  s.maintenance.state = "on";
  s.maintenance.left_ms = 90500;
  expect(s, "1 WARNING: maintenance for another 90s: nothing is started, "
            "stopped or moved\n");
  assert_true(says(s, "'hbctl maintenance off' ends it"));
  assert_true(metrics_text(s).find("tandem_maintenance{pair=\"db\"} 2\n") !=
              std::string::npos);
  assert_true(metrics_text(s).find(
                  "tandem_maintenance_left_seconds{pair=\"db\"} 90.500\n") !=
              std::string::npos);
  s.maintenance.state = "asked";
  expect(s, "1 WARNING: maintenance was asked for, and is not kept by all of "
            "the others yet\n");
  s.maintenance.state = "ending";
  expect(s, "1 WARNING: a maintenance ends: addresses get a lease again\n");
  s.peer.silent = true;
  s.maintenance.peer_ms = 61000;
  assert_true(says(s, "hdp4 may have its address on hold for a maintenance: "
                      "nothing is taken from it for another 61s"));
  assert_true(says(s, "if the host is off: 'hbctl takeover -f REASON'"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_well_pair_is_ok_and_says_who_serves),
      cmocka_unit_test(what_nobody_serves_is_critical),
      cmocka_unit_test(what_is_stuck_is_critical_on_either_node),
      cmocka_unit_test(a_pair_that_is_being_made_is_a_warning),
      cmocka_unit_test(one_reason_of_two_groups_is_said_once),
      cmocka_unit_test(a_fault_is_critical_when_it_stops_who_is_next),
      cmocka_unit_test(what_stands_beside_the_pair_is_a_warning),
      cmocka_unit_test(a_link_counts_while_another_one_works),
      cmocka_unit_test(the_bar_of_nagios_is_not_in_the_text),
      cmocka_unit_test(a_maintenance_is_shouted_and_nothing_else_for_it),
      cmocka_unit_test(a_witness_tells_who_is_not_heard),
      cmocka_unit_test(metrics_have_each_family_once_and_quoted_labels),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
