// What the walks have in common: they drive a world by hand and expect.
#ifndef TANDEM_TESTS_SIM_WALK_H
#define TANDEM_TESTS_SIM_WALK_H

#include "tests/sim/world.h"

namespace sim {

struct Walk {
  const char* name;
  unsigned variants;
  void (*run)(World* w, unsigned variant);
};

extern const Walk kWalks[];        // walks.cc: walks.md, part 1
extern const size_t kWalkCount;
extern const Walk kFoundWalks[];   // found.cc: part 2
extern const size_t kFoundWalkCount;
extern const Walk kAskedWalks[];   // asked.cc: what no walk asked
extern const size_t kAskedWalkCount;
extern const Walk kApartWalks[];   // apart.cc: a server, and a door that follows
extern const size_t kApartWalkCount;
extern const Walk kUpkeepWalks[];  // upkeep.cc: maintenances
extern const size_t kUpkeepWalkCount;
// Maintenances, and restarts of hbd in them, until then.
void begin_upkeep(World* w, Ms until, Rng* rng);

// Each returns whether it is as expected; if not, the walk has failed.
bool expect(World* w, bool ok, const char* what);
bool owns(const World& w, size_t host);
bool expect_owner(World* w, size_t host, Ms within, const char* what);
// It owns all the while, as if nothing happened.
bool expect_stays(World* w, size_t host, Ms during, const char* what);
bool expect_never_owner(World* w, size_t host, Ms during, const char* what);
bool expect_healthy(World* w, Ms within);
// One owner, and if the other one stays out, for a reason that excuses it.
bool expect_served(World* w, Ms within);
// Of the first group, on that host's disk; null: none.
const hbd::Record* record_on(const World& w, size_t host);
bool is_paired(const World& w, size_t host);
// The configuration of one host, from its next start on.
Setup* own_setup(World* w, size_t host);
void restart_in_order(World* w, size_t host);
// A new disk; to be started again.
void wipe_witness(World* w);

}  // namespace sim

#endif
