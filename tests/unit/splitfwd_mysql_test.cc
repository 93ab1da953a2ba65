// MySQL's packets: what a refused client gets, and the check that logs in.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/mysql.h"

using namespace splitfwd;

namespace {

typedef MysqlCheck::Step Step;

std::string hex(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned c = static_cast<unsigned char>(s[i]);
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::string packet(unsigned sequence, const std::string& payload) {
  std::string head(4, '\0');
  head[0] = static_cast<char>(payload.size());
  head[3] = static_cast<char>(sequence);
  return head + payload;
}

// As MariaDB 10.11 greets.
const std::string kGreeting = packet(
    0, std::string("\x0a" "5.5.5-10.11.6-MariaDB\0" "\x01\0\0\0" "abcdefgh\0"
                   "\xff\xf7\x08\x02\0\xff\x81\x15", 44) +
           std::string(10, '\0') + std::string("ijklmnopqrst\0", 13) +
           std::string("mysql_native_password\0", 22));
const std::string kOk = packet(2, std::string("\0\0\0\x02\0\0\0", 7));

Step feed(MysqlCheck* c, const std::string& s) {
  const std::vector<char> exact(s.begin(), s.end());
  return c->feed(exact.data(), exact.size());
}

std::string err(unsigned sequence, unsigned code, const char* rest) {
  std::string body("\xff");
  body += static_cast<char>(code & 0xff);
  body += static_cast<char>(code >> 8);
  return packet(sequence, body + rest);
}

}  // namespace

static void the_login_is_haproxys_byte_for_byte(void**) {
  assert_string_equal(
      hex(login_and_quit("haproxy")).c_str(),
      "290000010082000000800001210000000000000000000000000000000000000000"
      "000000686170726f787900000100000001");
}

static void a_server_that_lets_us_in_is_up(void**) {
  MysqlCheck c;
  assert_true(feed(&c, kGreeting) == Step::Send);
  assert_true(feed(&c, kOk) == Step::Done);
  assert_string_equal(c.status().c_str(), "L7OK");
  assert_string_equal(c.text().c_str(), "5.5.5-10.11.6-MariaDB");
  assert_true(c.up());
  c.on_end();  // of COM_QUIT
  assert_true(c.up());
}

static void bytes_may_come_one_by_one(void**) {
  MysqlCheck c;
  for (size_t i = 0; i + 1 < kGreeting.size(); ++i) {
    assert_true(feed(&c, kGreeting.substr(i, 1)) == Step::Read);
  }
  assert_true(feed(&c, kGreeting.substr(kGreeting.size() - 1)) == Step::Send);
  for (size_t i = 0; i + 1 < kOk.size(); ++i) {
    assert_true(feed(&c, kOk.substr(i, 1)) == Step::Read);
  }
  assert_true(feed(&c, kOk.substr(kOk.size() - 1)) == Step::Done);
  assert_true(c.up());
}

static void an_error_is_a_death_only_when_it_is_everybodys(void**) {
  const struct {
    unsigned code;
    bool up;
  } kCodes[] = {{1045, true}, {1040, true}, {1203, true}, {1251, true},
                {1053, false}, {1129, false}, {1130, false}};
  for (size_t i = 0; i < sizeof kCodes / sizeof *kCodes; ++i) {
    MysqlCheck early, late;
    assert_true(feed(&early, err(0, kCodes[i].code, "Host\nx")) ==
                Step::Done);
    assert_true(feed(&late, kGreeting) == Step::Send);
    assert_true(feed(&late, err(2, kCodes[i].code, "#28000No")) ==
                Step::Done);
    assert_string_equal(early.text().c_str(), "Host x");
    assert_string_equal(late.text().c_str(), "No");
    assert_string_equal(late.status().c_str(), "L7STS");
    assert_int_equal(late.code(), kCodes[i].code);
    assert_true(early.up() == kCodes[i].up && late.up() == kCodes[i].up);
  }
}

static void what_is_no_mysql_server_is_down(void**) {
  const std::string bad[] = {
      "SSH-2.0-OpenSSH\r\n", std::string(4, '\0'), packet(1, "\x0a" "5\0"),
      packet(0, "\x09" "3.2"), packet(0, "\x0a" "no end"),
      packet(0, "\xff\x10"), kGreeting + kOk};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    MysqlCheck c;
    assert_true(feed(&c, bad[i]) == Step::Done);
    assert_string_equal(c.status().c_str(), "L7RSP");
    assert_false(c.up());
  }
  const std::string wrong[] = {packet(2, "\xfe" "caching_sha2_password"),
                               packet(1, std::string("\0\0\0", 3))};
  for (size_t i = 0; i < 2; ++i) {
    MysqlCheck c;
    assert_true(feed(&c, kGreeting) == Step::Send);
    assert_true(feed(&c, wrong[i]) == Step::Done);
    assert_false(c.up());
  }
}

static void an_end_too_early_is_down(void**) {
  MysqlCheck c;
  feed(&c, kGreeting.substr(0, 9));
  c.on_end();
  assert_string_equal(c.text().c_str(), "closed at once");
  MysqlCheck d;
  feed(&d, kGreeting);
  d.on_end();
  assert_string_equal(d.text().c_str(), "closed after the login");
  assert_string_equal(d.status().c_str(), "L7RSP");
  assert_true(feed(&d, kOk) == Step::Done);
  assert_false(c.up() || d.up());
}

static void every_flip_is_safe(void**) {
  const std::string all = kGreeting + kOk;
  for (size_t i = 0; i < all.size() * 8; ++i) {
    std::string s = all;
    s[i / 8] = static_cast<char>(s[i / 8] ^ 1 << i % 8);
    MysqlCheck c;
    if (feed(&c, s.substr(0, kGreeting.size())) == Step::Send) {
      feed(&c, s.substr(kGreeting.size()));
    }
    c.on_end();
    assert_false(c.status().empty());
  }
}

static void a_refused_client_gets_an_error_that_fits(void**) {
  assert_string_equal(
      hex(refusal_packet(Refusal::NoServer)).c_str(),
      "26000000ff1004233038303034"
      "73706c69746677643a206e6f2073657276657220617661696c61626c65");
  const struct {
    Refusal why;
    const char* head;
  } kPackets[] = {{Refusal::NoAnswer, "ff1004233038303034"},
                  {Refusal::QueueTimeout, "ff1004233038303034"},
                  {Refusal::QueueFull, "ff1004233038303034"},
                  {Refusal::SourceFull, "ff1004233038303034"},
                  {Refusal::Denied, "ff6a04234859303030"},
                  {Refusal::Stopping, "ff1d04233038533031"}};
  for (size_t i = 0; i < sizeof kPackets / sizeof *kPackets; ++i) {
    const std::string p = refusal_packet(kPackets[i].why);
    assert_int_equal(p.size() - 4, p[0]);
    assert_string_equal(hex(p.substr(4, 9)).c_str(), kPackets[i].head);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_login_is_haproxys_byte_for_byte),
      cmocka_unit_test(a_server_that_lets_us_in_is_up),
      cmocka_unit_test(bytes_may_come_one_by_one),
      cmocka_unit_test(an_error_is_a_death_only_when_it_is_everybodys),
      cmocka_unit_test(what_is_no_mysql_server_is_down),
      cmocka_unit_test(an_end_too_early_is_down),
      cmocka_unit_test(every_flip_is_safe),
      cmocka_unit_test(a_refused_client_gets_an_error_that_fits),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
