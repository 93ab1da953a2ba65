// An owned file descriptor. A raw int in a signature is borrowed; ownership
// moves only as a UniqueFd.
#ifndef TANDEM_LIB_FD_H
#define TANDEM_LIB_FD_H

#include <errno.h>
#include <unistd.h>

namespace tandem {

class UniqueFd {
 public:
  UniqueFd() : fd_(-1) {}
  explicit UniqueFd(int fd) : fd_(fd) {}  // takes ownership; -1 = none
  UniqueFd(UniqueFd&& other) : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  // Closes what is owned, keeps errno, owns fd from now on.
  void reset(int fd = -1) {
    if (fd_ >= 0) {
      const int saved = errno;
      close(fd_);
      errno = saved;
    }
    fd_ = fd;
  }

 private:
  UniqueFd(const UniqueFd&);
  UniqueFd& operator=(const UniqueFd&);
  int fd_;
};

}  // namespace tandem

#endif
