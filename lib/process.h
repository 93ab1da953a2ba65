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

// None of its threads has a program any more: nothing of it is executed, though
// its memory and its files may be there still.
bool has_no_program(pid_t pid);

}  // namespace tandem

#endif
