// When a hot thread lets its sockets be for a moment. Pure.
//
// A wait costs by the descriptors it watches, ready or not. Where many threads
// want a CPU, those that would make descriptors ready have not had their turn
// when the thread has its next: it looks at many to find few, and takes the
// CPU from just those threads. Up to a millisecond later it finds them
// together. With MariaDB on the same two CPUs, 64 sessions cost a third less
// so, and their p99 was halved. A host that has a CPU to spare would only be
// delayed: there is no pause.
#ifndef TANDEM_SPLITFWD_RELAY_GATHER_H
#define TANDEM_SPLITFWD_RELAY_GATHER_H

#include <stddef.h>
#include <stdint.h>

namespace splitfwd {

// A descriptor found pays for so many looked at.
const size_t kPaidByOne = 8;
// Unpaid ones that are forgiven: in a millisecond, and at any time.
const size_t kForgivenPerMs = 50;
const size_t kForgiven = 150;
const uint64_t kPauseMaxUs = 1000;
// Crowded: so many threads want each CPU, in the mean of the last answers.
const unsigned kCrowdPerCpu = 6;
const uint64_t kAskEveryMs = 10;

class Gather {
 public:
  explicit Gather(unsigned cpus);

  // A wait has watched so many descriptors and found so many.
  void on_wait(size_t watched, size_t found, uint64_t now_ms);
  // A pause is due if the host is crowded, and that was not asked lately:
  // on_runnable() tells how many of its threads want to run now.
  bool asks(uint64_t now_ms) const;
  void on_runnable(unsigned threads, uint64_t now_ms);
  // How long the next wait should be put off; 0: not at all.
  uint64_t pause_us() const;

 private:
  uint64_t vain_us() const;

  unsigned crowd_;
  unsigned runnable_;  // eight times the mean of the last answers
  uint64_t asked_ms_;
  size_t unpaid_;
  uint64_t waited_ms_;
};

}  // namespace splitfwd

#endif
