// Asks a server what it is.
#ifndef TANDEM_PROMOTE_INQUIRE_H
#define TANDEM_PROMOTE_INQUIRE_H

#include "promote/facts.h"
#include "promote/server.h"

namespace promote {

TANDEM_MUST_USE tandem::Error probe_flavour(Server* server, uint64_t until_ms,
                                            const Flavour** out);
TANDEM_MUST_USE tandem::Error read_facts(Server* server,
                                         const Flavour& flavour,
                                         uint64_t until_ms, Facts* out);

}  // namespace promote

#endif
