// Rise and fall: when a row of TCP checks makes a server up or down, and how
// long to the next one. HAProxy's rules. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_HEALTH_H
#define TANDEM_SPLITFWD_ROUTE_HEALTH_H

#include <stdint.h>

namespace splitfwd {

class Health {
 public:
  // fall failures in a row make it down, rise successes in a row up.
  Health(uint64_t rise, uint64_t fall)
      : rise_(rise), fall_(fall), known_(false), up_(false), streak_(0) {}
  // The first result alone decides. True when that changed known() or up().
  bool on_result(bool ok);
  // The state that another process came to. What was found out here already
  // is one result more. Its rise and fall may be other ones.
  void restore(bool up, uint64_t streak);
  bool known() const { return known_; }
  bool up() const { return up_; }
  // Results in a row that speak against the state, fewer than it takes.
  bool turning() const { return streak_ > 0; }
  uint64_t streak() const { return streak_; }
  // Until the next check: fast while turning, down while down.
  uint64_t pause_ms(uint64_t inter_ms, uint64_t fastinter_ms,
                    uint64_t downinter_ms) const;

 private:
  uint64_t rise_, fall_;
  bool known_, up_;
  uint64_t streak_;
};

}  // namespace splitfwd

#endif
