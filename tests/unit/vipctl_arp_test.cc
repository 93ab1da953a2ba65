// ARP as RFC 5227 has it, byte by byte, and what counts as a claim.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <string.h>

#include "vipctl/arp.h"

using namespace vipctl;

static const unsigned char kMacBytes[6] = {2, 0, 0, 0, 1, 0x7e};

static Mac mac_of_hdp3() {
  Mac mac;
  memcpy(mac.bytes, kMacBytes, 6);
  return mac;
}

static tandem::Address vip() {
  tandem::Address a;
  assert_true(tandem::parse_address("172.16.1.100", &a).ok());
  return a;
}

static void announcement_names_the_address_twice(void**) {
  const unsigned char want[kArpBytes] = {
      0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 0x7e, 172, 16, 1, 100,
      0, 0, 0, 0, 0, 0, 172, 16, 1, 100};
  const std::string got = arp_announcement(vip(), mac_of_hdp3());
  assert_int_equal(got.size(), sizeof want);
  assert_memory_equal(got.data(), want, sizeof want);
}

static void probe_has_no_sender_address(void**) {
  const unsigned char want[kArpBytes] = {
      0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 1, 0x7e, 0, 0, 0, 0,
      0, 0, 0, 0, 0, 0, 172, 16, 1, 100};
  const std::string got = arp_probe(vip(), mac_of_hdp3());
  assert_int_equal(got.size(), sizeof want);
  assert_memory_equal(got.data(), want, sizeof want);
}

static void a_claim_is_a_sender_address(void**) {
  std::string packet = arp_announcement(vip(), mac_of_hdp3());
  Mac who;
  assert_true(arp_claims(packet.data(), packet.size(), vip(), &who));
  assert_string_equal(who.text().c_str(), "02:00:00:00:01:7e");
  packet[7] = 2;  // a reply
  assert_true(arp_claims(packet.data(), packet.size(), vip(), &who));
  packet += std::string(18, '\0');  // Ethernet's padding
  assert_true(arp_claims(packet.data(), packet.size(), vip(), &who));
}

static void a_question_is_no_claim(void**) {
  Mac who;
  const std::string probe = arp_probe(vip(), mac_of_hdp3());
  assert_false(arp_claims(probe.data(), probe.size(), vip(), &who));
  tandem::Address other;
  assert_true(tandem::parse_address("172.16.1.101", &other).ok());
  const std::string of_other = arp_announcement(other, mac_of_hdp3());
  assert_false(arp_claims(of_other.data(), of_other.size(), vip(), &who));
  assert_string_equal(who.text().c_str(), "00:00:00:00:00:00");
}

static void short_or_foreign_packets_are_no_claims(void**) {
  const std::string good = arp_announcement(vip(), mac_of_hdp3());
  Mac who;
  for (size_t n = 0; n < good.size(); ++n) {
    const std::string cut = good.substr(0, n);
    assert_false(arp_claims(cut.data(), cut.size(), vip(), &who));
  }
  for (size_t at = 0; at < 8; ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x40);
    assert_false(arp_claims(bad.data(), bad.size(), vip(), &who));
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(announcement_names_the_address_twice),
      cmocka_unit_test(probe_has_no_sender_address),
      cmocka_unit_test(a_claim_is_a_sender_address),
      cmocka_unit_test(a_question_is_no_claim),
      cmocka_unit_test(short_or_foreign_packets_are_no_claims),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
