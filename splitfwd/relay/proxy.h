// The PROXY protocol, version 2: who the client is, told to a server before
// the client's first byte (HAProxy's doc/proxy-protocol.txt). Pure.
#ifndef TANDEM_SPLITFWD_RELAY_PROXY_H
#define TANDEM_SPLITFWD_RELAY_PROXY_H

#include <string>

#include "lib/addr.h"

namespace splitfwd {

// For a connection of source to destination. When only one is IPv4 it is
// written as ::ffff:a.b.c.d; when one has no address, LOCAL.
std::string proxy_header(const tandem::Address& source,
                         const tandem::Address& destination);

}  // namespace splitfwd

#endif
