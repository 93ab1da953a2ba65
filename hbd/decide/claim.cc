// A claim's record becomes the record of the group only when somebody who
// has the right to agree has stored it: the peer (it neither owns nor
// claims), the witness (it confirms nobody else), or, where the rules allow
// it, this node alone. From then on it spreads, and the highest wins.
#include "hbd/decide/claim.h"

#include <inttypes.h>

#include "hbd/decide/data.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/handback.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

struct Right {
  const char* grant;
  const char* reason;
};

Right right_of(Path path) {
  switch (path) {
    case Path::None: return {"none", ""};
    case Path::Peer: return {"peer", "the peer is heard and idle"};
    case Path::Left: return {"peer", "the peer left in order"};
    case Path::Witness: return {"witness", "the peer is silent"};
    case Path::Ping: return {"ping", "the peer is silent, a ping node answers"};
    case Path::Lonely: return {"none", "this node owned it alone"};
    case Path::Fence: return {"fence", "the peer is fenced"};
    case Path::Force: return {"force", "takeover by an operator"};
  }
  return {"", ""};
}

// The record that a claim by this path will be.
Record claimed_record(const View& v, const Group& g, Path path) {
  const bool tracks = v.config.tracks(g.config);
  const bool holds = we_hold_all(v, g);
  Record r;
  r.epoch = g.epoch;
  r.version = 1;
  r.owner = v.config.self;
  const std::string pos = v.server.attr("pos");
  if (tracks && tandem::escape_word(pos).size() <= v.room.pos_bytes_max) {
    r.start_pos = pos;
  }
  r.from = g.record.none() ? "none" : tracks && holds ? "paired" : "alone";
  // An owner that starts again after an `alone` time of its own had no
  // replica that could be behind it: what the record says of how and where it
  // began still holds. By that the owner before knows what to drop.
  // An operator's word says nothing of it.
  if (holds && g.record.alone() && g.record.owner == v.config.self) {
    r.from = path == Path::Force ? "alone" : g.record.from;
    if (!g.record.start_pos.empty()) r.start_pos = g.record.start_pos;
  }
  describe_data(v, g, path == Path::Force, &r);
  return r;
}

void begin_claim(View* v, const std::vector<Group>& groups, Group* g,
                 Path path, Out* out) {
  for (const Group& other : groups) {
    if (v->room.one_claim && other.phase == Phase::Claiming) {
      g->waiting.kind = Wait::other_claims(other.config.name);
      return;
    }
  }
  const Right right = right_of(path);
  v->epoch_seen = g->epoch = v->next_epoch();
  ClaimState* c = &g->claim;
  c->base = g->record;
  c->path = path;
  c->grant = v->fence.done ? "fence" : right.grant;
  c->claim = Claim();
  c->claim.base_epoch = g->record.epoch;
  c->claim.base_version = g->record.version;
  c->claim.forced = path == Path::Force;
  c->claim.record = claimed_record(*v, *g, path);
  c->begun_ms = v->now_ms;
  g->lease.begin_claim();
  out->mark_dirty();
  g->reason = right.reason;
  if (path == Path::Force) g->reason += ": " + g->orders.force_reason;
  set_phase(g, Phase::Claiming, g->reason, out);
}

// The peer claims, and we neither own nor claim: agree by storing its record.
// The next beat carries it, after the Persist.
bool accept_peer_claim(View* v, Group* g, Out* out) {
  const GroupBeat* pg = v->peer.group(g->config.name);
  if (!pg || pg->holding != Holding::Claim ||
      !v->peer_heard_within(v->config.lease_ms)) {
    return false;
  }
  const Claim& c = pg->claim;
  if (c.record.owner != v->config.peer || c.record.epoch <= g->record.epoch) {
    return false;
  }
  const bool same_base = c.base_epoch == g->record.epoch &&
                         c.base_version == g->record.version;
  if (!same_base && !c.forced) return false;
  // Who may hold it may claim what it owned.
  const bool theirs = g->record.owner == v->config.peer;
  if (is_left_alone(*v, *g) && !theirs && !c.forced) return false;
  if (!g->orders.force_reason.empty()) return false;
  const bool first = g->record.none();
  // We have forgotten what we agreed to before: the witness has not.
  if (v->blank && !first && !c.forced && v->config.has_witness()) return false;
  adopt(v, g, c.record, v->config.peer + "'s claim", out);
  g->orders.hold_off_ms = 0;  // it tries: if that fails, it may be ours again
  // Nothing clears this where no follow event is configured.
  if (first && !v->config.has_follow && g->config.server) v->blank = false;
  return true;
}

