// Beyond POSIX: CLOCK_BOOTTIME. POSIX's monotonic clock stands still while a
// Linux host is suspended, and a lease must not.
#include "lib/clock.h"

#include <errno.h>
#include <time.h>

#include "lib/error.h"

namespace tandem {

namespace {

uint64_t read_ms(clockid_t clock) {
  struct timespec ts;
  TANDEM_ASSERT(clock_gettime(clock, &ts) == 0);
  return static_cast<uint64_t>(ts.tv_sec) * 1000 +
         static_cast<uint64_t>(ts.tv_nsec) / 1000000;
}

}  // namespace

uint64_t clock_ms() { return read_ms(CLOCK_BOOTTIME); }

uint64_t wall_ms() { return read_ms(CLOCK_REALTIME); }

void sleep_us(uint64_t us) {
  struct timespec left;
  left.tv_sec = static_cast<time_t>(us / 1000000);
  left.tv_nsec = static_cast<long>(us % 1000000) * 1000;
  while (nanosleep(&left, &left) < 0 && errno == EINTR) {
  }
}

}  // namespace tandem
