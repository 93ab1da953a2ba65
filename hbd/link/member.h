// Who beats to whom and over which links, as hbd.ini says it. Pure.
#ifndef TANDEM_HBD_LINK_MEMBER_H
#define TANDEM_HBD_LINK_MEMBER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/core.h"
#include "hbd/link/shared.h"
#include "lib/addr.h"

namespace hbd {

// A host that beats: its links, by kind. The i-th of a kind of one host talks
// to the i-th of that kind of another.
struct Member {
  std::string name;
  std::vector<tandem::Address> ucast;
  std::vector<Shared> bcast, mcast;
  bool has_link() const {
    return !ucast.empty() || !bcast.empty() || !mcast.empty();
  }
};

// One pair: the only one of a node, one of many on a witness.
struct PairSettings {
  std::string name;
  std::string authkeys;         // path
  int authkeys_line = 0;        // of hbd.ini, where it says so
  Times times;
  std::vector<Member> members;  // the two nodes
};

// What the links are told of hbd.ini.
struct LinkSettings {
  bool is_witness = false;          // role = witness
  std::string self;
  Member witness;  // name "" = none; role = witness: this host
  std::vector<PairSettings> pairs;  // role = node: exactly one
  std::vector<tandem::Address> pings;

  const Member& member(const std::string& name) const;  // of pairs[0]
  const Member& local() const;                          // this host
  const std::string& peer() const;                      // of pairs[0]
};

}  // namespace hbd

#endif
