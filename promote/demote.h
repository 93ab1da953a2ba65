// Taking a living server's right to write away, so that nothing it has not
// replicated is ever acknowledged: field-notes' order, see promote(8).
#ifndef TANDEM_PROMOTE_DEMOTE_H
#define TANDEM_PROMOTE_DEMOTE_H

#include <stdint.h>

#include "lib/error.h"
#include "promote/config.h"
#include "promote/facts.h"
#include "promote/server.h"

namespace promote {

struct Demoted {
  Gtids pos;           // final: nothing is committed after it
  unsigned unacked;    // sessions that waited for an acknowledgement
  unsigned sessions;   // other sessions that were ended
  bool spared;         // Unacked::Spare came across some
  Demoted() : unacked(0), sessions(0), spared(false) {}
};

enum class Unacked {
  Kill,  // end their sessions: the clients get an error, and the server
         // commits what they had written, so that it has diverged
  Spare  // leave them waiting, fail, and set spared: the caller will end the
         // whole server, which drops them when it starts as a replica
};

// control is connected to the server at `at`, of which facts tell what it is;
// a second session is opened beside it, in the place of others if the server
// is full. Ends the sessions that wait for a semi-sync acknowledgement (their
// clients get an error, never OK) while read_only is being set; ends every
// other session but replication's and those of our own user. All by until_ms,
// else the server is left as far as it came. Semi-sync's primary side stays as
// it was: whom read_only does not keep out waits in his commit, when it was on.
TANDEM_MUST_USE tandem::Error demote(Server* control, const Facts& facts,
                                     const Endpoint& at, const Login& login,
                                     uint64_t until_ms, Unacked unacked,
                                     Demoted* out);
// Ends who waits for an acknowledgement and takes the global read lock, in
// control's session: from then on, until UNLOCK TABLES or the session's end,
// nobody commits, and semi-sync can be switched off without an OK for what
// nobody has.
TANDEM_MUST_USE tandem::Error hold_commits(Server* control, const Endpoint& at,
                                           const Login& login,
                                           uint64_t until_ms, Demoted* out);
// Events that replication brought as somebody else's are this server's now.
TANDEM_MUST_USE tandem::Error enable_events(Server* server, uint64_t until_ms);
// Marks the events that this server runs as a replica's (not in the binlog).
TANDEM_MUST_USE tandem::Error disable_events(Server* server,
                                             uint64_t until_ms);

}  // namespace promote

#endif
