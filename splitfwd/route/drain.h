// A planned move of the address, seen by the sessions. Pure.
//
//   Off -> Resting  each session ends as it comes to rest; who comes is served
//       -> Shut     connects are not answered any more: the client's kernel
//                   tries again a second later, at whoever has the address
//                   then. What is left comes to rest, or is cut.
//       -> Quiet    nothing is left: the address may go
//       -> Off      in time for those second attempts, whatever has become of
//                   the move
//
// In haste it is Shut at once, and who is there, or comes, is cut.
#ifndef TANDEM_SPLITFWD_ROUTE_DRAIN_H
#define TANDEM_SPLITFWD_ROUTE_DRAIN_H

#include <stddef.h>
#include <stdint.h>

namespace splitfwd {

class Drain {
 public:
  enum class Phase { Off, Resting, Shut, Quiet };
  enum class Step {
    None,
    Shut,  // the listeners
    Cut,   // all that are left
    Open   // the listeners
  };
  // After the last connect that was not answered: the first one's second
  // attempt comes after 1 s (RFC 6298), and again only 2 s later.
  static const uint64_t kShutMs = 900;
  // So long of it may be waited for transactions.
  static const uint64_t kCutMs = 600;
  // To look for those at rest.
  static const uint64_t kLookMs = 10;

  // Sessions that are there, up to the number last_id, have limit_ms to come to
  // rest.
  void begin(uint64_t now_ms, uint64_t limit_ms, uint64_t last_id);
  // Of any phase; the listeners are to be shut.
  void begin_in_haste(uint64_t now_ms);
  // The listeners are to be opened.
  void end() { phase_ = Phase::Off; }
  // first: how many are left of those that were there at the begin; all: with
  // those that came since.
  Step step(uint64_t now_ms, size_t first, size_t all);
  Phase phase() const { return phase_; }
  bool is_on() const { return phase_ != Phase::Off; }
  bool is_shut() const {
    return phase_ == Phase::Shut || phase_ == Phase::Quiet;
  }
  // It was there at the begin.
  bool is_first(uint64_t id) const { return id <= last_id_; }
  // How sessions have ended in it, this time.
  void on_rested() { ++rested_; }
  void on_cut() { ++not_rested_; }
  size_t rested() const { return rested_; }
  size_t not_rested() const { return not_rested_; }

 private:
  Phase phase_ = Phase::Off;
  uint64_t until_ms_ = 0;  // Resting, or the listeners are shut
  bool cut_ = false;  // it was said
  bool haste_ = false;
  uint64_t last_id_ = 0;
  size_t rested_ = 0, not_rested_ = 0;
};

}  // namespace splitfwd

#endif
