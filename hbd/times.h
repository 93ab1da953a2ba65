// The rules between hbd's times. Pure.
#ifndef TANDEM_HBD_TIMES_H
#define TANDEM_HBD_TIMES_H

#include "hbd/config.h"
#include "lib/ini.h"

namespace hbd {

// Takes keepalive, deadtime and lease and refuses what cannot be safe.
void take_times(tandem::IniReader* r, Times* times, bool kernel_backstop);
// warntime and initdead against those.
void check_node_times(tandem::IniReader* r, const Settings& settings,
                      const Times& times);

}  // namespace hbd

#endif
