#include "promote/facts.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include <algorithm>

#include "lib/text.h"

namespace promote {

namespace {

bool is_on(const std::string& value) {
  return value != "0" && strcasecmp(value.c_str(), "OFF") != 0 &&
         !value.empty();
}

std::string small_letters(std::string s) {
  for (size_t k = 0; k < s.size(); ++k) {
    if (s[k] >= 'A' && s[k] <= 'Z') s[k] += 'a' - 'A';
  }
  return s;
}

bool take_state(const Flavour& flavour, const Rows& rows, Facts* f) {
  if (rows.rows.size() != 1) return false;
  f->read_only = is_on(rows.get(0, "read_only"));
  f->server_id = rows.get(0, "server_id");
  f->port = rows.get(0, "port");
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

// The columns differ from server to server; all of a filter begin alike.
bool has_filter(const Rows& rows, size_t row) {
  static const char kBegin[] = "Replicate_";
  for (size_t i = 0; i < rows.names.size(); ++i) {
    if (strncasecmp(rows.names[i].c_str(), kBegin, sizeof kBegin - 1) == 0 &&
        !rows.rows[row][i].empty()) {
      return true;
    }
  }
  return false;
}

bool take_replica(const Flavour& flavour, const Rows& rows, Facts* f) {
  f->replicates = !rows.rows.empty();
  if (!f->replicates) return true;
  Replica* r = &f->replica;
  r->channel = rows.get(0, flavour.channel);
  r->source_host = rows.get(0, flavour.source_host);
  r->source_port = rows.get(0, flavour.source_port);
  r->source_id = rows.get(0, flavour.source_id);
  r->accepted = !rows.get(0, flavour.source_log).empty();
  r->filtered = has_filter(rows, 0);
  r->by_gtid = flavour.gtid_domains ? rows.get(0, "Using_Gtid") != "No"
                                    : rows.get(0, "Auto_Position") == "1";
  const std::string until = rows.get(0, "Until_Condition");
  r->by_order = is_on(rows.get(0, "SQL_Delay")) ||
                (!until.empty() && until != "None");
  const std::string io = rows.get(0, flavour.io_running);
  r->io = io == "Yes"  ? Receiver::Yes
          : io == "No" ? Receiver::No
                       : Receiver::Connecting;
  r->sql_running = rows.get(0, flavour.sql_running) == "Yes";
  r->lag = rows.get(0, flavour.lag);
  r->io_errno = rows.get(0, "Last_IO_Errno");
  r->io_error = rows.get(0, "Last_IO_Error");
  r->sql_errno = rows.get(0, "Last_SQL_Errno");
  r->sql_error = rows.get(0, "Last_SQL_Error");
  r->relay_file = rows.get(0, "Relay_Log_File");
  r->relay_pos = rows.get(0, "Relay_Log_Pos");
  if (rows.rows.size() > 1 && r->channel.empty()) {
    r->channel = rows.get(1, flavour.channel);
  }
  return parse_gtids(rows.get(0, flavour.received), &r->io_pos);
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

// A negative one is told with its sign, or as a number of 64 bits, by the
// server's version.
bool parse_uptime(const std::string& text, uint64_t* out) {
  const bool negative = !text.empty() && text[0] == '-';
  uint64_t n;
  if (!tandem::parse_u64(text.substr(negative ? 1 : 0), UINT64_MAX, &n)) {
    return false;
  }
  *out = negative ? 0 - n : n;
  return true;
}

bool take_status(const Rows& rows, Facts* f) {
  uint64_t now_s = 0;
  std::map<std::string, std::string> values;
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (rows.rows[i].size() != 3) return false;
    values[small_letters(rows.rows[i][0])] = rows.rows[i][1];
    if (!tandem::parse_u64(rows.rows[i][2], UINT64_MAX, &now_s)) return false;
  }
  if (!parse_uptime(values["uptime"], &f->uptime_s)) return false;
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
  // Of a clock that was put before the start the uptime is below nothing, which
  // this undoes.
  f->started_s = now_s - f->uptime_s;
  return true;
}

bool take_settings(const Rows& rows, Facts* f) {
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    if (rows.rows[i].size() != 2) return false;
    f->settings[small_letters(rows.rows[i][0])] = rows.rows[i][1];
  }
  return !f->settings.empty();
}

bool take_sessions(const Rows& rows, Facts* f) {
  return tandem::parse_u64(rows.get(0, "committing"), UINT64_MAX,
                           &f->sessions.committing) &&
         tandem::parse_u64(rows.get(0, "acks"), UINT64_MAX,
                           &f->sessions.awaiting_ack) &&
         tandem::parse_u64(rows.get(0, "space"), UINT64_MAX,
                           &f->sessions.awaiting_space);
}

// A server without a binary log answers with no row. So does one that could not
// begin its next file: it goes on without, and with log_bin ON (MariaDB; MySQL
// with binlog_error_action = IGNORE_ERROR).
bool take_binlog(const Rows& rows, Facts* f) {
  f->binlog_stopped = rows.rows.empty();
  f->binlog_filtered = !rows.get(0, "Binlog_Do_DB").empty() ||
                       !rows.get(0, "Binlog_Ignore_DB").empty();
  return true;
}

// Has one of the settings this value? One that the server does not know has
// none.
bool is_set(const Facts& f, const char* names, const char* value) {
  std::string rest = names;
  while (!rest.empty()) {
    const size_t n = std::min(rest.find(' '), rest.size());
    const auto it = f.settings.find(rest.substr(0, n));
    if (it != f.settings.end() &&
        strcasecmp(it->second.c_str(), value) == 0) {
      return true;
    }
    rest.erase(0, n + 1);
  }
  return false;
}

// The other way round: it knows one, and none has this value.
bool is_not(const Facts& f, const char* names, const char* value) {
  std::string rest = names;
  bool known = false;
  while (!rest.empty()) {
    const size_t n = std::min(rest.find(' '), rest.size());
    known = known || f.settings.count(rest.substr(0, n)) > 0;
    rest.erase(0, n + 1);
  }
  return known && !is_set(f, names, value);
}

void judge_replica(const Facts& f, Faults* out) {
  const Replica& r = f.replica;
  const bool error = !r.sql_errno.empty() && r.sql_errno != "0";
  if (!r.sql_running) {
    out->add(error ? Fault::ApplierBroken : Fault::ApplierStopped);
  }
  const bool received_badly = !r.io_errno.empty() && r.io_errno != "0";
  if (r.io == Receiver::No && received_badly) out->add(Fault::ReceiverBroken);
  if (r.by_order) out->add(Fault::ApplierDelayed);
  if (r.filtered ||
      is_not(f, "replicate_events_marked_for_skip", "REPLICATE")) {
    out->add(Fault::ReplicaFilter);
  }
  if (!r.channel.empty()) out->add(Fault::NamedChannel);
  // With the receiver down it may be promote that has the applier go on so.
  if (!r.by_gtid && r.io != Receiver::No) out->add(Fault::FilePosition);
  if (!f.read_only) out->add(Fault::WritableReplica);
  if (r.source_id == f.server_id) out->add(Fault::SameServerId);
  if (f.semi && !f.semi_replica) out->add(Fault::ReplicaAsync);
  if (is_set(f, "slave_exec_mode replica_exec_mode", "IDEMPOTENT") ||
      is_not(f, "slave_skip_errors replica_skip_errors", "OFF") ||
      is_not(f, "sql_slave_skip_counter sql_replica_skip_counter", "0")) {
    out->add(Fault::ErrorsSkipped);
  }
}

void judge_settings(const Facts& f, Faults* out) {
  if (is_set(f, "log_bin sql_log_bin", "OFF") || f.binlog_stopped) {
    out->add(Fault::NoBinlog);
  }
  if (f.binlog_filtered) out->add(Fault::BinlogFilter);
  if (is_not(f, "gtid_mode", "ON")) out->add(Fault::NoGtid);
  if (is_set(f, "log_slave_updates log_replica_updates", "OFF")) {
    out->add(Fault::UpdatesNotLogged);
  }
  if (is_set(f, "binlog_format", "STATEMENT")) {
    out->add(Fault::StatementFormat);
  }
  if (is_set(f, "tx_read_only transaction_read_only offline_mode "
                "innodb_read_only", "ON")) {
    out->add(Fault::WritesRefused);
  }
  if (is_set(f, "binlog_format", "MIXED")) out->add(Fault::MixedFormat);
  if (is_not(f, "sync_binlog", "1")) out->add(Fault::SyncBinlog);
  // MariaDB's 3 is 1 with one flush more.
  if (is_not(f, "innodb_flush_log_at_trx_commit", "1") &&
      !is_set(f, "innodb_flush_log_at_trx_commit", "3")) {
    out->add(Fault::LogFlush);
  }
}

// While the primary side is off, nothing of it matters; who switches it on sets
// it as it has to be.
void judge_semi_sync(const Facts& f, Faults* out) {
  if (!f.semi) out->add(Fault::NoSemiSync);
  if (!f.semi_primary) return;
  if (f.semi_clients > 1) out->add(Fault::Strangers);
  if (is_set(f, "rpl_semi_sync_master_wait_point "
                "rpl_semi_sync_source_wait_point", "AFTER_COMMIT")) {
    out->add(Fault::AfterCommit);
  }
  if (is_not(f, "rpl_semi_sync_master_timeout rpl_semi_sync_source_timeout",
             "4294967295") ||
      is_set(f, "rpl_semi_sync_master_wait_no_slave "
                "rpl_semi_sync_source_wait_no_replica", "OFF")) {
    out->add(Fault::SemiSyncBounded);
  }
}

}  // namespace

Facts::Facts()
    : flavour(nullptr), read_only(false), semi(nullptr), semi_primary(false),
      semi_replica(false), replicates(false), started_s(0), uptime_s(0),
      semi_primary_on(false), semi_replica_on(false), semi_clients(0),
      binlog_filtered(false), binlog_stopped(false) {}

std::string Facts::instance() const {
  if (uptime_s < 1) return std::string();
  return tandem::format("%" PRIu64, started_s);
}

const char* facts_sql(const Flavour& flavour, unsigned i) {
  // States of MariaDB, MySQL 5.6 and 5.7, MySQL 8; of MySQL to 5.6 and
  // MariaDB, MySQL from 5.7 on.
  static const char kSessionsSql[] =
      "SELECT COUNT(CASE WHEN state IN ('Commit', 'query end', "
      "'waiting for handler commit') THEN 1 END) AS committing, "
      "COUNT(CASE WHEN state LIKE 'Waiting for semi-sync ACK%' THEN 1 END) "
      "AS acks, "
      "COUNT(CASE WHEN state IN ('Waiting for someone to free space', "
      "'Waiting for disk space') THEN 1 END) AS space "
      "FROM information_schema.processlist";
  // One that a server does not know is not in its answer.
  static const char kSettingsSql[] =
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', 'sql_log_bin', "
      "'log_slave_updates', 'log_replica_updates', 'binlog_format', "
      "'sync_binlog', 'innodb_flush_log_at_trx_commit', 'gtid_mode', "
      "'slave_exec_mode', 'replica_exec_mode', 'slave_skip_errors', "
      "'replica_skip_errors', 'sql_slave_skip_counter', "
      "'sql_replica_skip_counter', 'replicate_events_marked_for_skip', "
      "'rpl_semi_sync_master_wait_point', 'rpl_semi_sync_source_wait_point', "
      "'rpl_semi_sync_master_timeout', 'rpl_semi_sync_source_timeout', "
      "'rpl_semi_sync_master_wait_no_slave', "
      "'rpl_semi_sync_source_wait_no_replica', 'tx_read_only', "
      "'transaction_read_only', 'offline_mode', 'innodb_read_only')";
  const char* const all[kSettingsQueries] = {
      flavour.state_sql, flavour.replica_sql, flavour.status_sql, kSessionsSql,
      kSettingsSql, flavour.binlog_sql};
  return all[i];
}

bool take_facts(const Flavour& flavour, unsigned i, const Rows& rows,
                Facts* facts) {
  facts->flavour = &flavour;
  if (i == 0) return take_state(flavour, rows, facts);
  if (i == 1) return take_replica(flavour, rows, facts);
  if (i == 2) return take_status(rows, facts);
  if (i == 3) return take_sessions(rows, facts);
  return i == kBinlogQuery ? take_binlog(rows, facts)
                           : take_settings(rows, facts);
}

Faults faults_of(const Facts& f) {
  Faults out;
  if (f.sessions.awaiting_space > 0) out.add(Fault::DiskFull);
  if (f.replicates) judge_replica(f, &out);
  if (f.settings.empty()) return out;
  judge_settings(f, &out);
  judge_semi_sync(f, &out);
  return out;
}

}  // namespace promote
