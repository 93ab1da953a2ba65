// pselect() with signals delivered only inside it, so that no signal is lost
// between a look at its flag and the wait. Handlers set a flag, nothing else.
#include "lib/select.h"

#include <string.h>

#include "lib/clock.h"

namespace tandem {

namespace {

const int kSignalMax = 65;
volatile sig_atomic_t g_signal_arrived[kSignalMax];

extern "C" void note_signal(int signo) {
  if (signo > 0 && signo < kSignalMax) g_signal_arrived[signo] = 1;
}

}  // namespace

Selector::Selector() {
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

Error Selector::wait(uint64_t until_ms) {
  return WaitSet::wait(clock_ms(), until_ms, &wait_mask_);
}

}  // namespace tandem
