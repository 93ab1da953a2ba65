// Who may start.
#include "hbd/decide/choose.h"

#include "hbd/decide/data.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/view.h"

namespace hbd {

namespace {

// Fit, and with every acknowledged write; else *why says what is missing.
bool is_ready(const View& v, const Group& g, Wait* why) {
  const Unfit u = unfit(v, g);
  const bool by_record =
      v.config.tracks(g.config) || !v.disagrees_on_tracking();
  *why = u != Unfit::No ? Wait::not_fit(u)
         : we_hold_all(v, g) ? Wait()
         : by_record ? Wait(Wait::MayLackWrites) : Wait(Wait::Disagrees);
  return why->kind == Wait::Nothing;
}

// The group was owned here without the peer, which knows it or was fenced
// then: nobody else takes it from silence, whoever was heard since when.
// Of a group that is not tracked the record does not say so: there the peer
// may have fenced us, and have it since.
bool owned_alone(const View& v, const Group& g) {
  return g.record.owner == v.config.self && g.record.alone() &&
         !g.pairing.unagreed && (v.config.tracks(g.config) ||
                                 !v.config.has_fence);
}

// The witness grants when it may, and nothing while it has no record itself.
Choice ask_witness(const View& v, const Group& g) {
  if (v.witness_knows(g.config.name)) return Path::Witness;
  return v.witness_reachable() ? Wait::WitnessEmpty : Wait::WitnessNotHeard;
}

// The very first start: no record anywhere.
Choice choose_first(const View& v, const Group& g, const GroupBeat& pg) {
  const Config& c = v.config;
  if (g.config.follows) {
    return v.server_at == Place::Here && pg.record.none() ? Path::Peer
                                                          : Path::None;
  }
  if (!pg.record.none() || !v.server.is_up() || !v.peer.beat().up) {
    return Choice::none();
  }
  if (v.now_ms < g.owner.pause_until_ms) return Choice::none();
  if (c.has_witness() && !v.witness.heard() && v.age_ms() < c.initdead_ms) {
    return Choice::none();  // it may hold a record
  }
  const std::string mine = v.server.attr("role");
  const std::string theirs = v.peer.attr("role");
  const Choice preferred = peer_is_better(v, g) ? Path::None : Path::Peer;
  const bool no_roles = !c.has_watch || !g.config.server ||
                        (!c.track_sync && mine.empty() && theirs.empty());
  if (no_roles) return preferred;
  if (mine.empty() || theirs.empty()) return Wait::RoleUnknown;
  if (mine == "primary" && theirs != "primary") return Path::Peer;
  if (theirs == "primary" && mine != "primary") return Choice::none();
  // Where writes are kept track of, one of them may have more than the other.
  const bool same = !c.tracks(g.config) ||
                    v.server.attr("pos") == v.peer.attr("pos");
  if (mine == "readonly" && theirs == "readonly" && same) return preferred;
  return Wait::RolesUnclear;
}

Choice choose_heard(const View& v, const Group& g, const GroupBeat& pg) {
  const Config& c = v.config;
  if (pg.holding == Holding::Stuck && c.has_fence && is_fit(v, g) &&
      we_hold_all(v, g)) {
    return Path::Fence;
  }
  const bool idle = pg.holding == Holding::Idle;
  if (!idle && !(pg.holding == Holding::Release && pg.giving_way)) {
    return Choice::none();
  }
  if (g.record.none()) return idle ? choose_first(v, g, pg) : Choice::none();
  Wait why;
  if (!is_ready(v, g, &why)) {
    return idle || why.kind == Wait::NotFit ? Choice(why) : Choice::none();
  }
  if (!idle) return Path::Peer;
  if (pg.fit && peer_holds_all(v, g) && peer_is_better(v, g)) {
    const uint64_t since_ms = g.claim.tie_since_ms;
    if (since_ms == 0 || v.now_ms - since_ms < 2 * c.deadtime_ms) {
      Choice tie = Choice::none();
      tie.is_tie = true;
      return tie;
    }
  }
  if (!g.seen_owner && g.record.owner == c.peer && !pg.fit &&
      !g.config.follows && v.age_ms() < c.cold_wait_ms) {
    return Wait::LastOwnerNotFit;
  }
  return Path::Peer;
}

Choice choose_unheard(const View& v, const Group& g) {
  const Config& c = v.config;
  if (v.age_ms() < c.initdead_ms) return Choice::none();
  if (v.server.attr("source") == "yes" && g.config.server) {
    return Wait::SourceLives;
  }
  if (g.record.none()) return Wait::NoRecord;
  if (v.disagrees()) return Wait::Disagrees;
  Wait why;
  // One that follows is ready only beside the server: where ping nodes are the
  // arbiter, a holder without it has let go within the lease (beside.h).
  const bool by_ping = g.config.follows && c.ping_count > 0;
  if (!is_ready(v, g, &why)) return why;
  if (c.has_witness()) return ask_witness(v, g);
  if (!by_ping && !owned_alone(v, g)) return Wait::NotAloneBefore;
  if (!v.hears_outside()) return Wait::NothingHeard;
  return by_ping ? Path::Ping : Path::Lonely;
}

Choice choose_silent(const View& v, const Group& g, const GroupBeat* pg) {
  const Config& c = v.config;
  if (v.disagrees()) return Wait::Disagrees;
  Wait why;
  if (!is_ready(v, g, &why)) return why;
  if (c.has_fence && !v.fence.done) return Path::Fence;
  if (c.has_witness()) return ask_witness(v, g);
  if (v.fence.done) return Path::Fence;
  if (pg && pg->holding == Holding::Stuck) return Wait::StuckAndSilent;
  if (owned_alone(v, g) && v.hears_outside()) return Path::Lonely;
  if (!v.pings.is_settled(v.now_ms)) return Wait::NotSettled;
  return c.silent_take || g.config.follows ? Choice(Path::Ping)
                                           : Choice(Wait::SilentPeerWaits);
}

Choice choose_left(const View& v, const Group& g) {
  const Config& c = v.config;
  Wait why;
  if (!is_ready(v, g, &why)) return why;
  const std::string theirs = v.peer.attr("pos");
  const std::string ours = v.server.attr("pos");
  // Where the record vouches for this server, the position is only given time
  // to be applied: it may well be ahead, by what was never acknowledged.
  const bool by_record = goes_by_record(v, g);
  const bool patient =
      !by_record || v.now_ms - v.peer.left_since_ms() < c.initdead_ms;
  if ((g.config.server || by_record) && g.record.owner == c.peer &&
      !theirs.empty() && !ours.empty() && theirs != ours && patient) {
    return Wait::LeftElsewhere;
  }
  if (c.has_witness() && !v.witness_knows(g.config.name) &&
      !is_left_to_us(v, g)) {
    return ask_witness(v, g);
  }
  return Path::Left;
}

}  // namespace

// Beside a witness a fence is not enough: see claim.cc.
Choice choose_if_silent(const View& v, const Group& g) {
  if (is_left_alone(v, g)) return Wait::Maintenance;
  const Choice c = choose_silent(v, g, v.peer.group(g.config.name));
  return c.path == Path::Fence && v.config.has_witness() ? ask_witness(v, g)
                                                         : c;
}

Choice choose_path(const View& v, const Group& g) {
  if (v.stopping) return Choice::none();
  if (!g.orders.force_reason.empty()) return Path::Force;
  const GroupBeat* pg = v.peer.group(g.config.name);
  switch (v.peer.state()) {
    case PeerState::Unheard: return choose_unheard(v, g);
    case PeerState::Left: return choose_left(v, g);
    case PeerState::Silent: {
      // A peer that cannot hear us but says that it owns, owns.
      const bool owns = pg && pg->holding != Holding::Idle &&
                        v.peer_heard_within(v.config.lease_ms);
      if (owns && !v.config.has_witness()) return Choice::none();
      return choose_silent(v, g, pg);
    }
    case PeerState::Here:
    case PeerState::Late: break;
  }
  return pg ? choose_heard(v, g, *pg) : Choice::none();
}

}  // namespace hbd
