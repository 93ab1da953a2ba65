// The check 'tcp': connects to each server that wants it, again and again, and
// closes at once. health.h judges.
#ifndef TANDEM_SPLITFWD_ROUTE_TCPCHECK_H
#define TANDEM_SPLITFWD_ROUTE_TCPCHECK_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/fd.h"
#include "lib/log.h"
#include "splitfwd/config.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/route/health.h"
#include "splitfwd/route/snapshot.h"

namespace splitfwd {

class TcpChecks {
 public:
  // Borrows both. The first checks are due at once.
  TcpChecks(const Config& config, WaitSet* set);
  // Finishes checks and begins those that are due; the servers of which
  // there is a result.
  std::vector<size_t> turn(uint64_t now_ms);
  uint64_t next_due_ms() const;
  // We were late: who is being asked has so much longer to answer.
  void forgive(uint64_t late_ms);
  // Begins all of them at the next turn.
  void check_now();
  // No checks of this server; or again, and at once.
  void pause(size_t server, bool paused);
  // What another process had found out; none of a server not connected to.
  void restore(size_t server, bool up, uint64_t streak);
  const Health& health(size_t server) const { return probes_[server].health; }
  // The last result: "L4OK in 0 ms", "L4CON Connection refused", "L4TOUT after
  // 2000 ms".
  const std::string& last(size_t server) const {
    return probes_[server].last;
  }
  bool passed(size_t server) const { return probes_[server].passed; }
  // The same, to be shown; failures and downs are not counted here.
  CheckRow row(size_t server) const;

 private:
  struct Probe {
    Health health;
    tandem::UniqueFd fd;  // a check is under way
    uint64_t began_ms;
    uint64_t due_ms;  // of its end while it is under way, else of the next
    std::string last;
    CheckRow row;  // the last result, without what health knows
    bool passed;
    explicit Probe(const ServerConfig& s);
  };
  bool begin(size_t server, uint64_t now_ms);
  bool connected(size_t server, uint64_t now_ms);
  bool fail(size_t server, int error, uint64_t now_ms);
  bool put_off(size_t server, int error, uint64_t now_ms);
  bool end(size_t server, const char* status, const std::string& text,
           uint64_t now_ms);
  void wait(size_t server, uint64_t now_ms);

  const Config& config_;
  WaitSet* set_;
  tandem::LogLimit shortage_limit_;
  std::vector<Probe> probes_;
};

}  // namespace splitfwd

#endif
