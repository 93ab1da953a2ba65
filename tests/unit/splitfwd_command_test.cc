// The control socket's commands, and what HAProxy answers to wrong ones.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>

#include "lib/text.h"
#include "splitfwd/show/command.h"

using namespace splitfwd;

namespace {

typedef Command::Verb Verb;

// read: hdp3, hdp4; write: hdp4 alone.
Config config() {
  Config c;
  c.servers.resize(2);
  c.servers[0].name = "hdp3";
  c.servers[1].name = "hdp4";
  c.listens.resize(2);
  c.listens[0].name = "read";
  c.listens[0].servers = {0, 1};
  c.listens[1].name = "write";
  c.listens[1].servers = {1};
  return c;
}

Command good(const std::string& text) {
  Command c;
  std::string answer;
  if (!parse_command(text, config(), &c, &answer)) {
    fail_msg("%s: %s", text.c_str(), answer.c_str());
  }
  return c;
}

void expect_wrong(const char* text, const char* want) {
  Command c;
  c.session = 77;
  std::string answer;
  assert_false(parse_command(text, config(), &c, &answer));
  assert_string_equal(answer.c_str(), want);
  assert_int_equal(c.session, 77);
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

static void plain_commands_are_known(void**) {
  assert_true(good("help").verb == Verb::Help);
  assert_true(good("prompt").verb == Verb::Prompt);
  assert_true(good("quit").verb == Verb::Quit);
  assert_true(good(" show\t info \r").verb == Verb::ShowInfo);
  assert_true(good("show info").form == Form::Plain);
  assert_true(good("show info json").form == Form::Json);
  assert_true(good("show info json typed").form == Form::Typed);
  assert_true(good("show info typed desc json").form == Form::Json);
  assert_true(good("show sess").verb == Verb::ShowSess);
  assert_int_equal(good("show sess 0x5640a5c8").session, 0x5640a5c8);
  assert_false(good("show sess").changes());
}

static void stat_can_be_of_one_listener_type_and_server(void**) {
  Command c = good("show stat");
  assert_true(c.verb == Verb::ShowStat && c.form == Form::Plain);
  assert_true(c.listen == kAllListens && c.types == kAnyType && c.sid == 0);
  assert_true(good("show stat json").form == Form::Json);
  assert_true(good("show stat json typed").form == Form::Typed);
  assert_true(good("show stat typed json").form == Form::Json);
  for (const char* text : {"show stat write 4 1 typed",
                           "show stat typed write 4 1",
                           "show stat write 4 json 1 typed"}) {
    c = good(text);
    assert_true(c.form == Form::Typed && c.listen == 1);
    assert_true(c.types == kServer && c.sid == 1);
  }
  c = good("show stat 3 typed");
  assert_true(c.form == Form::Typed && c.listen == 1 && c.types == kAnyType);
  c = good("show stat 2 3 -1");
  assert_true(c.listen == 0 && c.types == (kFrontend | kBackend));
  c = good("show stat -1 4 -1");
  assert_true(c.listen == kAllListens && c.types == kServer && c.sid == 0);
  expect_wrong("show stat 4", "No such proxy.\n");
  expect_wrong("show stat 1", "No such proxy.\n");
  expect_wrong("show stat typed desc", "No such proxy.\n");
  assert_true(good("show servers state").listen == kAllListens);
  assert_int_equal(good("show servers state write").listen, 1);
  expect_wrong("show servers state x", "Can't find backend.\n");
}

static void a_server_is_named_with_its_listener(void**) {
  Command c = good("disable server write/hdp4");
  assert_true(c.verb == Verb::SetState && c.listen == 1 && c.server == 1);
  expect_wrong("disable server", "Require 'backend/server'.\n");
  expect_wrong("disable server read", "Require 'backend/server'.\n");
  expect_wrong("disable server x/hdp3", "No such backend.\n");
  expect_wrong("disable server read/x", "No such server.\n");
  expect_wrong("disable server write/hdp3", "No such server.\n");
  expect_wrong("disable server read/hdp3/", "No such server.\n");
  c = good("shutdown sessions server read/hdp4");
  assert_true(c.verb == Verb::ShutdownServer && c.server == 1);
  assert_true(c.changes());
}

static void states_are_set_in_both_ways(void**) {
  const struct {
    const char* text;
    Admin state;
  } kStates[] = {{"disable server read/hdp3", Admin::Maint},
                 {"enable server read/hdp3", Admin::Ready},
                 {"set server read/hdp3 state ready", Admin::Ready},
                 {"set server read/hdp3 state drain", Admin::Drain},
                 {"set server read/hdp3 state maint", Admin::Maint}};
  for (size_t i = 0; i < 5; ++i) {
    const Command c = good(kStates[i].text);
    assert_true(c.verb == Verb::SetState && c.state == kStates[i].state);
    assert_true(c.listen == 0 && c.server == 0 && c.changes());
  }
  expect_wrong("set server read/hdp3 state up",
               "'set server <srv> state' expects 'ready', 'drain' and "
               "'maint'.\n");
  expect_wrong("set server read/hdp3",
               "usage: set server <backend>/<server> state | weight\n");
  expect_wrong("set server", "Require 'backend/server'.\n");
}

static void frontends_are_closed_and_counters_cleared(void**) {
  Command c = good("disable frontend write");
  assert_true(c.verb == Verb::SetFrontend && c.all && c.listen == 1);
  assert_true(c.changes());
  assert_false(good("enable frontend read").all);
  expect_wrong("disable frontend", "A frontend name is expected.\n");
  expect_wrong("enable frontend x", "No such frontend.\n");
  assert_true(good("clear counters").verb == Verb::ClearCounters);
  assert_false(good("clear counters").all);
  assert_true(good("clear counters all").all);
  assert_int_equal(good("show servers conn write").listen, 1);
}

static void weights_are_numbers(void**) {
  const char* const ways[] = {"set weight read/hdp3 ",
                              "set server read/hdp3 weight "};
  for (const char* way : ways) {
    const Command c = good(std::string(way) + "256");
    assert_true(c.verb == Verb::SetWeight && c.weight == 256);
    assert_int_equal(good(std::string(way) + "0").weight, 0);
    for (const char* wrong : {"", "257", "-1", "50%", "abc", "5x"}) {
      expect_wrong((way + std::string(wrong)).c_str(),
                   "Absolute weight can only be between 0 and 256 "
                   "inclusive.\n");
    }
  }
}

static void a_session_is_a_number_in_hex(void**) {
  assert_int_equal(good("shutdown session 0xff").session, 255);
  assert_int_equal(good("shutdown session ff").session, 255);
  assert_true(good("shutdown session 0xffffffffffffffff").changes());
  expect_wrong("shutdown session",
               "Session pointer expected (use 'show sess').\n");
  const char* const wrong[] = {"shutdown session 0x", "shutdown session 0",
                               "shutdown session 0xg",
                               "shutdown session 0x10000000000000000"};
  for (const char* text : wrong) {
    expect_wrong(text, "No such session (use 'show sess').\n");
  }
}

static void what_is_unknown_lists_what_is_known(void**) {
  const char* const unknown[] = {"", "show", "shutdown", "frob", "show stats",
                                 "shutdown sessions", "show servers"};
  for (const char* text : unknown) {
    Command c;
    std::string answer;
    assert_false(parse_command(text, config(), &c, &answer));
    assert_true(tandem::starts_with(answer, "Unknown command. Please enter "
                                    "one of the following commands only:\n"));
    assert_true(contains(answer, "  show stat "));
  }
  assert_true(contains(help_answer(), "  shutdown sessions server "));
  assert_false(contains(help_answer(), "\n\n"));  // it would end the answer
}

static void a_line_is_cut_at_its_semicolons(void**) {
  const struct {
    const char* line;
    const char* want;
  } kLines[] = {{"show stat", "show stat"}, {"", ""}, {" ; ", ""},
                {"a;b", "a|b"}, {" a ;; b; ", "a|b"}, {"a\\;b", "a;b"},
                {"a\\\\;b", "a\\|b"}, {"a\\", "a\\"}};
  for (size_t i = 0; i < sizeof kLines / sizeof *kLines; ++i) {
    assert_string_equal(
        tandem::join(split_commands(kLines[i].line), "|").c_str(),
        kLines[i].want);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(plain_commands_are_known),
      cmocka_unit_test(stat_can_be_of_one_listener_type_and_server),
      cmocka_unit_test(a_server_is_named_with_its_listener),
      cmocka_unit_test(states_are_set_in_both_ways),
      cmocka_unit_test(frontends_are_closed_and_counters_cleared),
      cmocka_unit_test(weights_are_numbers),
      cmocka_unit_test(a_session_is_a_number_in_hex),
      cmocka_unit_test(what_is_unknown_lists_what_is_known),
      cmocka_unit_test(a_line_is_cut_at_its_semicolons),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
