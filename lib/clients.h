// Clients that ask us something on a listener of its own: a control socket, a
// page. Who is slow, or does not speak, costs itself its connection: few at
// once, each with a deadline; one too many and the oldest has to go. When a
// descriptor is short, nobody comes in for a while.
#ifndef TANDEM_LIB_CLIENTS_H
#define TANDEM_LIB_CLIENTS_H

#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/waitset.h"

namespace tandem {

const size_t kClientsMax = 8;
const size_t kClientBytesMax = 16384;  // unread

// One of them; a tool's own derives from it.
struct Client {
  uint32_t id;      // not 0; of no other one before it
  UniqueFd fd;
  uint64_t due_ms;  // it has to go by then
  std::string in;   // came, and is not used yet
  std::string out;  // is to be written
  bool reads;       // what it sends is wanted
  bool again;       // there is more to do, whatever it sends or takes
  bool ended;       // it sends no more
  bool moved;       // in this turn bytes went, either way
  Client()
      : id(0), due_ms(0), reads(true), again(false), ended(false),
        moved(false) {}
  // Takes the next line out of in, without its newline, which the last one of
  // who sends no more may lack. False: there is none yet.
  bool take_line(std::string* line);
  // What is ready to be read; as much of out as is taken. False: it is gone,
  // or has sent too much.
  bool read_some();
  bool write_some();
};

// Who is to come in.
class ClientListener {
 public:
  // name: for the log. An invalid descriptor lets nobody in.
  ClientListener(const char* name, UniqueFd fd)
      : name_(name), fd_(std::move(fd)), again_at_ms_(kNever), last_id_(0),
        limit_(1, 10000) {}
  void want(WaitSet* set) const;
  // The next one; invalid: nobody, or no descriptor for it.
  UniqueFd accept(const WaitSet& set, uint64_t now_ms);
  uint64_t next_due_ms() const { return again_at_ms_; }
  uint32_t next_id() { return ++last_id_; }

 private:
  const char* name_;
  UniqueFd fd_;
  uint64_t again_at_ms_;  // kNever: there is no pause
  uint32_t last_id_;
  LogLimit limit_;
};

// All of one kind, derived from Client.
template <typename Kind>
class Clients {
 public:
  Clients(const char* name, UniqueFd listener)
      : listener_(name, std::move(listener)) {}
  // Before each wait.
  void want(WaitSet* set) const {
    listener_.want(set);
    for (const auto& c : clients_) {
      set->want_read(c->fd.get(), c->reads);
      set->want_write(c->fd.get(), !c->out.empty());
    }
  }
  // After each wait: reads and writes; then those for whom stays(client) is
  // false, who have gone, or whose time is over, leave.
  template <typename Stays>
  void turn(WaitSet* set, uint64_t now_ms, Stays stays) {
    for (size_t i = clients_.size(); i-- > 0;) {
      Kind* c = clients_[i].get();
      c->moved = c->again = false;
      const bool there =
          (!c->reads || !set->can_read(c->fd.get()) || c->read_some()) &&
          (!set->can_write(c->fd.get()) || c->write_some());
      if (!there || !stays(c) || now_ms >= c->due_ms) put_out(set, i);
    }
  }
  // After turn(): somebody new, to be added or not.
  UniqueFd accept(const WaitSet& set, uint64_t now_ms) {
    return listener_.accept(set, now_ms);
  }
  Kind* add(WaitSet* set, UniqueFd fd, uint64_t due_ms) {
    if (clients_.size() >= kClientsMax) put_out(set, 0);
    clients_.emplace_back(new Kind);
    Kind* c = clients_.back().get();
    c->id = listener_.next_id();
    c->fd = std::move(fd);
    c->due_ms = due_ms;
    return c;
  }
  // Null: it has gone.
  Kind* find(uint32_t id) {
    for (const auto& c : clients_) {
      if (c->id == id) return c.get();
    }
    return nullptr;
  }
  uint64_t next_due_ms() const {
    uint64_t due_ms = listener_.next_due_ms();
    for (const auto& c : clients_) {
      due_ms = std::min(due_ms, c->again ? 0 : c->due_ms);
    }
    return due_ms;
  }

 private:
  void put_out(WaitSet* set, size_t i) {
    set->forget(clients_[i]->fd.get());
    clients_.erase(clients_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  ClientListener listener_;
  std::vector<std::unique_ptr<Kind>> clients_;  // oldest first
};

}  // namespace tandem

#endif
