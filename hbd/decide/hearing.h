// What one node knows of another one's beats: which incarnation of it lives,
// what that has heard of us, and when the beat that it heard last was sent.
// Pure. Used for the peer, for the witness, and by the witness.
//
// A beat counts when its incarnation is the proven one, it echoes ours, and
// its number is new. An incarnation is proven by an answer: it echoes a beat
// of ours that was sent after we had begun to echo it. So a capture, of
// whatever age and however often it is sent, changes nothing: it can at most
// name an incarnation to be tried, and that is
// - one above the proven one (incarnations grow over restarts), or
// - any, when the proven one has not been heard for a deadtime;
// and one that does not prove itself within a deadtime is given up.
#ifndef TANDEM_HBD_DECIDE_HEARING_H
#define TANDEM_HBD_DECIDE_HEARING_H

#include <stdint.h>

#include <deque>
#include <string>
#include <utility>

#include "hbd/decide/beat.h"

namespace hbd {

// The next incarnation of a node that stored this one last (0 = none) and
// reads this wall clock: above the stored one, and above any that a lost disk
// held while the clock runs. random: its low bits.
uint64_t next_incarnation(uint64_t stored, uint64_t wall_ms, uint64_t random);

class Hearing {
 public:
  Hearing(const std::string& name, uint64_t self_incarnation,
          uint64_t deadtime_ms)
      : name_(name), self_incarnation_(self_incarnation),
        deadtime_ms_(deadtime_ms) {}

  // Takes a beat from this node. False: it does not count.
  bool take(uint64_t now_ms, const Beat& beat);
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
  // There is somebody new to be answered; true once.
  bool took_greeting();
  bool restarted() const { return restarted_; }  // by the last take()
  // The last that counted; an empty one before that.
  const Beat& beat() const { return beat_; }
  uint64_t dropped() const { return dropped_; }

 private:
  struct Life {
    uint64_t incarnation = 0;  // 0 = none
    uint64_t seq = 0;          // the highest heard of it
  };
  void try_new(uint64_t now_ms, const Beat& beat);
  bool proves_itself(const Beat& beat) const;
  void confirm(uint64_t now_ms, uint64_t echo_seq);
  std::string name_;
  uint64_t self_incarnation_, deadtime_ms_;
  Life proven_;
  Life tried_;                 // echoed instead, while it may prove itself
  uint64_t tried_since_ms_ = 0, tried_after_seq_ = 0;  // ours, when it began
  uint64_t seq_sent_ = 0;
  std::deque<std::pair<uint64_t, uint64_t>> sent_;  // (seq, ms) unconfirmed
  bool heard_ = false, greet_ = false, restarted_ = false;
  uint64_t last_ms_ = 0, confirmed_sent_ms_ = 0, confirmed_at_ms_ = 0;
  uint64_t dropped_ = 0;
  Beat beat_;
};

}  // namespace hbd

#endif
