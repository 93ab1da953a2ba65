// When the watcher is asked, beside its own pace, whether there is a primary
// again: somebody waits for one. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_SEARCH_H
#define TANDEM_SPLITFWD_ROUTE_SEARCH_H

#include <stdint.h>

#include "lib/waitset.h"

namespace splitfwd {

class Search {
 public:
  static const uint64_t kEveryMs = 25;
  // A change of primary that takes longer is found at the watcher's own pace.
  static const uint64_t kForMs = 3000;

  // waits: somebody does, now. True: ask. Not in the first moment, for the
  // watcher has only just looked.
  bool step(uint64_t now_ms, bool waits) {
    if (!waits) {
      due_ms_ = end_ms_ = tandem::kNever;
      return false;
    }
    if (end_ms_ == tandem::kNever) {
      end_ms_ = now_ms + kForMs;
      due_ms_ = now_ms + kEveryMs;
    }
    if (now_ms < due_ms_) return false;
    const bool over = now_ms >= end_ms_;
    due_ms_ = over ? tandem::kNever : now_ms + kEveryMs;
    return !over;
  }
  uint64_t next_due_ms() const { return due_ms_; }

 private:
  uint64_t due_ms_ = tandem::kNever;
  uint64_t end_ms_ = tandem::kNever;  // kNever: nobody waits
};

}  // namespace splitfwd

#endif
