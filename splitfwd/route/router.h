// Where clients come in: listeners, the choice of a server, the queue of those
// for whom there is none yet, the cut of those whose server is no longer the
// right one, and the log line at each end. One a process, in one thread: all
// counting is plain integers here.
//
// A session is with the router's own relay until it has spoken more than a
// login takes (until its first byte another server can take it). From there on
// another thread has it, and it comes back when it has ended.
#ifndef TANDEM_SPLITFWD_ROUTE_ROUTER_H
#define TANDEM_SPLITFWD_ROUTE_ROUTER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "splitfwd/config.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/relay/mysql.h"
#include "splitfwd/relay/threads.h"
#include "splitfwd/relay/relay.h"
#include "splitfwd/route/balance.h"
#include "splitfwd/route/checks.h"
#include "splitfwd/route/acceptset.h"
#include "splitfwd/route/drain.h"
#include "splitfwd/route/endlog.h"
#include "splitfwd/route/queue.h"
#include "splitfwd/route/sessions.h"
#include "splitfwd/route/search.h"
#include "splitfwd/route/shortage.h"
#include "splitfwd/route/sources.h"
#include "splitfwd/route/counters.h"

namespace splitfwd {

class Router {
 public:
  // Borrows the first five; the listeners are those of config, in order; link
  // leads to the parent.
  Router(const Config& config, Common* common, Threads* threads, WaitSet* set,
         Relay* relay, std::vector<tandem::UniqueFd> listeners, int link);
  // The threads have been started: their ended sessions are watched for.
  void begin() { set_->want_read(threads_->ended()->fd(), true); }
  // Listeners with room are in the set, full ones are not: their clients
  // wait in the kernel's backlog.
  void want(uint64_t now_ms);
  uint64_t next_due_ms(uint64_t now_ms) const;
  // What the checks found. When this returns, no byte goes from a session
  // that may not stay to its server any more; other threads are told to end
  // theirs.
  void on_reports(const std::vector<Report>& reports, uint64_t now_ms);
  // After the relay's turn: what it has to say, sessions that ended in other
  // threads, new clients, the queue.
  void turn(uint64_t now_ms);
  // What is shown of all this.
  Snapshot snapshot(uint64_t now_ms) const;
  std::vector<SessionRow> session_rows(uint64_t now_ms) const;

  // admin.cc: the operator's orders, logged. Who waits is served in the next
  // turn().
  void set_admin(size_t listen, size_t server, Admin admin, uint64_t now_ms);
  void set_weight(size_t listen, size_t server, unsigned weight,
                  uint64_t now_ms);
  // Nobody new comes in, who connects waits in the kernel; or again they do.
  void close(size_t listen, bool closed);
  void clear_counters(bool all) { counters_.clear(all); }
  // Ends a session by reset; false: there is none of this number.
  bool shut_down(uint64_t id);
  // Those of a listener at a server.
  void shut_down_all(size_t listen, size_t server);
  // Since it was last asked: in_maint() may have changed.
  bool take_orders_changed();
  // In all listeners that have it.
  bool in_maint(size_t server) const;
  // Makes ready for a planned move of the address.
  void begin_drain(uint64_t now_ms);
  // A gate is the same before the primary's role moves and the address stays:
  // of the primary's sessions, and new ones wait for the next primary. False:
  // there is no primary.
  bool begin_gate(uint64_t now_ms);
  // It moves now: all sessions are cut, who connects is not answered.
  void leave(uint64_t now_ms);
  // It is here: nothing of that any more, and the servers are checked now.
  void stay();
  // How far a drain or a gate is.
  std::string drain_text() const;
  // Closes the listeners and resets every session, but that clients who wait
  // are told why; waits a little for the other threads.
  void stop(uint64_t now_ms);

  // succession.cc: from one worker process to the next, over a link that
  // blocks. All sessions and what was counted; nothing is left here. False:
  // the next one does not take it.
  bool hand_over(int link, const Checks& checks, uint64_t now_ms);
  // Before the first turn(), and when the servers are known. What may not
  // stay where it is is cut; no byte of the others moves before that turn.
  TANDEM_MUST_USE tandem::Error take_over(int link, Checks* checks,
                                          uint64_t now_ms);

 private:
  enum class End { Refused, Paused, Again };

  // entry.cc
  void accept_some(size_t listen, uint64_t now_ms);
  bool admit(RoutedSession* s, Refusal* why);
  void count_source(RoutedSession* s);
  void turn_away(RoutedSession* s, Refusal why, uint64_t now_ms);
  void refuse(RoutedSession* s, char who, char when, Refusal why,
              uint64_t now_ms);
  void refuse_excess(uint64_t now_ms);
  // leaving.cc
  void finish(RoutedSession* s, uint64_t now_ms);
  void log_end(const RoutedSession& s, uint64_t now_ms);
  void step_drain(uint64_t now_ms);
  void end_drain();
  bool drains_it(const RoutedSession& s) const;
  bool is_past_gate() const;
  void cut_all(uint64_t now_ms);
  // router.cc
  void hear_relay(uint64_t now_ms);
  bool has_room(size_t listen) const;
  void serve(uint64_t now_ms);
  bool place(RoutedSession* s, std::vector<Balance::Verdict>* stuck,
             uint64_t now_ms);
  Balance::Verdict choose(const RoutedSession& s, size_t* server);
  int connect_to(RoutedSession* s, size_t server, uint64_t now_ms);
  void on_shortage(size_t server, int error, uint64_t now_ms);
  bool wait_out_shortage(RoutedSession* s, uint64_t now_ms);
  End after_failure(RoutedSession* s, size_t server, char who, uint64_t now_ms);
  void leave_failed(RoutedSession* s, char who, uint64_t now_ms);
  void on_late(RoutedSession* s, uint64_t now_ms);
  void leave_server(RoutedSession* s);
  bool on_report(const Report& report, uint64_t now_ms);
  size_t cut(size_t server, uint64_t now_ms);
  void note_listeners();
  void note_service(uint64_t now_ms);
  void to_threads(RoutedSession* s);
  void send_away(RoutedSession* s);
  void recall(uint64_t now_ms);
  void inherit(SessionPtr session, uint64_t now_ms);
  std::string place_name(size_t listen, size_t server) const;
  bool end_by_order(RoutedSession* s);

  const Config& config_;
  Common* common_;
  Threads* threads_;
  WaitSet* set_;
  Relay* relay_;
  Balance balance_;
  Counters counters_;
  Sources sources_;
  AcceptSet accept_set_;
  int link_;
  Sessions sessions_;
  Queue queue_;
  std::vector<size_t> turns_;           // by server, of its sources
  std::vector<size_t> primary_counts_;  // by listener, as last logged
  bool changed_;              // some server's state, since the last turn
  bool orders_changed_;
  Drain drain_;
  Search search_;  // for a primary
  Shortage shortage_;
  std::string node_;  // the host's name
  EndLog end_log_;
  tandem::LogLimit trouble_limit_;
  unsigned threads_short_;  // how often, as last logged
};

}  // namespace splitfwd

#endif
