// Nothing is given away here that the peer may not have.
#include "hbd/decide/failback.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/out.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

namespace {

const unsigned kDoublings = 6;
// For those who wait for the new primary to have gone on.
const uint64_t kFollowMs = 500;

// Where the group is to be; "": where it is.
std::string home_of(const View& v, const Group& g) {
  const Config& c = v.config;
  if (g.config.follows) {
    return v.server_at == Place::Peer   ? c.peer
           : v.server_at == Place::Here ? c.self
                                        : "";
  }
  return c.auto_failback ? g.config.preferred : "";
}

uint64_t wait_ms_of(const View& v, const Group& g) {
  return g.config.follows ? kFollowMs : v.config.failback_wait_ms;
}

// Who is in trouble itself, or may be, gives nothing away for order's sake; nor
// to a peer that is late: it may be dead.
// What follows the server is of no use without it, however well it is here.
bool is_well_here(const View& v, const Group& g) {
  if (g.config.follows) return v.judges();
  const std::string role = v.server.attr("role");
  return v.peer.state() == PeerState::Here &&
         g.pairing.stage == AloneStage::None && !g.lease.is_forced() &&
         v.server.is_up() && !is_behind_on_pings(v) && v.judges() &&
         (!v.config.has_witness() || v.witness_reachable()) &&
         (!g.config.server || role.empty() || role == "primary") &&
         v.peer.agrees();
}

}  // namespace

bool is_held_by_operator(const View& v, const Group& g) {
  if (g.config.follows) return false;
  if (g.config.preferred == v.config.self) return g.orders.held;
  const GroupBeat* pg = v.peer.group(g.config.name);
  return g.orders.forced_here || (pg && pg->held);
}

uint64_t failback_due_ms(const View& v, const Group& g) {
  const Failback& f = g.failback;
  if (g.phase != Phase::Owning || f.since_ms == 0) return 0;
  const uint64_t wait_ms = wait_ms_of(v, g);
  const uint64_t due_ms = f.since_ms + wait_ms;
  if (f.count == 0) return due_ms;
  return std::max(due_ms,
                  f.given_ms + (wait_ms << std::min(f.count, kDoublings)));
}

std::string failback_text(const View& v, const Group& g) {
  const std::string home = home_of(v, g);
  const bool ours = home == v.config.self;
  if (home.empty() || (!ours && g.phase != Phase::Owning)) return "";
  if (is_held_by_operator(v, g)) {
    return "no failback to " + g.config.preferred + ": an operator moved it";
  }
  if (ours) return "";
  const uint64_t due_ms = failback_due_ms(v, g);
  const std::string& peer = v.config.peer;
  if (due_ms == 0) {
    return "failback to " + peer + " waits until it may take it and all is well here";
  }
  return tandem::format("failback to %s in %" PRIu64 " s", peer.c_str(),
                        (std::max(due_ms, v.now_ms) - v.now_ms + 999) / 1000);
}

bool step_failback(const View& v, Group* g, Out* out) {
  if (home_of(v, *g) != v.config.peer) return false;
  Failback* f = &g->failback;
  const bool held = is_held_by_operator(v, *g);
  if (held) f->count = 0;  // an operator ended it, not a failure
  if (held || !can_give(v, *g) || !is_well_here(v, *g)) {
    f->since_ms = 0;
    return false;
  }
  if (f->since_ms == 0) f->since_ms = v.now_ms;
  // The peer had it for so long that giving it back was not in vain.
  if (g->claim.begun_ms - f->given_ms > wait_ms_of(v, *g)) {
    f->count = 0;
  }
  if (v.now_ms < failback_due_ms(v, *g)) return false;
  ++f->count;
  f->given_ms = v.now_ms;
  leave(v, g, Why::Failback,
        g->config.follows
            ? "the server's group is on " + v.config.peer
            : "auto_failback: " + v.config.peer + " is preferred, and fit for " +
                  tandem::format_duration_ms(v.now_ms - f->since_ms), out);
  f->since_ms = 0;
  return true;
}

}  // namespace hbd
