// What is kept of the changes of owner, from what the core did.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <string>

#include "hbd/history.h"

using namespace hbd;

namespace {

const uint64_t kWall = 1700000000123;

// One group, vip, of two resources; the clock is moved by hand.
struct Book {
  uint64_t now = 5000;
  Phase phase = Phase::Idle;
  History history;

  static std::vector<ResourceGroup> groups() {
    ResourceGroup g;
    g.name = "vip";
    g.resources.resize(2);
    g.resources[0].name = "promote";
    g.resources[1].name = "IPaddr";
    g.resources[1].args.push_back("172.16.1.100/24");
    return std::vector<ResourceGroup>(1, g);
  }
  Book() : history(groups()) {}
  void to(Phase next, uint64_t after_ms, const char* why,
          uint64_t since_ms = 0) {
    Action a(ActionKind::Phase);
    now += after_ms;
    a.from = phase;
    a.to = phase = next;
    a.text = why;
    a.since_ms = since_ms;
    a.hook.epoch = 7;
    a.hook.grant = "witness";
    history.on_phase(now, kWall, a);
  }
  static HookRun run(HookKind kind, size_t resource, const char* event = "") {
    HookRun h;
    h.kind = kind;
    h.resource = resource;
    h.event = event;
    h.reason = "standby by an operator";
    return h;
  }
  void begins(const char* event, uint64_t after_ms) {
    history.on_hook_begin(now += after_ms, run(HookKind::Event, 0, event));
  }
  void ends(HookKind kind, size_t resource, uint64_t after_ms, bool ok = true,
            const char* event = "") {
    history.on_hook_end(now += after_ms, run(kind, resource, event), ok);
  }
  void take() {
    to(Phase::Claiming, 1000, "the peer is silent", now);
    to(Phase::Starting, 5, "the peer is silent");
    ends(HookKind::Start, 0, 20);
    ends(HookKind::Start, 1, 3);
    to(Phase::Owning, 0, "started");
  }
  size_t size() const { return history.changes().size(); }
  const Change& last() const { return history.changes().back(); }
  // "0 the peer was heard last, 1000 claimed".
  std::string steps() const {
    std::string out;
    for (const auto& s : last().steps) {
      out += (out.empty() ? "" : ", ") + std::to_string(s.first) + " " +
             s.second;
    }
    return out;
  }
};

}  // namespace

static void a_takeover_is_told_from_the_last_beat_on(void**) {
  Book b;
  b.take();
  assert_int_equal(b.size(), 1);
  assert_string_equal(b.last().what.c_str(), "took");
  assert_string_equal(b.last().grant.c_str(), "witness");
  assert_string_equal(b.last().why.c_str(), "the peer is silent");
  assert_int_equal(b.last().epoch, 7);
  assert_int_equal(b.last().wall_ms, kWall);
  assert_string_equal(
      b.steps().c_str(),
      "0 the peer was heard last, 1000 claimed, 1005 granted, by witness, "
      "1025 promote start, 1028 IPaddr::172.16.1.100/24 start, 1028 owned");
}

static void a_release_is_told_from_its_drain_on(void**) {
  Book b;
  b.take();
  b.begins("drain", 60000);
  b.ends(HookKind::Event, 0, 900, true, "drain");
  b.to(Phase::Stopping, 0, "standby by an operator");
  b.ends(HookKind::Stop, 1, 10);
  b.ends(HookKind::Stop, 0, 30);
  b.to(Phase::Idle, 0, "released");
  assert_int_equal(b.size(), 2);
  assert_string_equal(b.last().what.c_str(), "gave");
  assert_string_equal(
      b.steps().c_str(),
      "900 drain, 900 standby by an operator, "
      "910 IPaddr::172.16.1.100/24 stop, 940 promote stop, 940 released");
}

static void one_that_is_called_off_was_kept(void**) {
  Book b;
  b.take();
  b.begins("drain", 60000);
  b.ends(HookKind::Event, 0, 900, true, "drain");
  b.to(Phase::Stopping, 0, "standby by an operator");
  b.ends(HookKind::Stop, 1, 10, false);
  b.to(Phase::Starting, 0, "a stop hook failed");
  b.ends(HookKind::Start, 1, 20);
  b.to(Phase::Owning, 0, "started");
  assert_string_equal(b.last().what.c_str(), "kept");
  assert_string_equal(b.steps().c_str(),
                      "900 drain, 900 standby by an operator, "
                      "910 IPaddr::172.16.1.100/24 stop failed, "
                      "910 a stop hook failed, "
                      "930 IPaddr::172.16.1.100/24 start, 930 owned");
  // A drain that led to nothing is not the begin of what comes later.
  b.begins("drain", 1000);
  b.ends(HookKind::Event, 0, 10, false, "drain");
  b.to(Phase::Stopping, 5000, "the lease is over");
  b.to(Phase::Idle, 10, "released");
  assert_string_equal(b.last().what.c_str(), "gave");
  assert_string_equal(b.last().why.c_str(), "the lease is over");
  assert_string_equal(b.steps().c_str(), "0 the lease is over, 10 released");
}

