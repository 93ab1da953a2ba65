// A client, perhaps a server, and a pump for each direction between them, in
// three parts by who may touch them. A relay has it as a Session, which lets it
// read what the router has written; the router as a RoutedSession, which adds
// that (route/sessions.h).
#ifndef TANDEM_SPLITFWD_RELAY_SESSION_H
#define TANDEM_SPLITFWD_RELAY_SESSION_H

#include <stdint.h>

#include <atomic>
#include <string>
#include <utility>

#include "lib/addr.h"
#include "lib/fd.h"
#include "splitfwd/relay/pump.h"
#include "splitfwd/relay/rest.h"
#include "splitfwd/relay/activity.h"
#include "splitfwd/servers.h"

namespace splitfwd {

// Waiting     no server yet, or no longer one; the client is held open
// Connecting  connect() is under way; client bytes are kept, none were sent;
//             what begins a connection (send-proxy) will be on leaving it
// Open        bytes flow
// Goodbye     an error packet was sent; the client is to close
// Ended       both descriptors are closed
//
//   Waiting <-> Connecting -> Open -> Ended      Waiting -> Goodbye -> Ended
//      ^______________________/   only before the first byte either way
enum class Phase { Waiting, Connecting, Open, Goodbye, Ended };

// Index of a pump.
enum Way { kToServer = 0, kToClient = 1 };

const size_t kNoServer = ~size_t(0);
const uint64_t kNotReached = UINT64_MAX;

// What the router alone writes.
struct Routed {
  uint64_t id = 0;   // for the operator; not 0 once the router has it
  size_t listen = 0;
  size_t server = kNoServer;         // kNoServer: none
  size_t first_server = kNoServer;   // if chosen_ms says that one was
  size_t failed_server = kNoServer;  // of the last attempt, until the next
  size_t router_index = 0;       // where the router keeps it
  bool in_threads = false;  // not the router's own; see relay.h
  uint32_t term = 0;     // of its listener at its server when it left
  tandem::Address peer;  // the client
  bool counted = false;  // among those of its address; sources.h

  uint64_t accepted_ms = 0;
  uint64_t chosen_ms = kNotReached;  // the last server was; kNotReached: never
  uint64_t wait_since_ms = 0;        // Waiting: for what it waits for now
  // Waiting: then the client gets an error packet; Connecting: then this
  // attempt has failed.
  uint64_t wait_until_ms = kNotReached;
  // Waiting: not before; kNotReached: any time.
  uint64_t retry_at_ms = kNotReached;
  // Waiting: no connect could be begun since then, for want of something here;
  // kNotReached: none was tried in vain.
  uint64_t short_since_ms = kNotReached;

  ServerMask failed_servers = 0;  // since the last pause
  unsigned attempts = 0;      // connects that failed
  size_t same_server = kNoServer;  // redispatch = no: the server to go back to
  bool redispatched = false;  // the last one is not the first one chosen
  bool waits_for_room = false;  // Waiting: at a server, not for a server
};

// What belongs to the thread that has it now; at first the router's. What the
// router may ask of it meanwhile the pumps say themselves.
struct Held {
  Phase phase = Phase::Waiting;
  size_t relay_index = 0;     // where its thread keeps it
  size_t hot_thread = 0;     // the hot thread that had it last
  Activity activity;
  unsigned reads = 0;  // kRead*, since its thread last looked
  unsigned client_turns = 0;  // how often its client spoke, before it left
  tandem::UniqueFd client;
  tandem::UniqueFd upstream;  // the server's side
  Pump pumps[2];
  Tail tail;                  // of what the server said; for a drain
  Answer before = Answer::Unknown;  // the one before the last, in a drain
  bool answered = true;    // the server has spoken since the client did
  bool quits = false;      // the last that the client said was COM_QUIT
  bool last_word = false;  // or a word that ends something; in a drain

  uint64_t connected_ms = kNotReached;  // kNotReached: never
  uint64_t connect_due_ms = 0;  // Connecting: then another server is tried
  uint64_t goodbye_due_ms = 0;
  std::string turned_away;      // what a server said instead of a greeting
  // A side cannot be written to, and what it has said is still passed on: the
  // bytes before that; kNotReached: no.
  uint64_t heard_out = kNotReached;

  // HAProxy's termination state: who ended it (C client, S server, c and s
  // their timeouts, D server went down or changed role, K we were stopped,
  // R this host is short of something,
  // P a limit or a rule of ours, - in order), and when (R before it could
  // wait, Q waiting, C connecting, D data, - at rest, in a drain).
  char end_who = '-';
  char end_when = '-';
  bool refused = false;  // the client got an error packet
};

// What crosses threads, each read and written whole.
struct Crossing {
  std::atomic<bool> killed;    // by the operator; see Common::is_cut()
  Shared<uint64_t> client_ms;  // last byte from or to that side
  Shared<uint64_t> server_ms;
  explicit Crossing(uint64_t now_ms)
      : killed(false), client_ms(now_ms), server_ms(now_ms) {}
};

struct Session : Held, Crossing {
  const Routed& routed;
  // Borrows routed.
  Session(const Routed& by_router, tandem::UniqueFd client_fd, uint64_t now_ms)
      : Crossing(now_ms), routed(by_router) {
    client = std::move(client_fd);
  }

  // Nothing has gone either way, not even an end: another server can still
  // take it.
  bool untouched() const {
    return pumps[kToServer].moved_bytes() == 0 &&
           pumps[kToServer].out() != Pump::Side::Closed &&
           pumps[kToClient].moved_bytes() == 0;
  }
  // No byte went anywhere, nor was the client refused: a probe.
  bool null() const {
    return !refused && end_who != 'P' && pumps[kToServer].moved_bytes() == 0 &&
           pumps[kToClient].moved_bytes() == 0;
  }
  // When it would end, for the log, if it did now.
  char when() const {
    return phase == Phase::Waiting      ? 'Q'
           : phase == Phase::Connecting ? 'C'
                                        : 'D';
  }
  // An end came from one side, or went to it: the other way alone is open.
  bool half_closed(Way reads_it, Way writes_it) const {
    return pumps[reads_it].in() == Pump::Side::Closed ||
           pumps[writes_it].out() == Pump::Side::Closed;
  }
};

}  // namespace splitfwd

#endif
