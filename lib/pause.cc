// Growing pauses; see pause.h. No clock here: who waits brings the time.
#include "lib/pause.h"

#include <algorithm>

namespace tandem {

namespace {

const uint64_t kFirstMs = 100;
const uint64_t kMostMs = 10000;
const uint64_t kCameUpMs = 10000;

}  // namespace

uint64_t pause_ms(unsigned failures, uint64_t first_ms, uint64_t most_ms) {
  uint64_t ms = first_ms;
  for (unsigned i = 1; i < failures && ms < most_ms; ++i) ms *= 2;
  return std::min(ms, most_ms);
}

void RestartPause::on_end(uint64_t started_ms, uint64_t now_ms) {
  if (now_ms - started_ms >= kCameUpMs) end_count_ = 0;
  ++end_count_;
  last_ms_ = pause_ms(end_count_, kFirstMs, kMostMs);
  due_ms_ = now_ms + last_ms_;
}

}  // namespace tandem
