// What accept4(2) and its like would do at once, done by fcntl(2) right after
// the birth of a descriptor: with one thread nobody forks in between, and a
// process that has more never forks.
#include "lib/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include "lib/clock.h"

namespace tandem {

namespace {

// IP_BIND_ADDRESS_NO_PORT of Linux 4.2, which older headers lack: the port is
// chosen by connect(2), which knows where to. An older kernel refuses it.
const int kBindAddressNoPort = 24;

Error fill_unix_address(const std::string& path, struct sockaddr_un* addr) {
  memset(addr, 0, sizeof *addr);
  addr->sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof addr->sun_path) {
    return Error::make(kExitFailed, "%s: socket path is too long (at most %u)",
                       path.c_str(),
                       static_cast<unsigned>(sizeof addr->sun_path - 1));
  }
  memcpy(addr->sun_path, path.data(), path.size());
  return Error::none();
}

Error set_timeouts(int fd, unsigned timeout_ms) {
  struct timeval tv;
  tv.tv_sec = static_cast<time_t>(timeout_ms / 1000);
  tv.tv_usec = static_cast<suseconds_t>(timeout_ms % 1000) * 1000;
  if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) < 0 ||
      setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) < 0) {
    return Error::from_errno("setsockopt");
  }
  return Error::none();
}

}  // namespace

Error set_cloexec(int fd) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags < 0 || fcntl(fd, F_SETFD, flags | FD_CLOEXEC) < 0) {
    return Error::from_errno("fcntl");
  }
  return Error::none();
}

Error set_nonblocking(int fd) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    return Error::from_errno("fcntl");
  }
  return Error::none();
}

Error set_blocking(int fd, unsigned timeout_ms) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0) {
    return Error::from_errno("fcntl");
  }
  return set_timeouts(fd, timeout_ms);
}

// What the two above do, for one that has no other flag yet: half the calls.
static Error set_both(int fd) {
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ||
      fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
    return Error::from_errno("fcntl");
  }
  return Error::none();
}

Error open_socket(int domain, int type, int protocol, UniqueFd* out) {
  UniqueFd fd(socket(domain, type, protocol));
  if (!fd.valid()) return Error::from_errno("socket");
  Error e = set_both(fd.get());
  if (!e) *out = std::move(fd);
  return e;
}

Error open_pipe(UniqueFd* read_end, UniqueFd* write_end) {
  int fds[2];
  if (pipe(fds) < 0) return Error::from_errno("pipe");
  UniqueFd r(fds[0]);
  UniqueFd w(fds[1]);
  Error e = set_cloexec(r.get());
  if (!e) e = set_cloexec(w.get());
  if (e) return e;
  *read_end = std::move(r);
  *write_end = std::move(w);
  return e;
}

bool would_block(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

bool is_our_shortage(int error) {
  switch (error) {
    case EADDRNOTAVAIL:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EPERM:
      return true;
  }
  return false;
}

int begin_connect(const Address& to, const Address* from, UniqueFd* out) {
  struct sockaddr_storage addr;
  UniqueFd fd;
  if (open_socket(to.family, SOCK_STREAM, 0, &fd)) return errno;
  send_at_once(fd.get());
  if (from) {
    set_flag(fd.get(), IPPROTO_IP, kBindAddressNoPort);
    const socklen_t own = from->fill(&addr);
    if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), own) < 0) {
      return errno;
    }
  }
  const socklen_t n = to.fill(&addr);
  const int rc =
      connect(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n);
  const int error = errno;
  if (rc < 0 && error != EINPROGRESS && error != EINTR) return error;
  *out = std::move(fd);
  return 0;
}

void set_flag(int fd, int level, int name) {
  const int on = 1;
  setsockopt(fd, level, name, &on, sizeof on);
}

void keep_alive(int fd, uint64_t idle_ms, uint64_t interval_ms,
                uint64_t count) {
  set_flag(fd, SOL_SOCKET, SO_KEEPALIVE);
  const struct {
    int name;
    uint64_t value;
  } kTimes[] = {{TCP_KEEPIDLE, idle_ms / 1000},
                {TCP_KEEPINTVL, interval_ms / 1000},
                {TCP_KEEPCNT, count}};
  for (const auto& t : kTimes) {
    const int value = static_cast<int>(t.value);
    setsockopt(fd, IPPROTO_TCP, t.name, &value, sizeof value);
  }
}

