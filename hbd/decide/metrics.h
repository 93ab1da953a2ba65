// What hbctl status shows, as Prometheus' text format (version 0.0.4): for
// the textfile collector of node_exporter. Pure.
#ifndef TANDEM_HBD_DECIDE_METRICS_H
#define TANDEM_HBD_DECIDE_METRICS_H

#include <stdint.h>

#include <string>
#include <vector>

namespace hbd {

struct Status;
struct WitnessStatus;

// Each series has the label pair; names begin with tandem_.
std::string metrics_text(const Status& s);
std::string metrics_text(const std::vector<WitnessStatus>& pairs,
                         uint64_t strangers);

}  // namespace hbd

#endif
