// From one program to the next without a gap: the process keeps its number,
// its pid file, its listening sockets and its worker, and becomes the program
// that is installed now (execve). What it keeps is told by number in one
// variable of the environment.
#ifndef TANDEM_SPLITFWD_UPGRADE_H
#define TANDEM_SPLITFWD_UPGRADE_H

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"

namespace splitfwd {

// What goes over. Descriptors stay the same numbers.
struct Legacy {
  tandem::UniqueFd pidfile;  // invalid: there is no legacy
  tandem::UniqueFd link;     // to the old worker
  pid_t worker, watcher;     // children; watcher 0: none
  std::vector<tandem::UniqueFd> listeners;
  Legacy() : worker(0), watcher(0) {}
  bool any() const { return pidfile.valid(); }
  std::vector<int> fds() const;  // all of them, borrowed
};

// "pidfile=3 link=5 worker=77 watcher=78 listeners=8,9"; parse is strict, and
// takes ownership of the numbers it names only when all is right.
struct LegacyNumbers {
  int pidfile, link;
  long worker, watcher;
  std::vector<int> listeners;
  LegacyNumbers() : pidfile(-1), link(-1), worker(0), watcher(0) {}
};
std::string format_legacy(const LegacyNumbers& numbers);
bool parse_legacy(const std::string& text, LegacyNumbers* out);

// In main(), before start_clean(): what the program before this one left, and
// forgets the variable. Nothing is an empty Legacy; an error when it cannot be
// right.
TANDEM_MUST_USE tandem::Error take_legacy(Legacy* out);

// The file this process was started from, for become_installed(). Call while
// it is still the one that is installed.
std::string own_path();
// Runs PATH -t -c CONFIG; an error says what it says. Waits for 5 s at most.
TANDEM_MUST_USE tandem::Error try_installed(const std::string& path,
                                            const std::string& config_path);
// Becomes it: does not return, but with an error, and then nothing changed.
tandem::Error become_installed(const std::string& path,
                               const std::string& config_path,
                               bool foreground, const LegacyNumbers& numbers);

}  // namespace splitfwd

#endif
