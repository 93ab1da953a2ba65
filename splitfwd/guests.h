// Who asks about us, on a listener of its own. Who is slow, or does not speak,
// costs itself its connection: few at once, each with a deadline; one too many
// and the oldest has to go.
#ifndef TANDEM_SPLITFWD_GUESTS_H
#define TANDEM_SPLITFWD_GUESTS_H

#include <stddef.h>
#include <stdint.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/net.h"
#include "lib/waitset.h"
#include "splitfwd/fdset.h"

namespace splitfwd {

const size_t kGuestsMax = 8;
const uint64_t kGuestPauseMs = 100;

// A Guest has a UniqueFd fd and a due_ms.
template <typename Guest>
class Guests {
 public:
  // Borrows set. An invalid listener lets nobody in.
  Guests(WaitSet* set, tandem::UniqueFd listener)
      : set_(set), listener_(std::move(listener)),
        accept_at_ms_(listener_.valid() ? 0 : tandem::kNever) {}
  // Those for whom stays(guest) is false, or whose time is over, leave.
  template <typename Stays>
  void turn(uint64_t now_ms, Stays stays) {
    for (size_t i = guests_.size(); i-- > 0;) {
      Guest* g = guests_[i].get();
      if (!stays(g) || now_ms >= g->due_ms) put_out(i);
    }
  }
  // Somebody new, or invalid. Without descriptors there is a pause.
  tandem::UniqueFd accept(uint64_t now_ms) {
    tandem::UniqueFd fd;
    if (now_ms >= accept_at_ms_) {
      accept_at_ms_ = tandem::kNever;
      set_->want_read(listener_.get(), true);
    }
    if (!set_->can_read(listener_.get())) return fd;
    const tandem::Error e = tandem::accept_socket(listener_.get(), &fd);
    if (e) {
      accept_at_ms_ = now_ms + kGuestPauseMs;
      set_->want_read(listener_.get(), false);
    }
    return fd;
  }
  Guest* add(tandem::UniqueFd fd, uint64_t due_ms) {
    if (guests_.size() >= kGuestsMax) put_out(0);
    guests_.emplace_back(new Guest);
    Guest* g = guests_.back().get();
    g->fd = std::move(fd);
    g->due_ms = due_ms;
    set_->want_read(g->fd.get(), true);
    return g;
  }
  uint64_t next_due_ms() const {
    uint64_t due_ms = accept_at_ms_;
    for (const auto& g : guests_) due_ms = std::min(due_ms, g->due_ms);
    return due_ms;
  }

 private:
  void put_out(size_t i) {
    set_->forget(guests_[i]->fd.get());
    guests_.erase(guests_.begin() + static_cast<std::ptrdiff_t>(i));
  }

  WaitSet* set_;
  tandem::UniqueFd listener_;
  uint64_t accept_at_ms_;
  std::vector<std::unique_ptr<Guest>> guests_;  // oldest first
};

}  // namespace splitfwd

#endif
