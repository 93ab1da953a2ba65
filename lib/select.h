// The one place a single-threaded tool waits: pselect() over sets that are
// rebuilt from state every turn. Signals are blocked except inside the wait.
#ifndef TANDEM_LIB_SELECT_H
#define TANDEM_LIB_SELECT_H

#include <signal.h>
#include <stdint.h>

#include "lib/error.h"
#include "lib/waitset.h"

namespace tandem {

class Selector : public WaitSet {
 public:
  Selector();
  // Blocks the signal and remembers it from then on; SIGPIPE is ignored by
  // the constructor. Call before the first wait().
  void watch_signal(int signo);
  // True once for each time the signal arrived since the last call (several
  // arrivals count as one).
  bool took_signal(int signo);
  // Waits until a wanted descriptor is ready, a watched signal came, or
  // clock_ms() reaches until_ms (kNever: no limit). An interrupted wait is
  // success with nothing ready.
  TANDEM_MUST_USE Error wait(uint64_t until_ms);

 private:
  sigset_t wait_mask_;
};

}  // namespace tandem

#endif
