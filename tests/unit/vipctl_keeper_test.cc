// When a kept address is renewed, announced, defended and given up.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "lib/lease.h"
#include "lib/text.h"
#include "vipctl/keeper_core.h"

using namespace vipctl;

static const uint64_t kT0 = 100000;  // the address was set
static const uint64_t kLease = 1000;

static Lifeline lifeline_until(uint64_t until_ms) {
  Lifeline l(kLease);
  l.on_line(tandem::format("%llu", static_cast<unsigned long long>(until_ms)));
  return l;
}

static KeeperCore leased_core() {
  const Lifeline l = lifeline_until(kT0 + kLease);
  return KeeperCore(&l, false, kT0);
}

static void tell(KeeperCore* core, uint64_t now_ms, const std::string& line) {
  core->on_lines(now_ms, std::vector<std::string>(1, line));
}

static void tell_until(KeeperCore* core, uint64_t now_ms, uint64_t until_ms) {
  tell(core, now_ms,
       tandem::format("%llu", static_cast<unsigned long long>(until_ms)));
}

static void tell_hold(KeeperCore* core, uint64_t now_ms, uint64_t until_ms) {
  tell(core, now_ms,
       tandem::format("hold %llu", static_cast<unsigned long long>(until_ms)));
}

// The pending actions as letters, notes left out: R renew, B step back,
// X remove, A announce, P probe, E end.
static std::string taken(KeeperCore* core) {
  std::string out;
  const std::vector<Action> actions = core->take_actions();
  for (size_t i = 0; i < actions.size(); ++i) {
    switch (actions[i].what) {
      case Do::Renew: out += 'R'; break;
      case Do::StepBack: out += 'B'; break;
      case Do::Remove: out += 'X'; break;
      case Do::Announce: out += 'A'; break;
      case Do::Probe: out += 'P'; break;
      case Do::Note: break;
      case Do::Warn: break;
      case Do::End: out += 'E'; break;
    }
  }
  return out;
}

static std::string tick(KeeperCore* core, uint64_t now_ms) {
  core->on_tick(now_ms);
  return taken(core);
}

#define ASSERT_DOES(core, want) \
  assert_string_equal(taken(&(core)).c_str(), want)
#define ASSERT_TICK(core, now_ms, want) \
  assert_string_equal(tick(&(core), now_ms).c_str(), want)

// Lets the opening burst pass, the lease being renewed on the way.
static void pass_burst(KeeperCore* core) {
  for (uint64_t ms = 100; ms <= 1600; ms += 100) {
    tell_until(core, kT0 + ms, kT0 + ms + kLease);
    core->on_tick(kT0 + ms);
  }
  core->take_actions();
}

static void a_new_time_renews_once(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 50, kT0 + 1050);
  ASSERT_DOES(core, "R");
  tell_until(&core, kT0 + 60, kT0 + 1050);
  ASSERT_DOES(core, "");
  tell_until(&core, kT0 + 70, kT0 + 1040);
  ASSERT_DOES(core, "");
  tell_until(&core, kT0 + 80, kT0 + 1051);
  ASSERT_DOES(core, "R");
}

// For how many seconds a line makes the core renew; 0 = it does not.
static uint32_t lifetime_of_renewal(KeeperCore* core) {
  uint32_t lifetime_s = 0;
  for (const Action& a : core->take_actions()) {
    if (a.what == Do::Renew) lifetime_s = a.lifetime_s;
  }
  return lifetime_s;
}

static uint32_t renewed_for(KeeperCore* core, uint64_t now_ms,
                            uint64_t until_ms) {
  tell_until(core, now_ms, until_ms);
  return lifetime_of_renewal(core);
}

static uint32_t held_for(KeeperCore* core, uint64_t now_ms,
                         uint64_t until_ms) {
  tell_hold(core, now_ms, until_ms);
  return lifetime_of_renewal(core);
}

static void the_kernels_lifetime_is_the_lease_in_whole_seconds(void**) {
  const struct { uint64_t lease_ms; uint32_t lifetime_s; } table[] = {
      {30, 1},   {500, 1},  {1000, 1},   {1001, 2},    {1200, 2},
      {2500, 3}, {4000, 4}, {30000, 30}, {3600000, 3600}};
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
    const uint64_t lease_ms = table[i].lease_ms;
    Lifeline l(lease_ms);
    l.on_line(tandem::format("%llu",
                             static_cast<unsigned long long>(kT0 + lease_ms)));
    assert_int_equal(l.lifetime_s(kT0), table[i].lifetime_s);
    KeeperCore core(&l, false, kT0);
    // Also for a time that is half a lease ahead and no more.
    assert_int_equal(renewed_for(&core, kT0 + lease_ms * 3 / 4,
                                 kT0 + lease_ms * 3 / 2),
                     table[i].lifetime_s);
  }
}

