// A network from an operator's file: any bytes are taken or refused, and what
// is taken holds its own first address and comes back from its own text.
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "splitfwd/networks.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const std::string text(reinterpret_cast<const char*>(data), n);
  splitfwd::Network network, again;
  const tandem::Error e = splitfwd::parse_network(text, &network);
  if (e) {
    TANDEM_ASSERT(!e.text().empty());
    return 0;
  }
  TANDEM_ASSERT(network.prefix <= network.base.byte_count() * 8);
  TANDEM_ASSERT(network.contains(network.base));
  TANDEM_ASSERT(!splitfwd::parse_network(network.text(), &again));
  TANDEM_ASSERT(again.base == network.base);
  TANDEM_ASSERT(again.prefix == network.prefix);
  return 0;
}
