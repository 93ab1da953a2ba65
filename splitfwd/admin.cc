// What is shown of the front, and what the operator asks of it.
#include <time.h>
#include <unistd.h>

#include "splitfwd/front.h"

namespace splitfwd {

Snapshot Front::snapshot(uint64_t now_ms) const {
  Snapshot v = tally_.snapshot(balance_, sessions_, queue_, now_ms);
  v.node = node_;
  v.pid = static_cast<uint64_t>(getpid());
  v.started_s = static_cast<uint64_t>(time(nullptr)) - v.uptime_ms / 1000;
  v.descriptors_max = set_->fd_count_max();
  v.log_dropped = log_dropped_;
  return v;
}

}  // namespace splitfwd
