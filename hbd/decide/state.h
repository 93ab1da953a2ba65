// The state file: what a node or a witness must not forget. Pure: text in,
// text out; the I/O is read_file() and replace_file().
#ifndef TANDEM_HBD_DECIDE_STATE_H
#define TANDEM_HBD_DECIDE_STATE_H

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

struct State {
  std::string node;
  uint64_t incarnation = 0;  // of the last start that wrote this
  uint64_t epoch = 0;  // highest ever seen or claimed
  bool blank = true;   // began without a state file and was not cleared since
  std::vector<Told> told;  // of a node: the peer's; of a witness: both nodes'
  std::vector<GroupState> groups;
  bool operator==(const State& o) const {
    return node == o.node && incarnation == o.incarnation &&
           epoch == o.epoch && blank == o.blank && told == o.told &&
           groups == o.groups;
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
