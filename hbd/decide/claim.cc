// Who may own: records, the arbiter, the lease, and claims. By what right a
// node claims is in choose.cc.
// A claim's record becomes the record of the group only when somebody who
// has the right to agree has stored it: the peer (it neither owns nor
// claims), the witness (it confirms nobody else), or, where the rules allow
// it, this node alone. From then on it spreads, and the highest wins.
#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/core.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {
// A watcher's statement may take its deadline, and what it prints is as old.
const uint64_t kWatchLagMs = 1200;
}  // namespace

// ---- records --------------------------------------------------------------

void Cluster::adopt(Group* g, const Record& r, const std::string& from) {
  const bool new_owner =
      r.epoch > g->record.epoch && r.owner != config_.self;
  note(LogLevel::Info, "group %s record from %s: %s", g->config.name.c_str(),
       from.c_str(), record_text(r).c_str());
  epoch_seen_ = std::max(epoch_seen_, r.epoch);
  if (new_owner && config_.has_follow && g->config.server) {
    g->need_follow = true;
  }
  // Our own claim, agreed to after we gave it up: whoever agreed had not moved
  // on from the record that we knew, so nothing lies between that we lack.
  if (r.owner == config_.self && r.epoch > g->record.epoch) {
    g->need_follow = false;
  }
  // The owner vouches for this very start of our server.
  if (r.owner != config_.self && !r.paired.empty() &&
      r.paired == attr("instance")) {
    g->need_follow = false;
  }
  g->conflict = false;
  g->record = r;
  if (leaving_) leave_sent_ms_ = 0;  // our last word has changed
  dirty_ = true;
  ++changes_;
}

void Cluster::take_gossip(const Beat& beat, bool from_witness) {
  for (Group& g : groups_) {
    const GroupBeat* gb = beat.group(g.config.name);
    if (!gb) continue;
    if (!from_witness && gb->holding == Holding::Own) {
      g.seen_owner = true;
      g.hold_off_ms = 0;
      g.wants_until_ms = 0;
    }
    if (g.alone_unagreed && gb->record == g.record) {
      g.alone_unagreed = false;
      dirty_ = true;
    }
    if (is_newer(gb->record, g.record)) {
      adopt(&g, gb->record, beat.from);
    } else if (!gb->record.none() && gb->record.same_id(g.record) &&
               gb->record.owner != g.record.owner && !g.conflict) {
      note(LogLevel::Err, "group %s: epoch %" PRIu64 " has two owners; both "
           "release it, an operator decides (hbctl takeover -f)",
           g.config.name.c_str(), g.record.epoch);
      tell(&g, "conflict", "two owners with one epoch");
      g.conflict = true;
      ++changes_;
    }
  }
}

// A beat from the peer confirms when it neither owns nor claims and knows of
// no later owner; one from the witness when we are the holder.
void Cluster::note_confirmations(const Hearing& h, bool from_witness) {
  for (Group& g : groups_) {
    const GroupBeat* gb = h.beat().group(g.config.name);
    if (!gb || g.phase == Phase::Idle) continue;
    if (from_witness) {
      if (gb->record.owner == config_.self && gb->record.epoch == g.epoch) {
        g.witness_confirm_ms = h.confirmed_sent_ms();
      }
    } else if (gb->holding == Holding::Idle && gb->record.epoch <= g.epoch) {
      g.peer_confirm_ms = h.confirmed_sent_ms();
    }
  }
}

const GroupBeat* Cluster::peer_group(const Group& g) const {
  return peer_.beat().group(g.config.name);
}

const GroupBeat* Cluster::witness_group(const Group& g) const {
  return witness_.beat().group(g.config.name);
}

bool Cluster::witness_reachable() const {
  return !config_.witness.empty() &&
         witness_.heard_within(now_ms_, config_.lease_ms);
}

uint64_t Cluster::ping_score() const {
  uint64_t n = 0;
  for (uint64_t heard_ms : ping_ms_) {
    if (heard_ms != 0 && now_ms_ - heard_ms <= config_.deadtime_ms) ++n;
  }
  return n;
}