// The claim's record, or a later one of the same epoch, is stored there.
bool is_stored(const View& v, const Group& g, const GroupBeat* gb) {
  return gb && gb->record.epoch == g.epoch && gb->record.owner == v.config.self;
}

// Not heard yet is not absent.
bool may_still_be_heard(const View& v) {
  return v.age_ms() <= v.config.deadtime_ms &&
         (v.peer.is_unheard() ||
          (v.config.has_witness() && !v.witness.heard()));
}

bool is_agreed(const View& v, const Group& g) {
  const Config& c = v.config;
  const GroupBeat* pg = v.peer.group(g.config.name);
  const bool peer_here =
      v.peer_heard_within(c.deadtime_ms) && !v.peer.has_left();
  const bool idle = peer_here && pg && pg->holding == Holding::Idle;
  const bool by_witness =
      is_stored(v, g, v.witness.beat().group(g.config.name));
  // A blank peer agrees to nothing but a first record: see
  // accept_peer_claim().
  const bool by_peer =
      idle && (is_stored(v, g, pg) || (v.peer.beat().blank && by_witness));
  const bool witness_told = by_witness || !v.witness_reachable();
  switch (g.claim.path) {
    case Path::None: return false;
    case Path::Peer: return by_peer && witness_told;
    case Path::Left:
      return !c.has_witness() || by_witness || is_left_to_us(v, g);
    case Path::Witness: return by_witness;
    // Still, or again: the first answer after the dark is no right.
    case Path::Ping:
    case Path::Lonely: return v.hears_outside();
    case Path::Fence: return !c.has_witness() || by_witness;
    case Path::Force:
      return !may_still_be_heard(v) && (by_peer || !peer_here) && witness_told;
  }
  return false;
}

// The peer has changed since the path was chosen; "" when it is as it was.
std::string peer_objection(const View& v, const Group& g) {
  const std::string& peer = v.config.peer;
  const Path path = g.claim.path;
  const GroupBeat* pg = v.peer.group(g.config.name);
  if (path == Path::Fence && !v.fence.done) return peer + " is heard again";
  if (pg && v.peer.is_there()) {
    // The peer is heard. It owns: the group is not ours. It claims too: the
    // better one goes on. Else: ask it, not somebody else.
    if (pg->holding == Holding::Own) return peer + " owns it";
    if (path == Path::Fence) return "";  // it is to be off in a moment
    if (pg->holding == Holding::Release && !pg->giving_way) {
      return peer + " owns it";
    }
    if (pg->holding == Holding::Claim &&
        (pg->claim.forced || peer_is_better(v, g))) {
      return peer + " claims it too";
    }
    return path == Path::Peer ? "" : peer + " is heard again";
  }
  if (path != Path::Peer) return "";
  if (v.peer.has_left()) return peer + " left";
  return v.peer.is_silent() ? peer + " is silent now" : "";
}

// Somebody owns our epoch or a later one.
bool is_overtaken(const View& v, const Group& g) {
  return g.record.epoch > g.epoch || (g.record.epoch == g.epoch &&
                                      g.record.owner != v.config.self);
}

// An operator said it there too, and later.
bool is_outbid(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return pg && v.peer.is_there() && pg->holding == Holding::Claim &&
         pg->claim.forced && pg->claim.record.epoch > g.epoch;
}

