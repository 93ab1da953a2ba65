// How many threads of the host want a CPU at this moment.
#ifndef TANDEM_SPLITFWD_RUNNABLE_H
#define TANDEM_SPLITFWD_RUNNABLE_H

#include "lib/fd.h"

namespace splitfwd {

// Where that can be read; to be opened while there is a way to files.
// Invalid: not on this system.
tandem::UniqueFd open_run_queue();
// Those that run or could, on all CPUs, this one counted in. 0: not known. Any
// thread may call it, at about 10 us.
unsigned count_runnable(int run_queue);

}  // namespace splitfwd

#endif