// The network has been there for long enough that a peer would be heard: the
// first answer after an isolation says nothing of the peer yet.
bool Cluster::ping_settled() const {
  return ping_score() > 0 && now_ms_ - ping_since_ms_ >= config_.deadtime_ms;
}

// Heard, and not because a stop of it failed (it says Release while it tries
// again).
bool Cluster::peer_is_well(const Group& g) const {
  const GroupBeat* pg = peer_group(g);
  return pg && !peer_silent_ && pg->holding != Holding::Stuck &&
         (pg->giving_way || pg->holding != Holding::Release);
}

bool Cluster::behind_on_pings() const {
  return config_.ping_count > 0 && peer_.heard() && !peer_silent_ &&
         now_ms_ - started_ms_ > config_.deadtime_ms &&
         peer_.beat().ping_score > ping_score();
}

// ---- who may own ----------------------------------------------------------

uint64_t Cluster::may_own_until(const Group& g) const {
  if (!has_arbiter()) return now_ms_ + config_.lease_ms;
  uint64_t confirmed_ms = g.peer_confirm_ms;
  if (!config_.witness.empty()) {
    confirmed_ms = std::max(confirmed_ms, g.witness_confirm_ms);
  } else {
    for (uint64_t heard_ms : ping_ms_) {
      confirmed_ms = std::max(confirmed_ms, heard_ms);
    }
  }
  // Once somebody is heard again, a lease is left to be confirmed by them.
  return std::max(g.forced_until_ms,
                  confirmed_ms == 0 ? 0 : confirmed_ms + config_.lease_ms);
}

// Why this node would not take the group; "" when it is fit.
std::string Cluster::unfit_why(const Group& g) const {
  if (!watch_known_) return "nothing is known of the local server yet";
  if (!watch_up_) return "the local server is down";
  if (g.phase == Phase::Stuck) return "a stop hook failed";
  if (g.conflict) return "two nodes own one epoch";
  if (blank_) return "this node is blank (no state file)";
  if (g.need_follow) return "this node is kept out until it follows";
  if (now_ms_ < g.pause_until_ms) return "a start failed a moment ago";
  if (behind_on_pings()) return "the peer hears more ping nodes";
  if (stopping_) return "hbd stops";
  return std::string();
}

bool Cluster::is_fit(const Group& g) const { return unfit_why(g).empty(); }

bool Cluster::is_fit_or_says(Group* g) {
  const std::string why = unfit_why(*g);
  if (!why.empty()) wait_for(g, why);
  return why.empty();
}

// Fit, and with every acknowledged write.
bool Cluster::is_ready_or_says(Group* g, const std::string& who) {
  if (!is_fit_or_says(g)) return false;
  if (!we_hold_all(*g)) wait_for(g, who + may_lack(*g));
  return we_hold_all(*g);
}

std::string Cluster::may_lack(const Group& g) const {
  return "this node may lack acknowledged writes (record: " +
         record_text(g.record) + ")";
}

// Whether the server of that node, whose attributes these are, has every
// acknowledged write.
bool Cluster::holds_all_writes(const Group& g, const std::string& node,
                               const tandem::Attrs& attrs) const {
  if (g.record.none()) return false;
  if (!tracks(g)) return true;
  const std::string instance = tandem::attr_value(attrs, "instance");
  const tandem::Attrs::const_iterator role = attrs.find("role");
  if (g.record.owner == node) {
    // A server forgets its source only after it has applied everything.
    return g.record.owner_instance.empty() ||
           instance == g.record.owner_instance ||
           (role != attrs.end() && role->second != "replica");
  }
  return !g.record.paired.empty() && instance == g.record.paired;
}

bool Cluster::we_hold_all(const Group& g) const {
  return holds_all_writes(g, config_.self, attrs_);
}

bool Cluster::peer_holds_all(const Group& g) const {
  return peer_.heard() &&
         holds_all_writes(g, config_.peer, peer_.beat().attrs);
}

