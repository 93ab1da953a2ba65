// The worker process: forwards, without any privilege, until it is told to
// end or the parent does.
#ifndef TANDEM_SPLITFWD_PROCESS_SERVICE_H
#define TANDEM_SPLITFWD_PROCESS_SERVICE_H

#include <string>
#include <vector>

#include "lib/fd.h"
#include "splitfwd/config.h"
#include "splitfwd/process/listener.h"
#include "splitfwd/process/privileges.h"

namespace splitfwd {

const char kName[] = "splitfwd";

// All that was found out, and read, before anything was touched.
struct Setup {
  bool foreground = false;
  std::string program;  // the file we were started from; empty: not known
  Identity identity;
  std::vector<std::string> credentials;  // http.h; of the stats page
};

// In the process just forked. Returns its exit code; what keeps it from
// starting goes to the parent. legacy: where the worker before this one hands
// over its sessions; invalid: there was none.
int run_service(const Config& config, const Setup& setup, Listeners listeners,
                tandem::UniqueFd link, tandem::UniqueFd legacy);

}  // namespace splitfwd

#endif
