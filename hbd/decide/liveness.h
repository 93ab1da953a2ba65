// Whether an owner's resources still run: their hooks are asked for `status`
// in turn, and what is not running twice in a row is started again, once, in
// place. When that fails, the group is released and the peer tries; when it
// helps too often for too short, this node is unfit until the window has
// passed or an operator clears it. Pure.
//
// Only LSB's 1 to 3 mean "not running"; no answer in time, or another code,
// means nothing. A status is no hook that others wait for: whatever else the
// group has to run ends it.
#ifndef TANDEM_HBD_DECIDE_LIVENESS_H
#define TANDEM_HBD_DECIDE_LIVENESS_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

namespace hbd {

class Out;
struct Group;
struct View;

struct Liveness {
  uint32_t hook_id = 0;     // the status that runs; 0 = none
  size_t resource = 0;      // that is asked, or is next
  bool missing = false;     // it was not running when it was asked last
  uint64_t next_ms = 0;     // when it is asked
  std::vector<uint64_t> restarts_ms;  // in place, within the window
};

// Owning, and nothing else is due: asks when it is time.
void step_liveness(const View& v, Group* g, Out* out);
// Something else is to run: a status that runs is killed, and forgotten.
void stop_asking(Group* g, Out* out);
// A status has ended. code: its exit code, -1 when it had none (a signal, a
// deadline). False: it is not one of this group.
bool on_status_exit(const View& v, Group* g, uint32_t hook_id, int code,
                    Out* out);
// The resource that did not run when it was asked last; "" = none.
std::string missing_resource(const Group& g);
// So many restarts within the window that this node is not fit to own it.
bool is_flapping(const View& v, const Group& g);
// When the next status is due; UINT64_MAX = none.
uint64_t liveness_due_ms(const View& v, const Group& g);

}  // namespace hbd

#endif
