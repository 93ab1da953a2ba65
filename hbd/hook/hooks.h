// Runs hooks: resource scripts and event programs. Each gets a complete,
// minimal world, a deadline, and its output in the log under its name.
#ifndef TANDEM_HBD_HOOK_HOOKS_H
#define TANDEM_HBD_HOOK_HOOKS_H

#include <stdint.h>

#include <memory>
#include <string>
#include <vector>

#include "hbd/decide/action.h"
#include "hbd/hook/haresources.h"
#include "hbd/hook/settings.h"
#include "lib/child.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/lines.h"
#include "lib/log.h"
#include "lib/select.h"

namespace hbd {

struct HookEnd {
  HookRun run;
  bool ok;
  int code = -1;        // its exit code; -1: a signal, a deadline, no program
  tandem::Attrs attrs;  // from "attr KEY VALUE" lines on its stdout
};

class Hooks {
 public:
  Hooks(const HookSettings& settings,
        const std::vector<ResourceGroup>& groups)
      : settings_(settings), groups_(groups) {}
  ~Hooks() { kill_all(); }
  // One that cannot be executed ends at once, failed. lifeline_fd: borrowed,
  // open in the hook; -1 = none.
  void run(uint64_t now_ms, const HookRun& run, int lifeline_fd);
  void kill(uint32_t hook_id);  // KILL to its group; its end is reported
  void want(tandem::Selector* sel) const;
  // Reads output, enforces deadlines, reaps.
  void step(uint64_t now_ms);
  std::vector<HookEnd> take_ended();
  uint64_t next_due_ms() const;
  void kill_all();
  void abandon();  // what runs goes on, and is no longer ours

 private:
  struct Running {
    HookRun run;
    std::string name;
    tandem::Child child;
    tandem::UniqueFd out_fd, err_fd;
    tandem::LineReader out, err;
    tandem::Attrs attrs;
    tandem::LogLimit limit;
    uint64_t started_ms = 0, deadline_ms = 0;
    bool terminated = false;  // TERM was sent, KILL comes at deadline_ms
    Running() : limit(200, 10000) {}
  };
  tandem::Error spawn(uint64_t now_ms, const HookRun& run, int lifeline_fd);
  void read_output(uint64_t now_ms, Running* r, bool to_the_end);
  void take_line(uint64_t now_ms, Running* r, const std::string& line,
                 bool is_stdout);
  void enforce(uint64_t now_ms, Running* r);
  const HookSettings& settings_;
  const std::vector<ResourceGroup>& groups_;
  std::vector<std::unique_ptr<Running>> running_;
  std::vector<HookEnd> ended_;
};

}  // namespace hbd

#endif
