// Who may come in, and who is turned away: at the door, where a client is not
// a session yet and costs nothing that another could need; in the queue, when
// it is too long.
#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "splitfwd/route/router.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const int kAcceptsPerTurn = 16;
const uint64_t kAcceptPauseMs = 100;

}  // namespace

void Router::accept_some(size_t listen, uint64_t now_ms) {
  const ListenConfig& l = config_.listens[listen];
  for (int i = 0; i < kAcceptsPerTurn && has_room(listen); ++i) {
    UniqueFd fd;
    const Error e = tandem::accept_socket(accept_set_.fd(listen), &fd);
    if (!e && !fd.valid()) return;
    if (e) {
      uint64_t dropped;
      accept_set_.pause_until(now_ms + kAcceptPauseMs);
      if (trouble_limit_.allow(now_ms, &dropped)) {
        tandem::log_err("listen %s: %s", l.name.c_str(), e.c_str());
      }
      return;
    }
    tandem::send_at_once(fd.get());
    SessionPtr session(new RoutedSession(listen, std::move(fd), now_ms));
    session->peer = tandem::peer_of(session->client.get());
    Refusal why;
    if (!admit(session.get(), &why)) {
      turn_away(session.get(), why, now_ms);
      continue;
    }
    counters_.on_accept(listen, now_ms);
    RoutedSession* s = sessions_.add(std::move(session));
    relay_->adopt(s);
    queue_.begin(s, false, now_ms);
  }
}

// By address and by number; counts it when it may come in.
bool Router::admit(RoutedSession* s, Refusal* why) {
  const ListenConfig& l = config_.listens[s->listen];
  *why = Refusal::Denied;
  if (!l.admission.admits(s->peer)) return false;
  *why = Refusal::SourceFull;
  if (l.maxconn_source < l.maxconn &&
      sources_.count(s->listen, s->peer) >= l.maxconn_source) {
    return false;
  }
  count_source(s);
  return true;
}

// Only where there is a limit that could be reached.
void Router::count_source(RoutedSession* s) {
  const ListenConfig& l = config_.listens[s->listen];
  if (l.maxconn_source >= l.maxconn) return;
  s->counted = true;
  sources_.add(s->listen, s->peer);
}

// At the door: nobody has it yet.
void Router::turn_away(RoutedSession* s, Refusal why, uint64_t now_ms) {
  counters_.on_denied(s->listen);
  tandem::send_last(s->client.get(), refusal_packet(why));
  s->refused = true;
  s->end_who = 'P';
  s->end_when = 'R';
  log_end(*s, now_ms);
}

// It waited in vain, or may not wait.
void Router::refuse(RoutedSession* s, char who, char when, Refusal why,
                    uint64_t now_ms) {
  queue_.end(s);
  counters_.on_refused(s->listen);
  s->end_who = who;
  s->end_when = when;
  relay_->say_goodbye(s, s->turned_away.empty() ? refusal_packet(why)
                                                : s->turned_away, now_ms);
}

// The newest of those that are too many for their listener's queue. Only
// after serve(): who gets a server at once has not waited.
void Router::refuse_excess(uint64_t now_ms) {
  bool over = false;
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    over = over || counters_.queued(i) > config_.listens[i].maxqueue;
  }
  for (size_t i = over ? queue_.size() : 0; i-- > 0;) {
    RoutedSession* s = queue_[i];
    if (counters_.queued(s->listen) <= config_.listens[s->listen].maxqueue) {
      continue;
    }
    refuse(s, 'P', 'Q',
           s->waits_for_room ? Refusal::QueueFull : Refusal::NoServer, now_ms);
  }
}

}  // namespace splitfwd
