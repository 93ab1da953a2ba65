// Who works on an address now: files in the run directory, each locked by a
// living process, so that a pid is never guessed from old text.
//   vipctl-ADDR.lock  held by `start` and `stop` while they work
//   vipctl-ADDR.pid   held by the keeper for its life
#ifndef TANDEM_VIPCTL_CLAIM_H
#define TANDEM_VIPCTL_CLAIM_H

#include <sys/types.h>

#include <string>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/file.h"

namespace vipctl {

class Claim {
 public:
  explicit Claim(const tandem::Address& addr);
  // Takes the working lock for this process; it goes with the process. Waits
  // a second for another start or stop, then kills it: whatever hangs or is
  // frozen there would go on with what it was told before us.
  TANDEM_MUST_USE tandem::Error lock();
  // The keeper, 0 when there is none.
  pid_t keeper() const;
  // Kills it, frozen or not, and waits until it is gone. Call under lock().
  void end_keeper();
  // Makes this process the keeper. Call under lock() of the parent.
  TANDEM_MUST_USE tandem::Error become_keeper();
  // The keeper's last act.
  void drop_keeper() { keeper_.drop(); }

 private:
  std::string base_;
  tandem::PidFile lock_;
  tandem::PidFile keeper_;
};

}  // namespace vipctl

#endif
