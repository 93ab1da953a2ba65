// An observer that sees everything: what each hbd and the witness sent and
// when, what reached them, what they were told. After every input it asks
// whether the core does what design.md allows to one that knows this and no
// more. Of the core it reads phase() and record(), never why.
//
// The rules, each with the words that a breach is reported by:
//   lifeline   "longer than anybody confirmed": nobody writes a time beyond
//              the lease after the sending of a beat that somebody with the
//              right to it confirmed ("Who may own").
//   overlap    "two hbds may own": the times that two nodes have written for
//              one group never overlap.
//   letting go "goes on": after the last time written, after a pause longer
//              than the lease, or against a higher record, nobody owns.
//   knowledge  "has forgotten": the highest record heard is the one held.
//   epochs     "claims": above all that were heard, of the node's own parity,
//              and raised by nobody who hears nothing from outside.
//   let in     "is let in": who was kept out follows first.
//   starting   "starts": by a right that what it had heard gives ("Who may
//              start", "The grant"); see starts.cc.
//   granting   "the witness grants": a deadtime after it confirmed another.
//   fencing    "fences": a peer that left, or that is fenced already.
#ifndef TANDEM_TESTS_SIM_AUDIT_H
#define TANDEM_TESTS_SIM_AUDIT_H

#include <deque>
#include <map>
#include <string>

#include "tests/sim/setup.h"

namespace sim {

class World;

const Ms kOrderMs = 65000;  // an operator's order grows stale after a minute

// A confirmation: of the receiver's beat of that time, by the peer for any
// epoch from this one on, by the witness for this one.
struct Grace {
  Ms sent;
  uint64_t epoch;
};

// What one process has heard from another one since it started.
struct Heard {
  bool ever = false;
  size_t order = 0;      // of the sender's life
  uint64_t seq = 0;
  size_t tried = 0;      // another life that was heard of
  Ms tried_at = 0;
  uint64_t stamped = 0, tried_after = 0;  // our last beat; and before that
  uint64_t sure_after = 0;  // what it confirms of them, it has surely heard
  Ms last = 0;           // receiver's clock, as all times here but sent_at
  Ms confirmed_at = 0;   // when a confirmation of ours last moved on
  uint64_t confirmed_seq = 0;
  Ms sent_at = 0;        // world time at which the last one was sent
  hbd::Beat beat;        // the last that counted
  std::deque<Grace> graces[kGroups];  // the newest last
  bool within(Ms t, Ms ms) const { return ever && t - last <= ms; }
  bool silent(Ms t, Ms deadtime) const {
    return ever && (t - last > deadtime || t - confirmed_at > deadtime);
  }
};

// What a node knew at one moment.
struct Basis {
  Ms t = 0, uptime = 0;
  Heard from[3];
  Ms ping_last = 0, ping_since = 0, left_since = 0;
  bool seen_owner = false;
  bool watch_up = false, fenced = false;
  std::string instance, role, pos;
};

class Audit {
 public:
  explicit Audit(World* w) : w_(*w) {}
  // Called by the simulated processes in the order of what happens.
  void on_start(size_t host, uint64_t incarnation, Ms t);
  void on_end(size_t host);
  void on_crash(size_t host);  // of the host: no address is left
  void on_stamp(size_t host, Ms t, const hbd::Beat& b);  // not sent yet
  void on_send(size_t host, Ms t, const hbd::Beat& b);
  void on_beat(size_t host, Ms t, const hbd::Beat& b);  // fed to the core next
  void on_ping(size_t host, Ms t);
  void on_watch(size_t host, bool up, const tandem::Attrs& attrs);
  // takeover -f or init; group: "" = all
  void on_order(size_t host, Ms t, const std::string& group);
  void on_turn(size_t host);          // all its actions are performed
  void on_input(size_t host, Ms t);   // the core has settled it
  void on_persist(size_t host, const hbd::State& s);
  void on_lifeline(size_t host, size_t id, Ms until);
  void on_hold(size_t host, size_t id, Ms until);
  void on_drop(size_t host, size_t id);
  void on_hook(size_t host, size_t id, const hbd::HookRun& run);
  void on_fenced(size_t host);        // its fence event succeeded
  void on_followed(size_t host);      // its follow event succeeded
  // Its present hbd has heard the peer.
  bool has_heard_peer(size_t host) const {
    return nodes_[host].runs && nodes_[host].from[1 - host].ever;
  }

