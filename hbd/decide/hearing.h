// What one node knows of another one's beats: which incarnation is the
// current one, what it has heard of us, and when the beat that it heard last
// was sent. Pure. Used by Cluster and by Witness.
#ifndef TANDEM_HBD_DECIDE_HEARING_H
#define TANDEM_HBD_DECIDE_HEARING_H

#include <stdint.h>

#include <deque>
#include <string>
#include <utility>

#include "hbd/decide/beat.h"

namespace hbd {

class Hearing {
 public:
  // self_incarnation: ours, random at each start.
  Hearing(const std::string& name, uint64_t self_incarnation)
      : name_(name), self_incarnation_(self_incarnation) {}

  // Takes a beat from this node. False: it does not count (it does not echo
  // our incarnation, is a replay, a duplicate, or of a dead incarnation).
  bool take(uint64_t now_ms, const Beat& beat, uint64_t deadtime_ms);
  // Fills from/seq/echo fields of a beat that is about to be sent.
  void stamp(uint64_t now_ms, Beat* beat);

  const std::string& name() const { return name_; }
  bool heard() const { return heard_; }          // ever, since we started
  uint64_t last_ms() const { return last_ms_; }  // last beat that counted
  // When the newest of our beats that it confirmed was sent; 0 = none.
  uint64_t confirmed_sent_ms() const { return confirmed_sent_ms_; }
  // When a confirmation last moved on.
  uint64_t confirmed_at_ms() const { return confirmed_at_ms_; }
  bool heard_within(uint64_t now_ms, uint64_t ms) const {
    return heard_ && now_ms - last_ms_ <= ms;
  }
  // True once when it was heard for the first time, or restarted.
  bool took_greeting();
  bool restarted() const { return restarted_; }  // by the last take()
  // The last that counted; an empty one before that.
  const Beat& beat() const { return beat_; }
  uint64_t dropped() const { return dropped_; }

 private:
  bool is_retired(uint64_t incarnation) const;
  void learn(uint64_t now_ms, const Beat& beat, uint64_t deadtime_ms);
  std::string name_;
  uint64_t self_incarnation_;
  uint64_t incarnation_ = 0;   // its current one, proven by an echo; 0 = none
  uint64_t echo_incarnation_ = 0;  // what we echo; may be unproven
  uint64_t echo_seq_ = 0;
  std::deque<uint64_t> retired_;
  uint64_t seq_sent_ = 0;
  std::deque<std::pair<uint64_t, uint64_t>> sent_;  // (seq, ms) unconfirmed
  bool heard_ = false, greet_ = false, restarted_ = false;
  uint64_t last_ms_ = 0, confirmed_sent_ms_ = 0, confirmed_at_ms_ = 0;
  uint64_t dropped_ = 0;
  Beat beat_;
};

}  // namespace hbd

#endif
