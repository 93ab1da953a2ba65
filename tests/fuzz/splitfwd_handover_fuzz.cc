// A session as the worker before tells it: whatever stands there, it is one of
// this file's listeners and servers, or none.
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "lib/error.h"
#include "splitfwd/route/handover.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

namespace {

splitfwd::Config two_of_each() {
  splitfwd::Config c;
  for (const char* name : {"a", "b"}) {
    splitfwd::ServerConfig server;
    server.name = name;
    c.servers.push_back(server);
  }
  for (const char* name : {"l", "m"}) {
    splitfwd::ListenConfig listen;
    listen.name = name;
    listen.servers.push_back(c.listens.size());
    c.listens.push_back(listen);
  }
  return c;
}

tandem::UniqueFd some_fd() {
  return tandem::UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using splitfwd::Handed;
  const splitfwd::Config config = two_of_each();
  const std::string text(reinterpret_cast<const char*>(data), n);
  for (int with_server = 0; with_server < 2; ++with_server) {
    splitfwd::RoutedSession s(0, some_fd(), 9000);
    if (with_server) s.upstream = some_fd();
    size_t waiting[2] = {0, 0};
    if (parse_session(config, text, &s, waiting) != Handed::Fine) continue;
    TANDEM_ASSERT(s.listen < config.listens.size());
    TANDEM_ASSERT(s.server == s.listen ||
                  (s.server == splitfwd::kNoServer && !with_server));
    for (const size_t bytes : waiting) {
      TANDEM_ASSERT(bytes <= splitfwd::kBigBufferBytes);
    }
    splitfwd::RoutedSession again(0, some_fd(), 9000);
    if (with_server) again.upstream = some_fd();
    TANDEM_ASSERT(parse_session(config, format_session(config, s), &again,
                                waiting) == Handed::Fine);
  }
  return 0;
}
