// What happened, in numbers, for the statistics page.
#ifndef TANDEM_SPLITFWD_TALLY_H
#define TANDEM_SPLITFWD_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/balance.h"
#include "splitfwd/checks.h"
#include "splitfwd/config.h"
#include "splitfwd/session.h"
#include "splitfwd/stats.h"

namespace splitfwd {

class Tally {
 public:
  Tally(const Config& config, uint64_t now_ms);
  size_t sessions(size_t listen) const { return listens_[listen].now; }
  size_t queued(size_t listen) const { return listens_[listen].queued; }
  void on_accept(size_t listen);
  void on_inherit(size_t listen) { ++listens_[listen].now; }
  // What was counted, as text, for the worker after this one; it keeps what
  // is still in its file.
  std::string format() const;
  void restore(const std::string& text, uint64_t now_ms);
  void on_wait(size_t listen, bool begins);
  void on_server(size_t server, size_t sessions_there);
  void on_connect_failed(size_t server);
  void on_denied(size_t listen) { ++listens_[listen].failed; }
  void on_refused(size_t listen) { ++listens_[listen].failed; }
  // Once, when both its descriptors are closed.
  void on_end(const Session& s);
  // True the first time that anything is said of this server.
  bool on_report(const Report& report, bool changed, uint64_t now_ms);
  // sessions: all there are. waiting: those that wait for a server.
  StatsView view(const Balance& balance,
                 const std::vector<SessionPtr>& sessions,
                 const std::vector<Session*>& waiting, uint64_t now_ms) const;

 private:
  void add_bytes(const Session& s, std::vector<Counts>* listens,
                 std::vector<Counts>* servers) const;

  const Config& config_;
  uint64_t started_ms_;
  std::vector<Counts> listens_;
  std::vector<Counts> servers_;
  std::vector<Report> reports_;  // by server, the last
  std::vector<bool> known_;      // by server
  std::vector<uint64_t> changed_ms_;
};

}  // namespace splitfwd

#endif
