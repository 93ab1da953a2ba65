// The small parent: keeps the rights it was started with, and therefore talks
// to no client. It holds the pid file, binds the ports, runs the watcher, and
// starts the worker, which ends with it. A worker that dies is started again.
//
// A renewal (SIGHUP) is to become the program that is installed now, see
// renew.h, and to start a second worker beside the first, with the new file:
// when it stands, the first one hands it all sessions and ends. What is wrong
// with the new file, or a port that cannot be had, leaves everything as it was.
#ifndef TANDEM_SPLITFWD_PROCESS_PARENT_H
#define TANDEM_SPLITFWD_PROCESS_PARENT_H

#include "lib/error.h"
#include "lib/fd.h"
#include "splitfwd/config.h"
#include "splitfwd/process/renew.h"
#include "splitfwd/process/service.h"

namespace splitfwd {

// What is read, looked up and raised before anything is touched: identity,
// accounts, the limit of open files, to which it may have to fit maxconn.
TANDEM_MUST_USE tandem::Error prepare(bool foreground, Config* config,
                                      Setup* out);

// Everything after the fork of the daemon, until SIGTERM. ready: told when
// the ports are bound, the watcher runs and the worker serves; invalid in the
// foreground and with a legacy: what the program before this one left; config
// and setup are what that had then, and the file is read again. Does not return
// in the worker.
TANDEM_MUST_USE tandem::Error run_parent(const Config& config,
                                         const Setup& setup, Legacy* legacy,
                                         tandem::UniqueFd* ready);

}  // namespace splitfwd

#endif
