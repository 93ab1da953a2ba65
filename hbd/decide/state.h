// The state file: what a node or a witness must not forget. Pure: text in,
// text out; the I/O is read_file() and replace_file().
#ifndef TANDEM_HBD_DECIDE_STATE_H
#define TANDEM_HBD_DECIDE_STATE_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/decide/agreement.h"
#include "hbd/decide/record.h"

namespace hbd {

struct GroupState {
  std::string name;
  Record record;
  bool need_follow = false;  // kept out until the follow event has cleared it
  bool owning = false;    // when this was written: its hooks may have run
  // `alone` that nobody else stored, or, of a group that is not tracked, left
  // to the peer in order: not to act on.
  bool unagreed = false;
  bool operator==(const GroupState& o) const {
    return name == o.name && record == o.record &&
           need_follow == o.need_follow && owning == o.owning &&
           unagreed == o.unagreed;
  }
};

// What another one has told of what must be agreed on.
struct Told {
  std::string node;
  Agreement agreement;
  bool operator==(const Told& o) const {
    return node == o.node && agreement == o.agreement;
  }
};

// Of a maintenance, the last one that was ordered: see maintenance.h. Times are
// what was left of them when the wall clock read wall_ms.
struct KeptMaintenance {
  uint64_t version = 0;   // 0: there was none
  uint64_t left_ms = 0;   // 0: it is off, or over
  bool agreed = false;
  std::string digest;     // of the haresources by which addresses are on hold
  std::map<std::string, uint64_t> holds;  // node: until its hold has ended
  uint64_t wall_ms = 0;
  // As it is when the wall clock reads this. One that was set back takes
  // nothing off.
  void pass_until(uint64_t now_wall_ms);
  bool operator==(const KeptMaintenance& o) const {
    return version == o.version && left_ms == o.left_ms &&
           agreed == o.agreed && digest == o.digest && holds == o.holds &&
           wall_ms == o.wall_ms;
  }
};

struct State {
  std::string node;
  uint64_t incarnation = 0;  // of the last start that wrote this
  uint64_t epoch = 0;  // highest ever seen or claimed
  bool blank = true;   // began without a state file and was not cleared since
  std::vector<Told> told;  // of a node: the peer's; of a witness: both nodes'
  std::vector<GroupState> groups;
  KeptMaintenance maintenance;
  bool operator==(const State& o) const {
    return node == o.node && incarnation == o.incarnation &&
           epoch == o.epoch && blank == o.blank && told == o.told &&
           groups == o.groups && maintenance == o.maintenance;
  }
};

const size_t kStateBytesMax = 65536;

std::string format_state(const State& state);
// An error is "PATH:LINE: what", exit code 6: a damaged state file is never
// read as an empty one.
TANDEM_MUST_USE tandem::Error parse_state(const std::string& path,
                                          const std::string& text,
                                          State* out);

}  // namespace hbd

#endif
