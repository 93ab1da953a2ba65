// See router.h. A client for whom there is no server yet is held open, so that
// the clients of a failover wait for the new primary instead of failing; one
// that waited in vain gets a MySQL error packet.
#include "splitfwd/route/router.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"
#include "lib/waitset.h"
#include "splitfwd/link.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;
using tandem::format;

namespace {

// From its sources in turn; one that has no port left is passed over.
int dial(const ServerConfig& server, size_t* turn, UniqueFd* fd) {
  const size_t count = server.sources.size();
  if (count == 0) return tandem::begin_connect(server.address, nullptr, fd);
  int error = 0;
  for (size_t i = 0; i < count; ++i) {
    const tandem::Address& from = server.sources[++*turn % count];
    error = tandem::begin_connect(server.address, &from, fd);
    if (!tandem::is_our_shortage(error)) break;
  }
  return error;
}

}  // namespace

Router::Router(const Config& config, Common* common, Threads* threads,
               WaitSet* set, Relay* relay, std::vector<UniqueFd> listeners,
               int link)
    : config_(config), common_(common), threads_(threads), set_(set),
      relay_(relay), balance_(make_balance(config)),
      counters_(config, tandem::clock_ms()),
      accept_set_(set, std::move(listeners)), link_(link),
      queue_(config, relay, &counters_),
      turns_(config.servers.size(), 0),
      primary_counts_(config.listens.size(), 0), changed_(false),
      orders_changed_(false), trouble_limit_(5, 1000), threads_short_(0) {
  char name[256] = "";
  if (gethostname(name, sizeof name - 1) == 0) node_ = name;
}

uint64_t Router::next_due_ms(uint64_t now_ms) const {
  const uint64_t due_ms =
      std::min(accept_set_.next_due_ms(), search_.next_due_ms());
  return drain_.is_on() ? std::min(due_ms, now_ms + Drain::kLookMs) : due_ms;
}

bool Router::has_room(size_t listen) const {
  return !accept_set_.is_closed(listen) && sessions_.size() < config_.maxconn &&
         counters_.sessions(listen) < config_.listens[listen].maxconn;
}

void Router::want(uint64_t now_ms) {
  if (threads_short_ != threads_->shortages()) {
    uint64_t dropped;
    threads_short_ = threads_->shortages();
    if (trouble_limit_.allow(now_ms, &dropped)) {
      tandem::log_warn("no more threads: idle sessions cost more");
    }
  }
  bool in_want = !queue_.empty() || drain_.is_on();
  for (size_t i = 0; i < accept_set_.size(); ++i) {
    const bool room = has_room(i);
    accept_set_.want(i, room, now_ms);
    in_want = in_want || !room;
  }
  common_->in_want.store(in_want);
}

void Router::turn(uint64_t now_ms) {
  hear_relay(now_ms);
  for (Session* s : threads_->ended()->take()) finish(of_router(s), now_ms);
  for (size_t i = 0; i < accept_set_.size(); ++i) {
    if (accept_set_.has_client(i)) accept_some(i, now_ms);
  }
  if (changed_) queue_.wake_all();
  changed_ = false;
  while (queue_.is_due()) {
    serve(now_ms);
    hear_relay(now_ms);
  }
  counters_.note_queues();
  if (drain_.is_on()) step_drain(now_ms);
  if (search_.step(now_ms, queue_.misses_primary(balance_))) {
    send_message(link_, kMsgAsk, 0);
  }
}

void Router::hear_relay(uint64_t now_ms) {
  for (const Event& e : relay_->take_events()) {
    RoutedSession* s = of_router(e.session);
    switch (e.what) {
      case Event::What::Late: on_late(s, now_ms); break;
      case Event::What::Lost: leave_failed(s, 'S', now_ms); break;
      case Event::What::Flowing: to_threads(s); break;
      case Event::What::Ended: finish(s, now_ms); break;
    }
  }
}

void Router::to_threads(RoutedSession* s) {
  if (s->in_threads || s->phase != Phase::Open) return;
  relay_->release(s);
  send_away(s);
}

