// The one place a single-threaded tool waits: pselect() over sets that are
// rebuilt from state every turn. Signals are blocked except inside the wait.
#ifndef TANDEM_LIB_SELECT_H
#define TANDEM_LIB_SELECT_H

#include <signal.h>
#include <stdint.h>
#include <sys/select.h>

#include "lib/error.h"

namespace tandem {

// No deadline: wait for a descriptor or a signal.
const uint64_t kNever = UINT64_MAX;

class Selector {
 public:
  Selector();
  // Blocks the signal and remembers it from then on; SIGPIPE is ignored by
  // the constructor. Call before the first wait().
  void watch_signal(int signo);
  // True once for each time the signal arrived since the last call (several
  // arrivals count as one).
  bool took_signal(int signo);

  // Starts a turn: forgets all interest.
  void clear();
  // False when fd is over what select() can carry: the caller closes it.
  TANDEM_MUST_USE bool want_read(int fd);
  TANDEM_MUST_USE bool want_write(int fd);
  // Waits until a wanted descriptor is ready, a watched signal came, or
  // clock_ms() reaches until_ms (kNever: no limit). An interrupted wait is
  // success with nothing ready.
  TANDEM_MUST_USE Error wait(uint64_t until_ms);
  bool can_read(int fd) const;
  bool can_write(int fd) const;

 private:
  fd_set read_, write_, ready_read_, ready_write_;
  int nfds_;
  sigset_t wait_mask_;
};

}  // namespace tandem

#endif
