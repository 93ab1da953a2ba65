// A set of servers.
#ifndef TANDEM_SPLITFWD_SERVERS_H
#define TANDEM_SPLITFWD_SERVERS_H

#include <stddef.h>
#include <stdint.h>

namespace splitfwd {

typedef uint64_t ServerMask;  // a bit each, by the place in the file
const size_t kServersMax = 64;

}  // namespace splitfwd

#endif
