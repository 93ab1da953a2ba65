// What transactions do that only this server has: for whoever has to decide
// whether they can be thrown away.
#ifndef TANDEM_PROMOTE_DIVERGED_H
#define TANDEM_PROMOTE_DIVERGED_H

#include <stdint.h>

#include <string>
#include <vector>

#include "promote/gtid.h"
#include "promote/server.h"

namespace promote {

// "3 transactions, 0-126-8: INSERT INTO t VALUES (1, ..." from the server's
// binary log; without what it does when that is not found in a second.
std::string describe_divergence(Server* server,
                                const std::vector<GtidRange>& ranges);

// The transactions with which the newest binary log began, or with which one
// of that name began. A new one is begun at each start of a server, and then by
// size or by order.
TANDEM_MUST_USE tandem::Error read_binlog_names(
    Server* server, uint64_t until_ms, std::vector<std::string>* out);
TANDEM_MUST_USE tandem::Error read_binlog_begin(Server* server,
                                                const std::string& name,
                                                uint64_t until_ms, Gtids* out);

}  // namespace promote

#endif
