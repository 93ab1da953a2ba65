// What a server is right now, as three short statements tell it, and how it is
// set, which two more do. Pure: inquire.h does the asking.
#ifndef TANDEM_PROMOTE_FACTS_H
#define TANDEM_PROMOTE_FACTS_H

#include <stdint.h>

#include <map>
#include <string>

#include "lib/error.h"
#include "promote/faults.h"
#include "promote/flavour.h"
#include "promote/gtid.h"
#include "promote/rows.h"

namespace promote {

enum class Receiver { No, Connecting, Yes };

// Replication, as far as it is configured.
struct Replica {
  std::string channel;  // name of a replication channel that has one
  std::string source_host, source_port, source_id;
  bool accepted = false;  // the source has begun to send from our position
  bool filtered = false;  // a filter of whatever form
  bool by_gtid = true;    // it asks for transactions, not for a file and place
  bool by_order = false;  // the applier is to lag, or to end somewhere
  Receiver io = Receiver::No;
  bool sql_running = false;
  Gtids io_pos;  // received so far; goes back when relay logs are thrown away
  std::string relay_file, relay_pos, lag;
  std::string io_errno, io_error, sql_errno, sql_error;  // "0" and "" = none
};

// Sessions, replication's too.
struct Sessions {
  uint64_t committing = 0;
  uint64_t awaiting_ack = 0;    // a replica's
  uint64_t awaiting_space = 0;  // on a disk
};

struct Facts {
  const Flavour* flavour;  // null: not known yet
  bool read_only;  // any value of read_only but OFF
  std::string server_id, port;  // the port that it serves at
  // executed is what binlog and replication together have executed: the same
  // on a primary and on a replica that caught up. MySQL has it as one set,
  // which the other three are then, too.
  Gtids binlog_pos, slave_pos, binlog_state, executed;
  std::string pos;     // executed as text, normalised
  const SemiSync* semi;  // null: it has no semi-sync
  bool semi_primary;   // semi-sync's primary side is switched on
  bool semi_replica;   // its replica side is
  bool replicates;  // replication is configured, and this is
  Replica replica;
  // Status.
  uint64_t started_s;  // wall time of the server's start: its instance
  uint64_t uptime_s;
  bool semi_primary_on, semi_replica_on;  // in effect, not just switched on
  uint64_t semi_clients;
  // Settings: global variables by name, in small letters; empty: not asked.
  std::map<std::string, std::string> settings;
  bool binlog_filtered;
  bool binlog_stopped;  // it writes none, whatever log_bin says
  Sessions sessions;
  Facts();
  bool is_primary() const { return !read_only && !replicates; }
  bool keeps_relay_log() const { return flavour && flavour->keeps_relay_log; }
  // The instance as hbd compares it; "" in the first second of a server's
  // life, so that two lives never share one.
  std::string instance() const;
};

// The statements 0 .. kFactsQueries - 1 tell what it is; from there to
// kSettingsQueries - 1, what its sessions do and how it is set. Taking the
// answer of number i: false, it makes no sense.
// The last one waits while the binary log is being written to, and its filters
// change with the server's next start only.
const unsigned kFactsQueries = 3;
const unsigned kBinlogQuery = 5;
const unsigned kSettingsQueries = kBinlogQuery + 1;
const char* facts_sql(const Flavour& flavour, unsigned i);
TANDEM_MUST_USE bool take_facts(const Flavour& flavour, unsigned i,
                                const Rows& rows, Facts* facts);

// What is wrong with it, as far as the facts tell. Of its settings nothing is
// said before they were asked for.
Faults faults_of(const Facts& f);

}  // namespace promote

#endif
