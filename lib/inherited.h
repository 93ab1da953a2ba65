// What a program finds open when it begins: nothing is as its caller should
// have left it, and every tool puts it right before it does anything else.
#ifndef TANDEM_LIB_INHERITED_H
#define TANDEM_LIB_INHERITED_H

#include <string>
#include <vector>

namespace tandem {

// The first call of every main(), before anything is opened. Afterwards
// descriptors 0, 1 and 2 are open: one that was closed is on /dev/null, so
// that nothing that is opened later can be taken for standard input, output
// or error (a pid file was, when a daemon was started with `2>&-`, and got the
// log). Every other descriptor is closed: a daemon that kept a lock or a pipe
// of its caller would seem to be the one who holds it. Only those in keep stay
// open, which were handed over by name. Never fails; one thread only.
// Nobody else writes the files that it makes, whatever the umask was.
// Nor does it leave a core, which would hold keys and passwords, or can others
// of its user trace it or open its memory (until it executes another program).
void start_clean(const std::vector<int>& keep = std::vector<int>());

// A variable of the environment; empty: there is none.
std::string env(const char* name);
// The descriptor that the environment hands over as NAME=NUMBER. -1: there is
// no such variable, or what it says is no number over 2.
int handed_over_fd(const char* name);

}  // namespace tandem

#endif
