// Who beats to whom and over which links: the values, the keys of hbd.ini that
// say them, read and printed, and the rules between them. Pure.
#ifndef TANDEM_HBD_LINK_MEMBER_H
#define TANDEM_HBD_LINK_MEMBER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/config.h"
#include "hbd/link/shared.h"
#include "lib/addr.h"
#include "lib/error.h"
#include "lib/ini.h"

namespace hbd {

// A host that beats: its links, by kind. The i-th of a kind of one host talks
// to the i-th of that kind of another.
struct Member {
  std::string name;
  std::vector<tandem::Address> ucast;
  std::vector<Shared> bcast;
  bool has_link() const { return !ucast.empty() || !bcast.empty(); }
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

// nodes = NAME NAME
void members_key(tandem::IniReader* r, std::vector<Member>* out);
void members_key(tandem::IniWriter* w, const std::vector<Member>* members);
// ucast and bcast of one host; at least one of them. port: of bcast, and of
// addresses that name none.
void link_keys(tandem::IniReader* r, uint16_t port, Member* out);
void link_keys(tandem::IniWriter* w, uint16_t port, const Member* member);
// The nodes of a witness's [pair]: from its ucast, or from nodes.
void pair_members_key(tandem::IniReader* r, uint16_t port,
                      std::vector<Member>* out);
void pair_members_key(tandem::IniWriter* w, uint16_t port,
                      const std::vector<Member>* members);
// nodes of [ping]
void pings_key(tandem::IniReader* r, std::vector<tandem::Address>* out);
void pings_key(tandem::IniWriter* w,
               const std::vector<tandem::Address>* nodes);

// What no single section can see. line: of [hbd].
TANDEM_MUST_USE tandem::Error check_links(const tandem::IniFile& file,
                                          int line,
                                          const LinkSettings& settings);

}  // namespace hbd

#endif
