// Faults of the servers: told once, shown with since when, and obeyed as the
// table says.
#include <string.h>

#include "tests/unit/hbd_solo.h"

#include "hbd/decide/trouble.h"

using promote::Fault;

static std::string code_of(Fault f) {
  promote::Faults all;
  all.add(f);
  return all.code();
}

static bool holds(const Trouble& t, Fault f) {
  for (const Trouble::Held& h : t.held()) {
    if (h.fault == f) return true;
  }
  return false;
}

static void a_trouble_is_told_once_and_is_gone_after_a_while(void**) {
  Trouble t;
  promote::Faults one, none;
  one.add(Fault::SyncBinlog);
  std::vector<Trouble::News> news = t.take(1000, one);
  assert_int_equal(news.size(), 1);
  assert_false(news[0].gone);
  assert_true(t.take(1500, one).empty());
  assert_true(t.take(3499, none).empty());
  assert_true(holds(t, Fault::SyncBinlog));
  // It is back before anybody was told that it was gone.
  assert_true(t.take(3499, one).empty());
  assert_int_equal(t.held()[0].since_ms, 1000);
  assert_true(t.take(5498, none).empty());
  news = t.take(5499, none);
  assert_int_equal(news.size(), 1);
  assert_true(news[0].gone);
  assert_true(t.held().empty());
  assert_int_equal(t.take(5500, one).size(), 1);
}

// hdp3 owns, paired with hdp4.
static void begin_paired(Solo* s) {
  s->know(record(1, 2, "hdp3", ""));
  s->boot();
  s->run(5000);
  assert_true(s->paired());
  s->hooks.clear();
  s->told.clear();
  s->log.clear();
}

static void ours(Solo* s, const std::string& faults) {
  Solo::put(&s->server, "faults", faults.c_str());
  s->watch();
}

static void theirs(Solo* s, const std::string& faults) {
  Solo::put(&s->peer.says.attrs, "faults", faults.c_str());
  s->say(&s->peer);
}

static bool logged(const Solo& s, const char* begin) {
  for (const std::string& line : s.log) {
    if (line.compare(0, strlen(begin), begin) == 0) return true;
  }
  return false;
}

static void both_nodes_faults_are_logged_and_our_own_paged(void**) {
  Solo s;
  begin_paired(&s);
  ours(&s, code_of(Fault::SyncBinlog));
  assert_true(logged(s, "fault sync-binlog hdp3: "));
  assert_true(s.was_told("fault"));
  s.told.clear();
  theirs(&s, code_of(Fault::ApplierDelayed));
  assert_true(logged(s, "fault applier-delayed hdp4: "));
  assert_false(s.was_told("fault"));
  s.run(5000);
  const Status st = s.core->status(s.now);
  assert_int_equal(st.faults.size(), 1);
  assert_int_equal(st.peer_faults.size(), 1);
  assert_in_range(st.faults[0].since_ms, 5000, 5001);
  assert_non_null(strstr(status_text(st).c_str(),
                         "fault on hdp3 for 5s: sync-binlog: "));
  assert_non_null(strstr(status_text(st).c_str(), "fault on hdp4 for 5s"));
  assert_non_null(strstr(status_json(st).c_str(),
                         "\"faults\":[{\"name\":\"sync-binlog\""));
  ours(&s, "");
  theirs(&s, "");
  s.run(2500);
  assert_true(logged(s, "fault-gone sync-binlog hdp3"));
  assert_true(logged(s, "fault-gone applier-delayed hdp4"));
  assert_true(s.was_told("fault-gone"));
  assert_true(s.core->status(s.now).faults.empty());
  assert_true(s.paired());
  assert_int_equal(s.hooks.size(), 0);  // it is the same pair all the time
}

// One that cannot be asked has the faults that it had.
static void of_a_server_that_is_down_nothing_is_gone(void**) {
  Solo s;
  begin_paired(&s);
  ours(&s, code_of(Fault::LogFlush));
  s.up = false;
  s.run(5000);
  assert_int_equal(s.core->status(s.now).faults.size(), 1);
  assert_false(logged(s, "fault-gone"));
}

// What a hook has found is told and stops nothing.
static void what_a_hook_found_is_shown(void**) {
  Solo s;
  begin_paired(&s);
  Solo::put(&s.peer.says.attrs, "found", code_of(Fault::Strangers).c_str());
  s.say(&s.peer);
  assert_true(logged(s, "fault strangers hdp4"));
  s.run(2000);
  assert_true(s.paired());
}