void Router::send_away(RoutedSession* s) {
  s->in_threads = true;
  s->term = common_->term(s->listen, s->server);
  threads_->hand_over(s);
}

// Gives servers to those who wait: what is free goes to the oldest of all
// listeners that may have it.
void Router::serve(uint64_t now_ms) {
  queue_.serve();
  std::vector<Balance::Verdict> stuck(config_.listens.size(),
                                      Balance::Verdict::Chosen);
  for (size_t i = 0; i < queue_.size();) {
    RoutedSession* s = queue_[i];
    if (!place(s, &stuck, now_ms)) ++i;
    // or it has left the queue, and the next one stands here
  }
  refuse_excess(now_ms);
}

// False: it waits on.
bool Router::place(RoutedSession* s, std::vector<Balance::Verdict>* stuck,
                   uint64_t now_ms) {
  Balance::Verdict* listener = &(*stuck)[s->listen];
  for (;;) {
    if (s->retry_at_ms != kNotReached) return false;  // on_late() ends it
    const bool fresh = s->failed_servers == 0 && s->same_server == kNoServer;
    size_t server = kNoServer;
    Balance::Verdict verdict = *listener;
    if (!fresh || verdict == Balance::Verdict::Chosen) {
      verdict = choose(*s, &server);
    }
    switch (verdict) {
      case Balance::Verdict::Chosen: break;
      case Balance::Verdict::Tried:
        if (!s->turned_away.empty()) {
          refuse(s, 'S', 'C', Refusal::NoAnswer, now_ms);
          return true;
        }
        queue_.pause(s, now_ms);
        return false;
      case Balance::Verdict::Full:
      case Balance::Verdict::Nobody:
        queue_.wait_for(s, verdict == Balance::Verdict::Full, now_ms);
        if (fresh) *listener = verdict;  // nor is there one for the others
        return false;
    }
    if (shortage_.is_on(now_ms)) return wait_out_shortage(s, now_ms);
    const int error = connect_to(s, server, now_ms);
    if (error == 0) {
      queue_.end(s);
      return true;
    }
    if (tandem::is_our_shortage(error)) {
      on_shortage(server, error, now_ms);
      return wait_out_shortage(s, now_ms);
    }
    if (after_failure(s, server, 'S', now_ms) == End::Refused) return true;
  }
}

// The next one in the round; without redispatch the one it had, as long as
// that is right for it.
Balance::Verdict Router::choose(const RoutedSession& s, size_t* server) {
  if (s.same_server == kNoServer ||
      !balance_.eligible(s.listen, s.same_server, 0)) {
    return balance_.pick(s.listen, s.failed_servers, server);
  }
  *server = s.same_server;
  return balance_.has_room(s.listen, s.same_server) ? Balance::Verdict::Chosen
                                               : Balance::Verdict::Full;
}

// The errno of what failed at once, else 0.
int Router::connect_to(RoutedSession* s, size_t server, uint64_t now_ms) {
  UniqueFd fd;
  const int error = dial(config_.servers[server], &turns_[server], &fd);
  if (tandem::is_our_shortage(error)) return error;
  s->short_since_ms = kNotReached;
  if (s->chosen_ms != kNotReached && s->first_server != server) {
    s->redispatched = true;
  }
  if (s->chosen_ms == kNotReached) s->first_server = server;
  if (s->failed_server != kNoServer) {
    counters_.on_retry(s->listen, s->failed_server, s->failed_server != server);
    s->failed_server = kNoServer;
  }
  s->chosen_ms = now_ms;
  counters_.on_server(*s, server, now_ms);
  if (error != 0) {
    counters_.on_leave(s->listen, server);
    return error;
  }
  const ListenConfig& l = config_.listens[s->listen];
  tandem::keep_alive(fd.get(), l.keepalive_idle_ms, l.keepalive_interval_ms,
                     l.keepalive_count);
  balance_.take(s->listen, server);
  s->server = server;
  s->wait_until_ms = now_ms + l.timeout_connect_ms;
  relay_->attach(s, std::move(fd), now_ms);
  relay_->wake_at(s->wait_until_ms);
  return 0;
}

