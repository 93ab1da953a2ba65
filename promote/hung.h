// Ending a server that hangs. Beyond POSIX: SO_PEERCRED (Linux).
#ifndef TANDEM_PROMOTE_HUNG_H
#define TANDEM_PROMOTE_HUNG_H

#include "lib/error.h"
#include "promote/config.h"

namespace promote {

// KILL for the process that the pid file names, if it is the one that listens
// on the socket; done when nobody listens there any more. Anything that does
// not fit is an error, and nothing is killed.
TANDEM_MUST_USE tandem::Error kill_hung_server(const Endpoint& at);

}  // namespace promote

#endif
