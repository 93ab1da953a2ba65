// Beyond POSIX: packet sockets (Linux); see announce.h.
#include "vipctl/announce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/select.h"
#include "vipctl/arp.h"
#include "vipctl/ndp.h"

using tandem::Error;

namespace vipctl {

namespace {

const uint64_t kProbeGapMs = 40;
const unsigned kProbeCount = 2;
const unsigned kReadsPerTurn = 64;

uint32_t word(const tandem::Address& addr, size_t at) {
  uint32_t n;
  memcpy(&n, addr.bytes + at, sizeof n);
  return ntohl(n);
}

// Lets through only what says who has addr: the sender's address of ARP, the
// target of an advertisement. The keeper sleeps through the rest of a busy
// segment.
Error attach_filter(int fd, const tandem::Address& addr) {
  static const unsigned kAdvertisement = 136;
  struct sock_filter by_arp[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 14},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, word(addr, 0)},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  };
  struct sock_filter by_ndp[] = {
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, 6},  // next header
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 11, IPPROTO_ICMPV6},
      {BPF_LD | BPF_B | BPF_ABS, 0, 0, 40},  // its type
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 9, kAdvertisement},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 48},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 7, word(addr, 0)},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 52},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 5, word(addr, 4)},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 56},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, word(addr, 8)},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 60},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, word(addr, 12)},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  };
  struct sock_fprog program;
  program.len = addr.is_v4() ? sizeof by_arp / sizeof by_arp[0]
                             : sizeof by_ndp / sizeof by_ndp[0];
  program.filter = addr.is_v4() ? by_arp : by_ndp;
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                 sizeof program) < 0) {
    return Error::from_errno("packet filter");
  }
  return Error::none();
}

void link_address(int index, bool is_v4, struct sockaddr_ll* out) {
  memset(out, 0, sizeof *out);
  out->sll_family = AF_PACKET;
  out->sll_protocol = htons(is_v4 ? ETH_P_ARP : ETH_P_IPV6);
  out->sll_ifindex = index;
}

Mac broadcast_mac() {
  Mac mac;
  memset(mac.bytes, 0xff, sizeof mac.bytes);
  return mac;
}

}  // namespace

Error Announcer::open(const Place& place, const HostNet& net) {
  index_ = place.link.index;
  addr_ = place.addr;
  mac_ = place.link.mac;
  own_macs_.clear();
  for (size_t i = 0; i < net.links.size(); ++i) {
    if (net.links[i].has_arp) own_macs_.push_back(net.links[i].mac);
  }
  fd_.reset();
  if (!place.link.has_arp) return Error::none();
  // Protocol 0 until the filter is there, so that nothing slips in before.
  tandem::UniqueFd fd;
  Error e = tandem::open_socket(AF_PACKET, SOCK_DGRAM, 0, &fd);
  if (!e) e = attach_filter(fd.get(), addr_);
  if (e) return e.within("announcing");
  struct sockaddr_ll at;
  link_address(index_, addr_.is_v4(), &at);
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&at), sizeof at) < 0) {
    return Error::from_errno("announcing on %s", place.link.name.c_str());
  }
  fd_ = std::move(fd);
  return e;
}

Error Announcer::send(const std::string& packet, const Mac& mac) {
  if (!fd_.valid()) return Error::none();
  struct sockaddr_ll to;
  link_address(index_, addr_.is_v4(), &to);
  to.sll_halen = sizeof mac.bytes;
  memcpy(to.sll_addr, mac.bytes, sizeof mac.bytes);
  ssize_t n;
  do {
    n = sendto(fd_.get(), packet.data(), packet.size(), 0,
               reinterpret_cast<struct sockaddr*>(&to), sizeof to);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Error::from_errno("announcing");
  return Error::none();
}

Error Announcer::announce() {
  return addr_.is_v4() ? send(arp_announcement(addr_, mac_), broadcast_mac())
                       : send(ndp_announcement(addr_, mac_), all_nodes_mac());
}

Error Announcer::probe() {
  return addr_.is_v4() ? send(arp_probe(addr_, mac_), broadcast_mac())
                       : send(ndp_probe(addr_), solicited_node_mac(addr_));
}

// from: who sent it, as the link says.
bool Announcer::claims(const char* packet, size_t n, const unsigned char* from,
                       Mac* who) const {
  if (addr_.is_v4()) return arp_claims(packet, n, addr_, who);
  if (!ndp_claims(packet, n, addr_)) return false;
  memcpy(who->bytes, from, sizeof who->bytes);
  return true;
}

bool Announcer::heard_claim(Mac* who) {
  if (!fd_.valid()) return false;
  bool heard = false;
  for (unsigned i = 0; i < kReadsPerTurn; ++i) {
    char packet[256];
    struct sockaddr_ll from;
    socklen_t from_bytes = sizeof from;
    const ssize_t n = recvfrom(fd_.get(), packet, sizeof packet, 0,
                               reinterpret_cast<struct sockaddr*>(&from),
                               &from_bytes);
    if (n < 0) break;  // nothing more; an error of the link shows in send()
    Mac claimer;
    if (from.sll_pkttype == PACKET_OUTGOING ||
        !claims(packet, static_cast<size_t>(n), from.sll_addr, &claimer)) {
      continue;
    }
    bool own = false;
    for (size_t k = 0; k < own_macs_.size(); ++k) {
      own = own || own_macs_[k] == claimer;
    }
    if (own) continue;
    *who = claimer;
    heard = true;
  }
  return heard;
}

Error find_rival(Announcer* announcer, bool* found, Mac* who) {
  *found = false;
  if (announcer->fd() < 0) return Error::none();
  tandem::Selector selector;
  for (unsigned i = 0; i < kProbeCount; ++i) {
    Error e = announcer->probe();
    if (e) return e;
    const uint64_t until_ms = tandem::clock_ms() + kProbeGapMs;
    while (tandem::clock_ms() < until_ms) {
      selector.clear();
      selector.want_read(announcer->fd());
      e = selector.wait(until_ms);
      if (e) return e;
      if (announcer->heard_claim(who)) {
        *found = true;
        return e;
      }
    }
  }
  return Error::none();
}

}  // namespace vipctl
