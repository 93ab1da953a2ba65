// What a watcher has seen its server receive, kept for the one that comes after
// it and for promote: in the folder of `control`, which is empty after a boot.
// A relay log means nothing then either: its server has started again.
#ifndef TANDEM_PROMOTE_SEEN_H
#define TANDEM_PROMOTE_SEEN_H

#include <stdint.h>

#include <string>

#include "promote/config.h"
#include "promote/received.h"

namespace promote {

class Seen {
 public:
  // Of a server of this host, by its socket, where an hbd has its folder; else
  // nothing is kept. Who looks only once does not write.
  Seen(const Endpoint& at, const Config& config, bool once);
  // Fault::ReceivedLost, or nothing. Written twice a second at most; one that
  // cannot be is logged once.
  Faults look(const Facts& f, uint64_t now_ms);

 private:
  const std::string path_;  // "": not kept
  const bool once_;
  Received received_;
  std::string written_, told_;
  uint64_t written_ms_ = 0;
};

// Nothing when there is no file. One that cannot be read is logged, and no
// more: it stands behind the watcher's own fault.
Received recall_seen(const Config& config);
// An operator's word: a watcher that runs forgets it as well.
void forget_seen(const Config& config);

}  // namespace promote

#endif