static void every_fault_that_stops_pairing_ends_a_pair(void**) {
  for (unsigned i = 0; i < promote::kFaultCount; ++i) {
    const Fault f = static_cast<Fault>(i);
    const promote::FaultRow& row = promote::fault_row(f);
    for (bool own : {true, false}) {
      Solo s;
      begin_paired(&s);
      // Who cannot write gives way to a peer that may take it.
      if (own) s.peer.group().fit = false;
      s.run(300);
      (own ? ours : theirs)(&s, code_of(f));
      s.run(3000);
      assert_true(s.owns());
      s.peer.group().fit = true;
      assert_int_equal(s.known().alone(), row.stops_pairing);
      assert_int_equal(s.count("alone"), row.stops_pairing ? 1 : 0);
      assert_int_equal(s.count("paired"), 0);
      if (!row.stops_pairing) continue;
      const std::string why = std::string("group vip alone: ") + row.name +
                              (own ? " on hdp3" : " on hdp4");
      assert_true(logged(s, why.c_str()));
      (own ? ours : theirs)(&s, "");
      s.run(12000);
      assert_true(s.paired());
    }
  }
}

// The record vouches for the replica hdp3; its owner hdp4 falls silent.
static void the_owner_is_lost(Solo* s, const std::string& faults) {
  s->ours("replica", "i3", "yes");
  Record r = record(1, 2, "hdp4", "i3");
  s->know(r);
  s->peer.group().holding = Holding::Own;
  s->theirs("primary", "i4", "");
  Solo::put(&s->server, "faults", faults.c_str());
  s->boot();
  s->run(3000);
  s->silence(true, false);
  s->run(6000);
}

static void a_node_is_not_fit_with_a_fault_that_stops_a_takeover(void**) {
  for (unsigned i = 0; i < promote::kFaultCount; ++i) {
    const Fault f = static_cast<Fault>(i);
    const promote::FaultRow& row = promote::fault_row(f);
    Solo s;
    the_owner_is_lost(&s, code_of(f));
    assert_int_equal(s.owns(), !row.stops_takeover);
    if (!row.stops_takeover) continue;
    const Status st = s.core->status(s.now);
    assert_string_equal(
        st.groups[0].unfit.c_str(),
        (std::string("the local server has a fault: ") + row.name).c_str());
    assert_string_equal(st.groups[0].waiting.c_str(),
                        st.groups[0].unfit.c_str());
    ours(&s, "");
    s.run(3000);
    assert_true(s.owns());
  }
}

static void an_operator_overrides_a_fault(void**) {
  Solo s;
  the_owner_is_lost(&s, code_of(Fault::ApplierBroken));
  s.command(CommandKind::Takeover);
  assert_false(s.reply_ok);
  assert_non_null(strstr(s.reply.c_str(), "applier-broken"));
  s.command(CommandKind::ForceTakeover);
  s.run(3000);
  assert_true(s.owns());
}

static void a_standby_names_the_fault_that_is_in_its_way(void**) {
  Solo s;
  begin_paired(&s);
  theirs(&s, code_of(Fault::ApplierBroken));
  s.peer.group().fit = false;
  s.say(&s.peer);
  s.command(CommandKind::Standby);
  assert_false(s.reply_ok);
  assert_string_equal(s.reply.c_str(),
                      "vip: hdp4 may not take it: its server has a fault: "
                      "applier-broken");
  assert_true(s.owns());
}

// hdp4 owns, paired with hdp3.
static void begin_as_replica(Solo* s) {
  s->ours("replica", "7", "yes");
  s->peer.group().holding = Holding::Own;
  s->know(record(1, 2, "hdp4", "7"));
  s->boot();
  s->run(1000);
}

static void a_takeover_names_what_keeps_the_owner_from_giving(void**) {
  Solo s;
  begin_as_replica(&s);
  theirs(&s, code_of(Fault::LoginRefused));
  s.command(CommandKind::Takeover);
  assert_false(s.reply_ok);
  assert_string_equal(s.reply.c_str(),
                      "vip: hdp4 would not let it go: its server has a fault: "
                      "login-refused");
  theirs(&s, "");
  s.command(CommandKind::Takeover);
  assert_true(s.reply_ok);
}

