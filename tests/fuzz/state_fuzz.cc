// A damaged state file is refused; one that is read comes back from its text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/decide/state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  hbd::State state, again;
  if (hbd::parse_state("f", text, &state)) return 0;
  const std::string back = hbd::format_state(state);
  TANDEM_ASSERT(!hbd::parse_state("f", back, &again));
  TANDEM_ASSERT(again == state);
  return 0;
}
