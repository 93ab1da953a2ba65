// Sockets: listening ones, bound by whoever may, and those to servers.
#ifndef TANDEM_SPLITFWD_LISTENER_H
#define TANDEM_SPLITFWD_LISTENER_H

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
// Whoever is at the other end; none when it is gone.
tandem::Address peer_of(int fd);
// Where it came to.
tandem::Address local_of(int fd);
// To whoever is turned away, before the close of a fresh connection.
void send_last(int fd, const std::string& bytes);
// Connects at these listeners are not answered, nor refused; or again they
// are. Those that are under way go on. For the parent: Linux may not let
// others have a filter (EPERM).
TANDEM_MUST_USE tandem::Error hold_connects(const Listeners& listeners,
                                            bool hold);
// SO_KEEPALIVE with the listener's times, in whole seconds. What a listening
// socket has its sessions get from it.
void keep_alive(int fd, const ListenConfig& l);
// TCP_NODELAY; a loss of speed at worst when it fails.
void send_at_once(int fd);

}  // namespace splitfwd

#endif
