// Beyond POSIX: SO_BINDTODEVICE, as Linux has it.
//
// Broadcasts go to 255.255.255.255, which needs no address of the interface
// and no netmask that all agree on: an address that comes late, changes or
// goes is nothing to follow. The socket is bound to what it sends to (Linux
// allows that, and picks the source by the interface), so it does not collide
// with the links that are bound to an address of this host.
#include "hbd/link/shared.h"

#include <errno.h>
#include <net/if.h>
#include <sys/socket.h>

#include "lib/net.h"

namespace hbd {

using tandem::Error;

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
  const int on = 1;
  if (found == 0) {
    errno = ENODEV;
    e = Error::from_errno("interface %s", s.device.c_str());
  } else if (setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE,
                        s.device.c_str(),
                        static_cast<socklen_t>(s.device.size() + 1)) < 0 ||
             setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &on,
                        sizeof on) < 0) {
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
