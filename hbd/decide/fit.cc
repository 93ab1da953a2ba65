// Fitness of this node, and what can be seen of the peer's.
#include "hbd/decide/fit.h"

#include "hbd/decide/beside.h"
#include "hbd/decide/data.h"
#include "hbd/decide/group.h"
#include "hbd/decide/view.h"

namespace hbd {

namespace {

// A fault keeps a server from being taken over with, not from going on.
bool is_faulty(const View& v, const Group& g) {
  return g.config.server &&
         (g.phase == Phase::Idle || g.phase == Phase::Claiming) &&
         !faults_in(v.server.attrs()).stopping_takeover().empty();
}

const char kMayLackWrites[] = "it may lack acknowledged writes";

// What can be seen from here that keeps the peer from taking it; "": nothing.
std::string bar_to_peer(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  const promote::Faults faults =
      faults_in(v.peer.beat().attrs).stopping_takeover();
  if (v.peer.has_left()) return "it left";
  if (!pg || !v.peer_heard_within(v.config.warntime_ms)) return "it is silent";
  if (!v.peer.beat().up && !g.config.follows) return "its server is down";
  if (g.config.server && !faults.empty()) {
    return "its server has a fault: " + faults.names();
  }
  if (pg->holding != Holding::Idle) {
    return std::string("it is not idle: ") + holding_name(pg->holding);
  }
  if (!(pg->record == g.record)) return "it has another record of the owner";
  if (!peer_holds_all(v, g)) return kMayLackWrites;
  return "";
}

}  // namespace

std::string unfit_text(const View& v, Unfit u) {
  switch (u) {
    case Unfit::No: return "";
    case Unfit::ServerUnknown:
      return "nothing is known of the local server yet";
    case Unfit::ServerDown: return "the local server is down";
    case Unfit::Faulty:
      return "the local server has a fault: " +
             faults_in(v.server.attrs()).stopping_takeover().names();
    case Unfit::StopFailed: return "a stop hook failed";
    case Unfit::Blank: return "this node is blank (no state file)";
    case Unfit::KeptOut: return "this node is kept out until it follows";
    case Unfit::StartFailed: return "a start failed a moment ago, or its right was lost";
    case Unfit::Flapping:
      return "a resource did not run again and again (hbctl clear)";
    case Unfit::FewerPings: return "the peer hears more ping nodes";
    case Unfit::Astray:
      return "the server's group is not here, and the peer is not heard";
    case Unfit::Stopping: return "hbd stops";
  }
  return "";
}

Unfit unfit(const View& v, const Group& g) {
  if (!g.config.follows) {
    if (!v.server.is_known()) return Unfit::ServerUnknown;
    if (!v.server.is_up()) return Unfit::ServerDown;
  }
  if (is_faulty(v, g)) return Unfit::Faulty;
  if (g.phase == Phase::Stuck) return Unfit::StopFailed;
  if (v.blank) return Unfit::Blank;
  // Noted where another line had the server: nothing here follows for it.
  if (g.need_follow && g.config.server) return Unfit::KeptOut;
  if (v.now_ms < g.owner.pause_until_ms) return Unfit::StartFailed;
  if (is_flapping(v, g)) return Unfit::Flapping;
  if (is_behind_on_pings(v)) return Unfit::FewerPings;
  if (is_astray(v, g) && !v.peer.is_there()) return Unfit::Astray;
  if (v.stopping) return Unfit::Stopping;
  return Unfit::No;
}

// What one old beat said of a peer that fell silent after it proves nothing:
// patience counts from the beat, and so more than one has to come.
bool is_behind_on_pings(const View& v) {
  return v.age_ms() > v.config.deadtime_ms &&
         v.peer_heard_within(v.config.warntime_ms) &&
         v.pings.is_behind(v.now_ms, v.config.warntime_ms);
}

bool peer_is_well(const View& v, const std::vector<Group>& groups) {
  if (!v.peer.is_there() && !v.peer.has_left()) return false;
  for (const Group& g : groups) {
    const GroupBeat* pg = v.peer.group(g.config.name);
    if (!pg) continue;
    if (pg->holding == Holding::Stuck) return false;
    if (pg->holding == Holding::Release && !pg->giving_way) return false;
  }
  return true;
}

bool peer_is_fit(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return pg && v.peer.is_there() && pg->fit;
}

bool peer_may_take(const View& v, const Group& g) {
  const GroupBeat* pg = v.peer.group(g.config.name);
  return peer_is_fit(v, g) && v.peer_heard_within(v.config.lease_ms) &&
         pg->holding == Holding::Idle && pg->record == g.record &&
         peer_holds_all(v, g);
}

std::string why_peer_may_not(const View& v, const Group& g) {
  if (peer_may_take(v, g)) return "";
  const std::string bar = bar_to_peer(v, g);
  return bar.empty() ? "it is not fit, or late: see its hbctl status" : bar;
}

Bar bar_of_peer(const View& v, const Group& g) {
  const std::string bar = bar_to_peer(v, g);
  if (bar.empty() && v.peer.group(g.config.name)->takes) return Bar::None;
  if (!peer_is_fit(v, g)) return Bar::Other;
  if (bar == kMayLackWrites) return Bar::Writes;
  const bool no_witness = v.config.has_witness() && !v.witness_reachable();
  return bar.empty() && no_witness ? Bar::Witness : Bar::Other;
}

std::string why_peer_would_not(const View& v, const Group& g) {
  const std::string bar = bar_to_peer(v, g);
  if (!bar.empty() || v.peer.group(g.config.name)->takes) return bar;
  return "it could not if this node died: see its hbctl status";
}

bool peer_is_better(const View& v, const Group& g) {
  const Config& c = v.config;
  if (g.config.follows && v.server_at != Place::Unknown) {
    return v.server_at == Place::Peer;
  }
  if (g.record.owner == c.peer) return true;
  if (g.record.owner == c.self) return false;
  if (g.config.preferred == c.self) return false;
  return g.config.preferred == c.peer || c.peer < c.self;
}

void note_fitness(const View& v, Group* g) {
  Fitness* f = &g->fitness;
  const Unfit here = unfit(v, *g);
  const bool on_peer = peer_is_fit(v, *g);
  if (f->here_since_ms == 0 || here != f->here) f->here_since_ms = v.now_ms;
  if (f->on_peer_since_ms == 0 || on_peer != f->on_peer) {
    f->on_peer_since_ms = v.now_ms;
  }
  f->here = here;
  f->on_peer = on_peer;
}

}  // namespace hbd
