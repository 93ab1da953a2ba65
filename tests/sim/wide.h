// Seeds of wide worlds: other arbiters, groups, times, events, beginnings,
// operators, an attacker; and what each of them promises all the same.
#ifndef TANDEM_TESTS_SIM_WIDE_H
#define TANDEM_TESTS_SIM_WIDE_H

#include <string>
#include <vector>

#include "tests/sim/world.h"

namespace sim {

// The faults of a wide scenario that are left out: some of those that the seed
// names, by place or by kind. The rest of the world stays as it is.
struct Without {
  uint64_t places = 0;             // bit i: the i-th
  std::vector<std::string> kinds;
};

// w: of Kind::Wide. False: failed, see w->failure.
bool run_wide(World* w, uint64_t seed, const Without& without);
// How many faults the seed names.
size_t wide_faults(uint64_t seed);

}  // namespace sim

#endif
