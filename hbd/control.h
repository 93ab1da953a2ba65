// The control socket: one request line a connection, one answer, the end.
// An answer is "ok" or "no" and a newline, then text.
#ifndef TANDEM_HBD_CONTROL_H
#define TANDEM_HBD_CONTROL_H

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/clients.h"
#include "lib/error.h"
#include "lib/waitset.h"

namespace hbd {

struct Request {
  uint32_t id;  // given back to reply()
  std::string line;
};

class Control {
 public:
  // Root only. A stale file of a dead hbd is replaced.
  TANDEM_MUST_USE tandem::Error open(const std::string& path);
  void want(tandem::WaitSet* set) const { clients_->want(set); }
  // Accepts, reads, writes; appends whole requests. A connection that does
  // not finish within 10 s is closed.
  void step(tandem::WaitSet* set, uint64_t now_ms, std::vector<Request>* out);
  void reply(uint32_t id, bool ok, const std::string& text);
  uint64_t next_due_ms() const { return clients_->next_due_ms(); }
  void close();  // and removes the file

 private:
  struct Asker : tandem::Client {
    bool answered = false;
  };
  std::string path_;
  std::unique_ptr<tandem::Clients<Asker>> clients_;  // null: not open
};

}  // namespace hbd

#endif
