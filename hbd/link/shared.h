// A link that a whole network hears: broadcast out of one interface.
#ifndef TANDEM_HBD_LINK_SHARED_H
#define TANDEM_HBD_LINK_SHARED_H

#include <string>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/fd.h"

namespace hbd {

struct Shared {
  std::string device;
  tandem::Address to;  // 255.255.255.255:PORT
  bool operator==(const Shared& other) const {
    return device == other.device && to == other.to;
  }
};

// A datagram socket that takes what comes in at the interface for that address
// and port, and nothing else, and sends out of the interface. *index is the
// interface's as it is now; the same name with another index is another
// interface, and the socket is deaf then. *why is errno of a failure, ENODEV
// when there is no such interface.
TANDEM_MUST_USE tandem::Error open_shared(const Shared& shared,
                                          unsigned* index,
                                          tandem::UniqueFd* out, int* why);
// The interface's index, 0 when there is none of that name.
unsigned device_index(const std::string& device);

}  // namespace hbd

#endif
