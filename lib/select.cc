// pselect() with signals delivered only inside it, so that no signal is lost
// between a look at its flag and the wait. Handlers set a flag, nothing else.
#include "lib/select.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "lib/clock.h"

namespace tandem {

namespace {

const int kSignalMax = 65;
volatile sig_atomic_t g_signal_arrived[kSignalMax];

extern "C" void note_signal(int signo) {
  if (signo > 0 && signo < kSignalMax) g_signal_arrived[signo] = 1;
}

}  // namespace

Selector::Selector() : nfds_(0) {
  clear();
  FD_ZERO(&ready_read_);
  FD_ZERO(&ready_write_);
  signal(SIGPIPE, SIG_IGN);
  sigprocmask(SIG_BLOCK, nullptr, &wait_mask_);
}

void Selector::watch_signal(int signo) {
  TANDEM_ASSERT(signo > 0 && signo < kSignalMax);
  sigset_t block;
  sigemptyset(&block);
  sigaddset(&block, signo);
  sigprocmask(SIG_BLOCK, &block, nullptr);
  sigdelset(&wait_mask_, signo);
  struct sigaction sa;
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = note_signal;
  sigfillset(&sa.sa_mask);
  TANDEM_ASSERT(sigaction(signo, &sa, nullptr) == 0);
}

bool Selector::took_signal(int signo) {
  TANDEM_ASSERT(signo > 0 && signo < kSignalMax);
  if (!g_signal_arrived[signo]) return false;
  g_signal_arrived[signo] = 0;
  return true;
}

void Selector::clear() {
  FD_ZERO(&read_);
  FD_ZERO(&write_);
  nfds_ = 0;
}

bool Selector::want_read(int fd) {
  if (fd < 0 || fd >= FD_SETSIZE) return false;
  FD_SET(fd, &read_);
  if (fd >= nfds_) nfds_ = fd + 1;
  return true;
}

bool Selector::want_write(int fd) {
  if (fd < 0 || fd >= FD_SETSIZE) return false;
  FD_SET(fd, &write_);
  if (fd >= nfds_) nfds_ = fd + 1;
  return true;
}

Error Selector::wait(uint64_t until_ms) {
  ready_read_ = read_;
  ready_write_ = write_;
  struct timespec left;
  memset(&left, 0, sizeof left);
  if (until_ms != kNever) {
    const uint64_t now_ms = clock_ms();
    const uint64_t ms = until_ms > now_ms ? until_ms - now_ms : 0;
    left.tv_sec = static_cast<time_t>(ms / 1000);
    left.tv_nsec = static_cast<long>(ms % 1000) * 1000000;
  }
  const int n = pselect(nfds_, &ready_read_, &ready_write_, nullptr,
                        until_ms == kNever ? nullptr : &left, &wait_mask_);
  if (n >= 0) return Error::none();
  FD_ZERO(&ready_read_);
  FD_ZERO(&ready_write_);
  if (errno == EINTR) return Error::none();
  return Error::from_errno("pselect");
}

bool Selector::can_read(int fd) const {
  return fd >= 0 && fd < FD_SETSIZE && FD_ISSET(fd, &ready_read_);
}

bool Selector::can_write(int fd) const {
  return fd >= 0 && fd < FD_SETSIZE && FD_ISSET(fd, &ready_write_);
}

}  // namespace tandem
