// What the plans promise, in every combination of what the two servers may
// look like: nothing received is thrown away, nothing is writable too early.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <algorithm>

#include "promote/plan.h"

using namespace promote;

static Gtids gtids(const char* text) {
  Gtids out;
  assert_true(parse_gtids(text, &out));
  return out;
}

static Facts replica(const char* applied, const char* received, Receiver io,
                     bool sql) {
  Facts f;
  f.server_id = "127";
  f.read_only = true;
  f.replicates = true;
  f.replica.io = io;
  f.replica.sql_running = sql;
  f.replica.sql_errno = "0";
  f.slave_pos = f.binlog_pos = f.executed = f.binlog_state = gtids(applied);
  f.replica.io_pos = gtids(received);
  f.pos = applied;
  return f;
}

static Facts primary(const char* pos) {
  Facts f;
  f.server_id = "126";
  f.binlog_pos = f.executed = f.binlog_state = gtids(pos);
  f.pos = pos;
  return f;
}

static std::string steps(const Plan& p) {
  if (!p.refusal.empty()) return "refused " + p.refusal;
  std::string out;
  for (size_t i = 0; i < p.steps.size(); ++i) {
    out += (i > 0 ? " " : "") + std::string(step_name(p.steps[i]));
  }
  return out;
}

static const char kEnd[] = " forget-source semi-sync-alone set-writable "
                           "enable-events";

static void a_primary_needs_nothing(void**) {
  StartInput in;
  in.local = primary("0-126-7");
  assert_string_equal(steps(plan_start(in)).c_str(), "");
}

static void a_server_without_a_source_is_made_writable(void**) {
  StartInput in;
  in.local = primary("0-126-7");
  in.local.read_only = true;
  assert_string_equal(steps(plan_start(in)).c_str(),
                      "semi-sync-alone set-writable enable-events");
}

static void a_replica_applies_before_it_forgets(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  assert_string_equal(
      steps(plan_start(in)).c_str(),
      (std::string("stop-receiver await-applied") + kEnd).c_str());
}

static void a_stopped_applier_starts_while_the_receiver_is_up(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Connecting, false);
  in.view = PeerView::Gone;
  assert_string_equal(steps(plan_start(in)).c_str(),
                      (std::string("start-applier stop-receiver "
                                   "await-applied") + kEnd).c_str());
}

static void with_both_threads_down_the_relay_log_is_adopted(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::No, false);
  assert_string_equal(steps(plan_start(in)).c_str(),
                      (std::string("adopt-relay-log await-applied") + kEnd)
                          .c_str());
  in.local.replica.io_pos = gtids("0-126-7");
  assert_string_equal(
      steps(plan_start(in)).c_str(),
      "forget-source semi-sync-alone set-writable enable-events");
}

static void a_dead_source_host_is_cut_off(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  in.view = PeerView::Silent;
  assert_true(plan_start(in).has(Step::CutReceiver));
  assert_false(plan_start(in).has(Step::StopReceiver));
}

static void a_living_primary_is_demoted_and_drained_first(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  in.view = PeerView::Lives;
  in.peer = primary("0-126-12");
  assert_string_equal(steps(plan_start(in)).c_str(),
                      (std::string("demote-peer await-received stop-receiver "
                                   "await-applied") + kEnd).c_str());
  in.peer.read_only = true;
  assert_false(plan_start(in).has(Step::DemotePeer));
}

static void a_peer_that_lets_nobody_in_is_a_primary(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  in.view = PeerView::Rejects;
  assert_string_equal(steps(plan_start(in)).c_str(), "refused peer-primary");
  in.forced.insert(kPeerPrimary);
  assert_true(plan_start(in).has(Step::SetWritable));
}

static void a_primary_that_is_ahead_and_not_fetched_stays(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::No, true);
  in.view = PeerView::Lives;
  in.peer = primary("0-126-12");
  assert_string_equal(steps(plan_start(in)).c_str(),
                      "refused missing-transactions");
  in.was_paired = true;  // then what is missing was never acknowledged
  assert_true(plan_start(in).has(Step::DemotePeer));
  in.was_paired = false;
  in.forced.insert(kMissingTransactions);
  assert_true(plan_start(in).has(Step::DemotePeer));
}

static void a_named_channel_is_left_alone(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  in.local.replica.channel = "reports";
  in.forced.insert(kNamedChannel);
  assert_string_equal(steps(plan_start(in)).c_str(), "refused named-channel");
}

