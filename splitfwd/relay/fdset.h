// Numbers of descriptors: which ones select() takes, and which are cheap.
#ifndef TANDEM_SPLITFWD_RELAY_FDSET_H
#define TANDEM_SPLITFWD_RELAY_FDSET_H

#include <stddef.h>
#include <stdint.h>

#include "lib/fd.h"
#include "lib/waitset.h"

namespace splitfwd {

using tandem::WaitSet;

// Whether select() takes descriptors of FD_SETSIZE and more. Linux does, and
// so do the BSDs; asked once, by doing it. fd_count_max: numbers are below it.
bool select_goes_beyond(size_t fd_count_max);

// How many this process may have.
uint64_t descriptors_max();

// Descriptors below 320 are for those that are active: up to there Linux keeps
// the sets of a select() on its stack (core_sys_select() in fs/select.c), from
// there on each call allocates them and copies more, 2 to 3 us of a query.
// What idles is moved up, and down again when it is used.
enum class Numbers { Low, High };
const int kLowFds = 320;
// Close-on-exec. Stays as it is when there is no such number free.
void renumber(tandem::UniqueFd* fd, Numbers numbers);

}  // namespace splitfwd

#endif
