// Open files: how many the configuration can need, and the room for them.
#ifndef TANDEM_SPLITFWD_LIMITS_H
#define TANDEM_SPLITFWD_LIMITS_H

#include <stddef.h>

#include "lib/error.h"
#include "splitfwd/config.h"

namespace splitfwd {

// Threads that move bytes: hot, and cold when all sessions idle.
size_t threads_max(const Config& config);
// Descriptors that maxconn sessions and everything else can need at once.
size_t descriptors_needed(const Config& config);
// Raises the limit of open files to descriptors_needed(), or says why not
// (FILE:LINE, exit 6). *fd_count_max: descriptors may have numbers below it.
TANDEM_MUST_USE tandem::Error fit_descriptors(const Config& config,
                                              size_t* fd_count_max);

}  // namespace splitfwd

#endif
