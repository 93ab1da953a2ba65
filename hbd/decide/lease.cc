// Who may own, and for how long: confirmations in, one time out.
#include "hbd/decide/lease.h"

#include <algorithm>

#include "hbd/decide/beside.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

void Lease::begin_claim() { peer_ms_ = witness_ms_ = 0; }

// Who is silent for the lease cannot confirm; a peer that is silent for a
// deadtime is not there.
void Lease::begin_owning(const View& v, const Group& g, bool forced) {
  const bool lonely = forced && !v.witness_reachable() &&
                      !v.peer_heard_within(v.config.deadtime_ms);
  forced_ms_ = lonely ? v.now_ms : 0;
  const bool alone = lonely || is_left_to_us(v, g);
  unconfirmed_until_ms_ = alone ? v.now_ms + v.config.lease_ms : 0;
}

// A forced owner needs nobody until somebody is heard, in the same millisecond
// too: before it there was nobody. A witness that has no record of the group is
// nobody.
bool Lease::needs_nobody(const View& v, const Group& g) const {
  if (is_left_to_us(v, g)) return true;
  const GroupBeat* wg = v.witness.beat().group(g.config.name);
  const bool is_empty = wg && !wg->fit;
  const bool witness = v.witness.last_ms() >= forced_ms_ && !is_empty;
  const bool peer = v.peer.hearing().last_ms() >= forced_ms_;
  return is_forced() && !witness && !peer;
}

void Lease::renew_unconfirmed(const View& v, const Group& g) {
  if (!needs_nobody(v, g)) return;
  unconfirmed_until_ms_ = v.now_ms + v.config.lease_ms;
}

void Lease::hold(const View& v, const Group& g) {
  if (g.phase != Phase::Owning) {
    hold_ms_ = 0;
  } else if (v.maintenance.is_agreed(v.now_ms)) {
    hold_ms_ = v.maintenance.hold_ms(v.config.self);
  } else if (hold_ms_ != 0 && leased_ms(v, g) > v.now_ms) {
    hold_ms_ = 0;
    hold_ended_ms_ = v.now_ms;
  }
}

uint64_t Lease::until_ms(const View& v, const Group& g) const {
  return std::max(hold_ms_, leased_ms(v, g));
}

uint64_t Lease::leased_ms(const View& v, const Group& g) const {
  if (!v.config.has_arbiter()) return v.now_ms + v.config.lease_ms;
  const uint64_t arbiter_ms = is_astray(v, g)          ? 0
                              : v.config.has_witness() ? witness_ms_
                                                       : v.pings.newest_ms();
  const uint64_t confirmed_ms = std::max(peer_ms_, arbiter_ms);
  return std::max(unconfirmed_until_ms_,
                  confirmed_ms == 0 ? 0 : confirmed_ms + v.config.lease_ms);
}

void Lease::write_for_start(const View& v, const Group& g, Out* out) {
  const uint64_t until = leased_ms(v, g);
  if (has_lifeline() && (until > lifeline_ms_ || lifeline_hold_)) {
    out->add(Action(ActionKind::Lifeline, g.index, until));
  }
  lifeline_ms_ = until;
  lifeline_hold_ = false;
}

void Lease::write(const View& v, const Group& g, Out* out) {
  if (!has_lifeline()) return;
  const uint64_t until = until_ms(v, g);
  const bool hold = hold_ms_ != 0;
  if (hold == lifeline_hold_ &&
      (until <= lifeline_ms_ ||
       until - lifeline_ms_ < v.config.keepalive_ms / 4)) {
    return;
  }
  lifeline_ms_ = until;
  lifeline_hold_ = hold;
  Action a(ActionKind::Lifeline, g.index, until);
  a.hold = hold;
  out->add(a);
}

// By the end of its pipe alone a keeper does not end a hold.
void Lease::drop_lifeline(const Group& g, Out* out) {
  if (lifeline_hold_) out->add(Action(ActionKind::Lifeline, g.index));
  lifeline_hold_ = false;
  out->add(Action(ActionKind::DropLifelines, g.index));
  lifeline_ms_ = 0;
}

void confirm_by_beat(const Hearing& from, bool from_witness, Group* g,
                     const View& v) {
  const GroupBeat* gb = from.beat().group(g->config.name);
  if (!gb || g->phase == Phase::Idle) return;
  if (from_witness) {
    if (gb->record.owner == v.config.self && gb->record.epoch == g->epoch) {
      g->lease.confirm_by_witness(from.confirmed_sent_ms());
    }
  } else if (gb->holding == Holding::Idle && gb->record.epoch <= g->epoch) {
    g->lease.confirm_by_peer(from.confirmed_sent_ms());
  }
}

bool is_left_to_us(const View& v, const Group& g) {
  const Config& c = v.config;
  const GroupBeat* pg = v.peer.group(g.config.name);
  return v.peer.has_left() && c.tracks(g.config) && c.has_witness() &&
         !v.witness_knows(g.config.name) && pg &&
         pg->holding == Holding::Idle && pg->record.owner == c.self &&
         pg->record.alone() && g.record.owner == c.self && g.record.alone();
}

}  // namespace hbd
