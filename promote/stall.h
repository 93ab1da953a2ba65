// Whether commits come to an end: a fast writer is nearly always in the middle
// of one, so sessions that commit are a stall only when nothing is committed
// meanwhile; and a transaction of gigabytes takes long, but writes. Pure.
#ifndef TANDEM_PROMOTE_STALL_H
#define TANDEM_PROMOTE_STALL_H

#include <stdint.h>

#include <string>

#include "promote/facts.h"

namespace promote {

class Stall {
 public:
  // Facts with the process list: sessions commit in each look, the position is
  // the same in all of them, none of them waits for a replica, and the server
  // writes nothing, as far as that is known: written, its bytes, 0 if not.
  void look(uint64_t now_ms, const Facts& facts, uint64_t written);
  void forget() { since_ms_ = first_ms_ = 0; }
  // Since kStalledMs at least, or kWritingMs whatever it writes.
  bool commits_stand(uint64_t now_ms) const;
  // No commit seemed to be stuck at the last look: what waits for the lock of
  // the binary log is soon answered.
  bool log_is_free() const { return since_ms_ == 0; }

 private:
  std::string pos_;
  uint64_t written_ = 0;
  uint64_t since_ms_ = 0;  // of the first such look; 0 = the last was none
  uint64_t first_ms_ = 0;  // the same, had it written nothing
};

}  // namespace promote

#endif
