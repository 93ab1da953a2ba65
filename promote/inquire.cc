#include "promote/inquire.h"

namespace promote {

using tandem::Error;

Error probe_flavour(Server* server, uint64_t until_ms, const Flavour** out) {
  const Flavour* f = kFlavours;
  for (; f->probe_sql; ++f) {
    Error e = server->query(f->probe_sql, until_ms);
    if (!e) break;
    if (server->cause() != Cause::Sql) return e;
  }
  *out = f;
  return Error::none();
}

Error read_facts(Server* server, const Flavour& flavour, uint64_t until_ms,
                 Facts* out) {
  Facts facts;
  for (unsigned i = 0; i < kFactsQueries; ++i) {
    Rows rows;
    Error e = server->query(facts_sql(flavour, i), until_ms, &rows);
    if (e) return e;
    if (!take_facts(flavour, i, rows, &facts)) {
      return Error::make(tandem::kExitFailed, "cannot make sense of: %s",
                         facts_sql(flavour, i));
    }
  }
  *out = facts;
  return Error::none();
}

}  // namespace promote
