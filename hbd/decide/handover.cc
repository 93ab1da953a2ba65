// Handing a group over in order: to whoever goes on when this node ends, and
// back to haresources' node (auto_failback).
// Invariant: nothing is given away here that the peer may not have.
#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/core.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const unsigned kFailbackDoublings = 6;
}  // namespace

// ---- the end of this node -------------------------------------------------

// With a witness that may be lost, only this node can agree to a successor:
// it stays until the peer owns what was owned here, or until the owner has
// gone alone and that is stored here.
bool Cluster::is_needed() const {
  if (config_.witness.empty() || peer_left_ ||
      !peer_.heard_within(now_ms_, config_.lease_ms)) {
    return false;
  }
  for (const Group& g : groups_) {
    const GroupBeat* pg = peer_group(g);
    if (!pg || !tracks(g)) continue;
    if (leaving_) {
      if (pg->holding == Holding::Own && pg->record.epoch == g.record.epoch &&
          !g.record.paired.empty()) {
        return true;
      }
    } else if (pg->holding == Holding::Claim ||
               (pg->holding == Holding::Idle && pg->fit &&
                g.record.owner == config_.self && peer_holds_all(g))) {
      return true;
    }
  }
  return false;
}

// The peer ended in order, and what it stored last says that we own the group
// alone: by that record it never takes it by itself, whoever it hears when it
// is started again. So it needs no lease while the witness is not heard.
bool Cluster::left_to_us(const Group& g) const {
  const GroupBeat* pg = peer_group(g);
  return peer_left_ && tracks(g) && !config_.witness.empty() && pg &&
         pg->holding == Holding::Idle && pg->record.owner == config_.self &&
         pg->record.paired.empty() && g.record.owner == config_.self &&
         g.record.paired.empty();
}

// Nothing is owned any more: say so until somebody heard it, then end.
void Cluster::step_leaving() {
  if (!stopping_ || exited_) return;
  for (const Group& g : groups_) {
    if (g.phase != Phase::Idle || g.hook_id != 0) return;
  }
  if (!leaving_) {
    if (leave_deadline_ms_ == 0) {
      leave_deadline_ms_ = now_ms_ + config_.deadtime_ms;
    }
    if (is_needed() && now_ms_ < leave_deadline_ms_) return;
    leaving_ = true;
    leave_deadline_ms_ = now_ms_ + config_.deadtime_ms;
    leave_sent_ms_ = 0;
    ++changes_;
    return;
  }
  const bool nobody = !peer_.heard_within(now_ms_, config_.deadtime_ms);
  const bool told = leave_sent_ms_ != 0 &&
                    peer_.confirmed_sent_ms() >= leave_sent_ms_ &&
                    peer_.confirmed_at_ms() > leave_sent_ms_;
  if (!nobody && (!told || is_needed()) && now_ms_ < leave_deadline_ms_) {
    return;
  }
  if (leave_sent_ms_ == 0 && !nobody) return;
  persist();
  send_beats();
  exited_ = true;
  actions_.push_back(Action(ActionKind::Exit));
}

// ---- back to the preferred node -------------------------------------------

// Who is in trouble itself, or may be, gives nothing away for order's sake.
bool Cluster::is_well_here(const Group& g) const {
  const std::string role = attr("role");
  return g.alone_stage == AloneStage::None && !g.forced_owner && watch_up_ &&
         !behind_on_pings() && now_ms_ >= no_judge_until_ms_ &&
         (config_.witness.empty() || witness_reachable()) &&
         (!g.config.server || role.empty() || role == "primary") &&
         peer_digest_ == config_.digest;
}

// An operator moved it away from haresources' node.
bool Cluster::is_held(const Group& g) const {
  if (g.config.preferred == config_.self) return g.held;
  const GroupBeat* pg = peer_group(g);
  return g.forced_here || (pg && pg->held);
}

// When it goes back if nothing comes between; 0 = not as things are.
uint64_t Cluster::failback_due_ms(const Group& g) const {
  if (g.phase != Phase::Owning || g.failback_since_ms == 0) return 0;
  const uint64_t wait_ms = config_.failback_wait_ms;
  const uint64_t due_ms = g.failback_since_ms + wait_ms;
  if (g.failbacks == 0) return due_ms;
  return std::max(due_ms, g.failback_ms +
                  (wait_ms << std::min(g.failbacks, kFailbackDoublings)));
}

// For status; "" when there is nothing to say.
std::string Cluster::failback_text(const Group& g) const {
  const bool ours = g.config.preferred == config_.self;
  if (!config_.auto_failback || (!ours && g.phase != Phase::Owning)) return "";
  if (is_held(g)) {
    return "no failback to " + g.config.preferred + ": an operator moved it";
  }
  if (ours) return "";
  const uint64_t due_ms = failback_due_ms(g);
  if (due_ms == 0) {
    return "failback to " + config_.peer + " waits until it may take it and "
           "all is well here";
  }
  return tandem::format("failback to %s in %" PRIu64 " s",
                        config_.peer.c_str(),
                        (std::max(due_ms, now_ms_) - now_ms_ + 999) / 1000);
}

// Called while Owning with no hook running. True: it is being released.
bool Cluster::step_failback(Group* g) {
  if (!config_.auto_failback || g->config.preferred != config_.peer) {
    return false;
  }
  const bool held = is_held(*g);
  if (held) g->failbacks = 0;  // an operator ended it, not a failure
  if (held || !peer_may_take(*g) || !is_well_here(*g)) {
    g->failback_since_ms = 0;
    return false;
  }
  if (g->failback_since_ms == 0) g->failback_since_ms = now_ms_;
  // It had it for so long that giving it back was not in vain.
  if (g->claim_ms - g->failback_ms > config_.failback_wait_ms) {
    g->failbacks = 0;
  }
  if (now_ms_ < failback_due_ms(*g)) return false;
  ++g->failbacks;
  g->failback_ms = now_ms_;
  g->giving_way = true;
  release(g, Why::Failback, tandem::format(
      "auto_failback: %s is preferred, and fit for %s", config_.peer.c_str(),
      tandem::format_duration_ms(now_ms_ - g->failback_since_ms).c_str()));
  g->failback_since_ms = 0;
  return true;
}

}  // namespace hbd
