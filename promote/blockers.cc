// What the server knows of its locks, asked for in the order of how much it
// says. A question that it does not understand is answered by the next one.
#include "promote/blockers.h"

#include <string>
#include <vector>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;

namespace {

const char kWaitingSql[] =
    "SELECT state FROM information_schema.processlist WHERE "
    "user='system user' AND (state LIKE 'Waiting for % lock' OR "
    "state='Waiting for table flush')";

// Rows that the applier wants, and somebody has.
const char kRowLocksSql[] =
    "SELECT DISTINCT b.trx_mysql_thread_id AS id "
    "FROM information_schema.innodb_lock_waits w "
    "JOIN information_schema.innodb_trx b ON b.trx_id=w.blocking_trx_id "
    "JOIN information_schema.innodb_trx r ON r.trx_id=w.requesting_trx_id "
    "JOIN information_schema.processlist p ON p.id=r.trx_mysql_thread_id "
    "WHERE p.user='system user'";
const char kNewRowLocksSql[] =
    "SELECT DISTINCT b.processlist_id AS id "
    "FROM performance_schema.data_lock_waits w "
    "JOIN performance_schema.threads b ON b.thread_id=w.blocking_thread_id "
    "JOIN performance_schema.threads r ON r.thread_id=w.requesting_thread_id "
    "WHERE r.processlist_user IS NULL AND b.processlist_user IS NOT NULL";

// Whoever has what the applier waits for: a thread that MariaDB gives no place
// in this table's process list, and MySQL does.
const char kMetadataLocksSql[] =
    "SELECT DISTINCT t.processlist_id AS id "
    "FROM performance_schema.metadata_locks l "
    "JOIN performance_schema.metadata_locks p "
    "ON p.lock_status='PENDING' AND p.object_type=l.object_type "
    "AND p.object_schema<=>l.object_schema AND p.object_name<=>l.object_name "
    "JOIN performance_schema.threads w ON w.thread_id=p.owner_thread_id "
    "LEFT JOIN information_schema.processlist a ON a.id=w.processlist_id "
    "JOIN performance_schema.threads t ON t.thread_id=l.owner_thread_id "
    "JOIN information_schema.processlist u ON u.id=t.processlist_id "
    "AND u.user<>'system user' "
    "WHERE (w.processlist_id IS NULL OR a.user='system user') "
    "AND l.lock_status='GRANTED' "
    "AND t.processlist_id<>CONNECTION_ID()";
// The plug-in does not know who waits: all of the kind that the applier waits
// for.
const char kLockInfoSql[] =
    "SELECT DISTINCT l.thread_id AS id "
    "FROM information_schema.metadata_lock_info l "
    "JOIN information_schema.processlist p ON p.id=l.thread_id "
    "WHERE p.user<>'system user' AND l.lock_type ";
const char kOfTables[] = "='Table metadata lock'";
const char kOfAll[] = "IN ('Backup lock', 'Global read lock', 'Commit lock')";

struct Blockage {
  std::string state;  // what the applier waits for; "": it does not
  std::vector<std::string> holders;  // sessions; none: the server cannot say
  std::string text;   // them, for people
};

std::vector<std::string> ids_of(Server* server, const std::string& sql,
                                uint64_t until_ms) {
  Rows rows;
  std::vector<std::string> out;
  if (server->query(sql, until_ms, &rows)) return out;
  for (size_t i = 0; i < rows.rows.size(); ++i) out.push_back(rows.get(i, "id"));
  return out;
}

Error describe(Server* server, uint64_t until_ms, Blockage* b) {
  if (b->holders.empty()) {
    b->text = "a session that this server cannot name";
    return Error::none();
  }
  Rows rows;
  Error e = server->query(
      "SELECT id, user, host, COALESCE(LEFT(info, 80), command) AS what "
      "FROM information_schema.processlist WHERE id IN (" +
          tandem::join(b->holders, ", ") + ")", until_ms, &rows);
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    b->text += (i > 0 ? ", " : "") + ("session " + rows.get(i, "id")) + " (" +
               rows.get(i, "user") + "@" + rows.get(i, "host") + ": " +
               rows.get(i, "what") + ")";
  }
  return e;
}

bool is_of_table(const std::string& state) {
  return state.find("table") != state.npos ||
         state.find("schema") != state.npos;
}

Error find_blockage(Server* server, uint64_t until_ms, Blockage* out) {
  Blockage b;
  Rows rows;
  Error e = server->query(kWaitingSql, until_ms, &rows);
  if (e) return e;
  if (!rows.rows.empty()) {
    b.state = rows.get(0, "state");
    b.holders = ids_of(server, kMetadataLocksSql, until_ms);
    if (b.holders.empty()) {
      b.holders = ids_of(server, std::string(kLockInfoSql) +
                         (is_of_table(b.state) ? kOfTables : kOfAll),
                         until_ms);
    }
  } else {
    b.holders = ids_of(server, kRowLocksSql, until_ms);
    if (b.holders.empty()) {
      b.holders = ids_of(server, kNewRowLocksSql, until_ms);
    }
    if (!b.holders.empty()) b.state = "Waiting for a row lock";
  }
  if (!b.state.empty()) e = describe(server, until_ms, &b);
  *out = b;
  return e;
}

Error end_blockage(Server* server, const Blockage& blockage,
                   const std::string& own_user, uint64_t until_ms,
                   unsigned* ended) {
  std::vector<std::string> ids = blockage.holders;
  if (ids.empty()) {
    ids = ids_of(server, "SELECT id FROM information_schema.processlist WHERE "
                 "id<>CONNECTION_ID() AND user NOT IN ('system user', "
                 "'event_scheduler', " + quote_sql(own_user) + ") AND command "
                 "NOT IN ('Daemon', 'Binlog Dump', 'Binlog Dump GTID')",
                 until_ms);
  }
  *ended = 0;
  for (const std::string& id : ids) {
    const Error e = server->query("KILL " + id, until_ms);
    if (e && server->cause() != Cause::Sql) return e;
    if (!e) ++*ended;
  }
  return Error::none();
}

}  // namespace

Error Blockers::look(uint64_t until_ms) {
  Blockage b;
  Error e = find_blockage(server_, until_ms, &b);
  if (e || b.state.empty()) {
    since_ms_ = 0;
    return e;
  }
  const uint64_t now_ms = tandem::clock_ms(), grace_ms = config_.lock_grace_ms;
  if (since_ms_ == 0) {
    since_ms_ = now_ms;
    tandem::log_warn("the applier: %s: held by %s, to be ended in %s",
                     b.state.c_str(), b.text.c_str(),
                     tandem::format_duration_ms(grace_ms).c_str());
  }
  if (now_ms - since_ms_ < grace_ms) return e;
  unsigned ended = 0;
  e = end_blockage(server_, b, config_.login.user, until_ms, &ended);
  tandem::log_warn("%u sessions ended for the applier's sake", ended);
  since_ms_ = now_ms;
  return e;
}

}  // namespace promote
