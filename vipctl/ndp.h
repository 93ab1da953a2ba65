// Neighbour discovery for IPv6 over Ethernet (RFC 4861, RFC 4862). Pure. The
// packets begin with the IPv6 header; the kernel puts Ethernet's before it.
#ifndef TANDEM_VIPCTL_NDP_H
#define TANDEM_VIPCTL_NDP_H

#include <stddef.h>

#include <string>

#include "lib/addr.h"
#include "vipctl/place.h"

namespace vipctl {

// RFC 4861, 7.2.6: an unsolicited advertisement to all nodes, that overrides
// what they have cached.
std::string ndp_announcement(const tandem::Address& addr, const Mac& mac);
// RFC 4862, 5.4.2: a solicitation from ::, which changes no cache.
std::string ndp_probe(const tandem::Address& addr);
// Where Ethernet sends them (RFC 2464, 7): all nodes, and who may have addr.
Mac all_nodes_mac();
Mac solicited_node_mac(const tandem::Address& addr);
// The packet is somebody's advertisement of addr; whose, the link says. Takes
// anything: it is what any neighbour may send.
bool ndp_claims(const char* packet, size_t n, const tandem::Address& addr);

}  // namespace vipctl

#endif
