// A maintenance: what is kept of it, who waits for whom, and hbd that stops and
// starts in one.
#include "hbd/decide/maintenance.h"

#include "tests/unit/hbd_world.h"

static const uint64_t kMinute = 60000;

static MaintenanceBeat said(uint64_t version, uint64_t left_ms, bool holds) {
  MaintenanceBeat b;
  b.version = version;
  b.left_ms = left_ms;
  b.holds = holds;
  return b;
}

static void an_order_is_on_until_its_time_and_holds_a_minute_longer(void**) {
  Maintenance m("hdp3", "hdp4");
  assert_false(m.is_on(1000));
  assert_false(m.may_hold(1000, "hdp3"));
  m.order(1000, 5000);
  assert_true(m.is_on(5999));
  assert_int_equal(m.left_ms(5999), 1);
  assert_false(m.is_on(6000));
  for (const char* node : {"hdp3", "hdp4"}) {
    assert_int_equal(m.hold_ms(node), 6000 + kMinute);
    assert_int_equal(m.barred_ms(6000, node), 3 * kMinute);
    assert_true(m.may_hold(5999 + 3 * kMinute, node));
    assert_false(m.may_hold(6000 + 3 * kMinute, node));
  }
  assert_false(m.may_hold(1000, "gw"));
  assert_false(m.is_agreed(1000));
  m.agree();
  assert_true(m.is_agreed(5999));
  assert_false(m.is_agreed(6000));
  assert_true(m.has_agreed());
}

static void a_day_is_the_most(void**) {
  Maintenance m("hdp3", "hdp4");
  m.order(0, kMaintenanceMsMax + 1);
  assert_int_equal(m.left_ms(0), kMaintenanceMsMax);
  Maintenance told("hdp3", "hdp4");
  assert_true(told.take(0, "hdp4", said(7, UINT64_MAX, true)));
  assert_int_equal(told.left_ms(0), kMaintenanceMsMax);
}

static void versions_have_parity_by_node(void**) {
  Maintenance a("hdp3", "hdp4"), b("hdp4", "hdp3");
  a.order(0, 1000);
  b.order(0, 2000);
  const uint64_t va = a.to_say(0, "hdp3").version;
  const uint64_t vb = b.to_say(0, "hdp4").version;
  assert_int_not_equal(va, vb);
  a.order(0, 1000);
  assert_int_equal(a.to_say(0, "hdp3").version, va + 2);
  b.take(0, "hdp3", a.to_say(0, "hdp3"));
  b.order(0, 2000);
  assert_true(b.to_say(0, "hdp4").version > va + 2);
  assert_int_equal((b.to_say(0, "hdp4").version - vb) % 2, 0);
}

static void the_newest_order_counts(void**) {
  Maintenance m("hdp3", "hdp4");
  assert_true(m.take(1000, "hdp3", said(4, 5000, true)));
  assert_int_equal(m.until_ms(), 6000);
  assert_false(m.take(2000, "hdp3", said(4, 9000, true)));
  assert_int_equal(m.until_ms(), 6000);
  m.agree();
  assert_false(m.take(2000, "hdp3", said(3, 0, false)));
  assert_true(m.is_agreed(2000));
  assert_true(m.take(2000, "hdp3", said(5, 0, true)));
  assert_false(m.is_on(2000));
  assert_true(m.has_agreed());  // what is held is held
  assert_true(m.may_hold(2000, "hdp3"));
  assert_true(m.take(2000, "hdp3", said(6, 1000, true)));
  assert_false(m.has_agreed());
  assert_int_equal(m.hold_ms("hdp3"), 6000 + kMinute);  // by the first
}

static void who_held_says_when_it_does_no_more(void**) {
  Maintenance m("hdp3", "hdp4");
  m.take(1000, "hdp3", said(4, 5000, true));
  assert_false(m.take(7000, "hdp3", said(4, 0, true)));
  assert_false(m.take(7000, "hdp3", said(3, 0, false)));
  assert_false(m.take(7000, "hdp3", said(4, 1, false)));
  assert_true(m.may_hold(7000, "hdp3"));
  assert_true(m.take(7000, "hdp3", said(4, 0, false)));
  assert_false(m.may_hold(7000, "hdp3"));
  assert_true(m.may_hold(7000, "hdp4"));
  assert_false(m.take(7000, "hdp3", said(4, 0, false)));
}

