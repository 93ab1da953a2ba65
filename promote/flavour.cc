#include "promote/flavour.h"

#include "lib/text.h"

namespace promote {

#define STATUS_NAMES                                                     \
  "('uptime','rpl_semi_sync_master_status','rpl_semi_sync_slave_status'," \
  "'rpl_semi_sync_master_clients','rpl_semi_sync_source_status',"        \
  "'rpl_semi_sync_replica_status','rpl_semi_sync_source_clients')"

#define STATUS_FROM(schema)                                      \
  "SELECT variable_name, variable_value, UNIX_TIMESTAMP() FROM " \
  schema ".global_status WHERE variable_name IN " STATUS_NAMES

#define STATUS_AND_VARIABLES_FROM(schema)                           \
  STATUS_FROM(schema) " UNION ALL "                                 \
  "SELECT variable_name, variable_value, UNIX_TIMESTAMP() FROM "    \
  schema ".global_variables WHERE variable_name IN "                \
  "('rpl_semi_sync_master_enabled','rpl_semi_sync_slave_enabled'," \
  "'rpl_semi_sync_source_enabled','rpl_semi_sync_replica_enabled'," \
  "'rpl_semi_sync_master_wait_point','rpl_semi_sync_source_wait_point')"

#define MYSQL_STATE                                                    \
  "SELECT @@global.read_only AS read_only, @@global.server_id AS server_id, " \
  "@@port AS port, @@global.gtid_executed AS executed"
#define MYSQL_APPLIED "SELECT @@global.gtid_executed AS pos"

#define SLAVE_COLUMNS                                                   \
  "Master_Host", "Master_Port", "Slave_IO_Running", "Slave_SQL_Running", \
  "Slave_SQL_Running_State", "Seconds_Behind_Master", "Master_Server_Id",  \
  "Master_Log_File"
#define REPLICA_COLUMNS                                          \
  "Source_Host", "Source_Port", "Replica_IO_Running",            \
  "Replica_SQL_Running", "Replica_SQL_Running_State",            \
  "Seconds_Behind_Source", "Source_Server_Id", "Source_Log_File"

#define REPLICATION(REPLICA)                                          \
  "START " REPLICA " SQL_THREAD", "START " REPLICA " IO_THREAD",      \
  "STOP " REPLICA " IO_THREAD", "STOP " REPLICA " SQL_THREAD",        \
  "START " REPLICA, "STOP " REPLICA, "RESET " REPLICA " ALL"
#define ADOPT(option) "CHANGE MASTER TO MASTER_" option, ", MASTER_DELAY=0"

#define CHANGE_MASTER                                                 \
  "CHANGE MASTER TO MASTER_HOST=%h, MASTER_PORT=%p, MASTER_USER=%u, " \
  "MASTER_PASSWORD=%w, MASTER_CONNECT_RETRY=1, "                      \
  "MASTER_HEARTBEAT_PERIOD=0.5, "

#define MASTER_STATUS "SHOW MASTER STATUS"

#define SAME(variable) "GLOBAL " variable "=@@global." variable ", "
#define NONSENSE "GLOBAL read_only='may it be set?'"
#define RIGHTS                                             \
  "SET " SAME("max_connections") SAME("slave_net_timeout") \
  SAME("rpl_semi_sync_master_enabled") NONSENSE
#define MYSQL_RIGHTS "SET " SAME("max_connections") NONSENSE

const char kSeal[] = "SET GLOBAL super_read_only=1";

const Flavour kFlavours[] = {
    {"mariadb", "SELECT @@gtid_domain_id", true, false, false,
     "SELECT @@global.read_only AS read_only, @@global.server_id AS server_id, "
     "@@port AS port, @@gtid_binlog_pos AS binlog_pos, @@gtid_slave_pos AS slave_pos, "
     "@@gtid_binlog_state AS binlog_state, "
     "@@rpl_semi_sync_master_enabled AS semi_primary, "
     "@@rpl_semi_sync_slave_enabled AS semi_replica",
     "SHOW ALL SLAVES STATUS", STATUS_FROM("information_schema"),
     "SELECT @@gtid_slave_pos AS pos", MASTER_STATUS, RIGHTS, SLAVE_COLUMNS,
     "Connection_name", "Gtid_IO_Pos", REPLICATION("SLAVE"),
     ADOPT("USE_GTID=no"),
     CHANGE_MASTER "MASTER_USE_GTID=slave_pos", nullptr},
    {"mysql-8.2", "SHOW BINARY LOG STATUS", false, true, false, MYSQL_STATE,
     "SHOW REPLICA STATUS", STATUS_AND_VARIABLES_FROM("performance_schema"),
     MYSQL_APPLIED, "SHOW BINARY LOG STATUS", MYSQL_RIGHTS, REPLICA_COLUMNS,
     "Channel_Name", "Retrieved_Gtid_Set", REPLICATION("REPLICA"),
     "CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION=0",
     ", SOURCE_DELAY=0",
     "CHANGE REPLICATION SOURCE TO SOURCE_HOST=%h, SOURCE_PORT=%p, "
     "SOURCE_USER=%u, SOURCE_PASSWORD=%w, SOURCE_CONNECT_RETRY=1, "
     "SOURCE_HEARTBEAT_PERIOD=0.5, SOURCE_RETRY_COUNT=86400, "
     "GET_SOURCE_PUBLIC_KEY=1, SOURCE_AUTO_POSITION=1", kSeal},
    {"mysql-8.0.22", "SHOW REPLICA STATUS", false, true, false, MYSQL_STATE,
     "SHOW REPLICA STATUS", STATUS_AND_VARIABLES_FROM("performance_schema"),
     MYSQL_APPLIED, MASTER_STATUS, MYSQL_RIGHTS, REPLICA_COLUMNS,
     "Channel_Name", "Retrieved_Gtid_Set", REPLICATION("REPLICA"),
     ADOPT("AUTO_POSITION=0"),
     CHANGE_MASTER "GET_MASTER_PUBLIC_KEY=1, MASTER_AUTO_POSITION=1", kSeal},
    {"mysql-5.7", "SELECT 1 FROM performance_schema.global_status LIMIT 1",
     false, true, false, MYSQL_STATE, "SHOW SLAVE STATUS",
     STATUS_AND_VARIABLES_FROM("performance_schema"), MYSQL_APPLIED,
     MASTER_STATUS, MYSQL_RIGHTS, SLAVE_COLUMNS, "Channel_Name",
     "Retrieved_Gtid_Set",
     REPLICATION("SLAVE"), ADOPT("AUTO_POSITION=0"),
     CHANGE_MASTER "MASTER_AUTO_POSITION=1", kSeal},
    {"mysql-5.6", nullptr, false, true, true, MYSQL_STATE, "SHOW SLAVE STATUS",
     STATUS_AND_VARIABLES_FROM("information_schema"), MYSQL_APPLIED,
     MASTER_STATUS, MYSQL_RIGHTS, SLAVE_COLUMNS, "Channel_Name",
     "Retrieved_Gtid_Set",
     REPLICATION("SLAVE"), ADOPT("AUTO_POSITION=0"),
     CHANGE_MASTER "MASTER_AUTO_POSITION=1", nullptr},
};

std::string follow_sql(const Flavour& flavour, const std::string& host,
                       unsigned port, const std::string& user,
                       const std::string& password) {
  std::string out;
  for (const char* p = flavour.follow; *p; ++p) {
    if (*p != '%') {
      out += *p;
      continue;
    }
    ++p;
    out += *p == 'h'   ? host
           : *p == 'p' ? std::to_string(port)
           : *p == 'u' ? user
                       : password;
  }
  return out;
}

std::string follow_tls_sql(const Flavour& flavour, bool verify,
                           const std::string& ca, const std::string& cert,
                           const std::string& key) {
  const std::string ssl =
      tandem::starts_with(flavour.follow, "CHANGE MASTER") ? ", MASTER_SSL"
                                                           : ", SOURCE_SSL";
  return ssl + "=1" + ssl + "_VERIFY_SERVER_CERT=" + (verify ? "1" : "0") +
         ssl + "_CA=" + ca + ssl + "_CERT=" + cert + ssl + "_KEY=" + key;
}

// How it is to wait: for ever, for a replica that is not there as well, and
// with AFTER_SYNC, before anybody sees the commit.
#define WAITS(primary, replica)               \
  "GLOBAL rpl_semi_sync_" primary "_timeout=4294967295, " \
  "GLOBAL rpl_semi_sync_" primary "_wait_no_" replica "=1"
#define SEMI_SYNC(primary, replica, point, waits)                          \
  "rpl_semi_sync_" primary "_enabled", "rpl_semi_sync_" replica "_enabled", \
  point, "SET GLOBAL rpl_semi_sync_" primary "_enabled=0",                 \
  "SET GLOBAL rpl_semi_sync_" primary "_enabled=0, " waits,                \
  "SET " waits ", GLOBAL rpl_semi_sync_" primary "_enabled=1",             \
  "SET GLOBAL rpl_semi_sync_" replica "_enabled=1"
#define POINT(primary) "rpl_semi_sync_" primary "_wait_point"
#define LOSSLESS(primary) ", GLOBAL " POINT(primary) "=AFTER_SYNC"

const SemiSync kSemiSyncs[] = {
    {SEMI_SYNC("source", "replica", POINT("source"),
               WAITS("source", "replica") LOSSLESS("source"))},
    {SEMI_SYNC("master", "slave", POINT("master"),
               WAITS("master", "slave") LOSSLESS("master"))},
    {SEMI_SYNC("master", "slave", nullptr, WAITS("master", "slave"))},
};
const unsigned kSemiSyncCount = sizeof kSemiSyncs / sizeof kSemiSyncs[0];

}  // namespace promote
