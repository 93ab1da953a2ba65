// Beyond POSIX: /proc/self/fd of Linux, which lists what is open. Where it
// cannot be read, the numbers up to the limit of open files are closed one by
// one. Not for what this process itself opens: that is close-on-exec. And
// prctl(PR_SET_DUMPABLE).
#include "lib/inherited.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "lib/error.h"
#include "lib/text.h"

namespace tandem {

namespace {

// Without a list. The limit may be a thousand million (fs.nr_open).
const long kNumbersMax = 65536;

void open_standard() {
  for (int fd = 0; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // open() gives the lowest number that is free, which is this one. In a
    // chroot without /dev/null a directory does as well: it takes no byte.
    if (open("/dev/null", O_RDWR) != fd && open("/", O_RDONLY) != fd) {
      _exit(kExitFailed);
    }
  }
}

void close_unless_kept(int fd, const std::vector<int>& keep) {
  if (fd <= STDERR_FILENO) return;
  if (std::find(keep.begin(), keep.end(), fd) == keep.end()) close(fd);
}

// False: nothing tells what is open.
bool close_listed(const std::vector<int>& keep) {
  DIR* dir = opendir("/proc/self/fd");
  if (!dir) return false;
  std::vector<int> listed;
  while (const struct dirent* entry = readdir(dir)) {
    uint64_t fd;
    if (parse_u64(entry->d_name, INT_MAX, &fd)) {
      listed.push_back(static_cast<int>(fd));
    }
  }
  closedir(dir);  // one of those listed
  for (size_t i = 0; i < listed.size(); ++i) {
    close_unless_kept(listed[i], keep);
  }
  return true;
}

void close_numbers(const std::vector<int>& keep) {
  const long limit = sysconf(_SC_OPEN_MAX);
  const long end = limit < 0 ? kNumbersMax : std::min(limit, kNumbersMax);
  for (int fd = 0; fd < end; ++fd) close_unless_kept(fd, keep);
}

}  // namespace

void start_clean(const std::vector<int>& keep) {
  prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
  umask(umask(077) | 022);
  open_standard();
  if (close_listed(keep)) return;
  close_numbers(keep);
  // If there was no number left to read the list with, there is one now.
  close_listed(keep);
}

std::string env(const char* name) {
  const char* value = getenv(name);
  return value ? value : "";
}

int handed_over_fd(const char* name) {
  uint64_t fd;
  if (!parse_u64(env(name), INT_MAX, &fd) || fd <= STDERR_FILENO) return -1;
  return static_cast<int>(fd);
}

}  // namespace tandem
