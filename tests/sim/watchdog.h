// What must go on while faults last, and what must not happen over and over.
// Looks at the world every 50 ms, knows all of it, and counts for how long
// each host has been sound and each pair of hosts has heard each other.
//
//   stays      an owner that is sound, and that the peer, the witness or a
//              ping node confirms all the while, never lets go by itself.
//   serves     a sound node that may own, with nobody owning, does so within
//              a bound: also when an operator's order went before.
//   writes     writers of a sound owner do not wait for a dead replica.
//   replies    what hbctl was told is done happens within a bound.
//   storms     no event, hook or log line again and again.
#ifndef TANDEM_TESTS_SIM_WATCHDOG_H
#define TANDEM_TESTS_SIM_WATCHDOG_H

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "tests/sim/setup.h"

namespace sim {

class World;

class Watchdog {
 public:
  explicit Watchdog(World* w) : w_(*w) {}
  void begin();                    // from now on
  // Something befell the host that it may answer by letting go, or rest for.
  void disturb(size_t host);
  void on_hook_failed(size_t host);
  void on_command(size_t host, const hbd::Command& c);
  void on_reply(size_t host, bool ok);
  void on_start(size_t host, size_t id, uint64_t epoch);  // a start hook
  void on_event(size_t host, const std::string& name);
  void on_log(size_t host, const std::string& text);

 private:
  struct Order {                   // takeover -f or init
    hbd::CommandKind kind;
    size_t host, id;
    unsigned life;
    Ms replied;                    // 0 = not yet
    uint64_t epoch;                // that the node knew then
  };
  struct Group {
    bool owned = false, legal = false;  // at the last look
    Ms unserved = 0;               // since when; 0 = it is served
    Ms able = 0;                   // this host could own it since
  };
  struct Node {
    // Since when; 0 = not now.
    Ms sound = 0, heard[3] = {}, pinged = 0, all_pinged = 0, writes = 0;
    Ms disturbed = 0, failed = 0;  // last; 0 = never
    Ms idle[kGroups] = {};         // neither owns nor claims since
    unsigned life = 0;             // of its hbd, and whether that has heard
    bool ever = false;             // the peer
    Group groups[kGroups];
    std::map<std::string, std::deque<Ms>> seen;  // for storms
  };
  void look();
  void look_at_host(size_t host);
  bool is_sound(size_t host) const;
  bool hear_each_other(size_t a, size_t b) const;
  bool is_confirmed(size_t host, size_t id) const;
  bool follows(size_t host, size_t id) const;
  bool holds_server(size_t host) const;
  bool may_take(size_t host, size_t id) const;
  bool has_data(size_t host, size_t id) const;
  bool has_right(size_t host, size_t id) const;
  void check_stays(size_t host, size_t id);
  void check_serves(size_t id);
  void check_writes(size_t host);
  void check_orders();
  void count(size_t host, const std::string& what, size_t most);
  World& w_;
  bool on_ = false;
  Node nodes_[3];
  Ms commanded_ = 0;               // the last command to either node
  std::vector<Order> orders_;
};

}  // namespace sim

#endif
