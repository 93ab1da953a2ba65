#include "splitfwd/relay/proxy.h"

#include <string.h>

namespace splitfwd {

using tandem::Address;

namespace {

const char kSignature[] = "\r\n\r\n\0\r\nQUIT\n";
const size_t kSignatureBytes = 12;

// Makes them the same family; false when one is none.
bool match(Address* a, Address* b) {
  if (a->family == AF_UNSPEC || b->family == AF_UNSPEC) return false;
  Address* four = a->is_v4() ? a : b;
  if (a->is_v4() == b->is_v4()) return true;
  memmove(four->bytes + 12, four->bytes, 4);
  memset(four->bytes, 0, 10);
  memset(four->bytes + 10, 0xff, 2);
  four->family = AF_INET6;
  return true;
}

void put_u16(unsigned n, std::string* out) {
  *out += static_cast<char>(n >> 8);
  *out += static_cast<char>(n & 255);
}

}  // namespace

std::string proxy_header(const Address& source, const Address& destination) {
  Address s = source, d = destination;
  std::string out(kSignature, kSignatureBytes);
  if (!match(&s, &d)) return out + std::string("\x20\0\0\0", 4);
  out += s.is_v4() ? "\x21\x11" : "\x21\x21";
  put_u16(2 * s.byte_count() + 4, &out);
  out.append(reinterpret_cast<const char*>(s.bytes), s.byte_count());
  out.append(reinterpret_cast<const char*>(d.bytes), d.byte_count());
  put_u16(s.port, &out);
  put_u16(d.port, &out);
  return out;
}

}  // namespace splitfwd
