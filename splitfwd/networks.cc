#include "splitfwd/networks.h"

#include <string.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::Address;
using tandem::Error;

namespace {

const unsigned char kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const Address& a) {
  return !a.is_v4() && memcmp(a.bytes, kMapped, sizeof kMapped) == 0;
}

Address unmapped(const Address& a) {
  if (!is_mapped(a)) return a;
  Address v4;
  v4.family = AF_INET;
  v4.port = a.port;
  memcpy(v4.bytes, a.bytes + sizeof kMapped, 4);
  return v4;
}

// a with its bits behind the prefix cleared.
Address masked(const Address& a, unsigned prefix) {
  Address out = a;
  for (unsigned i = 0; i < a.byte_count(); ++i) {
    const unsigned bits = prefix > 8 * i ? prefix - 8 * i : 0;
    const unsigned mask = bits >= 8 ? 0xff : 0xff00u >> bits & 0xff;
    out.bytes[i] = static_cast<unsigned char>(a.bytes[i] & mask);
  }
  return out;
}

}  // namespace

bool any_contains(const std::vector<Network>& networks,
                  const Address& address) {
  for (size_t i = 0; i < networks.size(); ++i) {
    if (networks[i].contains(address)) return true;
  }
  return false;
}

bool Network::contains(const Address& address) const {
  const Address a = unmapped(address);
  return a.family == base.family && base.same_host(masked(a, prefix));
}

std::string Network::text() const {
  if (prefix == base.byte_count() * 8) return base.host();
  return tandem::format("%s/%u", base.host().c_str(), prefix);
}

Error parse_network(const std::string& s, Network* out) {
  const size_t slash = s.find('/');
  Network n;
  Error e = tandem::parse_address(s.substr(0, slash), &n.base);
  if (e) return e;
  const unsigned bits = n.base.byte_count() * 8;
  uint64_t prefix = bits;
  if (slash != std::string::npos &&
      !tandem::parse_u64(s.substr(slash + 1), bits, &prefix)) {
    return Error::make(tandem::kExitConfig,
                       "'%s': the prefix is not 0 to %u", s.c_str(), bits);
  }
  if (is_mapped(n.base)) {
    if (prefix < 96) {
      return Error::make(tandem::kExitConfig, "'%s': the prefix of an IPv4 "
                         "address is not 96 to 128", s.c_str());
    }
    n.base = unmapped(n.base);
    prefix -= 96;
  }
  n.prefix = static_cast<unsigned>(prefix);
  const Address first = masked(n.base, n.prefix);
  if (!first.same_host(n.base)) {
    return Error::make(tandem::kExitConfig,
                       "'%s' is not a network: it begins at %s", s.c_str(),
                       first.host().c_str());
  }
  *out = n;
  return e;
}

bool Admission::admits(const Address& client) const {
  return !any_contains(deny, client) &&
         (allow.empty() || any_contains(allow, client));
}

}  // namespace splitfwd
