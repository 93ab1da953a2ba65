// A client, perhaps a server, and a pump for each direction between them.
// What happened to it, kept for the one log line at its end.
#ifndef TANDEM_SPLITFWD_RELAY_SESSION_H
#define TANDEM_SPLITFWD_RELAY_SESSION_H

#include <stdint.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "lib/addr.h"
#include "lib/fd.h"
#include "splitfwd/relay/pump.h"
#include "splitfwd/relay/rest.h"
#include "splitfwd/relay/tier.h"
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

struct Session {
  uint64_t id;  // for the operator; not 0 once the front has it
  Phase phase;
  size_t listen;
  size_t server;     // kNoServer: none
  size_t first_server;   // chosen first, if chosen_ms says that one was
  size_t failed_server;  // of the last attempt, until the next
  size_t seat;       // where the front keeps it
  size_t slot;       // where its worker keeps it
  bool away;         // at a worker that is not the front's; see worker.h
  std::atomic<bool> killed;  // by the operator; see Common::is_cut()
  uint32_t term;     // of its listener at its server when it was handed over
  size_t home;       // the hot worker that had it last
  Heat heat;
  unsigned reads;    // kRead*, since its worker last looked
  unsigned asked;    // how often its client spoke, before it was away
  tandem::Address peer;   // the client
  bool counted;      // among those of its address; sources.h
  tandem::UniqueFd client;
  tandem::UniqueFd upstream;  // the server's side
  Pump pumps[2];
  Tail tail;         // of what the server said; for a drain
  Answer before;     // the answer before the last one, in a drain
  bool answered;     // the server has spoken since the client did
  bool quits;        // the last that the client said was COM_QUIT
  bool last_word;    // or a word that ends something; in a drain

  uint64_t accepted_ms;
  uint64_t chosen_ms;     // the last server was chosen; kNotReached: never
  uint64_t connected_ms;  // kNotReached: never
  Shared<uint64_t> client_ms;  // last byte from or to that side
  Shared<uint64_t> server_ms;
  uint64_t wait_since_ms;   // Waiting: for what it waits for now
  uint64_t wait_until_ms;   // Waiting: then the client gets an error packet;
                            // Connecting: then this attempt has failed
  uint64_t retry_at_ms;     // Waiting: not before; kNotReached: any time
  uint64_t short_since_ms;  // Waiting: no connect could be begun since then,
                            // for want of something here; kNotReached: none
  uint64_t connect_due_ms;  // Connecting: then another server is tried
  uint64_t goodbye_due_ms;

  ServerMask tried;   // servers that failed it since the last pause
  unsigned attempts;  // connects that failed
  size_t sticky;      // redispatch = no: the server to go back to
  bool redispatched;  // the last one is not the first one chosen
  bool full;     // Waiting: for room at a server, not for a server
  std::string turned_away;  // what a server said instead of a greeting
  uint64_t heard_out;  // a side cannot be written to, and what it has said is
                       // still passed on: bytes before that; kNotReached: no
  bool refused;  // got an error packet

  // HAProxy's termination state: who ended it (C client, S server, c and s
  // their timeouts, D server went down or changed role, K we were stopped,
  // R this host is short of something,
  // P a limit or a rule of ours, - in order), and when (R before it could
  // wait, Q waiting, C connecting, D data, - at rest, in a drain).
  char end_who;
  char end_when;

  Session(size_t listen_index, tandem::UniqueFd client_fd, uint64_t now_ms)
      : id(0), phase(Phase::Waiting), listen(listen_index), server(kNoServer),
        first_server(kNoServer), failed_server(kNoServer), seat(0),
        slot(0), away(false), killed(false), term(0), home(0), reads(0),
        asked(0), counted(false), client(std::move(client_fd)),
        before(Answer::Unknown), answered(true), quits(false),
        last_word(false),
        accepted_ms(now_ms),
        chosen_ms(kNotReached), connected_ms(kNotReached), client_ms(now_ms),
        server_ms(now_ms), wait_since_ms(now_ms), wait_until_ms(kNotReached),
        retry_at_ms(kNotReached), short_since_ms(kNotReached),
        connect_due_ms(0), goodbye_due_ms(0),
        tried(0), attempts(0), sticky(kNoServer), redispatched(false),
        full(false), heard_out(kNotReached), refused(false), end_who('-'),
        end_when('-') {}

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
typedef std::unique_ptr<Session> SessionPtr;

// How many there were beside this one when it ended.
struct EndCounts {
  size_t sessions;
  size_t on_listen;
  size_t on_server;
  size_t queued;
  EndCounts() : sessions(0), on_listen(0), on_server(0), queued(0) {}
};
// HAProxy's tcplog line, so that what reads that reads this:
// client [accepted] listener listener/server Tw/Tc/Tt bytes state counts
// queue; and one field more, the bytes from the client.
std::string end_line(const Session& s, const std::string& listen,
                     const std::string& server, const EndCounts& counts,
                     uint64_t now_ms);

}  // namespace splitfwd

#endif