static void a_broken_applier_is_skipped_only_by_force(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, false);
  in.local.replica.sql_errno = "1062";
  assert_true(plan_start(in).has(Step::AwaitApplied));
  in.forced.insert(kApplierBroken);
  assert_false(plan_start(in).has(Step::AwaitApplied));
  assert_false(plan_start(in).has(Step::StartApplier));
}

static void a_relay_log_that_was_thrown_away_is_missed(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-7", Receiver::Connecting, true);
  in.view = PeerView::Silent;
  assert_true(plan_start(in).has(Step::SetWritable));
  in.was_paired = true;
  in.noted.add(Fault::ReceivedLost);
  assert_string_equal(steps(plan_start(in)).c_str(), "refused received-lost");
  in.forced.insert("received-lost");
  assert_true(is_refusal("received-lost"));
  assert_true(plan_start(in).has(Step::SetWritable));
}

static const Flavour& flavour(const char* name) {
  const Flavour* f = kFlavours;
  while (std::string(f->name) != name) ++f;
  return *f;
}

static void mysql_keeps_its_relay_log(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::No, false);
  in.local.flavour = &flavour("mysql-5.6");
  assert_string_equal(
      steps(plan_start(in)).c_str(),
      (std::string("start-applier await-applied") + kEnd).c_str());
  in.local.replica.io = Receiver::Yes;
  in.local.replica.sql_running = true;
  in.view = PeerView::Silent;
  assert_string_equal(
      steps(plan_start(in)).c_str(),
      (std::string("stop-receiver await-applied") + kEnd).c_str());
}

static void of_a_living_mysql_nothing_is_cut_off_on_its_way(void**) {
  StartInput in;
  in.local = replica("0-126-7", "0-126-9", Receiver::Yes, true);
  in.local.flavour = &flavour("mysql-5.6");
  in.view = PeerView::Lives;
  in.peer = primary("0-126-12");
  assert_string_equal(steps(plan_start(in)).c_str(),
                      (std::string("demote-peer await-received await-applied "
                                   "stop-receiver") + kEnd).c_str());
}

static ptrdiff_t at(const Plan& p, Step s) {
  return std::find(p.steps.begin(), p.steps.end(), s) - p.steps.begin();
}

static void in_every_case_writable_is_last_and_applied_comes_first(void**) {
  const Receiver ios[] = {Receiver::No, Receiver::Connecting, Receiver::Yes};
  const PeerView views[] = {PeerView::NotAsked, PeerView::Gone,
                            PeerView::Silent, PeerView::Rejects,
                            PeerView::Lives};
  unsigned started = 0;
  for (int io = 0; io < 6; ++io) {
    for (int view = 0; view < 5; ++view) {
      for (int bits = 0; bits < 32; ++bits) {
        StartInput in;
        in.local = replica("0-126-7", bits & 1 ? "0-126-9" : "0-126-7",
                           ios[io % 3], (bits & 2) != 0);
        if (io >= 3) in.local.flavour = &flavour("mysql-5.7");
        in.local.read_only = (bits & 4) != 0;
        in.view = views[view];
        in.peer = primary(bits & 8 ? "0-126-12" : "0-126-9");
        in.peer.read_only = (bits & 16) != 0;
        const Plan p = plan_start(in);
        if (!p.refusal.empty()) {
          assert_int_equal(p.steps.size(), 0);
          continue;
        }
        ++started;
        assert_true(p.has(Step::ForgetSource));
        if (bits & 1) {
          assert_true(at(p, Step::AwaitApplied) < at(p, Step::ForgetSource));
        }
        if (p.has(Step::DemotePeer)) {
          assert_true(at(p, Step::DemotePeer) < at(p, Step::ForgetSource));
        }
        if (views[view] == PeerView::Lives && !in.peer.read_only) {
          assert_true(p.has(Step::DemotePeer));
        }
        // Neither thread is stopped while the applier is not known to run.
        if (!(bits & 2) && ios[io % 3] != Receiver::No) {
          assert_int_equal(at(p, Step::StartApplier), 0);
        }
        assert_true(at(p, Step::ForgetSource) < at(p, Step::SetWritable));
        assert_true(at(p, Step::SemiSyncAlone) < at(p, Step::SetWritable));
      }
    }
  }
  assert_true(started > 600);
}

static RejoinInput pair(const char* local_state, const char* peer_state) {
  RejoinInput in;
  in.local = replica(local_state, "", Receiver::No, false);
  in.local.server_id = "126";
  in.local.replicates = false;
  in.peer = primary(peer_state);
  in.peer.server_id = "127";
  return in;
}

