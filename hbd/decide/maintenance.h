// Maintenance: nothing is started, stopped or moved, and who owns holds the
// address without a lease, so that hbd can be stopped under it. All of them
// keep the order on disk: the newest version counts. Pure.
//
//   asked    from the order on; nobody claims, takes or grants
//   agreed   peer and witness have told that they keep it: an owner's keepers
//            are on hold
//   ending   it is over, or called off: a node that may have held its address
//            says so until its keepers have a lease again; nobody takes from
//            it what it does not give, or until the kernel has ended the hold
//
// Times are told as what is left of them: nobody needs another one's clock. A
// hold ends a while after the maintenance, by the clock of its own kernel, and
// others wait longer than that.
#ifndef TANDEM_HBD_DECIDE_MAINTENANCE_H
#define TANDEM_HBD_DECIDE_MAINTENANCE_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/decide/beat.h"
#include "hbd/decide/state.h"

namespace hbd {

class Out;
struct Group;
struct View;

const uint64_t kMaintenanceMsMax = 24 * 3600 * 1000;

class Maintenance {
 public:
  // a, b: the nodes of the pair.
  Maintenance(const std::string& a, const std::string& b) : nodes_{a, b} {}
  // Of the state file.
  void restore(uint64_t now_ms, const KeptMaintenance& kept);
  KeptMaintenance to_keep(uint64_t now_ms) const;
  // An order that the node a gives, for so long; 0: off. No version of it is
  // one of b's: both may be asked at once.
  void order(uint64_t now_ms, uint64_t left_ms);
  // Takes what this one says. Returns whether what is kept has changed.
  bool take(uint64_t now_ms, const std::string& from,
            const MaintenanceBeat& said);
  MaintenanceBeat to_say(uint64_t now_ms, const std::string& self) const;

  bool is_on(uint64_t now_ms) const { return now_ms < until_ms_; }
  // Who says this keeps it as well.
  bool is_kept_by(const MaintenanceBeat& said) const {
    return said.version == version_ && said.left_ms != 0;
  }
  void agree() { agreed_ = true; }
  bool has_agreed() const { return agreed_; }  // also when it is over
  bool is_agreed(uint64_t now_ms) const { return agreed_ && is_on(now_ms); }
  uint64_t left_ms(uint64_t now_ms) const {
    return is_on(now_ms) ? until_ms_ - now_ms : 0;
  }
  uint64_t until_ms() const { return until_ms_; }
  uint64_t asked_ms() const { return asked_ms_; }  // by us; 0 = not by us
  // When its kernel has ended the hold of this node; 0: it has none.
  uint64_t hold_ms(const std::string& node) const;
  // For how long others must wait for it yet.
  uint64_t barred_ms(uint64_t now_ms, const std::string& node) const;
  bool may_hold(uint64_t now_ms, const std::string& node) const {
    return barred_ms(now_ms, node) != 0;
  }
  void forget_hold(const std::string& node) { holds_.erase(node); }

 private:
  void begin(uint64_t now_ms, uint64_t version, uint64_t left_ms);
  std::string nodes_[2];
  uint64_t version_ = 0, until_ms_ = 0, asked_ms_ = 0;
  bool agreed_ = false;
  std::map<std::string, uint64_t> holds_;  // node: hold_ms()
};

// Of a node. This group is left as it is: a maintenance is on, or the peer may
// have held it for one that is over.
bool is_left_alone(const View& v, const Group& g);
// What this node holds by that state was started by other lines than these:
// its hooks would not know of it, and no hbd may begin.
bool has_other_holds(const State& stored, const std::string& digest);
// Carries an operator's order out; left_ms 0: off. Returns what to say.
std::string order_maintenance(View* v, const std::vector<Group>& groups,
                              uint64_t left_ms, bool* ok, Out* out);
// For all, before its time.
void end_maintenance(View* v, const std::string& why, Out* out);
// Once a turn, before the groups: what the beats have made of it.
void step_maintenance(View* v, std::vector<Group>* groups, Out* out);
// "off", "asked", "on" or "ending".
const char* maintenance_state(const View& v);

}  // namespace hbd

#endif
