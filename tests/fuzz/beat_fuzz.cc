// A signed beat may come from a broken peer: any bytes are taken or refused.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "hbd/decide/beat.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  hbd::Beat beat, again;
  if (!hbd::parse_beat(text, &beat)) return 0;
  const std::string back = hbd::format_beat(beat);
  if (back.size() > hbd::kBeatBytesMax) return 0;
  TANDEM_ASSERT(hbd::parse_beat(back, &again));
  TANDEM_ASSERT(hbd::format_beat(again) == back);
  return 0;
}
