// What hbd.ini may change under a running hbd. Pure.
#ifndef TANDEM_HBD_RELOAD_H
#define TANDEM_HBD_RELOAD_H

#include "hbd/files.h"
#include "lib/error.h"

namespace hbd {

// No error: nothing differs but keys, log and facility, and of a node
// warntime, programs of events, timeouts of hooks, and ping nodes, of which one
// stays. Which events there are is the same, but for notify.
// Else exit code 6: what needs a restart.
TANDEM_MUST_USE tandem::Error check_reload(const Loaded& now,
                                           const Loaded& fresh);

}  // namespace hbd

#endif
