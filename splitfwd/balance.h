// Which server a new session goes to, and which sessions may stay. Pure: the
// watcher's reports and the comings and goings of sessions in, decisions out.
//
//   read  (send-to = any):     servers that are up, round robin; one that
//         may be stale only when every server that is up is like that.
//   write (send-to = primary): the one server that is up and says it is the
//         primary; when two say so, none. One that is up and cannot say (the
//         watcher was not let in) gets nobody new, but keeps whom it has as
//         long as no other says that it is the primary.
#ifndef TANDEM_SPLITFWD_BALANCE_H
#define TANDEM_SPLITFWD_BALANCE_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/watch.h"

namespace splitfwd {

enum class SendTo { Any, Primary };

// A set of servers; a listener has at most this many.
typedef uint64_t ServerMask;
const size_t kServersMax = 64;

// What the watcher last said of a server. Nothing said yet is down.
struct ServerState {
  bool up;
  bool primary;
  bool unsaid;  // it was the primary, and does not say what it is now
  // How good it is to read from, 0 is best: only the best rank that is up is
  // used. See read_rank().
  unsigned rank;
  ServerState() : up(false), primary(false), unsaid(false), rank(0) {}
  bool operator==(const ServerState& o) const {
    return up == o.up && primary == o.primary && unsaid == o.unsaid &&
           rank == o.rank;
  }
  bool operator!=(const ServerState& o) const { return !(*this == o); }
};

// From the attributes of a watcher's line: 1 when the applier is broken
// (sql=no), when it is neither primary nor replica (role=readonly: a crashed
// primary that came back), or when it cannot say. Here lag and source will
// count too.
unsigned read_rank(const tandem::Attrs& attrs);
// What the line says of a server that was before.
ServerState state_of(const tandem::WatchLine& line,
                     const ServerState& before);

class Balance {
 public:
  struct Server {
    size_t sessions_max;
    Server() : sessions_max(0) {}
  };
  struct Listen {
    SendTo send_to;
    std::vector<size_t> servers;  // in the order of the round
    Listen() : send_to(SendTo::Any) {}
  };

  Balance(const std::vector<Server>& servers,
          const std::vector<Listen>& listens);

  // True when that changes anything.
  bool set_state(size_t server, const ServerState& state);
  const ServerState& state(size_t server) const {
    return states_[server];
  }
  // How many of the listener's servers are up and say primary.
  size_t primary_count(size_t listen) const;
  // A new session of this listener could go there, limits aside. Those in
  // tried have refused it: they do not keep it from a server of lower rank.
  bool eligible(size_t listen, size_t server, ServerMask tried) const;
  // A session of this listener that is there may stay. Read sessions stay on
  // a server that got worse, as long as it is up.
  bool may_stay(size_t listen, size_t server) const;

  enum class Verdict {
    Chosen,   // *server; take() it
    Full,     // each eligible server has all the sessions it may have
    Tried,    // each eligible server is in tried
    Nobody    // no server is eligible
  };
  // The next one in the round that is eligible, not in tried and not full;
  // look() only gives its position in the listener's list, pick() moves the
  // round past it.
  Verdict look(size_t listen, ServerMask tried, size_t* position) const;
  Verdict pick(size_t listen, ServerMask tried, size_t* server);

  bool has_room(size_t server) const {
    return sessions_[server] < servers_[server].sessions_max;
  }
  void take(size_t server);
  void release(size_t server);
  size_t sessions(size_t server) const { return sessions_[server]; }

 private:
  std::vector<Server> servers_;
  std::vector<Listen> listens_;
  std::vector<ServerState> states_;
  std::vector<size_t> sessions_;
  std::vector<size_t> next_;  // by listener: where the round goes on
};

}  // namespace splitfwd

#endif
