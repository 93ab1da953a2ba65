// One order at a time changes a server. What an hbd that was killed has left
// running is older than what is asked for now, and would undo it later.
#ifndef TANDEM_PROMOTE_TURN_H
#define TANDEM_PROMOTE_TURN_H

#include "lib/file.h"
#include "promote/config.h"

namespace promote {

class Turn {
 public:
  // Ends by KILL whoever has it, another promote or rejoin of this state
  // folder, and takes it until this process ends. Where the folder cannot be
  // written there is none: logged, and no reason not to go on.
  void take(const Config& config);

 private:
  tandem::PidFile lock_;
};

}  // namespace promote

#endif
