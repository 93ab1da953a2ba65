// What the core gives out: hooks to run, the state to keep, beats, lifelines.
// Invariant: a Persist stands before the hook or beat that relies on it.
#include <inttypes.h>
#include <stdarg.h>

#include <algorithm>

#include "hbd/decide/core.h"
#include "hbd/decide/beatsize.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

void Cluster::run_hook(Group* g, HookKind kind, const char* event) {
  Action a(ActionKind::RunHook);
  HookRun& h = a.hook;
  h.id = next_hook_id_++;
  h.group = index_of(g);
  h.kind = kind;
  if (kind == HookKind::Start) h.resource = g->hook_count;
  if (kind == HookKind::Stop) h.resource = g->hook_count - 1;
  h.event = event;
  h.grant = g->grant;
  h.reason = g->reason;
  h.epoch = g->record.epoch;
  h.sync = g->record.paired.empty() ? "alone" : "paired";
  h.start_pos = g->record.start_pos;
  h.start_from = g->record.from;
  h.peer_attrs = peer_.beat().attrs;
  if (kind == HookKind::Start) h.lifeline_until_ms = g->lifeline_written_ms;
  g->hook_id = h.id;
  g->hook_kind = kind;
  g->hook_killed = false;
  ++changes_;
  persist();  // a hook relies on what the state file says
  actions_.push_back(a);
}

void Cluster::run_event(Group* g, EventRun event, const std::string& reason) {
  static const char* const kNames[] = {"", "alone", "paired", "follow",
                                       "fence", "rebuild"};
  g->event = event;
  g->reason = reason;
  run_hook(g, HookKind::Event, kNames[static_cast<size_t>(event)]);
}

void Cluster::persist() {
  if (!dirty_) return;
  dirty_ = false;
  Action a(ActionKind::Persist);
  a.state.node = config_.self;
  a.state.epoch = epoch_seen_;
  a.state.blank = blank_;
  for (const Group& g : groups_) {
    GroupState s;
    s.name = g.config.name;
    s.record = g.record;
    s.need_follow = g.need_follow;
    s.owning = g.owning;
    s.unagreed = g.alone_unagreed;
    a.state.groups.push_back(s);
  }
  actions_.push_back(a);
}

void Cluster::write_lifelines() {
  for (Group& g : groups_) {
    if (g.lifeline_written_ms == 0) continue;
    const uint64_t until_ms = may_own_until(g);
    if (until_ms <= g.lifeline_written_ms) continue;
    if (until_ms - g.lifeline_written_ms < config_.keepalive_ms / 4) continue;
    g.lifeline_written_ms = until_ms;
    actions_.push_back(Action(ActionKind::Lifeline, index_of(&g), until_ms));
  }
}

Beat Cluster::make_beat() const {
  Beat b;
  b.pair = config_.pair;
  b.from = config_.self;
  b.epoch = epoch_seen_;
  b.up = watch_up_;
  b.leaving = leaving_;
  b.blank = blank_;
  b.ping_score = ping_score();
  b.digest = config_.digest;
  b.attrs = attrs_;
  for (const Group& g : groups_) {
    GroupBeat gb;
    gb.name = g.config.name;
    switch (g.phase) {
      case Phase::Idle: gb.holding = Holding::Idle; break;
      case Phase::Claiming: gb.holding = Holding::Claim; break;
      case Phase::Starting:
      case Phase::Owning: gb.holding = Holding::Own; break;
      case Phase::Stopping: gb.holding = Holding::Release; break;
      case Phase::Stuck: gb.holding = Holding::Stuck; break;
    }
    gb.giving_way = g.giving_way;
    gb.wants = now_ms_ < g.wants_until_ms;
    gb.held = g.held;
    gb.fit = is_fit(g) && now_ms_ >= g.hold_off_ms;
    gb.record = g.record;
    if (gb.holding == Holding::Claim) gb.claim = g.claim;
    b.groups.push_back(gb);
  }
  return b;
}

// What a receiver should know at once, not at the next keepalive.
std::string Cluster::beat_signature(const Beat& beat) const {
  Beat b = beat;
  b.ping_score = 0;
  b.attrs.clear();
  for (const char* loud : {"role", "source", "sync", "instance"}) {
    const std::string value = beat.attr(loud);
    if (!value.empty()) b.attrs[loud] = value;
  }
  return format_beat(b);
}

