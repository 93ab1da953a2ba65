// The place for one hook of a group: at most one runs at a time, start, stop
// or event, and its end is heard before the next begins. Pure.
#ifndef TANDEM_HBD_DECIDE_HOOKSLOT_H
#define TANDEM_HBD_DECIDE_HOOKSLOT_H

#include <stdint.h>

#include <string>

#include "hbd/decide/action.h"

namespace hbd {

class Out;
struct Group;
struct View;

enum class EventRun {
  None, Alone, Paired, Follow, Fence, Rebuild,
  Drain,  // sessions end, the address goes
  Gate    // sessions end, the address stays
};

class HookSlot {
 public:
  bool is_busy() const { return id_ != 0; }
  bool is_running(EventRun e) const { return is_busy() && event_ == e; }
  // Asserted: nothing runs.
  void begin(uint32_t id, HookKind kind, EventRun event);
  // KILL, once; its end is awaited all the same.
  void kill(Out* out);
  // A hook has ended. False: it is not this one.
  bool end(uint64_t now_ms, uint32_t id);

  // Of the one that runs, or ran last.
  HookKind kind() const { return kind_; }
  EventRun event() const { return event_; }
  bool was_killed() const { return killed_; }
  // When a start or stop, and when a start, last ended; 0 = never.
  uint64_t end_ms() const { return end_ms_; }
  uint64_t start_end_ms() const { return start_end_ms_; }

 private:
  uint32_t id_ = 0;  // 0 = nothing runs
  HookKind kind_ = HookKind::Start;
  EventRun event_ = EventRun::None;
  bool killed_ = false;
  uint64_t end_ms_ = 0, start_end_ms_ = 0;
};

// Each fills the slot of the group, which is free. Start and Stop run the
// resource that is next by Owner::hook_count. The state is persisted before.
void run_start(const View& v, Group* g, Out* out);
void run_stop(const View& v, Group* g, Out* out);
void run_event(const View& v, Group* g, EventRun event,
               const std::string& reason, Out* out);
// Beside the slot, see liveness.h. Returns the hook's id.
uint32_t run_status(const View& v, Group* g, size_t resource, Out* out);

}  // namespace hbd

#endif