// No server is to blame, and another one would not help.
void Router::on_shortage(size_t server, int error, uint64_t now_ms) {
  uint64_t dropped;
  shortage_.note(now_ms);
  if (trouble_limit_.allow(now_ms, &dropped)) {
    tandem::log_err("this host is short of something, and cannot connect to "
                    "%s: %s", config_.servers[server].name.c_str(),
                    strerror(error));
  }
}

// Tries again soon, for as long as a connect may take. True: it has left the
// queue.
bool Router::wait_out_shortage(RoutedSession* s, uint64_t now_ms) {
  if (s->short_since_ms == kNotReached) s->short_since_ms = now_ms;
  if (now_ms - s->short_since_ms >=
      config_.listens[s->listen].timeout_connect_ms) {
    refuse(s, 'R', 'C', Refusal::Shortage, now_ms);
    return true;
  }
  queue_.put_off(s, shortage_.until_ms());
  return false;
}

// A connect failed, by the server (S) or its timeout (s); s is in the queue.
Router::End Router::after_failure(RoutedSession* s, size_t server, char who,
                                  uint64_t now_ms) {
  const ListenConfig& l = config_.listens[s->listen];
  counters_.on_connect_failed(s->listen, server);
  s->failed_servers |= ServerMask(1) << server;
  s->failed_server = server;
  ++s->attempts;
  if (s->attempts > l.retries ||
      (!l.redispatch && !s->turned_away.empty())) {
    refuse(s, who, 'C', Refusal::NoAnswer, now_ms);
    return End::Refused;
  }
  if (l.redispatch) return End::Again;
  s->same_server = server;
  queue_.pause(s, now_ms);
  return End::Paused;
}

void Router::leave_server(RoutedSession* s) {
  if (s->server == kNoServer) return;
  balance_.release(s->listen, s->server);
  counters_.on_leave(s->listen, s->server);
  s->server = kNoServer;
  queue_.set_due();
}

// Its server refused, did not answer, or was lost before a byte: to the head
// of the queue.
void Router::leave_failed(RoutedSession* s, char who, uint64_t now_ms) {
  if (s->phase != Phase::Waiting || s->server == kNoServer) return;
  const size_t server = s->server;
  leave_server(s);
  queue_.begin(s, true, now_ms);
  after_failure(s, server, who, now_ms);
}

void Router::on_late(RoutedSession* s, uint64_t now_ms) {
  if (s->phase == Phase::Waiting) {
    if (s->server != kNoServer) return;  // lost as well: leave_failed()
    if (s->retry_at_ms <= now_ms) {  // the pause is over
      queue_.go_on(s, now_ms);
    } else if (now_ms >= s->wait_until_ms) {
      refuse(s, 's', 'Q',
             s->waits_for_room ? Refusal::QueueTimeout : Refusal::NoServer,
             now_ms);
    }
    return;
  }
  if (s->phase != Phase::Connecting) return;
  if (now_ms < s->wait_until_ms) {
    // Slow: another server if there is one and it may try once more, else on
    // with this one.
    const ListenConfig& l = config_.listens[s->listen];
    size_t other = kNoServer;
    if (!l.redispatch || s->attempts >= l.retries ||
        balance_.look(s->listen,
                      s->failed_servers | (ServerMask(1) << s->server),
                      &other) != Balance::Verdict::Chosen) {
      s->connect_due_ms = now_ms + kConnectTryMs;
      return relay_->wake_at(std::min(s->connect_due_ms, s->wait_until_ms));
    }
  }
  relay_->detach(s);
  leave_failed(s, 's', now_ms);
}

void Router::on_reports(const std::vector<Report>& reports, uint64_t now_ms) {
  bool changed = false;
  for (size_t i = 0; i < reports.size(); ++i) {
    if (on_report(reports[i], now_ms)) changed = true;
  }
  if (!changed) return;
  changed_ = true;
  // Only now, when all that is known is known, is a second primary one.
  for (size_t i = 0; i < config_.servers.size(); ++i) cut(i, now_ms);
  note_listeners();
  note_service(now_ms);
}

