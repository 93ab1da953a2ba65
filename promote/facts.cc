#include "promote/facts.h"

#include <inttypes.h>
#include <strings.h>

#include <map>

#include "lib/text.h"

namespace promote {

namespace {

bool is_on(const std::string& value) {
  return value != "0" && strcasecmp(value.c_str(), "OFF") != 0 &&
         !value.empty();
}

bool take_state(const Flavour& flavour, const Rows& rows, Facts* f) {
  if (rows.rows.size() != 1) return false;
  f->read_only = is_on(rows.get(0, "read_only"));
  f->server_id = rows.get(0, "server_id");
  if (!flavour.gtid_domains) {
    if (!parse_gtids(rows.get(0, "executed"), &f->executed)) return false;
    f->binlog_pos = f->slave_pos = f->binlog_state = f->executed;
    f->pos = format_gtids(f->executed);
    return true;
  }
  f->semi = &kSemiSyncs[kMariadbSemiSync];
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
  if (rows.rows.size() > 1 && f->channel.empty()) {
    f->channel = rows.get(1, flavour.channel);
  }
  return parse_gtids(rows.get(0, flavour.received), &f->io_pos);
}

// Which semi-sync it is, by the names of its variables.
void take_semi_sync(const std::map<std::string, std::string>& values,
                    Facts* f) {
  for (unsigned i = 0; i < kSemiSyncCount; ++i) {
    const SemiSync& s = kSemiSyncs[i];
    if (!values.count(s.primary_enabled) || !values.count(s.replica_enabled) ||
        (s.wait_point && !values.count(s.wait_point))) {
      continue;
    }
    f->semi = &s;
    f->semi_primary = is_on(values.find(s.primary_enabled)->second);
    f->semi_replica = is_on(values.find(s.replica_enabled)->second);
    return;
  }
}

bool take_status(const Rows& rows, Facts* f) {
  uint64_t now_s = 0;
  std::map<std::string, std::string> values;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (rows.rows[i].size() != 3) return false;
    std::string name = rows.rows[i][0];
    for (size_t k = 0; k < name.size(); ++k) {
      if (name[k] >= 'A' && name[k] <= 'Z') name[k] += 'a' - 'A';
    }
    values[name] = rows.rows[i][1];
    if (!tandem::parse_u64(rows.rows[i][2], UINT64_MAX, &now_s)) return false;
  }
  if (!tandem::parse_u64(values["uptime"], UINT64_MAX, &f->uptime_s)) {
    return false;
  }
  const std::string clients = values["rpl_semi_sync_master_clients"] +
                              values["rpl_semi_sync_source_clients"];
  if (!clients.empty() &&
      !tandem::parse_u64(clients, UINT64_MAX, &f->semi_clients)) {
    return false;
  }
  f->semi_primary_on = is_on(values["rpl_semi_sync_master_status"] +
                             values["rpl_semi_sync_source_status"]);
  f->semi_replica_on = is_on(values["rpl_semi_sync_slave_status"] +
                             values["rpl_semi_sync_replica_status"]);
  if (!f->semi) take_semi_sync(values, f);
  if (now_s < f->uptime_s) return false;
  f->started_s = now_s - f->uptime_s;
  return true;
}

}  // namespace

Facts::Facts()
    : flavour(nullptr), read_only(false), semi(nullptr), semi_primary(false),
      semi_replica(false), replicates(false), io(Receiver::No),
      sql_running(false), started_s(0), uptime_s(0), semi_primary_on(false),
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
  facts->flavour = &flavour;
  if (i == 0) return take_state(flavour, rows, facts);
  if (i == 1) return take_replica(flavour, rows, facts);
  return take_status(rows, facts);
}

}  // namespace promote
