// What comes from the control socket: any line is commands or an answer, and
// a command that is taken names what there is.
#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/show/command.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t n) {
  using namespace splitfwd;
  Config config;
  config.servers.resize(1);
  config.servers[0].name = "hdp3";
  config.listens.resize(1);
  config.listens[0].name = "read";
  config.listens[0].servers.push_back(0);
  const std::string text(reinterpret_cast<const char*>(data), n);
  const std::vector<std::string> commands = split_commands(text);
  TANDEM_ASSERT(!commands.empty());
  for (size_t i = 0; i < commands.size(); ++i) {
    Command c;
    std::string answer;
    if (!parse_command(commands[i], config, &c, &answer)) {
      TANDEM_ASSERT(!answer.empty() && answer[answer.size() - 1] == '\n');
      TANDEM_ASSERT(c.verb == Command::Verb::Help);
      continue;
    }
    TANDEM_ASSERT(answer.empty());
    TANDEM_ASSERT(c.listen == kAllListens || c.listen == 0);
    TANDEM_ASSERT(c.server == 0 && c.types <= kAnyType);
    TANDEM_ASSERT(c.weight <= kWeightMax);
    const bool about_one = c.verb == Command::Verb::SetState ||
                           c.verb == Command::Verb::SetWeight ||
                           c.verb == Command::Verb::ShutdownServer;
    TANDEM_ASSERT(!about_one || c.listen == 0);
    TANDEM_ASSERT(c.verb != Command::Verb::ShutdownSession || c.session != 0);
  }
  return 0;
}
