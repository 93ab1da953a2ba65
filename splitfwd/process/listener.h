// Listening sockets, bound by whoever may.
#ifndef TANDEM_SPLITFWD_PROCESS_LISTENER_H
#define TANDEM_SPLITFWD_PROCESS_LISTENER_H

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "splitfwd/config.h"

namespace splitfwd {

struct Listeners {
  std::vector<tandem::UniqueFd> clients;  // by [listen]
  tandem::UniqueFd stats;                 // invalid without [stats]
  tandem::UniqueFd control;
};

// Binds every one, or none: a port in use is exit 1. What is bound already
// (borrowed, -1 is none) is taken for its address instead of binding that.
TANDEM_MUST_USE tandem::Error open_listeners(const Config& config,
                                             const std::vector<int>& bound,
                                             Listeners* out);
// The path of a Unix socket; empty: it is none.
std::string path_of(int fd);
// All of them, for the above and for a fork.
std::vector<int> all_fds(const Listeners& listeners);
// Connects at these listeners are not answered, nor refused; or again they
// are. Those that are under way go on. For the parent: Linux may not let
// others have a filter (EPERM).
TANDEM_MUST_USE tandem::Error hold_connects(const Listeners& listeners,
                                            bool hold);

}  // namespace splitfwd

#endif
