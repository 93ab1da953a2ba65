// How old is what a replica shows: the time since what it has executed was all
// that its primary had. Seconds_Behind_Master only compares stamps of what it
// has received, and says 0 while nothing comes in. Pure.
#ifndef TANDEM_PROMOTE_LAG_H
#define TANDEM_PROMOTE_LAG_H

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <string>

#include "promote/gtid.h"

namespace promote {

class Lag {
 public:
  // The primary of that name had executed this then; state: gtid_binlog_state,
  // of MySQL the same again.
  void on_primary(const std::string& name, const Gtids& executed,
                  const Gtids& state, uint64_t now_ms);
  // A primary has been heard of.
  bool has_primary() const { return !seen_.empty(); }
  // In whole seconds, what is above one rounded up; empty: not known, for the
  // primary is not heard, or it is further behind than what was seen.
  std::string of_replica(const Gtids& executed, uint64_t now_ms) const;
  // Of one that does not replicate: also not known when it has something that
  // the primary lacks.
  std::string of_former_primary(const Gtids& executed, uint64_t now_ms) const;

 private:
  // Its position, and when that was seen last.
  struct Seen {
    Gtids executed;
    uint64_t last_ms;
  };
  std::string name_;
  Gtids state_;  // the last one
  std::deque<Seen> seen_;  // oldest first
};

}  // namespace promote

#endif
