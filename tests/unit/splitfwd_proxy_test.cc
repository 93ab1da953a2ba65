// The PROXY protocol, byte by byte.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>
#include <vector>

#include "splitfwd/proxy.h"

using namespace splitfwd;
using tandem::Address;

namespace {

typedef ProxyParse P;

Address address(const char* text) {
  Address a;
  assert_true(tandem::parse_address_port(text, 0, &a).ok());
  return a;
}

std::string hex(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    const unsigned c = static_cast<unsigned char>(s[i]);
    out += "0123456789abcdef"[c >> 4];
    out += "0123456789abcdef"[c & 15];
  }
  return out;
}

std::string bytes(const char* hex_text) {
  std::string out;
  for (const char* p = hex_text; *p; p += 2) {
    const std::string digits = "0123456789abcdef";
    out += static_cast<char>(digits.find(p[0]) << 4 | digits.find(p[1]));
  }
  return out;
}

// In a buffer of exactly that size: a read past its end is seen.
P parse(const std::string& s, ProxyHeader* h, size_t* length) {
  const std::vector<char> exact(s.begin(), s.end());
  return parse_proxy(exact.data(), exact.size(), h, length);
}

// "local", or "source destination" and how many bytes it took.
std::string parsed(const std::string& s) {
  ProxyHeader h;
  size_t length = 0;
  switch (parse(s, &h, &length)) {
    case P::More: return "more";
    case P::Bad: return "bad";
    case P::Done: break;
  }
  const std::string n = " " + std::to_string(length);
  return (h.local ? "local" : h.source.text() + " " + h.destination.text()) +
         n;
}

const char kSig[] = "0d0a0d0a000d0a515549540a";
std::string v2(const char* rest) { return bytes(kSig) + bytes(rest); }

const std::string kGood[] = {
    "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
    "PROXY TCP6 2001:db8::1 ::1 1 65535\r\n",
    "PROXY UNKNOWN\r\n",
    v2("2111000cac100132ac10016410920cec"),
    v2("2111000fac100132ac10016410920cec040000"),
    v2("21210024"
       "20010db8000000000000000000000001"
       "00000000000000000000000000000001" "10920cec"),
    v2("20000000"),
};

}  // namespace

static void what_is_sent_is_what_haproxy_sends(void**) {
  const Address c = address("172.16.1.50:4242");
  const Address d = address("172.16.1.100:3308");
  assert_string_equal(proxy_v1(c, d).c_str(),
                      "PROXY TCP4 172.16.1.50 172.16.1.100 4242 3308\r\n");
  assert_string_equal(hex(proxy_v2(c, d)).c_str(),
                      "0d0a0d0a000d0a515549540a"
                      "2111000cac100132ac10016410920cec");
  const Address c6 = address("[2001:db8::1]:4242");
  const Address d6 = address("[::1]:3308");
  assert_string_equal(proxy_v1(c6, d6).c_str(),
                      "PROXY TCP6 2001:db8::1 ::1 4242 3308\r\n");
  assert_string_equal(hex(proxy_v2(c6, d6)).c_str(), hex(kGood[5]).c_str());
}

static void no_address_is_unknown_and_local(void**) {
  const Address none;
  assert_string_equal(proxy_v1(none, none).c_str(), "PROXY UNKNOWN\r\n");
  assert_string_equal(hex(proxy_v2(none, address("1.2.3.4:5"))).c_str(),
                      "0d0a0d0a000d0a515549540a20000000");
}

static void two_families_meet_in_the_larger(void**) {
  const Address c = address("1.2.3.4:5"), d = address("[::1]:6");
  assert_string_equal(proxy_v1(c, d).c_str(),
                      "PROXY TCP6 ::ffff:1.2.3.4 ::1 5 6\r\n");
  assert_string_equal(parsed(proxy_v2(d, c)).c_str(),
                      "[::1]:6 [::ffff:1.2.3.4]:5 52");
}

