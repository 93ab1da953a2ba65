// Beyond POSIX: packet sockets (Linux). Tells the neighbours who has the
// address, and hears who else says so.
//
// IPv4 by ARP (RFC 5227), IPv6 by neighbour discovery (RFC 4861).
#ifndef TANDEM_VIPCTL_ANNOUNCE_H
#define TANDEM_VIPCTL_ANNOUNCE_H

#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "vipctl/place.h"

namespace vipctl {

class Announcer {
 public:
  Announcer() : index_(0) {}
  // Opens the socket on place's link; net tells which hardware addresses are
  // this host's own. On a link without ARP all verbs succeed, do nothing and
  // hear nothing, and fd() is -1.
  TANDEM_MUST_USE tandem::Error open(const Place& place, const HostNet& net);
  // Readable when somebody claims the address. Non-blocking.
  int fd() const { return fd_.get(); }
  TANDEM_MUST_USE tandem::Error announce();
  TANDEM_MUST_USE tandem::Error probe();
  // Reads what has come, at most a burst of it. True when another host
  // claimed the address; *who is its hardware address.
  bool heard_claim(Mac* who);

 private:
  TANDEM_MUST_USE tandem::Error send(const std::string& packet, const Mac& to);
  bool claims(const char* packet, size_t n, const unsigned char* from,
              Mac* who) const;
  tandem::UniqueFd fd_;
  int index_;
  tandem::Address addr_;
  Mac mac_;
  std::vector<Mac> own_macs_;
};

// Two probes, 40 ms apart, before the address is set here. True, early, when
// a host answers for it.
TANDEM_MUST_USE tandem::Error find_rival(Announcer* announcer, bool* found,
                                         Mac* who);

}  // namespace vipctl

#endif
