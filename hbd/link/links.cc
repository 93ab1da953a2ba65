// Sockets for beats, one a link. A link that cannot be bound is tried again
// each second; one that is deaf is health.h's to tell.
#include "hbd/link/links.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "hbd/decide/beat.h"
#include "lib/holder.h"
#include "lib/net.h"

namespace hbd {

using tandem::Address;
using tandem::Error;

namespace {

const int kDatagramsPerTurnMax = 2048;  // a frozen hbd's backlog fits
const uint64_t kRetryMs = 1000;

}  // namespace

Links::Links(const Member& self) : next_try_ms_(0) {
  for (const Address& a : self.ucast) {
    Shared at;  // no device
    at.to = a;
    links_.push_back(Link("ucast " + at.to.text(), at));
  }
  for (const Shared& at : self.bcast) {
    links_.push_back(Link("bcast " + at.device, at));
  }
}

Error Links::bind_link(Link* link, int* why) {
  if (!link->at.device.empty()) {
    return open_shared(link->at, &link->index, &link->fd, why);
  }
  *why = 0;
  tandem::UniqueFd fd;
  const Address& local = link->at.to;
  Error e = tandem::open_socket(local.family, SOCK_DGRAM, 0, &fd);
  if (e) return e;
  struct sockaddr_storage addr;
  const socklen_t n = local.fill(&addr);
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n) < 0) {
    *why = errno;
    return Error::from_errno("bind %s", local.text().c_str());
  }
  link->fd = std::move(fd);
  return e;
}

Error Links::open() {
  bool any_bound = false;
  Error missing;
  for (Link& link : links_) {
    int why;
    const Error e = bind_link(&link, &why);
    if (why == EADDRINUSE) {
      return tandem::with_holder(e, link.at.to, SOCK_DGRAM);
    }
    if (e && why != EADDRNOTAVAIL && why != ENODEV) return e;
    any_bound |= !e;
    if (!e) continue;
    missing = e;
    tandem::log_warn("link %s is missing: %s", link.name.c_str(), e.c_str());
  }
  return any_bound ? Error::none() : missing;
}

void Links::step(uint64_t now_ms) {
  if (now_ms < next_try_ms_) return;
  next_try_ms_ = now_ms + kRetryMs;
  for (Link& link : links_) {
    if (link.fd.valid() && !link.at.device.empty() &&
        device_index(link.at.device) != link.index) {
      link.fd.reset();
      tandem::log_warn("link %s is missing: the interface has gone",
                       link.name.c_str());
    }
    int why;
    if (link.fd.valid() || bind_link(&link, &why)) continue;
    tandem::log_info("link %s is there", link.name.c_str());
  }
}

void Links::want(tandem::Selector* sel) const {
  for (const Link& l : links_) {
    if (l.fd.valid()) sel->want_read(l.fd.get());
  }
}

void Links::receive(std::vector<Datagram>* out) {
  char buf[kBeatBytesMax + 1];  // one more shows that it was longer
  for (size_t i = 0; i < links_.size(); ++i) {
    if (!links_[i].fd.valid()) continue;
    for (int k = 0; k < kDatagramsPerTurnMax; ++k) {
      struct sockaddr_storage from;
      socklen_t from_bytes = sizeof from;
      memset(&from, 0, sizeof from);
      const ssize_t n = recvfrom(links_[i].fd.get(), buf, sizeof buf, 0,
                                 reinterpret_cast<struct sockaddr*>(&from),
                                 &from_bytes);
      if (n < 0) break;  // nothing more, or an ICMP error of an earlier send
      Datagram d;
      d.link = i;
      d.source = Address::from_sockaddr(from);
      d.bytes.assign(buf, static_cast<size_t>(n));
      out->push_back(d);
    }
  }
}

void Links::send(const std::vector<Address>& to, const std::string& bytes) {
  for (size_t i = 0; i < links_.size() && i < to.size(); ++i) {
    Link* link = &links_[i];
    if (!link->fd.valid() || to[i].family == AF_UNSPEC) continue;
    struct sockaddr_storage addr;
    const socklen_t n = to[i].fill(&addr);
    const ssize_t sent =
        sendto(link->fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL,
               reinterpret_cast<struct sockaddr*>(&addr), n);
    note_send(link, to[i], sent < 0 ? errno : 0);
  }
}

void Links::note_send(Link* link, const Address& to, int error_number) {
  int* last = &link->send_errno[to.text()];
  if (error_number == *last) return;
  if (error_number != 0) {
    tandem::log_warn("link %s cannot send to %s: %s", link->name.c_str(),
                     to.text().c_str(), strerror(error_number));
  } else {
    tandem::log_info("link %s sends to %s again", link->name.c_str(),
                     to.text().c_str());
  }
  *last = error_number;
}

}  // namespace hbd
