// Beyond POSIX: rtnetlink (Linux); see netlink.h. Messages are read with
// memcpy, never through a cast pointer, and every length is checked.
//
// Renewing only what is there. RTM_NEWADDR with NLM_F_REPLACE and without
// NLM_F_CREATE creates a missing IPv4 address all the same ("userspace
// already relies on not having to provide this", net/ipv4/devinet.c), so a
// look followed by a renewal could bring back an address that expired or was
// deleted in between. But a request for an existing address takes nothing but
// the lifetimes from it, whereas creating one checks more. A renewal
// therefore carries two things that no new address could have, and the kernel
// does "renew or fail" in one step, under its own lock:
// - IFA_F_MCAUTOJOIN, refused for a unicast address (Linux 4.1 and newer, and
//   of IPv6 the one of the two that there is);
// - a scope that differs from the subnet's first address, refused for a
//   secondary address (also on 3.10).
// Only a first address on a kernel before 4.1 could still be re-created; its
// odd scope then gives it away in the look that follows every renewal, and it
// is deleted at once.
#include "vipctl/netlink.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/net.h"
#include "lib/text.h"

using tandem::Error;

namespace vipctl {

namespace {

const size_t kReplyBytes = 65536;
const unsigned kTimeoutMs = 1000;
// Not in the headers of 2013.
const unsigned short kIfaFlags = 8;
const uint32_t kIfaFlagMcAutojoin = 0x400;
const unsigned char kIfaFlagNoDad = 2;  // IPv6's IFA_F_NODAD
const unsigned char kRenewalScope = RT_SCOPE_SITE;

template <typename T>
void append(std::string* out, const T& value) {
  out->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void pad(std::string* out) { out->resize((out->size() + 3) & ~size_t(3)); }

void append_attr(std::string* out, unsigned short type, const void* data,
                 size_t n) {
  struct rtattr attr;
  attr.rta_len = static_cast<unsigned short>(sizeof attr + n);
  attr.rta_type = type;
  append(out, attr);
  out->append(static_cast<const char*>(data), n);
  pad(out);
}

std::string message(int type, int flags, uint32_t sequence,
                    const std::string& body) {
  struct nlmsghdr head;
  memset(&head, 0, sizeof head);
  head.nlmsg_len = static_cast<uint32_t>(sizeof head + body.size());
  head.nlmsg_type = static_cast<unsigned short>(type);
  head.nlmsg_flags = static_cast<unsigned short>(NLM_F_REQUEST | flags);
  head.nlmsg_seq = sequence;
  std::string out;
  append(&out, head);
  return out + body;
}

// The attributes that follow a fixed part, one after the other.
class Attrs {
 public:
  Attrs(const char* data, size_t n) : data_(data), left_(n) {}
  bool next() {
    struct rtattr attr;
    if (left_ < sizeof attr) return false;
    memcpy(&attr, data_, sizeof attr);
    if (attr.rta_len < sizeof attr || attr.rta_len > left_) return false;
    type = attr.rta_type;
    value = data_ + sizeof attr;
    bytes = attr.rta_len - sizeof attr;
    const size_t step = (attr.rta_len + size_t(3)) & ~size_t(3);
    data_ += step < left_ ? step : left_;
    left_ -= step < left_ ? step : left_;
    return true;
  }
  uint32_t number() const {
    uint32_t n = 0;
    if (bytes >= sizeof n) memcpy(&n, value, sizeof n);
    return n;
  }
  std::string text() const { return std::string(value, strnlen(value, bytes)); }
  tandem::Address address() const {
    tandem::Address a;
    if (bytes != 4 && bytes != 16) return a;
    a.family = bytes == 4 ? AF_INET : AF_INET6;
    memcpy(a.bytes, value, bytes);
    return a;
  }
  unsigned short type;
  const char* value;
  size_t bytes;

 private:
  const char* data_;
  size_t left_;
};

template <typename T>
bool take_fixed(const char** data, size_t* n, T* out) {
  if (*n < sizeof *out) return false;
  memcpy(out, *data, sizeof *out);
  const size_t step = (sizeof *out + 3) & ~size_t(3);
  *data += step < *n ? step : *n;
  *n -= step < *n ? step : *n;
  return true;
}

void read_link(const char* data, size_t n, HostNet* out) {
  struct ifinfomsg info;
  if (!take_fixed(&data, &n, &info)) return;
  Link link;
  link.index = info.ifi_index;
  link.up = (info.ifi_flags & IFF_UP) != 0;
  bool has_mac = false;
  for (Attrs a(data, n); a.next();) {
    if (a.type == IFLA_IFNAME) link.name = a.text();
    if (a.type == IFLA_MTU) link.mtu = a.number();
    if (a.type == IFLA_ADDRESS && a.bytes == sizeof link.mac.bytes) {
      memcpy(link.mac.bytes, a.value, sizeof link.mac.bytes);
      has_mac = true;
    }
  }
  link.has_arp = has_mac && info.ifi_type == ARPHRD_ETHER &&
                 (info.ifi_flags & (IFF_NOARP | IFF_LOOPBACK)) == 0;
  out->links.push_back(link);
}

void read_address(const char* data, size_t n, HostNet* out) {
  struct ifaddrmsg info;
  if (!take_fixed(&data, &n, &info)) return;
  const bool is_v4 = info.ifa_family == AF_INET;
  if (!is_v4 && info.ifa_family != AF_INET6) return;
  IfAddress addr;
  addr.index = static_cast<int>(info.ifa_index);
  addr.prefix_len = info.ifa_prefixlen;
  // Of IPv6 that bit says that an address is temporary.
  addr.secondary = is_v4 && (info.ifa_flags & IFA_F_SECONDARY) != 0;
  addr.as_ours = !is_v4 && (info.ifa_flags & kIfaFlagNoDad) != 0 &&
                 (info.ifa_flags & IFA_F_DEPRECATED) != 0;
  addr.permanent = (info.ifa_flags & IFA_F_PERMANENT) != 0;
  addr.scope = info.ifa_scope;
  for (Attrs a(data, n); a.next();) {
    // Of IPv6 there is the second one only, but on a point-to-point link.
    if (a.type == IFA_LOCAL ||
        (a.type == IFA_ADDRESS && addr.addr.family == AF_UNSPEC && !is_v4)) {
      addr.addr = a.address();
    }
    if (a.type == IFA_LABEL) addr.label = a.text();
  }
  if (addr.addr.family == info.ifa_family) out->addresses.push_back(addr);
}

void read_route(const char* data, size_t n, HostNet* out) {
  struct rtmsg info;
  if (!take_fixed(&data, &n, &info)) return;
  const bool is_v4 = info.rtm_family == AF_INET;
  if (!is_v4 && info.rtm_family != AF_INET6) return;
  if (info.rtm_type != RTN_UNICAST) return;
  uint32_t table = info.rtm_table;
  Route route;
  route.dst.family = info.rtm_family;
  route.prefix_len = info.rtm_dst_len;
  route.direct = true;
  for (Attrs a(data, n); a.next();) {
    if (a.type == RTA_DST) route.dst = a.address();
    if (a.type == RTA_OIF) route.index = static_cast<int>(a.number());
    if (a.type == RTA_GATEWAY) route.direct = false;
    if (a.type == RTA_PRIORITY) route.metric = a.number();
    if (a.type == RTA_TABLE) table = a.number();
  }
  if (table == RT_TABLE_MAIN && route.index != 0 &&
      route.prefix_len <= (is_v4 ? 32 : 128)) {
    out->routes.push_back(route);
  }
}

void read_any(int type, const char* data, size_t n, HostNet* out) {
  if (type == RTM_NEWLINK) read_link(data, n, out);
  if (type == RTM_NEWADDR) read_address(data, n, out);
  if (type == RTM_NEWROUTE) read_route(data, n, out);
}

// One datagram of answers to request `sequence`: objects go to *out (unless
// null), the verdict to *verdict. True when the answer is complete.
bool read_answers(const char* data, size_t n, uint32_t sequence, HostNet* out,
                  int* verdict) {
  struct nlmsghdr head;
  while (n >= sizeof head) {
    memcpy(&head, data, sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > n) return false;
    const char* body = data + sizeof head;
    const size_t body_bytes = head.nlmsg_len - sizeof head;
    const size_t step = (head.nlmsg_len + size_t(3)) & ~size_t(3);
    data += step < n ? step : n;
    n -= step < n ? step : n;
    if (head.nlmsg_seq != sequence) continue;  // late answer to an older one
    if (head.nlmsg_type == NLMSG_DONE) return true;
    if (head.nlmsg_type == NLMSG_ERROR) {
      int code = -EPROTO;
      if (body_bytes >= sizeof code) memcpy(&code, body, sizeof code);
      *verdict = -code;
      return true;
    }
    if (out) read_any(head.nlmsg_type, body, body_bytes, out);
  }
  return false;
}

}  // namespace

Error Netlink::open() {
  // Blocking, with a timeout: the kernel answers at once or not at all.
  tandem::UniqueFd fd(socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE));
  if (!fd.valid()) return Error::from_errno("netlink socket");
  Error e = tandem::set_cloexec(fd.get());
  if (e) return e;
  struct timeval tv;
  tv.tv_sec = kTimeoutMs / 1000;
  tv.tv_usec = 0;
  const int rcvbuf = 1 << 20;  // route dumps; the kernel's limit may be lower
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof rcvbuf);
  struct sockaddr_nl self;
  memset(&self, 0, sizeof self);
  self.nl_family = AF_NETLINK;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) < 0 ||
      bind(fd.get(), reinterpret_cast<struct sockaddr*>(&self),
           sizeof self) < 0) {
    return Error::from_errno("netlink socket");
  }
  fd_ = std::move(fd);
  return e;
}

