// The end of this node in order: everything is released, said until somebody
// heard it, and then the process may end. Pure.
#ifndef TANDEM_HBD_DECIDE_LEAVING_H
#define TANDEM_HBD_DECIDE_LEAVING_H

#include <stdint.h>

#include <vector>

namespace hbd {

class Out;
struct Group;
struct View;

class Leaving {
 public:
  // Once a turn, while the node is told to stop. True: end now, after a last
  // beat.
  bool step(const View& v, std::vector<Group>* groups, Out* out);
  // Nothing is owned any more, and our beats say that we leave.
  bool has_begun() const { return begun_; }

 private:
  void begin(const View& v, std::vector<Group>* groups, Out* out);
  bool is_needed(const View& v, const std::vector<Group>& groups) const;
  bool begun_ = false;
  uint64_t deadline_ms_ = 0;  // 0 = not set yet
};

}  // namespace hbd

#endif