// Whenever the line is read: the kernel does not end the address before the
// lease does, and has ended it by the backstop that hbd reckons with.
static void the_kernel_ends_between_lease_and_backstop(void**) {
  for (uint64_t lease_ms = 30; lease_ms < 9000; lease_ms += 46) {
    const uint64_t until_ms = kT0 + lease_ms;  // earned by a beat of kT0
    for (uint64_t ms = 0; ms <= lease_ms; ms += lease_ms / 30 + 1) {
      Lifeline l(lease_ms);
      l.on_line("1");
      KeeperCore core(&l, false, kT0);
      const uint64_t renewed_ms =
          renewed_for(&core, kT0 + ms, until_ms) * uint64_t(1000);
      assert_true((renewed_ms != 0) == (lease_ms - ms >= lease_ms / 2));
      if (renewed_ms == 0) continue;
      assert_true(kT0 + ms + renewed_ms >= until_ms);
      assert_true(ms + renewed_ms + tandem::kKernelSlackMs <=
                  tandem::kernel_backstop_ms(lease_ms));
    }
  }
}

static void the_time_that_start_used_is_not_renewed_for_again(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 1, kT0 + kLease);
  ASSERT_DOES(core, "");
}

static void less_than_half_a_lease_ahead_renews_nothing(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 600, kT0 + 600 + kLease / 2 - 1);
  ASSERT_DOES(core, "");
  tell_until(&core, kT0 + 600, kT0 + 600 + kLease / 2);
  ASSERT_DOES(core, "R");
}

static void a_stale_time_still_moves_the_end(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 600, kT0 + 1050);  // less than half a lease ahead
  core.on_tick(kT0 + 1049);
  core.take_actions();
  ASSERT_TICK(core, kT0 + 1050, "XE");
}

static void a_passed_time_takes_the_address_off(void**) {
  KeeperCore core = leased_core();
  core.on_tick(kT0 + 999);
  core.take_actions();
  assert_true(core.next_due_ms() == kT0 + 1000);
  ASSERT_TICK(core, kT0 + 1000, "XE");
  // Nothing after the end.
  tell_until(&core, kT0 + 1001, kT0 + 3000);
  ASSERT_TICK(core, kT0 + 1001, "");
}

static void a_line_that_has_passed_takes_the_address_off(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 200, kT0 + 150);
  ASSERT_TICK(core, kT0 + 200, "XE");
}

static void a_thawed_keeper_goes_by_the_newest_line(void**) {
  KeeperCore core = leased_core();
  std::vector<std::string> backlog;
  for (int i = 1; i <= 20; ++i) {
    backlog.push_back(tandem::format("%d", 101000 + i * 200));
  }
  // Frozen for 4 s, hbd went on: one renewal (which will find the address
  // gone if the kernel let it expire), not twenty.
  core.on_lines(kT0 + 4000, backlog);
  ASSERT_DOES(core, "R");
  core.on_tick(kT0 + 4000);
  ASSERT_DOES(core, "A");
}

static void a_thawed_keeper_without_news_gives_up(void**) {
  KeeperCore core = leased_core();
  ASSERT_TICK(core, kT0 + 60000, "XE");
}

static void end_of_file_takes_the_address_off_at_once(void**) {
  KeeperCore core = leased_core();
  core.on_eof(kT0 + 10);
  ASSERT_DOES(core, "XE");
  core.on_tick(kT0 + 5000);
  ASSERT_DOES(core, "");
}

static void a_missing_address_ends_the_keeper_and_is_not_announced(void**) {
  KeeperCore core = leased_core();
  tell_until(&core, kT0 + 200, kT0 + 1200);
  core.on_gone();
  ASSERT_DOES(core, "RE");
  ASSERT_TICK(core, kT0 + 300, "");
}

