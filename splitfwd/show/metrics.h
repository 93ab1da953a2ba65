// /metrics, for Prometheus: the names, labels and types of HAProxy 2.6's
// exporter where they mean the same here, splitfwd_* for what is ours. Pure.
#ifndef TANDEM_SPLITFWD_SHOW_METRICS_H
#define TANDEM_SPLITFWD_SHOW_METRICS_H

#include <string>

#include "splitfwd/route/snapshot.h"

namespace splitfwd {

// Its Content-Type.
const char kMetricsType[] = "text/plain; version=0.0.4";
std::string metrics_text(const Snapshot& snapshot);

}  // namespace splitfwd

#endif
