// Inputs, and the turn that settles them.
// Invariants: at most one hook of a group at a time; a Persist stands before
// any beat or hook that relies on it; nothing here knows a clock.
#include "hbd/decide/cluster.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/again.h"
#include "hbd/decide/beside.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const int kSettleTurnsMax = 64;

const char* arbiter_name(const Config& c) {
  if (c.has_witness()) return c.witness.c_str();
  return c.ping_count > 0 ? "ping" : "none";
}

}  // namespace

Cluster::Cluster(const Config& config, uint64_t incarnation,
                 const State& stored, bool had_state, uint64_t now_ms)
    : view_(config, incarnation, had_state ? stored.blank : true,
            had_state ? stored.epoch : 0, now_ms),
      out_(&view_, &groups_), sender_(now_ms) {
  out_.mark_dirty();  // the incarnation, before the first beat
  restore(had_state ? stored : State());
  out_.log(LogLevel::Info, "node %s starts pair=%s peer=%s arbiter=%s%s",
           config.self.c_str(), config.pair.c_str(), config.peer.c_str(),
           arbiter_name(config), view_.blank ? " blank" : "");
  if (!config.has_arbiter()) {
    out_.log(LogLevel::Warn,
        "no arbiter: a cut of the network gives two primaries");
  }
  settle();
}

void Cluster::restore(const State& stored) {
  std::vector<std::string> names;
  for (const GroupState& s : stored.groups) names.push_back(s.name);
  const std::vector<size_t> index =
      match_names(view_.agreement.groups, names);
  for (const Told& t : stored.told) {
    if (t.node == view_.config.peer) view_.peer.restore(t.agreement);
  }
  view_.maintenance.restore(view_.now_ms, stored.maintenance);
  const uint64_t hold_ms = view_.maintenance.hold_ms(view_.config.self);
  for (const GroupConfig& c : view_.config.groups) {
    groups_.push_back(Group(c, groups_.size()));
    Group* g = &groups_.back();
    for (size_t k = 0; k < stored.groups.size(); ++k) {
      const GroupState& s = stored.groups[k];
      if (index[k] != g->index) continue;
      g->record = s.record;
      g->need_follow = s.need_follow;
      g->owning = s.owning;
      g->pairing.unagreed = s.unagreed;
    }
    view_.epoch_seen = std::max(view_.epoch_seen, g->record.epoch);
    // The node owned when the file was written: an hbd that was killed left
    // its hooks' work behind. Begin from a known state.
    g->owner.told = g->owning;
    if (g->owning && view_.maintenance.has_agreed() &&
        hold_ms > view_.now_ms && g->record.owner == view_.config.self) {
      keep_on(view_, g, hold_ms, &out_);
    } else if (g->owning) {
      release(g, Why::InOrder, "left over from before this start", &out_);
    }
  }
}

// ---- inputs ---------------------------------------------------------------

// Every input begins here. Notices how late this process is: the caller is
// due at least every keepalive.
void Cluster::enter(uint64_t now_ms) {
  TANDEM_ASSERT(now_ms >= view_.now_ms);
  const Config& c = view_.config;
  const uint64_t gap_ms = now_ms - view_.now_ms;
  view_.now_ms = now_ms;
  if (gap_ms <= 2 * c.keepalive_ms) return;
  view_.no_judge_until_ms = now_ms + c.warntime_ms;
  const uint64_t late_ms = gap_ms - c.keepalive_ms;
  out_.log(LogLevel::Warn, "node %s was late late_ms=%" PRIu64,
           c.self.c_str(), late_ms);
  if (gap_ms <= c.lease_ms + c.keepalive_ms ||
      view_.maintenance.is_agreed(now_ms)) {
    return;
  }
  out_.notify(nullptr, "late", "node " + c.self + " was late by " +
              tandem::format_duration_ms(late_ms));
  for (Group& g : groups_) {
    force_release(&g, "late by more than the lease", &out_);
  }
}

void Cluster::on_tick(uint64_t now_ms) {
  enter(now_ms);
  judge_peer();
  judge_witness();
  if (const char* why = view_.server.judge(view_.now_ms)) {
    out_.log(LogLevel::Err, "%s: the local server counts as down", why);
  }
  settle();
}

