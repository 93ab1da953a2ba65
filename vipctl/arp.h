// ARP packets for IPv4 over Ethernet (RFC 826, RFC 5227). Pure. The packets
// are without the Ethernet header; the kernel puts it there.
#ifndef TANDEM_VIPCTL_ARP_H
#define TANDEM_VIPCTL_ARP_H

#include <string>

#include "lib/addr.h"
#include "vipctl/place.h"

namespace vipctl {

const size_t kArpBytes = 28;

// RFC 5227, 3: an announcement is a request whose sender and target address
// are both the address announced.
std::string arp_announcement(const tandem::Address& addr, const Mac& mac);
// RFC 5227, 2.1.1: a probe's sender address is all zero, so that no cache is
// changed by it.
std::string arp_probe(const tandem::Address& addr, const Mac& mac);
// True when the packet, request or reply, says that addr is at some hardware
// address; *who is that. Takes anything: it is what any neighbour may send.
bool arp_claims(const char* packet, size_t n, const tandem::Address& addr,
                Mac* who);

}  // namespace vipctl

#endif
