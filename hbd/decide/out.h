// What the core gives out, collected in order, and whether a turn has changed
// anything. A Persist stands before every hook and beat that relies on it.
#ifndef TANDEM_HBD_DECIDE_OUT_H
#define TANDEM_HBD_DECIDE_OUT_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/action.h"

namespace hbd {

struct Group;
struct View;

class Out {
 public:
  // Both are read when a state is persisted, and outlive this.
  Out(const View* view, const std::vector<Group>* groups)
      : view_(view), groups_(groups) {}

  // A decision was taken that another one may depend on: settle once more.
  void mark_changed() { ++changes_; }
  // What is on disk is not what is known.
  void mark_dirty() { dirty_ = true; }
  uint64_t changes() const { return changes_; }

  void add(const Action& a) { actions_.push_back(a); }
  // Adds a Persist when the state is dirty.
  void persist();
  // Persists, then runs it; sets *run's id and returns it.
  uint32_t run_hook(HookRun* run);
  void kill_hook(uint32_t id);
  void log(tandem::LogLevel level, const char* fmt, ...)
      TANDEM_PRINTF(3, 4);
  // A group is about to change its phase.
  void phase(const Group& g, Phase next, const std::string& why);
  // To the notify event. g: the group that it is about, or none.
  void notify(const Group* g, const char* what, const std::string& reason);
  // To both; about no group.
  void notify_and_log(tandem::LogLevel level, const char* what,
                      const std::string& text);
  std::vector<Action> take();

 private:
  const View* view_;
  const std::vector<Group>* groups_;
  std::vector<Action> actions_;
  uint64_t changes_ = 0;
  bool dirty_ = false;
  uint32_t next_hook_id_ = 1;
};

}  // namespace hbd

#endif
