// Positions come from servers and from hbd's environment: any bytes must be
// taken or refused, and what is taken must come back from its own text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "promote/gtid.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  const size_t half = text.find('|');
  promote::Gtids a, b, again;
  if (!promote::parse_gtids(text.substr(0, half), &a)) return 0;
  const std::string back = promote::format_gtids(a);
  TANDEM_ASSERT(promote::parse_gtids(back, &again));
  TANDEM_ASSERT(promote::format_gtids(again) == back);
  TANDEM_ASSERT(promote::reached(a, a));
  TANDEM_ASSERT(promote::missing(a, a).empty());
  if (half == text.npos || !promote::parse_gtids(text.substr(half + 1), &b)) {
    return 0;
  }
  TANDEM_ASSERT(promote::reached(promote::latest(a, b), a));
  TANDEM_ASSERT(promote::reached(promote::latest(a, b), b));
  const std::vector<promote::GtidRange> r = promote::missing(a, b);
  for (size_t i = 0; i < r.size(); ++i) {
    TANDEM_ASSERT(r[i].first > 0 && r[i].first <= r[i].last);
  }
  // Of sets, what is missing is exactly what is missing.
  promote::Gtids rest;
  rest.ranges = r;
  if (b.last.empty()) {
    TANDEM_ASSERT(promote::reached(promote::latest(a, rest), b));
    TANDEM_ASSERT(promote::reached(b, rest));
    TANDEM_ASSERT(promote::all_beyond(r, a));
  }
  return 0;
}
