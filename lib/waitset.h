// Waiting on descriptors of any number. The sets are our own arrays of
// unsigned long: glibc's FD_SET aborts, or writes past its array, from
// FD_SETSIZE (1024) on, while the kernel takes any nfds up to the limit of
// open files. So there is one limit, the kernel's, and what is over it is
// never opened (EMFILE).
#ifndef TANDEM_LIB_WAITSET_H
#define TANDEM_LIB_WAITSET_H

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "lib/error.h"

namespace tandem {

// No deadline: wait for a descriptor or a signal.
const uint64_t kNever = UINT64_MAX;

// One set of descriptors, as long as its highest one needs.
class FdBits {
 public:
  FdBits() : count_(0) {}
  void set(int fd, bool on);
  bool has(int fd) const {
    return fd >= 0 && (word(word_of(fd)) & bit_of(fd)) != 0;
  }
  size_t count() const { return count_; }
  size_t words() const { return words_.size(); }
  unsigned long word(size_t i) const {
    return i < words_.size() ? words_[i] : 0;
  }
  // Copies the first n words of other, zeros where it has none.
  void copy(const FdBits& other, size_t n);
  void zero();
  unsigned long* data() { return words_.data(); }

  static const size_t kWordBits = sizeof(unsigned long) * CHAR_BIT;
  static size_t word_of(int fd) { return static_cast<size_t>(fd) / kWordBits; }
  static unsigned long bit_of(int fd) {
    return 1UL << (static_cast<size_t>(fd) % kWordBits);
  }

 private:
  std::vector<unsigned long> words_;
  size_t count_;  // bits set; not kept by copy()
};

// Interest persists between waits; who owns a descriptor says what it wants
// whenever that changes, and forget()s it before it is closed. Or, with few of
// them, clear() begins each turn and all is said again. One WaitSet a thread;
// no locks.
class WaitSet {
 public:
  WaitSet() : found_(0) {}
  void want_read(int fd, bool on = true) { want_read_.set(fd, on); }
  void want_write(int fd, bool on = true) { want_write_.set(fd, on); }
  // Drops interest and what the last wait found, so that a new descriptor of
  // this number is not taken for the old one. Before each close.
  void forget(int fd);
  // Drops all interest; what the last wait found stays.
  void clear();

  // Waits until a wanted descriptor is ready, a signal that mask lets through
  // came, or until_ms (kNever: no limit) is reached by a clock that shows
  // now_ms. mask null: as it is. An interrupted wait is success with nothing
  // ready.
  TANDEM_MUST_USE Error wait(uint64_t now_ms, uint64_t until_ms,
                             const sigset_t* mask);
  // The same for reading from fd alone, for so many microseconds.
  TANDEM_MUST_USE Error wait_alone(int fd, long us);
  // How many the last wait found, and how many are watched for reading.
  size_t found() const { return found_; }
  size_t watched() const { return want_read_.count(); }
  bool can_read(int fd) const { return ready_read_.has(fd); }
  bool can_write(int fd) const { return ready_write_.has(fd); }
  bool is_ready(int fd) const { return can_read(fd) || can_write(fd); }

 private:
  Error call(size_t words, bool writes, const struct timespec* left,
             const sigset_t* mask);

  size_t found_;
  FdBits want_read_, want_write_, ready_read_, ready_write_;
};

}  // namespace tandem

#endif
