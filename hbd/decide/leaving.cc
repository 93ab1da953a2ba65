// How long a node that ends is still needed: walk left-without-witness.
#include "hbd/decide/leaving.h"

#include "hbd/decide/data.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

// Until the owner has gone alone, and that is stored here: without a witness
// nobody else can store it, and this host would be fenced for it. With a
// witness that may be lost, only this node can agree to a successor: it stays
// until the peer owns what was owned here.
bool Leaving::is_needed(const View& v, const std::vector<Group>& groups) const {
  if (v.peer.has_left() || !v.peer_heard_within(v.config.lease_ms)) {
    return false;
  }
  for (const Group& g : groups) {
    const GroupBeat* pg = v.peer.group(g.config.name);
    if (!pg || !v.config.tracks(g.config)) continue;
    if (begun_) {
      if (pg->holding == Holding::Own && pg->record.epoch == g.record.epoch &&
          !g.record.alone()) {
        return true;
      }
    } else if (v.config.has_witness() &&
               (pg->holding == Holding::Claim ||
                (pg->holding == Holding::Idle && pg->fit &&
                 g.record.owner == v.config.self && peer_holds_all(v, g)))) {
      return true;
    }
  }
  return false;
}

// Who has everything may take what we leave. Of a group that is not tracked
// the record does not tell: after the next start it is not acted upon.
void Leaving::begin(const View& v, std::vector<Group>* groups, Out* out) {
  begun_ = true;
  for (Group& g : *groups) {
    if (v.config.tracks(g.config) || g.record.owner != v.config.self) continue;
    g.pairing.unagreed = true;
    out->mark_dirty();
  }
  out->mark_changed();
}

bool Leaving::step(const View& v, std::vector<Group>* all, Out* out) {
  const std::vector<Group>& groups = *all;
  for (const Group& g : groups) {
    if (g.phase != Phase::Idle || g.hook.is_busy()) return false;
  }
  const uint64_t patience_ms = v.config.deadtime_ms;
  if (!begun_) {
    if (deadline_ms_ == 0) deadline_ms_ = v.now_ms + patience_ms;
    if (is_needed(v, groups) && v.now_ms < deadline_ms_) return false;
    begin(v, all, out);
    deadline_ms_ = v.now_ms + patience_ms;
    return false;
  }
  const bool nobody = !v.peer_heard_within(patience_ms);
  const bool told =
      v.last_word_ms != 0 &&
      v.peer.hearing().confirmed_sent_ms() >= v.last_word_ms &&
      v.peer.hearing().confirmed_at_ms() > v.last_word_ms;
  if (!nobody && (!told || is_needed(v, groups)) && v.now_ms < deadline_ms_) {
    return false;
  }
  return v.last_word_ms != 0 || nobody;
}

}  // namespace hbd
