// Records every beat on its way to a host, also those that are lost, signed as
// they are, and sends them when it likes. It has no key: what it may do is replay. design.md: "a
// replay, an old capture or a stale node is dropped and counted".
#ifndef TANDEM_TESTS_SIM_ATTACKER_H
#define TANDEM_TESTS_SIM_ATTACKER_H

#include <deque>
#include <vector>

#include "tests/sim/setup.h"

namespace sim {

class World;

class Attacker {
 public:
  explicit Attacker(World* w) : w_(*w) {}
  void on_datagram(size_t from, size_t to, const hbd::Beat& b);
  // To that host, once: the first beats of each life of the sender but the
  // present one, which echo nobody. Returns how many.
  size_t replay_firsts(size_t from, size_t to);
  // To that host: one of all that it ever got, chosen by n.
  void replay(size_t from, size_t to, uint64_t n);
  // The last count that it got, in order.
  void replay_last(size_t from, size_t to, size_t count);

 private:
  struct Tape {
    std::vector<hbd::Beat> firsts;
    std::deque<hbd::Beat> all;
  };
  World& w_;
  Tape tapes_[3][3];
};

}  // namespace sim

#endif
