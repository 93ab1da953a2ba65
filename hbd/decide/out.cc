// Actions, made of what the core knows when they are asked for.
#include "hbd/decide/out.h"

#include <stdarg.h>

#include "hbd/decide/group.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

void Out::persist() {
  if (!dirty_) return;
  dirty_ = false;
  Action a(ActionKind::Persist);
  a.state.node = view_->config.self;
  a.state.incarnation = view_->incarnation;
  a.state.epoch = view_->epoch_seen;
  a.state.blank = view_->blank;
  if (view_->peer.told().is_told()) {
    a.state.told.push_back(Told{view_->config.peer, view_->peer.told()});
  }
  for (const Group& g : *groups_) {
    GroupState s;
    s.name = g.config.name;
    s.record = g.record;
    s.need_follow = g.need_follow;
    s.owning = g.owning;
    s.unagreed = g.pairing.unagreed;
    a.state.groups.push_back(s);
  }
  a.state.maintenance = view_->maintenance.to_keep(view_->now_ms);
  a.state.maintenance.digest = view_->config.digest;
  add(a);
}

uint32_t Out::run_hook(HookRun* run) {
  run->id = next_hook_id_++;
  mark_changed();
  persist();
  Action a(ActionKind::RunHook);
  a.hook = *run;
  add(a);
  return run->id;
}

void Out::kill_hook(uint32_t id) {
  Action a(ActionKind::KillHook);
  a.hook_id = id;
  add(a);
}

void Out::log(tandem::LogLevel level, const char* fmt, ...) {
  Action a(ActionKind::Log);
  a.level = level;
  va_list ap;
  va_start(ap, fmt);
  a.text = tandem::vformat(fmt, ap);
  va_end(ap);
  add(a);
}

void Out::phase(const Group& g, Phase next, const std::string& why) {
  Action a(ActionKind::Phase, g.index);
  a.from = g.phase;
  a.to = next;
  a.text = why;
  a.hook.epoch = g.epoch;
  a.hook.grant = g.claim.grant;
  if (view_->peer.is_silent()) a.since_ms = view_->peer.quiet_since_ms();
  add(a);
}

void Out::notify(const Group* g, const char* what, const std::string& reason) {
  if (!view_->config.has_notify) return;
  Action a(ActionKind::Notify);
  a.hook.kind = HookKind::Event;
  a.hook.event = "notify";
  a.hook.what = what;
  a.hook.reason = reason;
  a.hook.group = g ? g->index : kNoGroup;
  a.hook.epoch = g ? g->record.epoch : view_->epoch_seen;
  if (g) a.hook.sync = g->record.alone() ? "alone" : "paired";
  if (g) a.hook.grant = g->claim.grant;
  add(a);
}

void Out::notify_and_log(tandem::LogLevel level, const char* what,
                         const std::string& text) {
  log(level, "%s", text.c_str());
  notify(nullptr, what, text);
}

std::vector<Action> Out::take() {
  std::vector<Action> out;
  out.swap(actions_);
  return out;
}

}  // namespace hbd
