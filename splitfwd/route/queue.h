// Those who wait for a server, of all listeners, oldest first; and whether one
// of them may get one now.
#ifndef TANDEM_SPLITFWD_ROUTE_QUEUE_H
#define TANDEM_SPLITFWD_ROUTE_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "splitfwd/config.h"
#include "splitfwd/relay/relay.h"
#include "splitfwd/route/balance.h"
#include "splitfwd/route/counters.h"
#include "splitfwd/route/sessions.h"

namespace splitfwd {

class Queue {
 public:
  // Borrows all.
  Queue(const Config& config, Relay* relay, Counters* counters)
      : config_(config), relay_(relay), counters_(counters), due_(false) {}
  // in_front: it has waited before, and lost what it got.
  void begin(RoutedSession* s, bool in_front, uint64_t now_ms);
  // One that waited in another process goes on, behind those that are here.
  void resume(RoutedSession* s, uint64_t now_ms);
  void end(RoutedSession* s);
  // For a server to be there, or, full, for room at one that is. Each has its
  // time, which begins when that is what it waits for.
  void wait_for(RoutedSession* s, bool full, uint64_t now_ms);
  // Before the same server again, as HAProxy does.
  void pause(RoutedSession* s, uint64_t now_ms);
  // Not before then: this host is short of something.
  void put_off(RoutedSession* s, uint64_t until_ms);
  // The pause of s is over.
  void go_on(RoutedSession* s, uint64_t now_ms);
  // Who pauses need not: what has changed may be what they wait for.
  void wake_all();
  // Somebody wants a primary, and his listener has none, or it is to go.
  bool misses_primary(const Balance& balance) const;

  bool is_due() const { return due_; }
  void set_due() { due_ = !sessions_.empty(); }
  void serve() { due_ = false; }
  bool empty() const { return sessions_.empty(); }
  size_t size() const { return sessions_.size(); }
  RoutedSession* operator[](size_t i) const { return sessions_[i]; }
  const std::vector<RoutedSession*>& sessions() const { return sessions_; }

 private:
  const Config& config_;
  Relay* relay_;
  Counters* counters_;
  std::vector<RoutedSession*> sessions_;
  bool due_;
};

}  // namespace splitfwd

#endif
