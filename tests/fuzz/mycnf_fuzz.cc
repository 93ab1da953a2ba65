// A my.cnf is the operator's: whatever is in it, what we change we change back
// to the byte, and nothing else.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "lib/error.h"
#include "promote/mycnf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using namespace promote;
  const std::string text(reinterpret_cast<const char*>(data), n);
  const MyCnf on = allow_writes_at_boot(text);
  const MyCnf off = forbid_writes_at_boot(text);
  const std::string mark = kMyCnfMark;
  TANDEM_ASSERT(on.text.size() ==
                text.size() + on.changed.size() * mark.size());
  TANDEM_ASSERT(off.text.size() ==
                text.size() - off.changed.size() * mark.size());
  TANDEM_ASSERT(forbid_writes_at_boot(on.text).text == off.text);
  TANDEM_ASSERT(allow_writes_at_boot(on.text).changed.empty());
  TANDEM_ASSERT(forbid_writes_at_boot(off.text).changed.empty());
  return 0;
}
