// Beyond POSIX: capset(2) of Linux, for which libc has no function.
#include "hbd/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"

namespace hbd {

void keep_few_rights() {
  static const unsigned kKept =
      1u << CAP_NET_ADMIN | 1u << CAP_NET_RAW | 1u << CAP_NET_BIND_SERVICE |
      1u << CAP_KILL | 1u << CAP_SYS_NICE | 1u << CAP_IPC_LOCK;
  struct __user_cap_header_struct header;
  struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
  memset(&header, 0, sizeof header);
  memset(sets, 0, sizeof sets);
  header.version = _LINUX_CAPABILITY_VERSION_3;
  if (syscall(SYS_capget, &header, sets) == 0) {
    sets[0].effective &= kKept;
    sets[0].permitted &= kKept;
    sets[0].inheritable = 0;
    sets[1].effective = sets[1].permitted = sets[1].inheritable = 0;
    if (syscall(SYS_capset, &header, sets) == 0) return;
  }
  tandem::log_warn("rights that are not needed are kept: %s", strerror(errno));
}

}  // namespace hbd
