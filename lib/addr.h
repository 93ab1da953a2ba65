// Numeric addresses. A static binary must not ask NSS, so names are refused.
#ifndef TANDEM_LIB_ADDR_H
#define TANDEM_LIB_ADDR_H

#include <stdint.h>
#include <sys/socket.h>

#include <string>

#include "lib/error.h"

namespace tandem {

struct Address {
  int family;              // AF_INET or AF_INET6; AF_UNSPEC = none
  unsigned char bytes[16]; // network order; IPv4 uses the first four
  uint16_t port;           // host order, 0 = none
  Address();
  bool is_v4() const;
  unsigned byte_count() const;  // 4 or 16
  std::string host() const;     // "172.16.1.1", "2001:db8::1"
  std::string text() const;     // host:port, [host]:port; host when port is 0
  // Fills a sockaddr_in or sockaddr_in6; returns its length.
  socklen_t fill(struct sockaddr_storage* out) const;
  static Address from_sockaddr(const struct sockaddr_storage& in);
  bool operator==(const Address& other) const;      // host and port
  bool same_host(const Address& other) const;
};

// A numeric IPv4 or IPv6 address, no port.
TANDEM_MUST_USE Error parse_address(const std::string& s, Address* out);
// ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; "*:PORT" is 0.0.0.0. default_port
// 0 makes the port mandatory.
TANDEM_MUST_USE Error parse_address_port(const std::string& s,
                                         uint16_t default_port, Address* out);

}  // namespace tandem

#endif