Error Netlink::send(const std::string& text) {
  struct sockaddr_nl kernel;
  memset(&kernel, 0, sizeof kernel);
  kernel.nl_family = AF_NETLINK;
  ssize_t n;
  do {
    n = sendto(fd_.get(), text.data(), text.size(), 0,
               reinterpret_cast<struct sockaddr*>(&kernel), sizeof kernel);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Error::from_errno("netlink send");
  return Error::none();
}

namespace {

// Reads until the answer to `sequence` is complete.
Error receive(int fd, uint32_t sequence, HostNet* out, int* verdict) {
  std::string buf(kReplyBytes, '\0');
  *verdict = 0;
  for (;;) {
    struct sockaddr_nl from;
    socklen_t from_bytes = sizeof from;
    const ssize_t n = recvfrom(fd, &buf[0], buf.size(), 0,
                               reinterpret_cast<struct sockaddr*>(&from),
                               &from_bytes);
    if (n < 0) {
      if (errno == EINTR) continue;
      return Error::from_errno("netlink receive");
    }
    if (from.nl_pid != 0) continue;  // only the kernel answers
    if (read_answers(buf.data(), static_cast<size_t>(n), sequence, out,
                     verdict)) {
      return Error::none();
    }
  }
}

}  // namespace

Error Netlink::ask(const std::string& text, int* verdict) {
  Error e = send(text);
  if (!e) e = receive(fd_.get(), sequence_, nullptr, verdict);
  return e;
}

Error Netlink::dump(int type, unsigned char family, HostNet* out) {
  // The longest of the three fixed parts; the kernel reads the family first.
  struct ifinfomsg info;
  memset(&info, 0, sizeof info);
  info.ifi_family = family;
  std::string body;
  append(&body, info);
  Error e = send(message(type, NLM_F_DUMP, ++sequence_, body));
  if (e) return e;
  int verdict;
  e = receive(fd_.get(), sequence_, out, &verdict);
  if (e || verdict == 0) return e;
  errno = verdict;
  return Error::from_errno("netlink dump");
}

Error Netlink::read_host(int family, bool with_routes, HostNet* out) {
  HostNet net;
  const unsigned char of = static_cast<unsigned char>(family);
  Error e = dump(RTM_GETLINK, AF_UNSPEC, &net);
  if (!e) e = dump(RTM_GETADDR, of, &net);
  if (!e && with_routes) e = dump(RTM_GETROUTE, of, &net);
  if (!e) *out = net;
  return e;
}

namespace {

// What names the address in a request about it.
std::string naming(const Place& place, unsigned char scope) {
  struct ifaddrmsg info;
  memset(&info, 0, sizeof info);
  const size_t bytes = place.addr.byte_count();
  info.ifa_family = static_cast<unsigned char>(place.addr.family);
  info.ifa_prefixlen = static_cast<unsigned char>(place.prefix_len);
  info.ifa_flags = place.addr.is_v4() ? 0 : kIfaFlagNoDad;
  info.ifa_scope = place.addr.is_v4() ? scope : 0;
  info.ifa_index = static_cast<uint32_t>(place.link.index);
  std::string body;
  append(&body, info);
  append_attr(&body, IFA_LOCAL, place.addr.bytes, bytes);
  append_attr(&body, IFA_ADDRESS, place.addr.bytes, bytes);
  return body;
}

std::string setting(const Place& place, int flags, unsigned char scope,
                    uint32_t address_flags, uint32_t lifetime_s,
                    uint32_t sequence) {
  struct ifa_cacheinfo life;
  memset(&life, 0, sizeof life);
  life.ifa_prefered = place.addr.is_v4() ? lifetime_s : 0;
  life.ifa_valid = lifetime_s;
  std::string body = naming(place, scope);
  if (place.addr.is_v4()) {
    append_attr(&body, IFA_LABEL, place.label.c_str(), place.label.size() + 1);
  } else if (address_flags != 0) {
    address_flags |= kIfaFlagNoDad;
  }
  if (address_flags != 0) {
    append_attr(&body, kIfaFlags, &address_flags, sizeof address_flags);
  }
  append_attr(&body, IFA_CACHEINFO, &life, sizeof life);
  return message(RTM_NEWADDR, flags | NLM_F_ACK, sequence, body);
}

std::string deletion(const Place& place, uint32_t sequence) {
  return message(RTM_DELADDR, NLM_F_ACK, sequence, naming(place, 0));
}

bool was_absent(int verdict) {
  return verdict == EADDRNOTAVAIL || verdict == ENODEV;
}

}  // namespace

Error Netlink::change(const Place& place, int flags, unsigned char scope,
                      uint32_t address_flags, uint32_t lifetime_s,
                      int* verdict) {
  return ask(setting(place, flags, scope, address_flags, lifetime_s,
                     ++sequence_), verdict);
}

Error Netlink::set_address(const Place& place, uint32_t lifetime_s) {
  int verdict;
  Error e = change(place, NLM_F_CREATE | NLM_F_REPLACE, place.scope, 0,
                   lifetime_s, &verdict);
  if (e || verdict == 0) return e;
  errno = verdict;
  return Error::from_errno("set %s", place.text().c_str());
}

Error Netlink::renew_address(const Place& place, uint32_t lifetime_s,
                             Standing* out) {
  int verdict;
  Error e = change(place, NLM_F_REPLACE, kRenewalScope, kIfaFlagMcAutojoin,
                   lifetime_s, &verdict);
  if (e) return e;
  // EINVAL: it would have been created; ENODEV: the interface is gone.
  if (verdict == EINVAL || verdict == ENODEV) {
    *out = Standing();
    return e;
  }
  if (verdict != 0) {
    errno = verdict;
    return Error::from_errno("renew %s", place.text().c_str());
  }
  e = find_address(place, out);
  if (e || !out->there || !place.addr.is_v4() ||
      out->scope != kRenewalScope) {
    return e;
  }
  bool was;
  *out = Standing();
  return delete_address(place, &was);
}

Error Netlink::step_back(const Place& place, uint32_t lifetime_s,
                         Standing* out) {
  // Without promotion the host's own address would go along with this one.
  Error e = keep_secondaries(place.link.name);
  if (e) return e;
  const uint32_t first = ++sequence_;
  const uint32_t second = ++sequence_;
  e = send(deletion(place, first) +
           setting(place, NLM_F_CREATE | NLM_F_EXCL, place.scope, 0,
                   lifetime_s, second));
  int deleted = 0;
  int set = 0;
  if (!e) e = receive(fd_.get(), first, nullptr, &deleted);
  if (!e) e = receive(fd_.get(), second, nullptr, &set);
  if (e) return e;
  if (was_absent(deleted)) {
    // It has expired or was deleted since the last look: it must not come
    // back, and the kernel has just performed the second half all the same.
    // Measured, with a pause put in above: there for 70 us, unannounced.
    bool was;
    *out = Standing();
    return delete_address(place, &was);
  }
  if (deleted != 0) {
    errno = deleted;
    return Error::from_errno("delete %s", place.text().c_str());
  }
  if (set != 0 && set != EEXIST) {
    *out = Standing();
    errno = set;
    return Error::from_errno("set %s again", place.text().c_str());
  }
  return find_address(place, out);
}

Error Netlink::find_address(const Place& place, Standing* out) {
  HostNet net;
  Error e = dump(RTM_GETADDR, static_cast<unsigned char>(place.addr.family),
                 &net);
  if (!e) *out = find_standing(net, place);
  return e;
}

Error Netlink::delete_address(const Place& place, bool* was) {
  int verdict;
  Error e = ask(deletion(place, ++sequence_), &verdict);
  if (e) return e;
  if (was_absent(verdict)) {
    *was = false;
    return e;
  }
  if (verdict != 0) {
    errno = verdict;
    return Error::from_errno("delete %s", place.text().c_str());
  }
  *was = true;
  return e;
}

Error keep_secondaries(const std::string& dev) {
  const std::string path =
      "/proc/sys/net/ipv4/conf/" + dev + "/promote_secondaries";
  // In a container /proc/sys may be there to read only.
  tandem::UniqueFd in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char now = 0;
  if (in.valid() && read(in.get(), &now, 1) == 1 && now == '1') {
    return Error::none();
  }
  tandem::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd.valid()) return Error::from_errno("%s", path.c_str());
  if (write(fd.get(), "1\n", 2) != 2) {
    return Error::from_errno("%s", path.c_str());
  }
  return Error::none();
}

}  // namespace vipctl
