// What hbd itself may do once it is up.
#ifndef TANDEM_HBD_RIGHTS_H
#define TANDEM_HBD_RIGHTS_H

namespace hbd {

// Of root's capabilities this process keeps: NET_ADMIN, NET_RAW and
// NET_BIND_SERVICE, to open a link again; KILL, for hooks that run as another
// user; SYS_NICE and IPC_LOCK, for realtime.h. A program that it executes as
// root has all of root's again: which ones a hook needs is the hook's affair.
// What is refused is warned of and no error.
void keep_few_rights();

}  // namespace hbd

#endif
