// The links. Each is one UDP socket: bound to an address of this host, or to
// the broadcasts of an interface. Bytes in, bytes out: who may speak is decided
// by their signature, not by their source.
#ifndef TANDEM_HBD_LINK_LINKS_H
#define TANDEM_HBD_LINK_LINKS_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "hbd/link/member.h"
#include "hbd/link/shared.h"
#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/select.h"

namespace hbd {

struct Datagram {
  size_t link;
  tandem::Address source;
  std::string bytes;
};

class Links {
 public:
  // The links of this host: its ucast, then its bcast.
  explicit Links(const Member& self);
  // Binds all. A port in use is an error; an address or an interface that this
  // host does not have (yet) is one only when it has none of them: else that
  // link is tried again every second.
  TANDEM_MUST_USE tandem::Error open();
  void want(tandem::Selector* sel) const;
  // Everything that waits, up to a bound that only a flood reaches.
  void receive(std::vector<Datagram>* out);
  // On every link for which `to` has an address. A link that does not take it
  // is logged once for that receiver until it does again.
  void send(const std::vector<tandem::Address>& to, const std::string& bytes);
  // Binds what could not be bound before, and again what is bound to an
  // interface that has gone.
  void step(uint64_t now_ms);

  size_t count() const { return links_.size(); }
  const std::string& name(size_t link) const { return links_[link].name; }
  bool is_bound(size_t link) const { return links_[link].fd.valid(); }
  // Others than this node's correspondents may rightly be heard on it.
  bool is_shared(size_t link) const { return !links_[link].at.device.empty(); }

 private:
  struct Link {
    std::string name;
    Shared at;        // what it is bound to; no device = an address of ours
    unsigned index;   // of the device, when it was bound
    tandem::UniqueFd fd;
    // Of the last send to each; 0 = it went.
    std::map<std::string, int> send_errno;
    Link(const std::string& n, const Shared& s) : name(n), at(s), index(0) {}
  };
  // *why: errno of a failure, else 0.
  static tandem::Error bind_link(Link* link, int* why);
  void note_send(Link* link, const tandem::Address& to, int error_number);
  std::vector<Link> links_;
  uint64_t next_try_ms_;
};

}  // namespace hbd

#endif
