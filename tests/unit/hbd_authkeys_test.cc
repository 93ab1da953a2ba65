// What authkeys accepts; and that no error shows a key.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include "hbd/link/keys.h"

using hbd::AuthKeys;

static std::string mistake_in(const std::string& text) {
  AuthKeys keys;
  return hbd::parse_authkeys("f", text, &keys).text();
}

static void the_sender_is_what_auth_names(void**) {
  AuthKeys keys;
  const tandem::Error e = hbd::parse_authkeys(
      "f", "# keys\nauth 2\n1 sha256 old-old-old-old\n\n"
      "2\tsha256  new-new-new-new\r\n", &keys);
  assert_string_equal(e.c_str(), "");
  assert_string_equal(keys.sender.c_str(), "new-new-new-new");
  assert_int_equal(keys.accepted.size(), 2);
  assert_string_equal(keys.accepted[0].c_str(), "old-old-old-old");
}

static void mistakes_name_their_line_and_no_key(void**) {
  const struct { const char* text; const char* mistake; } table[] = {
      {"", "f:1: no line 'auth N'"},
      {"1 sha256 secret-secret-\n", "f:2: no line 'auth N'"},
      {"auth 2\n1 sha256 secret-secret-\n",
       "f:1: the key that 'auth' names is not here"},
      {"auth 1\nauth 1\n", "f:2: 'auth' is here twice, first in line 1"},
      {"auth\n", "f:1: expected 'auth N', N from 1 to 15"},
      {"auth 16\n", "f:1: expected 'auth N', N from 1 to 15"},
      {"auth 0\n", "f:1: expected 'auth N', N from 1 to 15"},
      {"auth 1 2\n", "f:1: expected 'auth N', N from 1 to 15"},
      {"secret-secret-\n",
       "f:1: expected 'auth N' or 'N sha256 KEY', N from 1 to 15"},
      {"16 sha256 secret-secret-\n",
       "f:1: expected 'auth N' or 'N sha256 KEY', N from 1 to 15"},
      {"1\n", "f:1: no method after the number"},
      {"1 crc\n", "f:1: method crc is not safe; use sha256 KEY"},
      {"1 md5 secret-secret-\n", "f:1: method md5 is not safe; use sha256 KEY"},
      {"1 sha1 secret-secret-\n",
       "f:1: method sha1 is not safe; use sha256 KEY"},
      {"1 secret-secret- x\n", "f:1: unknown method; use sha256 KEY"},
      {"1 sha256\n", "f:1: expected 'N sha256 KEY', KEY one word"},
      {"1 sha256 secret secret-\n",
       "f:1: expected 'N sha256 KEY', KEY one word"},
      {"1 sha256 secret\n", "f:1: the key is shorter than 12 bytes"},
      {"1 sha256 secret-secret-\n1 sha256 secret-secret-\n",
       "f:2: key 1 is here twice"},
  };
  for (size_t i = 0; i < sizeof table / sizeof *table; ++i) {
    const std::string said = mistake_in(table[i].text);
    assert_string_equal(said.c_str(), table[i].mistake);
    assert_true(said.find("secret") == std::string::npos);
  }
}

static void the_sample_is_refused(void**) {
  const std::string said =
      mistake_in("auth 1\n1 sha256 REPLACE-ME\n");
  assert_true(said.find("f:2: this is the sample's key") == 0);
}

static void a_failure_stores_nothing(void**) {
  AuthKeys keys;
  keys.sender = "kept";
  assert_false(hbd::parse_authkeys("f", "auth 1\n", &keys).ok());
  assert_string_equal(keys.sender.c_str(), "kept");
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_sender_is_what_auth_names),
      cmocka_unit_test(mistakes_name_their_line_and_no_key),
      cmocka_unit_test(the_sample_is_refused),
      cmocka_unit_test(a_failure_stores_nothing),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
