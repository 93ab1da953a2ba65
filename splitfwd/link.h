// Between the parent and the worker: short messages on a socket pair, with a
// descriptor attached where one is passed. The end of one process is the end
// of file of the other.
#ifndef TANDEM_SPLITFWD_LINK_H
#define TANDEM_SPLITFWD_LINK_H

#include <string>

#include "lib/error.h"
#include "lib/fd.h"

namespace splitfwd {

// To the worker:
const char kMsgWatcher = 'W';   // a watcher runs; its output is attached
const char kMsgCheckNow = 'N';
// To the parent:
const char kMsgReady = 'R';     // serving, without any privilege
const char kMsgFailed = 'E';    // cannot start: number is the exit code
const char kMsgUseless = 'K';   // this watcher is: kill it; text says why

struct Message {
  char type;
  unsigned char number;  // of a watcher: which one; of an error: its code
  std::string text;
  tandem::UniqueFd fd;
  Message() : type(0), number(0) {}
};

// Both ends close-on-exec and non-blocking; messages keep their bounds.
TANDEM_MUST_USE tandem::Error open_link(tandem::UniqueFd* parent_end,
                                        tandem::UniqueFd* worker_end);
// False: the other side is gone, or does not read (passed_fd is borrowed).
bool send_message(int link, char type, unsigned char number,
                  const std::string& text = std::string(),
                  int passed_fd = -1);
enum class Received { Nothing, Message, End };
Received receive_message(int link, Message* out);

}  // namespace splitfwd

#endif
