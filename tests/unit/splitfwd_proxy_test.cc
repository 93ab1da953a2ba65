// The header of the PROXY protocol, byte by byte.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string>

#include "splitfwd/relay/proxy.h"

using namespace splitfwd;
using tandem::Address;

namespace {

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

const std::string kSig = "0d0a0d0a000d0a515549540a";

}  // namespace

static void what_is_sent_is_what_haproxy_sends(void**) {
  assert_string_equal(hex(proxy_header(address("172.16.1.50:4242"),
                                       address("172.16.1.100:3308"))).c_str(),
                      (kSig + "2111000cac100132ac10016410920cec").c_str());
  assert_string_equal(hex(proxy_header(address("[2001:db8::1]:4242"),
                                       address("[::1]:3308"))).c_str(),
                      (kSig + "21210024"
                              "20010db8000000000000000000000001"
                              "00000000000000000000000000000001"
                              "10920cec").c_str());
}

static void no_address_is_local(void**) {
  assert_string_equal(hex(proxy_header(Address(), address("1.2.3.4:5")))
                          .c_str(),
                      (kSig + "20000000").c_str());
}

static void two_families_meet_in_the_larger(void**) {
  assert_string_equal(hex(proxy_header(address("[::1]:6"),
                                       address("1.2.3.4:5"))).c_str(),
                      (kSig + "21210024"
                              "00000000000000000000000000000001"
                              "00000000000000000000ffff01020304"
                              "00060005").c_str());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_sent_is_what_haproxy_sends),
      cmocka_unit_test(no_address_is_local),
      cmocka_unit_test(two_families_meet_in_the_larger),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
