// Who keeps a replica's applier waiting for a lock: a backup, an administrator,
// a long SELECT before a DDL.
#ifndef TANDEM_PROMOTE_BLOCKERS_H
#define TANDEM_PROMOTE_BLOCKERS_H

#include <stdint.h>

#include "lib/error.h"
#include "promote/config.h"
#include "promote/server.h"

namespace promote {

// Whoever has a lock that the applier needs is named at once, and ended after
// lock_grace: a backup would last longer than anybody waits for a primary.
// Where nobody can be named it is every session but ours, replication's and
// the server's. The holder of a lock that is not InnoDB's is known to
// performance_schema's metadata_locks (MySQL from 5.7 on, MariaDB from 10.5 on,
// when it is on) and to MariaDB's plug-in metadata_lock_info; MySQL 5.6 cannot
// tell.
class Blockers {
 public:
  Blockers(Server* server, const Config& config)
      : server_(server), config_(config) {}
  TANDEM_MUST_USE tandem::Error look(uint64_t until_ms);

 private:
  Server* server_;
  const Config& config_;
  uint64_t since_ms_ = 0;  // a lock holds the applier up; 0: none does
};

}  // namespace promote

#endif
