// The address an operator names: ADDR[/LEN][/DEV[:LABEL]], as Heartbeat's
// IPaddr took it: 172.16.1.100/24/eth0:1. Pure: text in, value out.
#ifndef TANDEM_VIPCTL_SPEC_H
#define TANDEM_VIPCTL_SPEC_H

#include <string>

#include "lib/addr.h"
#include "lib/error.h"

namespace vipctl {

// What a kernel's interface name or address label may have, without its NUL.
const size_t kNameBytesMax = 15;

struct VipSpec {
  tandem::Address addr;
  unsigned prefix_len;  // 1 to 32 (128); 0 = not given
  std::string dev;      // empty = find it
  std::string label;    // the whole label, "eth0:1"; empty = choose one
  VipSpec() : prefix_len(0) {}
};

// Exit code 2 and one line that says what is wrong; nothing stored then.
TANDEM_MUST_USE tandem::Error parse_spec(const std::string& text,
                                         VipSpec* out);
// The shortest text that parse_spec() reads back as the same.
std::string format_spec(const VipSpec& spec);

// True when both addresses, of one family, agree in their first prefix_len
// bits.
bool same_subnet(const tandem::Address& a, const tandem::Address& b,
                 unsigned prefix_len);
// Why addr with this prefix cannot be a host's address (it is the subnet's
// own or its broadcast address); empty when it can.
std::string misfit(const tandem::Address& addr, unsigned prefix_len);

}  // namespace vipctl

#endif
