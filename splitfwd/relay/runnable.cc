// See runnable.h. Beyond POSIX: /proc/loadavg of Linux (proc(5)), whose fourth
// field is RUNNABLE/ALL (without it nothing is known), and
// _SC_NPROCESSORS_ONLN, which in a chroot is a guess.
#include "splitfwd/relay/runnable.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace splitfwd {

RunQueue open_run_queue() {
  RunQueue queue;
  queue.fd.reset(open("/proc/loadavg", O_RDONLY | O_CLOEXEC));
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus > 1) queue.cpus = static_cast<unsigned>(cpus);
  return queue;
}

unsigned count_runnable(int run_queue) {
  char text[128];
  const ssize_t n = pread(run_queue, text, sizeof text - 1, 0);
  if (n <= 0) return 0;
  text[n] = '\0';
  const char* at = strchr(text, '/');
  if (!at) return 0;
  while (at > text && at[-1] != ' ') --at;
  return static_cast<unsigned>(strtoul(at, nullptr, 10));
}

}  // namespace splitfwd
