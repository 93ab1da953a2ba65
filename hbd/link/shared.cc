// Beyond POSIX: SO_BINDTODEVICE, and the multicast options of IPv4 with an
// interface's index (ip_mreqn), as Linux has them.
//
// Broadcasts go to 255.255.255.255, which needs no address of the interface
// and no netmask that all agree on: an address that comes late, changes or
// goes is nothing to follow. The socket is bound to what it sends to (Linux
// allows that, and picks the source by the interface), so it does not collide
// with the links that are bound to an address of this host.
#include "hbd/link/shared.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/net.h"

namespace hbd {

using tandem::Error;

namespace {

template <typename T>
bool set(int fd, int level, int option, const T& value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

// Our own packets do not come back to us.
bool join_v4(int fd, const struct sockaddr_in& group, unsigned index,
             unsigned ttl) {
  struct ip_mreqn m;
  memset(&m, 0, sizeof m);
  m.imr_multiaddr = group.sin_addr;
  m.imr_ifindex = static_cast<int>(index);
  return set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, m) &&
         set(fd, IPPROTO_IP, IP_MULTICAST_IF, m) &&
         set(fd, IPPROTO_IP, IP_MULTICAST_TTL, static_cast<int>(ttl)) &&
         set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

bool join_v6(int fd, const struct sockaddr_in6& group, unsigned index,
             unsigned ttl) {
  struct ipv6_mreq m;
  memset(&m, 0, sizeof m);
  m.ipv6mr_multiaddr = group.sin6_addr;
  m.ipv6mr_interface = index;
  return set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, m) &&
         set(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index) &&
         set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, static_cast<int>(ttl)) &&
         set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0u);
}

bool join(int fd, const Shared& s, const struct sockaddr_storage& addr,
          unsigned index) {
  if (s.ttl == 0) return set(fd, SOL_SOCKET, SO_BROADCAST, 1);
  if (s.to.is_v4()) {
    struct sockaddr_in v4;
    memcpy(&v4, &addr, sizeof v4);
    return join_v4(fd, v4, index, s.ttl);
  }
  struct sockaddr_in6 v6;
  memcpy(&v6, &addr, sizeof v6);
  return join_v6(fd, v6, index, s.ttl);
}

}  // namespace

unsigned device_index(const std::string& device) {
  return if_nametoindex(device.c_str());
}

Error open_shared(const Shared& s, unsigned* index, tandem::UniqueFd* out,
                  int* why) {
  *why = 0;
  tandem::UniqueFd fd;
  Error e = tandem::open_socket(s.to.family, SOCK_DGRAM, 0, &fd);
  if (e) return e;
  struct sockaddr_storage addr;
  const socklen_t n = s.to.fill(&addr);
  const unsigned found = device_index(s.device);
  if (found == 0) {
    errno = ENODEV;
    e = Error::from_errno("interface %s", s.device.c_str());
  } else if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE,
                        s.device.c_str(),
                        static_cast<socklen_t>(s.device.size() + 1)) < 0 ||
             !join(fd.get(), s, addr, found)) {
    e = Error::from_errno("%s on %s", s.to.host().c_str(), s.device.c_str());
  } else if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n) < 0) {
    e = Error::from_errno("bind %s on %s", s.to.text().c_str(),
                          s.device.c_str());
  }
  if (e) {
    *why = errno;
    return e;
  }
  *index = found;
  *out = std::move(fd);
  return e;
}

}  // namespace hbd
