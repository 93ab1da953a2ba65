// Beyond POSIX: /proc/self/fd/2 of Linux, which opens what descriptor 2 is on
// once more. O_NONBLOCK is a flag of what was opened, and descriptor 2 shares
// that with whoever started us, who must not find it non-blocking.
// Where nothing can be opened (a socket; a chroot) poll(2) is asked alone: then
// another process that writes to the same pipe in between could still hold us
// up.
#include "lib/stderr.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "lib/net.h"
#include "lib/text.h"

namespace tandem {

void StandardError::open() {
  is_open_ = true;
  own_.reset();
  // A file takes everything, and has a position that is shared.
  struct stat st;
  if (fstat(STDERR_FILENO, &st) < 0) return;
  if (!S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)) return;
  own_.reset(::open("/proc/self/fd/2",
                    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

void StandardError::close() { *this = StandardError(); }

// In pieces that a pipe takes whole or not at all. False: some of it was not
// taken.
bool StandardError::put(const std::string& bytes) {
  const int fd = own_.valid() ? own_.get() : STDERR_FILENO;
  size_t at = 0;
  while (at < bytes.size() && ready_events(fd, POLLOUT, 0) != 0) {
    const ssize_t n = ::write(fd, bytes.data() + at,
                              std::min<size_t>(bytes.size() - at, PIPE_BUF));
    if (n < 0 && errno != EINTR) break;
    if (n > 0) at += static_cast<size_t>(n);
  }
  if (at > 0) is_torn_ = at < bytes.size();
  return at == bytes.size();
}

bool StandardError::write(const std::string& head, const std::string& text) {
  if (!is_open_) open();
  if (lost_ > 0) {
    const std::string lost =
        format("%" PRIu64 " lines before this one are lost: standard error "
               "was full\n", lost_);
    if (!put((is_torn_ ? "\n" : "") + head + lost)) {
      ++lost_;
      return false;
    }
    lost_ = 0;
  }
  if (put(head + text + "\n")) return true;
  ++lost_;
  return false;
}

}  // namespace tandem
