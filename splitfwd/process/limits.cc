// See limits.h. Beyond POSIX: RLIMIT_NPROC.
#include "splitfwd/process/limits.h"

#include <fcntl.h>
#include <inttypes.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <unistd.h>

#include "lib/clients.h"
#include "lib/log.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/relay/activity.h"

namespace splitfwd {

using tandem::Error;

namespace {

// 0 to 2, log, pid file, link, the run queue, the watcher's pipes, those of a
// fork under way, and what whoever started us left open.
const size_t kDescriptorsReserve = 32;

}  // namespace

size_t threads_max(const Config& config) {
  const size_t sessions = static_cast<size_t>(config.maxconn);
  return static_cast<size_t>(config.threads) +
         (sessions + kColdSessionsMax - 1) / kColdSessionsMax;
}

size_t descriptors_needed(const Config& config) {
  // A pipe for each thread, and the router.
  return 2 * static_cast<size_t>(config.maxconn) +
         2 * (threads_max(config) + 1) + config.listens.size() +
         config.servers.size() +
         (config.stats.on ? 2 : 1) * (tandem::kClientsMax + 1) +
         kDescriptorsReserve;
}

void widen_descriptors(const Config& config) {
  const int last = static_cast<int>(descriptors_needed(config)) - 1;
  const int fd = fcntl(STDERR_FILENO, F_DUPFD, last);
  if (fd >= 0) close(fd);
}

uint64_t sessions_within(const Config& config, size_t fd_count) {
  Config fewer = config;
  while (fewer.maxconn > 1 && descriptors_needed(fewer) > fd_count) {
    --fewer.maxconn;
  }
  return fewer.maxconn;
}

Error fit_descriptors(Config* config) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
    return Error::from_errno("getrlimit");
  }
  const rlim_t needed = descriptors_needed(*config);
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < needed) {
    struct rlimit raised = limit;
    raised.rlim_cur = needed;
    // Only root may go over the hard limit; for others this fails below.
    if (raised.rlim_max != RLIM_INFINITY && raised.rlim_max < needed) {
      raised.rlim_max = needed;
    }
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
      return Error::at(config->path, config->maxconn_line,
                       "maxconn = %" PRIu64 " needs %lu open files, the limit "
                       "is %lu", config->maxconn,
                       static_cast<unsigned long>(needed),
                       static_cast<unsigned long>(limit.rlim_max));
    }
    limit = raised;
  }
  if (select_goes_beyond(limit.rlim_cur)) return Error::none();
  limit.rlim_cur = FD_SETSIZE;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
    return Error::from_errno("setrlimit");
  }
  const uint64_t fit = sessions_within(*config, FD_SETSIZE);
  if (fit < config->maxconn) {
    tandem::log_warn("select() takes no descriptor beyond %d here: maxconn = "
                     "%" PRIu64, FD_SETSIZE, fit);
    config->maxconn = fit;
  }
  return Error::none();
}

void fit_threads(const Config& config) {
#ifdef RLIMIT_NPROC
  struct rlimit limit;
  // The router too, and the process beside it.
  const rlim_t needed = threads_max(config) + 2;
  if (getrlimit(RLIMIT_NPROC, &limit) < 0 ||
      limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= needed) {
    return;
  }
  struct rlimit raised = limit;
  raised.rlim_cur = needed;
  if (raised.rlim_max != RLIM_INFINITY && raised.rlim_max < needed) {
    raised.rlim_max = needed;
  }
  if (setrlimit(RLIMIT_NPROC, &raised) == 0) return;
  tandem::log_warn("maxconn = %" PRIu64 " may need %lu threads, the limit of "
                   "processes is %lu: idle sessions may cost more",
                   config.maxconn, static_cast<unsigned long>(needed),
                   static_cast<unsigned long>(limit.rlim_cur));
#else
  (void)config;
#endif
}

}  // namespace splitfwd
