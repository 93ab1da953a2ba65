// The log: syslog datagrams to a configured address or /dev/log, stderr in
// the foreground. One line per event: the object first, then key=value.
// The only global state of the suite beside the signal flags.
#ifndef TANDEM_LIB_LOG_H
#define TANDEM_LIB_LOG_H

#include <stdint.h>

#include <string>

#include "lib/error.h"

namespace tandem {

enum class LogLevel {
  Err,     // an operator must act
  Warn,    // something is not as it should be
  Info,    // a state changed
  Debug    // why
};

// Lines go to stderr as "NAME: text" (tools run by hand, and hooks).
void log_to_stderr(const char* name);
// Lines go to stderr with the time of day in front (daemons under -F). Call
// it before any chroot or change of user.
// Neither blocks: lines that stderr does not take at once are lost, and the
// next one that it takes says how many.
void log_to_stderr_stamped(const char* name);
// Lines go to syslog: target is "" (/dev/log), a socket's path, or a numeric
// ADDRESS or ADDRESS:PORT (UDP, 514); facility is "daemon", "local0".."local7"
// or "user". The descriptor is opened here, before any chroot; a send that
// fails opens it once more. An error names what is wrong with target or
// facility; a socket that is not there yet is no error.
TANDEM_MUST_USE Error log_to_syslog(const char* name,
                                    const std::string& target,
                                    const std::string& facility);
// Lines that nobody took: standard error was full, syslog not there. Of this
// process.
uint64_t log_lost();
// Debug lines are dropped unless on.
void log_debug_enable(bool on);
// A child between fork and exec must not write to the log's descriptor; all
// are close-on-exec. Never fails, keeps errno.
void log_line(LogLevel level, const char* fmt, ...) TANDEM_PRINTF(2, 3);

void log_err(const char* fmt, ...) TANDEM_PRINTF(1, 2);
void log_warn(const char* fmt, ...) TANDEM_PRINTF(1, 2);
void log_info(const char* fmt, ...) TANDEM_PRINTF(1, 2);
void log_debug(const char* fmt, ...) TANDEM_PRINTF(1, 2);

// For what a peer or a client can trigger: lets burst lines through each
// period_ms, counts the rest.
class LogLimit {
 public:
  LogLimit(unsigned burst, uint64_t period_ms)
      : burst_(burst), period_ms_(period_ms), start_ms_(0), used_(0),
        dropped_(0) {}
  // True when a line may be written now; *dropped is how many were not since
  // the last one that was.
  bool allow(uint64_t now_ms, uint64_t* dropped);

 private:
  unsigned burst_;
  uint64_t period_ms_;
  uint64_t start_ms_;
  unsigned used_;
  uint64_t dropped_;
};

}  // namespace tandem

#endif
