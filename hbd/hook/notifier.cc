#include "hbd/hook/notifier.h"

#include <inttypes.h>

#include "lib/log.h"

namespace hbd {

namespace {

const size_t kQueueMax = 32;

}  // namespace

void Notifier::push(uint64_t now_ms, const HookRun& run) {
  if (queue_.size() < kQueueMax) {
    queue_.push_back(run);
  } else if (++total_, dropped_++ == 0) {
    tandem::log_warn("event notify: %zu wait already, dropped: %s",
                     queue_.size(), run.what.c_str());
  }
  run_next(now_ms);
}

void Notifier::step(uint64_t now_ms) {
  hooks_.step(now_ms);
  if (!hooks_.take_ended().empty()) running_ = false;
  run_next(now_ms);
}

void Notifier::run_next(uint64_t now_ms) {
  while (!running_ && !queue_.empty()) {
    if (dropped_ > 0 && queue_.size() < kQueueMax) {
      tandem::log_warn("event notify: dropped=%" PRIu64, dropped_);
      dropped_ = 0;
    }
    hooks_.run(now_ms, queue_.front(), -1);
    queue_.pop_front();
    running_ = hooks_.take_ended().empty();  // else it could not be run
  }
}

}  // namespace hbd
