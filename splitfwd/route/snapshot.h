// Everything that is shown of a running splitfwd, at one moment: by the
// control socket, the page and /metrics. Numbers alone; table.h, metrics.h,
// info.h and page.h make text of them. A [listen] section is a frontend and a
// backend of one name, its servers are counted apart from other listeners'.
#ifndef TANDEM_SPLITFWD_ROUTE_SNAPSHOT_H
#define TANDEM_SPLITFWD_ROUTE_SNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/route/balance.h"

namespace splitfwd {

const uint64_t kNone = UINT64_MAX;  // there is no such number

// What a frontend, a server of a listener, or a backend counts. Totals never
// go back; averages are of the last sessions that ended.
struct Flow {
  uint64_t now = 0, max = 0, total = 0;  // sessions
  uint64_t limit = kNone;  // kNone: none
  // Who wait; a server's: for that one alone.
  uint64_t queued = 0, queued_max = 0;
  uint64_t in_bytes = 0, out_bytes = 0;  // from clients, to clients
  uint64_t rate = 0, rate_max = 0;  // new sessions in the last second
  uint64_t denied = 0;  // frontend: by address, before they were sessions
  uint64_t refused = 0;  // frontend: got an error packet
  uint64_t connects = 0;  // connects to a server
  uint64_t connect_errors = 0;
  uint64_t retries = 0, redispatches = 0;
  uint64_t client_aborts = 0, server_aborts = 0;
  uint64_t last_ms = kNone;  // since the last one came; kNone: none came yet
  uint64_t queue_ms = 0, connect_ms = 0, total_ms = 0;  // averages
  uint64_t queue_max_ms = 0, connect_max_ms = 0, total_max_ms = 0;
};

struct CheckRow {
  // HAProxy's: L4OK L4CON L4TOUT,
  // SOCKERR (this host could not ask), PROCOK PROCERR PROCTOUT (the watcher:
  // up, down, silent), INI (none yet). Empty: it is not checked.
  std::string status;
  std::string text;  // what the server or the system said
  uint64_t code = kNone;  // MySQL's error; kNone: none
  uint64_t duration_ms = kNone;
  uint64_t rise = 0, fall = 0;
  uint64_t streak = 0;  // checks in a row that speak against the state
  uint64_t failures = 0, downs = 0;
};

// A server as one listener has it.
struct ServerRow {
  std::string name, address;
  std::string role, lag;  // as the watcher says them; may be empty
  bool up = false;
  // Up, and the listener would give it a session, limits and the operator
  // aside: not stale, or the primary that it needs.
  bool usable = false;
  bool stale = false;
  Admin admin = Admin::Ready;
  unsigned weight = 1, weight_initial = 1;
  bool backup = false;
  uint64_t changed_ms = 0;  // since it went up or down
  uint64_t down_ms = 0;  // in all
  CheckRow check;
  Flow flow;
  bool draining() const { return admin == Admin::Drain || weight == 0; }
  // As HAProxy counts it: from rise on it is up.
  uint64_t health() const {
    return up ? check.rise + check.fall - 1 - check.streak : check.streak;
  }
  // It gets new sessions.
  bool serves() const {
    return usable && admin == Admin::Ready && weight > 0;
  }
};

struct ListenRow {
  std::string name, bind;
  bool closed;          // by the operator: nobody new comes in
  SendTo send_to;
  Algorithm algorithm;
  Flow front, back;
  uint64_t changed_ms;  // since it has, or has not, a server that serves
  uint64_t down_ms;
  uint64_t downs;
  std::vector<ServerRow> servers;
  ListenRow()
      : closed(false), send_to(SendTo::Any),
        algorithm(Algorithm::RoundRobin), changed_ms(0), down_ms(0), downs(0) {
  }
  bool has_server() const {
    for (size_t i = 0; i < servers.size(); ++i) {
      if (servers[i].serves()) return true;
    }
    return false;
  }
};

struct Snapshot {
  std::string node;     // the host's name
  uint64_t pid = 0;  // of the process that forwards
  uint64_t threads = 1;
  uint64_t uptime_ms = 0;
  uint64_t started_s = 0;  // of the wall clock
  uint64_t sessions = 0, sessions_max = 0, sessions_total = 0;
  uint64_t rate = 0, rate_max = 0;  // as in Flow
  uint64_t descriptors_max = 0;
  uint64_t out_bytes = 0;  // to clients, in all
  uint64_t log_dropped = 0;
  uint64_t shortages = 0;  // connects that this host could not begin
  bool stopping = false;
  std::vector<ListenRow> listens;
};

// A session for 'show sess'.
struct SessionRow {
  uint64_t id = 0;  // what 'shutdown session' takes; not 0
  std::string client;
  std::string listen, server;  // server empty: none yet
  std::string phase;           // waiting, connecting, open, ...
  uint64_t age_ms = 0, idle_ms = 0;
  uint64_t expires_ms = kNone;  // from now; kNone: never
  uint64_t in_bytes = 0, out_bytes = 0;
};

}  // namespace splitfwd

#endif
