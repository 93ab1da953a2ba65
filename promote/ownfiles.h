// The files of ours that a switch needs on this host, looked at before it does:
// promote's configuration with its secrets, and the disk of hbd's state.
#ifndef TANDEM_PROMOTE_OWNFILES_H
#define TANDEM_PROMOTE_OWNFILES_H

#include <string>

#include "promote/config.h"
#include "promote/faults.h"

namespace promote {

class OwnFiles {
 public:
  // Of a server of this host; else nothing is looked at. promote.ini is the one
  // beside config_path.
  OwnFiles(const Endpoint& at, const std::string& config_path,
           const Config& config);
  // Fault::ConfigWrong, Fault::StateUnwritable, or nothing; what it is, is
  // logged once. A file, or a directory, that is not there is not used.
  Faults look();

 private:
  std::string promote_ini_, state_;  // "": not looked at
  std::string told_;                 // the error that was logged last
};

}  // namespace promote

#endif
