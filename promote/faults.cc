// The table of faults, and their code.
#include "promote/faults.h"

#include <inttypes.h>

#include "lib/text.h"

namespace promote {

namespace {

const bool kPairing = true, kTakeover = true, kNo = false;

const FaultRow kTable[] = {
    // ---- asking it
    {"login-refused", kNo, kTakeover, "the server refuses our login",
     "the account, its password and the hosts it may come from: grants.sql(5)",
     nullptr},
    {"password-expired", kNo, kTakeover,
     "the password of our account has expired",
     "ALTER USER ... PASSWORD EXPIRE NEVER", nullptr},
    {"host-blocked", kNo, kTakeover, "the server has blocked this host",
     "FLUSH LOCAL HOSTS, and a larger max_connect_errors",
     "max_connect_errors = 1000000"},
    {"right-missing", kNo, kTakeover, "our account lacks a right",
     "see grants.sql(5)", nullptr},
    {"too-many-connections", kNo, kNo,
     "the server has no connection left for our account",
     "GRANT CONNECTION ADMIN (SUPER in MySQL 5) to it, or more "
     "max_connections", nullptr},
    {"out-of-threads", kNo, kNo, "the server can start no thread",
     "its memory, and the limits of its user", nullptr},
    {"statement-failed", kNo, kNo, "the server answers a question with an error",
     "see the log for its number", nullptr},
    {"value-too-long", kNo, kNo, "a value of more than 128 bytes is not told",
     "fewer GTID domains or server UUIDs: see mysqlchk(8)", nullptr},
    // ---- a replica
    {"applier-broken", kNo, kTakeover, "the applier stopped at an error",
     "repair it, see promote(8); what it has received is kept", nullptr},
    {"applier-stopped", kNo, kNo, "somebody stopped the applier",
     "START SLAVE SQL_THREAD; a takeover starts it", nullptr},
    {"applier-delayed", kNo, kNo, "the applier lags or ends by order (MASTER_DELAY, UNTIL)",
     "CHANGE MASTER TO MASTER_DELAY = 0; a takeover does not wait for it",
     nullptr},
    {"receiver-broken", kNo, kNo, "the receiver stopped at an error",
     "see its SHOW SLAVE STATUS", nullptr},
    {"replica-filter", kPairing, kTakeover,
     "a filter keeps part of what is replicated away from this server",
     "no replicate_* setting, no DO_ or IGNORE_ in CHANGE MASTER", nullptr},
    {"errors-skipped", kPairing, kTakeover,
     "the applier passes over errors, and over the rows behind them",
     "SET GLOBAL slave_exec_mode = STRICT; no slave_skip_errors",
     "slave_exec_mode = STRICT"},
    {"named-channel", kPairing, kTakeover,
     "a replication channel with a name, or more than one",
     "the pair's is the one without a name", nullptr},
    {"file-position", kPairing, kNo,
     "it replicates by file and position, not by GTID",
     "MASTER_USE_GTID = slave_pos, in MySQL MASTER_AUTO_POSITION = 1: rejoin "
     "does it", nullptr},
    {"writable-replica", kNo, kNo, "a replica that can be written to",
     "SET GLOBAL read_only = 1; hbd has it done when it follows",
     "read_only = 1"},
    // ---- its own log
    {"no-binlog", kPairing, kNo, "the server writes no binary log",
     "set it, restart the server", "log_bin = binlog"},
    {"binlog-filter", kPairing, kNo,
     "a filter keeps databases out of the binary log",
     "no binlog_do_db, no binlog_ignore_db", nullptr},
    {"no-gtid", kPairing, kNo, "GTIDs are not on", "see my.cnf.d(5)",
     "gtid_mode = ON"},
    {"updates-not-logged", kPairing, kNo,
     "what is replicated here is not in the binary log",
     "set it, restart the server: or this pair can never be rejoined",
     "log_slave_updates = 1"},
    {"statement-format", kPairing, kNo,
     "statements are replicated, not rows: the same one may do something else",
     "SET GLOBAL binlog_format = ROW", "binlog_format = ROW"},
    {"mixed-format", kNo, kNo, "some statements are replicated, not rows",
     "SET GLOBAL binlog_format = ROW", "binlog_format = ROW"},
    {"sync-binlog", kNo, kNo,
     "a crash of the host may lose the end of the binary log",
     "SET GLOBAL sync_binlog = 1", "sync_binlog = 1"},
    {"log-flush", kNo, kNo, "a crash of the host may lose the last commits",
     "SET GLOBAL innodb_flush_log_at_trx_commit = 1",
     "innodb_flush_log_at_trx_commit = 1"},
    // ---- semi-sync
    {"no-semi-sync", kPairing, kNo, "the server has no semi-sync",
     "load its plug-ins, see my.cnf.d(5)", nullptr},
    {"after-commit", kPairing, kNo,
     "others see a commit before the replica has it",
     "wait_point = AFTER_SYNC: promote sets it when it makes the pair",
     "rpl_semi_sync_master_wait_point = AFTER_SYNC"},
    {"semi-sync-bounded", kPairing, kNo,
     "a commit is acknowledged without the replica after a while",
     "timeout = 4294967295, wait_no_slave = 1: promote sets both",
     "rpl_semi_sync_master_timeout = 4294967295"},
    {"strangers", kPairing, kNo,
     "more than one replica acknowledges: a commit may be on the other one only",
     "rpl_semi_sync_slave_enabled = 0 on whatever is not of the pair",
     nullptr},
    {"same-server-id", kPairing, kNo, "both servers have one server_id",
     "another one on each, restart the server", "server_id = 2"},
    // ---- it answers, and commits nothing
    {"disk-full", kNo, kTakeover, "the server waits for room on its disk",
     "free some; an owner gives way to a peer that may take over", nullptr},
    {"commits-stalled", kNo, kTakeover,
     "commits do not end, and wait for no replica",
     "its disk, see its process list; an owner gives way to a peer that may "
     "take over", nullptr},
    // ---- its files
    {"boots-writable", kNo, kNo,
     "the server's files let it boot as one that can be written to",
     "read_only = ON in them; promote makes a primary at run time",
     "read_only = ON"},
    // ---- a replica, again
    {"received-lost", kPairing, kTakeover,
     "the relay log was thrown away before all of it was applied",
     "a source that lives sends it again; beside a dead one never STOP and "
     "START SLAVE: have it back",
     nullptr},
    {"replica-async", kPairing, kNo,
     "the replica acknowledges nothing: its side of semi-sync is off",
     "SET GLOBAL rpl_semi_sync_slave_enabled = 1, and STOP and START SLAVE "
     "IO_THREAD", "rpl_semi_sync_slave_enabled = 1"},
    // ---- it answers, and takes no writes
    {"writes-refused", kNo, kTakeover,
     "the server would refuse writes, though it were the primary",
     "tx_read_only, transaction_read_only, offline_mode and innodb_read_only "
     "OFF", nullptr},
    // ---- what a fault that is cured has left behind
    {"data-missing", kPairing, kTakeover,
     "a filter, an error passed over, or a server_id like its source's, has "
     "kept data away from this server",
     "rebuild it, then mysqlchk same local", nullptr},
    {"data-unsent", kPairing, kNo,
     "a stopped or filtered binary log, or another server_id, has kept data "
     "away from the replica",
     "rebuild the replica, then here: mysqlchk same local", nullptr},
    // ---- files of ours, which a switch needs
    {"config-wrong", kNo, kTakeover, "promote could not read its file",
     "promote -t says what is wrong", nullptr},
    {"state-unwritable", kNo, kTakeover, "hbd could not write its state",
     "room on the disk of /var/lib/tandem, or another one", nullptr},
};

static_assert(sizeof kTable / sizeof kTable[0] == kFaultCount,
              "a row for each fault");
static_assert(kFaultCount < 64, "a bit for each fault");

Fault at(unsigned i) { return static_cast<Fault>(i); }

}  // namespace

const FaultRow& fault_row(Fault f) { return kTable[static_cast<unsigned>(f)]; }

const char* stops_text(const FaultRow& row) {
  return row.stops_pairing && row.stops_takeover ? "stops pairing and takeover"
         : row.stops_pairing                     ? "stops pairing"
         : row.stops_takeover                    ? "stops a takeover"
                                                 : "stops nothing";
}

bool find_fault(const std::string& name, Fault* out) {
  for (unsigned i = 0; i < kFaultCount; ++i) {
    if (name != kTable[i].name) continue;
    *out = at(i);
    return true;
  }
  return false;
}

std::vector<Fault> Faults::list() const {
  std::vector<Fault> out;
  for (unsigned i = 0; i < kFaultCount; ++i) {
    if (has(at(i))) out.push_back(at(i));
  }
  return out;
}

template <class Is>
Faults Faults::select(Is is) const {
  Faults out;
  for (Fault f : list()) {
    if (is(f)) out.add(f);
  }
  return out;
}

Faults Faults::stopping_pairing() const {
  return select([](Fault f) { return fault_row(f).stops_pairing; });
}

Faults Faults::stopping_takeover() const {
  return select([](Fault f) { return fault_row(f).stops_takeover; });
}

Faults Faults::of_account() const {
  return select([](Fault f) { return f <= Fault::OutOfThreads; });
}

Faults Faults::of_writing() const {
  return select([](Fault f) {
    return f == Fault::DiskFull || f == Fault::CommitsStalled ||
           f == Fault::WritesRefused;
  });
}

std::string Faults::names() const {
  std::string out;
  for (Fault f : list()) {
    out += (out.empty() ? "" : ", ") + std::string(fault_row(f).name);
  }
  return out;
}

std::string Faults::code() const {
  return empty() ? "" : tandem::format("%" PRIx64, bits_);
}

Faults Faults::of_code(const std::string& code) {
  uint64_t bits = 0;
  for (char c : code) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return Faults();
    bits = bits << 4 | static_cast<uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  Faults out;
  out.bits_ = bits & ((1ull << kFaultCount) - 1);
  return out;
}

}  // namespace promote
