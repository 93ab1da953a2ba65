#include "vipctl/arp.h"

#include <string.h>

namespace vipctl {

namespace {

// RFC 826: Ethernet, IPv4, 6 and 4 bytes long; then the operation.
const char kHead[6] = {0, 1, 8, 0, 6, 4};
const size_t kOperationAt = 6;  // two bytes
const size_t kSenderMacAt = 8;
const size_t kSenderIpAt = 14;
const size_t kTargetIpAt = 24;
const char kRequest = 1;
const char kReply = 2;

std::string request(const unsigned char* sender_ip, const Mac& mac,
                    const tandem::Address& target) {
  char p[kArpBytes];
  memset(p, 0, sizeof p);
  memcpy(p, kHead, sizeof kHead);
  p[kOperationAt + 1] = kRequest;
  memcpy(p + kSenderMacAt, mac.bytes, 6);
  if (sender_ip) memcpy(p + kSenderIpAt, sender_ip, 4);
  memcpy(p + kTargetIpAt, target.bytes, 4);
  return std::string(p, sizeof p);
}

}  // namespace

std::string arp_announcement(const tandem::Address& addr, const Mac& mac) {
  return request(addr.bytes, mac, addr);
}

std::string arp_probe(const tandem::Address& addr, const Mac& mac) {
  return request(nullptr, mac, addr);
}

bool arp_claims(const char* packet, size_t n, const tandem::Address& addr,
                Mac* who) {
  if (n < kArpBytes || memcmp(packet, kHead, sizeof kHead) != 0) return false;
  if (packet[kOperationAt] != 0 || (packet[kOperationAt + 1] != kRequest &&
                                    packet[kOperationAt + 1] != kReply)) {
    return false;
  }
  if (memcmp(packet + kSenderIpAt, addr.bytes, 4) != 0) return false;
  memcpy(who->bytes, packet + kSenderMacAt, 6);
  return true;
}

}  // namespace vipctl
