// See runnable.h. Beyond POSIX: /proc/loadavg of Linux (proc(5)), whose fourth
// field is RUNNABLE/ALL. Without it nothing is known.
#include "splitfwd/runnable.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

namespace splitfwd {

tandem::UniqueFd open_run_queue() {
  return tandem::UniqueFd(open("/proc/loadavg", O_RDONLY | O_CLOEXEC));
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
