// What the worker is when it meets clients: inside a directory, as a user and
// a group, and no way back.
#ifndef TANDEM_SPLITFWD_PROCESS_PRIVILEGES_H
#define TANDEM_SPLITFWD_PROCESS_PRIVILEGES_H

#include <sys/types.h>

#include <string>

#include "lib/error.h"
#include "splitfwd/config.h"

namespace splitfwd {

struct Identity {
  bool change_user = false;  // to uid and gid, and no other group
  uid_t uid = 0;
  gid_t gid = 0;
  std::string chroot;  // empty: none
};

// From user, group and chroot of the file. A name that /etc/passwd and
// /etc/group do not know, or a directory that is not there, is FILE:LINE,
// exit 6.
TANDEM_MUST_USE tandem::Error find_identity(const Config& config,
                                            Identity* out);
// Becomes it, and makes sure that root cannot be had again. After an error
// the process must end.
TANDEM_MUST_USE tandem::Error become(const Identity& identity);
// From here on this process makes threads and nothing else: no other process,
// no program, no group of its own (EPERM), no rights by one. Where the kernel
// has no filter of system calls (before Linux 3.5) or is not x86-64's, all
// stays as it was.
TANDEM_MUST_USE tandem::Error make_threads_only();

}  // namespace splitfwd

#endif