 private:
  struct Sent {
    uint64_t seq, echoed;   // which life of the other one it answers
    Ms t, at;               // sender's clock, the world's
  };
  struct Group {
    hbd::Phase phase = hbd::Phase::Idle;
    Ms until = 0;            // last lifeline written; 0 = none
    bool hold = false;       // it was a hold
    Ms may = 0;              // the longest it was allowed so far
    uint64_t started_epoch = 0;
    Ms ordered = 0;          // takeover -f or init, for the next start; 0 = no
    bool forced = false;     // that start was by force
    bool lonely = false;     // and nobody was heard
    bool seen_owner = false;
    Basis claim, basis;      // when it began to claim, and to start
    hbd::Record before;      // on disk, before the epoch of now
    bool before_blank = true, before_out = false;
    uint64_t claimed = 0;    // epoch of its last claim that was sent
    std::deque<uint64_t> heard;  // epochs heard when the next ones began
  };
  struct Node {
    bool runs = false;
    uint64_t incarnation = 0;
    Ms started = 0, last_input = 0, late_at = 0;
    Heard from[3];
    std::deque<Sent> sent[3];
    Ms ping_last = 0, ping_since = 0;
    bool watch_up = false;
    std::string instance, role, pos;
    Ms left_since = 0;       // the peer says that it leaves since
    bool followed = false;   // in this life
    Ms ordered = 0;          // the last such order for any; 0 = never
    Ms fenced_at = 0;        // world time; the peer was not heard since
    bool has_fenced = false, heard_since_fence = false;
    Group groups[kGroups];
  };

  void look_at_claim(size_t host, const hbd::GroupBeat& gb);
  void look_at_let_in(size_t host, const hbd::GroupState& was,
                      const hbd::GroupState& now);
  bool hears_anything(const Node& n, Ms t, Ms deadtime) const;
  bool counts(size_t host, size_t from, Ms t, const hbd::Beat& b);
  bool answers(size_t host, size_t from, const hbd::Beat& b) const;
  Ms deadtime_of(size_t host) const;
  void take(size_t host, size_t from, Ms t, const hbd::Beat& b);
  void note_graces(size_t host, size_t from, Ms sent);
  Ms newest_grace(size_t host, size_t from, size_t id) const;
  void look_at_node(size_t host, Ms t);
  void look_at_group(size_t host, size_t local, Ms t, Ms gap);
  void look_at_witness(Ms t);
  Basis basis_of(const Node& n, const Group& g, Ms t) const;
  bool is_ordered(size_t host, size_t id, Ms t) const;
  bool needs_nobody(size_t host, size_t id, Ms t) const;
  bool is_astray(size_t host, size_t id) const;
  void keep_holds(size_t host, const Node& before);
  Ms may_own_until(size_t host, size_t id, Ms t) const;
  void check_overlap(size_t host, size_t id);
  void look_at_fence(size_t host);
  void fail(size_t host, const std::string& what);

  // starts.cc: by what right. "" = by a good one.
  void look_at_start(size_t host, size_t id, const hbd::HookRun& run);
  std::string wrong_data(size_t host, size_t id) const;
  std::string wrong_right(size_t host, size_t id,
                          const hbd::HookRun& run) const;
  std::string wrong_by_peer(size_t host, size_t id,
                            const hbd::HookRun& run) const;
  bool waits_for_owner(size_t host, size_t id) const;
  std::string wrong_first(size_t host, const Basis& b) const;
  std::string wrong_position(size_t host, size_t id) const;
  std::string wrong_silence(size_t host, const Basis& b) const;
  std::string wrong_ping(size_t host, size_t id, const Basis& b) const;
  void look_at_grant(size_t id, const hbd::Record& r, Ms t);

  World& w_;
  size_t lives_ = 0;
  std::map<uint64_t, size_t> orders_;  // incarnation: which life of all
  Node nodes_[3];
  uint64_t forced_[2][kGroups] = {};   // a forced claim that was not begun yet
  hbd::Record granted_[kGroups];       // what the witness held last
  Ms confirmed_[kGroups] = {};         // when it last confirmed its owner
};

}  // namespace sim

#endif
