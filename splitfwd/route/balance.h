// Which server a new session goes to, and which sessions may stay. Pure: the
// watcher's reports and the comings and goings of sessions in, decisions out.
//
//   read  (send-to = any):     servers that are up. One that may be stale is
//         left out as long as one that is not can be had; so is a backup,
//         among those that are equal in that. One that stalls keeps whom it
//         has for a while.
//   write (send-to = primary): the one server that is up and says it is the
//         primary; when two say so, none. One that is up and cannot say (the
//         watcher was not let in) gets nobody new, but keeps whom it has as
//         long as no other says that it is the primary.
#ifndef TANDEM_SPLITFWD_ROUTE_BALANCE_H
#define TANDEM_SPLITFWD_ROUTE_BALANCE_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/watch.h"
#include "splitfwd/config.h"
#include "splitfwd/servers.h"

namespace splitfwd {

// What the operator says at run time of a server of a listener. Drain: no new
// sessions. Maint: none either, and it need not be checked. Those that it has
// stay.
enum class Admin { Ready, Drain, Maint };

// What the watcher last said of a server. Nothing said yet is down.
struct ServerState {
  bool up = false;
  bool primary = false;
  bool unsaid = false;  // it was the primary, and does not say what it is now
  bool stalled = false;  // down, but it has only not answered for a moment
  // How good it is to read from, 0 is best: only the best rank that is up is
  // used. See read_rank().
  unsigned rank = 0;
  bool replica = false;  // a listener's lag_max_ms applies
  uint64_t lag_ms = kNoLag;  // kNoLag: not said
  // Not the lag: what that changes depends on the listener.
  bool operator==(const ServerState& o) const {
    return up == o.up && primary == o.primary && unsaid == o.unsaid &&
           stalled == o.stalled && rank == o.rank && replica == o.replica;
  }
  bool operator!=(const ServerState& o) const { return !(*this == o); }
};

// From the attributes of a watcher's line: 1 when the applier is broken
// (sql=no), when nothing comes in (a replica with source=no), when it is
// neither primary nor replica (role=readonly: a crashed primary that came
// back) and its lag is not known or over a second, or when it cannot say.
unsigned read_rank(const tandem::Attrs& attrs);
// What the line says of a server that was before.
ServerState state_of(const tandem::WatchLine& line,
                     const ServerState& before);

class Balance {
 public:
  struct Server {
    size_t sessions_max = 0;  // of each listener
    unsigned weight = 1;  // of each listener at first; 0: no new sessions
    bool backup = false;
  };
  struct Listen {
    SendTo send_to = SendTo::Any;
    Algorithm algorithm = Algorithm::RoundRobin;
    std::vector<size_t> servers;   // in the order of the round
    uint64_t lag_max_ms = kNoLag;  // a replica further behind may be stale
    bool cut_on_down = true;       // what may_stay() goes by
    bool cut_on_role_change = false;
  };

  Balance(const std::vector<Server>& servers,
          const std::vector<Listen>& listens);

  // True when that changes anything: a lag counts when it crosses the limit
  // of a listener.
  bool set_state(size_t server, const ServerState& state);
  const ServerState& state(size_t server) const {
    return states_[server];
  }
  void set_admin(size_t listen, size_t server, Admin admin) {
    places_[listen][server].admin = admin;
  }
  Admin admin(size_t listen, size_t server) const {
    return places_[listen][server].admin;
  }
  // Of all listeners, until another one is named: no new sessions, for its role
  // is about to move. SIZE_MAX: none.
  void set_gate(size_t server) { gated_ = server; }
  size_t gate() const { return gated_; }
  // The one server that is up and says that it is the primary; SIZE_MAX.
  size_t primary() const;
  // At most kWeightMax.
  void set_weight(size_t listen, size_t server, unsigned weight);
  unsigned weight(size_t listen, size_t server) const {
    return places_[listen][server].weight;
  }
  // A read from there may be stale, by what its state says and this
  // listener's limit; in the second form that of any of its listeners.
  bool is_stale(size_t listen, size_t server) const;
  bool is_stale(size_t server) const;
  // How many of the listener's servers are up and say primary.
  size_t primary_count(size_t listen) const;
  // A new session of this listener could go there, limits aside. Those in
  // tried have refused it: they do not keep it from a server of lower rank.
  bool eligible(size_t listen, size_t server, ServerMask tried) const;
  // A session of this listener that is there may stay, now that its server is
  // what it is. Read sessions stay on a server that got worse. Ask after each
  // set_state() that changed something, before the next take(): a change of
  // role cuts who is there in that moment.
  bool may_stay(size_t listen, size_t server) const;

  enum class Verdict {
    Chosen,   // *server; take() it
    Full,     // each eligible server has all the sessions it may have
    Tried,    // each eligible server is in tried
    Nobody    // no server is eligible
  };
  // The next one by the listener's algorithm that is eligible, not in tried
  // and not full; look() only gives its position in the listener's list,
  // pick() moves the round past it.
  Verdict look(size_t listen, ServerMask tried, size_t* position) const;
  Verdict pick(size_t listen, ServerMask tried, size_t* server);

  bool has_room(size_t listen, size_t server) const {
    return places_[listen][server].sessions < servers_[server].sessions_max;
  }
  // A new session of this listener is there.
  void take(size_t listen, size_t server);
  void release(size_t listen, size_t server);
  size_t sessions(size_t listen, size_t server) const {
    return places_[listen][server].sessions;
  }

 private:
  enum class Role { Unknown, Primary, Other };
  // A server in a listener.
  struct Place {
    Admin admin;
    unsigned weight;
    int64_t credit;  // turns that it is owed; see move_round()
    size_t sessions;
    Place() : admin(Admin::Ready), weight(0), credit(0), sessions(0) {}
  };
  bool takes_new(size_t listen, size_t server) const;
  unsigned order(size_t listen, size_t server) const;
  bool better(size_t listen, size_t at, size_t than) const;
  void move_round(size_t listen, ServerMask tried, size_t position);

  std::vector<Server> servers_;
  std::vector<Listen> listens_;
  std::vector<ServerState> states_;
  std::vector<Role> roles_;   // the last that was known
  std::vector<bool> turned_;  // the role changed after the last take()
  size_t gated_ = SIZE_MAX;   // see set_gate()
  std::vector<size_t> next_;  // by listener: where the round goes on
  std::vector<std::vector<Place>> places_;  // by listener and server
};

// The servers and listeners of a file, with nothing known of any.
Balance make_balance(const Config& config);

}  // namespace splitfwd

#endif
