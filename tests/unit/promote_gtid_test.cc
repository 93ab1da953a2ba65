// What the comparison of MariaDB's transaction numbers promises.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "promote/gtid.h"

using namespace promote;

static Gtids gtids(const char* text) {
  Gtids out;
  assert_true(parse_gtids(text, &out));
  return out;
}

static std::string text(const Gtids& list) { return format_gtids(list); }

static void lists_are_sorted_and_come_back(void**) {
  assert_string_equal(text(gtids("1-5-9,0-127-3,0-126-7")).c_str(),
                      "0-126-7,0-127-3,1-5-9");
  assert_string_equal(text(gtids(" 0-1-2,\n0-3-4 ")).c_str(), "0-1-2,0-3-4");
  assert_string_equal(text(gtids("")).c_str(), "");
  assert_string_equal(text(gtids("0-1-18446744073709551615")).c_str(),
                      "0-1-18446744073709551615");
}

static void the_same_server_twice_keeps_its_last(void**) {
  assert_string_equal(text(gtids("0-1-5,0-1-9,0-1-7")).c_str(), "0-1-9");
}

static void what_is_no_list_is_refused_and_stores_nothing(void**) {
  const char* bad[] = {"0-1", "0-1-2-3", "a-1-2", "0-1-", ",", "0-1-2,",
                       "-1-2-3", "0 -1-2", "4294967296-1-1", "0-4294967296-1",
                       "0-1-18446744073709551616", "0-1-2 0-1-3"};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    Gtids out = gtids("7-7-7");
    assert_false(parse_gtids(bad[i], &out));
    assert_string_equal(text(out).c_str(), "7-7-7");
  }
}

static void a_position_has_one_entry_a_domain(void**) {
  assert_string_equal(text(latest(gtids("0-126-7,0-127-9,1-1-1"))).c_str(),
                      "0-127-9,1-1-1");
  assert_string_equal(text(latest(gtids("0-126-7"), gtids("0-127-9"))).c_str(),
                      "0-127-9");
  assert_string_equal(text(latest(gtids("0-126-7"), gtids("2-1-1"))).c_str(),
                      "0-126-7,2-1-1");
}

static void a_position_is_reached_in_every_domain_or_not(void**) {
  assert_true(reached(gtids("0-1-5"), gtids("0-1-5")));
  assert_true(reached(gtids("0-2-6"), gtids("0-1-5")));
  assert_false(reached(gtids("0-1-4"), gtids("0-1-5")));
  assert_false(reached(gtids("0-1-9"), gtids("0-1-5,1-1-1")));
  assert_false(reached(gtids(""), gtids("0-1-1")));
  assert_true(reached(gtids("0-1-1"), gtids("")));
}

static std::string lack(const char* have, const char* want) {
  return format_ranges(missing(gtids(have), gtids(want)));
}

static void equal_and_behind_lack_nothing(void**) {
  assert_string_equal(lack("0-126-7", "0-126-7").c_str(), "");
  assert_string_equal(lack("0-126-7,0-127-9", "0-126-7").c_str(), "");
  assert_string_equal(lack("0-126-7", "").c_str(), "");
}

static void a_higher_sequence_elsewhere_hides_no_divergence(void**) {
  // The peer is at 20, yet it never had 8 of server 126.
  assert_string_equal(lack("0-126-7,0-127-20", "0-126-8").c_str(), "0-126-8");
  assert_string_equal(lack("0-127-20", "0-126-3").c_str(), "0-126-1..3");
}

static void a_tail_starts_after_the_last_common_transaction(void**) {
  // 126 wrote to 50, 127 to 100, 126 again 101..105: only those are extra.
  assert_string_equal(
      lack("0-126-50,0-127-120", "0-126-105,0-127-100").c_str(),
      "0-126-101..105");
  assert_string_equal(lack("0-126-104,0-127-110", "0-126-107").c_str(),
                      "0-126-105..107");
}

static void beyond_a_position_means_all_of_it(void**) {
  const std::vector<GtidRange> r =
      missing(gtids("0-126-7"), gtids("0-126-9,1-126-2"));
  assert_true(all_beyond(r, gtids("0-126-7")));
  assert_true(all_beyond(r, gtids("")));
  assert_false(all_beyond(r, gtids("0-126-8")));
  assert_false(all_beyond(r, gtids("0-126-7,1-126-1")));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lists_are_sorted_and_come_back),
      cmocka_unit_test(the_same_server_twice_keeps_its_last),
      cmocka_unit_test(what_is_no_list_is_refused_and_stores_nothing),
      cmocka_unit_test(a_position_has_one_entry_a_domain),
      cmocka_unit_test(a_position_is_reached_in_every_domain_or_not),
      cmocka_unit_test(equal_and_behind_lack_nothing),
      cmocka_unit_test(a_higher_sequence_elsewhere_hides_no_divergence),
      cmocka_unit_test(a_tail_starts_after_the_last_common_transaction),
      cmocka_unit_test(beyond_a_position_means_all_of_it),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
