// The log's one state, and where its lines go. Nothing here waits: syslog's
// socket does not block, and standard error is stderr.h's.
#include "lib/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "lib/addr.h"
#include "lib/fd.h"
#include "lib/net.h"
#include "lib/stderr.h"
#include "lib/text.h"

namespace tandem {

namespace {

enum class Where { Stderr, StderrStamped, Syslog };

struct LogState {
  Where where;
  bool debug;
  std::string name;
  int facility;
  struct sockaddr_storage addr;
  socklen_t addr_bytes;
  UniqueFd fd;  // syslog's
  StandardError err;
  uint64_t lost = 0;  // lines that nobody took
  LogState()
      : where(Where::Stderr), debug(false), facility(LOG_DAEMON),
        addr_bytes(0) {}
};

LogState& state() {
  static LogState s;
  return s;
}

bool open_log_socket() {
  LogState& s = state();
  UniqueFd fd;
  if (open_socket(s.addr.ss_family, SOCK_DGRAM, 0, &fd)) return false;
  if (connect(fd.get(), reinterpret_cast<struct sockaddr*>(&s.addr),
              s.addr_bytes) < 0) {
    return false;
  }
  s.fd = std::move(fd);
  return true;
}

int priority_of(LogLevel level) {
  switch (level) {
    case LogLevel::Err: return LOG_ERR;
    case LogLevel::Warn: return LOG_WARNING;
    case LogLevel::Info: return LOG_INFO;
    case LogLevel::Debug: return LOG_DEBUG;
  }
  return LOG_INFO;
}

// Whether somebody took the line.
bool send_to_syslog(LogLevel level, const std::string& text) {
  LogState& s = state();
  char stamp[32];
  const time_t now = time(nullptr);
  struct tm tm;
  localtime_r(&now, &tm);
  strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
  const std::string line =
      format("<%d>%s %s[%ld]: %s", s.facility | priority_of(level), stamp,
             s.name.c_str(), static_cast<long>(getpid()), text.c_str());
  for (int attempt = 0; attempt < 2; ++attempt) {
    if (!s.fd.valid() && !open_log_socket()) return false;
    if (send(s.fd.get(), line.data(), line.size(), MSG_NOSIGNAL) >= 0) {
      return true;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    s.fd.reset();
  }
  return false;
}

void write_line(LogLevel level, const char* fmt, va_list ap) {
  const int saved = errno;
  LogState& s = state();
  if (level == LogLevel::Debug && !s.debug) return;
  // Much of it others have said: a server, a client, a hook.
  const std::string text = printable(vformat(fmt, ap));
  bool taken;
  if (s.where == Where::Syslog) {
    taken = send_to_syslog(level, text);
  } else {
    std::string head;
    if (s.where == Where::StderrStamped) {
      struct timeval tv;
      gettimeofday(&tv, nullptr);
      struct tm tm;
      localtime_r(&tv.tv_sec, &tm);
      char stamp[32];
      strftime(stamp, sizeof stamp, "%H:%M:%S", &tm);
      head = format("%s.%03ld ", stamp, static_cast<long>(tv.tv_usec / 1000));
    }
    taken = s.err.write(head + s.name + ": ", text);
  }
  if (!taken) ++s.lost;
  errno = saved;
}

bool parse_facility(const std::string& name, int* out) {
  if (name == "daemon") *out = LOG_DAEMON;
  else if (name == "user") *out = LOG_USER;
  else if (name.size() == 6 && starts_with(name, "local") && name[5] >= '0' &&
           name[5] <= '7') {
    *out = (16 + (name[5] - '0')) << 3;  // RFC 3164, 4.1.1: local0 is 16
  } else {
    return false;
  }
  return true;
}

}  // namespace

void log_to_stderr(const char* name) {
  state().where = Where::Stderr;
  state().name = name;
}

void log_to_stderr_stamped(const char* name) {
  state().where = Where::StderrStamped;
  state().name = name;
  state().err.open();
}

Error log_to_syslog(const char* name, const std::string& target,
                    const std::string& facility) {
  LogState& s = state();
  struct sockaddr_storage addr;
  socklen_t addr_bytes;
  memset(&addr, 0, sizeof addr);
  const std::string path = target.empty() ? "/dev/log" : target;
  if (path[0] == '/') {
    struct sockaddr_un* un = reinterpret_cast<struct sockaddr_un*>(&addr);
    un->sun_family = AF_UNIX;
    if (path.size() >= sizeof un->sun_path) {
      return Error::make(kExitConfig, "%s: path is too long", path.c_str());
    }
    memcpy(un->sun_path, path.data(), path.size());
    addr_bytes = sizeof *un;
  } else {
    Address a;
    Error e = parse_address_port(path, 514, &a);
    if (e) return e;
    addr_bytes = a.fill(&addr);
  }
  int code;
  if (!parse_facility(facility, &code)) {
    return Error::make(kExitConfig, "unknown log facility '%s'",
                       facility.c_str());
  }
  s.where = Where::Syslog;
  s.name = name;
  s.facility = code;
  s.addr = addr;
  s.addr_bytes = addr_bytes;
  s.fd.reset();
  s.err.close();
  open_log_socket();
  return Error::none();
}

uint64_t log_lost() { return state().lost; }

void log_debug_enable(bool on) { state().debug = on; }

void log_line(LogLevel level, const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  write_line(level, fmt, ap);
  va_end(ap);
}

void log_err(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  write_line(LogLevel::Err, fmt, ap);
  va_end(ap);
}

void log_warn(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  write_line(LogLevel::Warn, fmt, ap);
  va_end(ap);
}

void log_info(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  write_line(LogLevel::Info, fmt, ap);
  va_end(ap);
}

void log_debug(const char* fmt, ...) {
  va_list ap;
  va_start(ap, fmt);
  write_line(LogLevel::Debug, fmt, ap);
  va_end(ap);
}

bool LogLimit::allow(uint64_t now_ms, uint64_t* dropped) {
  if (now_ms - start_ms_ >= period_ms_ || start_ms_ == 0) {
    start_ms_ = now_ms;
    used_ = 0;
  }
  if (used_ >= burst_) {
    ++dropped_;
    return false;
  }
  ++used_;
  *dropped = dropped_;
  dropped_ = 0;
  return true;
}

}  // namespace tandem
