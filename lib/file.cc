// Whole files in, whole files out. What is replaced is on disk before it gets
// its name, so that a crash leaves the old file or the new one.
#include "lib/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/net.h"
#include "lib/text.h"

namespace tandem {

namespace {

Error read_fd(int fd, const std::string& path, size_t max_bytes,
              std::string* out) {
  std::string text;
  char buf[4096];
  for (;;) {
    const ssize_t n = read(fd, buf, sizeof buf);
    if (n < 0) {
      if (errno == EINTR) continue;
      if (errno == EISDIR) {
        return Error::make(kExitConfig, "%s: is a directory", path.c_str());
      }
      return Error::from_errno("read %s", path.c_str());
    }
    if (n == 0) break;
    text.append(buf, static_cast<size_t>(n));
    if (text.size() > max_bytes) {
      return Error::make(kExitConfig, "%s: more than %zu bytes", path.c_str(),
                         max_bytes);
    }
  }
  out->swap(text);
  return Error::none();
}

Error open_to_read(const std::string& path, UniqueFd* out) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.valid()) {
    if (errno == EACCES) return Error::from_errno("%s", path.c_str());
    return Error::make(kExitConfig, "%s: %s", path.c_str(), strerror(errno));
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

namespace {

// like may be null: mode, and us.
Error replace(const std::string& path, const std::string& text, mode_t mode,
              const struct stat* like) {
  const std::string tmp = path + ".new";
  UniqueFd fd(open(tmp.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                   mode));
  if (!fd.valid()) return Error::from_errno("create %s", tmp.c_str());
  Error e = write_all(fd.get(), text);
  if (!e && like && (fchown(fd.get(), like->st_uid, like->st_gid) < 0 ||
                     fchmod(fd.get(), like->st_mode & 07777) < 0)) {
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

Error PidFile::take(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd.valid()) return Error::from_errno("%s", path.c_str());
  struct flock lock;
  whole_file_lock(&lock);
  if (fcntl(fd.get(), F_SETLK, &lock) < 0) {
    if (errno != EACCES && errno != EAGAIN) {
      return Error::from_errno("lock %s", path.c_str());
    }
    return Error::make(kExitFailed, "already running, pid %ld (%s)",
                       static_cast<long>(pid_of_holder(path)), path.c_str());
  }
  const std::string text = format("%ld\n", static_cast<long>(getpid()));
  Error e = Error::none();
  if (ftruncate(fd.get(), 0) < 0) e = Error::from_errno("truncate");
  if (!e) e = write_all(fd.get(), text);
  if (e) return e.within(path);
  path_ = path;
  fd_ = std::move(fd);
  return e;
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
  UniqueFd fd(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return 0;
  struct flock lock;
  whole_file_lock(&lock);
  if (fcntl(fd.get(), F_GETLK, &lock) < 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

}  // namespace tandem
