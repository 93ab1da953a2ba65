// The lock goes with its process.
#include "promote/turn.h"

#include "lib/log.h"
#include "promote/notes.h"

namespace promote {

using tandem::Error;

void Turn::take(const Config& config) {
  const std::string path = path_beside_state(config, "promote.pid");
  Error e = make_folder_of(path);
  if (!e) e = lock_.take(path);
  if (e && tandem::pid_of_holder(path) > 1) {
    tandem::log_warn("%s: ended, this order is newer", e.c_str());
    tandem::end_holder(path);
    e = lock_.take(path);
  }
  if (e) {
    tandem::log_warn("%s: another promote may run beside this one", e.c_str());
  }
}

}  // namespace promote
