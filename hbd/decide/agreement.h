// What both nodes and the witness must agree on, as a beat carries it by part,
// and what follows when they do not. Pure.
//
// part     differs                     then
// times    keepalive, deadtime, lease  the longest deadtime counts for all, so
//                                      that a change node by node is safe
// arbiter  witness, ping nodes, none   no claim from silence
// groups   number, scripts, server     no claim from silence
// order    the same groups, reordered  no claim from silence
// policy   silent_peer, track_sync     no claim from silence
// names    another address, say        a warning
//
// While groups, order or policy differ, the record of a group that is not
// tracked on a node counts there as if it were, the peer heard or not: the peer
// may keep track of it. So only the last owner claims one that nobody tracks.
//
// A claim from silence is one made because the peer is not heard. What the
// peer has told last counts, over a restart too; a peer that tells nothing of
// it (an older hbd) is unknown, and said to be.
#ifndef TANDEM_HBD_DECIDE_AGREEMENT_H
#define TANDEM_HBD_DECIDE_AGREEMENT_H

#include <stdint.h>

#include <string>
#include <vector>

namespace hbd {

struct Times {
  uint64_t keepalive_ms = 200, deadtime_ms = 2000, lease_ms = 1000;
};

// Words, short because a beat is; "" = not told. A witness tells its times.
struct Agreement {
  std::string times;    // KEEPALIVE/DEADTIME/LEASE in milliseconds
  std::string arbiter;  // "w:gw", "p:" and a digest of the ping nodes, "none"
  std::string shape;    // digest of the groups' scripts, in order
  std::string policy;   // t or w: silent_peer; s or n: track_sync
  std::vector<std::string> groups;  // their names, in order

  Agreement() {}
  explicit Agreement(const Times& t);
  bool is_told() const { return !times.empty(); }
  uint64_t deadtime_ms() const;  // 0 when not told
  bool counts_on_witness(const std::string& name) const {
    return arbiter == "w:" + name;
  }
  bool operator==(const Agreement& o) const;
};

// The fields of an agreement in a line, for both ways; names of groups are
// told by the groups of a beat, and stored by state.h.
template <class F, class A>
void agreement_fields(F* f, A* a) {
  f->optional("t", &a->times);
  f->optional("arb", &a->arbiter);
  f->optional("shape", &a->shape);
  f->optional("pol", &a->policy);
}

struct Config;
// What this node goes by.
Agreement own_agreement(const Config& config);

struct Difference {
  std::string part, here, there;
  bool is_unsafe;  // no claim from silence
};

// What two have told each other and do not agree on; nothing about what one of
// them has not told.
std::vector<Difference> compare(const Agreement& here, const Agreement& there);
bool is_unsafe(const std::vector<Difference>& differences);
// Of the groups, their order or the policy: what decides which are tracked.
bool is_about_tracking(const std::vector<Difference>& differences);
// "arbiter differs: witness gw here, none on hdp4"
std::string difference_text(const Difference& d, const std::string& peer);

// The index in `ours` of each of `theirs`: by name, and what is left over by
// position, so that a group stays itself when its name (its first address)
// changes on one side. ours.size() where there is none.
std::vector<size_t> match_names(const std::vector<std::string>& ours,
                                const std::vector<std::string>& theirs);

}  // namespace hbd

#endif
