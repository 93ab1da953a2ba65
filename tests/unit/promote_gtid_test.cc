// What the comparison of transaction numbers promises, MariaDB's and MySQL's.
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

#define U "3e11fa47-71ca-11e1-9e33-c80aa9429562"
#define V "4e11fa47-71ca-11e1-9e33-c80aa9429562"

static void sets_are_sorted_and_come_back(void**) {
  assert_string_equal(text(gtids(V ":3-4:1-2:9,\n" U ":7")).c_str(),
                      U ":7," V ":1-4:9");
  assert_string_equal(text(gtids(U ":5-9:1-5:12," U ":10")).c_str(),
                      U ":1-10:12");
  assert_string_equal(
      text(gtids("3E11FA47-71CA-11E1-9E33-C80AA9429562:1")).c_str(), U ":1");
  // A tag, of MySQL 8.3, makes a source of its own.
  assert_string_equal(text(gtids(U ":1-3:Load_1:8-9:11")).c_str(),
                      U ":1-3," U ":load_1:8-9:11");
  assert_string_equal(text(gtids(U ":9223372036854775807")).c_str(),
                      U ":9223372036854775807");
}

static void what_is_no_set_is_refused(void**) {
  const char* bad[] = {U, U ":", U ":0", U ":5-4", U ":1-", U ":-1", U ":1-2-3",
                       U ":x", U ":1:x", U ":1::2", U ":9223372036854775808",
                       "3e11fa47-71ca-11e1-9e33-c80aa942956:1", ":1",
                       "3e11fa47x71ca-11e1-9e33-c80aa9429562:1",
                       U ":1,0-1-5", "0-1-5," U ":1", U ":1," U};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    Gtids out = gtids("7-7-7");
    if (parse_gtids(bad[i], &out)) print_error("taken: %s\n", bad[i]);
    assert_string_equal(text(out).c_str(), "7-7-7");
  }
}

static void sets_are_compared_as_sets(void**) {
  assert_true(reached(gtids(U ":1-9"), gtids(U ":3-5:7")));
  assert_false(reached(gtids(U ":1-4:6-9"), gtids(U ":1-9")));
  assert_false(reached(gtids(U ":1-9"), gtids(V ":1")));
  assert_true(reached(gtids(U ":1"), gtids("")));
  assert_string_equal(text(latest(gtids(U ":1-4"), gtids(U ":5:8," V ":1")))
                          .c_str(), U ":1-5:8," V ":1");
  assert_string_equal(text(merged(gtids(U ":1-4"), gtids(U ":3-6"))).c_str(),
                      U ":1-6");
  assert_string_equal(text(merged(gtids("0-1-4,0-2-9"), gtids("0-1-6")))
                          .c_str(), "0-1-6,0-2-9");
}

static void a_set_minus_a_set(void**) {
  assert_string_equal(lack(U ":1-9", U ":1-9").c_str(), "");
  assert_string_equal(lack(U ":1-9," V ":4", U ":1-9").c_str(), "");
  assert_string_equal(lack(U ":1-5", U ":1-9").c_str(), U ":6-9");
  assert_string_equal(lack(U ":3-4:7", U ":1-9").c_str(),
                      U ":1-2, " U ":5-6, " U ":8-9");
  assert_string_equal(lack(U ":2-8", U ":1-3:5:8-9," V ":1").c_str(),
                      U ":1, " U ":9, " V ":1");
  // The other kind of server has none of it.
  assert_string_equal(lack("0-1-5", U ":1").c_str(), U ":1");
}

static void beyond_a_set_means_none_of_it(void**) {
  const std::vector<GtidRange> r = missing(gtids(U ":1-5"), gtids(U ":4-9"));
  assert_true(all_beyond(r, gtids(U ":1-5," V ":1-9")));
  assert_false(all_beyond(r, gtids(U ":1-6")));
  assert_false(all_beyond(r, gtids(U ":7")));
  assert_false(all_beyond(r, gtids(U ":1-20")));
}

static void a_long_position_becomes_a_digest(void**) {
  const std::string fits(128, 'x'), longer(129, 'x'), other(129, 'y');
  assert_string_equal(brief_gtids(fits).c_str(), fits.c_str());
  assert_int_equal(brief_gtids(longer).size(), 20);
  assert_true(brief_gtids(longer) == brief_gtids(longer));
  assert_true(brief_gtids(longer) != brief_gtids(other));
  Gtids out;
  assert_false(parse_gtids(brief_gtids(longer), &out));
}

static void a_state_that_fits_a_position(void**) {
  Gtids state, pos;
  assert_true(parse_gtids("0-5-30,0-126-900,0-127-50,1-126-9", &state));
  assert_true(parse_gtids("0-126-800", &pos));
  assert_string_equal(format_gtids(state_up_to(state, pos)).c_str(),
                      "0-5-30,0-126-800,0-127-50");
  assert_string_equal(format_gtids(state_up_to(Gtids(), pos)).c_str(),
                      "0-126-800");
  assert_string_equal(format_gtids(state_up_to(state, Gtids())).c_str(), "");
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_state_that_fits_a_position),
      cmocka_unit_test(lists_are_sorted_and_come_back),
      cmocka_unit_test(the_same_server_twice_keeps_its_last),
      cmocka_unit_test(what_is_no_list_is_refused_and_stores_nothing),
      cmocka_unit_test(a_position_has_one_entry_a_domain),
      cmocka_unit_test(a_position_is_reached_in_every_domain_or_not),
      cmocka_unit_test(equal_and_behind_lack_nothing),
      cmocka_unit_test(a_higher_sequence_elsewhere_hides_no_divergence),
      cmocka_unit_test(a_tail_starts_after_the_last_common_transaction),
      cmocka_unit_test(beyond_a_position_means_all_of_it),
      cmocka_unit_test(sets_are_sorted_and_come_back),
      cmocka_unit_test(what_is_no_set_is_refused),
      cmocka_unit_test(sets_are_compared_as_sets),
      cmocka_unit_test(a_set_minus_a_set),
      cmocka_unit_test(beyond_a_set_means_none_of_it),
      cmocka_unit_test(a_long_position_becomes_a_digest),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
