// The watcher: a child that prints lib/watch.h lines about the servers. Its
// silence or death means that every server is down, and it is started again
// with growing pauses.
#ifndef TANDEM_SPLITFWD_CHECKS_H
#define TANDEM_SPLITFWD_CHECKS_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/child.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "splitfwd/balance.h"
#include "splitfwd/config.h"
#include "splitfwd/fdset.h"

namespace splitfwd {

// What is known of a server now.
struct Report {
  size_t server;
  ServerState state;
  std::string role;    // as the watcher says it; may be empty
  std::string reason;  // why it is down
};

class Checks {
 public:
  // Borrows both.
  Checks(const Config& config, WaitSet* set);
  ~Checks();
  // Starts the watcher; an error when it cannot be executed.
  TANDEM_MUST_USE tandem::Error start(uint64_t now_ms);
  // Reads what came, restarts what died.
  void turn(uint64_t now_ms);
  uint64_t next_due_ms() const;
  // In the order of the lines; a server's state at each line.
  std::vector<Report> take_reports();
  // Asks the watcher to look now (SIGUSR1).
  void check_now();
  // Ends the watcher: TERM first, then reap(), which waits a few ms and then
  // uses KILL.
  void begin_stop();
  void reap();

 private:
  tandem::Error spawn(uint64_t now_ms);
  void read_lines(uint64_t now_ms);
  void read_errors(uint64_t now_ms);
  void on_line(const std::string& text, uint64_t now_ms);
  void judge_silence(uint64_t now_ms);
  void kill_watcher(const char* reason);
  void on_death(const std::string& how, uint64_t now_ms);
  void report_down(size_t server, const std::string& reason);

  const Config& config_;
  WaitSet* set_;
  tandem::Child child_;
  bool killed_;            // KILL was sent, not yet reaped
  std::string why_killed_; // empty: it ended by itself
  tandem::UniqueFd out_, err_;
  tandem::LineReader out_lines_, err_lines_;
  std::vector<uint64_t> heard_ms_;  // by server; 0: not since the start
  std::vector<bool> said_down_;     // by server: silence was reported
  std::vector<ServerState> last_;   // by server: as last reported
  uint64_t started_ms_;
  uint64_t last_line_ms_;
  uint64_t restart_at_ms_;  // while nothing runs
  uint64_t pause_ms_;
  std::vector<Report> reports_;
  tandem::LogLimit bad_line_limit_;
};

}  // namespace splitfwd

#endif
