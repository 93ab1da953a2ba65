// Until when this node may own a group, and what its keepers were told of it.
// Pure.
//
// With a witness: the lease after the newest beat of ours that the peer or the
// witness has confirmed for this epoch, counted from when it was *sent*. With
// ping nodes only, also after the newest answer of one. With no arbiter: now,
// plus the lease. And while nobody's word is needed: see needs_nobody(). Of a
// group that follows the server's, where that one is not: by the peer alone.
#ifndef TANDEM_HBD_DECIDE_LEASE_H
#define TANDEM_HBD_DECIDE_LEASE_H

#include <stdint.h>

namespace hbd {

class Hearing;
class Out;
struct Group;
struct View;

class Lease {
 public:
  // A claim of a new epoch: nobody has confirmed it yet.
  void begin_claim();
  // The claim is agreed. forced: by an operator; when nobody is heard then,
  // the group is kept until somebody is.
  void begin_owning(const View& v, const Group& g, bool forced);
  // Released: a forced owner is none any more.
  void end() { forced_ms_ = 0; }
  void confirm_by_peer(uint64_t sent_ms) { peer_ms_ = sent_ms; }
  void confirm_by_witness(uint64_t sent_ms) { witness_ms_ = sent_ms; }
  // Once a turn: ownership that needs nobody goes on. When somebody is heard
  // again, a lease is left to be confirmed by them.
  void renew_unconfirmed(const View& v, const Group& g);
  // The end of the right to own; not after now: there is none.
  uint64_t until_ms(const View& v, const Group& g) const;
  bool is_forced() const { return forced_ms_ != 0; }

  // In a maintenance that all have agreed on, and behind it until there is a
  // lease again: owned until then, whoever confirms it. Once a turn.
  void hold(const View& v, const Group& g);
  // On hold since before this start.
  void begin_held(uint64_t hold_ms) { hold_ms_ = hold_ms; }
  // Or its keepers are told so yet.
  bool is_on_hold() const { return hold_ms_ != 0 || lifeline_hold_; }
  uint64_t hold_ended_ms() const { return hold_ended_ms_; }

  // The lifeline: what the keepers were told last; 0 = there is none.
  uint64_t lifeline_ms() const { return lifeline_ms_; }
  bool has_lifeline() const { return lifeline_ms_ != 0; }
  // By what was written the address is gone.
  bool lifeline_has_passed(uint64_t now_ms) const {
    return has_lifeline() && now_ms >= lifeline_ms_;
  }
  // Before a start hook, which gets the time as its first line; the keeper of
  // a resource before it is told as well.
  void write_for_start(const View& v, const Group& g, Out* out);
  // Once a turn: the new time, unless it is hardly newer.
  void write(const View& v, const Group& g, Out* out);
  void drop_lifeline(const Group& g, Out* out);

 private:
  bool needs_nobody(const View& v, const Group& g) const;
  // until_ms() without the hold.
  uint64_t leased_ms(const View& v, const Group& g) const;
  // Send time of our newest beat that they confirmed for this epoch; 0 = none.
  uint64_t peer_ms_ = 0, witness_ms_ = 0;
  uint64_t forced_ms_ = 0;  // by an operator, with nobody heard, at; 0 = no
  uint64_t unconfirmed_until_ms_ = 0;  // ours until then, whoever is heard
  uint64_t hold_ms_ = 0;        // owned until then without one; 0 = no
  uint64_t hold_ended_ms_ = 0;  // when there was a lease again
  uint64_t lifeline_ms_ = 0;
  bool lifeline_hold_ = false;  // the keepers are on hold until lifeline_ms_
};

// A beat from the peer confirms when it neither owns nor claims and knows of
// no later owner; one from the witness when we are the holder.
void confirm_by_beat(const Hearing& from, bool from_witness, Group* g,
                     const View& v);

// The peer ended in order, and what it stored last says that we own the group
// alone: by that record it never takes it by itself, whoever it hears when it
// is started again. So no lease is needed while the witness is not heard, or
// has no record.
bool is_left_to_us(const View& v, const Group& g);

}  // namespace hbd

#endif