void Cluster::send_beats() {
  Beat b = make_beat();
  const std::string signature = beat_signature(b);
  const bool greet = peer_.took_greeting() | witness_.took_greeting();
  if (now_ms_ < next_beat_ms_ && signature == last_signature_ && !greet) {
    return;
  }
  last_signature_ = signature;
  next_beat_ms_ = now_ms_ + config_.keepalive_ms;
  b.to = config_.peer.size() > config_.witness.size() ? config_.peer
                                                       : config_.witness;
  if (trim_beat(&b)) {
    trim_warned_ = false;
  } else if (!trim_warned_) {
    trim_warned_ = true;
    note(LogLevel::Err, "beats are too long, groups are left out of them: "
         "give both nodes the same haresources");
  }
  Action a(ActionKind::SendBeat);
  peer_.stamp(now_ms_, &b);
  a.beat = b;
  actions_.push_back(a);
  if (!config_.witness.empty()) {
    witness_.stamp(now_ms_, &b);
    a.beat = b;
    actions_.push_back(a);
  }
  if (leaving_ && leave_sent_ms_ == 0) leave_sent_ms_ = now_ms_;
}

uint64_t Cluster::next_due_ms() const {
  uint64_t due_ms = next_beat_ms_;
  for (const Group& g : groups_) {
    if (g.lifeline_written_ms > now_ms_) {
      due_ms = std::min(due_ms, g.lifeline_written_ms);
    }
  }
  // Deadlines of silence are met to the millisecond, not to the keepalive.
  if (peer_.heard() && !peer_silent_) {
    const uint64_t last_ms =
        std::min(peer_.last_ms(), peer_.confirmed_at_ms());
    for (uint64_t wait_ms : {config_.warntime_ms, config_.deadtime_ms}) {
      const uint64_t mark_ms = last_ms + wait_ms + 1;
      if (mark_ms > now_ms_) due_ms = std::min(due_ms, mark_ms);
    }
  }
  return std::max(due_ms, now_ms_);
}

std::vector<Action> Cluster::take_actions() {
  std::vector<Action> out;
  out.swap(actions_);
  return out;
}

void Cluster::note(LogLevel level, const char* fmt, ...) {
  Action a(ActionKind::Log);
  a.level = level;
  va_list ap;
  va_start(ap, fmt);
  a.text = tandem::vformat(fmt, ap);
  va_end(ap);
  actions_.push_back(a);
}

// For the notify event. g: the group it is about, or none.
void Cluster::tell(const Group* g, const char* what,
                   const std::string& reason) {
  if (!config_.has_notify) return;
  Action a(ActionKind::Notify);
  a.hook.kind = HookKind::Event;
  a.hook.event = "notify";
  a.hook.what = what;
  a.hook.reason = reason;
  a.hook.group = g ? index_of(g) : kNoGroup;
  a.hook.epoch = g ? g->record.epoch : epoch_seen_;
  if (g) a.hook.sync = g->record.paired.empty() ? "alone" : "paired";
  if (g) a.hook.grant = g->grant;
  actions_.push_back(a);
}

// The same to the log and to the notify event; about no group.
void Cluster::say(LogLevel level, const char* what, const std::string& text) {
  note(level, "%s", text.c_str());
  tell(nullptr, what, text);
}

Path Cluster::wait_for(Group* g, const std::string& what) {
  g->waiting_next = what;
  return Path::None;
}

// Once, until it changes.
void Cluster::say_why_they_wait() {
  for (Group& g : groups_) {
    if (g.waiting_next != g.waiting && !g.waiting_next.empty()) {
      note(LogLevel::Warn, "group %s waits: %s", g.config.name.c_str(),
           g.waiting_next.c_str());
    }
    g.waiting = g.waiting_next;
  }
}

size_t Cluster::index_of(const Group* g) const {
  return static_cast<size_t>(g - groups_.data());
}

std::string Cluster::attr(const char* key) const {
  return tandem::attr_value(attrs_, key);
}

std::string Cluster::peer_attr(const char* key) const {
  return peer_.beat().attr(key);
}

}  // namespace hbd
