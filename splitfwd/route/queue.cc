// Who waits, for what, and until when.
#include "splitfwd/route/queue.h"

#include <algorithm>

namespace splitfwd {

namespace {

// Less when timeout-connect is.
const uint64_t kRetryMs = 1000;

}  // namespace

void Queue::begin(RoutedSession* s, bool in_front, uint64_t now_ms) {
  sessions_.insert(in_front ? sessions_.begin() : sessions_.end(), s);
  counters_->on_wait(s->listen, true);
  s->wait_since_ms = now_ms;
  s->waits_for_room = false;
  wait_for(s, false, now_ms);
  due_ = true;
}

void Queue::resume(RoutedSession* s, uint64_t now_ms) {
  sessions_.push_back(s);
  counters_->on_wait(s->listen, true);
  relay_->wake_at(now_ms);
  due_ = true;
}

void Queue::end(RoutedSession* s) {
  const std::vector<RoutedSession*>::iterator at =
      std::find(sessions_.begin(), sessions_.end(), s);
  if (at == sessions_.end()) return;
  sessions_.erase(at);
  counters_->on_wait(s->listen, false);
}

void Queue::wait_for(RoutedSession* s, bool full, uint64_t now_ms) {
  const ListenConfig& l = config_.listens[s->listen];
  if (s->waits_for_room != full) s->wait_since_ms = now_ms;
  s->waits_for_room = full;
  s->wait_until_ms = s->wait_since_ms +
                     (full ? l.timeout_queue_ms : l.timeout_connect_ms);
  relay_->wake_at(s->wait_until_ms);
}

void Queue::pause(RoutedSession* s, uint64_t now_ms) {
  const ListenConfig& l = config_.listens[s->listen];
  s->failed_servers = 0;
  put_off(s, now_ms + std::min(l.timeout_connect_ms, kRetryMs));
}

void Queue::put_off(RoutedSession* s, uint64_t until_ms) {
  s->retry_at_ms = until_ms;
  s->wait_until_ms = kNotReached;
  relay_->wake_at(until_ms);
}

void Queue::go_on(RoutedSession* s, uint64_t now_ms) {
  s->retry_at_ms = kNotReached;
  s->wait_since_ms = now_ms;
  wait_for(s, false, now_ms);
  due_ = true;
}

void Queue::wake_all() {
  for (RoutedSession* s : sessions_) {
    s->failed_servers = 0;
    s->retry_at_ms = kNotReached;
  }
  due_ = true;
}

bool Queue::misses_primary(const Balance& balance) const {
  const bool gated = balance.gate() != kNoServer;
  for (const RoutedSession* s : sessions_) {
    if (config_.listens[s->listen].send_to == SendTo::Primary &&
        (gated || balance.primary_count(s->listen) != 1)) {
      return true;
    }
  }
  return false;
}

}  // namespace splitfwd