void Cluster::on_beat(uint64_t now_ms, const Beat& beat) {
  enter(now_ms);
  const Config& c = view_.config;
  const bool ours = beat.pair == c.pair && beat.to == c.self;
  if (ours && !beat.witness && beat.from == c.peer) {
    take_peer_beat(with_our_names(beat));
  } else if (ours && beat.witness && c.has_witness() &&
             beat.from == c.witness) {
    take_witness_beat(beat);
  } else {
    return;
  }
  settle();
}

void Cluster::take_peer_beat(const Beat& beat) {
  const std::string& peer = view_.config.peer;
  const Peer::News news = view_.peer.take(view_.now_ms, beat);
  if (!news.counts) return;
  if (news.restarted) {
    out_.log(LogLevel::Info, "node %s has restarted", peer.c_str());
    end_fence(&view_);
    // Who agreed to take what a standby gave is gone.
    for (Group& g : groups_) {
      g.orders.hold_off_ms = 0;
      g.failback.since_ms = 0;
      g.orders.forced_here = false;
    }
  }
  if (news.heard_again) {
    out_.notify_and_log(LogLevel::Info, "heard",
                        "node " + peer + " is heard again");
  }
  if (news.left) {
    end_fence(&view_);
    out_.log(LogLevel::Info, "node %s has left in order", peer.c_str());
  }
  if (news.differs) {
    out_.notify_and_log(LogLevel::Err, "differs",
                        "haresources differs from node " + peer + "'s");
  }
  const Peer& heard = view_.peer;
  if (news.told) say_differences();
  take_gossip(heard.hearing(), false);
}

// The peer may name a group by another address: see match_names().
Beat Cluster::with_our_names(const Beat& beat) const {
  Beat b = beat;
  const std::vector<std::string>& ours = view_.agreement.groups;
  const std::vector<size_t> index = match_names(ours, b.group_names());
  for (size_t k = 0; k < index.size(); ++k) {
    if (index[k] < ours.size()) b.groups[k].name = ours[index[k]];
  }
  return b;
}

void Cluster::take_witness_beat(const Beat& beat) {
  if (!view_.witness.take(view_.now_ms, beat)) return;
  if (witness_warned_) {
    out_.notify_and_log(LogLevel::Info, "witness-back", "witness " +
                        view_.config.witness + " is heard again");
  }
  witness_warned_ = false;
  take_witness_times(beat.agreement);
  take_gossip(view_.witness, true);
}

void Cluster::take_witness_times(const Agreement& told) {
  if (told == witness_told_) return;
  witness_told_ = told;
  view_.peer.mind(told);
  for (const Difference& d : compare(view_.agreement, told)) {
    out_.notify_and_log(LogLevel::Err, "differs",
                        difference_text(d, "witness " + view_.config.witness));
  }
}

// What a beat says of records, ownership and our own beats.
void Cluster::take_gossip(const Hearing& from, bool from_witness) {
  const Beat& beat = from.beat();
  view_.epoch_seen = std::max(view_.epoch_seen, beat.epoch);
  if (view_.maintenance.take(view_.now_ms, beat.from, beat.maintenance)) {
    out_.mark_dirty();
    out_.mark_changed();
  }
  for (Group& g : groups_) {
    const GroupBeat* gb = beat.group(g.config.name);
    if (gb && !from_witness && gb->holding == Holding::Own) {
      g.seen_owner = true;
      g.orders.hold_off_ms = 0;
      g.claim.tie_since_ms = 0;  // another one is given its time anew
      // Until it gives way it owns; one such beat is no answer yet.
      if (gb->record.epoch > g.record.epoch) g.orders.wants_until_ms = 0;
    }
    if (gb) take_record(&view_, &g, *gb, beat.from, &out_);
  }
  for (Group& g : groups_) confirm_by_beat(from, from_witness, &g, view_);
}

