// Between the parent and a worker, and between an old worker and the new one:
// messages on a socket pair, with descriptors attached where some are passed.
// The end of one process is the end of file of the other.
#ifndef TANDEM_SPLITFWD_LINK_H
#define TANDEM_SPLITFWD_LINK_H

#include <stddef.h>

#include <string>

#include "lib/error.h"
#include "lib/fd.h"

namespace splitfwd {

// To the worker:
const char kMsgWatcher = 'W';   // a watcher runs; its output is attached
const char kMsgCheckNow = 'N';  // SIGUSR1; to the parent: as if it had come
const char kMsgHandOver = 'H';  // all you have to the worker at the other
                                // end of what is attached, and end
const char kMsgEnd = 'X';       // end; without it the parent is dead
// To the parent:
const char kMsgReady = 'R';     // without any privilege; it serves, or can
                                // take over
const char kMsgServing = 'S';   // it has taken over
const char kMsgFailed = 'E';    // cannot start: number is the exit code
const char kMsgSilent = 'K';    // this watcher is: kill it
const char kMsgEnded = 'D';     // its output has ended: kill it, if it lives
const char kMsgAsk = 'A';       // the watcher alone: look now; a TCP check is a
                                // login broken off, which servers count
const char kMsgHold = 'L';      // hold_connects() of each listener; number: 1
                                // yes, 0 no more

const size_t kMessageBytesMax = 32768;
const size_t kMessageFdsMax = 2;

struct Message {
  char type = 0;
  unsigned char number = 0;  // of a watcher: which one; of an error: its code
  std::string text;
  tandem::UniqueFd fds[kMessageFdsMax];
};

// Both ends close-on-exec and non-blocking; messages keep their bounds, a
// text is at most kMessageBytesMax - 2 long.
TANDEM_MUST_USE tandem::Error open_link(tandem::UniqueFd* parent_end,
                                        tandem::UniqueFd* worker_end);
// False: the other side is gone, or does not read. The descriptors are
// borrowed; -1 is none.
bool send_message(int link, char type, unsigned char number,
                  const std::string& text = std::string(), int first_fd = -1,
                  int second_fd = -1);
enum class Received { Nothing, Message, End };
Received receive_message(int link, Message* out);

}  // namespace splitfwd

#endif
