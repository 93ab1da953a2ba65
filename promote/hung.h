// Ending a server that hangs. Beyond POSIX: SO_PEERCRED and /proc (Linux).
#ifndef TANDEM_PROMOTE_HUNG_H
#define TANDEM_PROMOTE_HUNG_H

#include "lib/error.h"
#include "promote/config.h"

namespace promote {

// The file of its socket was removed, or leads elsewhere now, and a process
// has that socket open still: a server runs that nobody reaches by it.
bool lives_without_socket(const Endpoint& at);

// KILL for the process that the pid file names, if it is the one that listens
// on the socket, and runs a server's program as root or as the owner of the
// socket's or the pid file's directory; done when it has ended, or after 500 ms
// when all that it does is to free its memory or to wait for a disk. Anything
// that does not fit is an error, and nothing is killed.
TANDEM_MUST_USE tandem::Error kill_hung_server(const Endpoint& at);

}  // namespace promote

#endif
