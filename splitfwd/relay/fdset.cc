// See fdset.h. F_DUPFD_CLOEXEC is POSIX.1-2008's.
#include "splitfwd/relay/fdset.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include <utility>

#include "lib/net.h"

namespace splitfwd {

using tandem::UniqueFd;

bool select_goes_beyond(size_t fd_count_max) {
  const int beyond = FD_SETSIZE + 1;
  UniqueFd r, w;
  if (fd_count_max <= static_cast<size_t>(beyond)) return true;  // never asked
  if (tandem::open_pipe(&r, &w)) return false;
  const UniqueFd high(fcntl(r.get(), F_DUPFD, beyond));
  if (!high.valid() || write(w.get(), "", 1) != 1) return false;
  WaitSet set;
  set.want_read(high.get());
  return !set.wait(0, 0, nullptr) && set.can_read(high.get());
}

uint64_t descriptors_max() {
  struct rlimit limit;
  return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : limit.rlim_cur;
}

void renumber(UniqueFd* fd, Numbers numbers) {
  const bool low = numbers == Numbers::Low;
  if (low == (fd->get() < kLowFds)) return;
  UniqueFd moved(fcntl(fd->get(), F_DUPFD_CLOEXEC, low ? 0 : kLowFds));
  if (moved.valid() && low == (moved.get() < kLowFds)) *fd = std::move(moved);
}

}  // namespace splitfwd
