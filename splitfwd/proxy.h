// The PROXY protocol, versions 1 and 2: who the client is, told before its
// first byte (HAProxy's doc/proxy-protocol.txt). Pure; every byte is hostile.
#ifndef TANDEM_SPLITFWD_PROXY_H
#define TANDEM_SPLITFWD_PROXY_H

#include <stddef.h>

#include <string>

#include "lib/addr.h"

namespace splitfwd {

// Longest headers: of version 1 by the specification; of version 2 ours, many
// times what is sent.
const size_t kProxyV1BytesMax = 107;
const size_t kProxyV2BytesMax = 4096;

struct ProxyHeader {
  // The sender speaks for itself (a check), or does not say for whom: LOCAL,
  // UNKNOWN, UNSPEC, or no TCP. The connection's own addresses count.
  bool local;
  tandem::Address source, destination;  // both IPv4 or both IPv6, with ports
  ProxyHeader() : local(true) {}
};

// More: all the bytes so far may be the beginning of a header. Bad: they will
// never be one.
enum class ProxyParse { More, Done, Bad };
// Looks at the n bytes at data for a header of either version. Done: *out and
// *length, the bytes that it takes, are stored; what follows is the client's.
ProxyParse parse_proxy(const char* data, size_t n, ProxyHeader* out,
                       size_t* length);

// For a connection of source to destination. When only one is IPv4 it is
// written as ::ffff:a.b.c.d; when one has no address, UNKNOWN or LOCAL.
std::string proxy_v1(const tandem::Address& source,
                     const tandem::Address& destination);
std::string proxy_v2(const tandem::Address& source,
                     const tandem::Address& destination);
enum class SendProxy { No, V1, V2 };
// Of that version; No: empty.
std::string proxy_header(SendProxy version, const tandem::Address& source,
                         const tandem::Address& destination);

}  // namespace splitfwd

#endif