bool Router::on_report(const Report& report, uint64_t now_ms) {
  const ServerState before = balance_.state(report.server);
  const bool changed = balance_.set_state(report.server, report.state);
  const bool first = counters_.on_report(report, now_ms);
  if (!changed && !first) return false;
  // A role that is lost and back in the next line is lost all the same.
  const bool lost = (before.up && !report.state.up) ||
                    (before.stalled && !report.state.stalled) ||
                    (before.primary && !report.state.primary &&
                     !report.state.unsaid);
  const size_t sessions = lost ? cut(report.server, now_ms) : 0;
  size_t up = 0;
  for (size_t i = 0; i < config_.servers.size(); ++i) {
    if (balance_.state(i).up) ++up;
  }
  const char* name = config_.servers[report.server].name.c_str();
  const std::string left =
      format("%zu of %zu servers up, %zu sessions cut", up,
             config_.servers.size(), sessions);
  if (!report.state.up) {
    tandem::log_warn("Server %s is DOWN, reason: %s. %s.", name,
                     report.reason.c_str(), left.c_str());
    return true;
  }
  const bool turned = before.up && before.primary != report.state.primary &&
                      !report.role.empty();
  tandem::log_info("Server %s is UP%s, role: %s%s. %s.", name,
                   turned ? ", changed role" : "",
                   report.role.empty() ? "not said" : report.role.c_str(),
                   balance_.is_stale(report.server) ? ", not to be read from"
                                                    : "",
                   left.c_str());
  return true;
}

// Ends, at once and by reset, the server's sessions that may not stay there.
// Those through which nothing went yet only wait again. How many it ends.
size_t Router::cut(size_t server, uint64_t now_ms) {
  size_t n = 0;
  bool ring = false;
  for (size_t i = sessions_.size(); i-- > 0;) {
    RoutedSession* s = sessions_[i];
    if (s->server != server || balance_.may_stay(s->listen, server)) continue;
    if (s->in_threads) {
      if (common_->is_cut(*s)) continue;  // it was told so already
      ++n;
      ring = true;
      continue;
    }
    if (s->phase == Phase::Waiting) continue;  // on its way to leave_failed()
    if (s->phase == Phase::Ended) continue;
    if (!s->untouched()) {
      ++n;
      relay_->end(s, 'D', 'D', true);
      continue;
    }
    relay_->detach(s);
    leave_server(s);
    s->retry_at_ms = kNotReached;
    queue_.begin(s, false, now_ms);
  }
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    if (ring && !balance_.may_stay(i, server)) common_->raise_term(i, server);
  }
  if (ring) threads_->ring_all();
  return n;
}

void Router::note_listeners() {
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    if (config_.listens[i].send_to != SendTo::Primary) continue;
    const size_t n = balance_.primary_count(i);
    if (n == primary_counts_[i]) continue;
    const char* name = config_.listens[i].name.c_str();
    if (n > 1) {
      tandem::log_err("Listener %s: %zu servers say that they are the "
                      "primary; sending to none of them", name, n);
    } else if (n == 0) {
      tandem::log_warn("Listener %s has no primary", name);
    } else {
      tandem::log_info("Listener %s has its primary", name);
    }
    primary_counts_[i] = n;
  }
}

// HAProxy's words. Who has no primary, or two, was named by note_listeners().
void Router::note_service(uint64_t now_ms) {
  const std::vector<size_t> lost = counters_.note_service(balance_, now_ms);
  for (size_t i = 0; i < lost.size(); ++i) {
    const ListenConfig& l = config_.listens[lost[i]];
    if (l.send_to == SendTo::Primary && balance_.primary_count(lost[i]) != 1) {
      continue;
    }
    tandem::log_err("proxy %s has no server available!", l.name.c_str());
  }
}

}  // namespace splitfwd
