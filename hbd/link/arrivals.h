// How regularly beats come in: what is lost, and how long the pauses are. For
// who asks what deadtime a network allows; decides nothing. Pure.
#ifndef TANDEM_HBD_LINK_ARRIVALS_H
#define TANDEM_HBD_LINK_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

#include <deque>
#include <utility>

namespace hbd {

// The last thousand of some times in ms.
class Gaps {
 public:
  static const size_t kMost = 1000;
  void add(uint64_t ms);
  void clear() { all_.clear(); }
  size_t count() const { return all_.size(); }
  // So many of a hundred are not longer; of 100 the longest. 0: there is none.
  uint64_t percentile(unsigned percent) const;

 private:
  std::deque<uint64_t> all_;
};

// The beats of one start of a node, over one link or over all.
class Arrivals {
 public:
  // Beats come in order of their numbers, each once; one of another start of
  // the sender has clear() before it.
  void on_beat(uint64_t now_ms, uint64_t seq);
  void clear();
  const Gaps& gaps() const { return gaps_; }
  // Of the beats that were sent since the first of those that are kept, so
  // many of a thousand did not come.
  unsigned lost_permille() const;

 private:
  std::deque<uint64_t> seqs_;
  uint64_t last_ms_ = 0;
  Gaps gaps_;
};

// The shortest deadtime that twice the longest of those pauses would not have
// passed, in whole tenths of a second; never below twice the keepalive.
uint64_t deadtime_allowed_ms(const Gaps& gaps, uint64_t keepalive_ms);

}  // namespace hbd

#endif