static void equal_and_behind_may_follow(void**) {
  assert_true(plan_rejoin(pair("0-126-7", "0-126-7")).what == Rejoin::Follow);
  assert_true(plan_rejoin(pair("0-126-7", "0-126-7,0-127-9")).what ==
              Rejoin::Follow);
}

static void ahead_is_refused_with_the_list(void**) {
  RejoinInput in = pair("0-126-9", "0-126-7,0-127-12");
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
  assert_true(plan_rejoin(in).why.find("0-126-8..9") != std::string::npos);
}

static void only_a_tail_beyond_a_paired_start_was_unacknowledged(void**) {
  RejoinInput in = pair("0-126-9", "0-126-7,0-127-12");
  in.start_pos = gtids("0-126-7");
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
  in.from_paired = true;
  in.local.semi_primary = true;
  assert_true(plan_rejoin(in).what == Rejoin::AheadTail);
  in.start_pos = gtids("0-126-8");
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
  in.start_pos = Gtids();
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
}

// Semi-sync is off: somebody may have been told OK since the server started.
static void a_tail_is_proved_or_not_called_one(void**) {
  RejoinInput in = pair("0-126-9", "0-126-7,0-127-12");
  in.start_pos = gtids("0-126-7");
  in.from_paired = true;
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
  in.at_boot = gtids("0-126-8");
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
  in.at_boot = gtids("0-126-9");
  assert_true(plan_rejoin(in).what == Rejoin::AheadTail);
}

static void what_was_only_received_counts_as_well(void**) {
  RejoinInput in = pair("0-126-7", "0-126-7");
  in.local.replicates = true;
  in.local.replica.io_pos = gtids("0-126-8");
  assert_true(plan_rejoin(in).what == Rejoin::Ahead);
}

static void nobody_is_demoted_for_a_peer_that_is_no_primary(void**) {
  RejoinInput in = pair("0-126-7", "0-126-7");
  in.peer.read_only = true;
  assert_true(plan_rejoin(in).what == Rejoin::Refuse);
  in.peer.read_only = false;
  in.peer.replicates = true;
  assert_true(plan_rejoin(in).what == Rejoin::Refuse);
  in = pair("0-126-7", "0-126-7");
  in.peer.server_id = in.local.server_id;
  assert_true(plan_rejoin(in).what == Rejoin::Refuse);
}

static void a_running_replica_is_left_running(void**) {
  RejoinInput in = pair("0-126-7", "0-126-7");
  in.local = replica("0-126-7", "0-126-7", Receiver::Yes, true);
  in.local.server_id = "125";
  assert_true(plan_rejoin(in).what == Rejoin::Running);
  in.local.replica.sql_running = false;
  assert_true(plan_rejoin(in).what == Rejoin::Follow);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_primary_needs_nothing),
      cmocka_unit_test(a_server_without_a_source_is_made_writable),
      cmocka_unit_test(a_replica_applies_before_it_forgets),
      cmocka_unit_test(a_stopped_applier_starts_while_the_receiver_is_up),
      cmocka_unit_test(with_both_threads_down_the_relay_log_is_adopted),
      cmocka_unit_test(a_dead_source_host_is_cut_off),
      cmocka_unit_test(a_living_primary_is_demoted_and_drained_first),
      cmocka_unit_test(a_peer_that_lets_nobody_in_is_a_primary),
      cmocka_unit_test(a_primary_that_is_ahead_and_not_fetched_stays),
      cmocka_unit_test(a_named_channel_is_left_alone),
      cmocka_unit_test(a_broken_applier_is_skipped_only_by_force),
      cmocka_unit_test(a_relay_log_that_was_thrown_away_is_missed),
      cmocka_unit_test(mysql_keeps_its_relay_log),
      cmocka_unit_test(of_a_living_mysql_nothing_is_cut_off_on_its_way),
      cmocka_unit_test(in_every_case_writable_is_last_and_applied_comes_first),
      cmocka_unit_test(equal_and_behind_may_follow),
      cmocka_unit_test(ahead_is_refused_with_the_list),
      cmocka_unit_test(only_a_tail_beyond_a_paired_start_was_unacknowledged),
      cmocka_unit_test(a_tail_is_proved_or_not_called_one),
      cmocka_unit_test(what_was_only_received_counts_as_well),
      cmocka_unit_test(nobody_is_demoted_for_a_peer_that_is_no_primary),
      cmocka_unit_test(a_running_replica_is_left_running),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
