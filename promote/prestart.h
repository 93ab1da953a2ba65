// The decision of `rejoin -p`, before mysqld starts. Pure: begin.h asks.
#ifndef TANDEM_PROMOTE_PRESTART_H
#define TANDEM_PROMOTE_PRESTART_H

#include <string>

#include "hbd/decide/state.h"

namespace promote {

// True when this node's server may throw away the end of its binlog that no
// replica acknowledged (MariaDB does so when it starts as a replica): the
// other node owns every group there is a record of, and took the latest over
// having everything that was acknowledged. False in any doubt; *why tells.
bool drops_unacknowledged_tail(const hbd::State& state, std::string* why);

// Whether this node owned, paired, as its state was written last: then every
// acknowledged write is on the replica, and a replica that has become the
// primary since, by whatever right, is to be followed with the tail dropped.
bool owned_paired(const hbd::State& state);

// What the peer's server is, for some time.
enum class PeerServer {
  Unknown,
  Primary,
  Forgot,  // has data, is read-only and replicates from nobody: of a pair's
           // replica that is one that became the primary, and was started again
  Other,
  Lost     // it lets nobody in, or nobody knows which one it is
};
// Heard: for some time, by hbd, which would know who else has taken over.
enum class WitnessWord { Unknown, None, Silent, Heard };

struct BeginInput {
  hbd::State state;
  bool unacked = false;  // promote ended the server with commits in it that
                         // nobody may have acknowledged
  PeerServer peer = PeerServer::Unknown;
  WitnessWord witness = WitnessWord::Unknown;
  bool late = false;     // waited for as long as it may be
};

enum class Begin {
  AsReplica,  // the tail is dropped
  AsItIs,     // it is committed
  NotYet      // ask again; late: not at all, for now
};

// In any doubt as it is; but not while the server was ended so and nobody can
// tell who owns. *why: what decided it.
Begin how_to_begin(const BeginInput& in, std::string* why);

}  // namespace promote

#endif
