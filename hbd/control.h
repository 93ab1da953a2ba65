// The control socket: one request line a connection, one answer, the end.
// An answer is "ok" or "no" and a newline, then text.
#ifndef TANDEM_HBD_CONTROL_H
#define TANDEM_HBD_CONTROL_H

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/select.h"

namespace hbd {

struct Request {
  uint32_t id;  // given back to reply()
  std::string line;
};

class Control {
 public:
  Control() : next_id_(1) {}
  // Root only. A stale file of a dead hbd is replaced.
  TANDEM_MUST_USE tandem::Error open(const std::string& path);
  void want(tandem::Selector* sel) const;
  // Accepts, reads, writes; appends whole requests. A connection that does
  // not finish within 10 s is closed, and so is one over 16.
  void step(uint64_t now_ms, std::vector<Request>* out);
  void reply(uint32_t id, bool ok, const std::string& text);
  uint64_t next_due_ms() const;
  void close();  // and removes the file

 private:
  struct Client {
    uint32_t id = 0;
    tandem::UniqueFd fd;
    tandem::LineReader reader;
    bool asked = false, answered = false, done = false;
    std::string answer;
    uint64_t deadline_ms = 0;
    Client() : reader(1024) {}
  };
  void accept_all(uint64_t now_ms);
  void read_request(Client* c, std::vector<Request>* out);
  void write_answer(Client* c);
  std::string path_;
  tandem::UniqueFd listen_fd_;
  std::vector<std::unique_ptr<Client>> clients_;
  uint32_t next_id_;
};

}  // namespace hbd

#endif
