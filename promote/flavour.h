// What differs between MariaDB and the generations of MySQL, statements and
// columns: two tables, their rows chosen by asking the server, never by its
// version number.
#ifndef TANDEM_PROMOTE_FLAVOUR_H
#define TANDEM_PROMOTE_FLAVOUR_H

#include <string>

namespace promote {

struct Flavour {
  const char* name;
  // The server has this flavour, or a later row's, when it takes probe_sql, or
  // understands it and says that we may not; null: it has it.
  const char* probe_sql;
  bool gtid_domains;        // MariaDB's transaction numbers
  // MySQL keeps the relay log when both replication threads were stopped, and
  // cuts off a dead source at once.
  bool keeps_relay_log;
  // A transaction counts as received from its first event on.
  bool counts_begun;
  const char* state_sql;    // one row, columns as facts.cc names them
  const char* replica_sql;  // a row for each replication channel
  const char* status_sql;   // name, value, the server's time: one statement,
                            // so that time minus uptime is exact; where
                            // state_sql does not tell, semi-sync's variables
  const char* applied_sql;  // one column pos: what the applier has executed
  const char* binlog_sql;   // the filters of the binary log
  // A statement that never changes anything: the rights to all of it are
  // looked at first, then the last value makes no sense (1231,
  // ER_WRONG_VALUE_FOR_VAR). The rights are those to end sessions, to stop
  // replication and to set read_only; MySQL 8 has one to end sessions that no
  // variable asks for.
  const char* rights_sql;
  // Columns of replica_sql.
  const char* source_host;
  const char* source_port;
  const char* io_running;
  const char* sql_running;
  const char* sql_state;
  const char* lag;
  const char* source_id;
  const char* source_log;   // "" until the source has accepted our position
  const char* channel;
  const char* received;
  // Replication.
  const char* start_applier;
  const char* start_receiver;
  const char* stop_receiver;
  const char* stop_applier;
  const char* start_all;
  const char* stop_all;
  const char* forget_source;
  // Both threads are down: the applier goes on in the relay log that is named
  // after this, which nobody purges then. And no longer lags by order.
  const char* adopt;
  const char* no_delay;
  // See follow_sql(): %h host, %p port, %u user, %w password.
  const char* follow;
  // After read_only is set and all sessions are ended: keep out those whom
  // read_only does not; null where there is nothing better.
  const char* seal;
};

// The table, most telling probe first; the last row has no probe.
extern const Flavour kFlavours[];

// The statement that names the source; the strings are quoted SQL already.
std::string follow_sql(const Flavour& flavour, const std::string& host,
                       unsigned port, const std::string& user,
                       const std::string& password);

// What is added to it for TLS; strings quoted, "''" for none.
std::string follow_tls_sql(const Flavour& flavour, bool verify,
                           const std::string& ca, const std::string& cert,
                           const std::string& key);

// Semi-sync: absent, or one of the sets of names that its plug-ins came with.
struct SemiSync {
  const char* primary_enabled;  // variables: the row is the first of which
  const char* replica_enabled;  // all three exist
  const char* wait_point;       // null: it has none
  const char* off;              // the primary side
  const char* off_and_ready;    // and how it is to wait when it is switched on
  const char* on;
  const char* replica_on;
};

extern const SemiSync kSemiSyncs[];
extern const unsigned kSemiSyncCount;
const unsigned kMariadbSemiSync = 1;  // built in: nothing to ask for

}  // namespace promote

#endif
