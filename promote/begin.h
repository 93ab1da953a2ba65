// `rejoin -p`: what mysqld is to be started with. prestart.h decides.
#ifndef TANDEM_PROMOTE_BEGIN_H
#define TANDEM_PROMOTE_BEGIN_H

#include "lib/error.h"
#include "promote/world.h"

namespace promote {

// Prints mysqld's option or nothing. An error with kExitStopped: it is not to
// be started yet. Any other: it is to be started as it is.
TANDEM_MUST_USE tandem::Error print_mysqld_option(const World& w);

}  // namespace promote

#endif
