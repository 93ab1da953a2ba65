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

// By the latest record: another node owns, and its start is complete; this one
// owns.
bool is_settled_elsewhere(const hbd::State& state);
bool is_ours(const hbd::State& state);

// Whether this node owned, paired, as its state was written last: then every
// acknowledged write is on the replica, and a replica that has become the
// primary since, by whatever right, is to be followed with the tail dropped.
bool owned_paired(const hbd::State& state);

}  // namespace promote

#endif
