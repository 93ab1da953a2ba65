// All sessions of the router, in whatever thread. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_SESSIONS_H
#define TANDEM_SPLITFWD_ROUTE_SESSIONS_H

#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "splitfwd/relay/session.h"

namespace splitfwd {

// A session as the router has it, from accept to the log line. What is Held it
// may touch only while no other thread has it.
struct RoutedSession : Routed, Session {
  RoutedSession(size_t listen_index, tandem::UniqueFd client_fd,
                uint64_t now_ms)
      : Session(static_cast<const Routed&>(*this), std::move(client_fd),
                now_ms) {
    listen = listen_index;
    accepted_ms = wait_since_ms = now_ms;
  }
};
typedef std::unique_ptr<RoutedSession> SessionPtr;

// Every session is one: only the router makes them.
inline RoutedSession* of_router(Session* s) {
  return static_cast<RoutedSession*>(s);
}

class Sessions {
 public:
  // Gives it a number, if it has none.
  RoutedSession* add(SessionPtr session) {
    RoutedSession* s = session.get();
    if (s->id == 0) s->id = last_id_ + 1;
    last_id_ = std::max(last_id_, s->id);
    s->router_index = all_.size();
    all_.push_back(std::move(session));
    return s;
  }
  // One that was added; the last one takes its seat.
  SessionPtr remove(RoutedSession* s) {
    SessionPtr out = std::move(all_[s->router_index]);
    if (s->router_index + 1 < all_.size()) {
      all_[s->router_index] = std::move(all_.back());
      all_[s->router_index]->router_index = s->router_index;
    }
    all_.pop_back();
    return out;
  }
  // Of the newest one there ever was.
  uint64_t last_id() const { return last_id_; }
  bool empty() const { return all_.empty(); }
  size_t size() const { return all_.size(); }
  RoutedSession* operator[](size_t i) const { return all_[i].get(); }
  const std::vector<SessionPtr>& all() const { return all_; }

 private:
  std::vector<SessionPtr> all_;
  uint64_t last_id_ = 0;
};

}  // namespace splitfwd

#endif
