// See proxy.h. Strict where the specification is: one space, no leading zero,
// CR LF, no version or family that it does not name.
#include "splitfwd/proxy.h"

#include <string.h>

#include <algorithm>
#include <vector>

#include "lib/text.h"

namespace splitfwd {

using tandem::Address;
using tandem::format;

namespace {

const char kSignature[] = "\r\n\r\n\0\r\nQUIT\n";
const size_t kSignatureBytes = 12;
const size_t kV2HeadBytes = 16;
const char kV1Word[] = "PROXY";

unsigned at(const char* data, size_t i) {
  return static_cast<unsigned char>(data[i]);
}

bool parse_port(const std::string& s, uint16_t* out) {
  uint64_t n;
  if (s.size() > 1 && s[0] == '0') return false;
  if (!tandem::parse_u64(s, 65535, &n)) return false;
  *out = static_cast<uint16_t>(n);
  return true;
}

// What is between "PROXY" and CR LF.
bool parse_v1_words(const std::string& line, ProxyHeader* out) {
  const std::vector<std::string> words = tandem::split_fields(line, " ");
  if (words[0] == kV1Word && words.size() > 1 && words[1] == "UNKNOWN") {
    return true;  // whatever else it says
  }
  if (words.size() != 6 || words[0] != kV1Word) return false;
  const int family = words[1] == "TCP4"   ? AF_INET
                     : words[1] == "TCP6" ? AF_INET6
                                          : AF_UNSPEC;
  if (parse_address(words[2], &out->source) ||
      parse_address(words[3], &out->destination)) {
    return false;
  }
  out->local = false;
  return out->source.family == family && out->destination.family == family &&
         parse_port(words[4], &out->source.port) &&
         parse_port(words[5], &out->destination.port);
}

ProxyParse parse_v1(const char* data, size_t n, ProxyHeader* out,
                    size_t* length) {
  const size_t word_bytes = std::min(n, sizeof kV1Word - 1);
  if (memcmp(data, kV1Word, word_bytes) != 0) return ProxyParse::Bad;
  const size_t look = std::min(n, kProxyV1BytesMax);
  const char* end = static_cast<const char*>(memchr(data, '\n', look));
  if (!end) return look < kProxyV1BytesMax ? ProxyParse::More : ProxyParse::Bad;
  const size_t bytes = static_cast<size_t>(end - data) + 1;
  const std::string line(data, bytes);
  ProxyHeader h;
  if (bytes < 2 || line[bytes - 2] != '\r' || line.find('\0') < bytes ||
      !parse_v1_words(line.substr(0, bytes - 2), &h)) {
    return ProxyParse::Bad;
  }
  *out = h;
  *length = bytes;
  return ProxyParse::Done;
}

Address take_address(const char* data, int family, size_t which) {
  Address a;
  a.family = family;
  const size_t bytes = a.byte_count();
  memcpy(a.bytes, data + kV2HeadBytes + which * bytes, bytes);
  const size_t port = kV2HeadBytes + 2 * bytes + 2 * which;
  a.port = static_cast<uint16_t>(at(data, port) << 8 | at(data, port + 1));
  return a;
}

ProxyParse parse_v2(const char* data, size_t n, ProxyHeader* out,
                    size_t* length) {
  if (memcmp(data, kSignature, std::min(n, kSignatureBytes)) != 0) {
    return ProxyParse::Bad;
  }
  if (n > 12 && at(data, 12) != 0x20 && at(data, 12) != 0x21) {
    return ProxyParse::Bad;
  }
  if (n > 13 && (at(data, 13) >> 4 > 3 || (at(data, 13) & 15) > 2)) {
    return ProxyParse::Bad;
  }
  if (n < kV2HeadBytes) return ProxyParse::More;
  const bool local = at(data, 12) == 0x20;
  const int family = at(data, 13) == 0x11   ? AF_INET
                     : at(data, 13) == 0x21 ? AF_INET6
                                            : AF_UNSPEC;
  const size_t body = at(data, 14) << 8 | at(data, 15);
  const size_t least =
      local || family == AF_UNSPEC ? 0 : family == AF_INET ? 12 : 36;
  if (body < least || kV2HeadBytes + body > kProxyV2BytesMax) {
    return ProxyParse::Bad;
  }
  if (n < kV2HeadBytes + body) return ProxyParse::More;
  ProxyHeader h;
  if (least > 0) {  // what comes after the addresses is for others
    h.local = false;
    h.source = take_address(data, family, 0);
    h.destination = take_address(data, family, 1);
  }
  *out = h;
  *length = kV2HeadBytes + body;
  return ProxyParse::Done;
}

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

ProxyParse parse_proxy(const char* data, size_t n, ProxyHeader* out,
                       size_t* length) {
  if (n == 0) return ProxyParse::More;
  return data[0] == kSignature[0] ? parse_v2(data, n, out, length)
                                  : parse_v1(data, n, out, length);
}

std::string proxy_v1(const Address& source, const Address& destination) {
  Address s = source, d = destination;
  if (!match(&s, &d)) return "PROXY UNKNOWN\r\n";
  return format("PROXY TCP%c %s %s %u %u\r\n", s.is_v4() ? '4' : '6',
                s.host().c_str(), d.host().c_str(), s.port, d.port);
}

std::string proxy_v2(const Address& source, const Address& destination) {
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

std::string proxy_header(SendProxy version, const Address& source,
                         const Address& destination) {
  switch (version) {
    case SendProxy::No: break;
    case SendProxy::V1: return proxy_v1(source, destination);
    case SendProxy::V2: return proxy_v2(source, destination);
  }
  return std::string();
}

}  // namespace splitfwd
