// The keys that say who beats and over which links: nodes, ucast, bcast,
// mcast. Pure.
#ifndef TANDEM_HBD_LINKKEYS_H
#define TANDEM_HBD_LINKKEYS_H

#include <stdint.h>

#include <vector>

#include "hbd/config.h"
#include "lib/error.h"
#include "lib/ini.h"

namespace hbd {

// nodes = NAME NAME
void take_members(tandem::IniReader* r, std::vector<Member>* out);
// ucast, bcast and mcast of one host; at least one of them.
void take_links(tandem::IniReader* r, uint16_t port, Member* out);
// The members of a witness's [pair]: from its ucast, or from nodes.
void take_pair_members(tandem::IniReader* r, uint16_t port,
                       PairSettings* pair);
// What no single section can see. line: of [hbd].
TANDEM_MUST_USE tandem::Error check_links(const tandem::IniFile& file,
                                          int line, const Settings& settings);

}  // namespace hbd

#endif