static void status_says_why_a_takeover_would_not_come(void**) {
  Solo s;
  begin_paired(&s);
  assert_true(s.shows("  hdp4 is ready: a takeover now loses nothing\n"));
  assert_non_null(strstr(status_json(s.core->status(s.now)).c_str(),
                         "\"ready\":true,\"not_ready\":null"));
  Solo::put(&s.peer.says.attrs, "lag", "37");
  s.say(&s.peer);
  assert_true(s.shows("loses nothing, and lasts until it has applied the last "
                      "37 s\n"));
  Solo::put(&s.peer.says.attrs, "lag", "0");
  s.say(&s.peer);
  assert_true(s.shows("a takeover now loses nothing\n"));
  s.peer.group().takes = false;
  s.say(&s.peer);
  assert_true(s.shows("hdp4 may not take over: it could not if this node"));
  theirs(&s, code_of(Fault::ApplierBroken));
  assert_true(s.shows("hdp4 may not take over: its server has a fault: "
                      "applier-broken"));
  theirs(&s, "");
  s.peer.group().takes = true;
  s.peer.group().holding = Holding::Release;
  s.say(&s.peer);
  assert_true(s.shows("hdp4 may not take over: it is not idle: release"));
  s.peer.group().holding = Holding::Idle;
  const Record agreed = s.peer.group().record;
  s.peer.group().record = record(1, 1, "hdp3", "");
  s.say(&s.peer);
  assert_true(s.shows("hdp4 may not take over: it has another record"));
  s.peer.group().record = agreed;
  s.theirs("replica", "9", "yes");
  s.say(&s.peer);
  s.run(400);
  assert_false(s.paired());
  assert_true(s.shows("hdp4 may not take over: it may lack acknowledged"));
  s.peer.says.up = false;
  s.say(&s.peer);
  assert_true(s.shows("hdp4 may not take over: its server is down"));
  s.silence(true, false);
  s.run(2000);
  assert_true(s.shows("hdp4 may not take over: it is silent"));
  assert_non_null(strstr(status_json(s.core->status(s.now)).c_str(),
                         "\"ready\":false,\"not_ready\":\"it is silent\""));
  Solo left;
  begin_paired(&left);
  left.peer.says.leaving = true;
  left.say(&left.peer);
  assert_true(left.shows("hdp4 may not take over: it left"));
}

static void a_replica_says_whether_it_is_ready(void**) {
  Solo s;
  begin_as_replica(&s);
  assert_true(s.shows("  hdp3 is ready: a takeover now loses nothing\n"));
  ours(&s, code_of(Fault::ApplierBroken));
  assert_true(s.shows("hdp3 may not take over: the local server has a fault"));
  ours(&s, "");
  s.ours("replica", "8", "yes");
  assert_true(s.shows("hdp3 may not take over: this node may lack"));
  s.ours("replica", "7", "yes");
  assert_true(s.to_peer.groups[0].takes);
  s.silence(false, true);
  s.run(2000);
  assert_true(s.shows("hdp3 may not take over: the witness is not heard"));
  assert_false(s.to_peer.groups[0].takes);
  // A fence does not stand for it.
  Solo fenced;
  fenced.config.has_fence = true;
  begin_as_replica(&fenced);
  fenced.silence(false, true);
  fenced.run(2000);
  assert_true(fenced.shows("may not take over: the witness is not heard"));
}

static void an_owner_goes_on_with_any_fault(void**) {
  Solo s;
  begin_paired(&s);
  promote::Faults all;
  for (unsigned i = 0; i < promote::kFaultCount; ++i) {
    all.add(static_cast<Fault>(i));
  }
  ours(&s, all.code());
  s.run(10000);
  assert_true(s.owns());
  assert_int_equal(s.count("stop0") + s.count("start0"), 0);
  assert_string_equal(s.core->status(s.now).groups[0].unfit.c_str(), "");
}

// A group without the server has nothing to do with it.
static void a_fault_of_the_server_is_its_groups(void**) {
  Solo s;
  s.add_group("web", "hdp3", 1, false);
  s.peer.group(0).fit = s.peer.group(1).fit = true;
  s.know(record(1, 2, "hdp4", "i3"), 0);
  s.know(record(1, 2, "hdp4", "i3"), 1);
  s.peer.group(0).holding = s.peer.group(1).holding = Holding::Own;
  s.theirs("primary", "i4", "");
  s.ours("replica", "i3", "yes");
  Solo::put(&s.server, "faults", code_of(Fault::ApplierBroken).c_str());
  s.boot();
  s.run(3000);
  s.silence(true, false);
  s.run(6000);
  assert_false(s.owns(0));
  assert_true(s.owns(1));
}

