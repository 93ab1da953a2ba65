// Locks that go with their process. Whoever holds one and does not come to an
// end is killed: what it was told is older than what we were.
#include "vipctl/claim.h"

#include "lib/clock.h"
#include "lib/inherited.h"
#include "lib/log.h"

using tandem::Error;

namespace vipctl {

namespace {

const uint64_t kLockWaitMs = 1000;

std::string run_dir() {
  const std::string dir = tandem::env("TANDEM_RUN");
  return dir.empty() ? "/run/tandem" : dir;
}

}  // namespace

Claim::Claim(const tandem::Address& addr)
    : base_(run_dir() + "/vipctl-" + addr.host()) {}

Error Claim::lock() {
  Error e = tandem::make_directories(run_dir(), 0755);
  if (e) return e;
  const std::string path = base_ + ".lock";
  const uint64_t until_ms = tandem::clock_ms() + kLockWaitMs;
  for (;;) {
    e = lock_.take(path);
    if (!e || tandem::pid_of_holder(path) <= 1) return e;
    if (tandem::clock_ms() >= until_ms) break;
    tandem::sleep_ms(2);
  }
  tandem::log_warn("another vipctl does not come to an end (%s): killed",
                   e.c_str());
  tandem::end_holder(path);
  return lock_.take(path);
}

pid_t Claim::keeper() const { return tandem::pid_of_holder(base_ + ".pid"); }

void Claim::end_keeper() { tandem::end_holder(base_ + ".pid"); }

Error Claim::become_keeper() {
  lock_ = tandem::PidFile();  // a copy; the lock itself stays our parent's
  return keeper_.take(base_ + ".pid");
}

}  // namespace vipctl
