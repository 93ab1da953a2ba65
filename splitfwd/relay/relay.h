// One thread's share of the sessions: moves their bytes and sees their ends.
// It chooses no server and writes no log.
//
// The threads of the worker process (service.cc makes the first, threads.cc
// the others), each with its WaitSet and its Relay:
//
//   router  one: accepts, chooses, queues, checks, shows, logs. Its Relay has
//           the sessions that have no server yet, or are as short as a login.
//   hot     one a CPU: sessions that are active.        the data path: waits
//   cold    one for each 8 sessions that are idle.      for no other thread
//
//       router --hand over--> hot <--demote, promote--> cold
//         ^---------------ended sessions---------------/
//
// Who owns what. A Session belongs to one thread at a time and goes to another
// only by its Mailbox, whole; who posted it does not touch it again. The router
// keeps the memory of all of them, from accept to the log line. It alone writes
// what is Routed: a Session lets a relay read that. Of those in the other
// threads it may ask what any thread may ask of a Pump, and what crosses
// (Crossing), of which it may set 'killed'; not what is Held. Balance, queue,
// limits, checks, statistics, log are the router's alone, without locks.
//
// What else crosses threads. Common: words that are read and written whole;
// above all the terms, which cut sessions wherever they are. Threads: how full
// each cold thread is, under its lock. Locks are those of mailboxes and of
// Threads, held for a few instructions and, in that order, Threads' first.
// Signals go to the router; only it changes what the process is.
#ifndef TANDEM_SPLITFWD_RELAY_RELAY_H
#define TANDEM_SPLITFWD_RELAY_RELAY_H

#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/config.h"
#include "splitfwd/relay/common.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/relay/session.h"

namespace splitfwd {

// A server that has not answered a connect for so long: try another.
const uint64_t kConnectTryMs = 1000;

// When the session ends if no byte goes to or comes from that side.
uint64_t client_due_ms(const ListenConfig& l, const Session& s);
uint64_t server_due_ms(const ListenConfig& l, const Session& s);

enum class Tier { Router, Hot, Cold };

// What a relay has to say of a session to who gave it.
struct Event {
  enum class What {
    Late,     // router: Waiting or Connecting, one of its deadlines has passed
    Lost,     // router: its server refused, or was lost before a byte went
    Flowing,  // router: for the other threads: it spoke more than a login
              // takes, moved much, or idles; may be said again
    Ended     // it is no longer here, and both its descriptors are closed
  };
  What what;
  Session* session;
};

class Relay {
 public:
  // Borrows all.
  Relay(Tier tier, const Config& config, Common* common, WaitSet* set);
  ~Relay();

  // Takes the session; watches what it has.
  void adopt(Session* s);
  // Lets go of it, as it is: another will adopt it.
  void release(Session* s);
  // A connect() to session->server is under way on this descriptor.
  void attach(Session* s, tandem::UniqueFd upstream, uint64_t now_ms);
  // Lets the server side go (reset); client bytes that wait are kept. Only
  // while untouched().
  void detach(Session* s);
  // Sends the client a last packet and waits a moment for it to leave.
  void say_goodbye(Session* s, const std::string& packet, uint64_t now_ms);
  // Ends it; reset: both sides get RST instead of an orderly end.
  void end(Session* s, char who, char when, bool reset);

  // Moves what the last wait() found ready; looks at deadlines. Sessions
  // that were cut end.
  void turn(uint64_t now_ms);
  // Ends all that were cut; in a drain also those that rest.
  void end_cut(uint64_t now_ms);
  uint64_t next_due_ms() const { return next_due_ms_; }
  // A deadline of s changed: not later than this.
  void wake_at(uint64_t due_ms);
  // Calls of turn().
  uint64_t calls() const { return calls_; }

  // In the order in which they came; the last of a session is Ended.
  std::vector<Event> take_events();

  size_t session_count() const { return sessions_.size(); }
  Session* session(size_t i) const { return sessions_[i]; }

 private:
  void watch(Session* s);
  void on_client(Session* s, uint64_t now_ms);
  void on_upstream(Session* s, uint64_t now_ms);
  void discard(Session* s);
  bool finish_connect(Session* s, uint64_t now_ms);
  bool pull(Session* s, Way way, uint64_t now_ms);
  bool push(Session* s, Way way, uint64_t now_ms);
  void settle(Session* s, uint64_t now_ms);
  bool rests(const Session& s, bool at_once, uint64_t now_ms) const;
  void leave_at_rest(Session* s);
  void failed(Session* s, bool server_side);
  void hear_out(Session* s, Way way);
  void await_end(Session* s, uint64_t now_ms);
  uint64_t own_due_ms(const Session& s) const;
  uint64_t due_ms(const Session& s) const;
  void expire(Session* s, uint64_t now_ms);
  void close_fd(tandem::UniqueFd* fd, bool reset);
  void remove(Session* s);
  BufferPtr take_buffer(bool big);
  void give_buffer(BufferPtr buffer);
  void tell(Event::What what, Session* s) { events_.push_back({what, s}); }

  const Tier tier_;
  const Config& config_;
  Common* common_;
  WaitSet* set_;
  std::vector<Session*> sessions_;
  uint64_t calls_;
  uint64_t next_due_ms_;  // no deadline is before it
  std::vector<BufferPtr> buffers_;  // spare ones
  BufferPtr big_buffer_;            // likewise
  std::vector<Event> events_;
};

}  // namespace splitfwd

#endif
