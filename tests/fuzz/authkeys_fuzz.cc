// Any bytes are taken or refused, and no error shows more than one word.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/link/keys.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  hbd::AuthKeys keys;
  if (hbd::parse_authkeys("f", text, &keys)) return 0;
  TANDEM_ASSERT(!keys.accepted.empty() && keys.accepted.size() <= 15);
  bool listed = false;
  for (size_t i = 0; i < keys.accepted.size(); ++i) {
    TANDEM_ASSERT(keys.accepted[i].size() >= hbd::kKeyBytesMin);
    listed = listed || keys.accepted[i] == keys.sender;
  }
  TANDEM_ASSERT(listed);
  return 0;
}
