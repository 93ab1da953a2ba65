// The texts of why a group waits. Each is whole here, so that a line of a log
// leads to its place.
#include "hbd/decide/wait.h"

#include "hbd/decide/group.h"
#include "hbd/decide/view.h"

namespace hbd {

Wait Wait::not_fit(Unfit u) {
  Wait w(NotFit);
  w.unfit = u;
  return w;
}

Wait Wait::other_claims(const std::string& group) {
  Wait w(OtherClaims);
  w.other = group;
  return w;
}

namespace {

// What the peer is, where the wait is for something else because of it.
std::string peer_and(const View& v) {
  const std::string& peer = v.config.peer;
  switch (v.peer.state()) {
    case PeerState::Unheard:
      return peer + " was not heard since this start and ";
    case PeerState::Silent: return peer + " is silent and ";
    case PeerState::Left: return peer + " left and ";
    case PeerState::Here:
    case PeerState::Late: break;
  }
  return "";
}

std::string record_of(const Group& g) {
  return " (record: " + record_text(g.record) + ")";
}

}  // namespace

std::string wait_text(const View& v, const Group& g, const Wait& w) {
  const std::string& peer = v.config.peer;
  const std::string unheard = peer + " was not heard since this start";
  switch (w.kind) {
    case Wait::Nothing: return "";
    case Wait::NotFit: return unfit_text(v, w.unfit);
    case Wait::MayLackWrites:
      return peer_and(v) + "this node may lack acknowledged writes" +
             record_of(g);
    case Wait::LastOwnerNotFit:
      return "the last owner " + peer + " is heard but not fit yet";
    case Wait::RoleUnknown:
      return "no record, and nobody can tell the role of the server " +
             (v.server.attr("role").empty() ? std::string("here")
                                            : "on " + peer) +
             ": see its watcher";
    case Wait::RolesUnclear:
      return "no record, and the servers are " + v.server.attr("role") +
             " here and " + v.peer.attr("role") + " on " + peer +
             (v.peer.attr("role") == "readonly" ? ", with different writes"
                                                : "") +
             ": say which is the primary with 'hbctl init' there";
    case Wait::SourceLives:
      return unheard +
             ", but the local server replicates from a living primary";
    case Wait::NoRecord:
      return unheard + " and there is no record (hbctl init)";
    case Wait::WitnessNotHeard:
      return peer_and(v) + "the witness is not heard";
    case Wait::WitnessEmpty:
      return peer_and(v) + "the witness has no record (a new disk?): hbctl takeover -f founds one";
    case Wait::NotAloneBefore:
      return unheard + " and this node did not own it alone" + record_of(g);
    case Wait::NothingHeard: return unheard + " and nothing else is heard";
    case Wait::StuckAndSilent:
      return peer + " fell silent after its stop hook had failed: fence it by hand, then hbctl takeover -f";
    case Wait::NotSettled:
      return peer_and(v) + "nothing else was heard for long enough";
    case Wait::SilentPeerWaits: return peer_and(v) + "silent_peer = wait";
    case Wait::LeftElsewhere:
      return peer + " left at position " + v.peer.attr("pos") +
             ", this server is at " + v.server.attr("pos");
    case Wait::Disagrees:
      return (v.peer.is_there() ? peer + " " : peer_and(v)) +
             "does not agree with this node (see hbctl status): bring both files together, or hbctl takeover -f";
    case Wait::OtherClaims: return "group " + w.other + " claims first";
    case Wait::NobodyCanTake:
      return "the local server is down and " + peer + " may not take it";
    case Wait::AloneNotStored:
      return "neither " + peer + " nor the witness has stored that this node is alone; writers wait";
    case Wait::StopFailed:
      return "a stop hook failed a moment ago, and nothing is given away (hbctl clear)";
    case Wait::CalledOff:
      return g.owner.called_off + ", and nothing is given away for a moment (hbctl clear)";
    case Wait::Maintenance: {
      if (v.maintenance.is_on(v.now_ms)) {
        return "maintenance: nothing is started, stopped or moved";
      }
      return peer + " may have its address on hold for a maintenance; when it is off: hbctl takeover -f";
    }
    case Wait::PeerApplies: {
      const std::string lag = v.peer.attr("lag");
      return "the server on " + peer + " is " +
             (lag.empty() ? std::string("an unknown time") : lag + " s") +
             " behind, which is waited for";
    }
  }
  return "";
}

}  // namespace hbd
