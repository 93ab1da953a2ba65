// Numeric addresses of both families, to and from text and sockaddr. No name is
// ever resolved: a static program has no NSS.
#include "lib/addr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/text.h"

namespace tandem {

Address::Address() : family(AF_UNSPEC), port(0) {
  memset(bytes, 0, sizeof bytes);
}

bool Address::is_v4() const { return family == AF_INET; }

unsigned Address::byte_count() const { return is_v4() ? 4 : 16; }

std::string Address::host() const {
  char buf[INET6_ADDRSTRLEN];
  if (family == AF_UNSPEC) return "-";
  if (!inet_ntop(family, bytes, buf, sizeof buf)) return "?";
  return buf;
}

std::string Address::text() const {
  if (port == 0) return host();
  return format(is_v4() ? "%s:%u" : "[%s]:%u", host().c_str(), port);
}

socklen_t Address::fill(struct sockaddr_storage* out) const {
  memset(out, 0, sizeof *out);
  if (is_v4()) {
    struct sockaddr_in* in = reinterpret_cast<struct sockaddr_in*>(out);
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    memcpy(&in->sin_addr, bytes, 4);
    return sizeof *in;
  }
  struct sockaddr_in6* in6 = reinterpret_cast<struct sockaddr_in6*>(out);
  in6->sin6_family = AF_INET6;
  in6->sin6_port = htons(port);
  memcpy(&in6->sin6_addr, bytes, 16);
  return sizeof *in6;
}

Address Address::from_sockaddr(const struct sockaddr_storage& in) {
  Address a;
  if (in.ss_family == AF_INET) {
    const struct sockaddr_in* v4 =
        reinterpret_cast<const struct sockaddr_in*>(&in);
    a.family = AF_INET;
    a.port = ntohs(v4->sin_port);
    memcpy(a.bytes, &v4->sin_addr, 4);
  } else if (in.ss_family == AF_INET6) {
    const struct sockaddr_in6* v6 =
        reinterpret_cast<const struct sockaddr_in6*>(&in);
    a.family = AF_INET6;
    a.port = ntohs(v6->sin6_port);
    memcpy(a.bytes, &v6->sin6_addr, 16);
  }
  return a;
}

bool Address::same_host(const Address& other) const {
  return family == other.family &&
         memcmp(bytes, other.bytes, sizeof bytes) == 0;
}

bool Address::operator==(const Address& other) const {
  return same_host(other) && port == other.port;
}

Error parse_address(const std::string& s, Address* out) {
  Address a;
  if (inet_pton(AF_INET, s.c_str(), a.bytes) == 1) {
    a.family = AF_INET;
  } else if (inet_pton(AF_INET6, s.c_str(), a.bytes) == 1) {
    a.family = AF_INET6;
  } else {
    return Error::make(kExitConfig, "'%s' is not a numeric address",
                       s.c_str());
  }
  *out = a;
  return Error::none();
}

Error parse_address_port(const std::string& s, uint16_t default_port,
                         Address* out) {
  std::string host = s;
  std::string port;
  const size_t colon = s.rfind(':');
  if (!s.empty() && s[0] == '[') {
    const size_t close = s.find(']');
    if (close == std::string::npos) {
      return Error::make(kExitConfig, "'%s': ']' is missing", s.c_str());
    }
    host = s.substr(1, close - 1);
    if (close + 1 < s.size()) {
      if (s[close + 1] != ':') {
        return Error::make(kExitConfig, "'%s' is not ADDRESS:PORT", s.c_str());
      }
      port = s.substr(close + 2);
      if (port.empty()) {
        return Error::make(kExitConfig, "'%s': no port", s.c_str());
      }
    }
  } else if (colon != std::string::npos && s.find(':') == colon) {
    host = s.substr(0, colon);
    port = s.substr(colon + 1);
    if (port.empty()) {
      return Error::make(kExitConfig, "'%s': no port", s.c_str());
    }
  }
  if (host == "*") host = "0.0.0.0";
  Address a;
  Error e = parse_address(host, &a);
  if (e) return e;
  if (port.empty()) {
    if (default_port == 0) {
      return Error::make(kExitConfig, "'%s': no port", s.c_str());
    }
    a.port = default_port;
  } else {
    uint64_t n;
    if (!parse_u64(port, 65535, &n) || n == 0) {
      return Error::make(kExitConfig, "'%s': the port is not 1 to 65535",
                         s.c_str());
    }
    a.port = static_cast<uint16_t>(n);
  }
  *out = a;
  return Error::none();
}

}  // namespace tandem
