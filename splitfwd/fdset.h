// Waiting on descriptors beyond FD_SETSIZE. The sets are our own arrays of
// unsigned long: glibc's FD_SET aborts, or writes past its array, from 1024 on,
// while the kernel takes any nfds up to the limit of open files.
//
// Interest persists between waits; who owns a descriptor says what it wants
// whenever that changes, and forget()s it before it is closed. One WaitSet a
// thread; no locks.
#ifndef TANDEM_SPLITFWD_FDSET_H
#define TANDEM_SPLITFWD_FDSET_H

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "lib/error.h"
#include "lib/fd.h"

namespace splitfwd {

// True when select() takes descriptors of FD_SETSIZE and more. Linux does, and
// so do the BSDs; asked once, by doing it. fd_count_max as for WaitSet.
bool select_goes_beyond(size_t fd_count_max);

// Descriptors below 320 are for those that are active: up to there Linux keeps
// the sets of a select() on its stack (core_sys_select() in fs/select.c), from
// there on each call allocates them and copies more, 2 to 3 us of a query.
// What idles is moved up, and down again when it is used.
enum class Numbers { Low, High };
const int kLowFds = 320;
// Close-on-exec. Stays as it is when there is no such number free.
void number(tandem::UniqueFd* fd, Numbers numbers);

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

class WaitSet {
 public:
  // Descriptors from 0 to fd_count_max - 1.
  explicit WaitSet(size_t fd_count_max)
      : fd_count_max_(fd_count_max), found_(0) {}
  // False: over the limit, the caller closes it.
  bool fits(int fd) const {
    return fd >= 0 && static_cast<size_t>(fd) < fd_count_max_;
  }
  size_t fd_count_max() const { return fd_count_max_; }
  void want_read(int fd, bool on) { want_read_.set(fd, on); }
  void want_write(int fd, bool on) { want_write_.set(fd, on); }
  // Drops interest and what the last wait found, so that a new descriptor of
  // this number is not taken for the old one. Before each close.
  void forget(int fd);

  // Waits until a wanted descriptor is ready, a signal that mask lets through
  // came, or until_ms (lib/select.h's kNever: no limit) is reached by a clock
  // that shows now_ms. mask null: as it is. An interrupted wait is success
  // with nothing ready.
  TANDEM_MUST_USE tandem::Error wait(uint64_t now_ms, uint64_t until_ms,
                                     const sigset_t* mask);
  // The same for reading from fd alone, for so many microseconds.
  TANDEM_MUST_USE tandem::Error wait_alone(int fd, long us);
  // How many the last wait found, and how many are watched for reading.
  size_t found() const { return found_; }
  size_t watched() const { return want_read_.count(); }
  bool can_read(int fd) const { return ready_read_.has(fd); }
  bool can_write(int fd) const { return ready_write_.has(fd); }
  bool is_ready(int fd) const { return can_read(fd) || can_write(fd); }

 private:
  tandem::Error call(size_t words, bool writes, const struct timespec* left,
                     const sigset_t* mask);

  size_t fd_count_max_;
  size_t found_;
  FdBits want_read_, want_write_, ready_read_, ready_write_;
};

}  // namespace splitfwd

#endif
