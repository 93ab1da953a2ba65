// What happened, in numbers, for all that is shown (snapshot.h).
#ifndef TANDEM_SPLITFWD_ROUTE_COUNTERS_H
#define TANDEM_SPLITFWD_ROUTE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/config.h"
#include "splitfwd/route/balance.h"
#include "splitfwd/route/checks.h"
#include "splitfwd/route/rates.h"
#include "splitfwd/route/sessions.h"
#include "splitfwd/route/snapshot.h"

namespace splitfwd {

// A Flow while it is counted.
struct Count {
  Flow sums;  // what needs no time
  Rate rate;
  Average queue_ms, connect_ms, total_ms;
  uint64_t last_at_ms;  // kNone: none came yet
  Count() : last_at_ms(kNone) {}
  void come(uint64_t now_ms);
  void go(const RoutedSession& s, uint64_t now_ms);
  void add_bytes(const RoutedSession& s);
  void clear(bool all);
  Flow flow(uint64_t now_ms) const;
};

// Whether something is there, since when, and for how long it was not.
struct UpDown {
  bool known, up;
  uint64_t changed_ms, down_ms, downs;
  explicit UpDown(uint64_t now_ms)
      : known(false), up(false), changed_ms(now_ms), down_ms(0), downs(0) {}
  void note(bool is_up, uint64_t now_ms);
  uint64_t down_total_ms(uint64_t now_ms) const {
    return down_ms + (known && !up ? now_ms - changed_ms : 0);
  }
};

class Counters {
 public:
  Counters(const Config& config, uint64_t now_ms);
  size_t sessions(size_t listen) const {
    return static_cast<size_t>(listens_[listen].front.sums.now);
  }
  size_t queued(size_t listen) const {
    return static_cast<size_t>(listens_[listen].back.sums.queued);
  }
  void on_accept(size_t listen, uint64_t now_ms);
  void on_inherit(const RoutedSession& s);
  // A client that its address keeps out: it never was a session.
  void on_denied(size_t listen) { ++listens_[listen].front.sums.denied; }
  void on_wait(size_t listen, bool begins);
  // Those who could be served at once have been: the others wait.
  void note_queues();
  // A connect to a server begins; it has the session from here on, until
  // on_leave().
  void on_server(const RoutedSession& s, size_t server, uint64_t now_ms);
  void on_leave(size_t listen, size_t server);
  void on_connect_failed(size_t listen, size_t server);
  // Another attempt after the one that failed at server: elsewhere, or there.
  void on_retry(size_t listen, size_t server, bool elsewhere);
  void on_refused(size_t listen) { ++listens_[listen].front.sums.refused; }
  // Once, when both its descriptors are closed, before on_leave().
  void on_end(const RoutedSession& s, uint64_t now_ms);
  // True the first time that anything is said of this server.
  bool on_report(const Report& report, uint64_t now_ms);
  // What has, and has not, somebody to serve: after each change of balance.
  // The listeners that have lost their last server.
  std::vector<size_t> note_service(const Balance& balance, uint64_t now_ms);

  // The greatest values begin anew; all: everything but what is there now.
  void clear(bool all);

  // What was counted, as lines of text, for the worker after this one; it
  // keeps what is still in its file. restore() takes one line and goes past
  // what it does not know.
  std::vector<std::string> format() const;
  void restore(const std::string& line, uint64_t now_ms);

  // sessions: all there are. waiting: those that wait for a server.
  Snapshot snapshot(const Balance& balance,
                    const std::vector<SessionPtr>& sessions,
                    const std::vector<RoutedSession*>& waiting,
                    uint64_t now_ms) const;

 private:
  struct Server {
    Report last;
    UpDown state;
    uint64_t failures;  // checks that failed while it was up
    explicit Server(uint64_t now_ms) : state(now_ms), failures(0) {}
  };
  struct Listen {
    Count front, back;
    std::vector<Count> places;  // by server
    UpDown service;
    Listen(size_t servers, uint64_t now_ms)
        : places(servers), service(now_ms) {}
  };
  ServerRow server_row(const Balance& balance, size_t listen, size_t server,
                       const Flow& flow, uint64_t now_ms) const;
  ListenRow listen_row(const Balance& balance, size_t listen,
                       const Listen& counted, uint64_t now_ms) const;

  const Config& config_;
  uint64_t started_ms_;
  uint64_t total_;
  Rate rate_;
  std::vector<Listen> listens_;
  std::vector<Server> servers_;
};

}  // namespace splitfwd

#endif
