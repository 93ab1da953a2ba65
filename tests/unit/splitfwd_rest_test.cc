// The end of an answer: what it says of the session.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/relay/rest.h"

using namespace splitfwd;

namespace {

std::string packet(unsigned sequence, const std::string& payload) {
  std::string head(4, '\0');
  head[0] = static_cast<char>(payload.size() & 0xff);
  head[1] = static_cast<char>(payload.size() >> 8);
  head[3] = static_cast<char>(sequence);
  return head + payload;
}

std::string u16(unsigned n) {
  return std::string(1, static_cast<char>(n & 0xff)) +
         static_cast<char>(n >> 8);
}

// rows and id as they are encoded.
std::string ok(unsigned sequence, unsigned status, const std::string& rows,
               const std::string& id = std::string(1, '\0'),
               const std::string& text = "", char first = '\0') {
  return packet(sequence, std::string(1, first) + rows + id + u16(status) +
                              u16(0) + text);
}

std::string eof(unsigned sequence, unsigned status) {
  return packet(sequence, "\xfe" + u16(0) + u16(status));
}

Answer answer(const std::string& s) {
  // In a buffer of exactly that size: a read past its end is seen.
  const std::vector<char> exact(s.begin(), s.end());
  Tail t;
  t.note(exact.data(), exact.size());
  return t.answer();
}

const std::string kNone(1, '\0');
const std::string kOne(1, '\x01');
const unsigned kAuto = 2, kTrans = 1;

}  // namespace

static void an_ok_says_whether_it_is_in_a_transaction(void**) {
  assert_true(answer(ok(1, kAuto, kNone)) == Answer::Idle);
  assert_true(answer(ok(1, kAuto | kTrans, kNone)) == Answer::Busy);
  assert_true(answer(ok(1, kAuto, kOne)) == Answer::Changed);
  assert_true(answer(ok(1, 0, kNone)) == Answer::Manual);
  assert_true(answer(ok(1, 0, kOne)) == Answer::Manual);
  assert_true(answer(ok(1, kAuto | kTrans, kOne)) == Answer::Busy);
  assert_true(answer(ok(1, kAuto | 8, kOne)) == Answer::Busy);  // more
}

static void numbers_of_any_length_and_a_text_are_passed_over(void**) {
  const std::string numbers[] = {"\xfa", std::string("\xfc\x01\x02"),
                                 std::string("\xfd\x01\x02\x03"),
                                 std::string("\xfe\x01\0\0\0\0\0\0\x01", 9)};
  for (const std::string& n : numbers) {
    assert_true(answer(ok(1, kAuto, n, n)) == Answer::Changed);
    assert_true(answer(ok(1, kTrans, n, n)) == Answer::Busy);
  }
  assert_true(answer(ok(1, kAuto, kOne, kNone,
                        "(Rows matched: 1  Changed: 1  Warnings: 0")) ==
              Answer::Changed);
  assert_true(answer(ok(1, kAuto, "\xfb", kNone)) == Answer::Unknown);
  assert_true(answer(ok(1, kAuto, "\xff", kNone)) == Answer::Unknown);
}

static void rows_end_with_an_eof_or_an_ok_of_that_kind(void**) {
  const std::string rows = packet(1, "\x01") + packet(2, "def") +
                           packet(3, std::string("\x03" "abc"));
  assert_true(answer(rows + eof(4, kAuto)) == Answer::Idle);
  assert_true(answer(rows + eof(4, kAuto | kTrans)) == Answer::Busy);
  assert_true(answer(rows + eof(4, kAuto | 0x40)) == Answer::Busy);  // cursor
  assert_true(answer(rows + ok(4, kAuto, kNone, kNone, "", '\xfe')) ==
              Answer::Idle);
  assert_true(answer(rows + ok(4, kTrans, kNone, kNone, "", '\xfe')) ==
              Answer::Busy);
  assert_true(answer(rows + eof(4, 0)) == Answer::Manual);
  // In a transaction that this did not end, whatever it changed.
  assert_true(answer(rows + ok(4, kAuto, kOne, kNone, "", '\xfe')) ==
              Answer::Idle);
}