static void it_is_over_when_the_first_says_so(void**) {
  Maintenance m("hdp3", "hdp4");
  m.take(1000, "hdp3", said(4, 5000, true));
  assert_false(m.take(2000, "gw", said(3, 0, false)));
  assert_true(m.is_on(2000));
  assert_true(m.take(2000, "gw", said(4, 0, false)));
  assert_false(m.is_on(2000));
  assert_false(m.take(2001, "gw", said(4, 0, false)));
  assert_true(m.may_hold(2001, "hdp3"));
}

static void who_keeps_it_says_the_same(void**) {
  Maintenance m("hdp3", "hdp4");
  m.order(0, 5000);
  const uint64_t v = m.to_say(0, "hdp3").version;
  assert_true(m.is_kept_by(said(v, 1, true)));
  assert_false(m.is_kept_by(said(v, 0, true)));
  assert_false(m.is_kept_by(said(v + 1, 1, true)));
  assert_true(m.to_say(0, "hdp3").holds);
  assert_false(m.to_say(0, "gw").holds);
  m.forget_hold("hdp3");
  assert_false(m.to_say(0, "hdp3").holds);
}

static void what_is_kept_goes_on_by_the_wall_clock(void**) {
  Maintenance m("hdp3", "hdp4");
  m.order(1000, 5000);
  m.agree();
  KeptMaintenance kept = m.to_keep(2000);
  assert_int_equal(kept.left_ms, 4000);
  assert_true(kept.agreed);
  assert_int_equal(kept.holds["hdp4"], 4000 + kMinute);
  kept.wall_ms = 7000000;
  KeptMaintenance set_back = kept;
  set_back.pass_until(6000000);
  assert_int_equal(set_back.left_ms, 4000);
  kept.pass_until(7001500);
  Maintenance back("hdp3", "hdp4");
  back.restore(900, kept);
  assert_int_equal(back.left_ms(900), 2500);
  assert_int_equal(back.hold_ms("hdp4"), 900 + 2500 + kMinute);
  assert_true(back.is_agreed(900));
  assert_int_equal(back.to_say(900, "hdp4").version,
                   m.to_say(2000, "hdp4").version);
  kept.pass_until(8000000);
  assert_int_equal(kept.left_ms, 0);
  assert_int_equal(kept.holds["hdp4"], 0);
  Maintenance late("hdp3", "hdp4");
  late.restore(900, kept);
  assert_false(late.is_on(900));
  assert_true(late.may_hold(900, "hdp3"));  // its kernel may be behind ours
  // What has passed, and nobody waits for, is forgotten.
  assert_int_equal(late.to_keep(900 + 2 * kMinute).holds.size(), 0);
}

static void other_lines_under_a_hold_let_no_hbd_begin(void**) {
  State s;
  s.node = "hdp3";
  s.maintenance.agreed = true;
  s.maintenance.digest = "d";
  s.maintenance.holds["hdp3"] = 1;
  GroupState g;
  g.owning = true;
  g.record.owner = "hdp3";
  s.groups.push_back(g);
  assert_true(has_other_holds(s, "e"));
  assert_false(has_other_holds(s, "d"));
  State t = s;
  t.maintenance.agreed = false;
  assert_false(has_other_holds(t, "e"));
  t = s;
  t.maintenance.holds["hdp3"] = 0;
  assert_false(has_other_holds(t, "e"));
  t = s;
  t.maintenance.holds.clear();
  assert_false(has_other_holds(t, "e"));
  t = s;
  t.groups[0].owning = false;
  assert_false(has_other_holds(t, "e"));
  t = s;
  t.groups[0].record.owner = "hdp4";
  assert_false(has_other_holds(t, "e"));
}

// ---- a pair -----------------------------------------------------------------

static bool is(const World& w, int i, const char* state) {
  return w.n[i].core->maintenance() == std::string(state);
}

static void begin(World* w) {
  w->run(2500);
  assert_true(w->owns(0));
  w->command(1, CommandKind::Maintenance, "", 30000);
  assert_true(is(*w, 1, "asked"));
  w->run(20);
  assert_true(is(*w, 0, "on"));
  assert_true(is(*w, 1, "on"));
}

static void stopped_and_started_it_is_owned_on(void**) {
  World w(true);
  begin(&w);
  const size_t hooks = w.n[0].hooks.size();
  const uint64_t until_ms = w.n[0].lifeline_ms[0];
  assert_true(until_ms > w.now + 80000 && until_ms <= w.now + 90000);
  w.stop(0);
  assert_false(w.n[0].alive);
  assert_true(w.n[0].state.groups[0].owning);
  w.run(5000);
  assert_true(w.n[1].core->phase(0) == Phase::Idle);
  w.n[0].state.maintenance.pass_until(5000);
  w.boot(0);
  w.run(1000);
  assert_true(w.owns(0));
  assert_int_equal(w.n[0].hooks.size(), hooks);
  assert_true(is(w, 0, "on"));
  w.command(1, CommandKind::Maintenance, "", 0);
  w.run(200);
  assert_true(w.n[0].hooks.size() > hooks);  // its keepers are begun anew
  assert_true(w.owns(0));
  assert_true(w.n[0].lifeline_ms[0] < w.now + 2000);
  assert_true(is(w, 0, "ending"));
  w.run(5000);
  assert_true(is(w, 0, "off"));
  assert_true(is(w, 1, "off"));
  w.n[0].alive = false;
  w.run(6000);
  assert_true(w.owns(1));
}

