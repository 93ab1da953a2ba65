// What befalls the worlds of seeds: a fault, whom, when and for how long.
#ifndef TANDEM_TESTS_SIM_FAULTS_H
#define TANDEM_TESTS_SIM_FAULTS_H

#include <string>

#include "tests/sim/world.h"

namespace sim {

enum Fault {
  None, Loss, Delay, Dup, CutOneWay, Cut, Isolate, CutSql, CutBeats, PingLoss,
  FreezeHbd, FreezeKeeper, FreezeBoth, FreezeHost, KillHbd, KillKeeper,
  CrashServer, HangServer, CrashHost, LoseDisk, KillWitness, FreezeWitness,
  HookFail, HookSlow, HookHang, Standby, Takeover, StopHbd, SlowFsync,
  KillWatcher, Lag, LatePromote, BreakFence, kFaults
};
extern const char* const kFaultNames[];
extern const unsigned kFaultWeights[];

struct Plan {
  size_t what;     // a Fault; wide.cc goes on counting
  Ms begin, length;
  size_t host, other;
  uint64_t value;  // what else the fault wants to know
};

// Cuts and pauses are what a pair without witness or fence cannot survive
// unharmed; design.md says so, and such worlds do without them.
bool is_partition(Fault f);
Ms some_length(Rng* rng);
void begin_fault(World* w, const Plan& p, bool on);
std::string plan_text(const World& w, const char* name, const Plan& p);

}  // namespace sim

#endif
