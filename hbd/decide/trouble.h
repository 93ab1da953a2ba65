// What is wrong with the server of a node, kept with since when, so that each
// change is told once. Pure. The table is promote/faults.h.
#ifndef TANDEM_HBD_DECIDE_TROUBLE_H
#define TANDEM_HBD_DECIDE_TROUBLE_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/watch.h"
#include "promote/faults.h"

namespace hbd {

// What the watcher has found, by the attribute `faults`.
promote::Faults faults_in(const tandem::Attrs& attrs);
// And what a hook found, by `found`: for people only, nothing is decided by it.
promote::Faults all_faults_in(const tandem::Attrs& attrs);

class Trouble {
 public:
  struct Held {
    promote::Fault fault;
    uint64_t since_ms, last_ms;  // first and last seen
  };
  struct News {
    promote::Fault fault;
    bool gone;
  };
  // Now these hold. One is gone when it was not seen for kGoneMs.
  std::vector<News> take(uint64_t now_ms, const promote::Faults& now);
  const std::vector<Held>& held() const { return held_; }

 private:
  std::vector<Held> held_;
};

}  // namespace hbd

#endif
