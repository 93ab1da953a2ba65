// What a hook is and what it sees: its argument vector and its environment.
// The contract is in hbd-hooks(7).
#ifndef TANDEM_HBD_HOOK_ENVIRONMENT_H
#define TANDEM_HBD_HOOK_ENVIRONMENT_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/action.h"
#include "hbd/hook/haresources.h"
#include "hbd/hook/settings.h"
#include "lib/error.h"

namespace hbd {

struct HookCommand {
  std::string name;               // for the log: "IPaddr start"
  std::vector<std::string> argv;  // argv[0] is the path
  uint64_t timeout_ms;
};
TANDEM_MUST_USE tandem::Error find_command(
    const HookSettings& settings, const std::vector<ResourceGroup>& groups,
    const HookRun& run, HookCommand* out);

// "NAME=value", the whole environment. lifeline_fd -1: none.
std::vector<std::string> hook_environment(
    const HookSettings& settings, const std::vector<ResourceGroup>& groups,
    const HookRun& run, int lifeline_fd);

// A watcher's environment: it belongs to no run.
std::vector<std::string> watcher_environment(const HookSettings& settings);

}  // namespace hbd

#endif
