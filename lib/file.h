// Files: whole reads, durable replacement, secrets, pid files.
#ifndef TANDEM_LIB_FILE_H
#define TANDEM_LIB_FILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <string>

#include "lib/error.h"
#include "lib/fd.h"

namespace tandem {

// The whole file, at most max_bytes (more is an error). A missing file is
// exit code 6 (kExitConfig), and so is one that would make us wait, a FIFO.
TANDEM_MUST_USE Error read_file(const std::string& path, size_t max_bytes,
                                std::string* out);
// The same for a file that holds a secret: refused when group or others can
// read or write it, or when it belongs to somebody else than root or us.
// The caller wipes *out when it has what it wants of it.
TANDEM_MUST_USE Error read_secret_file(const std::string& path,
                                       size_t max_bytes, std::string* out);
// As read_file(), of a directory that others can write: a link in the place of
// the file is not followed, and nothing but a plain file is opened.
TANDEM_MUST_USE Error read_foreign_file(const std::string& path,
                                        size_t max_bytes, std::string* out);
// No error: path, which has no symbolic link in it, and every directory above
// belong to root (or to us) and can be written by nobody else. A sticky
// directory such as /tmp may be writable. Else exit code 4.
TANDEM_MUST_USE Error check_path(const std::string& path);
// Replaces path by text, durably: a new file beside it, fsync, rename, fsync of
// the directory. A link at either name is not followed. On failure the old file
// is still there, whole.
TANDEM_MUST_USE Error replace_file(const std::string& path,
                                   const std::string& text, mode_t mode);
// Owner and rights (rwx) are those of what `like` tells; else as above.
TANDEM_MUST_USE Error replace_file_like(const std::string& path,
                                        const std::string& text,
                                        const struct stat& like);
// mkdir -p with this mode for each missing part.
TANDEM_MUST_USE Error make_directories(const std::string& path, mode_t mode);

// At most 256 bytes of /dev/urandom, which nobody can guess or repeat.
TANDEM_MUST_USE Error random_bytes(void* out, size_t bytes);

// A pid file that is locked (fcntl) as long as its process lives, so a stale
// one is told from a living one without a guess.
class PidFile {
 public:
  // Takes the file for this process and writes the pid; mode 0600, since who
  // can open it can lock it. When another process of our user holds it: exit
  // code 1 and "already running, pid N"; a stranger's lock is left behind with
  // the file that it is on. After a fork the child calls take() itself: fcntl
  // locks are not inherited.
  TANDEM_MUST_USE Error take(const std::string& path);
  // The same file, taken by this process before it became another program:
  // the lock is still held.
  void inherit(const std::string& path, UniqueFd fd);
  int fd() const { return fd_.get(); }
  // Removes the file and drops the lock.
  void drop();

 private:
  std::string path_;
  UniqueFd fd_;
};

// The pid of our user that holds this pid file's lock; 0 when none does.
pid_t pid_of_holder(const std::string& path);

// Kills whoever holds it. SIGKILL reaches a stopped process too. One that the
// kernel holds back (a frozen cgroup, a dead disk) never runs another
// instruction of its own, but keeps its lock: after 500 ms the file is given up
// for a new one.
void end_holder(const std::string& path);

}  // namespace tandem

#endif