// What a claim of ours says of our data until the start hooks have succeeded.
void Cluster::describe_claim(const Group& g, Record* claimed) const {
  const Record& known = g.record;
  const bool forced = g.path == Path::Force;
  if (!tracks(g) || known.none() || forced) return;
  if (known.owner == config_.self) {
    claimed->owner_instance = known.owner_instance;
    claimed->back = known.back;
  } else if (known.owner_instance.empty() || !known.back) {
    claimed->owner_instance = attr("instance");
    claimed->back = known.owner_instance.empty();
  }
  // else: handed back to us, who had everything before
}

// The peer is heard, would take the group, and has every acknowledged write.
bool Cluster::peer_may_take(const Group& g) const {
  const GroupBeat* pg = peer_group(g);
  return pg && !peer_silent_ && !peer_left_ &&
         peer_.heard_within(now_ms_, config_.lease_ms) && pg->fit &&
         pg->holding == Holding::Idle && pg->record == g.record &&
         peer_holds_all(g);
}

bool Cluster::peer_is_better(const Group& g) const {
  if (g.record.owner == config_.peer) return true;
  if (g.record.owner == config_.self) return false;
  if (g.config.preferred == config_.self) return false;
  return g.config.preferred == config_.peer || config_.peer < config_.self;
}

// ---- claims ---------------------------------------------------------------

// The lower name takes odd numbers, the other one even numbers: two claims
// made at once, one granted by the witness and one agreed to by the peer, are
// then never records of one epoch.
uint64_t Cluster::next_epoch() const {
  const uint64_t next = epoch_seen_ + 1;
  const uint64_t parity = config_.self < config_.peer ? 1 : 0;
  return next % 2 == parity ? next : next + 1;
}

void Cluster::begin_claim(Group* g, Path path) {
  static const struct { const char* grant; const char* why; } kRights[] = {
      {"none", ""}, {"peer", "the peer is heard and idle"},
      {"peer", "the peer left in order"}, {"witness", "the peer is silent"},
      {"ping", "the peer is silent, a ping node answers"},
      {"none", "this node owned it alone"}, {"fence", "the peer is fenced"},
      {"force", "takeover by an operator"}};
  for (const Group& other : groups_) {
    if (config_.one_claim && other.phase == Phase::Claiming) {
      wait_for(g, "group " + other.config.name + " claims first");
      return;
    }
  }
  const bool holds = we_hold_all(*g);
  epoch_seen_ = next_epoch();
  g->base = g->record;
  g->path = path;
  g->grant = g->fenced ? "fence" : kRights[static_cast<size_t>(path)].grant;
  g->epoch = epoch_seen_;
  g->claim = Claim();
  g->claim.base_epoch = g->record.epoch;
  g->claim.base_version = g->record.version;
  g->claim.forced = path == Path::Force;
  g->claim.record.epoch = g->epoch;
  g->claim.record.version = 1;
  g->claim.record.owner = config_.self;
  const std::string pos = attr("pos");
  if (tracks(*g) && tandem::escape_word(pos).size() <= config_.pos_bytes_max) {
    g->claim.record.start_pos = pos;
  }
  g->claim.record.from =
      g->record.none() ? "none" : tracks(*g) && holds ? "paired" : "alone";
  // An owner that starts again after an `alone` time of its own had no
  // replica that could be behind it: what the old record said still holds.
  if (holds && g->record.paired.empty() && g->record.owner == config_.self) {
    g->claim.record.from = "alone";
  }
  describe_claim(*g, &g->claim.record);
  g->claim_ms = now_ms_;
  g->peer_confirm_ms = 0;
  g->witness_confirm_ms = 0;
  dirty_ = true;
  g->reason = kRights[static_cast<size_t>(path)].why;
  if (path == Path::Force) g->reason += ": " + g->force_reason;
  set_phase(g, Phase::Claiming, g->reason);
}

