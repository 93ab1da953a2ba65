// What a tool of this folder is told: its file, its options, and hbd's words in
// the environment.
#include "promote/world.h"

#include <stdio.h>

#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/text.h"
#include "promote/plan.h"

namespace promote {

using tandem::Error;
using tandem::env;

Error read_world(const std::string& config_path,
                 const std::string& peer_option, World* out) {
  World w;
  Error e = read_config(config_path, &w.config);
  if (e) return e;
  const Endpoint* local = w.config.find("local");
  if (!local) return Error::at(config_path, 1, "no [server local]");
  w.local = *local;
  w.peer_name = peer_option.empty() ? env("HB_PEER") : peer_option;
  if (!w.peer_name.empty() && !w.peer()) {
    return Error::at(config_path, 1, "no [server %s], and that is the peer",
                     w.peer_name.c_str());
  }
  const std::string grant = env("HB_GRANT");
  w.peer_agreed = grant == "peer";
  w.peer_unheard = grant == "witness" || grant == "fence" ||
                   grant == "ping" || grant == "none";
  // An operator's word, who names what is to be overridden.
  if (grant == "force") {
    for (const std::string& word : tandem::split_list(env("HB_REASON"))) {
      if (is_refusal(word)) w.forced.insert(word);
    }
  }
  w.from_paired = env("HB_START_FROM") == "paired";
  w.is_paired = env("HB_SYNC") == "paired";
  w.address_stays = env("HB_ADDRESS") == "no";
  if (!parse_gtids(env("HB_START_POS"), &w.start_pos)) w.start_pos = Gtids();
  w.peer_instance = env("HB_PEER_ATTR_instance");
  *out = w;
  return e;
}

void publish_pos(const std::string& pos) {
  if (pos.empty()) return tandem::log_warn("no position to publish");
  printf("attr pos %s\n", brief_gtids(pos).c_str());
  fflush(stdout);
}

}  // namespace promote
