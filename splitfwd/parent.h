// The small parent: keeps the rights it was started with, and therefore talks
// to no client. It holds the pid file, binds the ports, runs the watcher, and
// starts the worker, which ends with it, as it ends with the worker.
#ifndef TANDEM_SPLITFWD_PARENT_H
#define TANDEM_SPLITFWD_PARENT_H

#include "lib/error.h"
#include "lib/fd.h"
#include "splitfwd/config.h"
#include "splitfwd/service.h"

namespace splitfwd {

// Everything after the fork of the daemon, until SIGTERM. ready: told when
// the ports are bound, the watcher runs and the worker serves; invalid in the
// foreground. Does not return in the worker.
TANDEM_MUST_USE tandem::Error run_parent(const Config& config,
                                         const Setup& setup,
                                         tandem::UniqueFd* ready);

}  // namespace splitfwd

#endif
