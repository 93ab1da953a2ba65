// Whole files in, whole files out. What is replaced is on disk before it gets
// its name, so that a crash leaves the old file or the new one.
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"

namespace tandem {

namespace {

Error read_fd(int fd, const std::string& path, size_t max_bytes,
              std::string* out) {
  static const size_t kPart = 4096;
  std::string text;  // no other copy of what may be a secret
  for (;;) {
    const size_t size = text.size();
    text.resize(size + kPart);
    const ssize_t n = read(fd, &text[size], kPart);
    text.resize(size + static_cast<size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EISDIR) {
        return Error::make(kExitConfig, "%s: is a directory", path.c_str());
      }
      return Error::from_errno("read %s", path.c_str());
    }
    if (n == 0) break;
    if (text.size() > max_bytes) {
      return Error::make(kExitConfig, "%s: more than %zu bytes", path.c_str(),
                         max_bytes);
    }
  }
  out->swap(text);
  return Error::none();
}

Error open_to_read(const std::string& path, UniqueFd* out, int flags = 0) {
  UniqueFd fd(open(path.c_str(), flags | O_RDONLY | O_CLOEXEC | O_NOCTTY |
                                     O_NONBLOCK));
  struct stat st;
  if (!fd.valid() || fstat(fd.get(), &st) < 0) {
    if (errno == EACCES) return Error::from_errno("%s", path.c_str());
    return Error::make(kExitConfig, "%s: %s", path.c_str(), strerror(errno));
  }
  if (S_ISFIFO(st.st_mode)) {
    return Error::make(kExitConfig, "%s: is a FIFO, not a file", path.c_str());
  }
  *out = std::move(fd);
  return Error::none();
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Error write_all(int fd, const std::string& text) {
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    if (n < 0) {
      if (errno == EINTR) continue;
      return Error::from_errno("write");
    }
    at += static_cast<size_t>(n);
  }
  return Error::none();
}

void whole_file_lock(struct flock* lock) {
  memset(lock, 0, sizeof *lock);
  lock->l_type = F_WRLCK;
  lock->l_whence = SEEK_SET;
}

}  // namespace

Error read_file(const std::string& path, size_t max_bytes, std::string* out) {
  UniqueFd fd;
  Error e = open_to_read(path, &fd);
  if (e) return e;
  return read_fd(fd.get(), path, max_bytes, out);
}

Error read_foreign_file(const std::string& path, size_t max_bytes,
                        std::string* out) {
  struct stat st;
  UniqueFd fd;
  if (lstat(path.c_str(), &st) == 0 && !S_ISREG(st.st_mode)) {
    return Error::make(kExitConfig, "%s: is no plain file", path.c_str());
  }
  Error e = open_to_read(path, &fd, O_NOFOLLOW);
  if (e) return e;
  return read_fd(fd.get(), path, max_bytes, out);
}

Error read_secret_file(const std::string& path, size_t max_bytes,
                       std::string* out) {
  UniqueFd fd;
  Error e = open_to_read(path, &fd);
  if (e) return e;
  struct stat st;
  if (fstat(fd.get(), &st) < 0) return Error::from_errno("%s", path.c_str());
  if (st.st_mode & (S_IRWXG | S_IRWXO)) {
    return Error::make(kExitConfig,
                       "%s: group or others can use this file (mode %04o); "
                       "chmod 600 it",
                       path.c_str(), static_cast<unsigned>(st.st_mode & 07777));
  }
  if (st.st_uid != 0 && st.st_uid != geteuid()) {
    return Error::make(kExitConfig, "%s: belongs to uid %lu, not to root",
                       path.c_str(), static_cast<unsigned long>(st.st_uid));
  }
  return read_fd(fd.get(), path, max_bytes, out);
}