static void before_the_hosts_own_it_steps_back_with_a_renewal(void**) {
  KeeperCore core = leased_core();
  core.on_look(true);
  ASSERT_TICK(core, kT0 + 10, "");
  // Neither with a time that earns no lifetime ...
  tell_until(&core, kT0 + 20, kT0 + kLease);
  tell_until(&core, kT0 + 700, kT0 + 1100);
  ASSERT_DOES(core, "");
  // ... and with the next that does for just as long.
  tell_until(&core, kT0 + 710, kT0 + 1710);
  const std::vector<Action> actions = core.take_actions();
  assert_int_equal(actions.size(), 3);
  assert_true(actions[0].what == Do::Renew);
  assert_true(actions[1].what == Do::Warn);
  assert_true(actions[2].what == Do::StepBack);
  assert_int_equal(actions[2].lifetime_s, 1);
  core.on_look(false);
  tell_until(&core, kT0 + 2000, kT0 + 3000);
  ASSERT_DOES(core, "R");
}

static void it_steps_back_once_a_second_and_says_so_once(void**) {
  KeeperCore core = leased_core();
  std::string did;
  unsigned warnings = 0;
  for (uint64_t ms = 200; ms <= 3000; ms += 200) {
    core.on_look(true);  // something puts it in front again and again
    tell_until(&core, kT0 + ms, kT0 + ms + kLease);
    for (const Action& a : core.take_actions()) {
      if (a.what == Do::Warn) ++warnings;
      if (a.what == Do::StepBack) {
        did += tandem::format("%d ", static_cast<int>(ms));
      }
    }
  }
  assert_string_equal(did.c_str(), "200 1200 2200 ");
  assert_int_equal(warnings, 1);
  core.on_look(false);
  core.on_look(true);
  tell_until(&core, kT0 + 3300, kT0 + 4300);
  assert_int_equal(core.take_actions().size(), 3);
}

static void an_address_without_a_lease_steps_back_at_once(void**) {
  KeeperCore held = leased_core();
  tell_hold(&held, kT0 + 10, kT0 + 60000);
  held.take_actions();
  KeeperCore unkept(nullptr, false, kT0);
  KeeperCore* const cores[] = {&held, &unkept};
  for (KeeperCore* core : cores) {
    core->on_look(true);
    assert_true(core->next_due_ms() <= kT0 + 20);
    core->on_tick(kT0 + 20);
    const std::vector<Action> actions = core->take_actions();
    assert_int_equal(actions.size(), 2);
    assert_true(actions[1].what == Do::StepBack);
    assert_int_equal(actions[1].lifetime_s,
                     core == &held ? 60 : tandem::kForeverS);
    core->on_look(false);
    assert_string_equal(tick(core, kT0 + 30).c_str(), "");
  }
}

static void on_hold_it_stays_until_then_and_no_end_of_the_pipe_ends_it(void**) {
  KeeperCore core = leased_core();
  assert_int_equal(held_for(&core, kT0 + 10, kT0 + 60010), 60);
  tell_hold(&core, kT0 + 20, kT0 + 60010);
  ASSERT_DOES(core, "");
  assert_int_equal(held_for(&core, kT0 + 30, kT0 + 90000), 90);
  core.on_tick(kT0 + 50000);
  assert_string_equal(taken(&core).c_str(), "A");
  core.on_eof(kT0 + 50001);
  ASSERT_DOES(core, "E");
}

static void a_hold_that_has_passed_is_the_end(void**) {
  KeeperCore core = leased_core();
  tell_hold(&core, kT0 + 10, kT0 + 2000);
  core.take_actions();
  assert_true(core.next_due_ms() <= kT0 + 2000);
  core.on_tick(kT0 + 1999);
  core.take_actions();
  ASSERT_TICK(core, kT0 + 2000, "XE");
}

static void a_time_after_hold_sets_a_lifetime_again(void**) {
  KeeperCore core = leased_core();
  tell_hold(&core, kT0 + 10, kT0 + 60000);
  ASSERT_DOES(core, "R");
  // Even one that is not new and not far ahead: less than it had.
  tell_until(&core, kT0 + 700, kT0 + 1000);
  ASSERT_DOES(core, "R");
  ASSERT_TICK(core, kT0 + 1000, "XE");
}

static void out_of_a_hold_it_is_renewed_as_ever(void**) {
  KeeperCore core = leased_core();
  tell_hold(&core, kT0 + 10, kT0 + 60000);
  ASSERT_DOES(core, "R");
  tell_until(&core, kT0 + 700, kT0 + 1700);
  ASSERT_DOES(core, "R");
  tell_until(&core, kT0 + 900, kT0 + 1900);
  ASSERT_DOES(core, "R");
}

