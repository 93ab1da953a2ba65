// hbd.ini as typed fields, checked. Pure: an IniFile in, Settings out.
#ifndef TANDEM_HBD_CONFIG_H
#define TANDEM_HBD_CONFIG_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/decide/config.h"
#include "hbd/link/shared.h"
#include "lib/addr.h"
#include "lib/error.h"
#include "lib/ini.h"

namespace hbd {

const uint16_t kPortDefault = 694;  // IANA: ha-cluster

// A host that beats: its links, by kind. The i-th of a kind of one host talks
// to the i-th of that kind of another.
struct Member {
  std::string name;
  std::vector<tandem::Address> ucast;
  std::vector<Shared> bcast, mcast;
  bool has_link() const {
    return !ucast.empty() || !bcast.empty() || !mcast.empty();
  }
};

// One pair: the only one of a node, one of many on a witness.
struct PairSettings {
  std::string name;
  std::string authkeys;         // path
  int authkeys_line = 0;        // of hbd.ini, where it says so
  Times times;
  std::vector<Member> members;  // the two nodes
};

struct Settings : Policy {
  bool is_witness = false;   // role = witness
  std::string self;
  Member witness;            // name "" = none; role = witness: this host
  std::vector<PairSettings> pairs;  // role = node: exactly one
  uint16_t port = kPortDefault;
  uint64_t hook_timeout_ms = 60000, stop_timeout_ms = 60000;
  bool kernel_backstop = true, init_d = false, realtime = true;
  std::vector<tandem::Address> pings;
  std::vector<std::string> watch;  // empty = none
  std::map<std::string, std::vector<std::string>> events;
  std::string haresources = "/etc/tandem/haresources";
  std::string resource_d = "/etc/tandem/resource.d";
  std::string state_dir = "/var/lib/tandem", run_dir = "/run/tandem";
  std::string log = "/dev/log", facility = "daemon";
  // Of hbd.ini, for what is wrong with what it names: its path, and the lines
  // of haresources, of watch and of each event.
  std::string path;
  int haresources_line = 0, watch_line = 0;
  std::map<std::string, int> event_lines;

  const Member& member(const std::string& name) const;  // of pairs[0]
  const Member& local() const;                          // this host
  const std::string& peer() const;                      // of pairs[0]
  bool has_event(const char* name) const { return events.count(name) != 0; }
  bool has_arbiter() const { return !witness.name.empty() || !pings.empty(); }
  std::string state_path(const PairSettings& pair) const;
  std::string pid_path() const { return run_dir + "/hbd.pid"; }
  std::string socket_path() const { return run_dir + "/hbd.sock"; }
};

// The names that [events] knows, ended by nullptr.
extern const char* const kEventNames[];

// self: -N, or what uname says; a witness is told by its [witness NAME].
TANDEM_MUST_USE tandem::Error parse_settings(const tandem::IniFile& file,
                                             const std::string& self,
                                             Settings* out);

}  // namespace hbd

#endif
