// The steps of a planned move.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "splitfwd/route/drain.h"

using namespace splitfwd;

typedef Drain::Step Step;
typedef Drain::Phase Phase;

static void nothing_is_done_before_it_begins(void**) {
  Drain d;
  assert_true(d.step(1, 0, 0) == Step::None && !d.is_on());
}

static void it_shuts_when_the_first_ones_are_gone(void**) {
  Drain d;
  d.begin(100, 1000, 9);
  assert_true(d.step(100, 2, 2) == Step::None && !d.is_shut());
  assert_true(d.step(200, 1, 9) == Step::None && d.phase() == Phase::Resting);
  assert_true(d.step(300, 0, 9) == Step::Shut && d.is_shut());
  assert_true(d.step(301, 0, 9) == Step::None && d.phase() == Phase::Shut);
  assert_true(d.step(310, 0, 0) == Step::None && d.phase() == Phase::Quiet);
  // One that was in the backlog still.
  assert_true(d.step(311, 0, 1) == Step::None && d.phase() == Phase::Shut);
  assert_true(d.step(1199, 0, 0) == Step::None && d.phase() == Phase::Quiet);
  assert_true(d.step(1200, 0, 0) == Step::Open && !d.is_on());
}

static void who_does_not_rest_is_cut_once(void**) {
  Drain d;
  d.begin(0, 1000, 9);
  assert_true(d.step(999, 1, 1) == Step::None);
  assert_true(d.step(1000, 1, 1) == Step::Shut);
  assert_true(d.step(1599, 1, 1) == Step::None);
  assert_true(d.step(1600, 1, 1) == Step::Cut);
  assert_true(d.step(1601, 1, 1) == Step::None);
  assert_true(d.step(1610, 0, 0) == Step::None && d.phase() == Phase::Quiet);
  assert_true(d.step(1900, 0, 0) == Step::Open);
}

static void it_opens_though_somebody_is_left(void**) {
  Drain d;
  d.begin(0, 0, 9);
  assert_true(d.step(0, 1, 1) == Step::Shut);
  assert_true(d.step(5000, 1, 1) == Step::Open && !d.is_on());
  d.begin(6000, 10, 9);
  assert_true(d.step(6000, 1, 1) == Step::None && d.is_on());
}

static void in_haste_all_are_cut_at_once(void**) {
  Drain d;
  d.begin_in_haste(100);
  assert_true(d.is_shut());
  assert_true(d.step(100, 0, 2) == Step::Cut);
  assert_true(d.step(101, 0, 1) == Step::Cut);  // who was in the backlog
  assert_true(d.step(102, 0, 0) == Step::None && d.phase() == Phase::Quiet);
  assert_true(d.step(1000, 0, 0) == Step::Open && !d.is_on());
  d.begin(2000, 1000, 9);
  d.begin_in_haste(2100);
  assert_true(d.step(2100, 1, 1) == Step::Cut);
  d.end();
  assert_true(d.step(2101, 1, 1) == Step::None && !d.is_on());
  d.begin(3000, 1000, 9);
  assert_true(d.step(3001, 1, 1) == Step::None);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_is_done_before_it_begins),
      cmocka_unit_test(it_shuts_when_the_first_ones_are_gone),
      cmocka_unit_test(who_does_not_rest_is_cut_once),
      cmocka_unit_test(it_opens_though_somebody_is_left),
      cmocka_unit_test(in_haste_all_are_cut_at_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
