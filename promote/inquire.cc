#include "promote/inquire.h"

namespace promote {

using tandem::Error;

namespace {

// For a SHOW. Whoever may not read a table is not told that there is none.
const unsigned kLacksPrivilegeErrno = 1227;

Error probe_flavour(Server* server, uint64_t until_ms, const Flavour** out) {
  const Flavour* f = kFlavours;
  for (; f->probe_sql; ++f) {
    Error e = server->query(f->probe_sql, until_ms);
    if (understood(*server)) break;
    if (server->cause() != Cause::Sql) return e;
  }
  *out = f;
  return Error::none();
}

}  // namespace

bool understood(const Server& server) {
  return server.error().ok() || (server.cause() == Cause::Sql &&
                                 server.sql_errno() == kLacksPrivilegeErrno);
}

Error read_facts(Server* server, uint64_t until_ms, Facts* out) {
  Facts facts;
  const Flavour* flavour = out->flavour;
  if (!flavour) {
    Error e = probe_flavour(server, until_ms, &flavour);
    if (e) return e;
  }
  for (unsigned i = 0; i < kFactsQueries; ++i) {
    Rows rows;
    Error e = server->query(facts_sql(*flavour, i), until_ms, &rows);
    if (e) return e;
    if (!take_facts(*flavour, i, rows, &facts)) {
      return Error::make(tandem::kExitFailed, "cannot make sense of: %s",
                         facts_sql(*flavour, i));
    }
  }
  *out = facts;
  return Error::none();
}

Error read_settings(Server* server, uint64_t until_ms, Facts* facts) {
  for (unsigned i = kFactsQueries; i < kSettingsQueries; ++i) {
    // The lock of the binary log is not to be had, and that is told already.
    if (i == kBinlogQuery && facts->sessions.awaiting_space > 0) break;
    Rows rows;
    const char* sql = facts_sql(*facts->flavour, i);
    Error e = server->query(sql, until_ms, &rows);
    if (e) return e;
    if (!take_facts(*facts->flavour, i, rows, facts)) {
      return Error::make(tandem::kExitFailed, "cannot make sense of: %s", sql);
    }
  }
  return Error::none();
}

Fault fault_of(const Server& server) {
  switch (server.sql_errno()) {
    case 1040:  // ER_CON_COUNT_ERROR
    case 1203:  // ER_TOO_MANY_USER_CONNECTIONS
    case 1226:  // ER_USER_LIMIT_REACHED
      return Fault::TooManyConnections;
    case 1037:  // ER_OUTOFMEMORY
    case 1041:  // ER_OUT_OF_RESOURCES
    case 1135:  // ER_CANT_CREATE_THREAD
      return Fault::OutOfThreads;
    case 1129:  // ER_HOST_IS_BLOCKED
    case 1130:  // ER_HOST_NOT_PRIVILEGED
      return Fault::HostBlocked;
    case 1820:  // ER_MUST_CHANGE_PASSWORD
    case 1862:  // ER_MUST_CHANGE_PASSWORD_LOGIN
      return Fault::PasswordExpired;
    case 1044:  // ER_DBACCESS_DENIED_ERROR
    case 1142:  // ER_TABLEACCESS_DENIED_ERROR
    case 1143:  // ER_COLUMNACCESS_DENIED_ERROR
    case 1227:  // ER_SPECIFIC_ACCESS_DENIED_ERROR
      return Fault::RightMissing;
  }
  return server.cause() == Cause::Rejected ? Fault::LoginRefused
                                           : Fault::StatementFailed;
}

}  // namespace promote
