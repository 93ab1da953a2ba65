// Beyond POSIX: SO_PEERCRED (Linux) tells which process called listen() on a
// Unix socket, so a stale pid file cannot make us kill somebody else.
#include "promote/hung.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/net.h"
#include "lib/select.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;

namespace {

const uint64_t kGoneMs = 5000;  // exiting means freeing the buffer pool

// The process that listens on the socket; 0 when nobody does.
Error listener_of(const std::string& path, pid_t* out) {
  struct sockaddr_un addr;
  memset(&addr, 0, sizeof addr);
  addr.sun_family = AF_UNIX;
  if (path.size() >= sizeof addr.sun_path) {
    return Error::make(tandem::kExitFailed, "%s: name too long", path.c_str());
  }
  memcpy(addr.sun_path, path.data(), path.size());
  tandem::UniqueFd fd;
  Error e = tandem::open_socket(AF_UNIX, SOCK_STREAM, 0, &fd);
  if (e) return e;
  if (connect(fd.get(), reinterpret_cast<struct sockaddr*>(&addr),
              sizeof addr) < 0) {
    if (errno != ECONNREFUSED && errno != ENOENT) {
      return Error::from_errno("connect %s", path.c_str());
    }
    *out = 0;
    return Error::none();
  }
  struct ucred who;
  socklen_t bytes = sizeof who;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &bytes) < 0) {
    return Error::from_errno("SO_PEERCRED");
  }
  *out = who.pid;
  return Error::none();
}

}  // namespace

Error kill_hung_server(const Endpoint& at) {
  if (at.pid_file.empty()) {
    return Error::make(tandem::kExitFailed, "no pid_file in [server %s]",
                       at.name.c_str());
  }
  std::string text;
  Error e = tandem::read_file(at.pid_file, 64, &text);
  if (e) return Error::make(tandem::kExitFailed, "%s", e.c_str());
  uint64_t pid;
  if (!tandem::parse_u64(tandem::trim(text), INT32_MAX, &pid) || pid < 2) {
    return Error::make(tandem::kExitFailed, "%s: no pid in it",
                       at.pid_file.c_str());
  }
  pid_t listener;
  e = listener_of(at.socket, &listener);
  if (e || listener == 0) return e;
  if (listener != static_cast<pid_t>(pid)) {
    return Error::make(tandem::kExitFailed, "%s says %ld, but %ld listens on "
                       "%s", at.pid_file.c_str(), static_cast<long>(pid),
                       static_cast<long>(listener), at.socket.c_str());
  }
  if (kill(listener, SIGKILL) < 0) {
    return Error::from_errno("kill %ld", static_cast<long>(listener));
  }
  const uint64_t until_ms = tandem::clock_ms() + kGoneMs;
  while (tandem::clock_ms() < until_ms) {
    pid_t now;
    e = listener_of(at.socket, &now);
    if (e || now != listener) return e;
    tandem::Selector sel;
    e = sel.wait(tandem::clock_ms() + 2);
    if (e) return e;
  }
  return Error::make(tandem::kExitFailed, "%ld does not die",
                     static_cast<long>(listener));
}

}  // namespace promote
