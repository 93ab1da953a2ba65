// Beyond POSIX: rtnetlink (Linux). The one place that speaks it: reads what
// addresses, links and routes the host has; adds, renews and deletes one
// address. Works on kernel 3.10.
#ifndef TANDEM_VIPCTL_NETLINK_H
#define TANDEM_VIPCTL_NETLINK_H

#include <stdint.h>

#include <string>

#include "lib/error.h"
#include "lib/fd.h"
#include "vipctl/place.h"

namespace vipctl {

class Netlink {
 public:
  Netlink() : sequence_(0) {}
  TANDEM_MUST_USE tandem::Error open();

  // Links and the addresses of a family; routes too when asked. Each call
  // blocks for at most a second.
  TANDEM_MUST_USE tandem::Error read_host(int family, bool with_routes,
                                          HostNet* out);

  // Sets the address with valid_lft = preferred_lft = lifetime_s (kForeverS:
  // it stays until it is deleted), whether it is there or not. One of IPv6 is
  // there at once, without a look for duplicates, and never preferred: the
  // host does not take it as the source of what it sends by itself.
  TANDEM_MUST_USE tandem::Error set_address(const Place& place,
                                            uint32_t lifetime_s);
  // The same only if the address is still there; *out says how it stands then.
  // Never re-creates it (see the comment in netlink.cc).
  TANDEM_MUST_USE tandem::Error renew_address(const Place& place,
                                              uint32_t lifetime_s,
                                              Standing* out);
  // Deletes the address and sets it again, in one request, so that it comes
  // behind the others of its subnet; away for some 25 us (measured). Like a
  // renewal only if it is there.
  TANDEM_MUST_USE tandem::Error step_back(const Place& place,
                                          uint32_t lifetime_s, Standing* out);
  // Whether exactly this address is there, and how it stands.
  TANDEM_MUST_USE tandem::Error find_address(const Place& place,
                                             Standing* out);
  // Deletes exactly this address, prefix and interface. Success, with *was
  // false, when it is not there.
  TANDEM_MUST_USE tandem::Error delete_address(const Place& place, bool* was);

 private:
  TANDEM_MUST_USE tandem::Error dump(int type, unsigned char family,
                                     HostNet* out);
  TANDEM_MUST_USE tandem::Error send(const std::string& message);
  // Waits for the kernel's verdict: *verdict is 0 or an errno.
  TANDEM_MUST_USE tandem::Error ask(const std::string& message, int* verdict);
  TANDEM_MUST_USE tandem::Error change(const Place& place, int flags,
                                       unsigned char scope,
                                       uint32_t address_flags,
                                       uint32_t lifetime_s, int* verdict);
  tandem::UniqueFd fd_;
  uint32_t sequence_;
};

// The host's other addresses of a subnet whose first address goes shall stay:
// net.ipv4.conf.DEV.promote_secondaries = 1.
TANDEM_MUST_USE tandem::Error keep_secondaries(const std::string& dev);

}  // namespace vipctl

#endif
