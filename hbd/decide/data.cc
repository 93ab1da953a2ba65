// The record against the attributes `instance` and `role` of a server.
#include "hbd/decide/data.h"

#include "hbd/decide/group.h"
#include "hbd/decide/view.h"

namespace hbd {

namespace {

bool holds_all(const View& v, const Group& g, const std::string& node,
               const tandem::Attrs& attrs) {
  const Record& r = g.record;
  if (r.none()) return false;
  if (!goes_by_record(v, g)) return true;
  if (!v.config.tracks(g.config) && r.owner == node) return true;
  const std::string instance = tandem::attr_value(attrs, "instance");
  const tandem::Attrs::const_iterator role = attrs.find("role");
  if (r.owner == node) {
    // A server forgets its source only after it has applied everything.
    return r.owner_instance.empty() || instance == r.owner_instance ||
           (role != attrs.end() && role->second != "replica");
  }
  return !r.alone() && instance == r.paired;
}

}  // namespace

bool goes_by_record(const View& v, const Group& g) {
  const bool was_tracked = !g.record.start_pos.empty() && !g.config.follows;
  return v.config.tracks(g.config) || was_tracked || v.disagrees_on_tracking();
}

bool we_hold_all(const View& v, const Group& g) {
  return holds_all(v, g, v.config.self, v.server.attrs());
}

bool peer_holds_all(const View& v, const Group& g) {
  return !v.peer.is_unheard() &&
         holds_all(v, g, v.config.peer, v.peer.beat().attrs);
}

void describe_data(const View& v, const Group& g, bool forced,
                   Record* claimed) {
  const Record& known = g.record;
  if (!v.config.tracks(g.config) || known.none() || forced) return;
  if (known.owner == v.config.self) {
    claimed->owner_instance = known.owner_instance;
    claimed->back = known.back;
  } else if (known.owner_instance.empty() || !known.back) {
    claimed->owner_instance = v.server.attr("instance");
    claimed->back = known.owner_instance.empty();
  }
  // else: handed back to us, who had everything before
}

}  // namespace hbd
