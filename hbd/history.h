// The last changes of owner on this node, each with when its steps ended: for
// who asks afterwards what happened, and what took how long. Made from what
// the core has done; decides nothing. Pure.
#ifndef TANDEM_HBD_HISTORY_H
#define TANDEM_HBD_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "hbd/decide/action.h"
#include "hbd/hook/haresources.h"
#include "lib/error.h"

namespace hbd {

const size_t kChangesMax = 100;
const size_t kHistoryBytesMax = 1 << 20;

struct Change {
  uint64_t wall_ms = 0;  // when it was over, since 1970
  std::string group;
  std::string what;      // took, gave, kept, failed, restarted, stuck
  std::string grant;     // by whose right: witness, peer ...; took alone
  std::string why;
  uint64_t epoch = 0;
  // What ended so many ms after its begin: when the peer was heard last, the
  // order to leave, or what did not run.
  std::vector<std::pair<uint64_t, std::string>> steps;
};

class History {
 public:
  explicit History(const std::vector<ResourceGroup>& groups);
  // Each ActionKind::Phase of the core.
  void on_phase(uint64_t now_ms, uint64_t wall_ms, const Action& a);
  void on_hook_begin(uint64_t now_ms, const HookRun& run);
  void on_hook_end(uint64_t now_ms, const HookRun& run, bool ok);
  const std::deque<Change>& changes() const { return changes_; }
  size_t ended() const { return ended_; }  // since this object began
  // What a node had before its restart. An error: nothing of it is taken.
  TANDEM_MUST_USE tandem::Error restore(const std::string& path,
                                        const std::string& text);

 private:
  struct Line {
    bool open = false;
    uint64_t begun_ms = 0;
    Change change;
  };
  void begin(Line* l, uint64_t now_ms, const char* what);
  void step(Line* l, uint64_t now_ms, const std::string& text);
  bool is_called_off(const Line& l, uint64_t now_ms) const;
  void end(Line* l, uint64_t wall_ms, const Action& a, const char* what);
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> resources_;  // by group
  std::vector<Line> lines_;                          // by group
  std::deque<Change> changes_;                       // the newest last
  size_t ended_ = 0;
};

// restore() reads it back.
std::string format_history(const std::deque<Change>& changes);
// For people, in the host's time, the newest last; and as JSON.
std::string history_text(const std::string& node,
                         const std::deque<Change>& changes);
std::string history_json(const std::string& node,
                         const std::deque<Change>& changes);

}  // namespace hbd

#endif
