// What a stranger sends where a PROXY header is expected: what is taken lies
// within what was given, no shorter piece of it would have been, and it comes
// back from its own text.
#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "splitfwd/proxy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using namespace splitfwd;
  const char* text = reinterpret_cast<const char*>(data);
  ProxyHeader h, again;
  size_t length = 0, length_again = 0;
  const ProxyParse got = parse_proxy(text, n, &h, &length);
  TANDEM_ASSERT(got != ProxyParse::More || n < kProxyV2BytesMax);
  if (got != ProxyParse::Done) {
    TANDEM_ASSERT(length == 0 && h.local);
    return 0;
  }
  TANDEM_ASSERT(length > 0 && length <= n);
  const std::vector<char> less(text, text + length - 1);
  TANDEM_ASSERT(parse_proxy(less.data(), less.size(), &again,
                            &length_again) == ProxyParse::More);
  const std::string back[] = {proxy_v1(h.source, h.destination),
                              proxy_v2(h.source, h.destination)};
  for (size_t i = 0; i < 2; ++i) {
    TANDEM_ASSERT(parse_proxy(back[i].data(), back[i].size(), &again,
                              &length_again) == ProxyParse::Done);
    TANDEM_ASSERT(length_again == back[i].size() && again.local == h.local);
    TANDEM_ASSERT(again.source == h.source &&
                  again.destination == h.destination);
  }
  return 0;
}
