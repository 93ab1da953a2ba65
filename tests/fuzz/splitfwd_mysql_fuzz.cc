// What a server sends to the check: it comes to an end, in pieces of any size
// to the same one unless it speaks out of turn, and what it says fits into a
// line of the log.
#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/error.h"
#include "splitfwd/mysql.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

namespace {

std::string run(const char* data, size_t n, size_t piece) {
  splitfwd::MysqlCheck c;
  for (size_t i = 0; i < n; i += piece) {
    const std::vector<char> exact(data + i, data + std::min(n, i + piece));
    if (c.feed(exact.data(), exact.size()) ==
        splitfwd::MysqlCheck::Step::Done) {
      break;
    }
  }
  c.on_end();
  TANDEM_ASSERT(c.status() == "L7OK" || c.status() == "L7STS" ||
                c.status() == "L7RSP");
  TANDEM_ASSERT(c.status() != "L7RSP" || !c.up());
  TANDEM_ASSERT(c.text().size() <= 200);
  TANDEM_ASSERT(c.text().find('\n') == std::string::npos);
  return c.status() + c.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  const char* bytes = reinterpret_cast<const char*>(data);
  const std::string single = run(bytes, n, 1);
  for (const size_t piece : {size_t(7), n + 1}) {
    const std::string got = run(bytes, n, piece);
    TANDEM_ASSERT(got == single || got.compare(0, 5, "L7RSP") == 0);
  }
  return 0;
}
