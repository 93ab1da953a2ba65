#include "vipctl/spec.h"

#include <string.h>

#include <vector>

#include "lib/text.h"

using tandem::Address;
using tandem::Error;

namespace vipctl {

namespace {

Error wrong(const std::string& text, const std::string& why) {
  return Error::make(tandem::kExitUsage, "'%s': %s",
                     tandem::escape_word(text).c_str(), why.c_str());
}

bool all_digits(const std::string& s) {
  return !s.empty() && s.find_first_not_of("0123456789") == s.npos;
}

std::string parse_device(const std::string& field, VipSpec* spec) {
  const size_t colon = field.find(':');
  const std::string dev = field.substr(0, colon);
  Address bcast;
  if (!tandem::parse_address(field, &bcast)) {
    if (bcast.bytes[0] == 255) return "write the mask as a length, like /24";
    return "leave the broadcast address out, it follows from the prefix";
  }
  if (!tandem::is_device_name(dev)) return "no such interface name is possible";
  spec->dev = dev;
  if (colon == std::string::npos) return std::string();
  if (!tandem::is_device_name(field.substr(colon + 1))) {
    return "the label is wrong";
  }
  if (field.size() > kNameBytesMax) return "the label is over 15 characters";
  spec->label = field;
  return std::string();
}

std::string check_address(const Address& a) {
  if (!a.is_v4()) {
    return a.bytes[0] == 0xff ? "is a multicast address" : std::string();
  }
  if (a.bytes[0] == 0) return "is no host's address";
  if (a.bytes[0] == 127) return "is a loopback address";
  if (a.bytes[0] >= 240) return "is no host's address";
  if (a.bytes[0] >= 224) return "is a multicast address";
  return std::string();
}

}  // namespace

bool same_subnet(const Address& a, const Address& b, unsigned prefix_len) {
  if (a.family != b.family) return false;
  const unsigned whole = prefix_len / 8;
  const unsigned rest = prefix_len % 8;
  if (memcmp(a.bytes, b.bytes, whole) != 0) return false;
  if (rest == 0) return true;
  const unsigned mask = (0xffu << (8 - rest)) & 0xffu;
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

std::string misfit(const Address& addr, unsigned prefix_len) {
  if (!addr.is_v4() || prefix_len == 0 || prefix_len > 30) return "";
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | addr.bytes[i];
  const uint32_t host_bits = 0xffffffffu >> prefix_len;
  if ((value & host_bits) == 0) {
    return tandem::format("is the name of its /%u, no host's address",
                          prefix_len);
  }
  if ((value & host_bits) == host_bits) {
    return tandem::format("is the broadcast address of its /%u", prefix_len);
  }
  return "";
}

Error parse_spec(const std::string& text, VipSpec* out) {
  const std::vector<std::string> fields = tandem::split_fields(text, "/");
  VipSpec spec;
  // A NUL would hide the rest of the field from parse_address().
  if (fields[0].find('\0') != std::string::npos ||
      tandem::parse_address(fields[0], &spec.addr)) {
    return wrong(text, "does not begin with a numeric address");
  }
  std::string why = check_address(spec.addr);
  size_t next = 1;
  if (why.empty() && next < fields.size() && all_digits(fields[next])) {
    uint64_t len;
    const unsigned most = spec.addr.byte_count() * 8;
    if (!tandem::parse_u64(fields[next], most, &len) || len == 0) {
      why = tandem::format("the prefix is not 1 to %u", most);
    } else {
      spec.prefix_len = static_cast<unsigned>(len);
      why = misfit(spec.addr, spec.prefix_len);
    }
    ++next;
  }
  if (why.empty() && next < fields.size()) {
    why = parse_device(fields[next], &spec);
    if (!spec.addr.is_v4() && !spec.label.empty()) {
      why = "an IPv6 address has no label";
    }
    ++next;
  }
  if (why.empty() && next < fields.size()) {
    VipSpec bcast;
    why = parse_device(fields[next], &bcast);
    if (why.empty()) why = "is not ADDR[/LEN][/DEV[:LABEL]]";
  }
  if (!why.empty()) return wrong(text, why);
  *out = spec;
  return Error::none();
}

std::string format_spec(const VipSpec& spec) {
  std::string out = spec.addr.host();
  if (spec.prefix_len > 0) out += tandem::format("/%u", spec.prefix_len);
  if (!spec.label.empty()) out += "/" + spec.label;
  else if (!spec.dev.empty()) out += "/" + spec.dev;
  return out;
}

}  // namespace vipctl
