// The fence event: when it may be tried, and what its success is good for.
#include "hbd/decide/fence.h"

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/pause.h"

namespace hbd {

using tandem::LogLevel;

namespace {
const uint64_t kPauseMinMs = 5000;
const uint64_t kPauseMaxMs = 60000;
}  // namespace

void run_fence(View* v, Group* g, const std::string& reason, Out* out) {
  Fence* f = &v->fence;
  if (f->done || f->running || v->now_ms < f->retry_ms) return;
  out->log(LogLevel::Warn, "group %s fences %s: %s", g->name(),
           v->config.peer.c_str(), reason.c_str());
  out->notify(g, "fencing", reason);
  f->running = true;
  run_event(*v, g, EventRun::Fence, reason, out);
}

void on_fence_exit(View* v, Group* g, bool ok, Out* out) {
  Fence* f = &v->fence;
  f->running = false;
  f->done = ok;
  f->failures = ok ? 0 : f->failures + 1;
  f->retry_ms = v->now_ms + tandem::pause_ms(f->failures, kPauseMinMs,
                                             kPauseMaxMs);
  if (!ok && !g->hook.was_killed()) {
    out->log(LogLevel::Err, "fencing %s failed", v->config.peer.c_str());
  }
}

void end_fence(View* v) {
  v->fence.done = false;
  v->fence.failures = 0;
}

}  // namespace hbd
