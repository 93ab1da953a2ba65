// The witness: one holder a group at a time. It confirms the owner of the
// record it has stored, by sending that record with the number of the last
// beat heard; it grants a claim by storing the claim's record.
#include "hbd/decide/witness.h"

#include <inttypes.h>

#include <algorithm>

#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const size_t kGroupsMax = 16;
}  // namespace

Witness::Witness(const WitnessConfig& config, uint64_t incarnation,
                 const State& stored, bool had_state, uint64_t now_ms)
    : config_(config), now_ms_(now_ms), started_ms_(now_ms),
      next_beat_ms_(now_ms), no_judge_until_ms_(0),
      nodes_{Hearing(config.nodes[0], incarnation, config.deadtime_ms),
             Hearing(config.nodes[1], incarnation, config.deadtime_ms)},
      incarnation_(incarnation),
      maintenance_(config.nodes[0], config.nodes[1]),
      epoch_seen_(had_state ? stored.epoch : 0), dirty_(true),
      changed_(false) {
  for (const GroupState& s : stored.groups) {
    Group* g = had_state ? find_or_add(s.name) : nullptr;
    if (g) g->record = s.record;
  }
  for (const Told& t : stored.told) {
    for (size_t n = 0; n < 2; ++n) {
      if (t.node == config.nodes[n]) told_[n] = t.agreement;
    }
  }
  maintenance_.restore(now_ms, stored.maintenance);
  note(LogLevel::Info, "witness " + config_.self + " starts pair=" +
       config_.pair);
  persist();
}

