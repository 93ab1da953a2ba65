// What the address spec promises: Heartbeat's forms, and nothing guessed.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include "vipctl/spec.h"

using namespace vipctl;

static VipSpec must_parse(const char* text) {
  VipSpec spec;
  tandem::Error e = parse_spec(text, &spec);
  assert_string_equal(e.c_str(), "");
  return spec;
}

static void assert_refused(const std::string& text, const char* why) {
  VipSpec spec;
  spec.dev = "untouched";
  tandem::Error e = parse_spec(text, &spec);
  if (!strstr(e.c_str(), why)) assert_string_equal(e.c_str(), why);
  assert_int_equal(e.code(), tandem::kExitUsage);
  assert_string_equal(spec.dev.c_str(), "untouched");
}

static void every_form_of_heartbeat_is_taken(void**) {
  VipSpec s = must_parse("172.16.1.100/24/eth0:1");
  assert_string_equal(s.addr.host().c_str(), "172.16.1.100");
  assert_int_equal(s.prefix_len, 24);
  assert_string_equal(s.dev.c_str(), "eth0");
  assert_string_equal(s.label.c_str(), "eth0:1");

  s = must_parse("172.16.1.100");
  assert_int_equal(s.prefix_len, 0);
  assert_true(s.dev.empty() && s.label.empty());
  assert_int_equal(must_parse("172.16.1.100/32").prefix_len, 32);
  assert_string_equal(must_parse("172.16.1.100/24/ens32").dev.c_str(),
                      "ens32");
  assert_string_equal(must_parse("172.16.1.100/bond0.7").dev.c_str(),
                      "bond0.7");
  assert_string_equal(must_parse("172.16.1.100/eth0:db").label.c_str(),
                      "eth0:db");
  assert_int_equal(must_parse("2001:db8::1/64/eth0").prefix_len, 64);
}

static void a_spec_comes_back_from_its_text(void**) {
  const char* const all[] = {"172.16.1.100", "172.16.1.100/24",
                             "172.16.1.100/24/eth0", "172.16.1.100/eth0:1",
                             "172.16.1.100/24/eth0:1", "fd00::1/64/br-lan"};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; ++i) {
    assert_string_equal(format_spec(must_parse(all[i])).c_str(), all[i]);
  }
}

static void mistakes_say_what_is_wrong(void**) {
  assert_refused("", "numeric address");
  assert_refused("vip.example", "numeric address");
  assert_refused("172.16.1.100/", "interface name");
  assert_refused("172.16.1.100/0", "1 to 32");
  assert_refused("172.16.1.100/33", "1 to 32");
  assert_refused("172.16.1.100/99999999999999999999", "1 to 32");
  assert_refused("fd00::1/129", "1 to 128");
  assert_refused("172.16.1.100/24/", "interface name");
  assert_refused("172.16.1.100/24/..", "interface name");
  assert_refused("172.16.1.100/24/sixteen-letters0", "interface name");
  assert_refused("172.16.1.100/24/et h0", "interface name");
  assert_refused("172.16.1.100/24/eth0:", "label");
  assert_refused("172.16.1.100/24/eth0:a:b", "label");
  assert_refused("172.16.1.100/24/eth0:elevenchars", "15");
  assert_refused("172.16.1.100/24/eth0/x", "ADDR[/LEN]");
  assert_refused("172.16.1.100/24/eth0/172.16.1.255", "broadcast");
  assert_refused("172.16.1.100/24/172.16.1.255", "broadcast");
  assert_refused("172.16.1.100/255.255.255.0/eth0", "length");
  assert_refused(std::string("172.16.1.100\0/24", 16), "address");
  assert_refused("172.16.1.100/eth0\n", "interface name");
}

static void addresses_no_host_can_have_are_refused(void**) {
  assert_refused("0.0.0.0", "no host");
  assert_refused("127.0.0.1", "loopback");
  assert_refused("224.0.0.18", "multicast");
  assert_refused("255.255.255.255", "no host");
  assert_refused("ff02::1", "multicast");
  assert_refused("172.16.1.0/24", "name of its /24");
  assert_refused("172.16.1.255/24", "broadcast");
  assert_refused("172.16.1.128/25", "name of its /25");
  // A /31 and a /32 have neither (RFC 3021).
  must_parse("172.16.1.0/31");
  must_parse("172.16.1.255/32");
  must_parse("172.16.0.255/16");
}

static void subnets_compare_bit_by_bit(void**) {
  tandem::Address a = must_parse("172.16.1.127").addr;
  tandem::Address b = must_parse("172.16.1.128").addr;
  assert_true(same_subnet(a, b, 24));
  assert_false(same_subnet(a, b, 25));
  assert_true(same_subnet(a, a, 32));
  assert_false(same_subnet(a, b, 32));
  assert_true(same_subnet(a, b, 0));
  assert_false(same_subnet(a, must_parse("fd00::1").addr, 0));
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_of_heartbeat_is_taken),
      cmocka_unit_test(a_spec_comes_back_from_its_text),
      cmocka_unit_test(mistakes_say_what_is_wrong),
      cmocka_unit_test(addresses_no_host_can_have_are_refused),
      cmocka_unit_test(subnets_compare_bit_by_bit),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
