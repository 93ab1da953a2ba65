// Lines about sessions, as many a second as a log can take; those at the door
// have a limit of their own. Pure but for the line about lines.
#ifndef TANDEM_SPLITFWD_ROUTE_ENDLOG_H
#define TANDEM_SPLITFWD_ROUTE_ENDLOG_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>

#include <string>

#include "lib/log.h"
#include "splitfwd/route/sessions.h"

namespace splitfwd {

class EndLog {
 public:
  EndLog() : ends_(1000, 1000), denied_(10, 1000), dropped_(0) {}
  // False: its line is dropped. The first one after some says how many.
  bool takes(const RoutedSession& s, uint64_t now_ms) {
    uint64_t dropped;
    if (!(s.end_when == 'R' ? &denied_ : &ends_)->allow(now_ms, &dropped)) {
      ++dropped_;
      return false;
    }
    if (dropped > 0) {
      tandem::log_info("%" PRIu64 " lines about sessions were dropped",
                       dropped);
    }
    return true;
  }
  uint64_t dropped() const { return dropped_; }

 private:
  tandem::LogLimit ends_, denied_;
  uint64_t dropped_;
};

// How many there were beside this one when it ended.
struct EndCounts {
  size_t sessions = 0;
  size_t on_listen = 0;
  size_t on_server = 0;
  size_t queued = 0;
};
// HAProxy's tcplog line, so that what reads that reads this:
// client [accepted] listener listener/server Tw/Tc/Tt bytes state counts
// queue; and one field more, the bytes from the client.
std::string end_line(const RoutedSession& s, const std::string& listen,
                     const std::string& server, const EndCounts& counts,
                     uint64_t now_ms);

}  // namespace splitfwd

#endif