void Cluster::step_idle(Group* g) {
  if (accept_peer_claim(g)) return;
  if (g->hook_id != 0) {
    // It is alive after all: do not shoot it.
    if (g->event == EventRun::Fence && peer_is_well(*g)) kill_hook(g);
    return;
  }
  if (peer_is_well(*g)) g->fenced = false;
  const Path path = now_ms_ < g->hold_off_ms && g->force_reason.empty()
                        ? Path::None
                        : choose_path(g);
  if (path == Path::Fence && !g->fenced) {
    if (now_ms_ >= g->fence_retry_ms) {
      run_fence(g, config_.peer + " is silent");
    }
    return;
  }
  if (path != Path::None) return begin_claim(g, path);
  hand_back(g);
  step_follow(g);
}

// The peer claims, and we neither own nor claim: agree by storing its record.
// The next beat carries it, after the Persist.
bool Cluster::accept_peer_claim(Group* g) {
  const GroupBeat* pg = peer_group(*g);
  if (!pg || pg->holding != Holding::Claim ||
      !peer_.heard_within(now_ms_, config_.lease_ms)) {
    return false;
  }
  const Claim& c = pg->claim;
  if (c.record.owner != config_.peer || c.record.epoch <= g->record.epoch) {
    return false;
  }
  const bool same_base = c.base_epoch == g->record.epoch &&
                         c.base_version == g->record.version;
  if (!same_base && !c.forced) return false;
  if (!g->force_reason.empty()) return false;
  const bool first = g->record.none();
  // We have forgotten what we agreed to before: the witness has not.
  if (blank_ && !first && !c.forced && !config_.witness.empty()) return false;
  adopt(g, c.record, config_.peer + "'s claim");
  g->hold_off_ms = 0;  // it tries: if that fails, it may be ours again
  // Nothing clears this where no follow event is configured.
  if (first && !config_.has_follow && g->config.server) blank_ = false;
  return true;
}

// The claim's record, or a later one of the same epoch, is stored there.
bool Cluster::stored_by(const GroupBeat* gb, const Group& g) const {
  return gb && gb->record.epoch == g.epoch && gb->record.owner == config_.self;
}

bool Cluster::claim_agreed(const Group& g) const {
  const GroupBeat* pg = peer_group(g);
  const bool peer_here =
      peer_.heard_within(now_ms_, config_.deadtime_ms) && !peer_left_;
  const bool idle = peer_here && pg && pg->holding == Holding::Idle;
  const bool by_witness = stored_by(witness_group(g), g);
  // A blank peer agrees to nothing but a first record: see
  // accept_peer_claim().
  const bool by_peer =
      idle && (stored_by(pg, g) || (peer_.beat().blank && by_witness));
  switch (g.path) {
    case Path::None: return false;
    case Path::Peer: return by_peer && (by_witness || !witness_reachable());
    case Path::Left:
      return config_.witness.empty() || by_witness ||
             (!witness_reachable() && left_to_us(g));
    case Path::Witness: return by_witness;
    case Path::Ping: return ping_settled();
    case Path::Lonely: return true;
    case Path::Fence: return config_.witness.empty() || by_witness;
    case Path::Force:
      // Not heard yet is not absent.
      if (now_ms_ - started_ms_ <= config_.deadtime_ms &&
          (!peer_.heard() ||
           (!config_.witness.empty() && !witness_.heard()))) {
        return false;
      }
      return (by_peer || !peer_here) && (by_witness || !witness_reachable());
  }
  return false;
}