void send_at_once(int fd) { set_flag(fd, IPPROTO_TCP, TCP_NODELAY); }

Address peer_of(int fd) {
  struct sockaddr_storage addr;
  socklen_t n = sizeof addr;
  if (getpeername(fd, reinterpret_cast<struct sockaddr*>(&addr), &n) < 0) {
    return Address();
  }
  return Address::from_sockaddr(addr);
}

Address local_of(int fd) {
  struct sockaddr_storage addr;
  socklen_t n = sizeof addr;
  if (getsockname(fd, reinterpret_cast<struct sockaddr*>(&addr), &n) < 0) {
    return Address();
  }
  return Address::from_sockaddr(addr);
}

// All of it fits. What was said to us, unread, would turn our close into a
// reset that overtakes it.
void send_last(int fd, const std::string& bytes) {
  char waste[4096];
  if (send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return;
  for (int i = 0; i < 4; ++i) {
    if (recv(fd, waste, sizeof waste, 0) < static_cast<ssize_t>(sizeof waste))
      return;
  }
}

short ready_events(int fd, short events, int timeout_ms) {
  struct pollfd p;
  p.fd = fd;
  p.events = events;
  p.revents = 0;
  return poll(&p, 1, timeout_ms) == 1 ? p.revents : static_cast<short>(0);
}

Error accept_socket(int listen_fd, UniqueFd* out) {
  out->reset();
  UniqueFd fd(accept(listen_fd, nullptr, nullptr));
  if (!fd.valid()) {
    if (would_block(errno) || errno == ECONNABORTED) return Error::none();
    return Error::from_errno("accept");
  }
  Error e = set_both(fd.get());
  if (!e) *out = std::move(fd);
  return e;
}

Error listen_unix(const std::string& path, UniqueFd* out) {
  struct sockaddr_un addr;
  Error e = fill_unix_address(path, &addr);
  if (e) return e;
  UniqueFd probe;
  e = connect_unix(path, 1000, &probe);
  if (!e) {
    return Error::make(kExitFailed, "%s: another process listens here",
                       path.c_str());
  }
  UniqueFd fd;
  e = open_socket(AF_UNIX, SOCK_STREAM, 0, &fd);
  if (e) return e;
  struct stat st;
  if (lstat(path.c_str(), &st) == 0 && !S_ISSOCK(st.st_mode)) {
    return Error::make(kExitFailed, "%s: is there, and no socket",
                       path.c_str());
  }
  if (unlink(path.c_str()) < 0 && errno != ENOENT) {
    return Error::from_errno("unlink %s", path.c_str());
  }
  const mode_t before = umask(0177);
  const int rc = bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr),
                      sizeof addr);
  umask(before);
  if (rc < 0) return Error::from_errno("bind %s", path.c_str());
  if (listen(fd.get(), 16) < 0) {
    return Error::from_errno("listen %s", path.c_str());
  }
  *out = std::move(fd);
  return Error::none();
}

Error connect_unix(const std::string& path, unsigned timeout_ms,
                   UniqueFd* out) {
  struct sockaddr_un addr;
  Error e = fill_unix_address(path, &addr);
  if (e) return e;
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM, 0));
  if (!fd.valid()) return Error::from_errno("socket");
  e = set_cloexec(fd.get());
  if (e) return e;
  e = set_timeouts(fd.get(), timeout_ms);
  if (e) return e;
  if (connect(fd.get(), reinterpret_cast<struct sockaddr*>(&addr),
              sizeof addr) < 0) {
    return Error::from_errno("connect %s", path.c_str());
  }
  *out = std::move(fd);
  return Error::none();
}

Error ask(int fd, const std::string& line, uint64_t until_ms,
          size_t bytes_max, std::string* answer) {
  const std::string request = line + "\n";
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return Error::from_errno("send");
  }
  std::string said;
  char buf[4096];
  while (clock_ms() < until_ms && said.size() < bytes_max) {
    const ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n < 0) return Error::from_errno("recv");
    if (n == 0) {
      answer->swap(said);
      return Error::none();
    }
    said.append(buf, static_cast<size_t>(n));
  }
  return Error::make(kExitFailed, "no end of the answer");
}

}  // namespace tandem
