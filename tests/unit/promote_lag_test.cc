// How old is what a replica shows.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>

#include "promote/lag.h"

using namespace promote;

namespace {

Gtids at(const char* text) {
  Gtids g;
  assert_true(parse_gtids(text, &g));
  return g;
}

void expect(const Lag& l, const char* executed, uint64_t now_ms,
            const char* want) {
  assert_string_equal(l.of_replica(at(executed), now_ms).c_str(), want);
}

// A primary whose state is its position.
void see(Lag* l, const char* name, const Gtids& executed, uint64_t now_ms) {
  l->on_primary(name, executed, executed, now_ms);
}

}  // namespace

static void without_a_primary_nothing_is_known(void**) {
  Lag l;
  assert_false(l.has_primary());
  expect(l, "0-1-5", 100, "");
}

static void who_has_all_lags_by_nothing(void**) {
  Lag l;
  see(&l, "a", at("0-1-5"), 1000);
  assert_true(l.has_primary());
  expect(l, "0-1-5", 1050, "0");
  expect(l, "0-1-6", 1050, "0");  // asked a moment later
  see(&l, "a", at("0-1-5"), 900000);
  expect(l, "0-1-5", 900050, "0");
}

static void the_lag_grows_from_when_it_was_all(void**) {
  Lag l;
  see(&l, "a", at("0-1-5"), 1000);
  see(&l, "a", at("0-1-6"), 1100);
  expect(l, "0-1-5", 1999, "0");
  expect(l, "0-1-5", 2000, "1");
  expect(l, "0-1-5", 2001, "2");
  for (uint64_t t = 1200; t < 9400; t += 100) see(&l, "a", at("0-1-6"), t);
  expect(l, "0-1-5", 9400, "9");
  expect(l, "0-1-6", 9400, "0");
}

static void what_is_older_than_all_that_was_seen_is_not_known(void**) {
  Lag l;
  see(&l, "a", at("0-1-5"), 1000);
  expect(l, "0-1-4", 1000, "");
  see(&l, "a", at("0-1-6"), 1100);
  expect(l, "0-1-4", 1100, "");
  expect(l, "1-1-9", 1100, "");  // of another domain
}

static void a_primary_that_is_not_heard_tells_nothing(void**) {
  Lag l;
  see(&l, "a", at("0-1-5"), 1000);
  expect(l, "0-1-5", 4000, "0");
  expect(l, "0-1-5", 4001, "");
}

static void another_primary_begins_anew(void**) {
  Lag l;
  see(&l, "a", at("0-1-5"), 1000);
  see(&l, "b", at("0-1-9"), 1100);
  expect(l, "0-1-5", 1100, "");
  expect(l, "0-1-9", 1100, "0");
}

static void only_so_much_is_kept(void**) {
  Lag l;
  for (uint64_t i = 1; i <= 5000; ++i) {
    see(&l, "a", at(("0-1-" + std::to_string(i)).c_str()), 100 * i);
  }
  expect(l, "0-1-3999", 500000, "");
  expect(l, "0-1-4001", 500000, "100");
}

static void sets_of_mysql_too(void**) {
  const char kA[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";
  const char kB[] = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-9";
  Lag l;
  see(&l, "a", at(kA), 1000);
  see(&l, "a", at(kB), 1100);
  expect(l, kA, 3500, "3");
  expect(l, kB, 3500, "0");
}

static void a_former_primary_is_fresh_without_a_tail(void**) {
  Lag l;
  l.on_primary("b", at("0-2-9"), at("0-1-8,0-2-9"), 1000);
  assert_string_equal(l.of_former_primary(at("0-1-8"), 1000).c_str(), "");
  Lag m;
  m.on_primary("b", at("0-1-8"), at("0-1-8,0-2-7"), 1000);
  assert_string_equal(m.of_former_primary(at("0-1-8"), 1000).c_str(), "0");
  m.on_primary("b", at("0-2-9"), at("0-1-8,0-2-9"), 1100);
  assert_string_equal(m.of_former_primary(at("0-1-8"), 1100).c_str(), "0");
  assert_string_equal(m.of_former_primary(at("0-1-8"), 3500).c_str(), "3");
  // It has a transaction of its own in the place of the new primary's.
  assert_string_equal(m.of_former_primary(at("0-1-9"), 1100).c_str(), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_primary_nothing_is_known),
      cmocka_unit_test(who_has_all_lags_by_nothing),
      cmocka_unit_test(the_lag_grows_from_when_it_was_all),
      cmocka_unit_test(what_is_older_than_all_that_was_seen_is_not_known),
      cmocka_unit_test(a_primary_that_is_not_heard_tells_nothing),
      cmocka_unit_test(another_primary_begins_anew),
      cmocka_unit_test(only_so_much_is_kept),
      cmocka_unit_test(sets_of_mysql_too),
      cmocka_unit_test(a_former_primary_is_fresh_without_a_tail),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
