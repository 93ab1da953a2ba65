// Runs the watcher of the local server (the line contract of lib/watch.h) and
// ends one that says nothing; lib/restarted starts it again.
// Whether silence means 'down' is the core's to judge.
#ifndef TANDEM_HBD_HOOK_WATCHER_H
#define TANDEM_HBD_HOOK_WATCHER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/restarted.h"
#include "lib/select.h"
#include "lib/watch.h"

namespace hbd {

class Watcher {
 public:
  // argv: PROGRAM ARG...; empty: there is no watcher.
  Watcher(const std::vector<std::string>& argv,
          const std::vector<std::string>& env);
  void want(tandem::Selector* sel) const;
  // Reads, reaps, starts. Appends the lines that came; *lost is set when it
  // has ended.
  void step(uint64_t now_ms, std::vector<tandem::WatchLine>* lines,
            bool* lost);
  uint64_t next_due_ms() const;

 private:
  void start(uint64_t now_ms);
  void read_lines(uint64_t now_ms, std::vector<tandem::WatchLine>* lines);
  std::vector<std::string> argv_, env_;
  tandem::RestartedChild child_;
  tandem::UniqueFd out_fd_;
  tandem::LineReader out_;
  uint64_t last_line_ms_;
  tandem::LogLimit limit_;
};

}  // namespace hbd

#endif
