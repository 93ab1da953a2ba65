// Who keeps a replica's applier waiting for a lock: a backup, an administrator,
// a long SELECT before a DDL.
#ifndef TANDEM_PROMOTE_BLOCKERS_H
#define TANDEM_PROMOTE_BLOCKERS_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "promote/server.h"

namespace promote {

struct Blockage {
  std::string state;  // what the applier waits for; "": it does not
  std::vector<std::string> holders;  // sessions; none: the server cannot say
  std::string text;   // them, for people
};

// The holder of a lock that is not InnoDB's is known to performance_schema's
// metadata_locks (MySQL from 5.7 on, MariaDB from 10.5 on, when it is on) and
// to MariaDB's plug-in metadata_lock_info; MySQL 5.6 cannot tell.
TANDEM_MUST_USE tandem::Error find_blockage(Server* server, uint64_t until_ms,
                                            Blockage* out);
// Ends the holders; where they cannot be named, every session but ours,
// replication's and the server's. *ended: how many.
TANDEM_MUST_USE tandem::Error end_blockage(Server* server,
                                           const Blockage& blockage,
                                           const std::string& own_user,
                                           uint64_t until_ms, unsigned* ended);

}  // namespace promote

#endif
