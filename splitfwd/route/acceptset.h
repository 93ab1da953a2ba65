// The listeners, in the order of the file: which of them are looked at.
#ifndef TANDEM_SPLITFWD_ROUTE_ACCEPTSET_H
#define TANDEM_SPLITFWD_ROUTE_ACCEPTSET_H

#include <stddef.h>
#include <stdint.h>

#include <utility>
#include <vector>

#include "lib/fd.h"
#include "lib/waitset.h"
#include "splitfwd/relay/fdset.h"

namespace splitfwd {

class AcceptSet {
 public:
  // Borrows the set.
  AcceptSet(WaitSet* set, std::vector<tandem::UniqueFd> listeners)
      : set_(set), listeners_(std::move(listeners)),
        closed_(listeners_.size(), false), again_ms_(tandem::kNever) {}
  size_t size() const { return listeners_.size(); }
  int fd(size_t i) const { return listeners_[i].get(); }
  // By the operator; false: it was so.
  bool close(size_t i, bool closed) {
    if (closed_[i] == closed) return false;
    closed_[i] = closed;
    return true;
  }
  bool is_closed(size_t i) const { return closed_[i]; }
  const std::vector<bool>& closed() const { return closed_; }
  // Nobody comes in until then: there are no descriptors.
  void pause_until(uint64_t due_ms) { again_ms_ = due_ms; }
  // When a pause is over; kNever: there is none.
  uint64_t next_due_ms() const { return again_ms_; }
  // Before each wait, of all; room: for one more.
  void want(size_t i, bool room, uint64_t now_ms) {
    if (now_ms >= again_ms_) again_ms_ = tandem::kNever;
    set_->want_read(fd(i), room && again_ms_ == tandem::kNever);
  }
  bool has_client(size_t i) const { return set_->can_read(fd(i)); }
  // For good.
  void shut() {
    for (const tandem::UniqueFd& l : listeners_) set_->forget(l.get());
    listeners_.clear();
  }

 private:
  WaitSet* set_;
  std::vector<tandem::UniqueFd> listeners_;
  std::vector<bool> closed_;
  uint64_t again_ms_;
};

}  // namespace splitfwd

#endif