// The owner counts on it, and still it is made read-only, by the follow event.
static void a_writable_replica_follows_while_it_is_counted_on(void**) {
  for (bool writable : {false, true}) {
    Solo s;
    s.ours("replica", "i3", "yes");
    s.know(record(1, 2, "hdp4", "i3"));
    s.peer.group().holding = Holding::Own;
    s.theirs("primary", "i4", "");
    s.boot();
    s.run(3000);
    s.hooks.clear();
    if (writable) ours(&s, code_of(Fault::WritableReplica));
    s.run(500);
    assert_int_equal(s.count("follow") > 0, writable);
  }
}

static void what_a_hook_found_is_gone_when_pairing_succeeds(void**) {
  Solo s;
  s.hangs.insert("paired");
  s.know(record(1, 2, "hdp3", ""));
  s.boot();
  while (s.hung.count("paired") == 0) s.run(1);
  // Hooks are told what is known of the server.
  assert_string_equal(
      tandem::attr_value(s.runs.back().attrs, "role").c_str(), "primary");
  tandem::Attrs found;
  found["found"] = code_of(Fault::Strangers);
  const uint32_t id = s.hung["paired"];
  s.hung.clear();
  s.hangs.clear();
  s.fails.insert("paired");
  s.core->on_hook_exit(s.now, id, false, found);
  s.perform();
  s.run(8000);  // fails again and again, without a word
  assert_int_equal(s.core->status(s.now).faults.size(), 1);
  assert_true(s.was_told("fault"));
  s.fails.clear();
  s.run(40000);
  assert_true(s.paired());
  assert_true(s.core->status(s.now).faults.empty());
}

static void semi_sync_that_somebody_switched_off_ends_a_pair(void**) {
  Solo s;
  begin_paired(&s);
  Solo::put(&s.server, "sync", "yes");
  s.watch();
  s.run(2000);
  Solo::put(&s.server, "sync", "no");  // no replica counts in: the peer's word
  s.run(2000);
  assert_true(s.paired());
  Solo::put(&s.server, "sync", "off");
  s.watch();
  s.run(600);
  assert_true(s.paired());  // a line from before the pairing says so too
  assert_int_equal(s.count("alone"), 0);
  s.run(600);
  assert_true(logged(s, "group vip alone: semi-sync was switched off here"));
  assert_int_equal(s.count("alone"), 1);
  s.run(3000);
  assert_true(s.count("paired") >= 1);
}

static void a_line_from_before_the_pairing_does_not(void**) {
  Solo s;
  s.watcher_speaks = true;
  Solo::put(&s.server, "sync", "off");
  s.know(record(1, 2, "hdp3", ""));
  s.boot();
  while (!s.paired()) s.run(1);
  s.run(550);
  assert_true(s.paired());
  Solo::put(&s.server, "sync", "yes");
  s.watch();
  s.run(5000);
  assert_true(s.paired());
  assert_int_equal(s.count("paired"), 1);
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_trouble_is_told_once_and_is_gone_after_a_while),
      cmocka_unit_test(both_nodes_faults_are_logged_and_our_own_paged),
      cmocka_unit_test(of_a_server_that_is_down_nothing_is_gone),
      cmocka_unit_test(what_a_hook_found_is_shown),
      cmocka_unit_test(every_fault_that_stops_pairing_ends_a_pair),
      cmocka_unit_test(a_node_is_not_fit_with_a_fault_that_stops_a_takeover),
      cmocka_unit_test(an_operator_overrides_a_fault),
      cmocka_unit_test(a_standby_names_the_fault_that_is_in_its_way),
      cmocka_unit_test(a_takeover_names_what_keeps_the_owner_from_giving),
      cmocka_unit_test(status_says_why_a_takeover_would_not_come),
      cmocka_unit_test(a_replica_says_whether_it_is_ready),
      cmocka_unit_test(an_owner_goes_on_with_any_fault),
      cmocka_unit_test(a_fault_of_the_server_is_its_groups),
      cmocka_unit_test(a_writable_replica_follows_while_it_is_counted_on),
      cmocka_unit_test(what_a_hook_found_is_gone_when_pairing_succeeds),
      cmocka_unit_test(semi_sync_that_somebody_switched_off_ends_a_pair),
      cmocka_unit_test(a_line_from_before_the_pairing_does_not),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