void Cluster::step_claiming(Group* g) {
  const GroupBeat* pg = peer_group(*g);
  const bool forced = g->path == Path::Force;
  std::string give_up;
  if (stopping_) {
    give_up = "hbd stops";
  } else if (forced && g->force_reason.empty()) {
    give_up = "the operator's takeover was not agreed on within a minute";
  } else if (g->record.epoch > g->epoch || (g->record.epoch == g->epoch &&
                                            g->record.owner != config_.self)) {
    give_up = "another epoch was agreed on";
    if (g->force_reason == kInitReason) g->force_reason.clear();
  } else if (!forced && g->record.epoch != g->epoch &&
             !g->record.same_id(g->base)) {
    give_up = "the record has moved on";
  } else if (!forced && !g->base.none() && !is_fit(*g)) {
    give_up = "this node is no longer fit";
  } else if (!forced && !g->base.none() && g->record.epoch != g->epoch &&
             !we_hold_all(*g)) {
    give_up = "this node may lack acknowledged writes";
  } else if (!forced && pg && !peer_silent_ && !peer_left_ &&
             g->path != Path::Fence) {
    // The peer is heard. It owns: it is not ours. It claims too: the better
    // one goes on. Else: ask it, not somebody else.
    if (pg->holding == Holding::Own ||
        (pg->holding == Holding::Release && !pg->giving_way)) {
      give_up = config_.peer + " owns it";
    } else if (pg->holding == Holding::Claim &&
               (pg->claim.forced || peer_is_better(*g))) {
      give_up = config_.peer + " claims it too";
    } else if (g->path != Path::Peer) {
      give_up = config_.peer + " is heard again";
    }
  } else if (g->path == Path::Peer && (peer_silent_ || peer_left_)) {
    give_up = config_.peer + (peer_left_ ? " left" : " is silent now");
  }
  if (!give_up.empty()) return set_phase(g, Phase::Idle, give_up);
  if (!claim_agreed(*g)) return;
  const bool lonely_force = forced && !witness_reachable() &&
                            !peer_.heard_within(now_ms_, config_.deadtime_ms);
  g->forced_owner = lonely_force;
  const bool needs_nobody =
      lonely_force || (left_to_us(*g) && !witness_reachable());
  g->forced_until_ms = needs_nobody ? now_ms_ + config_.lease_ms : 0;
  if (may_own_until(*g) <= now_ms_) return;
  if (g->record.epoch != g->epoch) adopt(g, g->claim.record, "our claim");
  g->owning = true;
  g->alone_unagreed = false;
  if ((forced || g->base.none()) && g->config.server) blank_ = false;
  g->forced_here = forced && g->force_reason != kInitReason;
  g->force_reason.clear();
  g->alone_stage = AloneStage::None;
  g->pair_failures = 0;
  if (forced) {
    g->need_follow = false;
    g->conflict = false;
  }
  dirty_ = true;
  note(g->path == Path::Ping || g->path == Path::Lonely || forced
           ? LogLevel::Warn : LogLevel::Info,
       "group %s: epoch %" PRIu64 " is ours, grant=%s: %s",
       g->config.name.c_str(), g->epoch, g->grant.c_str(), g->reason.c_str());
  begin_starting(g, g->reason);
}

// Our start came to nothing: the server is a replica still, so it was never
// opened in this epoch (its source is forgotten before that). The owner before
// us has everything; only an owner raises the version, so we say it.
void Cluster::hand_back(Group* g) {
  const GroupBeat* pg = peer_group(*g);
  const Record& r = g->record;
  const bool stays = is_fit(*g) && we_hold_all(*g);
  if (!tracks(*g) || r.owner != config_.self || stays ||
      r.owner_instance.empty() || !r.back || !pg ||
      peer_silent_ || peer_left_ || pg->holding != Holding::Idle ||
      !(pg->record == r) || !peer_.beat().up || peer_.beat().blank) {
    return;
  }
  const std::string instance = peer_attr("instance");
  // The watcher's line must be younger than what our hooks may have done.
  const bool never_opened =
      watch_up_ && attr("role") == "replica" &&
      watch_line_ms_ > g->hook_end_ms + kWatchLagMs;
  // Again when its server was restarted: it has its own writes in any case.
  if (!never_opened || instance.empty() || r.paired == instance) return;
  g->record.version++;
  g->record.paired = instance;
  note(LogLevel::Warn, "group %s: handed back, nothing was written in epoch "
       "%" PRIu64, g->config.name.c_str(), r.epoch);
  dirty_ = true;
  ++changes_;
}

}  // namespace hbd
