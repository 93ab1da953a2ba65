// The judge of histories finds each kind of fault that is planted, and nothing
// where there is none.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/e2e/history.h"

// After <sstream>: it has a macro by the name of fail.
extern "C" {
#include <cmocka.h>
}

// Everything that is found in these lines, each without its client.
static std::string found_in(const std::vector<std::string>& lines) {
  std::vector<history::Txn> txns;
  for (const std::string& line : lines) {
    history::Txn t;
    assert_true(history::parse_txn("c " + line, &t));
    txns.push_back(t);
  }
  std::string all;
  for (const std::string& f : history::Checker(txns).check()) all += f + "\n";
  return all;
}

static void assert_finds(const char* what,
                         const std::vector<std::string>& lines) {
  const std::string found = found_in(lines);
  if (found.compare(0, strlen(what), what) != 0) {
    fail_msg("want %s, got %s", what, found.c_str());
  }
}

static void a_good_history_has_nothing(void**) {
  assert_string_equal(
      found_in({"0 5 ok a:1:1", "1 6 ok a:1:2 r:2:", "2 7 fail a:1:9",
                "3 8 unknown a:1:3", "4 9 unknown a:1:8",
                "7 10 ok r:1:1,2,3 a:1:4 r:1:1,2,3,4", "9 12 ok a:2:5 r:2:5",
                "20 21 ok r:1:1,2,3,4 r:2:5"}).c_str(), "");
}

static void what_is_acknowledged_is_there_in_the_end(void**) {
  assert_finds("lost 2 of key 1: c 2 3 ok a:1:2",
               {"0 1 ok a:1:1", "2 3 ok a:1:2", "9 9 ok r:1:1"});
  // Somebody has even seen it.
  assert_finds("lost 2 of key 1", {"0 1 ok a:1:1", "2 3 ok a:1:2",
                                   "4 5 ok r:1:1,2", "9 9 ok r:1:1"});
  assert_finds("lost 1 of key 1", {"0 1 ok a:1:1", "9 9 ok r:1:"});
}

static void an_append_is_made_once(void**) {
  assert_finds("doubled 1 of key 1",
               {"0 1 ok a:1:1", "2 3 ok a:1:2", "9 9 ok r:1:1,2,1"});
}

static void there_is_one_past(void**) {
  assert_finds("forked 2 of key 1",
               {"0 1 ok a:1:1", "2 3 unknown a:1:2", "2 3 unknown a:1:3",
                "4 5 ok r:1:1,3", "9 9 ok r:1:1,2"});
}

static void what_was_rolled_back_is_not_read(void**) {
  assert_finds("read, and never committed 1 of key 1",
               {"0 1 fail a:1:1", "2 3 ok r:1:1", "9 9 ok r:1:1"});
  assert_finds("from nowhere 7 of key 1", {"2 3 ok r:1:7", "9 9 ok r:1:7"});
}

static void who_appends_sees_it(void**) {
  assert_finds("does not see its own appends",
               {"0 1 ok a:1:1 r:1:", "9 9 ok r:1:1"});
}

static void an_old_list_is_read_no_more(void**) {
  assert_finds("circle:\n  -r", {"0 1 ok a:1:1", "2 3 ok a:1:2",
                                 "4 5 ok r:1:1", "9 9 ok r:1:1,2"});
  // Unless it began before.
  assert_string_equal(found_in({"0 1 ok a:1:1", "2 5 ok a:1:2", "4 6 ok r:1:1",
                                "9 9 ok r:1:1,2"}).c_str(), "");
}

static void there_is_one_order(void**) {
  // Each read before the other's append: a write skew.
  assert_finds("circle:\n  -rw-> c 0 9 ok r:2: a:1:1\n"
               "  -rw-> c 0 9 ok r:1: a:2:2",
               {"0 9 ok r:1: a:2:2", "0 9 ok r:2: a:1:1",
                "10 10 ok r:1:1 r:2:2"});
  // Each has read the other's append.
  assert_finds("circle:\n  -wr-> ",
               {"0 9 ok a:1:1 r:2:2", "0 9 ok a:2:2 r:1:1",
                "10 10 ok r:1:1 r:2:2"});
  // Two lists that were appended to in opposite order.
  assert_finds("circle:\n  -ww-> ",
               {"0 9 ok a:1:1 a:2:2", "0 9 ok a:1:3 a:2:4",
                "10 10 ok r:1:1,3 r:2:4,2"});
}

static void what_is_no_transaction_is_refused(void**) {
  history::Txn t;
  assert_false(history::parse_txn("c 1 2 perhaps a:1:1", &t));
  assert_false(history::parse_txn("c 1 2 ok a:1:", &t));
  assert_false(history::parse_txn("c 1 2 ok r:1", &t));
  assert_false(history::parse_txn("c 1", &t));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_good_history_has_nothing),
      cmocka_unit_test(what_is_acknowledged_is_there_in_the_end),
      cmocka_unit_test(an_append_is_made_once),
      cmocka_unit_test(there_is_one_past),
      cmocka_unit_test(what_was_rolled_back_is_not_read),
      cmocka_unit_test(who_appends_sees_it),
      cmocka_unit_test(an_old_list_is_read_no_more),
      cmocka_unit_test(there_is_one_order),
      cmocka_unit_test(what_is_no_transaction_is_refused),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
