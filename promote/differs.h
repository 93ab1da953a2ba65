// Data that was kept away from a replica while positions went on: a filter, an
// error passed over, a binary log that stopped, two servers of one server_id.
// The cause can be cured, and positions are the same again; the rows are not.
// So it is noted on disk, beside hbd's state, until an operator says that the
// data is the same.
#ifndef TANDEM_PROMOTE_DIFFERS_H
#define TANDEM_PROMOTE_DIFFERS_H

#include <string>

#include "promote/config.h"
#include "promote/facts.h"

namespace promote {

// Fault::DataMissing: by one of the faults that were found now something was
// kept away from this server since the look before. Fault::DataUnsent: this
// server has kept something from its replica. Pure.
Faults kept_away(const Facts& before, const Facts& now, const Faults& found);

class Differs {
 public:
  // Of a server of this host, by its socket; else nothing is noted. Who looks
  // only once does not write.
  Differs(const Endpoint& at, const Config& config, bool once);
  // Faults of these two kinds, noted or found now.
  Faults look(const Facts& now, const Faults& found);

 private:
  const Config& config_;
  const bool keeps_, once_;
  Facts before_;
  Faults noted_;
  bool written_;
  std::string told_;
};

}  // namespace promote

#endif
