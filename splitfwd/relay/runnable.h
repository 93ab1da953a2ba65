// How many threads of the host want a CPU at this moment.
#ifndef TANDEM_SPLITFWD_RELAY_RUNNABLE_H
#define TANDEM_SPLITFWD_RELAY_RUNNABLE_H

#include "lib/fd.h"

namespace splitfwd {

// Where that can be read (invalid: not on this system), and for how many CPUs
// it is; to be asked for while there is a way to files.
struct RunQueue {
  tandem::UniqueFd fd;
  unsigned cpus = 1;
};
RunQueue open_run_queue();
// Those that run or could, on all CPUs, this one counted in. 0: not known. Any
// thread may call it, at about 10 us.
unsigned count_runnable(int run_queue);

}  // namespace splitfwd

#endif
