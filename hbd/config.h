// hbd.ini as typed fields, checked, and printed as it is in effect; what the
// pure cores are told of it. Pure: an IniFile in, Settings out.
#ifndef TANDEM_HBD_CONFIG_H
#define TANDEM_HBD_CONFIG_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/decide/config.h"
#include "hbd/decide/witness.h"
#include "hbd/hook/haresources.h"
#include "hbd/hook/settings.h"
#include "hbd/link/member.h"
#include "lib/error.h"
#include "lib/ini.h"

namespace hbd {

const uint16_t kPortDefault = 694;  // IANA: ha-cluster
// When an address that was set for 1 s is gone; measured: 1.01 to 1.17 s.
const uint64_t kKernelExpiryMs = 1250;

struct Settings : Policy, LinkSettings {
  HookSettings hooks;
  uint16_t port = kPortDefault;
  bool kernel_backstop = true, realtime = true;
  std::vector<std::string> watch;  // empty = none
  std::string haresources = "/etc/tandem/haresources";
  std::string state_dir = "/var/lib/tandem", run_dir = "/run/tandem";
  std::string log = "/dev/log", facility = "daemon";
  // Of hbd.ini, for what is wrong with what it names: its path, and the lines
  // of haresources, of watch and of each event.
  std::string path;
  int haresources_line = 0, watch_line = 0;
  std::map<std::string, int> event_lines;

  Settings() { status_ms = 1000; }
  bool has_arbiter() const { return !witness.name.empty() || !pings.empty(); }
  std::string state_path(const PairSettings& pair) const {
    return state_dir + "/" + pair.name + ".state";
  }
  std::string events_path() const {
    return state_dir + "/" + pairs[0].name + ".events";
  }
  std::string pid_path() const { return run_dir + "/hbd.pid"; }
  std::string socket_path() const { return run_dir + "/hbd.sock"; }
};

// The names that [events] knows, ended by nullptr.
extern const char* const kEventNames[];

// self: -N, or what uname says; a witness is told by its [witness NAME].
TANDEM_MUST_USE tandem::Error parse_settings(const tandem::IniFile& file,
                                             const std::string& self,
                                             Settings* out);
// The effective file, which parse_settings() reads back as it was.
std::string format_settings(const Settings& settings);

Config core_config(const Settings& settings,
                   const std::vector<ResourceGroup>& groups);
WitnessConfig witness_config(const Settings& settings,
                             const PairSettings& pair);

}  // namespace hbd

#endif
