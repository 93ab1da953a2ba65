// What differs between MariaDB and the generations of MySQL: one table, its
// row chosen by asking the server, never by its version number.
#ifndef TANDEM_PROMOTE_FLAVOUR_H
#define TANDEM_PROMOTE_FLAVOUR_H

namespace promote {

struct Flavour {
  const char* name;
  // The server has this flavour, or a later row's, when it takes probe_sql;
  // null: it has it.
  const char* probe_sql;
  bool gtid_domains;        // MariaDB's transaction numbers
  const char* state_sql;    // one row, columns as facts.cc names them
  const char* replica_sql;  // a row for each replication channel
  const char* status_sql;   // name, value, the server's time: one statement,
                            // so that time minus uptime is exact
  // Columns of replica_sql.
  const char* source_host;
  const char* source_port;
  const char* io_running;
  const char* sql_running;
  const char* lag;
  const char* channel;
};

// The table, most telling probe first; the last row has no probe.
extern const Flavour kFlavours[];

}  // namespace promote

#endif
