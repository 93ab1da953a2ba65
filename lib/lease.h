// The kernel's part in a lease: for how long it keeps an address that nobody
// renews. One formula for vipctl, which sets the lifetime, and for hbd, which
// reckons with it. Pure; no .cc, because this arithmetic is all there is.
#ifndef TANDEM_LIB_LEASE_H
#define TANDEM_LIB_LEASE_H

#include <stdint.h>

namespace tandem {

// A lifetime that never ends (Linux: INFINITY_LIFE_TIME).
const uint32_t kForeverS = 0xffffffffu;

// How late the kernel may be: it rounds the moment of its next look up to a
// whole second when that is less than a quarter away (ADDRCONF_TIMER_FUZZ in
// net/ipv4/devinet.c). Measured: 1 s set, gone after 1.01 to 1.17 s; 4 s set,
// gone after 4.06 to 4.25 s.
const uint64_t kKernelSlackMs = 250;

// The kernel lifetime that a renewal earns: the lease, in whole seconds, which
// is all the kernel knows, rounded up; at least one. Shorter, it would end
// before the lease does.
inline uint32_t kernel_lifetime_s(uint64_t lease_ms) {
  const uint64_t s = lease_ms / 1000 + (lease_ms % 1000 != 0 ? 1 : 0);
  return s == 0 ? 1 : static_cast<uint32_t>(s);
}

// That lifetime with what the kernel may be late by.
inline uint64_t kernel_expiry_ms(uint64_t lease_ms) {
  return kernel_lifetime_s(lease_ms) * uint64_t(1000) + kKernelSlackMs;
}

// When the kernel has taken the address off, counted from the beat that earned
// the lease, whatever stands still: a keeper renews for a time that is half a
// lease ahead at least, hence half a lease after that beat at the latest.
inline uint64_t kernel_backstop_ms(uint64_t lease_ms) {
  return lease_ms / 2 + kernel_expiry_ms(lease_ms);
}

}  // namespace tandem

#endif
