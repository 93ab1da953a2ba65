// What hbd.ini and haresources decide for the core. Values only: no .cc.
#ifndef TANDEM_HBD_DECIDE_CONFIG_H
#define TANDEM_HBD_DECIDE_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/agreement.h"

namespace hbd {

struct GroupConfig {
  std::string name;
  std::string preferred;   // haresources' node
  std::string scripts;     // what its resources are, without their arguments
  size_t resource_count = 0;  // hooks are run by index, 0 first
  bool server = true;      // it has the server that the watcher watches
  bool follows = false;    // it goes where that one is: see beside.h
  bool address = true;     // it has one, which goes with it
};

// What else hbd.ini decides for the core.
struct Policy {
  uint64_t warntime_ms = 600, initdead_ms = 10000, cold_wait_ms = 600000;
  bool silent_take = true;  // silent_peer = take, else wait
  bool track_sync = true;
  bool colocate = false;    // groups follow the server's
  bool auto_failback = false;
  uint64_t failback_wait_ms = 60000;
  uint64_t status_ms = 0;   // hooks are asked for it so often; 0 = never
  uint64_t flap_limit = 3;  // restarts in place in a window; 0 = no limit
  uint64_t flap_window_ms = 600000;
};

struct Config : Times, Policy {
  std::string pair, self, peer;
  std::string witness;     // "" = none
  std::string digest;      // of haresources
  std::vector<GroupConfig> groups;
  size_t ping_count = 0;   // ping nodes
  std::string ping_nodes;  // their addresses, as text
  bool has_watch = true;
  // events configured
  bool has_alone = true, has_paired = true, has_follow = true;
  bool has_fence = false, has_rebuild = false, has_notify = false;
  bool has_drain = false, has_gate = false;

  bool has_witness() const { return !witness.empty(); }
  // An arbiter: a witness, else ping nodes.
  bool has_arbiter() const { return has_witness() || ping_count > 0; }
  // Acknowledged writes of this group are kept track of.
  bool tracks(const GroupConfig& group) const {
    return track_sync && group.server;
  }
};

// An instance longer than this is not one: records have it up to three times.
const size_t kInstanceBytesMax = 40;

}  // namespace hbd

#endif
