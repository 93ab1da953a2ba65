// What /proc (Linux) tells of another process.
#ifndef TANDEM_LIB_PROCESS_H
#define TANDEM_LIB_PROCESS_H

#include <sys/types.h>

#include <string>
#include <vector>

namespace tandem {

// The words of /proc/PID/stat behind the program's name, which may be anything:
// state, parent, and so on, as proc(5) has them from its field 3 on. Empty when
// there is no such process.
std::vector<std::string> process_stat(pid_t pid);

// The process does nothing any more: it was reaped, or all its threads have
// ended. One that is being killed loses its program and its files before that,
// and may be about to free gigabytes.
bool has_ended(pid_t pid);

// Of one that was killed: none of its threads executes anything of its program
// any more. Each has ended, or is in the kernel for the last time: it frees the
// memory, or a disk keeps it (state D), and no signal ends it before that.
bool executes_nothing(pid_t pid);

}  // namespace tandem

#endif
