// What the core asks of the process around it, and what an operator asks of
// the core. Values only: no .cc.
#ifndef TANDEM_HBD_DECIDE_ACTION_H
#define TANDEM_HBD_DECIDE_ACTION_H

#include <stdint.h>

#include <string>

#include "hbd/decide/beat.h"
#include "hbd/decide/phase.h"
#include "hbd/decide/state.h"
#include "lib/log.h"
#include "lib/watch.h"

namespace hbd {

const size_t kNoGroup = SIZE_MAX;

enum class HookKind { Start, Stop, Event, Status };

// One run of a hook. At most one at a time per group.
struct HookRun {
  uint32_t id = 0;         // unique; given back to on_hook_exit()
  size_t group = 0;        // index in Config::groups; notify: or kNoGroup
  HookKind kind = HookKind::Start;
  size_t resource = 0;     // but for Event: index in the haresources line
  std::string event;       // Event: "alone", "paired", "follow", "fence" ...
  std::string what;        // notify: HB_WHAT
  std::string grant;       // HB_GRANT
  std::string reason;      // HB_REASON
  uint64_t epoch = 0;      // HB_EPOCH
  std::string sync;        // HB_SYNC: alone or paired
  std::string start_pos;   // HB_START_POS
  std::string start_from;  // HB_START_FROM
  tandem::Attrs attrs, peer_attrs;  // HB_ATTR_KEY and HB_PEER_ATTR_KEY
  uint64_t lifeline_until_ms = 0;  // Start: the lifeline's first line
};

enum class ActionKind {
  Persist,       // state: durable before any later action is performed
  SendBeat,      // beat, to beat.to
  RunHook,       // hook
  KillHook,      // hook_id: KILL to its process group; its exit is reported
  Notify,        // hook: run it beside all else; nobody asks how it ended
  Lifeline,      // group may be owned until until_ms: write it to its pipes;
                 // hold: also when they end
  DropLifelines, // group: close its pipes now
  Phase,         // of group, from one to another, by text; hook.epoch and
                 // hook.grant; nothing is to be done about it
  Log,
  Reply,         // to command_id
  Exit           // everything is released and told: end the process, 0
};

struct Action {
  ActionKind kind;
  State state;
  Beat beat;
  HookRun hook;
  size_t group;
  uint64_t until_ms;
  uint32_t hook_id = 0;
  tandem::LogLevel level = tandem::LogLevel::Info;
  std::string text;
  uint32_t command_id = 0;
  bool ok = false;
  bool hold = false;
  Phase from = Phase::Idle, to = Phase::Idle;
  uint64_t since_ms = 0;  // Phase: when the peer, which is silent, was heard
                          // last; 0: it is not silent
  explicit Action(ActionKind k, size_t g = 0, uint64_t until = 0)
      : kind(k), group(g), until_ms(until) {}
};

enum class CommandKind {
  Standby, Takeover, ForceTakeover, Init, Clear,
  Maintenance  // of all groups, on both nodes
};

struct Command {
  CommandKind kind = CommandKind::Standby;
  std::string group;   // "" = all
  std::string reason;  // ForceTakeover
  uint64_t limit_ms = 0;  // Standby: past it, it is called off; 0: none.
                          // Maintenance: for so long; 0: off
};

}  // namespace hbd

#endif
