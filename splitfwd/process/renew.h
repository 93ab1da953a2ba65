// From one program to the next without a gap: the process keeps its number,
// its pid file, its listening sockets, its worker and its watcher, and becomes
// the program that is installed now (execve), which reads the file as it is
// now. What it keeps, and the old file, are told in the environment.
#ifndef TANDEM_SPLITFWD_PROCESS_RENEW_H
#define TANDEM_SPLITFWD_PROCESS_RENEW_H

#include <sys/types.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"

namespace splitfwd {

// What goes over. Descriptors stay the same numbers.
struct Legacy {
  tandem::UniqueFd pidfile;  // invalid: there is no legacy
  tandem::UniqueFd link;     // to the worker
  tandem::UniqueFd errors;   // the watcher's standard error
  pid_t worker = 0, watcher = 0;  // children; 0: none
  unsigned char watcher_number = 0;
  std::vector<tandem::UniqueFd> listeners;
  std::string config;        // as print_config() has it
  bool any() const { return pidfile.valid(); }
  std::vector<int> fds() const;  // all of them, borrowed
};

// "pidfile=3 link=5 worker=77 errors=6 watcher=78 number=1 listeners=8,9"; what
// is 0 is none, a worker and its link only together. Parse is strict.
struct LegacyNumbers {
  int pidfile = 0, link = 0, errors = 0;
  long worker = 0, watcher = 0;
  unsigned char watcher_number = 0;
  std::vector<int> listeners;
};
std::string format_legacy(const LegacyNumbers& numbers);
bool parse_legacy(const std::string& text, LegacyNumbers* out);

// In main(), before start_clean(): what the program before this one left, and
// forgets the variables. Nothing is an empty Legacy; an error when it cannot
// be right.
TANDEM_MUST_USE tandem::Error take_legacy(Legacy* out);

// The file this process was started from, for become_installed(); empty: not
// known. Call while it is still the one that is installed.
std::string own_path();
// Runs PATH -t -c CONFIG; an error says what it says. Waits for 5 s at most.
TANDEM_MUST_USE tandem::Error try_installed(const std::string& path,
                                            const std::string& config_path);
// Becomes it: does not return, but with an error, and then nothing changed.
// config: as print_config() has it.
tandem::Error become_installed(const std::string& path,
                               const std::string& config_path,
                               bool foreground, const LegacyNumbers& numbers,
                               const std::string& config);

}  // namespace splitfwd

#endif
