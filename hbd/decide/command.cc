// What an operator asks by hbctl: standby, takeover, init. Each is answered
// at once with what will happen or why it will not; hbctl watches the rest.
#include "hbd/decide/core.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

std::string Cluster::command_on(Group* g, const Command& c, bool* ok) {
  const GroupBeat* pg = peer_group(*g);
  const bool takes = c.kind == CommandKind::Takeover ||
                     c.kind == CommandKind::ForceTakeover;
  *ok = takes && (g->phase == Phase::Owning || g->phase == Phase::Starting);
  if (*ok) return "this node owns it already";
  switch (c.kind) {
    case CommandKind::Standby:
      if (g->phase != Phase::Owning) {
        return "this node does not own it (" +
               std::string(phase_name(g->phase)) + ")";
      }
      if (!peer_may_take(*g)) {
        return config_.peer + " may not take it: see hbctl status";
      }
      *ok = true;
      g->giving_way = g->held = true;
      kill_hook(g);
      release(g, Why::Standby, "standby by an operator");
      return "released to " + config_.peer;
    case CommandKind::Takeover:
      if (!is_fit(*g)) return "this node is not fit: " + unfit_why(*g);
      if (!we_hold_all(*g)) return may_lack(*g) + "; -f REASON overrides";
      if (!pg || peer_silent_ || pg->holding != Holding::Own) {
        return "nobody owns it and it was not taken by itself: " +
               (g->waiting.empty() ? std::string("see hbctl status")
                                   : g->waiting) + "; -f REASON overrides";
      }
      *ok = true;
      g->hold_off_ms = 0;
      g->wants_until_ms = now_ms_ + 10000;
      return "asked " + config_.peer + " to give it up";
    case CommandKind::ForceTakeover:
      *ok = true;
      g->force_reason = c.reason;
      g->force_ms = now_ms_;
      g->pause_until_ms = 0;
      g->hold_off_ms = 0;
      note(LogLevel::Err, "group %s: takeover forced by an operator: %s",
           g->config.name.c_str(), c.reason.c_str());
      tell(g, "forced", c.reason);
      return "taken over by force";
    case CommandKind::Init:
      if (!g->record.none()) {
        return "there is a record already (" + record_text(g->record) +
               "); takeover -f REASON overrides it";
      }
      if (!peer_.heard() && now_ms_ - started_ms_ <= config_.initdead_ms) {
        return "not yet: " + config_.peer + " was not heard since this start "
               "and may hold a record";
      }
      *ok = true;
      g->force_reason = kInitReason;
      g->force_ms = now_ms_;
      note(LogLevel::Warn, "group %s: first record written by an operator",
           g->config.name.c_str());
      return "this node becomes the first owner";
  }
  return "?";
}

void Cluster::on_command(uint64_t now_ms, uint32_t command_id,
                         const Command& c) {
  enter(now_ms);
  Action reply(ActionKind::Reply);
  reply.command_id = command_id;
  reply.ok = true;
  for (Group& g : groups_) {
    if (!c.group.empty() && c.group != g.config.name) continue;
    bool ok;
    const std::string text = command_on(&g, c, &ok);
    reply.ok = reply.ok && ok;
    if (!reply.text.empty()) reply.text += "; ";
    reply.text += g.config.name + ": " + text;
    ++changes_;
  }
  if (reply.text.empty()) {
    reply.ok = false;
    reply.text = "no such group: " + c.group;
  }
  actions_.push_back(reply);
  settle();
}

}  // namespace hbd
