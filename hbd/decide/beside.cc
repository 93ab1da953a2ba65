// Where the server is, and what that means for those that follow it.
#include "hbd/decide/beside.h"

#include "hbd/decide/group.h"

namespace hbd {

// One that stops in order has not gone yet; and one that starts at the peer is
// not there yet: it may fail.
Place find_server(const View& v, const Group& first) {
  switch (first.phase) {
    case Phase::Starting:
    case Phase::Owning: return Place::Here;
    case Phase::Stopping:
      if (first.owner.why != Why::Forced) return Place::Here;
      break;
    case Phase::Idle:
    case Phase::Claiming:
    case Phase::Stuck: break;
  }
  const GroupBeat* pg = v.peer.group(first.config.name);
  const bool there = pg && v.peer.is_there() &&
                     pg->holding == Holding::Own && !pg->starting;
  return there ? Place::Peer : Place::Unknown;
}

bool is_astray(const View& v, const Group& g) {
  return g.config.follows && v.server_at != Place::Here;
}

bool follows_by_itself(const View& v, const Group& g, CommandKind order) {
  if (!g.config.follows) return false;
  return order == CommandKind::Standby  ? v.server_at == Place::Here
         : order == CommandKind::Takeover ? v.server_at != Place::Here
                                          : false;
}

}  // namespace hbd