static void headers_are_read_and_leave_the_rest(void**) {
  assert_string_equal(parsed(kGood[0]).c_str(),
                      "192.168.0.1:56324 192.168.0.11:443 47");
  assert_string_equal(parsed(kGood[0] + "GET").c_str(),
                      "192.168.0.1:56324 192.168.0.11:443 47");
  assert_string_equal(parsed(kGood[1]).c_str(),
                      "[2001:db8::1]:1 [::1]:65535 36");
  assert_string_equal(parsed("PROXY UNKNOWN ff::1 x 0 y\r\nz").c_str(),
                      "local 27");
  assert_string_equal(parsed(kGood[3] + "x").c_str(),
                      "172.16.1.50:4242 172.16.1.100:3308 28");
  // With a TLV behind the addresses; LOCAL, UNSPEC, UDP and UNIX with any.
  assert_string_equal(parsed(kGood[4]).c_str(),
                      "172.16.1.50:4242 172.16.1.100:3308 31");
  assert_string_equal(parsed(v2("201100020000")).c_str(), "local 18");
  assert_string_equal(parsed(v2("210000020000")).c_str(), "local 18");
  assert_string_equal(parsed(v2("211200020000")).c_str(), "local 18");
  assert_string_equal(parsed(v2("213100020000")).c_str(), "local 18");
}

static void the_longest_line_is_107_bytes(void**) {
  const std::string six = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
  const std::string line =
      "PROXY UNKNOWN " + six + " " + six + " 65535 65535\r\n";
  assert_int_equal(line.size(), kProxyV1BytesMax);
  assert_string_equal(parsed(line).c_str(), "local 107");
  assert_string_equal(parsed("PROXY UNKNOWN " + line.substr(13)).c_str(),
                      "bad");
  assert_string_equal(parsed(line.substr(0, 105) + "x").c_str(), "more");
  assert_string_equal(parsed(line.substr(0, 105) + "xx").c_str(), "bad");
}

static void what_is_no_header_is_bad(void**) {
  const std::string bad[] = {
      "G", "PROXX", std::string("\0", 1), "\n", "PROXY\r\n", "PROXY \r\n",
      "PROXY TCP4\r\n", "PROXY UNKNOWN\n", "PROXYUNKNOWN\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "PROXY TCP4 1.2.3.4 ::1 1 2\r\n",
      "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
      "PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n",
      "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
      "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
      std::string("PROXY UNKNOWN \0\r\n", 17),
      "\r\n\r\n1", bytes(kSig) + "\x11", v2("22"), v2("2141"), v2("2113"),
      v2("2111000b"), v2("21210023"), v2("20001000")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; ++i) {
    assert_string_equal(parsed(bad[i]).c_str(), "bad");
  }
  assert_string_equal(parsed(v2("20000ff0")).c_str(), "more");
}

static void every_beginning_asks_for_more_and_every_flip_is_safe(void**) {
  for (const std::string& good : kGood) {
    ProxyHeader h;
    for (size_t n = 0; n < good.size(); ++n) {
      assert_string_equal(parsed(good.substr(0, n)).c_str(), "more");
    }
    for (size_t i = 0; i < good.size(); ++i) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        std::string s = good;
        s[i] = static_cast<char>(s[i] ^ (1 << bit));
        size_t length = 0;
        if (parse(s, &h, &length) == P::Done) assert_true(length <= s.size());
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_haproxy_sends),
      cmocka_unit_test(no_address_is_unknown_and_local),
      cmocka_unit_test(two_families_meet_in_the_larger),
      cmocka_unit_test(headers_are_read_and_leave_the_rest),
      cmocka_unit_test(the_longest_line_is_107_bytes),
      cmocka_unit_test(what_is_no_header_is_bad),
      cmocka_unit_test(every_beginning_asks_for_more_and_every_flip_is_safe),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