Error check_path(const std::string& path) {
  for (std::string at = path;; at = directory_of(at)) {
    struct stat st;
    if (lstat(at.c_str(), &st) < 0) return Error::from_errno("%s", at.c_str());
    const bool by_group = (st.st_mode & S_IWGRP) && st.st_gid != 0;
    const bool by_others = (st.st_mode & S_IWOTH) != 0;
    const bool sticky = S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX);
    const char* why = nullptr;
    if (st.st_uid != 0 && st.st_uid != geteuid()) {
      why = "belongs to somebody else than root";
    } else if ((by_group || by_others) && !sticky) {
      why = "can be written by others than root";
    }
    if (why) {
      return Error::make(kExitPermission, "%s: %s, refused", at.c_str(), why);
    }
    if (at == "/") return Error::none();
  }
}

namespace {

// like may be null: mode, and us.
Error replace(const std::string& path, const std::string& text, mode_t mode,
              const struct stat* like) {
  const std::string tmp = path + ".new";
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd fd(open(tmp.c_str(), flags, mode));
  if (!fd.valid() && errno == EEXIST && unlink(tmp.c_str()) == 0) {
    fd = UniqueFd(open(tmp.c_str(), flags, mode));  // one that a crash has left
  }
  if (!fd.valid()) return Error::from_errno("create %s", tmp.c_str());
  Error e = write_all(fd.get(), text);
  if (!e && like && (fchown(fd.get(), like->st_uid, like->st_gid) < 0 ||
                     fchmod(fd.get(), like->st_mode & 0777) < 0)) {
    e = Error::from_errno("owner and mode");
  }
  if (!e && fsync(fd.get()) < 0) e = Error::from_errno("fsync");
  if (e) {
    unlink(tmp.c_str());
    return e.within(tmp);
  }
  if (rename(tmp.c_str(), path.c_str()) < 0) {
    e = Error::from_errno("rename %s", tmp.c_str());
    unlink(tmp.c_str());
    return e;
  }
  const std::string dir = directory_of(path);
  UniqueFd dir_fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir_fd.valid() || fsync(dir_fd.get()) < 0) {
    return Error::from_errno("fsync %s", dir.c_str());
  }
  return Error::none();
}

}  // namespace

Error replace_file(const std::string& path, const std::string& text,
                   mode_t mode) {
  return replace(path, text, mode, nullptr);
}

Error replace_file_like(const std::string& path, const std::string& text,
                        const struct stat& like) {
  return replace(path, text, S_IRUSR | S_IWUSR, &like);
}

Error make_directories(const std::string& path, mode_t mode) {
  for (size_t at = 1; at != std::string::npos;) {
    at = path.find('/', at);
    const std::string part = path.substr(0, at);
    if (mkdir(part.c_str(), mode) < 0 && errno != EEXIST) {
      return Error::from_errno("mkdir %s", part.c_str());
    }
    if (at != std::string::npos) ++at;
  }
  return Error::none();
}

