// One worker process hands all it has to the next: what was counted, then the
// sessions, oldest waiter first, each with its descriptors and the bytes that
// wait in it. While this lasts nothing is forwarded: some 20 us a session.
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "splitfwd/link.h"
#include "splitfwd/route/router.h"
#include "splitfwd/route/handover.h"
#include "splitfwd/route/orders.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const char kCounted = 'T';  // a line of Checks or Counters, or an order
const char kSession = 'C';  // handover.h; the client, the server's side
const char kBytes = 'B';    // of the session before; number: its way
const char kEnd = 'Z';
const unsigned kPatienceMs = 5000;
const uint64_t kRecallMs = 2000;
const uint64_t kTakeOverMs = 10000;

bool send_waiting(int link, const Pump& pump, int way) {
  const size_t part_bytes = kMessageBytesMax - 2;
  for (size_t at = 0; at < pump.waiting(); at += part_bytes) {
    const std::string part(pump.bytes() + at,
                           std::min(part_bytes, pump.waiting() - at));
    if (!send_message(link, kBytes, static_cast<unsigned char>(way), part)) {
      return false;
    }
  }
  return true;
}

bool send_lines(int link, const std::vector<std::string>& lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!send_message(link, kCounted, 0, lines[i])) return false;
  }
  return true;
}

bool send_session(int link, const Config& config, const RoutedSession& s) {
  if (!send_message(link, kSession, 0, format_session(config, s),
                    s.client.get(), s.upstream.get())) {
    return false;
  }
  return send_waiting(link, s.pumps[kToServer], kToServer) &&
         send_waiting(link, s.pumps[kToClient], kToClient);
}

Error receive(int link, Message* out) {
  if (receive_message(link, out) == Received::Message) return Error::none();
  return Error::make(tandem::kExitFailed, "the old worker has not handed over "
                     "all it had");
}

// The bytes that follow a session, into the buffers they waited in.
Error receive_waiting(int link, const size_t waiting[2], RoutedSession* s) {
  for (int way = 0; way < 2; ++way) {
    if (waiting[way] == 0) continue;
    // Not of the size of the big ones, which are counted (activity.h).
    const size_t spare = waiting[way] == kBigBufferBytes ? 1 : 0;
    BufferPtr buffer(
        new Buffer(std::max(waiting[way] + spare, kBufferBytes)));
    size_t n = 0;
    while (n < waiting[way]) {
      Message m;
      const Error e = receive(link, &m);
      if (e) return e;
      if (m.type != kBytes || m.number != way || m.text.empty() ||
          m.text.size() > waiting[way] - n) {
        return Error::make(tandem::kExitFailed, "the old worker hands over "
                           "bytes that nobody asked for");
      }
      memcpy(buffer->bytes.get() + n, m.text.data(), m.text.size());
      n += m.text.size();
    }
    s->pumps[way].restore_waiting(std::move(buffer), n);
  }
  return Error::none();
}

// What a session is made of, and nothing else that may be attached.
bool is_tcp(int fd) {
  int type = 0, listens = 1;
  socklen_t type_bytes = sizeof type, listens_bytes = sizeof listens;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_bytes) == 0 &&
         type == SOCK_STREAM &&
         getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
                    &listens_bytes) == 0 &&
         listens == 0 && tandem::local_of(fd).family != AF_UNSPEC;
}

