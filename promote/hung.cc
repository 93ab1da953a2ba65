// Beyond POSIX: SO_PEERCRED (Linux) tells which process called listen() on a
// Unix socket, so a stale pid file cannot make us kill somebody else; /proc
// tells who has a socket open whose file was removed.
#include "promote/hung.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <vector>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/net.h"
#include "lib/process.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;

namespace {

// Exiting means freeing the buffer pool. A disk that does not answer may keep a
// thread for ever: so long its end is waited for, and so long that nothing of
// it is executed.
const uint64_t kEndedMs = 500, kQuietMs = 5000;

const pid_t kNobody = 0;
const pid_t kUnknown = -1;  // somebody whose queue of connections is full

// The process that listens on the socket.
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
    *out = errno == EAGAIN ? kUnknown : kNobody;
    return errno == EAGAIN || errno == ECONNREFUSED || errno == ENOENT
               ? Error::none()
               : Error::from_errno("connect %s", path.c_str());
  }
  struct ucred who;
  socklen_t bytes = sizeof who;
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &bytes) < 0) {
    return Error::from_errno("SO_PEERCRED");
  }
  *out = who.pid;
  return Error::none();
}

// The links "socket:[INODE]" of the sockets that were bound to this path in our
// network, whether the file is still there or not; and whatever else somebody
// has that list say, with newlines in the name of a socket of his own.
std::set<std::string> links_of(const std::string& path) {
  std::set<std::string> out;
  FILE* f = fopen("/proc/net/unix", "r");
  char line[512], name[sizeof line];
  unsigned long inode;
  while (f && fgets(line, sizeof line, f)) {
    if (sscanf(line, "%*s %*s %*s %*s %*s %*s %lu %511s", &inode, name) == 2 &&
        path == name) {
      out.insert(tandem::format("socket:[%lu]", inode));
    }
  }
  if (f) fclose(f);
  return out;
}

bool has_open(const std::string& pid, const std::set<std::string>& links) {
  const std::string path = "/proc/" + pid + "/fd";
  DIR* dir = opendir(path.c_str());
  bool found = false;
  while (const struct dirent* entry = dir ? readdir(dir) : nullptr) {
    char link[64];
    const ssize_t n = readlink((path + "/" + entry->d_name).c_str(), link,
                               sizeof link);
    found |= n > 0 && links.count(std::string(link, static_cast<size_t>(n)));
  }
  if (dir) closedir(dir);
  return found;
}

bool is_server(pid_t pid) {
  char exe[4096];
  const std::string link =
      tandem::format("/proc/%ld/exe", static_cast<long>(pid));
  const ssize_t n = readlink(link.c_str(), exe, sizeof exe);
  if (n <= 0) return false;
  const std::string path(exe, static_cast<size_t>(n));
  const std::string name = path.substr(path.rfind('/') + 1);
  return name.compare(0, 6, "mysqld") == 0 ||
         name.compare(0, 8, "mariadbd") == 0;  // " (deleted)" after an update
}

// Whoever has the directory of that file may be uid; of one that is gone, as
// /run/mysqld is after a clean-up, anybody may: better to see a server too many
// than none.
bool may_own_directory(uid_t uid, const std::string& file) {
  struct stat st;
  const std::string dir =
      file.substr(0, std::max<size_t>(file.rfind('/'), 1));
  return !file.empty() && (stat(dir.c_str(), &st) < 0 || st.st_uid == uid);
}

// A server's program, of root or of whoever has the directories of its socket
// and its pid file. Whoever else listens, or is said to, is none of ours.
bool is_our_server(const Endpoint& at, pid_t pid) {
  struct stat st;
  const std::string proc = tandem::format("/proc/%ld", static_cast<long>(pid));
  if (stat(proc.c_str(), &st) < 0 || !is_server(pid)) return false;
  return st.st_uid == 0 || may_own_directory(st.st_uid, at.socket) ||
         may_own_directory(st.st_uid, at.pid_file);
}

// Who has the socket open that nobody can connect to any more; kNobody.
pid_t holder_of(const Endpoint& at) {
  const std::set<std::string> links = links_of(at.socket);
  if (links.empty()) return kNobody;
  DIR* dir = opendir("/proc");
  pid_t found = kNobody;
  while (const struct dirent* entry = dir ? readdir(dir) : nullptr) {
    uint64_t pid;
    if (tandem::parse_u64(entry->d_name, INT32_MAX, &pid) &&
        is_our_server(at, static_cast<pid_t>(pid)) &&
        has_open(entry->d_name, links)) {
      found = static_cast<pid_t>(pid);
    }
  }
  if (dir) closedir(dir);
  return found;
}

Error owner_of(const Endpoint& at, pid_t* out) {
  Error e = listener_of(at.socket, out);
  if (!e && *out == kNobody) *out = holder_of(at);
  return e;
}

}  // namespace

bool lives_without_socket(const Endpoint& at) {
  return !at.socket.empty() && holder_of(at) != kNobody;
}

Error kill_hung_server(const Endpoint& at) {
  if (at.pid_file.empty()) {
    return Error::make(tandem::kExitFailed, "no pid_file in [server %s]",
                       at.name.c_str());
  }
  std::string text;
  Error e = tandem::read_foreign_file(at.pid_file, 64, &text);
  if (e) return Error::make(tandem::kExitFailed, "%s", e.c_str());
  uint64_t pid;
  if (!tandem::parse_u64(tandem::trim(text), INT32_MAX, &pid) || pid < 2) {
    return Error::make(tandem::kExitFailed, "%s: no pid in it",
                       at.pid_file.c_str());
  }
  pid_t listener = kNobody;
  e = owner_of(at, &listener);
  if (e || listener == kNobody) return e;
  // SO_PEERCRED cannot say it when the queue is full.
  if (listener == kUnknown) listener = static_cast<pid_t>(pid);
  if (listener != static_cast<pid_t>(pid)) {
    return Error::make(tandem::kExitFailed, "%s says %ld, but %ld listens on "
                       "%s", at.pid_file.c_str(), static_cast<long>(pid),
                       static_cast<long>(listener), at.socket.c_str());
  }
  const std::vector<std::string> stat = tandem::process_stat(listener);
  if (!stat.empty() && stat[0] == "Z" && tandem::executes_nothing(listener)) {
    return Error::none();  // killed before
  }
  if (!is_our_server(at, listener)) {
    return Error::make(tandem::kExitFailed, "%ld, which listens on %s, is no "
                       "server of that directory's owner: not killed",
                       static_cast<long>(listener), at.socket.c_str());
  }
  if (kill(listener, SIGKILL) < 0) {
    return Error::from_errno("kill %ld", static_cast<long>(listener));
  }
  const uint64_t killed_ms = tandem::clock_ms();
  while (tandem::clock_ms() < killed_ms + kQuietMs) {
    if (tandem::has_ended(listener)) return Error::none();
    if (tandem::clock_ms() >= killed_ms + kEndedMs &&
        tandem::executes_nothing(listener)) {
      return Error::none();
    }
    tandem::sleep_ms(2);
  }
  return Error::make(tandem::kExitFailed, "%ld does not die",
                     static_cast<long>(listener));
}

}  // namespace promote
