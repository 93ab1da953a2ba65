// Who may start: by what right this node may claim a group now, or why it
// waits. The claim itself is in claim.cc.
#include "hbd/decide/core.h"

namespace hbd {

Path Cluster::choose_path(Group* g) {
  if (stopping_) return Path::None;
  if (!g->force_reason.empty()) return Path::Force;
  if (!peer_.heard()) return choose_unheard(g);
  if (peer_left_) return choose_left(g);
  const GroupBeat* pg = peer_group(*g);
  // A peer that cannot hear us but says that it owns, owns.
  const bool says_it_owns = pg && pg->holding != Holding::Idle &&
                            peer_.heard_within(now_ms_, config_.lease_ms);
  if (peer_silent_ && (!says_it_owns || !config_.witness.empty())) {
    return choose_silent(g);
  }
  if (peer_silent_ || !pg) return Path::None;
  return choose_heard(g);
}

Path Cluster::choose_heard(Group* g) {
  const GroupBeat& pg = *peer_group(*g);
  if (pg.holding == Holding::Stuck && config_.has_fence && is_fit(*g) &&
      we_hold_all(*g)) {
    return Path::Fence;
  }
  const bool idle = pg.holding == Holding::Idle;
  if (!idle && !(pg.holding == Holding::Release && pg.giving_way)) {
    return Path::None;
  }
  if (g->record.none()) return idle ? choose_first(g, pg) : Path::None;
  if (!is_fit_or_says(g)) return Path::None;
  if (!we_hold_all(*g)) {
    return idle ? wait_for(g, may_lack(*g)) : Path::None;
  }
  if (!idle) return Path::Peer;
  if (pg.fit && peer_holds_all(*g) && peer_is_better(*g)) {
    if (g->tie_since_ms == 0) g->tie_since_ms = now_ms_;
    if (now_ms_ - g->tie_since_ms < 2 * config_.deadtime_ms) return Path::None;
  }
  if (!g->seen_owner && g->record.owner == config_.peer && !pg.fit &&
      now_ms_ - started_ms_ < config_.cold_wait_ms) {
    return wait_for(g, "the last owner " + config_.peer +
                    " is heard but not fit yet");
  }
  return Path::Peer;
}

// The very first start: no record anywhere.
Path Cluster::choose_first(Group* g, const GroupBeat& pg) {
  if (!pg.record.none() || !watch_up_ || !peer_.beat().up) return Path::None;
  if (now_ms_ < g->pause_until_ms) return Path::None;
  if (!config_.witness.empty() && !witness_.heard() &&
      now_ms_ - started_ms_ < config_.initdead_ms) {
    return Path::None;  // it may hold a record
  }
  const std::string mine = attr("role");
  const std::string theirs = peer_attr("role");
  const bool preferred = !peer_is_better(*g);
  const bool no_roles = !config_.has_watch || !g->config.server ||
                        (!config_.track_sync && mine.empty() && theirs.empty());
  if (no_roles) return preferred ? Path::Peer : Path::None;
  if (mine.empty() || theirs.empty()) return Path::None;
  if (mine == "primary" && theirs != "primary") return Path::Peer;
  if (theirs == "primary" && mine != "primary") return Path::None;
  if (mine == "readonly" && theirs == "readonly") {
    return preferred ? Path::Peer : Path::None;
  }
  return wait_for(g, "no record, and the servers are " + mine + " here and " +
                  theirs + " on " + config_.peer + ": say which is the "
                  "primary with 'hbctl init' there");
}

Path Cluster::choose_unheard(Group* g) {
  if (now_ms_ - started_ms_ < config_.initdead_ms) return Path::None;
  const std::string who = config_.peer + " was not heard since this start";
  if (attr("source") == "yes" && g->config.server) {
    return wait_for(g, who + ", but the local server replicates from a "
                    "living primary");
  }
  if (g->record.none()) {
    return wait_for(g, who + " and there is no record (hbctl init)");
  }
  if (!is_ready_or_says(g, who + " and ")) return Path::None;
  if (!config_.witness.empty()) {
    if (witness_reachable()) return Path::Witness;
    return wait_for(g, who + " and the witness is not heard");
  }
  if (g->record.owner == config_.self && g->record.paired.empty() &&
      !g->alone_unagreed) {
    if (config_.ping_count == 0 || ping_settled()) return Path::Lonely;
    return wait_for(g, who + " and nothing else is heard");
  }
  return wait_for(g, who + " and this node did not own it alone (record: " +
                  record_text(g->record) + ")");
}

Path Cluster::choose_silent(Group* g) {
  const std::string who = config_.peer + " is silent and ";
  if (!is_ready_or_says(g, who)) return Path::None;
  if (config_.has_fence && !g->fenced) return Path::Fence;
  if (!config_.witness.empty()) {
    if (witness_reachable()) return Path::Witness;
    return wait_for(g, who + "the witness is not heard");
  }
  if (g->fenced) return Path::Fence;
  const GroupBeat* pg = peer_group(*g);
  if (pg && pg->holding == Holding::Stuck) {
    return wait_for(g, config_.peer + " fell silent after its stop hook had "
                    "failed: fence it by hand, then hbctl takeover -f");
  }
  if (!ping_settled()) {
    return wait_for(g, who + "nothing else was heard for long enough");
  }
  if (!config_.silent_take) return wait_for(g, who + "silent_peer = wait");
  return Path::Ping;
}

Path Cluster::choose_left(Group* g) {
  if (!is_ready_or_says(g, config_.peer + " left and ")) return Path::None;
  const std::string theirs = peer_attr("pos");
  const std::string ours = attr("pos");
  // Where the record vouches for this server, the position is only given time
  // to be applied: it may well be ahead, by what was never acknowledged.
  const bool patient = !tracks(*g) ||
                       now_ms_ - peer_left_since_ms_ < config_.initdead_ms;
  if (g->config.server && g->record.owner == config_.peer &&
      !theirs.empty() && !ours.empty() && theirs != ours && patient) {
    return wait_for(g, config_.peer + " left at position " + theirs +
                    ", this server is at " + ours);
  }
  if (!config_.witness.empty() && !witness_reachable() && !left_to_us(*g)) {
    return wait_for(g, config_.peer + " left and the witness is not heard");
  }
  return Path::Left;
}

}  // namespace hbd
