// Pauses that grow: how long what failed waits until it is tried again. Pure.
#ifndef TANDEM_LIB_PAUSE_H
#define TANDEM_LIB_PAUSE_H

#include <stdint.h>

namespace tandem {

// The pause after so many failures in a row: first_ms, twice that ... most_ms.
uint64_t pause_ms(unsigned failures, uint64_t first_ms, uint64_t most_ms);

// When a program that shall always run is started again: 100 ms after its
// end, twice that after the next one, 10 s at most. One that ran for 10 s had
// come up: its end counts as the first.
class RestartPause {
 public:
  RestartPause() : end_count_(0), last_ms_(0), due_ms_(0) {}
  // started_ms: when the one that ended began; now_ms if it did not even that.
  void on_end(uint64_t started_ms, uint64_t now_ms);
  uint64_t last_ms() const { return last_ms_; }  // the pause begun last
  uint64_t due_ms() const { return due_ms_; }    // its end; 0: none was

 private:
  unsigned end_count_;
  uint64_t last_ms_, due_ms_;
};

}  // namespace tandem

#endif
