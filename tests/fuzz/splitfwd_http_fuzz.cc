// What a stranger sends to the statistics page: any bytes must be taken,
// waited on or refused; what is taken has the shape that the rest relies on,
// and is found with any number of bytes more behind it.
#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "splitfwd/show/http.h"
#include "splitfwd/show/page.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using namespace splitfwd;
  const std::string text(reinterpret_cast<const char*>(data), n);
  HttpRequest r, again;
  const HttpHead head = parse_request(text, &r);
  TANDEM_ASSERT(head != HttpHead::More || n < kHeadBytesMax);
  if (head == HttpHead::Done) {
    TANDEM_ASSERT(!r.method.empty() && r.target[0] == '/');
    TANDEM_ASSERT(parse_request(text + "x", &again) == HttpHead::Done);
    TANDEM_ASSERT(again.target == r.target);
    bool refresh;
    std::string scope;
    const Show show = route(r.target, "/stats", &refresh, &scope);
    TANDEM_ASSERT(show == Show::Nothing || show == Show::Metrics ||
                  r.target.compare(0, 6, "/stats") == 0);
    std::vector<std::string> credentials(1, base64("admin:secret"));
    const bool in = is_authorized(r, credentials);
    TANDEM_ASSERT(!in || r.authorization.find(credentials[0]) !=
                             std::string::npos);
  } else {
    TANDEM_ASSERT(r.method.empty());
  }
  std::vector<std::string> found;
  int line = 0;
  TANDEM_ASSERT(parse_credentials(text, &found, &line) == !found.empty());
  TANDEM_ASSERT(escape_html(text).find('<') == std::string::npos);
  return 0;
}
