// The write ends of the lifelines: a pipe for each start hook, whose keeper,
// if the hook left one, reads until when this node may own. A keeper that is
// gone or frozen has lost its address: that is reported. A start that has
// succeeded and read from its pipe has left a keeper. Who inherits a pipe that
// nobody ever reads (an LSB script's daemon) is none, and is let go.
#ifndef TANDEM_HBD_HOOK_LIFELINE_H
#define TANDEM_HBD_HOOK_LIFELINE_H

#include <stddef.h>
#include <stdint.h>

#include <vector>

#include "hbd/decide/action.h"
#include "lib/error.h"
#include "lib/fd.h"

namespace hbd {

class Lifelines {
 public:
  // frozen_ms: a keeper that has read nothing for so long has lost its
  // address to the kernel.
  explicit Lifelines(uint64_t frozen_ms) : frozen_ms_(frozen_ms) {}

  // A pipe for this start, its first line written. An older one of the same
  // resource gets no more lines and is closed when this hook ends: until
  // then the hook is what ends the older keeper.
  TANDEM_MUST_USE tandem::Error open(uint64_t now_ms, const HookRun& run,
                                     tandem::UniqueFd* read_end);
  // A stop of this resource begins: its keeper may end from now on.
  void on_stop(const HookRun& run);
  // A start or stop has ended; ok: it succeeded. The last line is written
  // again, so that a keeper shows itself at once.
  void on_exit(uint64_t now_ms, uint32_t hook_id, bool ok);
  // hold: until then, also when the pipe ends.
  void write(uint64_t now_ms, size_t group, uint64_t until_ms, bool hold);
  void drop(size_t group);
  // Groups whose keeper is gone or frozen; each once.
  std::vector<size_t> take_broken();
  size_t count() const { return pipes_.size(); }

 private:
  struct Pipe {
    size_t group, resource;
    uint32_t hook_id;        // the start that got the read end
    uint32_t ends_with = 0;  // hook at whose end this is closed; 0 = none
    tandem::UniqueFd fd;     // -1: to be forgotten
    uint64_t until_ms;       // last line
    bool hold = false;       // of it
    bool exited = false;     // the hook has; what reads now is no hook
    bool kept = false;       // a keeper reads, or has
    uint64_t unread_limit = 0;  // bytes that wait when nobody reads
    uint64_t drained_ms;     // when everything had last been read
  };
  void feed(uint64_t now_ms, Pipe* pipe);
  void forget_closed();
  uint64_t frozen_ms_;
  std::vector<Pipe> pipes_;
  std::vector<size_t> broken_;
};

}  // namespace hbd

#endif
