// `promote start`: carries out plan_start()'s steps.
#ifndef TANDEM_PROMOTE_START_H
#define TANDEM_PROMOTE_START_H

#include "lib/error.h"
#include "promote/world.h"

namespace promote {

// Makes the local server the primary. A refusal is exit code 1 whose text
// starts with "refused: NAME: ".
TANDEM_MUST_USE tandem::Error start(const World& world);

}  // namespace promote

#endif
