// What is said of a session at its end.
#include "splitfwd/route/endlog.h"

#include <inttypes.h>
#include <sys/time.h>
#include <time.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::format;

namespace {

uint64_t ms_between(uint64_t from_ms, uint64_t to_ms) {
  return to_ms > from_ms ? to_ms - from_ms : 0;
}

// -1 when the end was before that.
std::string ms_text(uint64_t from_ms, uint64_t to_ms) {
  if (to_ms == kNotReached || from_ms == kNotReached) return "-1";
  return format("%" PRIu64, ms_between(from_ms, to_ms));
}

// HAProxy's %t: the wall time ago_ms milliseconds ago.
std::string stamp(uint64_t ago_ms) {
  struct timeval now;
  gettimeofday(&now, nullptr);
  const uint64_t wall_ms = static_cast<uint64_t>(now.tv_sec) * 1000 +
                           static_cast<uint64_t>(now.tv_usec) / 1000 - ago_ms;
  const time_t seconds = static_cast<time_t>(wall_ms / 1000);
  struct tm tm;
  localtime_r(&seconds, &tm);
  char text[40];
  strftime(text, sizeof text, "%d/%b/%Y:%H:%M:%S", &tm);
  return format("%s.%03u", text, static_cast<unsigned>(wall_ms % 1000));
}

}  // namespace

std::string end_line(const RoutedSession& s, const std::string& listen,
                     const std::string& server, const EndCounts& counts,
                     uint64_t now_ms) {
  const uint64_t total_ms = ms_between(s.accepted_ms, now_ms);
  return format(
      "%s [%s] %s %s/%s %s/%s/%" PRIu64 " %" PRIu64 " %c%c "
      "%zu/%zu/%zu/%zu/%s%u 0/%zu %" PRIu64,
      s.peer.text().c_str(), stamp(total_ms).c_str(), listen.c_str(),
      listen.c_str(), server.empty() ? "<NOSRV>" : server.c_str(),
      ms_text(s.accepted_ms, s.chosen_ms).c_str(),
      ms_text(s.chosen_ms, s.connected_ms).c_str(), total_ms,
      s.pumps[kToClient].moved_bytes(), s.end_who, s.end_when,
      counts.sessions, counts.on_listen, counts.on_listen, counts.on_server,
      s.redispatched ? "+" : "",
      s.end_when == 'C' && s.attempts > 0 ? s.attempts - 1 : s.attempts,
      counts.queued,
      s.pumps[kToServer].moved_bytes());
}

}  // namespace splitfwd
