// UDP links. Link i is one socket, bound to this host's address i; it sends
// to address i of whoever is written to. Bytes in, bytes out: who may speak
// is decided by their signature, not by their source.
#ifndef TANDEM_HBD_MEDIA_H
#define TANDEM_HBD_MEDIA_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/select.h"

namespace hbd {

struct Datagram {
  tandem::Address source;
  std::string bytes;
};

class Media {
 public:
  Media() : next_try_ms_(0) {}
  // Binds all. A port in use is an error; an address that this host does not
  // have (yet) is one only when it has none of them: else that link is tried
  // again every second.
  TANDEM_MUST_USE tandem::Error open(
      const std::vector<tandem::Address>& local);
  void want(tandem::Selector* sel) const;
  // Everything that waits, up to a bound that only a flood reaches.
  void receive(std::vector<Datagram>* out);
  // On every link that `to` has an address for. A link that does not take it
  // is logged once until it does again.
  void send(const std::vector<tandem::Address>& to, const std::string& bytes);
  // Binds what could not be bound before.
  void step(uint64_t now_ms);

 private:
  struct Link {
    tandem::Address local;
    tandem::UniqueFd fd;
    int send_errno;  // of the last send; 0 = it went
    explicit Link(const tandem::Address& a) : local(a), send_errno(0) {}
  };
  // *why: errno of a failed bind, else 0.
  static tandem::Error bind_link(Link* link, int* why);
  void note_send(Link* link, const tandem::Address& to, int error_number);
  std::vector<Link> links_;
  uint64_t next_try_ms_;
};

}  // namespace hbd

#endif
