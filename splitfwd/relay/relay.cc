// The data path. One read for each readiness, written at once to the other
// side; only what the other side does not take keeps a buffer. So an idle
// session holds two descriptors and no memory to speak of, and nobody waits to
// be told that a socket can be written to that nearly always can.
//
// Deadlines only ever move away while bytes flow, so next_due_ms_ is a lower
// bound that is computed anew when it is reached: no timer per session, no
// periodic tick.
#include "splitfwd/relay/relay.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/net.h"
#include "lib/waitset.h"
#include "splitfwd/relay/mysql.h"
#include "splitfwd/relay/proxy.h"

namespace splitfwd {

using tandem::UniqueFd;
using tandem::kNever;
using tandem::would_block;

namespace {

const size_t kSpareBuffersMax = 16;
// A client that logs in and leaves has spoken twice: the router serves it to
// the end, which saves two passages between threads. Others, and those who
// idle, are not its business.
const unsigned kOwnTurns = 2;
const uint64_t kOwnIdleMs = 20;

bool is_connected(int fd) {
  struct sockaddr_storage peer;
  socklen_t n = sizeof peer;
  return getpeername(fd, reinterpret_cast<struct sockaddr*>(&peer), &n) == 0;
}

}  // namespace

uint64_t client_due_ms(const ListenConfig& l, const Session& s) {
  return s.client_ms + (s.half_closed(kToServer, kToClient)
                            ? std::min(l.timeout_client_fin_ms,
                                       l.timeout_client_ms)
                            : l.timeout_client_ms);
}

uint64_t server_due_ms(const ListenConfig& l, const Session& s) {
  return s.server_ms + (s.half_closed(kToClient, kToServer)
                            ? std::min(l.timeout_server_fin_ms,
                                       l.timeout_server_ms)
                            : l.timeout_server_ms);
}

Relay::Relay(Tier tier, const Config& config, Common* common, WaitSet* set)
    : tier_(tier), config_(config), common_(common), set_(set), calls_(0),
      next_due_ms_(kNever) {}

Relay::~Relay() {
  if (big_buffer_) --common_->big_buffers;
}

void Relay::adopt(Session* s) {
  s->relay_index = sessions_.size();
  s->activity.call = calls_;
  s->reads = 0;
  sessions_.push_back(s);
  wake_at(due_ms(*s));
  watch(s);
}

void Relay::release(Session* s) {
  set_->forget(s->client.get());
  if (s->upstream.valid()) set_->forget(s->upstream.get());
  remove(s);
}

void Relay::remove(Session* s) {
  sessions_[s->relay_index] = sessions_.back();
  sessions_[s->relay_index]->relay_index = s->relay_index;
  sessions_.pop_back();
}

void Relay::attach(Session* s, UniqueFd upstream, uint64_t now_ms) {
  TANDEM_ASSERT(s->phase == Phase::Waiting && !s->upstream.valid());
  s->upstream = std::move(upstream);
  s->phase = Phase::Connecting;
  s->connect_due_ms = now_ms + kConnectTryMs;
  wake_at(s->connect_due_ms);
  watch(s);
}

void Relay::detach(Session* s) {
  TANDEM_ASSERT(s->untouched());
  TANDEM_ASSERT(s->phase == Phase::Connecting || s->phase == Phase::Open);
  close_fd(&s->upstream, true);
  s->connected_ms = kNotReached;
  s->pumps[kToClient] = Pump();
  s->phase = Phase::Waiting;
  watch(s);
}

void Relay::close_fd(UniqueFd* fd, bool reset) {
  if (!fd->valid()) return;
  set_->forget(fd->get());
  if (reset) {
    struct linger hard;
    hard.l_onoff = 1;
    hard.l_linger = 0;
    setsockopt(fd->get(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  fd->reset();
}

// Interest follows from state, here and nowhere else.
void Relay::watch(Session* s) {
  const Pump& up = s->pumps[kToServer];
  const Pump& down = s->pumps[kToClient];
  const bool goodbye = s->phase == Phase::Goodbye;
  set_->want_read(s->client.get(), goodbye || up.wants_read());
  set_->want_write(s->client.get(), !goodbye && down.wants_write());
  if (!s->upstream.valid()) return;
  // A server speaks first as a rule: while it connects it is watched for
  // reading only, which saves one call, unless there is something to send.
  const bool ours = up.wants_write() || (up.wants_shutdown() && !s->quits) ||
                    (s->phase == Phase::Connecting &&
                     config_.servers[s->routed.server].send_proxy);
  set_->want_read(s->upstream.get(), down.wants_read());
  set_->want_write(s->upstream.get(), ours);
}

// From the end, for a session may leave while it is looked at: the last one
// takes its place.
void Relay::turn(uint64_t now_ms) {
  ++calls_;
  for (size_t i = sessions_.size(); i-- > 0;) {
    Session* s = sessions_[i];
    const bool client = set_->is_ready(s->client.get());
    if (!client && !set_->is_ready(s->upstream.get())) continue;
    if (s->routed.in_threads && common_->is_cut(*s)) {
      end(s, common_->who_cuts(*s), 'D', true);
      continue;
    }
    if (client) on_client(s, now_ms);
    // Only now, for it may have ended, or lost that side.
    if (set_->is_ready(s->upstream.get())) on_upstream(s, now_ms);
  }
  if (now_ms < next_due_ms_) return;
  next_due_ms_ = kNever;
  for (size_t i = sessions_.size(); i-- > 0;) {
    Session* s = sessions_[i];
    if (due_ms(*s) <= now_ms) expire(s, now_ms);
    if (s->phase != Phase::Ended) wake_at(due_ms(*s));
  }
}

void Relay::on_client(Session* s, uint64_t now_ms) {
  if (s->phase == Phase::Goodbye) return discard(s);
  if (set_->can_write(s->client.get()) && s->pumps[kToClient].wants_write() &&
      !push(s, kToClient, now_ms)) {
    return;
  }
  if (set_->can_read(s->client.get()) && s->pumps[kToServer].wants_read() &&
      !pull(s, kToServer, now_ms)) {
    return;
  }
  settle(s, now_ms);
}

void Relay::on_upstream(Session* s, uint64_t now_ms) {
  if (s->phase == Phase::Connecting && !finish_connect(s, now_ms)) return;
  if (s->pumps[kToServer].wants_write() && !push(s, kToServer, now_ms)) {
    return;
  }
  if (set_->can_read(s->upstream.get()) && s->pumps[kToClient].wants_read() &&
      !pull(s, kToClient, now_ms)) {
    return;
  }
  settle(s, now_ms);
}

// A session is connected; or not, which the first read or write will say.
// False: s has lost its server.
bool Relay::finish_connect(Session* s, uint64_t now_ms) {
  s->phase = Phase::Open;
  s->connected_ms = s->client_ms = s->server_ms = now_ms;
  wake_at(due_ms(*s));
  if (!config_.servers[s->routed.server].send_proxy) return true;
  const std::string head =
      proxy_header(s->routed.peer, tandem::local_of(s->client.get()));
  // A fresh socket has room for it. It is none of the client's bytes.
  if (send(s->upstream.get(), head.data(), head.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(head.size())) {
    return true;
  }
  failed(s, true);
  return false;
}

// Reads once and writes at once. False: s has ended or lost its server.
bool Relay::pull(Session* s, Way way, uint64_t now_ms) {
  Pump& pump = s->pumps[way];
  const int fd = way == kToServer ? s->client.get() : s->upstream.get();
  pump.lend(take_buffer(tier_ == Tier::Hot &&
                        common_->solo.is_alone(s, now_ms)));
  const ssize_t n = recv(fd, pump.space(), pump.room(), 0);
  const int error = errno;
  if (n > 0 && way == kToClient && s->untouched() &&
      turns_away(pump.space(), static_cast<size_t>(n))) {
    s->turned_away.assign(pump.space(), static_cast<size_t>(n));
    give_buffer(pump.take_back());
    failed(s, true);
    return false;
  }
  if (n > 0) {
    pump.on_read(static_cast<size_t>(n));
    s->activity.call = calls_;
    s->reads |= way == kToServer ? kReadClient : kReadServer;
    if (way == kToServer) {
      ++s->client_turns;
      s->answered = false;
      s->last_word = common_->drains_it(*s) &&
                     is_last_word(pump.space(), static_cast<size_t>(n));
      const char* end = pump.space() + n;
      s->quits = n >= static_cast<ssize_t>(sizeof kQuit) &&
                 memcmp(end - sizeof kQuit, kQuit, sizeof kQuit) == 0;
    } else {
      if (!s->answered) {
        s->before =
            common_->drains_it(*s) ? s->tail.answer() : Answer::Unknown;
      }
      s->tail.note(pump.space(), static_cast<size_t>(n));
      s->answered = true;
    }
    if (static_cast<size_t>(n) == pump.room()) s->reads |= kReadFull;
    common_->solo.note(s, now_ms);
    (way == kToServer ? s->client_ms : s->server_ms) = now_ms;
    if (s->phase == Phase::Open && !push(s, way, now_ms)) return false;
  }
  give_buffer(pump.take_back());
  if (n == 0) {
    // A client that leaves before it has a server and has said nothing wants
    // nothing; a server that closes without a word served nobody.
    if (way == kToServer && s->phase != Phase::Open) {
      end(s, 'C', s->phase == Phase::Waiting ? 'Q' : 'C', false);
      return false;
    }
    if (way == kToClient && s->untouched()) {
      failed(s, true);
      return false;
    }
    pump.on_eof();
    // Half-closed: the shorter limits begin now, on both sides.
    s->client_ms = s->server_ms = now_ms;
    const ListenConfig& l = config_.listens[s->routed.listen];
    wake_at(now_ms +
            std::min(l.timeout_client_fin_ms, l.timeout_server_fin_ms));
  } else if (n < 0 && !would_block(error)) {
    if (s->heard_out == kNotReached) {
      failed(s, way == kToClient);
      return false;
    }
    pump.on_eof();
  }
  return true;
}

// Writes what waits, once. False: s has ended or lost its server.
bool Relay::push(Session* s, Way way, uint64_t now_ms) {
  Pump& pump = s->pumps[way];
  const int fd = way == kToServer ? s->upstream.get() : s->client.get();
  const ssize_t n = send(fd, pump.bytes(), pump.waiting(), MSG_NOSIGNAL);
  if (n < 0) {
    if (would_block(errno)) return true;
    if (s->phase == Phase::Open && !s->untouched() &&
        s->pumps[1 - way].in() == Pump::Side::Open) {
      hear_out(s, way);
      return true;
    }
    failed(s, way == kToServer);
    return false;
  }
  pump.on_wrote(static_cast<size_t>(n));
  s->activity.call = calls_;
  (way == kToServer ? s->server_ms : s->client_ms) = now_ms;
  give_buffer(pump.take_back());
  return true;
}

// Passes ends on, finishes what is done, renews the interest.
void Relay::settle(Session* s, uint64_t now_ms) {
  if (s->phase == Phase::Open) {
    Pump& up = s->pumps[kToServer];
    Pump& down = s->pumps[kToClient];
    // A server that was told to quit closes first, and has the TIME_WAIT: else
    // the ports of this host would be the limit of short sessions.
    if (up.wants_shutdown() && !s->quits) {
      shutdown(s->upstream.get(), SHUT_WR);
      up.on_shutdown();
    }
    if (down.wants_shutdown()) {
      shutdown(s->client.get(), SHUT_WR);
      down.on_shutdown();
    }
    if (s->quits && up.wants_shutdown() && down.done()) up.on_shutdown();
    if (up.done() && down.done()) {
      if (s->heard_out != kNotReached) return await_end(s, now_ms);
      return end(s, '-', '-', false);
    }
    if (tier_ == Tier::Router && !s->untouched()) {
      if (s->client_turns > kOwnTurns || (s->reads & kReadFull) != 0) {
        tell(Event::What::Flowing, s);
      }
      wake_at(own_due_ms(*s));
    }
    if (common_->drains_it(*s) && rests(*s, true, now_ms)) {
      return leave_at_rest(s);
    }
  }
  watch(s);
}

void Relay::wake_at(uint64_t due_ms) {
  next_due_ms_ = std::min(next_due_ms_, due_ms);
}

// When one that flows, and is here still, has been idle for too long.
uint64_t Relay::own_due_ms(const Session& s) const {
  if (tier_ != Tier::Router || s.untouched()) return kNever;
  return std::max(s.client_ms, s.server_ms) + kOwnIdleMs;
}

uint64_t Relay::due_ms(const Session& s) const {
  const ListenConfig& l = config_.listens[s.routed.listen];
  switch (s.phase) {
    case Phase::Waiting:
      return std::min(s.routed.wait_until_ms, s.routed.retry_at_ms);
    case Phase::Connecting:
      return std::min(s.routed.wait_until_ms, s.connect_due_ms);
    case Phase::Open:
      return std::min({client_due_ms(l, s), server_due_ms(l, s),
                      own_due_ms(s)});
    case Phase::Goodbye: return s.goodbye_due_ms;
    case Phase::Ended: break;
  }
  return kNever;
}

void Relay::expire(Session* s, uint64_t now_ms) {
  const ListenConfig& l = config_.listens[s->routed.listen];
  switch (s->phase) {
    case Phase::Connecting:
      // Only watched for reading: it may be connected and silent.
      if (is_connected(s->upstream.get())) {
        if (finish_connect(s, now_ms)) settle(s, now_ms);
        return;
      }
      tell(Event::What::Late, s);
      return;
    case Phase::Waiting: tell(Event::What::Late, s); return;
    case Phase::Open:
      if (now_ms < std::min(client_due_ms(l, *s), server_due_ms(l, *s))) {
        return tell(Event::What::Flowing, s);
      }
      return end(s, client_due_ms(l, *s) <= now_ms ? 'c' : 's', 'D', false);
    case Phase::Goodbye: return end(s, 'S', 'Q', true);
    case Phase::Ended: return;
  }
}

BufferPtr Relay::take_buffer(bool big) {
  if (big && big_buffer_) return std::move(big_buffer_);
  if (big && ++common_->big_buffers <= kBigBuffersMax) {
    return BufferPtr(new Buffer(kBigBufferBytes));
  }
  if (big) --common_->big_buffers;
  if (buffers_.empty()) return BufferPtr(new Buffer(kBufferBytes));
  BufferPtr b = std::move(buffers_.back());
  buffers_.pop_back();
  return b;
}

// A big one may come back elsewhere than where it was lent.
void Relay::give_buffer(BufferPtr buffer) {
  if (!buffer) return;
  if (buffer->size == kBufferBytes) {
    const size_t most = tier_ == Tier::Cold ? 1 : kSpareBuffersMax;
    if (buffers_.size() < most) buffers_.push_back(std::move(buffer));
  } else if (buffer->size != kBigBufferBytes) {
    return;  // made elsewhere, for what waited in another process
  } else if (tier_ == Tier::Hot && !big_buffer_) {
    big_buffer_ = std::move(buffer);
  } else {
    --common_->big_buffers;
  }
}

std::vector<Event> Relay::take_events() {
  std::vector<Event> out;
  out.swap(events_);
  return out;
}

}  // namespace splitfwd
