// pselect() over sets of our own. Beyond POSIX, which ends at FD_SETSIZE: Linux
// and the BSDs take any nfds. The kernel reads and writes whole words up to
// nfds, so a set is as long as its highest word in use and no longer.
#include "lib/waitset.h"

#include <errno.h>
#include <sys/select.h>
#include <time.h>

#include <algorithm>

namespace tandem {

namespace {

fd_set* as_fd_set(FdBits* bits) {
  return reinterpret_cast<fd_set*>(bits->data());
}

}  // namespace

void FdBits::set(int fd, bool on) {
  TANDEM_ASSERT(fd >= 0);
  const size_t w = FdBits::word_of(fd);
  if (has(fd) == on) return;
  if (w >= words_.size()) words_.resize(w + 1, 0);
  words_[w] ^= FdBits::bit_of(fd);
  if (on) {
    ++count_;
    return;
  }
  --count_;
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

void FdBits::copy(const FdBits& other, size_t n) {
  words_.resize(n);
  const size_t have = std::min(n, other.words_.size());
  std::copy(other.words_.begin(),
            other.words_.begin() + static_cast<std::ptrdiff_t>(have),
            words_.begin());
  std::fill(words_.begin() + static_cast<std::ptrdiff_t>(have), words_.end(),
            0UL);
}

void FdBits::zero() { std::fill(words_.begin(), words_.end(), 0UL); }

void WaitSet::forget(int fd) {
  want_read_.set(fd, false);
  want_write_.set(fd, false);
  const size_t w = FdBits::word_of(fd);
  if (w < ready_read_.words()) ready_read_.data()[w] &= ~FdBits::bit_of(fd);
  if (w < ready_write_.words()) ready_write_.data()[w] &= ~FdBits::bit_of(fd);
}

void WaitSet::clear() {
  want_read_ = FdBits();
  want_write_ = FdBits();
}

Error WaitSet::wait(uint64_t now_ms, uint64_t until_ms,
                    const sigset_t* mask) {
  const size_t words = std::max(want_read_.words(), want_write_.words());
  const bool writes = want_write_.count() > 0;
  ready_read_.copy(want_read_, words);
  ready_write_.copy(want_write_, writes ? words : 0);
  struct timespec left;
  const uint64_t ms = until_ms > now_ms ? until_ms - now_ms : 0;
  left.tv_sec = static_cast<time_t>(ms / 1000);
  left.tv_nsec = static_cast<long>(ms % 1000) * 1000000;
  return call(words, writes, until_ms == kNever ? nullptr : &left,
              mask);
}

Error WaitSet::wait_alone(int fd, long us) {
  const size_t words = FdBits::word_of(fd) + 1;
  ready_read_.copy(FdBits(), words);
  ready_write_.copy(FdBits(), 0);
  ready_read_.data()[words - 1] = FdBits::bit_of(fd);
  struct timespec left;
  left.tv_sec = 0;
  left.tv_nsec = us * 1000;
  return call(words, false, &left, nullptr);
}

// What is in the ready sets is what is asked for.
Error WaitSet::call(size_t words, bool writes, const struct timespec* left,
                    const sigset_t* mask) {
  const int n = pselect(static_cast<int>(words * FdBits::kWordBits),
                        as_fd_set(&ready_read_),
                        writes ? as_fd_set(&ready_write_) : nullptr, nullptr,
                        left, mask);
  found_ = n > 0 ? static_cast<size_t>(n) : 0;
  if (n > 0) return Error::none();
  const int saved = errno;
  ready_read_.zero();
  ready_write_.zero();
  errno = saved;
  if (n == 0 || errno == EINTR) return Error::none();
  return Error::from_errno("pselect");
}

}  // namespace tandem