Error random_bytes(void* out, size_t bytes) {
  UniqueFd fd(open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  // Up to 256 bytes come whole (random(4)).
  if (!fd.valid() ||
      read(fd.get(), out, bytes) != static_cast<ssize_t>(bytes)) {
    return Error::from_errno("/dev/urandom");
  }
  return Error::none();
}

namespace {

// Whoever can open the file can lock it, and by that keep us from running: it
// is ours alone, also one that an older version made for all to read.
Error open_own(const std::string& path, UniqueFd* out) {
  UniqueFd fd(open(path.c_str(),
                   O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                   S_IRUSR | S_IWUSR));
  struct stat st;
  if (!fd.valid() || fstat(fd.get(), &st) < 0) {
    return Error::from_errno("%s", path.c_str());
  }
  if (!S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
    return Error::make(kExitPermission, "%s: is not a file of ours; remove it",
                       path.c_str());
  }
  if (fchmod(fd.get(), S_IRUSR | S_IWUSR) < 0) {
    return Error::from_errno("%s: mode", path.c_str());
  }
  *out = std::move(fd);
  return Error::none();
}

// The path still leads to what was opened.
bool is_at(const UniqueFd& fd, const std::string& path) {
  struct stat here, there;
  return fstat(fd.get(), &here) == 0 && lstat(path.c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

// A process acts with our user's rights, or nobody can tell.
bool is_ours(pid_t pid) {
  std::string text;
  const Error e = read_file(
      format("/proc/%ld/status", static_cast<long>(pid)), 65536, &text);
  if (e) return true;
  for (const std::string& line : split_fields(text, "\n")) {
    const std::vector<std::string> words = split_words(line);
    uint64_t uid;
    if (words.size() > 2 && words[0] == "Uid:" &&
        parse_u64(words[2], UINT32_MAX, &uid)) {
      return uid == geteuid();
    }
  }
  return false;
}

enum class Holder { Nobody, Ours, Stranger };
Holder holder_of(const std::string& path, pid_t* pid) {
  *pid = 0;
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return Holder::Nobody;
  struct flock lock;
  whole_file_lock(&lock);
  if (fcntl(fd.get(), F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK) {
    return Holder::Nobody;
  }
  // Ours are never shared, and belong to a process: not -1, as the locks of an
  // open file description (Linux 3.15), but 0 outside our PID namespace.
  if (lock.l_type != F_WRLCK || lock.l_pid < 0 || !is_ours(lock.l_pid)) {
    return Holder::Stranger;
  }
  *pid = lock.l_pid;
  return Holder::Ours;
}

const int kTakesMax = 8;

}  // namespace

Error PidFile::take(const std::string& path) {
  for (int i = 0; i < kTakesMax; ++i) {
    UniqueFd fd;
    Error e = open_own(path, &fd);
    if (e) return e;
    struct flock lock;
    whole_file_lock(&lock);
    if (fcntl(fd.get(), F_SETLK, &lock) < 0) {
      if (errno != EACCES && errno != EAGAIN) {
        return Error::from_errno("lock %s", path.c_str());
      }
      pid_t pid;
      switch (holder_of(path, &pid)) {
        case Holder::Nobody: break;  // not any more
        case Holder::Ours:
          return Error::make(kExitFailed, "already running, pid %ld (%s)",
                             static_cast<long>(pid), path.c_str());
        case Holder::Stranger:  // who has opened it when he still could
          if (is_at(fd, path)) unlink(path.c_str());
          break;
      }
      continue;
    }
    if (!is_at(fd, path)) continue;  // its last owner has removed it meanwhile
    const std::string text = format("%ld\n", static_cast<long>(getpid()));
    if (ftruncate(fd.get(), 0) < 0) e = Error::from_errno("truncate");
    if (!e) e = write_all(fd.get(), text);
    if (e) return e.within(path);
    path_ = path;
    fd_ = std::move(fd);
    return e;
  }
  return Error::make(kExitFailed, "%s: somebody else locks it again and again",
                     path.c_str());
}

void PidFile::inherit(const std::string& path, UniqueFd fd) {
  path_ = path;
  fd_ = std::move(fd);
}

void PidFile::drop() {
  if (!fd_.valid()) return;
  unlink(path_.c_str());
  fd_.reset();
}

pid_t pid_of_holder(const std::string& path) {
  pid_t pid;
  holder_of(path, &pid);
  return pid;
}

void end_holder(const std::string& path) {
  const uint64_t kWaitMs = 500;
  const pid_t pid = pid_of_holder(path);
  if (pid <= 1) return;
  const uint64_t until_ms = clock_ms() + kWaitMs;
  kill(pid, SIGKILL);
  while (pid_of_holder(path) == pid) {
    if (clock_ms() >= until_ms) {
      log_warn("pid %ld was killed but does not end: left behind",
               static_cast<long>(pid));
      unlink(path.c_str());
      return;
    }
    sleep_ms(1);
  }
}

}  // namespace tandem
