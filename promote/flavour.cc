#include "promote/flavour.h"

namespace promote {

#define STATUS_NAMES                                                     \
  "('uptime','rpl_semi_sync_master_status','rpl_semi_sync_slave_status'," \
  "'rpl_semi_sync_master_clients','rpl_semi_sync_source_status',"        \
  "'rpl_semi_sync_replica_status','rpl_semi_sync_source_clients')"

#define STATUS_FROM(table)                                       \
  "SELECT variable_name, variable_value, UNIX_TIMESTAMP() FROM " \
  table " WHERE variable_name IN " STATUS_NAMES

#define MYSQL_STATE                                                    \
  "SELECT @@global.read_only AS read_only, @@server_id AS server_id, " \
  "@@global.gtid_executed AS executed"

const Flavour kFlavours[] = {
    {"mariadb", "SELECT @@gtid_domain_id", true,
     "SELECT @@global.read_only AS read_only, @@server_id AS server_id, "
     "@@gtid_binlog_pos AS binlog_pos, @@gtid_slave_pos AS slave_pos, "
     "@@gtid_binlog_state AS binlog_state, "
     "@@rpl_semi_sync_master_enabled AS semi_primary, "
     "@@rpl_semi_sync_slave_enabled AS semi_replica",
     "SHOW ALL SLAVES STATUS", STATUS_FROM("information_schema.global_status"),
     "Master_Host", "Master_Port", "Slave_IO_Running", "Slave_SQL_Running",
     "Seconds_Behind_Master", "Connection_name"},
    {"mysql-8.0.22", "SHOW REPLICA STATUS", false, MYSQL_STATE,
     "SHOW REPLICA STATUS", STATUS_FROM("performance_schema.global_status"),
     "Source_Host", "Source_Port", "Replica_IO_Running",
     "Replica_SQL_Running", "Seconds_Behind_Source", "Channel_Name"},
    {"mysql-5.7", "SELECT 1 FROM performance_schema.global_status LIMIT 1",
     false, MYSQL_STATE, "SHOW SLAVE STATUS",
     STATUS_FROM("performance_schema.global_status"), "Master_Host",
     "Master_Port", "Slave_IO_Running", "Slave_SQL_Running",
     "Seconds_Behind_Master", "Channel_Name"},
    {"mysql-5.6", nullptr, false, MYSQL_STATE, "SHOW SLAVE STATUS",
     STATUS_FROM("information_schema.global_status"), "Master_Host",
     "Master_Port", "Slave_IO_Running", "Slave_SQL_Running",
     "Seconds_Behind_Master", "Channel_Name"},
};

}  // namespace promote