// An abort must not look like an orderly end.
void reset_both(RoutedSession* s) {
  const int fds[] = {s->client.get(), s->upstream.get()};
  struct linger hard;
  hard.l_onoff = 1;
  hard.l_linger = 0;
  for (int i = 0; i < 2; ++i) {
    if (fds[i] < 0) continue;
    setsockopt(fds[i], SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
}

}  // namespace

// All sessions are the router's again. One that does not come back is lost.
void Router::recall(uint64_t now_ms) {
  common_->recall();
  threads_->ring_all();
  const uint64_t until_ms = now_ms + kRecallMs;
  size_t away = 0;
  for (const SessionPtr& s : sessions_.all()) away += s->in_threads;
  while (away > 0 && now_ms < until_ms) {
    const std::vector<Session*> back = threads_->ended()->take();
    for (Session* session : back) {
      RoutedSession* s = of_router(session);
      if (s->phase == Phase::Ended) {
        finish(s, now_ms);
      } else {
        s->in_threads = false;
        relay_->adopt(s);
      }
    }
    away -= back.size();
    if (away == 0 || set_->wait(now_ms, until_ms, nullptr)) break;
    now_ms = tandem::clock_ms();
  }
  if (away > 0) tandem::log_err("%zu sessions did not come back", away);
}

bool Router::hand_over(int link, const Checks& checks, uint64_t now_ms) {
  common_->drains.store(false);  // they are for the next one to serve
  accept_set_.shut();
  hear_relay(now_ms);
  recall(now_ms);
  bool ok = !tandem::set_blocking(link, kPatienceMs) &&
            send_lines(link, checks.format()) &&
            send_lines(link, counters_.format()) &&
            send_lines(link, format_orders(config_, balance_,
                                           accept_set_.closed()));
  for (size_t i = 0; ok && i < queue_.size(); ++i) {
    ok = send_session(link, config_, *queue_[i]);
  }
  for (size_t i = 0; ok && i < sessions_.size(); ++i) {
    const RoutedSession& s = *sessions_[i];
    const bool waits = s.phase == Phase::Waiting;
    if (!waits && !s.in_threads) ok = send_session(link, config_, s);
  }
  return ok && send_message(link, kEnd, 0);
}

Error Router::take_over(int link, Checks* checks, uint64_t now_ms) {
  Error e = tandem::set_blocking(link, kPatienceMs);
  size_t count = 0, lost = 0;
  while (!e) {
    Message m;
    e = tandem::clock_ms() < now_ms + kTakeOverMs
            ? receive(link, &m)
            : Error::make(tandem::kExitFailed, "the old worker hands over "
                          "without an end");
    if (e || m.type == kEnd) break;
    if (m.type == kCounted) {
      checks->restore(m.text);
      on_reports(checks->take_reports(), now_ms);
      counters_.restore(m.text, now_ms);
      std::vector<bool> closed = accept_set_.closed();
      if (restore_order(m.text, config_, &balance_, &closed)) {
        for (size_t i = 0; i < closed.size(); ++i) {
          accept_set_.close(i, closed[i]);
        }
        changed_ = orders_changed_ = true;
      }
    }
    if (m.type != kSession) continue;
    SessionPtr s(new RoutedSession(0, std::move(m.fds[0]), now_ms));
    s->upstream = std::move(m.fds[1]);
    size_t waiting[2] = {0, 0};
    const Handed handed = parse_session(config_, m.text, s.get(), waiting);
    if (handed != Handed::Bad) e = receive_waiting(link, waiting, s.get());
    if (!e && handed == Handed::Fine && is_tcp(s->client.get()) &&
        (!s->upstream.valid() || is_tcp(s->upstream.get()))) {
      ++count;
      bound_times(config_, now_ms, s.get());
      inherit(std::move(s), now_ms);
    } else {
      ++lost;
      reset_both(s.get());
    }
  }
  for (size_t i = 0; i < config_.servers.size(); ++i) cut(i, now_ms);
  counters_.note_service(balance_, now_ms);
  tandem::log_info("took over %zu sessions", count);
  if (lost > 0) {
    tandem::log_warn("%zu sessions ended: their listener or server is no "
                     "longer in the file", lost);
  }
  return e;
}

void Router::inherit(SessionPtr session, uint64_t now_ms) {
  RoutedSession* s = sessions_.add(std::move(session));
  counters_.on_inherit(*s);
  count_source(s);
  if (s->server != kNoServer) balance_.take(s->listen, s->server);
  // Not to the threads, which would begin at once: what is known of its
  // server may be as old as this takes, and there may be news.
  relay_->adopt(s);
  if (s->phase != Phase::Waiting) return;
  queue_.resume(s, now_ms);
}

}  // namespace splitfwd
