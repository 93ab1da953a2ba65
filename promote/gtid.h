// Transaction numbers, of both kinds. MariaDB's are domain-server-sequence: a
// position names the last transaction of each domain, a state
// (gtid_binlog_state) the last of each server in each domain. MySQL's are
// sets, SOURCE:FIRST-LAST, whole as position and as state. Pure.
#ifndef TANDEM_PROMOTE_GTID_H
#define TANDEM_PROMOTE_GTID_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"

namespace promote {

struct Gtid {
  uint32_t domain;
  uint32_t server;
  uint64_t seq;
};

// Transactions first..last of one server in one domain, or of a MySQL source.
struct GtidRange {
  uint32_t domain;
  uint32_t server;
  std::string source;  // MySQL's server_uuid, and :TAG if it has one; else ""
  uint64_t first;
  uint64_t last;
};

// Of one kind: the other member is empty.
struct Gtids {
  // MariaDB's, by domain, then server; each (domain, server) once, its
  // highest sequence.
  std::vector<Gtid> last;
  // MySQL's, by source, then number; neighbours have a gap between them.
  std::vector<GtidRange> ranges;
  bool empty() const { return last.empty() && ranges.empty(); }
};

// "0-126-7,1-126-3" or "UUID:1-7:9,UUID:1-3", blanks and newlines allowed
// after commas, empty for none. False, and nothing stored: not such a list.
TANDEM_MUST_USE bool parse_gtids(const std::string& text, Gtids* out);
std::string format_gtids(const Gtids& list);
// The same for an attribute, which has its longest: a text that is longer
// becomes a digest, good for telling whether two servers are at the same.
std::string brief_gtids(const std::string& text);

// The last transaction of each domain in a or b: one entry a domain. With one
// argument it makes a position of a state. Of sets the union.
Gtids latest(const Gtids& a, const Gtids& b = Gtids());
// Everything that a or b has: a state, when both are one.
Gtids merged(const Gtids& a, const Gtids& b);
// True when position a has reached position b: in each domain of b the
// sequence of a is at least b's. Knows nothing of divergence: see missing().
// Of sets: b is a subset of a.
bool reached(const Gtids& a, const Gtids& b);
// What of `want` (a position or state) is not in `have` (a state), by domain
// AND server: the sequence alone would let a diverged server pass. A range
// starts after the last transaction that both know in its domain (exact under
// gtid_strict_mode). Of sets: want minus have.
std::vector<GtidRange> missing(const Gtids& have, const Gtids& want);
// MariaDB's, a state that fits a position: of each (domain, server) in state
// the highest that pos has reached, and pos itself.
Gtids state_up_to(const Gtids& state, const Gtids& pos);
// How many transactions these are; of MariaDB's at most so many.
uint64_t count_of(const std::vector<GtidRange>& ranges);
// "0-126-8", "0-126-8..11" or "UUID:8-11", separated by ", ".
std::string format_ranges(const std::vector<GtidRange>& ranges);
// True when every range starts after what position pos names in its domain.
// Of sets: when pos has none of it.
bool all_beyond(const std::vector<GtidRange>& ranges, const Gtids& pos);

}  // namespace promote

#endif