static void running_it_goes_back_to_a_lease(void**) {
  World w(true);
  begin(&w);
  const size_t hooks = w.n[0].hooks.size();
  w.run(30000);
  assert_true(w.n[0].lifeline_ms[0] < w.now + 2000);
  assert_true(is(w, 0, "ending"));
  w.run(5000);
  assert_true(is(w, 0, "off"));
  assert_true(w.owns(0));
  assert_int_equal(w.n[0].hooks.size(), hooks);
}

static void nobody_takes_it_before_the_hold_has_ended(void**) {
  World w(true);
  begin(&w);
  w.stop(0);
  w.run(30000 + 3 * kMinute - 1000);
  assert_true(w.n[1].core->phase(0) == Phase::Idle);
  assert_true(is(w, 1, "ending"));
  w.run(6000);
  assert_true(w.owns(1));
}

static void it_needs_a_pair_that_hears_and_rests(void**) {
  World w(true);
  w.command(0, CommandKind::Maintenance, "", 30000);
  assert_true(is(w, 0, "off"));
  w.run(2500);
  w.command(0, CommandKind::Maintenance, "", 0);
  assert_string_equal(w.n[0].reply.c_str(), "no maintenance is on");
  w.cut_aw = true;
  w.run(1500);
  w.command(0, CommandKind::Maintenance, "", 30000);
  assert_true(is(w, 0, "off"));
  w.cut_aw = false;
  w.run(1000);
  w.cut_ab = true;
  w.run(1500);
  w.command(0, CommandKind::Maintenance, "", 30000);
  assert_true(is(w, 0, "off"));
}

static void what_is_not_kept_by_all_is_taken_back(void**) {
  World w(true);
  w.run(2500);
  w.cut_aw = w.cut_bw = true;
  w.command(0, CommandKind::Maintenance, "", 30000);
  assert_true(is(w, 0, "asked"));
  w.run(4000);
  assert_true(is(w, 0, "asked"));
  w.run(2000);
  assert_false(is(w, 0, "asked"));
  assert_true(w.n[0].lifeline_ms[0] < w.now + 2000);
  w.cut_aw = w.cut_bw = false;
  w.run(6000);
  assert_true(is(w, 0, "off"));
  assert_true(is(w, 1, "off"));
}

static void orders_wait_until_it_is_over(void**) {
  World w(true);
  begin(&w);
  for (CommandKind kind : {CommandKind::Standby, CommandKind::Takeover,
                           CommandKind::ForceTakeover}) {
    const int i = kind == CommandKind::Standby ? 0 : 1;
    w.command(i, kind);
    assert_true(w.n[i].reply.find("nothing is started") != std::string::npos);
  }
  w.n[0].alive = false;
  w.n[0].lifeline_ms[0] = 0;  // its host
  w.run(5000);
  w.command(1, CommandKind::ForceTakeover);
  w.run(3000);
  assert_true(w.owns(1));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_order_is_on_until_its_time_and_holds_a_minute_longer),
      cmocka_unit_test(a_day_is_the_most),
      cmocka_unit_test(versions_have_parity_by_node),
      cmocka_unit_test(the_newest_order_counts),
      cmocka_unit_test(who_held_says_when_it_does_no_more),
      cmocka_unit_test(it_is_over_when_the_first_says_so),
      cmocka_unit_test(who_keeps_it_says_the_same),
      cmocka_unit_test(what_is_kept_goes_on_by_the_wall_clock),
      cmocka_unit_test(other_lines_under_a_hold_let_no_hbd_begin),
      cmocka_unit_test(stopped_and_started_it_is_owned_on),
      cmocka_unit_test(running_it_goes_back_to_a_lease),
      cmocka_unit_test(nobody_takes_it_before_the_hold_has_ended),
      cmocka_unit_test(it_needs_a_pair_that_hears_and_rests),
      cmocka_unit_test(what_is_not_kept_by_all_is_taken_back),
      cmocka_unit_test(orders_wait_until_it_is_over),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