static void out_of_a_long_hold_the_kernel_keeps_what_is_left(void**) {
  Lifeline l(30000);
  assert_true(l.on_line("hold 1000000"));
  assert_int_equal(l.lifetime_s(kT0), 900);
  KeeperCore stale(&l, false, kT0);
  assert_int_equal(renewed_for(&stale, kT0 + 700, kT0 + 3200), 3);
  KeeperCore last(&l, false, kT0);
  assert_int_equal(renewed_for(&last, kT0 + 700, kT0 + 701), 1);
  KeeperCore fresh(&l, false, kT0);
  assert_int_equal(renewed_for(&fresh, kT0 + 700, kT0 + 15700), 30);
}

static void a_passed_time_after_hold_takes_the_address_off(void**) {
  KeeperCore core = leased_core();
  tell_hold(&core, kT0 + 10, kT0 + 60000);
  tell_until(&core, kT0 + 5000, kT0 + 4000);
  core.take_actions();
  ASSERT_TICK(core, kT0 + 5000, "XE");
}

static void lines_that_mean_nothing_change_nothing(void**) {
  const char* const bad[] = {"",     "HOLD",  "hold ", "-1",  "1e9",
                             "hold",  "hold -1", "hold 5 5",
                             "0x10", " 5",    "101000 hold",
                             "99999999999999999999999"};
  KeeperCore core = leased_core();
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    tell(&core, kT0 + 10, bad[i]);
  }
  const std::vector<Action> actions = core.take_actions();
  assert_int_equal(actions.size(), 1);  // one warning for all of them
  assert_true(actions[0].what == Do::Warn);
  core.on_tick(kT0 + 999);
  core.take_actions();
  ASSERT_TICK(core, kT0 + 1000, "XE");
}

static void start_wants_half_a_lease_or_a_hold(void**) {
  Lifeline l(kLease);
  assert_false(l.lets_start(kT0));
  assert_true(l.on_line("100499"));
  assert_false(l.lets_start(kT0));
  assert_true(l.on_line("100500"));
  assert_true(l.lets_start(kT0));
  assert_false(l.lets_start(kT0 + 1));
  assert_false(l.lets_start(kT0 + 100000));
  assert_true(l.on_line("hold 400000"));
  assert_true(l.lets_start(kT0 + 100000));
  l.on_eof();
  assert_false(l.lets_start(kT0));
}

static void announcements_come_as_a_burst_and_then_slowly(void**) {
  Lifeline l(kLease);
  l.on_line("hold 1000000");
  KeeperCore core(&l, false, kT0);  // 0 ms: sent by start
  std::string when;
  for (uint64_t ms = 0; ms < 23000; ms += 10) {
    const std::string did = tick(&core, kT0 + ms);
    if (!did.empty()) {
      when += tandem::format("%s%d ", did.c_str(), static_cast<int>(ms));
    }
  }
  assert_string_equal(when.c_str(),
                      "A100 A300 A700 A1500 AP11500 AP21500 ");
}

static void a_late_burst_is_one_announcement(void**) {
  Lifeline l(kLease);
  l.on_line("hold 1000000");
  KeeperCore core(&l, false, kT0);
  ASSERT_TICK(core, kT0 + 1400, "A");
  assert_true(core.next_due_ms() == kT0 + 1500);
}

static void a_start_that_did_not_ask_asks_afterwards(void**) {
  const Lifeline l = lifeline_until(kT0 + kLease);
  KeeperCore core(&l, true, kT0);
  ASSERT_TICK(core, kT0, "P");
  ASSERT_TICK(core, kT0 + 39, "");
  ASSERT_TICK(core, kT0 + 40, "P");
  ASSERT_TICK(core, kT0 + 90, "");
}

static void a_rival_is_answered_at_once_and_until_it_is_quiet(void**) {
  KeeperCore core = leased_core();
  pass_burst(&core);
  const uint64_t heard = kT0 + 2000;
  tell_until(&core, heard, heard + 60000);
  core.take_actions();
  core.on_claim(heard, "02:00:00:00:01:7f");
  assert_true(core.next_due_ms() <= heard);
  ASSERT_TICK(core, heard, "AP");
  std::string when;
  for (uint64_t ms = 10; ms < 4000; ms += 10) {
    if (ms == 300) core.on_claim(heard + ms, "02:00:00:00:01:7f");
    const std::string did = tick(&core, heard + ms);
    if (!did.empty()) {
      when += tandem::format("%s%d ", did.c_str(), static_cast<int>(ms));
    }
  }
  // Claimed at 0 and 300: quiet is known at 1300, and a burst follows for
  // whoever listened to the rival last.
  assert_string_equal(when.c_str(),
                      "AP200 AP300 AP500 AP700 AP900 AP1100 A1300 A1400 "
                      "A1600 A2000 A2800 ");
}