Witness::Group* Witness::find_or_add(const std::string& name) {
  for (Group& g : groups_) {
    if (g.name == name) return &g;
  }
  // Full: one that is in neither node's haresources any more makes room.
  for (size_t i = 0; i < groups_.size() && groups_.size() >= kGroupsMax; ++i) {
    if (!nodes_[0].heard() || nodes_[0].beat().group(groups_[i].name) ||
        !nodes_[1].heard() || nodes_[1].beat().group(groups_[i].name)) {
      continue;
    }
    note(LogLevel::Info,
        "group " + groups_[i].name + " is forgotten: no node has it");
    groups_.erase(groups_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  if (groups_.size() >= kGroupsMax) return nullptr;
  groups_.push_back(Group(name));
  return &groups_.back();
}

void Witness::enter(uint64_t now_ms) {
  TANDEM_ASSERT(now_ms >= now_ms_);
  if (now_ms - now_ms_ > 2 * config_.keepalive_ms) {
    no_judge_until_ms_ = now_ms + config_.keepalive_ms;
  }
  now_ms_ = now_ms;
}

void Witness::on_tick(uint64_t now_ms) {
  enter(now_ms);
  answer_claims();
  persist();
  if (now_ms_ >= next_beat_ms_ || changed_) send_beats();
}

void Witness::on_beat(uint64_t now_ms, const Beat& beat) {
  enter(now_ms);
  if (beat.pair != config_.pair || beat.to != config_.self || beat.witness) {
    return;
  }
  const size_t from = beat.from == config_.nodes[0] ? 0 : 1;
  if (beat.from != config_.nodes[from]) return;
  std::vector<std::string> called;
  if (nodes_[from].take(now_ms_, with_our_names(from, beat, &called))) {
    for (size_t i = 0; i < called.size(); ++i) {
      if (!called[i].empty()) groups_[i].node_name[from] = called[i];
    }
    if (beat.epoch > epoch_seen_) {
      epoch_seen_ = beat.epoch;
      dirty_ = true;
    }
    if (maintenance_.take(now_ms_, beat.from, beat.maintenance)) {
      dirty_ = changed_ = true;
    }
    take_told(from, beat.agreement);
    take_records(from, nodes_[from].beat());
    rename_if_agreed();
    answer_claims();
  }
  if (nodes_[from].took_greeting()) changed_ = true;
  persist();
  if (now_ms_ >= next_beat_ms_ || changed_) send_beats();
}

void Witness::adopt(Group* g, const Record& r, const std::string& why) {
  // Whoever it is may own already, confirmed by its peer: our own waiting
  // time begins now.
  if (r.owner != g->record.owner || r.epoch != g->record.epoch) {
    g->confirmed_ms = now_ms_;
  }
  g->record = r;
  epoch_seen_ = std::max(epoch_seen_, r.epoch);
  dirty_ = true;
  changed_ = true;
  note(LogLevel::Info, "group " + g->name + " " + why + ": " + record_text(r));
}

// A node may call a group by another address than the other one, or than the
// stored record: see match_names(). called: what it calls each group of ours,
// if this beat counts, which is not known yet.
Beat Witness::with_our_names(size_t from, const Beat& beat,
                             std::vector<std::string>* called) const {
  Beat b = beat;
  called->assign(groups_.size(), std::string());
  const Hearing& other = nodes_[1 - from];
  std::vector<std::string> ours = other.beat().group_names();
  if (!other.heard()) {
    for (const Group& g : groups_) ours.push_back(g.name);
  }
  const std::vector<size_t> index = match_names(ours, b.group_names());
  for (size_t k = 0; k < index.size(); ++k) {
    GroupBeat* gb = &b.groups[k];
    const std::string theirs = gb->name;
    for (size_t i = 0; i < groups_.size(); ++i) {
      const std::string& name = groups_[i].name;
      const bool same = name == theirs ||
                        (index[k] < ours.size() && ours[index[k]] == name);
      if (!same) continue;
      (*called)[i] = theirs;
      gb->name = name;
      break;
    }
  }
  return b;
}

// Both nodes have another name for it now.
void Witness::rename_if_agreed() {
  for (Group& g : groups_) {
    if (g.node_name[0].empty() || g.node_name[0] != g.node_name[1] ||
        g.node_name[0] == g.name) {
      continue;
    }
    note(LogLevel::Info, "group " + g.name + " is called " + g.node_name[0] +
         " now");
    g.name = g.node_name[0];
    dirty_ = true;
  }
}

void Witness::take_told(size_t from, const Agreement& told) {
  if (told == told_[from]) return;
  told_[from] = told;
  dirty_ = true;
  const std::string& node = config_.nodes[from];
  for (const Difference& d : compare(Agreement(config_), told)) {
    note(LogLevel::Err, difference_text(d, node) +
         ": the longest deadtime counts");
  }
  if (told.is_told() && !told.counts_on_witness(config_.self)) {
    note(LogLevel::Err,
        "node " + node + " does not count on this witness: nothing that it owns is granted to the other");
  }
}

// Who owns lets go by its own times, and who takes over waits for those.
uint64_t Witness::deadtime_ms() const {
  return std::max(config_.deadtime_ms,
                  std::max(told_[0].deadtime_ms(), told_[1].deadtime_ms()));
}

void Witness::take_records(size_t from, const Beat& beat) {
  for (const GroupBeat& gb : beat.groups) {
    Group* g = find_or_add(gb.name);
    if (!g) continue;
    if (g->record.none()) {
      // Without a record of our own: only what both say.
      const GroupBeat* ob = nodes_[1 - from].beat().group(gb.name);
      if (!gb.record.none() && ob && ob->record == gb.record) {
        adopt(g, gb.record, "record told by both nodes");
      }
    } else if (is_newer(gb.record, g->record)) {
      adopt(g, gb.record, "record from " + beat.from);
    }
    if (g->record.owner == beat.from && !forced_against(*g, from)) {
      g->confirmed_ms = now_ms_;
    }
  }
}

// The other node's operator wants it whatever this node says.
bool Witness::forced_against(const Group& g, size_t holder) const {
  const Hearing& other = nodes_[1 - holder];
  const GroupBeat* gb = other.beat().group(g.name);
  return gb && gb->holding == Holding::Claim && gb->claim.forced &&
         other.heard_within(now_ms_, config_.lease_ms);
}

bool Witness::may_grant(const Group& g, size_t claimer,
                        std::string* why) const {
  const GroupBeat& cb = *nodes_[claimer].beat().group(g.name);
  const Claim& c = cb.claim;
  if (c.record.owner != config_.nodes[claimer] ||
      c.record.epoch <= g.record.epoch) {
    *why = "its epoch is not new";
    return false;
  }
  if (!c.forced && (c.base_epoch != g.record.epoch ||
                    c.base_version != g.record.version)) {
    *why = "it does not know the present record";
    return false;
  }
  if (g.record.owner == config_.nodes[claimer]) return true;
  const std::string& other = config_.nodes[1 - claimer];
  if (!c.forced && (maintenance_.is_on(now_ms_) ||
                    maintenance_.may_hold(now_ms_, other))) {
    *why = other + " may have its address on hold for a maintenance";
    return false;
  }
  // An owner that says it is idle in its epoch never owns that epoch again.
  const GroupBeat* hb = nodes_[1 - claimer].beat().group(g.name);
  if (hb && hb->holding == Holding::Idle &&
      hb->record.epoch >= g.record.epoch) {
    return true;
  }
  const Agreement& told = told_[1 - claimer];
  if (!c.forced && told.is_told() && !told.counts_on_witness(config_.self)) {
    *why = config_.nodes[1 - claimer] + " does not count on this witness";
    return false;
  }
  if (now_ms_ - started_ms_ <= deadtime_ms()) {
    *why = "this witness has started within the last deadtime";
    return false;
  }
  if (now_ms_ < no_judge_until_ms_ ||
      now_ms_ - g.confirmed_ms <= deadtime_ms()) {
    *why = g.record.owner + " was confirmed within the last deadtime";
    return false;
  }
  return true;
}

void Witness::answer_claims() {
  for (Group& g : groups_) {
    for (size_t n = 0; n < 2; ++n) {
      const GroupBeat* gb = nodes_[n].beat().group(g.name);
      // Without a record of our own (a new disk) an operator's word founds it.
      if (!gb || gb->holding != Holding::Claim ||
          (g.record.none() && !gb->claim.forced) ||
          !nodes_[n].heard_within(now_ms_, config_.lease_ms) ||
          (g.record.epoch == gb->claim.record.epoch &&
           (g.record.epoch == gb->record.epoch ||
            g.record.owner == config_.nodes[n]))) {  // granted already
        continue;
      }
      std::string why;
      if (may_grant(g, n, &why)) {
        g.refused[0].clear();
        g.refused[1].clear();
        adopt(&g, gb->claim.record, "granted to " + config_.nodes[n]);
        continue;
      }
      if (g.refused[n] == why) continue;
      g.refused[n] = why;
      note(LogLevel::Info, "group " + g.name + " refused to " +
           config_.nodes[n] + ": " + why);
    }
  }
}

uint64_t Witness::next_due_ms() const {
  uint64_t due_ms = next_beat_ms_;
  for (const Group& g : groups_) {
    const uint64_t free_ms =
        std::max(g.confirmed_ms, started_ms_) + deadtime_ms() + 1;
    // A claim that waits is granted on time, not at the next keepalive.
    if (free_ms > now_ms_) due_ms = std::min(due_ms, free_ms);
  }
  return std::max(due_ms, now_ms_);
}

void Witness::persist() {
  if (!dirty_) return;
  dirty_ = false;
  Action a(ActionKind::Persist);
  a.state.node = config_.self;
  a.state.incarnation = incarnation_;
  a.state.epoch = epoch_seen_;
  a.state.blank = false;
  for (size_t n = 0; n < 2; ++n) {
    if (!told_[n].is_told()) continue;
    a.state.told.push_back(Told{config_.nodes[n], told_[n]});
  }
  for (const Group& g : groups_) {
    GroupState s;
    s.name = g.name;
    s.record = g.record;
    a.state.groups.push_back(s);
  }
  a.state.maintenance = maintenance_.to_keep(now_ms_);
  actions_.push_back(a);
}

void Witness::send_beats() {
  changed_ = false;
  next_beat_ms_ = now_ms_ + config_.keepalive_ms;
  for (size_t n = 0; n < 2; ++n) {
    Action a(ActionKind::SendBeat);
    Beat& b = a.beat;
    b.pair = config_.pair;
    b.from = config_.self;
    b.epoch = epoch_seen_;
    b.witness = true;
    b.agreement = Agreement(config_);
    b.maintenance = maintenance_.to_say(now_ms_, config_.self);
    b.up = true;
    for (const Group& g : groups_) {
      // What it has not asked for has no room in its beat or in ours.
      if (!nodes_[n].beat().group(g.name)) continue;
      // While an operator takes it over, the holder is not confirmed.
      GroupBeat gb;
      gb.name = g.node_name[n].empty() ? g.name : g.node_name[n];
      gb.fit = !g.record.none();  // it knows of it
      if (g.record.owner != config_.nodes[n] || !forced_against(g, n)) {
        gb.record = g.record;
      }
      b.groups.push_back(gb);
    }
    nodes_[n].stamp(now_ms_, &b);
    actions_.push_back(a);
  }
}

std::vector<Action> Witness::take_actions() {
  std::vector<Action> out;
  out.swap(actions_);
  return out;
}

WitnessStatus Witness::status(uint64_t now_ms) const {
  WitnessStatus s;
  s.pair = config_.pair;
  s.witness = config_.self;
  for (size_t n = 0; n < 2; ++n) {
    s.nodes[n] = other_status(
        nodes_[n], now_ms,
        !nodes_[n].heard_within(now_ms, config_.deadtime_ms));
  }
  for (const Group& g : groups_) {
    GroupStatus group;
    group.name = g.name;
    group.record = g.record;
    s.groups.push_back(group);
  }
  return s;
}

Record Witness::record(const std::string& group) const {
  for (const Group& g : groups_) {
    if (g.name == group) return g.record;
  }
  return Record();
}

void Witness::note(LogLevel level, const std::string& text) {
  Action a(ActionKind::Log);
  a.level = level;
  a.text = text;
  actions_.push_back(a);
}

}  // namespace hbd
