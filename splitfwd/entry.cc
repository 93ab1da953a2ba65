// Who may come in, and who is turned away: at the door, where a client is not
// a session yet and costs nothing that another could need; in the queue, when
// it is too long; before the address moves; and when we stop.
#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"
#include "splitfwd/front.h"
#include "splitfwd/link.h"
#include "splitfwd/listener.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const int kAcceptsPerTurn = 16;
const uint64_t kAcceptPauseMs = 100;
const uint64_t kStopMs = 500;

}  // namespace

void Front::accept_some(size_t listen, uint64_t now_ms) {
  const ListenConfig& l = config_.listens[listen];
  for (int i = 0; i < kAcceptsPerTurn && has_room(listen); ++i) {
    UniqueFd fd;
    const Error e = tandem::accept_socket(listeners_[listen].get(), &fd);
    if (!e && !fd.valid()) return;
    if (e) {
      uint64_t dropped;
      accept_again_ms_ = now_ms + kAcceptPauseMs;
      if (trouble_limit_.allow(now_ms, &dropped)) {
        tandem::log_err("listen %s: %s", l.name.c_str(), e.c_str());
      }
      return;
    }
    send_at_once(fd.get());
    SessionPtr session(new Session(listen, std::move(fd), now_ms));
    session->peer = peer_of(session->client.get());
    Refusal why;
    if (!admit(session.get(), &why)) {
      turn_away(session.get(), why, now_ms);
      continue;
    }
    tally_.on_accept(listen, now_ms);
    Session* s = session.get();
    s->id = ++last_id_;
    s->seat = sessions_.size();
    sessions_.push_back(std::move(session));
    lobby_->adopt(s);
    begin_wait(s, false, now_ms);
  }
}

// By address and by number; counts it when it may come in.
bool Front::admit(Session* s, Refusal* why) {
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
void Front::count_source(Session* s) {
  const ListenConfig& l = config_.listens[s->listen];
  if (l.maxconn_source >= l.maxconn) return;
  s->counted = true;
  sources_.add(s->listen, s->peer);
}

// At the door: nobody has it yet.
void Front::turn_away(Session* s, Refusal why, uint64_t now_ms) {
  tally_.on_denied(s->listen);
  send_last(s->client.get(), refusal_packet(why));
  s->refused = true;
  s->end_who = 'P';
  s->end_when = 'R';
  log_end(*s, now_ms);
}

// It waited in vain, or may not wait.
void Front::refuse(Session* s, char who, char when, Refusal why,
                   uint64_t now_ms) {
  end_wait(s);
  tally_.on_refused(s->listen);
  s->end_who = who;
  s->end_when = when;
  lobby_->say_goodbye(s, s->turned_away.empty() ? refusal_packet(why)
                                                : s->turned_away, now_ms);
}

// The newest of those that are too many for their listener's queue. Only
// after serve(): who gets a server at once has not waited.
void Front::shed(uint64_t now_ms) {
  bool over = false;
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    over = over || tally_.queued(i) > config_.listens[i].maxqueue;
  }
  for (size_t i = over ? queue_.size() : 0; i-- > 0;) {
    Session* s = queue_[i];
    if (tally_.queued(s->listen) <= config_.listens[s->listen].maxqueue) {
      continue;
    }
    refuse(s, 'P', 'Q', s->full ? Refusal::QueueFull : Refusal::NoServer,
           now_ms);
  }
}

void Front::close_listeners() {
  for (size_t i = 0; i < listeners_.size(); ++i) {
    set_->forget(listeners_[i].get());
  }
  listeners_.clear();
}

void Front::begin_drain(uint64_t now_ms) {
  if (drain_.is_on()) return;
  drain_.begin(now_ms, config_.drain_ms);
  drain_last_id_ = last_id_;
  rested_ = not_rested_ = 0;
  common_->drains.store(true);
  pool_->ring_all();
  tandem::log_info("draining, %zu sessions have %s to come to rest",
                   sessions_.size(),
                   tandem::format_duration_ms(config_.drain_ms).c_str());
}

void Front::leave(uint64_t now_ms) {
  drain_.begin_in_haste(now_ms);
  send_message(link_, kMsgHold, 1);
  common_->drains.store(true);
  rested_ = not_rested_ = 0;
  tandem::log_info("leaving, %zu sessions are cut", sessions_.size());
  step_drain(now_ms);
}

void Front::stay() {
  if (drain_.is_on()) end_drain();
  send_message(link_, kMsgAskNow, 0);
}

void Front::end_drain() {
  drain_.end();
  send_message(link_, kMsgHold, 0);
  common_->drains.store(false);
}

std::string Front::drain_text() const {
  switch (drain_.phase()) {
    case Drain::Phase::Off: return "off\n";
    case Drain::Phase::Resting:
    case Drain::Phase::Shut:
      return tandem::format("%zu sessions are left\n", sessions_.size());
    case Drain::Phase::Quiet: break;
  }
  return tandem::format("drained, %zu sessions ended at rest, %zu were cut\n",
                        rested_, not_rested_);
}

void Front::step_drain(uint64_t now_ms) {
  uint64_t dropped;
  size_t first = 0;
  for (size_t i = 0; i < sessions_.size(); ++i) {
    first += sessions_[i]->id <= drain_last_id_;
  }
  switch (drain_.step(now_ms, first, sessions_.size())) {
    case Drain::Step::None: break;
    case Drain::Step::Shut:
      send_message(link_, kMsgHold, 1);
      tandem::log_info("drain: connects wait, %zu sessions are left",
                       sessions_.size());
      break;
    case Drain::Step::Cut:
      cut_all(now_ms);
      if (!trouble_limit_.allow(now_ms, &dropped)) break;
      tandem::log_warn("%zu sessions did not come to rest, and are cut",
                       not_rested_);
      break;
    case Drain::Step::Open:
      end_drain();
      tandem::log_info("the drain is over, %zu sessions ended at rest, %zu "
                       "were cut", rested_, not_rested_);
      return;
  }
  lobby_->end_cut(now_ms);
  pool_->ring_all();
}

// Those that a drain cannot wait for.
void Front::cut_all(uint64_t now_ms) {
  for (size_t i = 0; i < sessions_.size(); ++i) {
    Session* s = sessions_[i].get();
    if (s->away ? s->killed.load()
                : s->phase == Phase::Goodbye || s->phase == Phase::Ended) {
      continue;
    }
    ++not_rested_;
    if (!s->away && s->phase == Phase::Waiting) {
      refuse(s, 'K', 'Q', Refusal::Stopping, now_ms);
    } else {
      end_by_order(s);
    }
  }
}

void Front::stop(uint64_t now_ms) {
  close_listeners();
  while (!queue_.empty()) {
    Session* s = queue_[0];
    send_last(s->client.get(), refusal_packet(Refusal::Stopping));
    end_wait(s);
    s->refused = true;
    lobby_->end(s, 'K', 'Q', false);
  }
  while (lobby_->session_count() > 0) {
    lobby_->end(lobby_->session(0), 'K', 'D', true);
  }
  common_->in_want.store(true);
  common_->raise_all_to_stop();
  pool_->ring_all();
  const uint64_t until_ms = now_ms + kStopMs;
  bury(lobby_->take_ended(), now_ms);
  while (!sessions_.empty() && now_ms < until_ms) {
    if (set_->wait(now_ms, until_ms, nullptr)) return;
    now_ms = tandem::clock_ms();
    bury(pool_->ended()->take(), now_ms);
  }
}

}  // namespace splitfwd