static void two_of_us_do_not_drive_each_other_wild(void**) {
  KeeperCore core = leased_core();
  pass_burst(&core);
  const uint64_t heard = kT0 + 2000;
  tell_until(&core, heard, heard + 60000);
  core.take_actions();
  unsigned answers = 0;
  for (uint64_t ms = 0; ms < 1000; ++ms) {  // a claim every millisecond
    core.on_claim(heard + ms, "02:00:00:00:01:7f");
    if (!tick(&core, heard + ms).empty()) ++answers;
  }
  assert_int_equal(answers, 10);
}

static void a_rival_is_logged_once_and_by_name(void**) {
  KeeperCore core = leased_core();
  core.on_claim(kT0 + 10, "02:00:00:00:01:7f");
  core.on_claim(kT0 + 11, "02:00:00:00:01:7f");
  const std::vector<Action> actions = core.take_actions();
  assert_int_equal(actions.size(), 1);
  assert_true(actions[0].what == Do::Warn);
  assert_string_equal(
      actions[0].text.c_str(),
      "rival 02:00:00:00:01:7f claims the address: out-announcing it");
}

static void without_a_lifeline_it_ends_after_the_burst(void**) {
  KeeperCore core(nullptr, false, kT0);
  ASSERT_TICK(core, kT0 + 100, "A");
  ASSERT_TICK(core, kT0 + 300, "A");
  ASSERT_TICK(core, kT0 + 700, "A");
  ASSERT_TICK(core, kT0 + 1500, "AE");
}

static void without_a_lifeline_a_rival_keeps_it_for_a_minute(void**) {
  KeeperCore core(nullptr, false, kT0);
  uint64_t ms = 0;
  for (bool ended = false; !ended; ms += 50) {
    core.on_claim(kT0 + ms, "02:00:00:00:01:7f");
    ended = tick(&core, kT0 + ms).find('E') != std::string::npos;
    assert_true(ms <= 60000);
  }
  assert_true(ms > 59000);
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_time_renews_once),
      cmocka_unit_test(the_kernels_lifetime_is_the_lease_in_whole_seconds),
      cmocka_unit_test(the_kernel_ends_between_lease_and_backstop),
      cmocka_unit_test(the_time_that_start_used_is_not_renewed_for_again),
      cmocka_unit_test(less_than_half_a_lease_ahead_renews_nothing),
      cmocka_unit_test(a_stale_time_still_moves_the_end),
      cmocka_unit_test(a_passed_time_takes_the_address_off),
      cmocka_unit_test(a_line_that_has_passed_takes_the_address_off),
      cmocka_unit_test(a_thawed_keeper_goes_by_the_newest_line),
      cmocka_unit_test(a_thawed_keeper_without_news_gives_up),
      cmocka_unit_test(end_of_file_takes_the_address_off_at_once),
      cmocka_unit_test(
          a_missing_address_ends_the_keeper_and_is_not_announced),
      cmocka_unit_test(before_the_hosts_own_it_steps_back_with_a_renewal),
      cmocka_unit_test(it_steps_back_once_a_second_and_says_so_once),
      cmocka_unit_test(an_address_without_a_lease_steps_back_at_once),
      cmocka_unit_test(
          on_hold_it_stays_until_then_and_no_end_of_the_pipe_ends_it),
      cmocka_unit_test(a_hold_that_has_passed_is_the_end),
      cmocka_unit_test(out_of_a_hold_it_is_renewed_as_ever),
      cmocka_unit_test(a_time_after_hold_sets_a_lifetime_again),
      cmocka_unit_test(out_of_a_long_hold_the_kernel_keeps_what_is_left),
      cmocka_unit_test(a_passed_time_after_hold_takes_the_address_off),
      cmocka_unit_test(lines_that_mean_nothing_change_nothing),
      cmocka_unit_test(start_wants_half_a_lease_or_a_hold),
      cmocka_unit_test(announcements_come_as_a_burst_and_then_slowly),
      cmocka_unit_test(a_late_burst_is_one_announcement),
      cmocka_unit_test(a_start_that_did_not_ask_asks_afterwards),
      cmocka_unit_test(a_rival_is_answered_at_once_and_until_it_is_quiet),
      cmocka_unit_test(two_of_us_do_not_drive_each_other_wild),
      cmocka_unit_test(a_rival_is_logged_once_and_by_name),
      cmocka_unit_test(without_a_lifeline_it_ends_after_the_burst),
      cmocka_unit_test(without_a_lifeline_a_rival_keeps_it_for_a_minute),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