void Cluster::on_watch(uint64_t now_ms, bool up, const tandem::Attrs& attrs) {
  enter(now_ms);
  const Server::News news = view_.server.on_line(view_.now_ms, up, attrs);
  if (news.up_changed) {
    out_.log(up ? LogLevel::Info : LogLevel::Warn, "server is %s",
             up ? "up" : "down");
  }
  if (news.instance_refused) {
    out_.log(LogLevel::Err,
        "watcher: an instance of more than %zu bytes is refused",
        kInstanceBytesMax);
  }
  for (Group& g : groups_) {
    // Its owner vouched for this start of our server before we knew which.
    if (g.need_follow && g.record.owner == view_.config.peer &&
        !g.record.alone() &&
        g.record.paired == view_.server.attr("instance")) {
      g.need_follow = false;
      out_.mark_dirty();
      out_.mark_changed();
    }
  }
  settle();
}

void Cluster::on_watch_lost(uint64_t now_ms) {
  enter(now_ms);
  view_.server.on_watcher_end(view_.now_ms);
  settle();
}

void Cluster::on_ping(uint64_t now_ms, size_t index) {
  enter(now_ms);
  view_.pings.on_answer(view_.now_ms, index);
  settle();
}

void Cluster::on_lifeline_broken(uint64_t now_ms, size_t group) {
  enter(now_ms);
  if (view_.maintenance.is_agreed(now_ms) && group < groups_.size()) {
    out_.log(LogLevel::Warn, "group %s: the address's keeper is gone, and it is on hold",
             groups_[group].name());
    groups_[group].owner.kept = true;
  } else if (group < groups_.size()) {
    force_release(&groups_[group], "the address's keeper is gone", &out_);
  }
  settle();
}

void Cluster::on_hook_exit(uint64_t now_ms, uint32_t hook_id, bool ok,
                           const tandem::Attrs& attrs) {
  enter(now_ms);
  for (Group& g : groups_) {
    if (!g.hook.end(view_.now_ms, hook_id)) continue;
    out_.mark_changed();
    for (const auto& a : attrs) view_.server.publish(a.first, a.second);
    if (g.hook.kind() == HookKind::Event) {
      on_event_exit(&g, ok);
    } else {
      on_resource_exit(view_, &g, ok, &out_);
    }
  }
  settle();
}

void Cluster::on_status_exit(uint64_t now_ms, uint32_t hook_id, int code) {
  enter(now_ms);
  for (Group& g : groups_) {
    if (hbd::on_status_exit(view_, &g, hook_id, code, &out_)) break;
  }
  settle();
}

void Cluster::on_event_exit(Group* g, bool ok) {
  switch (g->hook.event()) {
    case EventRun::None: break;
    case EventRun::Alone: on_alone_exit(view_, g, ok, &out_); break;
    case EventRun::Paired: on_paired_exit(&view_, g, ok, &out_); break;
    case EventRun::Follow: on_follow_exit(&view_, g, ok, &out_); break;
    case EventRun::Rebuild: on_rebuild_exit(view_, g, ok, &out_); break;
    case EventRun::Fence: on_fence_exit(&view_, g, ok, &out_); break;
    case EventRun::Drain:
    case EventRun::Gate: on_drain_exit(view_, g, &out_); break;
  }
}

void Cluster::on_command(uint64_t now_ms, uint32_t command_id,
                         const Command& c) {
  enter(now_ms);
  Action reply(ActionKind::Reply);
  reply.command_id = command_id;
  reply.ok = true;
  if (c.kind == CommandKind::Maintenance) {
    reply.text = order_maintenance(&view_, groups_, c.limit_ms, &reply.ok,
                                   &out_);
    out_.add(reply);
    return settle();
  }
  for (Group& g : groups_) {
    if (!c.group.empty() && c.group != g.config.name) continue;
    bool ok;
    const std::string text = obey(view_, &g, c, &ok, &out_);
    reply.ok = reply.ok && ok;
    if (!reply.text.empty()) reply.text += "; ";
    reply.text += g.config.name + ": " + text;
    out_.mark_changed();
  }
  if (reply.text.empty()) {
    reply.ok = false;
    reply.text = "no such group: " + c.group;
  }
  out_.add(reply);
  settle();
}

void Cluster::on_stop(uint64_t now_ms) {
  enter(now_ms);
  if (leaves_as_is_ || may_leave_as_is()) {
    if (!leaves_as_is_) {
      out_.log(LogLevel::Warn, "node %s stops in a maintenance: what it owns stays as it is",
               view_.config.self.c_str());
    }
    leaves_as_is_ = true;
    return settle();
  }
  if (view_.maintenance.is_on(now_ms)) {
    end_maintenance(&view_, "hbd stops, and cannot leave what it owns as it is",
                    &out_);
  }
  if (!view_.stopping) {
    out_.log(LogLevel::Info, "node %s stops", view_.config.self.c_str());
  }
  view_.stopping = true;
  settle();
}

