// How a session ends at its thread: in order, by reset, with a last packet that
// must not be overtaken, or at rest in a drain.
#include <errno.h>
#include <sys/socket.h>

#include <algorithm>

#include "lib/net.h"
#include "splitfwd/relay/mysql.h"
#include "splitfwd/relay/relay.h"

namespace splitfwd {

using tandem::would_block;

namespace {

const uint64_t kGoodbyeMs = 1000;

}  // namespace

void Relay::end(Session* s, char who, char when, bool reset) {
  if (s->phase == Phase::Ended) return;
  s->phase = Phase::Ended;
  if (s->end_when == '-') {
    s->end_who = who;
    s->end_when = when;
  }
  close_fd(&s->upstream, reset);
  close_fd(&s->client, reset);
  for (int way = 0; way < 2; ++way) {
    s->pumps[way].on_error();
    give_buffer(s->pumps[way].take_back());
  }
  remove(s);
  tell(Event::What::Ended, s);
}

void Relay::end_cut(uint64_t now_ms) {
  for (size_t i = sessions_.size(); i-- > 0;) {
    Session* s = sessions_[i];
    if (s->routed.in_threads && common_->is_cut(*s)) {
      end(s, common_->who_cuts(*s), 'D', true);
    } else if (common_->drains_it(*s) && rests(*s, false, now_ms)) {
      leave_at_rest(s);
    }
  }
}

// Nothing is under way, either way, and by its answers it may end. at_once: the
// last has come just now, and must have ended something.
bool Relay::rests(const Session& s, bool at_once, uint64_t now_ms) const {
  if (s.phase != Phase::Open || !s.answered ||
      !s.pumps[kToServer].wants_read() || !s.pumps[kToClient].wants_read()) {
    return false;
  }
  const Answer now = s.tail.answer();
  const uint64_t silent_ms = now_ms - std::max(s.client_ms, s.server_ms);
  if (at_once ? !ends_work(s.before, now)
              : silent_ms < silence_ms(now, s.last_word)) {
    return false;
  }
  char byte;
  return recv(s.client.get(), &byte, 1, MSG_PEEK) < 0 && would_block(errno) &&
         recv(s.upstream.get(), &byte, 1, MSG_PEEK) < 0 && would_block(errno);
}

// The server is told as by a client that leaves.
void Relay::leave_at_rest(Session* s) {
  const ssize_t n = send(s->upstream.get(), kQuit, sizeof kQuit, MSG_NOSIGNAL);
  (void)n;  // it ends without it, too
  end(s, 'K', '-', false);
}

void Relay::say_goodbye(Session* s, const std::string& packet,
                        uint64_t now_ms) {
  TANDEM_ASSERT(s->phase == Phase::Waiting);
  // A fresh socket has room for it; a client that is gone needs none.
  const ssize_t n = send(s->client.get(), packet.data(), packet.size(),
                         MSG_NOSIGNAL);
  (void)n;
  shutdown(s->client.get(), SHUT_WR);
  s->phase = Phase::Goodbye;
  s->refused = true;
  s->goodbye_due_ms = now_ms + kGoodbyeMs;
  wake_at(s->goodbye_due_ms);
  watch(s);
}

// After the error packet: what the client still sends is not for anybody,
// but unread it would turn our close into a reset that overtakes the packet.
void Relay::discard(Session* s) {
  char waste[4096];
  const ssize_t n = recv(s->client.get(), waste, sizeof waste, 0);
  if (n > 0 || (n < 0 && would_block(errno))) return;
  end(s, 'S', 'Q', false);  // who and when were noted before
}

// The side that this way leads to takes no more: nothing goes that way, and
// what it has said goes the other.
void Relay::hear_out(Session* s, Way way) {
  s->heard_out = s->pumps[1 - way].moved_bytes();
  s->end_who = way == kToServer ? 'S' : 'C';
  s->end_when = s->when();
  s->pumps[way].on_error();
  give_buffer(s->pumps[way].take_back());
}

// The last words have left. Our close must not overtake them: what the client
// still sends is read, and nobody's.
void Relay::await_end(Session* s, uint64_t now_ms) {
  if (s->end_who != 'S' ||
      s->heard_out == s->pumps[kToClient].moved_bytes()) {
    return end(s, '-', '-', s->end_who == 'S');
  }
  close_fd(&s->upstream, false);
  shutdown(s->client.get(), SHUT_WR);
  s->phase = Phase::Goodbye;
  s->goodbye_due_ms = now_ms + kGoodbyeMs;
  wake_at(s->goodbye_due_ms);
  watch(s);
}

// One side is lost. What was reset is reset on the other side too: an abort
// must not look like an orderly end. A server that said why is no abort.
void Relay::failed(Session* s, bool server_side) {
  if (server_side && s->untouched()) {
    detach(s);
    tell(Event::What::Lost, s);
    return;
  }
  if (server_side && s->phase == Phase::Open && s->tail.is_error() &&
      s->pumps[kToClient].waiting() == 0) {
    s->end_who = 'S';
    s->end_when = s->when();
    return await_end(s, std::max(s->client_ms, s->server_ms));
  }
  end(s, server_side ? 'S' : 'C', s->when(), true);
}

}  // namespace splitfwd
