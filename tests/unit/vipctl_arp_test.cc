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
#include "vipctl/ndp.h"

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

// Bytes as tcpdump -x shows them of another host's.
static void an_advertisement_overrides_what_all_nodes_have_cached(void**) {
  tandem::Address six;
  assert_true(tandem::parse_address("fd00::1:ab:cdef", &six).ok());
  const std::string p = ndp_announcement(six, mac_of_hdp3());
  const unsigned char head[] = {0x60, 0, 0, 0, 0, 32, 58, 255};
  assert_int_equal(p.size(), 72);
  assert_memory_equal(p.data(), head, sizeof head);
  assert_memory_equal(p.data() + 8, six.bytes, 16);
  const unsigned char all_nodes[16] = {0xff, 2, 0, 0, 0, 0, 0, 0,
                                       0,    0, 0, 0, 0, 0, 0, 1};
  assert_memory_equal(p.data() + 24, all_nodes, 16);
  const unsigned char message[] = {136, 0};
  assert_memory_equal(p.data() + 40, message, 2);
  const unsigned char flags[] = {0x20, 0, 0, 0};
  assert_memory_equal(p.data() + 44, flags, 4);
  assert_memory_equal(p.data() + 48, six.bytes, 16);
  const unsigned char option[] = {2, 1};
  assert_memory_equal(p.data() + 64, option, 2);
  assert_memory_equal(p.data() + 66, mac_of_hdp3().bytes, 6);
  assert_string_equal(all_nodes_mac().text().c_str(), "33:33:00:00:00:01");
  assert_true(ndp_claims(p.data(), p.size(), six));
}

static void a_solicitation_claims_nothing(void**) {
  tandem::Address six, other;
  assert_true(tandem::parse_address("fd00::1:ab:cdef", &six).ok());
  assert_true(tandem::parse_address("fd00::1:ab:cdee", &other).ok());
  const std::string p = ndp_probe(six);
  const unsigned char none[16] = {0};
  const unsigned char to[16] = {0xff, 2, 0, 0, 0,    0,    0,    0,
                                0,    0, 0, 1, 0xff, 0xab, 0xcd, 0xef};
  assert_int_equal(p.size(), 64);
  assert_memory_equal(p.data() + 8, none, 16);
  assert_memory_equal(p.data() + 24, to, 16);
  assert_string_equal(solicited_node_mac(six).text().c_str(),
                      "33:33:ff:ab:cd:ef");
  assert_false(ndp_claims(p.data(), p.size(), six));
  const std::string good = ndp_announcement(six, mac_of_hdp3());
  assert_false(ndp_claims(good.data(), good.size(), other));
  for (size_t n = 0; n < 64; ++n) {
    assert_false(ndp_claims(good.substr(0, n).data(), n, six));
  }
  std::string routed = good;
  routed[7] = 64;  // it came from beyond the link
  assert_false(ndp_claims(routed.data(), routed.size(), six));
}

// RFC 1071, 1: all of it together, and the checksum, is all ones.
static void their_checksums_are_right(void**) {
  tandem::Address six;
  assert_true(tandem::parse_address("fd00::ffff:ffff:ffff", &six).ok());
  for (const std::string& p : {ndp_announcement(six, mac_of_hdp3()),
                               ndp_probe(six)}) {
    unsigned long sum = p.size() - 40 + 58;
    for (size_t at = 8; at < p.size(); at += 2) {
      sum += static_cast<unsigned char>(p[at]) * 256ul +
             static_cast<unsigned char>(p[at + 1]);
    }
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    assert_int_equal(sum, 0xffff);
  }
}

int main() {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(announcement_names_the_address_twice),
      cmocka_unit_test(probe_has_no_sender_address),
      cmocka_unit_test(a_claim_is_a_sender_address),
      cmocka_unit_test(a_question_is_no_claim),
      cmocka_unit_test(short_or_foreign_packets_are_no_claims),
      cmocka_unit_test(an_advertisement_overrides_what_all_nodes_have_cached),
      cmocka_unit_test(a_solicitation_claims_nothing),
      cmocka_unit_test(their_checksums_are_right),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
