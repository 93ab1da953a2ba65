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
  uint64_t now, max, total;     // sessions
  uint64_t limit;               // kNone: none
  uint64_t queued, queued_max;  // who wait; a server's: for that one alone
  uint64_t in_bytes, out_bytes;  // from clients, to clients
  uint64_t rate, rate_max;       // new sessions in the last second
  uint64_t denied;       // frontend: by address, before they were sessions
  uint64_t refused;      // frontend: got an error packet
  uint64_t connects;     // connects to a server
  uint64_t connect_errors;
  uint64_t retries, redispatches;
  uint64_t client_aborts, server_aborts;
  uint64_t last_ms;  // since the last one came; kNone: none came yet
  uint64_t queue_ms, connect_ms, total_ms;  // averages
  uint64_t queue_max_ms, connect_max_ms, total_max_ms;
  Flow()
      : now(0), max(0), total(0), limit(kNone), queued(0), queued_max(0),
        in_bytes(0), out_bytes(0), rate(0), rate_max(0), denied(0),
        refused(0), connects(0), connect_errors(0), retries(0),
        redispatches(0), client_aborts(0), server_aborts(0), last_ms(kNone),
        queue_ms(0), connect_ms(0), total_ms(0), queue_max_ms(0),
        connect_max_ms(0), total_max_ms(0) {}
};

struct CheckRow {
  // HAProxy's: L4OK L4CON L4TOUT,
  // SOCKERR (this host could not ask), PROCOK PROCERR PROCTOUT (the watcher:
  // up, down, silent), INI (none yet). Empty: it is not checked.
  std::string status;
  std::string text;  // what the server or the system said
  uint64_t code;     // MySQL's error; kNone: none
  uint64_t duration_ms;
  uint64_t rise, fall;
  uint64_t streak;  // checks in a row that speak against the state
  uint64_t failures, downs;
  CheckRow()
      : code(kNone), duration_ms(kNone), rise(0), fall(0), streak(0),
        failures(0), downs(0) {}
};

// A server as one listener has it.
struct ServerRow {
  std::string name, address;
  std::string role, lag;  // as the watcher says them; may be empty
  bool up;
  bool usable;  // up, and the listener would give it a session, limits and
                // the operator aside: not stale, or the primary it needs
  bool stale;
  Admin admin;
  unsigned weight, weight_initial;
  bool backup;
  uint64_t changed_ms;  // since it went up or down
  uint64_t down_ms;     // in all
  CheckRow check;
  Flow flow;
  ServerRow()
      : up(false), usable(false), stale(false), admin(Admin::Ready), weight(1),
        weight_initial(1), backup(false), changed_ms(0), down_ms(0) {}
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
  uint64_t pid;         // of the process that forwards
  uint64_t threads;
  uint64_t uptime_ms;
  uint64_t started_s;   // of the wall clock
  uint64_t sessions, sessions_max, sessions_total;
  uint64_t rate, rate_max;  // as in Flow
  uint64_t descriptors_max;
  uint64_t out_bytes;   // to clients, in all
  uint64_t log_dropped;
  uint64_t shortages;   // connects to a server that this host could not begin
  bool stopping;
  std::vector<ListenRow> listens;
  Snapshot()
      : pid(0), threads(1), uptime_ms(0), started_s(0), sessions(0),
        sessions_max(0), sessions_total(0), rate(0), rate_max(0),
        descriptors_max(0), out_bytes(0), log_dropped(0), shortages(0),
        stopping(false) {}
};

// A session for 'show sess'.
struct SessionRow {
  uint64_t id;  // what 'shutdown session' takes; not 0
  std::string client;
  std::string listen, server;  // server empty: none yet
  std::string phase;           // waiting, connecting, open, ...
  uint64_t age_ms, idle_ms;
  uint64_t expires_ms;  // from now; kNone: never
  uint64_t in_bytes, out_bytes;
  SessionRow()
      : id(0), age_ms(0), idle_ms(0), expires_ms(kNone), in_bytes(0),
        out_bytes(0) {}
};

}  // namespace splitfwd

#endif
