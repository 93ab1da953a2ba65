// Asks a server what it is.
#ifndef TANDEM_PROMOTE_INQUIRE_H
#define TANDEM_PROMOTE_INQUIRE_H

#include "promote/facts.h"
#include "promote/server.h"

namespace promote {

// Whether the server understood the probe that has just been answered: a
// refusal for want of rights comes after the syntax.
bool understood(const Server& server);
// Asks for everything. The flavour is asked for too unless out->flavour names
// it already.
TANDEM_MUST_USE tandem::Error read_facts(Server* server, uint64_t until_ms,
                                         Facts* out);
// And how it is set: beside read_facts(), into the same facts.
TANDEM_MUST_USE tandem::Error read_settings(Server* server, uint64_t until_ms,
                                            Facts* facts);
// What a failure with Cause::Rejected or Cause::Sql says is wrong.
Fault fault_of(const Server& server);

}  // namespace promote

#endif
