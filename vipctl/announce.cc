// Beyond POSIX: packet sockets (Linux); see announce.h.
#include "vipctl/announce.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <netpacket/packet.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/select.h"
#include "vipctl/arp.h"

using tandem::Error;

namespace vipctl {

namespace {

const uint64_t kProbeGapMs = 40;
const unsigned kProbeCount = 2;
const unsigned kReadsPerTurn = 64;

// Lets through only packets whose sender address is addr: the keeper sleeps
// through the rest of a busy segment's ARP.
Error attach_filter(int fd, const tandem::Address& addr) {
  uint32_t ip;
  memcpy(&ip, addr.bytes, 4);
  struct sock_filter code[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, 14},  // sender's protocol address
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, ntohl(ip)},
      {BPF_RET | BPF_K, 0, 0, 0xffff},
      {BPF_RET | BPF_K, 0, 0, 0},
  };
  struct sock_fprog program;
  program.len = sizeof code / sizeof code[0];
  program.filter = code;
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
                 sizeof program) < 0) {
    return Error::from_errno("packet filter");
  }
  return Error::none();
}

void link_address(int index, struct sockaddr_ll* out) {
  memset(out, 0, sizeof *out);
  out->sll_family = AF_PACKET;
  out->sll_protocol = htons(ETH_P_ARP);
  out->sll_ifindex = index;
  out->sll_halen = 6;
  memset(out->sll_addr, 0xff, 6);  // broadcast, when sent to
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
  if (e) return e.within("ARP");
  struct sockaddr_ll at;
  link_address(index_, &at);
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&at), sizeof at) < 0) {
    return Error::from_errno("ARP on %s", place.link.name.c_str());
  }
  fd_ = std::move(fd);
  return e;
}

Error Announcer::send(const std::string& packet) {
  if (!fd_.valid()) return Error::none();
  struct sockaddr_ll to;
  link_address(index_, &to);
  ssize_t n;
  do {
    n = sendto(fd_.get(), packet.data(), packet.size(), 0,
               reinterpret_cast<struct sockaddr*>(&to), sizeof to);
  } while (n < 0 && errno == EINTR);
  if (n < 0) return Error::from_errno("ARP send");
  return Error::none();
}

Error Announcer::announce() { return send(arp_announcement(addr_, mac_)); }

Error Announcer::probe() { return send(arp_probe(addr_, mac_)); }

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
        !arp_claims(packet, static_cast<size_t>(n), addr_, &claimer)) {
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
