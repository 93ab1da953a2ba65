// pselect() over sets of our own. The kernel reads and writes whole words up
// to nfds, so a set is as long as its highest word in use and no longer.
#include "splitfwd/fdset.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/select.h"

namespace splitfwd {

using tandem::Error;

namespace {

const size_t kWordBits = sizeof(unsigned long) * CHAR_BIT;

size_t word_of(int fd) { return static_cast<size_t>(fd) / kWordBits; }

unsigned long bit_of(int fd) {
  return 1UL << (static_cast<size_t>(fd) % kWordBits);
}

// The number of the lowest bit set; word is not 0.
int lowest_bit(unsigned long word) {
  int n = 0;
  while (!(word & 1)) {
    word >>= 1;
    ++n;
  }
  return n;
}

fd_set* as_fd_set(FdBits* bits) {
  return reinterpret_cast<fd_set*>(bits->data());
}

}  // namespace

void FdBits::set(int fd, bool on) {
  TANDEM_ASSERT(fd >= 0);
  const size_t w = word_of(fd);
  if (has(fd) == on) return;
  if (w >= words_.size()) words_.resize(w + 1, 0);
  words_[w] ^= bit_of(fd);
  if (on) {
    ++count_;
    return;
  }
  --count_;
  while (!words_.empty() && words_.back() == 0) words_.pop_back();
}

bool FdBits::has(int fd) const {
  return fd >= 0 && (word(word_of(fd)) & bit_of(fd)) != 0;
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
  const size_t w = word_of(fd);
  if (w < ready_read_.words()) ready_read_.data()[w] &= ~bit_of(fd);
  if (w < ready_write_.words()) ready_write_.data()[w] &= ~bit_of(fd);
}

Error WaitSet::wait(uint64_t until_ms, const sigset_t* mask) {
  const size_t words = std::max(want_read_.words(), want_write_.words());
  ready_read_.copy(want_read_, words);
  ready_write_.copy(want_write_, words);
  struct timespec left;
  memset(&left, 0, sizeof left);
  if (until_ms != tandem::kNever) {
    const uint64_t now_ms = tandem::clock_ms();
    const uint64_t ms = until_ms > now_ms ? until_ms - now_ms : 0;
    left.tv_sec = static_cast<time_t>(ms / 1000);
    left.tv_nsec = static_cast<long>(ms % 1000) * 1000000;
  }
  const int n =
      pselect(static_cast<int>(words * kWordBits), as_fd_set(&ready_read_),
              want_write_.count() > 0 ? as_fd_set(&ready_write_) : nullptr,
              nullptr, until_ms == tandem::kNever ? nullptr : &left, mask);
  if (n > 0) return Error::none();
  const int saved = errno;
  ready_read_.zero();
  ready_write_.zero();
  errno = saved;
  if (n == 0 || errno == EINTR) return Error::none();
  return Error::from_errno("pselect");
}

int WaitSet::next_ready(int fd) const {
  const size_t start = static_cast<size_t>(fd + 1);
  size_t w = start / kWordBits;
  unsigned long mask = ~0UL << (start % kWordBits);
  const size_t words = std::max(ready_read_.words(), ready_write_.words());
  for (; w < words; ++w) {
    const unsigned long bits =
        (ready_read_.word(w) | ready_write_.word(w)) & mask;
    if (bits) return static_cast<int>(w * kWordBits) + lowest_bit(bits);
    mask = ~0UL;
  }
  return -1;
}

}  // namespace splitfwd