static void what_only_looks_like_it_says_nothing(void**) {
  assert_true(answer("") == Answer::Unknown);
  assert_true(answer("abc") == Answer::Unknown);
  // A row whose first column is empty; the answer to a PREPARE; an error.
  assert_true(answer(packet(5, std::string("\0\x06" "abcdef", 8))) ==
              Answer::Unknown);
  assert_true(answer(packet(1, std::string("\0\x07\0\0\0\0\0\0\0\0\0\0", 12)))
              == Answer::Unknown);
  assert_true(answer(packet(1, "\xff\x15\x04#28000Access denied")) ==
              Answer::Unknown);
  // Half of it.
  const std::string whole = ok(1, kAuto, kOne);
  for (size_t n = 0; n < whole.size(); ++n) {
    assert_true(answer(whole.substr(0, n)) == Answer::Unknown);
    if (n > 0) assert_true(answer(whole.substr(n)) == Answer::Unknown);
  }
  // A row in an answer that is long, cut where a packet ends.
  assert_true(answer(packet(9, std::string(300, 'x'))) == Answer::Unknown);
}

static void an_error_is_known(void**) {
  const std::string e = packet(1, "\xff\x88\x04#70100Connection was killed");
  Tail t;
  t.note(e.data(), e.size());
  assert_true(t.is_error() && t.answer() == Answer::Unknown);
  const std::string after = packet(3, "row") + e;
  t.note(after.data(), after.size());
  assert_true(t.is_error());
  t.note(e.data(), e.size() - 1);
  assert_false(t.is_error());
  const std::string o = ok(1, kAuto, kOne);
  t.note(o.data(), o.size());
  assert_false(t.is_error());
}

static void a_login_is_answered_late_in_its_row(void**) {
  for (unsigned sequence = 2; sequence <= 6; ++sequence) {
    assert_true(answer(ok(sequence, kAuto, kNone)) == Answer::Idle);
  }
  assert_true(answer(ok(7, kAuto, kNone)) == Answer::Unknown);
  assert_true(answer(ok(2, 0, kNone)) == Answer::Unknown);
  assert_true(answer(ok(2, kAuto, kOne)) == Answer::Unknown);
}

static void work_ends_with_a_transaction_or_a_change(void**) {
  assert_true(ends_work(Answer::Busy, Answer::Idle));
  assert_true(ends_work(Answer::Unknown, Answer::Changed));
  assert_true(ends_work(Answer::Idle, Answer::Changed));
  assert_false(ends_work(Answer::Idle, Answer::Idle));      // a test query
  assert_false(ends_work(Answer::Unknown, Answer::Idle));   // after an error
  assert_false(ends_work(Answer::Idle, Answer::Busy));
  assert_false(ends_work(Answer::Busy, Answer::Busy));
  assert_false(ends_work(Answer::Busy, Answer::Unknown));
  // COMMIT; SET autocommit=1
  assert_false(ends_work(Answer::Busy, Answer::Manual));
  assert_true(ends_work(Answer::Manual, Answer::Idle));
}

static void after_a_last_word_less_silence_is_rest(void**) {
  assert_int_equal(silence_ms(Answer::Manual, true), 10);
  assert_int_equal(silence_ms(Answer::Idle, false), 50);
  assert_true(silence_ms(Answer::Busy, true) == UINT64_MAX);
  assert_true(silence_ms(Answer::Unknown, true) == UINT64_MAX);
  const struct {
    const char* payload;
    bool last;
  } kSaid[] = {{"\x03" "COMMIT", true}, {"\x03" "rollback", true},
               {"\x03" "set autocommit=0", false}, {"\x1f", true},
               {"\x11", true}, {"\x0e", false}, {"\x03" "SELECT 1", false},
               {"\x03" "COMMI", false}, {"\x03", false}, {"\x16" "COMMIT", false}};
  for (const auto& s : kSaid) {
    const std::string p = packet(0, s.payload);
    const std::vector<char> exact(p.begin(), p.end());
    assert_true(is_last_word(exact.data(), exact.size()) == s.last);
  }
  assert_false(is_last_word("", 0));
  const std::string late = packet(1, "\x03" "COMMIT");
  assert_false(is_last_word(late.data(), late.size()));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_ok_says_whether_it_is_in_a_transaction),
      cmocka_unit_test(numbers_of_any_length_and_a_text_are_passed_over),
      cmocka_unit_test(rows_end_with_an_eof_or_an_ok_of_that_kind),
      cmocka_unit_test(what_only_looks_like_it_says_nothing),
      cmocka_unit_test(an_error_is_known),
      cmocka_unit_test(after_a_last_word_less_silence_is_rest),
      cmocka_unit_test(a_login_is_answered_late_in_its_row),
      cmocka_unit_test(work_ends_with_a_transaction_or_a_change),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
