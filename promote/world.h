// What hbd tells a hook, and what an operator's options say instead.
#ifndef TANDEM_PROMOTE_WORLD_H
#define TANDEM_PROMOTE_WORLD_H

#include <set>
#include <string>

#include "lib/error.h"
#include "promote/config.h"
#include "promote/gtid.h"

namespace promote {

struct World {
  Config config;
  Endpoint local;
  std::string peer_name;      // -p, HB_PEER, or empty
  bool peer_agreed;           // HB_GRANT=peer: do not ask its server
  bool peer_unheard;          // HB_GRANT: hbd has not heard it for a deadtime
  bool from_paired;           // HB_START_FROM=paired
  bool is_paired;             // HB_SYNC=paired: the replica counts now
  bool address_stays;         // HB_ADDRESS=no: another group has it
  Gtids start_pos;            // HB_START_POS, empty when unknown
  std::string peer_instance;  // HB_PEER_ATTR_instance, or empty
  bool dry_run;
  std::set<std::string> forced;
  World() : peer_agreed(false), peer_unheard(false), from_paired(false),
            is_paired(false), address_stays(false), dry_run(false) {}
  // The peer's server; null when nobody named one.
  const Endpoint* peer() const {
    return peer_name.empty() ? nullptr : config.find(peer_name);
  }
};

// Reads the configuration and the environment. peer_option is -p's value or
// empty.
TANDEM_MUST_USE tandem::Error read_world(const std::string& config_path,
                                         const std::string& peer_option,
                                         World* out);

// Prints "attr pos POSITION" for hbd, at once.
void publish_pos(const std::string& pos);

}  // namespace promote

#endif
