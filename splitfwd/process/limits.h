// Open files and threads: how many the configuration can need, and the room
// for them.
#ifndef TANDEM_SPLITFWD_PROCESS_LIMITS_H
#define TANDEM_SPLITFWD_PROCESS_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/error.h"
#include "splitfwd/config.h"

namespace splitfwd {

// Threads that move bytes: hot, and cold when all sessions idle.
size_t threads_max(const Config& config);
// Descriptors that maxconn sessions and everything else can need at once.
size_t descriptors_needed(const Config& config);
// The most sessions that need no more than fd_count of them.
uint64_t sessions_within(const Config& config, size_t fd_count);
// Raises the limit of open files to descriptors_needed(), or says why not
// (FILE:LINE, exit 6). Where select() takes none beyond FD_SETSIZE, lowers the
// limit, and maxconn, and logs it.
TANDEM_MUST_USE tandem::Error fit_descriptors(Config* config);
// Before the threads: the kernel's table of this process gets its size for that
// many at once. Linux doubles it as it fills, and a process with threads waits
// some 20 ms each time (expand_fdtable(), which waits for a grace period).
void widen_descriptors(const Config& config);
// Raises the limit of processes, which threads count in, likewise; where it
// cannot it warns, for without them idle sessions only cost more.
void fit_threads(const Config& config);

}  // namespace splitfwd

#endif
