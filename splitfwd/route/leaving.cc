// How sessions leave the router: each at its end, with its line in the log; all
// of them before the address moves, or when we stop.
#include <inttypes.h>

#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"
#include "splitfwd/link.h"
#include "splitfwd/route/router.h"

namespace splitfwd {

namespace {

const uint64_t kStopMs = 500;

}  // namespace

void Router::finish(RoutedSession* s, uint64_t now_ms) {
  const SessionPtr mine = sessions_.remove(s);
  if (s->server == kNoServer) queue_.end(s);
  if (s->counted) sources_.remove(s->listen, s->peer);
  counters_.on_end(*s, now_ms);
  if (s->end_who == 'K' && s->end_when == '-') drain_.on_rested();
  log_end(*s, now_ms);
  leave_server(s);
}

void Router::log_end(const RoutedSession& s, uint64_t now_ms) {
  if (config_.dontlognull && s.null()) return;
  if (!end_log_.takes(s, now_ms)) return;
  EndCounts counts;
  counts.sessions = sessions_.size();
  counts.on_listen = counters_.sessions(s.listen);
  counts.queued = counters_.queued(s.listen);
  std::string server;
  if (s.server != kNoServer) {
    server = config_.servers[s.server].name;
    counts.on_server = balance_.sessions(s.listen, s.server) - 1;
  } else if (s.end_when == 'C' && s.attempts > 0 &&
             s.failed_server != kNoServer) {
    server = config_.servers[s.failed_server].name;
  }
  tandem::log_info("%s", end_line(s, config_.listens[s.listen].name, server,
                                  counts, now_ms).c_str());
}

void Router::begin_drain(uint64_t now_ms) {
  if (drain_.is_on() && balance_.gate() == kNoServer) return;
  if (drain_.is_on()) end_drain();  // a gate: now the address goes as well
  drain_.begin(now_ms, config_.drain_ms, sessions_.last_id());
  common_->drains.store(true);
  threads_->ring_all();
  tandem::log_info("draining, %zu sessions have %s to come to rest",
                   sessions_.size(),
                   tandem::format_duration_ms(config_.drain_ms).c_str());
}

bool Router::begin_gate(uint64_t now_ms) {
  const size_t primary = balance_.primary();
  if (primary == kNoServer) return false;
  if (drain_.is_on()) return true;
  begin_drain(now_ms);
  balance_.set_gate(primary);
  common_->drained.store(primary);
  tandem::log_info("gate: new sessions wait for the primary after %s",
                   config_.servers[primary].name.c_str());
  return true;
}

void Router::leave(uint64_t now_ms) {
  if (balance_.gate() != kNoServer) end_drain();  // the address goes as well
  drain_.begin_in_haste(now_ms);
  send_message(link_, kMsgHold, 1);
  common_->drains.store(true);
  tandem::log_info("leaving, %zu sessions are cut", sessions_.size());
  step_drain(now_ms);
}

void Router::stay() {
  if (drain_.is_on()) end_drain();
  send_message(link_, kMsgCheckNow, 0);
}

void Router::end_drain() {
  drain_.end();
  if (balance_.gate() == kNoServer) send_message(link_, kMsgHold, 0);
  balance_.set_gate(kNoServer);
  common_->drains.store(false);
  common_->drained.store(kNoServer);
  changed_ = true;
}

bool Router::drains_it(const RoutedSession& s) const {
  return balance_.gate() == kNoServer || s.server == balance_.gate();
}

std::string Router::drain_text() const {
  switch (drain_.phase()) {
    case Drain::Phase::Off: return "off\n";
    case Drain::Phase::Resting:
    case Drain::Phase::Shut: {
      size_t left = 0;
      for (const SessionPtr& s : sessions_.all()) left += drains_it(*s);
      return tandem::format("%zu sessions are left\n", left);
    }
    case Drain::Phase::Quiet: break;
  }
  return tandem::format("drained, %zu sessions ended at rest, %zu were cut\n",
                        drain_.rested(), drain_.not_rested());
}

// The next primary is there: nobody need wait.
bool Router::is_past_gate() const {
  const size_t primary = balance_.primary();
  return balance_.gate() != kNoServer && primary != kNoServer &&
         primary != balance_.gate();
}

void Router::step_drain(uint64_t now_ms) {
  uint64_t dropped;
  if (is_past_gate()) {
    end_drain();
    return;
  }
  size_t first = 0, all = 0;
  for (const SessionPtr& s : sessions_.all()) {
    if (!drains_it(*s)) continue;
    ++all;
    first += drain_.is_first(s->id);
  }
  switch (drain_.step(now_ms, first, all)) {
    case Drain::Step::None: break;
    case Drain::Step::Shut:
      if (balance_.gate() == kNoServer) send_message(link_, kMsgHold, 1);
      tandem::log_info("drain: %s, %zu sessions are left",
                       balance_.gate() == kNoServer ? "connects wait"
                                                    : "the gate is shut", all);
      break;
    case Drain::Step::Cut:
      cut_all(now_ms);
      if (!trouble_limit_.allow(now_ms, &dropped)) break;
      tandem::log_warn("%zu sessions did not come to rest, and are cut",
                       drain_.not_rested());
      break;
    case Drain::Step::Open:
      end_drain();
      tandem::log_info("the drain is over, %zu sessions ended at rest, %zu "
                       "were cut", drain_.rested(), drain_.not_rested());
      return;
  }
  relay_->end_cut(now_ms);
  threads_->ring_all();
}

// Sessions that a drain cannot wait for.
void Router::cut_all(uint64_t now_ms) {
  for (size_t i = 0; i < sessions_.size(); ++i) {
    RoutedSession* s = sessions_[i];
    if (!drains_it(*s)) continue;
    if (s->in_threads ? s->killed.load()
                : s->phase == Phase::Goodbye || s->phase == Phase::Ended) {
      continue;
    }
    drain_.on_cut();
    if (!s->in_threads && s->phase == Phase::Waiting) {
      refuse(s, 'K', 'Q', Refusal::Stopping, now_ms);
    } else {
      end_by_order(s);
    }
  }
}

void Router::stop(uint64_t now_ms) {
  accept_set_.shut();
  while (!queue_.empty()) {
    RoutedSession* s = queue_[0];
    tandem::send_last(s->client.get(), refusal_packet(Refusal::Stopping));
    queue_.end(s);
    s->refused = true;
    relay_->end(s, 'K', 'Q', false);
  }
  while (relay_->session_count() > 0) {
    relay_->end(relay_->session(0), 'K', 'D', true);
  }
  common_->in_want.store(true);
  common_->raise_all_to_stop();
  threads_->ring_all();
  const uint64_t until_ms = now_ms + kStopMs;
  hear_relay(now_ms);
  while (!sessions_.empty() && now_ms < until_ms) {
    if (set_->wait(now_ms, until_ms, nullptr)) return;
    now_ms = tandem::clock_ms();
    for (Session* s : threads_->ended()->take()) finish(of_router(s), now_ms);
  }
}

}  // namespace splitfwd
