// What hooks are told of hbd.ini. Values only, so there is no .cc.
#ifndef TANDEM_HBD_HOOK_SETTINGS_H
#define TANDEM_HBD_HOOK_SETTINGS_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

namespace hbd {

struct HookSettings {
  std::string self, peer;  // HB_NODE, HB_PEER
  uint64_t lease_ms = 0;   // HB_LEASE
  std::string resource_d = "/etc/tandem/resource.d";
  bool init_d = false;     // /etc/init.d too
  uint64_t hook_timeout_ms = 60000, stop_timeout_ms = 60000;
  uint64_t status_timeout_ms = 5000;
  // [events]: PROGRAM ARG... by name.
  std::map<std::string, std::vector<std::string>> events;
  bool has_event(const std::string& name) const {
    return events.count(name) != 0;
  }
};

}  // namespace hbd

#endif
