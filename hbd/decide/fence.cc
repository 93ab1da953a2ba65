// The fence event: when it may be tried, and what its success is good for.
#include "hbd/decide/fence.h"

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const uint64_t kRetryMs = 5000;
}  // namespace

void run_fence(const View& v, Group* g, const std::string& reason, Out* out) {
  if (v.now_ms < g->fence.retry_ms) return;
  out->log(LogLevel::Warn, "group %s fences %s: %s", g->name(),
           v.config.peer.c_str(), reason.c_str());
  out->notify(g, "fencing", reason);
  run_event(v, g, EventRun::Fence, reason, out);
}

void on_fence_exit(const View& v, Group* g, bool ok, Out* out) {
  g->fence.retry_ms = v.now_ms + kRetryMs;
  if (ok && g->phase == Phase::Idle) g->fence.done = true;
  if (ok && g->phase == Phase::Owning) g->fence.for_alone = true;
  if (!ok) {
    out->log(LogLevel::Err, "fencing %s failed", v.config.peer.c_str());
  }
}

}  // namespace hbd
