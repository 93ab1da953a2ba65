// hbd.ini as typed fields, checked. Pure: an IniFile in, Settings out.
#ifndef TANDEM_HBD_CONFIG_H
#define TANDEM_HBD_CONFIG_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/shared.h"
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

// The times that a node and its witness must agree on.
struct Times {
  uint64_t keepalive_ms, deadtime_ms, lease_ms;
  Times() : keepalive_ms(200), deadtime_ms(2000), lease_ms(1000) {}
};

// One pair: the only one of a node, one of many on a witness.
struct PairSettings {
  std::string name;
  std::string authkeys;         // path
  int authkeys_line;            // of hbd.ini, where it says so
  Times times;
  std::vector<Member> members;  // the two nodes
  PairSettings() : authkeys_line(0) {}
};

struct Settings {
  bool is_witness;           // role = witness
  std::string self;
  Member witness;            // name "" = none; role = witness: this host
  std::vector<PairSettings> pairs;  // role = node: exactly one
  uint16_t port;
  uint64_t warntime_ms, initdead_ms, cold_wait_ms;
  uint64_t hook_timeout_ms, stop_timeout_ms;
  bool silent_take, track_sync, kernel_backstop, init_d, realtime;
  bool auto_failback;
  uint64_t failback_wait_ms;
  std::vector<tandem::Address> pings;
  std::vector<std::string> watch;  // empty = none
  std::map<std::string, std::vector<std::string>> events;
  std::string haresources, resource_d, state_dir, run_dir, log, facility;
  // Of hbd.ini, for what is wrong with what it names: its path, and the lines
  // of haresources, of watch and of each event.
  std::string path;
  int haresources_line, watch_line;
  std::map<std::string, int> event_lines;
  Settings();

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
