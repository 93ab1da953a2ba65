// Beyond POSIX: ICMP by a raw socket (needs CAP_NET_RAW), or, where that is
// refused, by Linux's unprivileged ICMP datagram socket.
#include "hbd/link/ping.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/net.h"

namespace hbd {

using tandem::Address;
using tandem::Error;
using tandem::UniqueFd;

namespace {

// RFC 792, RFC 4443.
const unsigned char kEcho4 = 8;
const unsigned char kReply4 = 0;
const unsigned char kEcho6 = 128;
const unsigned char kReply6 = 129;
const size_t kHeaderBytes = 8;
const size_t kEchoBytes = kHeaderBytes + 16;
const int kPacketsPerTurnMax = 256;

void put(std::string* out, uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    *out += static_cast<char>((value >> shift) & 0xff);
  }
}

uint64_t get(const std::string& in, size_t at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) {
    value = value << 8 | static_cast<unsigned char>(in[at++]);
  }
  return value;
}

// RFC 1071; the packet's length is even.
uint16_t checksum(const std::string& packet) {
  uint32_t sum = 0;
  for (size_t i = 0; i + 1 < packet.size(); i += 2) {
    sum += static_cast<uint32_t>(get(packet, i, 2));
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

Error open_icmp(bool is_v4, UniqueFd* out) {
  const int domain = is_v4 ? AF_INET : AF_INET6;
  const int protocol =
      is_v4 ? static_cast<int>(IPPROTO_ICMP) : IPPROTO_ICMPV6;
  Error e = tandem::open_socket(domain, SOCK_RAW, protocol, out);
  if (e && !tandem::open_socket(domain, SOCK_DGRAM, protocol, out)) {
    return Error::none();
  }
  return e.within("ICMP");
}

}  // namespace

std::string format_echo(bool is_v4, uint16_t id, uint16_t seq, uint64_t token,
                        uint64_t sent_ms) {
  std::string p;
  put(&p, is_v4 ? kEcho4 : kEcho6, 1);
  put(&p, 0, 3);
  put(&p, id, 2);
  put(&p, seq, 2);
  put(&p, token, 8);
  put(&p, sent_ms, 8);
  if (is_v4) {  // the kernel does it for ICMPv6
    const uint16_t sum = checksum(p);
    p[2] = static_cast<char>(sum >> 8);
    p[3] = static_cast<char>(sum & 0xff);
  }
  return p;
}

bool parse_echo_reply(bool is_v4, const std::string& packet, uint64_t token,
                      uint64_t* sent_ms) {
  size_t at = 0;
  if (is_v4 && !packet.empty() &&
      static_cast<unsigned char>(packet[0]) >> 4 == 4) {
    at = 4 * (static_cast<unsigned char>(packet[0]) & 15u);  // IP header
  }
  if (packet.size() < at + kEchoBytes) return false;
  const unsigned char type = static_cast<unsigned char>(packet[at]);
  if (type != (is_v4 ? kReply4 : kReply6)) return false;
  if (get(packet, at + kHeaderBytes, 8) != token) return false;
  *sent_ms = get(packet, at + kHeaderBytes + 8, 8);
  return true;
}

Error Ping::open(const std::vector<Address>& nodes, uint64_t token,
                 uint64_t interval_ms, uint64_t age_ms_max) {
  bool any4 = false, any6 = false;
  for (const Address& a : nodes) {
    (a.is_v4() ? any4 : any6) = true;
  }
  Error e;
  if (any4) e = open_icmp(true, &fd4_);
  if (!e && any6) e = open_icmp(false, &fd6_);
  if (e) return e;
  nodes_ = nodes;
  token_ = token;
  interval_ms_ = interval_ms;
  age_ms_max_ = age_ms_max;
  return e;
}

void Ping::want(tandem::Selector* sel) const {
  if (fd4_.valid()) sel->want_read(fd4_.get());
  if (fd6_.valid()) sel->want_read(fd6_.get());
}

void Ping::ask(uint64_t now_ms) {
  ++seq_;
  for (const Address& node : nodes_) {
    const bool is_v4 = node.is_v4();
    const std::string packet =
        format_echo(is_v4, static_cast<uint16_t>(getpid()), seq_, token_,
                    now_ms);
    struct sockaddr_storage to;
    const socklen_t n = node.fill(&to);
    // A network that is down is the same to us as a node that is silent.
    const ssize_t sent =
        sendto(is_v4 ? fd4_.get() : fd6_.get(), packet.data(), packet.size(),
               MSG_NOSIGNAL, reinterpret_cast<struct sockaddr*>(&to), n);
    (void)sent;
  }
}

void Ping::listen(uint64_t now_ms, int fd, bool is_v4,
                  std::vector<size_t>* answered) {
  for (int k = 0; fd >= 0 && k < kPacketsPerTurnMax; ++k) {
    char buf[256];
    struct sockaddr_storage from;
    socklen_t from_bytes = sizeof from;
    memset(&from, 0, sizeof from);
    const ssize_t n = recvfrom(fd, buf, sizeof buf, 0,
                               reinterpret_cast<struct sockaddr*>(&from),
                               &from_bytes);
    if (n < 0) return;
    uint64_t sent_ms;
    const std::string packet(buf, static_cast<size_t>(n));
    if (!parse_echo_reply(is_v4, packet, token_, &sent_ms)) continue;
    if (sent_ms > now_ms || now_ms - sent_ms > age_ms_max_) continue;
    const Address source = Address::from_sockaddr(from);
    for (size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].same_host(source)) answered->push_back(i);
    }
  }
}

void Ping::step(uint64_t now_ms, std::vector<size_t>* answered) {
  if (nodes_.empty()) return;
  listen(now_ms, fd4_.get(), true, answered);
  listen(now_ms, fd6_.get(), false, answered);
  if (now_ms >= next_ms_) {
    next_ms_ = now_ms + interval_ms_;
    ask(now_ms);
  }
}

uint64_t Ping::next_due_ms() const {
  return nodes_.empty() ? tandem::kNever : next_ms_;
}

}  // namespace hbd
