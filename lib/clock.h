// Time. Milliseconds since boot, counting suspended time, the same for every
// process of the host: a lease given by one process and read by another means
// the same moment. Wall time is for log lines, and to tell one start of a
// program from those before it.
#ifndef TANDEM_LIB_CLOCK_H
#define TANDEM_LIB_CLOCK_H

#include <stdint.h>

namespace tandem {

// Never fails, never goes back. CLOCK_BOOTTIME (Linux 2.6.39).
uint64_t clock_ms();

// Milliseconds since 1970, as the host believes; may jump either way.
uint64_t wall_ms();

// A short pause where nothing can wake us. Signals do not end it.
void sleep_us(uint64_t us);
inline void sleep_ms(uint64_t ms) { sleep_us(1000 * ms); }

}  // namespace tandem

#endif
