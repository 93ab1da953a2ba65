// The address spec comes from an operator's file: any bytes must be taken or
// refused, and what is taken must come back from its own text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "vipctl/spec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  vipctl::VipSpec spec, again;
  tandem::Error e = vipctl::parse_spec(text, &spec);
  if (e) {
    TANDEM_ASSERT(!e.text().empty());
    TANDEM_ASSERT(e.text().find('\n') == std::string::npos);
    return 0;
  }
  TANDEM_ASSERT(spec.dev.size() <= vipctl::kNameBytesMax);
  TANDEM_ASSERT(spec.label.size() <= vipctl::kNameBytesMax);
  TANDEM_ASSERT(spec.prefix_len <= spec.addr.byte_count() * 8);
  const std::string back = vipctl::format_spec(spec);
  TANDEM_ASSERT(!vipctl::parse_spec(back, &again));
  TANDEM_ASSERT(vipctl::format_spec(again) == back);
  return 0;
}
