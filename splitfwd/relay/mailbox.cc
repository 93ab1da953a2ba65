#include "splitfwd/relay/mailbox.h"

#include <utility>

#include "lib/net.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

Mailbox::Mailbox() : rung_(false) { pthread_mutex_init(&mutex_, nullptr); }

Error Mailbox::open(Numbers numbers) {
  UniqueFd r, w;
  Error e = tandem::open_pipe(&r, &w);
  if (!e) e = tandem::set_nonblocking(r.get());
  if (!e) e = tandem::set_nonblocking(w.get());
  if (e) return e;
  renumber(&r, numbers);
  renumber(&w, numbers);
  read_end_ = std::move(r);
  write_end_ = std::move(w);
  return e;
}

// The byte is written under the lock: the reader that takes the last session
// may be gone, pipe and all, right after.
void Mailbox::ring_locked() {
  if (rung_) return;
  rung_ = true;
  const ssize_t n = write(write_end_.get(), "", 1);
  (void)n;  // full is as good
}

void Mailbox::post(Session* s) {
  const Lock lock(&mutex_);
  waiting_.push_back(s);
  ring_locked();
}

void Mailbox::leave(const std::vector<Session*>& sessions) {
  const Lock lock(&mutex_);
  waiting_.insert(waiting_.end(), sessions.begin(), sessions.end());
}

void Mailbox::ring() {
  const Lock lock(&mutex_);
  ring_locked();
}

void Mailbox::ring_if_waiting() {
  const Lock lock(&mutex_);
  if (!waiting_.empty()) ring_locked();
}

std::vector<Session*> Mailbox::take() {
  std::vector<Session*> out;
  char bytes[16];
  const Lock lock(&mutex_);
  if (rung_) {
    const ssize_t n = read(read_end_.get(), bytes, sizeof bytes);
    (void)n;
  }
  out.swap(waiting_);
  rung_ = false;
  return out;
}

}  // namespace splitfwd