// Nothing moves here, and every keeper is on hold or there is none of ours.
bool Cluster::may_leave_as_is() const {
  if (!view_.maintenance.is_agreed(view_.now_ms) || view_.stopping) {
    return false;
  }
  for (const Group& g : groups_) {
    const bool held = g.phase == Phase::Owning && g.lease.is_on_hold();
    if (g.phase != Phase::Idle && !held) return false;
  }
  return true;
}

// An event that runs is done over by the next hbd.
void Cluster::step_leaving() {
  bool busy = false;
  for (Group& g : groups_) {
    g.hook.kill(&out_);
    stop_asking(&g, &out_);
    busy = busy || g.hook.is_busy();
  }
  exited_ = exited_ || !busy;
}

// ---- settling -------------------------------------------------------------

// Runs every group until nothing changes any more, then tells the world.
void Cluster::settle() {
  if (exited_) return;
  if (view_.peer.is_there() && peer_is_well(view_, groups_)) {
    end_fence(&view_);
  }
  // Of the same ping nodes only, and what is said now.
  const Config& c = view_.config;
  const bool comparable = c.ping_count > 0 && !view_.disagrees() &&
                          view_.peer.is_there() &&
                          view_.peer_heard_within(2 * c.keepalive_ms);
  view_.pings.compare(view_.now_ms,
                      comparable ? view_.peer.beat().ping_score : 0);
  for (Group& g : groups_) g.lease.renew_unconfirmed(view_, g);
  step_maintenance(&view_, &groups_, &out_);
  if (leaves_as_is_) step_leaving();
  int turns = 0;
  uint64_t before;
  while (!leaves_as_is_) {
    before = out_.changes();
    for (Group& g : groups_) {
      view_.server_at = find_server(view_, groups_[0]);
      step(&g);
    }
    exited_ = exited_ ||
              (view_.stopping && leaving_.step(view_, &groups_, &out_));
    TANDEM_ASSERT(++turns < kSettleTurnsMax);
    if (out_.changes() == before) break;
  }
  for (Group& g : groups_) note_fitness(view_, &g);
  say_why_they_wait();
  say_troubles();
  for (Group& g : groups_) g.lease.write(view_, g, &out_);
  out_.persist();
  if (!leaves_as_is_) {
    sender_.step(&view_, groups_, leaving_.has_begun(), &out_);
  }
  if (exited_) out_.add(Action(ActionKind::Exit));
}

void Cluster::step(Group* g) {
  g->waiting.kind = Wait();
  check_right(view_, g, &out_);
  g->orders.grow_stale(view_.now_ms);
  switch (g->phase) {
    case Phase::Idle: step_idle(&view_, groups_, g, &out_); break;
    case Phase::Claiming: step_claiming(&view_, g, &out_); break;
    case Phase::Starting: step_starting(view_, g, &out_); break;
    case Phase::Owning: step_owning(&view_, g, &out_); break;
    case Phase::Stopping: step_stopping(view_, g, &out_); break;
    case Phase::Stuck: step_stuck(view_, g, &out_); break;
  }
}

uint64_t Cluster::next_due_ms() const {
  uint64_t due_ms = std::min(
      sender_.next_due_ms(),
      std::max(view_.peer.next_due_ms(), view_.no_judge_until_ms));
  for (const Group& g : groups_) {
    if (g.lease.lifeline_ms() > view_.now_ms) {
      due_ms = std::min(due_ms, g.lease.lifeline_ms());
    }
    due_ms = std::min(due_ms, liveness_due_ms(view_, g));
  }
  due_ms = std::min(due_ms, view_.server.next_due_ms());
  return std::max(due_ms, view_.now_ms);
}

void Cluster::reconfigure(const Config& config) {
  if (view_.reconfigure(config)) say_differences();
  out_.mark_changed();
}

Status Cluster::status(uint64_t now_ms) const {
  return node_status(view_, groups_, now_ms);
}

}  // namespace hbd
