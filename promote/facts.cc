#include "promote/facts.h"

#include <inttypes.h>
#include <strings.h>

#include "lib/text.h"

namespace promote {

namespace {

bool is_on(const std::string& value) {
  return value != "0" && strcasecmp(value.c_str(), "OFF") != 0 &&
         !value.empty();
}

// MySQL breaks long sets into lines.
std::string without_blanks(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '\n' && s[i] != ' ') out += s[i];
  }
  return out;
}

bool take_state(const Flavour& flavour, const Rows& rows, Facts* f) {
  if (rows.rows.size() != 1) return false;
  f->read_only = is_on(rows.get(0, "read_only"));
  f->server_id = rows.get(0, "server_id");
  if (!flavour.gtid_domains) {
    f->pos = without_blanks(rows.get(0, "executed"));
    return true;
  }
  f->semi_primary = is_on(rows.get(0, "semi_primary"));
  f->semi_replica = is_on(rows.get(0, "semi_replica"));
  if (!parse_gtids(rows.get(0, "binlog_pos"), &f->binlog_pos) ||
      !parse_gtids(rows.get(0, "slave_pos"), &f->slave_pos) ||
      !parse_gtids(rows.get(0, "binlog_state"), &f->binlog_state)) {
    return false;
  }
  f->executed = latest(f->binlog_pos, f->slave_pos);
  f->pos = format_gtids(f->executed);
  return true;
}

bool take_replica(const Flavour& flavour, const Rows& rows, Facts* f) {
  f->replicates = !rows.rows.empty();
  if (!f->replicates) return true;
  f->channel = rows.get(0, flavour.channel);
  f->source_host = rows.get(0, flavour.source_host);
  f->source_port = rows.get(0, flavour.source_port);
  const std::string io = rows.get(0, flavour.io_running);
  f->io = io == "Yes"  ? Receiver::Yes
          : io == "No" ? Receiver::No
                       : Receiver::Connecting;
  f->sql_running = rows.get(0, flavour.sql_running) == "Yes";
  f->lag = rows.get(0, flavour.lag);
  f->io_errno = rows.get(0, "Last_IO_Errno");
  f->io_error = rows.get(0, "Last_IO_Error");
  f->sql_errno = rows.get(0, "Last_SQL_Errno");
  f->sql_error = rows.get(0, "Last_SQL_Error");
  f->relay_file = rows.get(0, "Relay_Log_File");
  f->relay_pos = rows.get(0, "Relay_Log_Pos");
  f->uses_slave_pos = rows.get(0, "Using_Gtid") == "Slave_Pos";
  if (rows.rows.size() > 1 && f->channel.empty()) {
    f->channel = rows.get(1, flavour.channel);
  }
  return !flavour.gtid_domains ||
         parse_gtids(rows.get(0, "Gtid_IO_Pos"), &f->io_pos);
}

bool take_status(const Rows& rows, Facts* f) {
  uint64_t now_s = 0;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (rows.rows[i].size() != 3) return false;
    const std::string& name = rows.rows[i][0];
    const std::string& value = rows.rows[i][1];
    if (!tandem::parse_u64(rows.rows[i][2], UINT64_MAX, &now_s)) return false;
    if (strcasecmp(name.c_str(), "uptime") == 0) {
      if (!tandem::parse_u64(value, UINT64_MAX, &f->uptime_s)) return false;
    } else if (strcasecmp(name.c_str(), "rpl_semi_sync_master_clients") == 0 ||
               strcasecmp(name.c_str(), "rpl_semi_sync_source_clients") == 0) {
      if (!tandem::parse_u64(value, UINT64_MAX, &f->semi_clients)) return false;
    } else if (strcasecmp(name.c_str(), "rpl_semi_sync_master_status") == 0 ||
               strcasecmp(name.c_str(), "rpl_semi_sync_source_status") == 0) {
      f->semi_primary_on = is_on(value);
    } else {
      f->semi_replica_on = is_on(value);
    }
  }
  if (now_s < f->uptime_s) return false;
  f->started_s = now_s - f->uptime_s;
  return true;
}

}  // namespace

Facts::Facts()
    : read_only(false), semi_primary(false), semi_replica(false),
      replicates(false), io(Receiver::No), sql_running(false),
      uses_slave_pos(false), started_s(0), uptime_s(0), semi_primary_on(false),
      semi_replica_on(false), semi_clients(0) {}

std::string Facts::instance() const {
  if (uptime_s < 1) return std::string();
  return tandem::format("%" PRIu64, started_s);
}

const char* facts_sql(const Flavour& flavour, unsigned i) {
  return i == 0   ? flavour.state_sql
         : i == 1 ? flavour.replica_sql
                  : flavour.status_sql;
}

bool take_facts(const Flavour& flavour, unsigned i, const Rows& rows,
                Facts* facts) {
  if (i == 0) return take_state(flavour, rows, facts);
  if (i == 1) return take_replica(flavour, rows, facts);
  return take_status(rows, facts);
}

}  // namespace promote
