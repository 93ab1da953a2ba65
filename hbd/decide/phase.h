// The phases of a group on a node; the edges between them are in group.h.
// Values only: phase_name() is in group.cc.
#ifndef TANDEM_HBD_DECIDE_PHASE_H
#define TANDEM_HBD_DECIDE_PHASE_H

namespace hbd {

enum class Phase { Idle, Claiming, Starting, Owning, Stopping, Stuck };
const char* phase_name(Phase p);

}  // namespace hbd

#endif
