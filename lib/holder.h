// Who has a port, for the message that says that it is taken. Linux only:
// POSIX does not tell; /proc/net has the sockets and /proc/PID/fd their
// processes.
#ifndef TANDEM_LIB_HOLDER_H
#define TANDEM_LIB_HOLDER_H

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"

namespace tandem {

// e, the error of a bind(2) that failed with EADDRINUSE, with " by pid N" after
// it; as it is where the holder cannot be seen (not root). type: SOCK_STREAM or
// SOCK_DGRAM. Reads all of /proc: at start, not in a loop.
Error with_holder(const Error& e, const Address& at, int type);

// The inodes of the sockets in text, the contents of /proc/net/udp, tcp, udp6
// or tcp6, that stand in the way of at: its port, its address or any; for at
// itself 0.0.0.0 or ::, every address. Of TCP only those that listen.
std::vector<std::string> sockets_in_way(const std::string& text,
                                        const Address& at, bool listening);

}  // namespace tandem

#endif
