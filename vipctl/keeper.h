// The process that `vipctl start` leaves behind: reads the lifeline, renews,
// announces, defends, and takes the address off in time. All decisions are
// keeper_core's.
#ifndef TANDEM_VIPCTL_KEEPER_H
#define TANDEM_VIPCTL_KEEPER_H

#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "vipctl/announce.h"
#include "vipctl/keeper_core.h"
#include "vipctl/netlink.h"

namespace vipctl {

// The reading end of the pipe from hbd.
class LifelinePipe {
 public:
  LifelinePipe() : reader_(128) {}
  // Takes the descriptor over; an error when it is not open.
  TANDEM_MUST_USE tandem::Error open(int fd);
  bool valid() const { return fd_.valid(); }
  int fd() const { return fd_.get(); }
  // All that is there, without waiting.
  void read(std::vector<std::string>* lines);
  bool eof() const { return eof_; }

 private:
  tandem::UniqueFd fd_;
  tandem::LineReader reader_;
  bool eof_ = false;
};

struct KeeperTools {
  Place place;
  Netlink netlink;
  Announcer announcer;
  LifelinePipe lifeline;  // invalid: none
};

// Runs until the core ends. The caller has set and announced the address.
void run_keeper(KeeperTools* tools, KeeperCore* core);

}  // namespace vipctl

#endif
