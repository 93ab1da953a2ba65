// The statistics page: whose request is answered, and what it says.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "lib/text.h"
#include "splitfwd/show/guesses.h"
#include "splitfwd/show/http.h"
#include "splitfwd/show/page.h"

using namespace splitfwd;

namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::vector<std::string> credentials(const char* text) {
  std::vector<std::string> out;
  int line;
  assert_true(parse_credentials(text, &out, &line));
  return out;
}

bool allowed(const char* authorization, const char* file) {
  HttpRequest r;
  r.authorization = authorization;
  return is_authorized(r, credentials(file));
}

}  // namespace

static void a_request_is_complete_at_its_empty_line(void**) {
  const std::string text = "GET /a?b;c HTTP/1.1\r\nHost: x\r\n"
                           "AUTHORIZATION:  Basic YTpi \r\n\r\n";
  HttpRequest r;
  for (size_t n = 0; n < text.size(); ++n) {
    assert_true(parse_request(text.substr(0, n), &r) == HttpHead::More);
    assert_string_equal(r.target.c_str(), "");
  }
  assert_true(parse_request(text + "body", &r) == HttpHead::Done);
  assert_string_equal(r.method.c_str(), "GET");
  assert_string_equal(r.target.c_str(), "/a?b;c");
  assert_string_equal(r.authorization.c_str(), "Basic YTpi");
}

static void what_is_not_http_is_bad(void**) {
  const char* const bad[] = {
      "\r\n", "\n\n", "GET /\n\n", "GET / HTTP/2.0\n\n", "GET  / HTTP/1.1\n\n",
      "GET x HTTP/1.1\n\n", "GET / HTTP/1.1 x\n\n", "GET / HTTP/1.1\nno\n\n",
      "GET / HTTP/1.1\n: x\n\n", "GET / HTTP/1.1\nA b: x\n\n",
      "GET / HTTP/1.1\nAuthorization: a\nAuthorization: b\n\n",
      "GET /\x7f HTTP/1.1\n\n"};
  HttpRequest r;
  for (const char* text : bad) {
    assert_true(parse_request(text, &r) == HttpHead::Bad);
  }
  assert_true(parse_request(std::string("GET\0", 4), &r) == HttpHead::Bad);
  assert_true(parse_request(std::string(kHeadBytesMax, 'a'), &r) ==
              HttpHead::Bad);
}

static void base64_is_rfc_4648s(void**) {
  const char* const pairs[][2] = {
      {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
      {"\xff\xfe\xfd", "//79"}};
  for (const char* const* p : pairs) {
    assert_string_equal(base64(p[0]).c_str(), p[1]);
  }
}

static void only_a_user_of_the_file_is_let_in(void**) {
  const char file[] = "# who may look\n\nadmin:secret \nbob:with:colon\n";
  assert_true(allowed("Basic YWRtaW46c2VjcmV0", file));
  assert_true(allowed("basic  Ym9iOndpdGg6Y29sb24=", file));
  const char* const wrong[] = {
      "", "Basic", "Basic YWRtaW46c2VjcmV", "Basic YWRtaW46c2VjcmV0eA==",
      "Digest YWRtaW46c2VjcmV0", "Basic YWRtaW46U2VjcmV0",
      "Basic YWRtaW46c2VjcmV0 x", "YWRtaW46c2VjcmV0"};
  for (const char* text : wrong) assert_false(allowed(text, file));
}

static void a_wrong_line_of_the_password_file_is_named(void**) {
  std::vector<std::string> out;
  int line = 0;
  assert_false(parse_credentials("a:b\nadmin\n", &out, &line));
  assert_int_equal(line, 2);
  assert_false(parse_credentials("# none\n\n", &out, &line));
  assert_int_equal(line, 1);
  assert_false(parse_credentials(":x\n", &out, &line));
  assert_false(parse_credentials("x:\n", &out, &line));
  assert_false(parse_credentials("# sample\nadmin:REPLACE-ME\n", &out, &line));
  assert_int_equal(line, 2);
  assert_true(out.empty());
}

static void a_response_says_its_length_and_not_who_we_are(void**) {
  const std::string ok = http_response(200, "<p>", "text/html", false);
  assert_true(contains(ok, "HTTP/1.1 200 OK\r\n"));
  assert_true(contains(ok, "Content-Length: 3\r\n"));
  assert_true(contains(ok, "Content-Type: text/html; charset=utf-8\r\n"));
  assert_true(contains(ok, "\r\n\r\n<p>"));
  assert_false(contains(ok, "Server:"));
  assert_false(contains(http_response(200, "<p>", "text/html", true), "<p>"));
  const std::string no = http_response(401, "<p>", "text/html", false);
  assert_true(contains(no, "WWW-Authenticate: Basic realm="));
  assert_false(contains(no, "<p>"));
}

static tandem::Address address(const char* text) {
  tandem::Address a;
  assert_true(tandem::parse_address(text, &a).ok());
  return a;
}

static void after_a_few_wrong_ones_one_guess_a_second_is_heard(void**) {
  Guesses g;
  const tandem::Address he = address("10.0.0.1"), she = address("10.0.0.2");
  for (unsigned i = 0; i < Guesses::kAtOnce; ++i) {
    assert_true(g.may_try(he, 5000));
    g.on_wrong(he, 5000);
  }
  assert_false(g.may_try(he, 5000));
  assert_true(g.may_try(she, 5000));
  assert_false(g.may_try(he, 5999));
  assert_true(g.may_try(he, 6000));
  g.on_wrong(he, 6000);
  assert_false(g.may_try(he, 6999));
  assert_true(g.may_try(he, 20000));
  for (unsigned i = 0; i < Guesses::kAtOnce; ++i) {
    g.on_wrong(address("fd00::1"), 20000);
  }
  assert_false(g.may_try(address("fd00::2"), 20000));
  assert_true(g.may_try(address("fd00:0:0:1::2"), 20000));
  // Each user of this host has all of these.
  for (unsigned i = 0; i < Guesses::kAtOnce; ++i) {
    g.on_wrong(address(tandem::format("127.0.%u.1", i).c_str()), 20000);
  }
  assert_false(g.may_try(address("127.9.9.9"), 20000));
  // Many sources push out those that are forgiven first.
  for (unsigned i = 0; i < 2 * Guesses::kSourcesMax; ++i) {
    g.on_wrong(address(tandem::format("10.1.0.%u", i).c_str()), 20000);
  }
  assert_false(g.may_try(address("fd00::2"), 20000));
}

static void an_age_is_its_two_largest_units(void**) {
  assert_string_equal(age_text(0).c_str(), "0s");
  assert_string_equal(age_text(59999).c_str(), "59s");
  assert_string_equal(age_text(60000).c_str(), "1m");
  assert_string_equal(age_text(3661000).c_str(), "1h1m");
  assert_string_equal(age_text(86400000 + 5000).c_str(), "1d");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_request_is_complete_at_its_empty_line),
      cmocka_unit_test(what_is_not_http_is_bad),
      cmocka_unit_test(base64_is_rfc_4648s),
      cmocka_unit_test(only_a_user_of_the_file_is_let_in),
      cmocka_unit_test(a_wrong_line_of_the_password_file_is_named),
      cmocka_unit_test(a_response_says_its_length_and_not_who_we_are),
      cmocka_unit_test(after_a_few_wrong_ones_one_guess_a_second_is_heard),
      cmocka_unit_test(an_age_is_its_two_largest_units),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
