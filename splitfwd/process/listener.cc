// Beyond POSIX: SO_ATTACH_FILTER of Linux (socket(7)), a filter of packets.
#include "splitfwd/process/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <utility>

#include "lib/file.h"
#include "lib/holder.h"
#include "lib/net.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const int kBacklog = 1024;

// A copy of the one that is bound to this address; none: *out is invalid. A
// worker has had it: it may have been shut, or made to block, and is put right;
// one whose filter it has locked goes, and its port is free.
Error copy_bound(const std::vector<int>& bound, const tandem::Address& at,
                 UniqueFd* out) {
  const int ignored = 0;
  for (size_t i = 0; i < bound.size(); ++i) {
    if (bound[i] < 0 || !(tandem::local_of(bound[i]) == at)) continue;
    if (setsockopt(bound[i], SOL_SOCKET, SO_DETACH_FILTER, &ignored,
                   sizeof ignored) < 0 && errno == EPERM) {
      shutdown(bound[i], SHUT_RDWR);
      return Error::none();
    }
    UniqueFd copy(fcntl(bound[i], F_DUPFD_CLOEXEC, 3));
    if (!copy.valid()) return Error::from_errno("dup");
    if (listen(copy.get(), kBacklog) < 0) return Error::from_errno("listen");
    *out = std::move(copy);
    return tandem::set_nonblocking(out->get());
  }
  return Error::none();
}

Error listen_on(const tandem::Address& at, const std::string& what,
                const std::vector<int>& bound, UniqueFd* out) {
  Error e = copy_bound(bound, at, out);
  if (e || out->valid()) return e;
  struct sockaddr_storage addr;
  const socklen_t n = at.fill(&addr);
  UniqueFd fd;
  e = tandem::open_socket(at.family, SOCK_STREAM, 0, &fd);
  if (e) return e;
  tandem::set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (at.family == AF_INET6) {
    tandem::set_flag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  }
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n) < 0 ||
      listen(fd.get(), kBacklog) < 0) {
    const int why = errno;
    e = Error::from_errno("%s: bind %s", what.c_str(), at.text().c_str());
    return why == EADDRINUSE ? tandem::with_holder(e, at, SOCK_STREAM) : e;
  }
  *out = std::move(fd);
  return e;
}

// A Unix socket that was shut down stays so.
bool is_shut(int fd) {
  return (tandem::ready_events(fd, POLLIN, 0) & POLLHUP) != 0;
}

Error open_control(const std::string& path, const std::vector<int>& bound,
                   UniqueFd* out) {
  for (size_t i = 0; i < bound.size(); ++i) {
    if (bound[i] < 0 || path_of(bound[i]) != path || is_shut(bound[i])) {
      continue;
    }
    out->reset(fcntl(bound[i], F_DUPFD_CLOEXEC, 3));
    return out->valid() ? tandem::set_nonblocking(out->get())
                        : Error::from_errno("dup");
  }
  const size_t slash = path.rfind('/');
  Error e;
  if (slash > 0) e = tandem::make_directories(path.substr(0, slash), 0755);
  if (!e) e = tandem::listen_unix(path, out);
  if (!e) e = tandem::set_nonblocking(out->get());
  return e ? e.within("socket") : e;
}

}  // namespace

std::string path_of(int fd) {
  struct sockaddr_un addr;
  socklen_t n = sizeof addr;
  addr.sun_family = AF_UNSPEC;
  addr.sun_path[0] = '\0';
  if (getsockname(fd, reinterpret_cast<struct sockaddr*>(&addr), &n) < 0 ||
      addr.sun_family != AF_UNIX) {
    return std::string();
  }
  addr.sun_path[sizeof addr.sun_path - 1] = '\0';
  return addr.sun_path;
}

// A filter of a TCP socket sees the header of TCP. The last ACK of a handshake
// must pass: who waits behind one that was dropped waits for ever.
Error hold_connects(const Listeners& listeners, bool hold) {
  static const unsigned kFlagsAt = 13, kSyn = 0x02, kAck = 0x10;
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt),
      BPF_STMT(BPF_ALU | BPF_AND | BPF_K, kSyn | kAck),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  struct sock_fprog program;
  program.len = sizeof code / sizeof *code;
  program.filter = code;
  const int ignored = 0;
  Error e;
  for (const UniqueFd& fd : listeners.clients) {
    if (!hold) {
      setsockopt(fd.get(), SOL_SOCKET, SO_DETACH_FILTER, &ignored,
                 sizeof ignored);
    } else if (setsockopt(fd.get(), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                          sizeof program) < 0) {
      e = Error::from_errno("connects cannot be put off");
    }
  }
  return e;
}

std::vector<int> all_fds(const Listeners& listeners) {
  std::vector<int> out;
  for (size_t i = 0; i < listeners.clients.size(); ++i) {
    out.push_back(listeners.clients[i].get());
  }
  out.push_back(listeners.stats.get());
  out.push_back(listeners.control.get());
  return out;
}

Error open_listeners(const Config& config, const std::vector<int>& bound,
                     Listeners* out) {
  Listeners opened;
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const ListenConfig& l = config.listens[i];
    UniqueFd fd;
    Error e = listen_on(l.bind, "listen " + l.name, bound, &fd);
    if (e) return e;
    tandem::keep_alive(fd.get(), l.keepalive_idle_ms, l.keepalive_interval_ms,
                       l.keepalive_count);
    opened.clients.push_back(std::move(fd));
  }
  if (config.stats.on) {
    Error e = listen_on(config.stats.bind, "stats", bound, &opened.stats);
    if (e) return e;
  }
  // The last one: after it nothing fails, and its file would be left.
  Error e = open_control(config.socket, bound, &opened.control);
  if (e) return e;
  out->clients.swap(opened.clients);
  out->stats = std::move(opened.stats);
  out->control = std::move(opened.control);
  return Error::none();
}

}  // namespace splitfwd
