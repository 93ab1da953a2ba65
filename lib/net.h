// Descriptors that are close-on-exec and non-blocking from birth, by fcntl:
// SOCK_CLOEXEC, pipe2 and accept4 are not in POSIX.1-2008.
#ifndef TANDEM_LIB_NET_H
#define TANDEM_LIB_NET_H

#include <stddef.h>
#include <stdint.h>

#include <string>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fd.h"

namespace tandem {

TANDEM_MUST_USE Error set_cloexec(int fd);
TANDEM_MUST_USE Error set_nonblocking(int fd);
// A socket that blocks, for at most timeout_ms on each receive and send.
TANDEM_MUST_USE Error set_blocking(int fd, unsigned timeout_ms);
// socket(2), close-on-exec and non-blocking.
TANDEM_MUST_USE Error open_socket(int domain, int type, int protocol,
                                  UniqueFd* out);
// pipe(2), both ends close-on-exec; the caller makes an end non-blocking.
TANDEM_MUST_USE Error open_pipe(UniqueFd* read_end, UniqueFd* write_end);
// What errno says of a call that did nothing: again when select(2) says so.
bool would_block(int error);
// What errno says of a socket(2), bind(2) or connect(2) that failed for want of
// something on this host, a port, a descriptor, memory, a filter's leave: it
// says nothing of whoever was to be reached.
bool is_our_shortage(int error);
// What one descriptor is ready for: revents of poll(2), whose events are asked
// for; 0 when it is not after timeout_ms (0: no wait), or a signal came.
short ready_events(int fd, short events, int timeout_ms);
// A TCP connect that is under way, or done, TCP_NODELAY: 0. Else the errno of
// what failed at once. from: an address of this host to come from, its port 0;
// none is the kernel's choice. Where the kernel can (Linux 4.2) a port of such
// an address serves for one connection to each place, else for one.
TANDEM_MUST_USE int begin_connect(const Address& to, const Address* from,
                                  UniqueFd* out);
// An option of a socket that is on or off: on, where the kernel has it.
void set_flag(int fd, int level, int name);
// SO_KEEPALIVE with these times, in whole seconds (tcp(7), beyond POSIX). What
// a listening socket has its sessions get from it.
void keep_alive(int fd, uint64_t idle_ms, uint64_t interval_ms,
                uint64_t count);
// TCP_NODELAY; a loss of speed at worst when it fails.
void send_at_once(int fd);
// Whoever is at the other end; none when it is gone.
Address peer_of(int fd);
// Where it came to.
Address local_of(int fd);
// To whoever is turned away, before the close of a fresh connection.
void send_last(int fd, const std::string& bytes);
// accept(2), close-on-exec and non-blocking. *out stays invalid, and the
// error none, when nobody waits.
TANDEM_MUST_USE Error accept_socket(int listen_fd, UniqueFd* out);
// A listening Unix stream socket at path, mode 0600. A stale one of a dead
// listener is replaced; a living one is an error that says so, and so is a
// file of another kind.
TANDEM_MUST_USE Error listen_unix(const std::string& path, UniqueFd* out);
// A connected, blocking Unix stream socket with timeout_ms on each receive
// and send.
TANDEM_MUST_USE Error connect_unix(const std::string& path,
                                   unsigned timeout_ms, UniqueFd* out);

// Asks whoever is at the other end of a socket of connect_unix(): sends line
// and a newline, reads to the end of file. An error when that does not come
// until until_ms, or after bytes_max.
TANDEM_MUST_USE Error ask(int fd, const std::string& line, uint64_t until_ms,
                          size_t bytes_max, std::string* answer);

}  // namespace tandem

#endif