static void what_failed_or_was_stuck_is_called_so(void**) {
  Book b;
  b.to(Phase::Claiming, 0, "the peer is heard and idle");
  b.to(Phase::Starting, 5, "the peer is heard and idle");
  b.ends(HookKind::Start, 0, 20, false);
  b.to(Phase::Stopping, 0, "a start hook failed");
  b.to(Phase::Idle, 10, "released");
  assert_string_equal(b.last().what.c_str(), "failed");
  assert_string_equal(b.steps().c_str(),
                      "0 claimed, 5 granted, by witness, "
                      "25 promote start failed, 25 a start hook failed, "
                      "35 released");
  b.take();
  b.to(Phase::Stopping, 1000, "the server is down");
  b.to(Phase::Stuck, 5, "a stop hook failed");
  assert_string_equal(b.last().what.c_str(), "stuck");
  b.to(Phase::Stopping, 2000, "again");
  b.to(Phase::Idle, 5, "released");
  assert_string_equal(b.last().what.c_str(), "gave");
}

static void a_restart_in_place_is_one(void**) {
  Book b;
  b.take();
  b.to(Phase::Starting, 1000, "promote is not running: started again");
  b.ends(HookKind::Start, 0, 20);
  b.to(Phase::Owning, 0, "started");
  assert_string_equal(b.last().what.c_str(), "restarted");
  assert_string_equal(b.steps().c_str(),
                      "0 promote is not running: started again, "
                      "20 promote start, 20 owned");
}

static void a_claim_that_comes_to_nothing_is_no_change(void**) {
  Book b;
  b.to(Phase::Claiming, 0, "the peer is silent", 1000);
  b.to(Phase::Idle, 5, "the peer is heard again");
  assert_int_equal(b.size(), 0);
  assert_int_equal(b.history.ended(), 0);
  b.ends(HookKind::Event, 0, 5, true, "alone");  // steps of nothing
  HookRun of_none = Book::run(HookKind::Event, 0, "drain");
  of_none.group = kNoGroup;
  b.history.on_hook_begin(b.now, of_none);
  b.history.on_hook_end(b.now, of_none, true);
  assert_int_equal(b.size(), 0);
}

static void a_hundred_are_kept_and_come_back_after_a_restart(void**) {
  Book b;
  for (int i = 0; i < 150; ++i) {
    b.take();
    b.to(Phase::Stopping, 1000, "50% = half, a \"word\"");
    b.to(Phase::Idle, 5, "released");
  }
  assert_int_equal(b.size(), kChangesMax);
  assert_int_equal(b.history.ended(), 300);
  const std::string text = format_history(b.history.changes());
  assert_true(text.size() < kHistoryBytesMax);
  Book again;
  assert_true(again.history.restore("f", text).ok());
  assert_string_equal(format_history(again.history.changes()).c_str(),
                      text.c_str());
  for (size_t size = 0; size < text.size(); size += size < 50 ? 1 : 1777) {
    assert_false(again.history.restore("f", text.substr(0, size)).ok());
  }
  assert_false(again.history.restore("f", text + "x\n").ok());
  assert_int_equal(again.size(), kChangesMax);
  assert_string_equal(again.history.restore("f", "x\n").c_str(),
                      "f:1: damaged");
  // At most so many steps of each.
  Book restless;
  restless.to(Phase::Claiming, 0, "x");
  for (int i = 0; i < 100; ++i) restless.ends(HookKind::Start, 0, 1);
  restless.to(Phase::Owning, 0, "started");
  assert_int_equal(restless.last().steps.size(), 40);
}

static void it_is_shown_for_people_and_for_programs(void**) {
  setenv("TZ", "UTC", 1);
  tzset();
  Book b;
  assert_string_equal(history_text("hdp4", b.history.changes()).c_str(),
                      "no change of owner yet\n");
  assert_string_equal(history_json("hdp4", b.history.changes()).c_str(),
                      "[]\n");
  b.take();
  const std::string text = history_text("hdp4", b.history.changes());
  const char* const begin =
      "2023-11-14 22:13:20.123 hdp4 took vip in 1028 ms, epoch 7, by witness: "
      "the peer is silent\n       0 ms the peer was heard last\n"
      "    1000 ms claimed\n";
  assert_string_equal(text.substr(0, strlen(begin)).c_str(), begin);
  const std::string json = history_json("hdp4", b.history.changes());
  const char* const object =
      "[{\"at_ms\":1700000000123,\"node\":\"hdp4\",\"group\":\"vip\","
      "\"what\":\"took\",\"epoch\":7,\"grant\":\"witness\","
      "\"why\":\"the peer is silent\",\"ms\":1028,\"steps\":[{\"ms\":0,";
  assert_string_equal(json.substr(0, strlen(object)).c_str(), object);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_takeover_is_told_from_the_last_beat_on),
      cmocka_unit_test(a_release_is_told_from_its_drain_on),
      cmocka_unit_test(one_that_is_called_off_was_kept),
      cmocka_unit_test(what_failed_or_was_stuck_is_called_so),
      cmocka_unit_test(a_restart_in_place_is_one),
      cmocka_unit_test(a_claim_that_comes_to_nothing_is_no_change),
      cmocka_unit_test(a_hundred_are_kept_and_come_back_after_a_restart),
      cmocka_unit_test(it_is_shown_for_people_and_for_programs),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
