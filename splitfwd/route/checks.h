// What is known of the servers: the watcher's lines (lib/watch.h) and the TCP
// checks, combined. A server that has both is up when both say so; role and
// lag are the watcher's. Its silence or end means that every server that goes
// by it is down.
#ifndef TANDEM_SPLITFWD_ROUTE_CHECKS_H
#define TANDEM_SPLITFWD_ROUTE_CHECKS_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "splitfwd/config.h"
#include "splitfwd/link.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/route/balance.h"
#include "splitfwd/route/snapshot.h"
#include "splitfwd/route/tcpcheck.h"

namespace splitfwd {

// What is known of a server now.
struct Report {
  size_t server = 0;
  ServerState state;
  std::string role;    // as the watcher says it; may be empty
  std::string lag;     // likewise
  std::string reason;  // why it is down
  CheckRow check;      // the last result; of two that differ the bad one
  bool failed = false;  // a check has just failed
};

class Checks {
 public:
  // Borrows all; link leads to the parent, who runs the watcher.
  Checks(const Config& config, WaitSet* set, int link);
  ~Checks();
  // kMsgWatcher: a new watcher runs, its output is in m.fd.
  void on_watcher(Message* m, uint64_t now_ms);
  // Reads what came, judges silence, makes TCP checks.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const;
  // What is known of each server in a line of text, for the worker after this
  // one. restore() takes one, after what was found out here already: that is
  // one result more. A line of anything else, or of a server that is
  // elsewhere now, does nothing.
  std::vector<std::string> format() const;
  void restore(const std::string& text);
  // In the order of events; a server's state at each.
  std::vector<Report> take_reports();
  void check_now() { tcp_.check_now(); }
  // A paused server is not connected to; what is known of it stays.
  void pause(size_t server, bool paused) { tcp_.pause(server, paused); }
  // Something was found out about every server.
  bool all_known() const;
  // The name of one of whom the watcher has not spoken; empty: there is none.
  std::string unheard() const;
  // Where the watcher's lines come from; -1: there is none.
  int watcher_fd() const { return out_.get(); }

 private:
  struct Heard {
    uint64_t at_ms = 0;
    bool said_down = true;  // silence was reported, or nothing was ever said
    bool silent = false;  // it was reported
    bool known = false;  // something was said, once
    uint64_t stalled_ms = 0;  // since when it does not answer; 0: it does
    ServerState state;
    std::string role, lag, reason;
  };
  void forgive(uint64_t late_ms);
  void read_lines(uint64_t now_ms);
  void on_line(const std::string& text, uint64_t now_ms);
  void judge_silence(uint64_t now_ms);
  // message: kMsgSilent or kMsgEnded, for the parent.
  void drop_watcher(const char* reason, char message);
  void silent(size_t server, const std::string& reason);
  void report(size_t server, bool failed);

  const Config& config_;
  WaitSet* set_;
  int link_;
  TcpChecks tcp_;
  tandem::UniqueFd out_;  // of the watcher
  unsigned char number_;  // which watcher
  tandem::LineReader lines_;
  std::vector<Heard> heard_;  // by server
  uint64_t last_line_ms_;
  uint64_t turned_ms_ = 0;  // the last turn
  std::vector<Report> reports_;
  tandem::LogLimit bad_line_limit_;
};

}  // namespace splitfwd

#endif
