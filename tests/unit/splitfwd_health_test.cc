// When a row of checks turns a server, and who is who in /etc/passwd.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>

#include "splitfwd/route/health.h"
#include "splitfwd/show/accounts.h"

using namespace splitfwd;

namespace {

// Feeds results ('+' and '-'), prints the state after each ('U', 'u' while
// turning; 'D', 'd').
std::string after(Health* h, const char* results) {
  std::string out;
  for (; *results; ++results) {
    const bool was_known = h->known(), was_up = h->up();
    const bool changed = h->on_result(*results == '+');
    assert_true(changed == (!was_known || was_up != h->up()));
    out += h->up() ? (h->turning() ? 'u' : 'U') : (h->turning() ? 'd' : 'D');
  }
  return out;
}

}  // namespace

static void the_first_result_alone_sets_the_state(void**) {
  Health good(2, 3), bad(2, 3);
  assert_false(good.known());
  assert_string_equal(after(&good, "+").c_str(), "U");
  assert_string_equal(after(&bad, "-").c_str(), "D");
}

static void fall_failures_in_a_row_make_it_down(void**) {
  Health h(2, 3);
  assert_string_equal(after(&h, "+--+--+---").c_str(), "UuuUuuUuuD");
}

static void rise_successes_in_a_row_make_it_up(void**) {
  Health h(3, 2);
  assert_string_equal(after(&h, "-++-+++").c_str(), "DddDddU");
  Health one(1, 1);
  assert_string_equal(after(&one, "+-+-").c_str(), "UDUD");
}

static void what_another_found_counts_and_so_does_ours(void**) {
  Health none(2, 3), bad(2, 3), worse(2, 3), good(2, 3);
  after(&bad, "-");
  after(&worse, "-");
  after(&good, "+");

  none.restore(true, 7);
  bad.restore(true, 1);
  worse.restore(true, 2);
  good.restore(false, 0);

  assert_string_equal(after(&none, "-").c_str(), "D");
  assert_string_equal(after(&bad, "-").c_str(), "D");
  assert_true(worse.known() && !worse.up());
  assert_string_equal(after(&good, "+").c_str(), "U");
}

static void the_next_check_is_sooner_while_it_turns(void**) {
  Health h(2, 2);
  assert_int_equal(h.pause_ms(2000, 100, 500), 100);
  after(&h, "+");
  assert_int_equal(h.pause_ms(2000, 100, 500), 2000);
  after(&h, "-");
  assert_int_equal(h.pause_ms(2000, 100, 500), 100);
  assert_int_equal(h.streak(), 1);
  after(&h, "-");
  assert_int_equal(h.pause_ms(2000, 100, 500), 500);
  assert_int_equal(h.streak(), 0);
  after(&h, "+");
  assert_int_equal(h.pause_ms(2000, 100, 500), 100);
  assert_int_equal(h.streak(), 1);
}

static void users_are_found_by_name_and_number(void**) {
  const char text[] = "root:x:0:0:root:/root:/bin/sh\n"
                      "# a comment\n"
                      "short:x:7\n"
                      "odd:x:7x:7:::\n"
                      "huge:x:4294967295:1:::\n"
                      "nobody:x:65534:99:n:/:/bin/false";
  uint64_t uid = 1, gid = 1;
  assert_true(find_user(text, "nobody", &uid, &gid));
  assert_int_equal(uid, 65534);
  assert_int_equal(gid, 99);
  assert_true(find_user(text, "0", &uid, &gid));
  assert_int_equal(uid, 0);
  const char* const absent[] = {"none", "short", "odd", "huge", "", "x", "99"};
  for (const char* name : absent) {
    assert_false(find_user(text, name, &uid, &gid));
    assert_int_equal(uid, 0);
  }
}

static void groups_are_found_by_name(void**) {
  const char text[] = "root:x:0:\nwheel:x:10:a,b\nbad:x:y:\nshort:x:3\n";
  uint64_t gid = 1;
  assert_true(find_group(text, "wheel", &gid));
  assert_int_equal(gid, 10);
  assert_false(find_group(text, "bad", &gid));
  assert_false(find_group(text, "short", &gid));
  assert_false(find_group("", "wheel", &gid));
  assert_int_equal(gid, 10);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_result_alone_sets_the_state),
      cmocka_unit_test(fall_failures_in_a_row_make_it_down),
      cmocka_unit_test(rise_successes_in_a_row_make_it_up),
      cmocka_unit_test(what_another_found_counts_and_so_does_ours),
      cmocka_unit_test(the_next_check_is_sooner_while_it_turns),
      cmocka_unit_test(users_are_found_by_name_and_number),
      cmocka_unit_test(groups_are_found_by_name),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
