// Where an address goes, or is: decided from what the host has. Pure; the
// facts come from netlink.h.
#ifndef TANDEM_VIPCTL_PLACE_H
#define TANDEM_VIPCTL_PLACE_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "vipctl/spec.h"

namespace vipctl {

struct Mac {
  unsigned char bytes[6];
  Mac();
  bool operator==(const Mac& other) const;
  std::string text() const;  // "02:00:00:00:01:7e"
};

struct Link {
  int index;
  std::string name;
  bool up;
  bool has_arp;  // Ethernet, not loopback, ARP not switched off
  unsigned mtu;
  Mac mac;
  Link() : index(0), up(false), has_arp(false), mtu(0) {}
};

struct IfAddress {
  int index;  // of its link
  tandem::Address addr;
  unsigned prefix_len;
  std::string label;
  bool secondary;
  bool permanent;
  // Of IPv6: set as ours are, without a look for duplicates, never preferred.
  bool as_ours;
  unsigned char scope;
  IfAddress()
      : index(0), prefix_len(0), secondary(false), permanent(false),
        as_ours(false), scope(0) {}
};

struct Route {
  int index;  // of the link it leads out of
  tandem::Address dst;
  unsigned prefix_len;
  bool direct;  // no gateway
  uint32_t metric;
  Route() : index(0), prefix_len(0), direct(false), metric(0) {}
};

struct HostNet {
  std::vector<Link> links;
  std::vector<IfAddress> addresses;
  std::vector<Route> routes;  // main table, unicast
};

enum class Found {
  Absent,     // nowhere on this host
  Ours,       // as the spec says
  HostsOwn,   // as the spec says, but it is the host's own first address
  Elsewhere   // with another prefix or on another interface than the spec's
};

// One address on one link: what set, renewed and deleted.
struct Place {
  Link link;
  tandem::Address addr;
  unsigned prefix_len;
  std::string label;    // of IPv4
  unsigned char scope;
  bool permanent;       // it is there, without a lifetime
  bool first_in_subnet; // it is, or will be, no secondary address
  Place()
      : prefix_len(0), scope(0), permanent(false), first_in_subnet(false) {}
  std::string text() const;  // "172.16.1.100/24 on eth0 as eth0:1"
};

// What a look at the host says of an address that was set.
struct Standing {
  bool there;
  // The host's own address of its subnet is secondary to it: what the host
  // sends has this one as its source.
  bool leads;
  unsigned char scope;  // when it is there
  Standing() : there(false), leads(false), scope(0) {}
};

// Looks for the spec's address on this host; *out is where it was found
// (left alone when Absent). An address is taken for the host's own, which
// must be neither adopted nor removed, when it is not secondary and has no
// label of the form X:Y; of IPv6, when it was not set as ours are.
Found find_place(const VipSpec& spec, const HostNet& net, Place* out);

// Decides where an address that is absent shall be set: the interface by the
// longest matching route when the spec names none, the prefix from another
// address of that subnet, else from a direct route, else 32; the lowest free
// label DEV:N.
TANDEM_MUST_USE tandem::Error choose_place(const VipSpec& spec,
                                           const HostNet& net, Place* out);

// How the address set at place stands. Another address is taken for the
// host's own when its label is not of the form X:Y.
Standing find_standing(const HostNet& net, const Place& place);

// True when the host has other addresses that the kernel would delete along
// with this one: secondary to it, in its subnet.
bool others_depend_on(const HostNet& net, const Place& place);

}  // namespace vipctl

#endif
