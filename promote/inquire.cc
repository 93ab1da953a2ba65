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

}  // namespace promote
