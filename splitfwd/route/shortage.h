// What this host is short of, ports or memory, is no server's fault: nobody
// asks for it again for a moment. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_SHORTAGE_H
#define TANDEM_SPLITFWD_ROUTE_SHORTAGE_H

#include <stdint.h>

namespace splitfwd {

class Shortage {
 public:
  static const uint64_t kPauseMs = 50;
  // A connect could not be begun.
  void note(uint64_t now_ms) {
    ++count_;
    until_ms_ = now_ms + kPauseMs;
  }
  bool is_on(uint64_t now_ms) const { return now_ms < until_ms_; }
  uint64_t until_ms() const { return until_ms_; }
  uint64_t count() const { return count_; }

 private:
  uint64_t count_ = 0;
  uint64_t until_ms_ = 0;
};

}  // namespace splitfwd

#endif
