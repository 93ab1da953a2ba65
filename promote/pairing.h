// The events `alone` and `paired`: semi-sync's primary side off and on.
#ifndef TANDEM_PROMOTE_PAIRING_H
#define TANDEM_PROMOTE_PAIRING_H

#include "lib/error.h"
#include "promote/world.h"

namespace promote {

// Writers that wait for an acknowledgement go on and get OK: hbd has recorded
// `alone` before it calls this.
TANDEM_MUST_USE tandem::Error alone(const World& world);

// Success: every commit after the published position waits for the replica,
// which has received that position. Failure: the primary side is off again if
// it was off before.
TANDEM_MUST_USE tandem::Error paired(const World& world);

}  // namespace promote

#endif
