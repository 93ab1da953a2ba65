// Any bytes are taken or refused; what is taken comes back from its own text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/hook/haresources.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  std::vector<hbd::ResourceGroup> groups, again;
  if (hbd::parse_haresources("f", text, &groups)) return 0;
  const std::string plain = hbd::format_haresources(groups);
  TANDEM_ASSERT(hbd::parse_haresources("f", plain, &again).ok());
  TANDEM_ASSERT(hbd::format_haresources(again) == plain);
  return 0;
}
