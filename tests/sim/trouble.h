// What befalls wide worlds: the faults of faults.cc and others.
#ifndef TANDEM_TESTS_SIM_TROUBLE_H
#define TANDEM_TESTS_SIM_TROUBLE_H

#include "tests/sim/wide.h"

namespace sim {

// Puts the world's faults into its queue. When the last of them ends.
Ms begin_trouble(World* w, bool calm, const Without& without, Rng* rng);
size_t count_trouble(World* w, bool calm, Rng* rng);

}  // namespace sim

#endif
