// When is a resource asked, and when is it started again: nobody-asks.
#include "hbd/decide/liveness.h"

#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

const uint64_t kAgainMs = 100;      // what is missing is asked again after
const uint64_t kSettledMs = 5000;   // it ran for so long: the restart helped

std::string resource_name(const Group& g, size_t resource) {
  const std::vector<std::string> names = tandem::split_words(g.config.scripts);
  return resource < names.size()
             ? names[resource]
             : "resource " + std::to_string(resource);
}

void forget_old(const View& v, Liveness* l) {
  std::vector<uint64_t> kept;
  for (uint64_t ms : l->restarts_ms) {
    if (v.now_ms - ms <= v.config.flap_window_ms) kept.push_back(ms);
  }
  l->restarts_ms.swap(kept);
}

// The next resource, at once; after the last one, the first in an interval.
void go_on(const View& v, Group* g) {
  Liveness* l = &g->liveness;
  l->missing = false;
  if (++l->resource < g->config.resource_count) return;
  l->resource = 0;
  l->next_ms = v.now_ms + v.config.status_ms;
}

// The resource was started again a moment ago, and does not run: that failed.
bool restart_was_in_vain(const View& v, const Liveness& l) {
  return !l.restarts_ms.empty() &&
         v.now_ms - l.restarts_ms.back() < kSettledMs;
}

void start_again(const View& v, Group* g, Out* out) {
  Liveness* l = &g->liveness;
  const std::string name = resource_name(*g, l->resource);
  out->notify(g, "not-running", name + " is not running");
  if (restart_was_in_vain(v, *l)) {
    return fail_start(v, g, name + " does not run after its start", out);
  }
  forget_old(v, l);
  l->restarts_ms.push_back(v.now_ms);
  start_from(g, l->resource, name + " is not running: started again", out);
}

}  // namespace

void step_liveness(const View& v, Group* g, Out* out) {
  Liveness* l = &g->liveness;
  if (v.config.status_ms == 0 || l->hook_id != 0 || v.now_ms < l->next_ms) {
    return;
  }
  if (l->resource >= g->config.resource_count) l->resource = 0;
  l->hook_id = run_status(v, g, l->resource, out);
}

void stop_asking(Group* g, Out* out) {
  Liveness* l = &g->liveness;
  if (l->hook_id != 0) out->kill_hook(l->hook_id);
  l->hook_id = 0;
  l->resource = 0;
  l->missing = false;
}

bool on_status_exit(const View& v, Group* g, uint32_t hook_id, int code,
                    Out* out) {
  Liveness* l = &g->liveness;
  if (hook_id == 0 || l->hook_id != hook_id) return false;
  l->hook_id = 0;
  const bool missing = code >= 1 && code <= 3;
  if (!missing || g->phase != Phase::Owning) {
    go_on(v, g);
  } else if (!l->missing) {
    l->missing = true;
    l->next_ms = v.now_ms + kAgainMs;
    out->log(LogLevel::Warn, "group %s: %s is not running (status %d)",
             g->name(), resource_name(*g, l->resource).c_str(), code);
  } else {
    l->missing = false;
    start_again(v, g, out);
  }
  out->mark_changed();
  return true;
}

std::string missing_resource(const Group& g) {
  return g.liveness.missing ? resource_name(g, g.liveness.resource) : "";
}

bool is_flapping(const View& v, const Group& g) {
  size_t n = 0;
  for (uint64_t ms : g.liveness.restarts_ms) {
    if (v.now_ms - ms <= v.config.flap_window_ms) ++n;
  }
  return v.config.flap_limit != 0 && n >= v.config.flap_limit;
}

uint64_t liveness_due_ms(const View& v, const Group& g) {
  const bool asks = v.config.status_ms != 0 && g.phase == Phase::Owning &&
                    g.liveness.hook_id == 0;
  // What is overdue waits for something else that is due.
  return asks && g.liveness.next_ms > v.now_ms ? g.liveness.next_ms
                                               : UINT64_MAX;
}

}  // namespace hbd
