#include "tests/sim/attacker.h"

#include <algorithm>

#include "tests/sim/world.h"

namespace sim {

namespace {
const size_t kTapeMax = 3000;
const size_t kFirstsMax = 60;
}  // namespace

void Attacker::on_datagram(size_t from, size_t to, const hbd::Beat& b) {
  Tape& tape = tapes_[from][to];
  tape.all.push_back(b);
  if (tape.all.size() > kTapeMax) tape.all.pop_front();
  if (b.echo_incarnation == 0 && tape.firsts.size() < kFirstsMax) {
    tape.firsts.push_back(b);
  }
}

size_t Attacker::replay_firsts(size_t from, size_t to) {
  const std::vector<hbd::Beat> firsts = tapes_[from][to].firsts;
  const uint64_t present = w_.hosts[from].proc.incarnation;
  size_t n = 0;
  for (const hbd::Beat& b : firsts) {
    if (b.incarnation == present) continue;
    ++n;
    w_.arrive(to, b);
  }
  return n;
}

void Attacker::replay(size_t from, size_t to, uint64_t n) {
  const std::deque<hbd::Beat>& all = tapes_[from][to].all;
  if (all.empty()) return;
  w_.arrive(to, hbd::Beat(all[n % all.size()]));
}

void Attacker::replay_last(size_t from, size_t to, size_t count) {
  const std::deque<hbd::Beat> all = tapes_[from][to].all;
  for (size_t i = all.size() - std::min(count, all.size()); i < all.size();
       ++i) {
    w_.arrive(to, all[i]);
  }
}

}  // namespace sim
