// What fits into a beat. Pure. One of a packet's size carries everything, so
// how much a group may say is settled before the first beat leaves.
#ifndef TANDEM_HBD_DECIDE_BEATSIZE_H
#define TANDEM_HBD_DECIDE_BEATSIZE_H

#include "hbd/decide/beat.h"
#include "hbd/decide/config.h"
#include "lib/error.h"

namespace hbd {

struct BeatRoom {
  size_t pos_bytes_max = tandem::kAttrValueBytesMax;  // longer: not recorded
  bool one_claim = false;  // a beat has room for one claim
};

// Finds what a group may say so that the longest beat of this node fits.
// A beat has no room for these groups: false, and *out is as it was.
TANDEM_MUST_USE bool find_room(const Config& config, BeatRoom* out);

// Leaves out of a beat what others can do without until its text fits: the
// attributes that hbd does not read, the longest first, then sync and pos.
// A beat that is still too long, which find_room() rules out while both nodes
// have the same haresources: false, and groups are left out, from the last one
// up. beat->to is the longest name of a receiver; it is stamped afterwards.
TANDEM_MUST_USE bool trim_beat(Beat* beat);

}  // namespace hbd

#endif