// Why the claim is given up; "" when it goes on.
std::string objection(const View& v, const Group& g) {
  const bool forced = g.claim.path == Path::Force;
  const bool adopted = g.record.epoch == g.epoch;
  if (v.stopping) return "hbd stops";
  if (forced && g.orders.force_reason.empty()) {
    return "the operator's takeover was not agreed on within a minute";
  }
  if (is_overtaken(v, g)) return "another epoch was agreed on";
  if (forced) {
    return is_outbid(v, g) ? "it was forced on " + v.config.peer + " after it"
                           : "";
  }
  if (!g.orders.force_reason.empty()) return "an operator forces it";
  if (is_left_alone(v, g)) return "a maintenance has begun";
  if (!adopted && !g.record.same_id(g.claim.base)) {
    return "the record has moved on";
  }
  if (!g.claim.base.none()) {
    if (!is_fit(v, g)) return "this node is no longer fit";
    if (!adopted && !we_hold_all(v, g)) {
      return "this node may lack acknowledged writes";
    }
  }
  return peer_objection(v, g);
}

// The claim is agreed: its record is the group's, and this node owns.
void take_ownership(View* v, Group* g, Out* out) {
  const Path path = g->claim.path;
  const bool forced = path == Path::Force;
  if (g->record.epoch != g->epoch) {
    adopt(v, g, g->claim.claim.record, "our claim", out);
  }
  g->owning = true;
  g->owner.began_ms = v->now_ms;
  g->pairing.begin();
  if ((forced || g->claim.base.none()) && g->config.server) v->blank = false;
  g->orders.forced_here = forced && !g->orders.is_init();
  g->orders.force_reason.clear();
  if (forced) g->need_follow = false;
  out->mark_dirty();
  const bool by_word = path == Path::Ping || path == Path::Lonely || forced;
  out->log(by_word ? LogLevel::Warn : LogLevel::Info,
           "group %s: epoch %" PRIu64 " is ours, grant=%s: %s", g->name(),
           g->epoch, g->claim.grant.c_str(), g->reason.c_str());
  begin_starting(g, g->reason, out);
}

}  // namespace

void step_claiming(View* v, Group* g, Out* out) {
  const bool forced = g->claim.path == Path::Force;
  const std::string why = objection(*v, *g);
  if (!why.empty()) {
    const bool init = is_overtaken(*v, *g) && g->orders.is_init();
    if (init || is_outbid(*v, *g)) g->orders.force_reason.clear();
    return set_phase(g, Phase::Idle, why, out);
  }
  if (!is_agreed(*v, *g)) return;
  g->lease.begin_owning(*v, *g, forced);
  if (g->lease.until_ms(*v, *g) <= v->now_ms) return;
  take_ownership(v, g, out);
}

void step_idle(View* v, const std::vector<Group>& groups, Group* g, Out* out) {
  if (accept_peer_claim(v, g, out)) return;
  if (g->hook.is_busy()) {
    // The peer is alive after all: do not shoot it.
    if (g->hook.event() == EventRun::Fence && peer_is_well(*v, groups)) {
      g->hook.kill(out);
    }
    return;
  }
  if (is_left_alone(*v, *g) && g->orders.force_reason.empty()) {
    g->waiting.kind = Wait::Maintenance;
    return;
  }
  if (!peer_is_fit(*v, *g)) g->orders.hold_off_ms = 0;
  Choice choice = Choice::none();
  if (v->now_ms >= g->orders.hold_off_ms || !g->orders.force_reason.empty()) {
    choice = choose_path(*v, *g);
  }
  if (choice.is_tie && g->claim.tie_since_ms == 0) {
    g->claim.tie_since_ms = v->now_ms;
  }
  g->waiting.kind = choice.wait;
  if (choice.path == Path::Fence && !v->fence.done) {
    return run_fence(v, g, v->config.peer + " is silent", out);
  }
  if (choice.path != Path::None) {
    return begin_claim(v, groups, g, choice.path, out);
  }
  hand_back(v, g, out);
  step_follow(*v, g, out);
}

}  // namespace hbd
