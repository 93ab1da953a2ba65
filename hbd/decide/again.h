// An owner's start hooks once more, in the same epoch: its server is another
// start of itself, or its keepers are gone since a maintenance. Pure.
#ifndef TANDEM_HBD_DECIDE_AGAIN_H
#define TANDEM_HBD_DECIDE_AGAIN_H

#include <stdint.h>

namespace hbd {

class Out;
struct Group;
struct View;

// Owning, and no hook runs. Whether it starts them, or prepares to: that comes
// before all else.
bool starts_again(View* view, Group* g, Out* out);
// In a maintenance, in place of all that an owner does otherwise.
void step_left_alone(View* view, Group* g, Out* out);
// A group that was on hold before this start of hbd, until then: owned on, as
// it is.
void keep_on(const View& v, Group* g, uint64_t hold_ms, Out* out);

}  // namespace hbd

#endif
