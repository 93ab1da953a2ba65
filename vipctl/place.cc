#include "vipctl/place.h"

#include <string.h>

#include "lib/text.h"

using tandem::Error;

namespace vipctl {

namespace {

const Link* link_by_index(const HostNet& net, int index) {
  for (size_t i = 0; i < net.links.size(); ++i) {
    if (net.links[i].index == index) return &net.links[i];
  }
  return nullptr;
}

const Link* link_by_name(const HostNet& net, const std::string& name) {
  for (size_t i = 0; i < net.links.size(); ++i) {
    if (net.links[i].name == name) return &net.links[i];
  }
  return nullptr;
}

// The best route to addr: longest prefix, then lowest metric. dev_index 0 =
// out of any interface.
const Route* best_route(const HostNet& net, const tandem::Address& addr,
                        int dev_index, bool direct_only) {
  const Route* best = nullptr;
  for (size_t i = 0; i < net.routes.size(); ++i) {
    const Route& r = net.routes[i];
    if (dev_index != 0 && r.index != dev_index) continue;
    if (direct_only && !r.direct) continue;
    if (!same_subnet(r.dst, addr, r.prefix_len)) continue;
    if (!best || r.prefix_len > best->prefix_len ||
        (r.prefix_len == best->prefix_len && r.metric < best->metric)) {
      best = &r;
    }
  }
  return best;
}

unsigned choose_prefix(const VipSpec& spec, const HostNet& net, int index) {
  if (spec.prefix_len != 0) return spec.prefix_len;
  unsigned longest = 0;
  for (size_t i = 0; i < net.addresses.size(); ++i) {
    const IfAddress& a = net.addresses[i];
    if (a.index == index && a.prefix_len > longest &&
        same_subnet(a.addr, spec.addr, a.prefix_len)) {
      longest = a.prefix_len;
    }
  }
  if (longest != 0) return longest;
  const Route* r = best_route(net, spec.addr, index, true);
  if (r && r->prefix_len != 0) return r->prefix_len;
  return spec.addr.byte_count() * 8;
}

// Always with a colon, which is how find_place() knows our own address again.
std::string free_label(const HostNet& net, const std::string& dev) {
  for (unsigned n = 0;; ++n) {
    const std::string tail = tandem::format(":%u", n);
    const std::string label =
        dev.substr(0, kNameBytesMax - tail.size()) + tail;
    bool used = false;
    for (size_t i = 0; i < net.addresses.size() && !used; ++i) {
      used = net.addresses[i].label == label;
    }
    if (!used) return label;
  }
}

bool has_virtual_label(const IfAddress& a) {
  return a.label.find(':') != std::string::npos;
}

bool is_hosts_own(const IfAddress& a) {
  if (!a.addr.is_v4()) return !a.as_ours;
  return !a.secondary && !has_virtual_label(a);
}

// It is, or would be, secondary to a first address at place.
bool hangs_on(const IfAddress& a, const Place& place) {
  return a.index == place.link.index && a.prefix_len == place.prefix_len &&
         a.secondary && same_subnet(a.addr, place.addr, a.prefix_len);
}

Place place_of(const IfAddress& a, const Link& link) {
  Place p;
  p.link = link;
  p.addr = a.addr;
  p.prefix_len = a.prefix_len;
  p.label = a.label;
  p.scope = a.scope;
  p.permanent = a.permanent;
  p.first_in_subnet = !a.secondary;
  return p;
}

}  // namespace

Mac::Mac() { memset(bytes, 0, sizeof bytes); }

bool Mac::operator==(const Mac& other) const {
  return memcmp(bytes, other.bytes, sizeof bytes) == 0;
}

std::string Mac::text() const {
  return tandem::format("%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1],
                        bytes[2], bytes[3], bytes[4], bytes[5]);
}

std::string Place::text() const {
  return tandem::format("%s/%u on %s%s%s", addr.host().c_str(), prefix_len,
                        link.name.c_str(), label.empty() ? "" : " as ",
                        label.c_str());
}

Found find_place(const VipSpec& spec, const HostNet& net, Place* out) {
  const IfAddress* elsewhere = nullptr;
  for (size_t i = 0; i < net.addresses.size(); ++i) {
    const IfAddress& a = net.addresses[i];
    if (!a.addr.same_host(spec.addr)) continue;
    const Link* link = link_by_index(net, a.index);
    if (!link) continue;  // the interface went between the two questions
    if ((!spec.dev.empty() && link->name != spec.dev) ||
        (spec.prefix_len != 0 && a.prefix_len != spec.prefix_len)) {
      elsewhere = &a;
      continue;
    }
    *out = place_of(a, *link);
    return is_hosts_own(a) ? Found::HostsOwn : Found::Ours;
  }
  if (!elsewhere) return Found::Absent;
  *out = place_of(*elsewhere, *link_by_index(net, elsewhere->index));
  return Found::Elsewhere;
}

Error choose_place(const VipSpec& spec, const HostNet& net, Place* out) {
  const Link* link = nullptr;
  if (!spec.dev.empty()) {
    link = link_by_name(net, spec.dev);
    if (!link) {
      return Error::make(tandem::kExitFailed, "there is no interface %s",
                         spec.dev.c_str());
    }
  } else {
    const Route* route = best_route(net, spec.addr, 0, false);
    link = route ? link_by_index(net, route->index) : nullptr;
    if (!link) {
      return Error::make(tandem::kExitFailed,
                         "no route to %s says which interface is meant: "
                         "name it",
                         spec.addr.host().c_str());
    }
  }
  Place p;
  p.link = *link;
  p.addr = spec.addr;
  p.prefix_len = choose_prefix(spec, net, link->index);
  const std::string why = misfit(p.addr, p.prefix_len);
  if (!why.empty()) {
    return Error::make(tandem::kExitFailed, "%s %s", p.addr.host().c_str(),
                       why.c_str());
  }
  if (p.addr.is_v4()) {
    p.label = spec.label.empty() ? free_label(net, link->name) : spec.label;
  }
  p.first_in_subnet = true;
  for (size_t i = 0; i < net.addresses.size(); ++i) {
    const IfAddress& a = net.addresses[i];
    if (a.index == link->index && a.prefix_len == p.prefix_len &&
        !a.secondary && same_subnet(a.addr, p.addr, p.prefix_len)) {
      p.scope = a.scope;  // the kernel refuses a secondary of another scope
      p.first_in_subnet = false;
    }
  }
  *out = p;
  return Error::none();
}

Standing find_standing(const HostNet& net, const Place& place) {
  Standing s;
  bool is_first = false;
  bool own_hangs = false;
  for (size_t i = 0; i < net.addresses.size(); ++i) {
    const IfAddress& a = net.addresses[i];
    if (a.index == place.link.index && a.prefix_len == place.prefix_len &&
        a.addr.same_host(place.addr)) {
      s.there = true;
      s.scope = a.scope;
      is_first = !a.secondary;
    } else if (hangs_on(a, place) && !has_virtual_label(a)) {
      own_hangs = true;
    }
  }
  s.leads = is_first && own_hangs;
  return s;
}

bool others_depend_on(const HostNet& net, const Place& place) {
  if (!place.first_in_subnet) return false;
  for (size_t i = 0; i < net.addresses.size(); ++i) {
    if (hangs_on(net.addresses[i], place)) return true;
  }
  return false;
}

}  // namespace vipctl
