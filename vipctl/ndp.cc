// Each packet is put together byte by byte: no header of the system says how.
#include "vipctl/ndp.h"

#include <string.h>

namespace vipctl {

namespace {

// RFC 8200, 3: version, payload length, next header, hop limit, source and
// destination.
const size_t kHeaderBytes = 40, kLengthAt = 4, kNextAt = 6, kHopsAt = 7;
const size_t kSourceAt = 8, kDestinationAt = 24;
const unsigned char kIcmp6 = 58, kHops = 255;
// RFC 4861, 4.3 and 4.4: behind it type, code, checksum, flags, the target;
// then options.
const size_t kTypeAt = kHeaderBytes, kChecksumAt = kHeaderBytes + 2;
const size_t kFlagsAt = kHeaderBytes + 4, kTargetAt = kHeaderBytes + 8;
const size_t kMessageBytes = 24, kOptionBytes = 8;
const unsigned char kSolicitation = 135, kAdvertisement = 136;
const unsigned char kOverride = 0x20, kTargetLinkAddress = 2;

void put16(std::string* p, size_t at, unsigned value) {
  (*p)[at] = static_cast<char>(value >> 8 & 0xff);
  (*p)[at + 1] = static_cast<char>(value & 0xff);
}

// RFC 8200, 8.1: over the addresses, the length, the next header, the message.
unsigned checksum(const std::string& p) {
  unsigned long sum = static_cast<unsigned long>(p.size() - kHeaderBytes) +
                      kIcmp6;
  for (size_t at = kSourceAt; at < p.size(); at += 2) {
    sum += static_cast<unsigned long>(static_cast<unsigned char>(p[at])) << 8 |
           static_cast<unsigned char>(p[at + 1]);
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<unsigned>(~sum & 0xffff);
}

std::string packet(const unsigned char* source,
                   const unsigned char* destination, unsigned char type,
                   unsigned char flags, const tandem::Address& target,
                   const std::string& option) {
  std::string p(kHeaderBytes + kMessageBytes, '\0');
  p[0] = 0x60;
  put16(&p, kLengthAt, static_cast<unsigned>(kMessageBytes + option.size()));
  p[kNextAt] = static_cast<char>(kIcmp6);
  p[kHopsAt] = static_cast<char>(kHops);
  if (source) memcpy(&p[kSourceAt], source, 16);
  memcpy(&p[kDestinationAt], destination, 16);
  p[kTypeAt] = static_cast<char>(type);
  p[kFlagsAt] = static_cast<char>(flags);
  memcpy(&p[kTargetAt], target.bytes, 16);
  p += option;
  put16(&p, kChecksumAt, checksum(p));
  return p;
}

}  // namespace

std::string ndp_announcement(const tandem::Address& addr, const Mac& mac) {
  unsigned char all_nodes[16] = {0xff, 2};
  all_nodes[15] = 1;
  std::string option(1, static_cast<char>(kTargetLinkAddress));
  option += static_cast<char>(kOptionBytes / 8);
  option.append(reinterpret_cast<const char*>(mac.bytes), sizeof mac.bytes);
  return packet(addr.bytes, all_nodes, kAdvertisement, kOverride, addr, option);
}

// RFC 4291, 2.7.1: ff02::1:ff and the last three bytes.
std::string ndp_probe(const tandem::Address& addr) {
  unsigned char to[16] = {0xff, 2};
  to[11] = 1;
  to[12] = 0xff;
  memcpy(to + 13, addr.bytes + 13, 3);
  return packet(nullptr, to, kSolicitation, 0, addr, "");
}

Mac all_nodes_mac() {
  Mac mac;
  mac.bytes[0] = mac.bytes[1] = 0x33;
  mac.bytes[5] = 1;
  return mac;
}

Mac solicited_node_mac(const tandem::Address& addr) {
  Mac mac;
  mac.bytes[0] = mac.bytes[1] = 0x33;
  mac.bytes[2] = 0xff;
  memcpy(mac.bytes + 3, addr.bytes + 13, 3);
  return mac;
}

bool ndp_claims(const char* p, size_t n, const tandem::Address& addr) {
  return n >= kHeaderBytes + kMessageBytes && (p[0] & 0xf0) == 0x60 &&
         static_cast<unsigned char>(p[kNextAt]) == kIcmp6 &&
         static_cast<unsigned char>(p[kHopsAt]) == kHops &&
         static_cast<unsigned char>(p[kTypeAt]) == kAdvertisement &&
         memcmp(p + kTargetAt, addr.bytes, 16) == 0;
}

}  // namespace vipctl
