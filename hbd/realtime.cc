// Beyond POSIX: SCHED_RESET_ON_FORK (Linux 2.6.32), without which every hook,
// and the mysqld that a hook starts, would run in real time.
#include "hbd/realtime.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "lib/log.h"

#ifndef SCHED_RESET_ON_FORK
#define SCHED_RESET_ON_FORK 0x40000000  // linux/sched.h
#endif

namespace hbd {

void become_realtime() {
  // Under a limit a later allocation would fail: then only what is here now.
  struct rlimit all;
  all.rlim_cur = all.rlim_max = RLIM_INFINITY;
  const bool unlimited = setrlimit(RLIMIT_MEMLOCK, &all) == 0;
  if (mlockall(unlimited ? MCL_CURRENT | MCL_FUTURE : MCL_CURRENT) < 0) {
    tandem::log_warn("memory is not locked: %s", strerror(errno));
  }
  struct sched_param param;
  memset(&param, 0, sizeof param);
  const int low = sched_get_priority_min(SCHED_FIFO);
  const int high = sched_get_priority_max(SCHED_FIFO);
  param.sched_priority = low + (high - low) / 2;  // Heartbeat's choice
  if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0) {
    tandem::log_warn("no real-time scheduling: %s", strerror(errno));
  }
}

}  // namespace hbd
