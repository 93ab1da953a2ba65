// The decision of `rejoin -p`, before mysqld starts. Pure.
#ifndef TANDEM_PROMOTE_PRESTART_H
#define TANDEM_PROMOTE_PRESTART_H

#include <string>

#include "hbd/decide/state.h"

namespace promote {

// True when this node's server may throw away the end of its binlog that no
// replica acknowledged (MariaDB does so when it starts as a replica): the
// other node owns every group there is a record of, and took the latest over
// having everything that was acknowledged. False in any doubt; *why tells.
bool drops_unacknowledged_tail(const hbd::State& state, std::string* why);

// Whether this node owned, paired, as its state was written last: then every
// acknowledged write is on the replica, and a replica that has become the
// primary since, by whatever right, is to be followed with the tail dropped.
bool owned_paired(const hbd::State& state);

}  // namespace promote

#endif
