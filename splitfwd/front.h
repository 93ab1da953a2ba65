// Where clients come in: listeners, the choice of a server, the queue of those
// for whom there is none yet, the cut of those whose server is no longer the
// right one, and the log line at each end. One a process, whatever the number
// of workers: all counting is plain integers here.
#ifndef TANDEM_SPLITFWD_FRONT_H
#define TANDEM_SPLITFWD_FRONT_H

#include <stdint.h>

#include <deque>
#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "splitfwd/balance.h"
#include "splitfwd/checks.h"
#include "splitfwd/config.h"
#include "splitfwd/fdset.h"
#include "splitfwd/worker.h"

namespace splitfwd {

class Front {
 public:
  // Borrows all three.
  Front(const Config& config, WaitSet* set, Worker* worker);
  // Binds every listener, or none: a port in use is exit 1.
  TANDEM_MUST_USE tandem::Error open_listeners();
  void close_listeners();
  // Listeners with room are in the set, full ones are not: their clients
  // wait in the kernel's backlog.
  void want(uint64_t now_ms);
  uint64_t next_due_ms() const { return accept_again_ms_; }
  // What the watcher said. Sessions that may not stay are cut before this
  // returns.
  void on_reports(const std::vector<Report>& reports, uint64_t now_ms);
  // After the worker's turn: its lost, late and ended sessions, new clients,
  // the queue.
  void turn(uint64_t now_ms);
  // Closes the listeners and resets every session.
  void stop(uint64_t now_ms);

 private:
  void accept_some(size_t listen, uint64_t now_ms);
  bool has_room(size_t listen) const;
  void serve(size_t listen, uint64_t now_ms);
  bool connect_to(Session* s, size_t server, uint64_t now_ms);
  void on_lost(Session* s, uint64_t now_ms);
  void on_late(Session* s, uint64_t now_ms);
  void leave_server(Session* s);
  void refuse(Session* s, uint64_t now_ms);
  bool on_report(const Report& report, uint64_t now_ms);
  size_t cut(size_t server, uint64_t now_ms);
  void note_listeners();
  void bury(uint64_t now_ms);
  void log_end(const Session& s, uint64_t now_ms);

  const Config& config_;
  WaitSet* set_;
  Worker* worker_;
  Balance balance_;
  std::vector<tandem::UniqueFd> listeners_;
  std::vector<std::deque<Session*>> queues_;   // by listener, oldest first
  std::vector<size_t> session_counts_;         // by listener
  std::vector<size_t> primary_counts_;         // by listener, as last logged
  bool changed_;              // some server's state, since the last turn
  uint64_t accept_again_ms_;  // no descriptors: pause until then
  tandem::LogLimit end_limit_;
  tandem::LogLimit trouble_limit_;
};

}  // namespace splitfwd

#endif
