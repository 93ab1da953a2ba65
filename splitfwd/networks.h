// Who may come in: lists of networks, by the client's address. Pure.
#ifndef TANDEM_SPLITFWD_NETWORKS_H
#define TANDEM_SPLITFWD_NETWORKS_H

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"

namespace splitfwd {

struct Network {
  tandem::Address base;  // no bit is set behind the prefix
  unsigned prefix;
  Network() : prefix(0) {}
  // The address is in it. ::ffff:a.b.c.d is a.b.c.d on both sides.
  bool contains(const tandem::Address& address) const;
  std::string text() const;  // parse_network() reads it back; no prefix for
                             // a single host
};

// ADDRESS[/PREFIX], a single host without one. An address that is not the
// first of its network is refused: one of the two would be a mistake.
TANDEM_MUST_USE tandem::Error parse_network(const std::string& s,
                                            Network* out);

bool any_contains(const std::vector<Network>& networks,
                  const tandem::Address& address);

struct Admission {
  std::vector<Network> allow, deny;
  // Not when it is in deny; else when it is in allow, or allow is empty.
  bool admits(const tandem::Address& client) const;
};

}  // namespace splitfwd

#endif
