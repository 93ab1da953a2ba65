// The files that a server of this host reads when it starts.
#ifndef TANDEM_PROMOTE_BOOTFILES_H
#define TANDEM_PROMOTE_BOOTFILES_H

#include <string>
#include <vector>

#include "promote/config.h"
#include "promote/faults.h"

namespace promote {

class BootFiles {
 public:
  // None with edit_my_cnf, by which a primary is to boot writable.
  BootFiles(const Endpoint& at, const Config& config);
  // Reads them: Fault::BootsWritable, or nothing. One that cannot be read says
  // nothing either way, and that is logged once.
  Faults look();

 private:
  std::vector<std::string> paths_;
  std::string told_;  // the error that was logged last
};

}  // namespace promote

#endif
