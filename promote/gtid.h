// MariaDB's transaction numbers: domain-server-sequence. A position names the
// last transaction of each domain; a state (gtid_binlog_state) the last of
// each server in each domain. Pure.
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

// Sorted by domain, then server; each (domain, server) once, its highest
// sequence. Serves as a position and as a state.
typedef std::vector<Gtid> Gtids;

// Transactions first..last of one server in one domain.
struct GtidRange {
  uint32_t domain;
  uint32_t server;
  uint64_t first;
  uint64_t last;
};

// "0-126-7,1-126-3", blanks and newlines allowed after commas, empty for
// none. False, and nothing stored: not such a list.
TANDEM_MUST_USE bool parse_gtids(const std::string& text, Gtids* out);
std::string format_gtids(const Gtids& list);

// The last transaction of each domain in a or b: one entry a domain. With one
// argument it makes a position of a state.
Gtids latest(const Gtids& a, const Gtids& b = Gtids());
// True when position a has reached position b: in each domain of b the
// sequence of a is at least b's. Knows nothing of divergence: see missing().
bool reached(const Gtids& a, const Gtids& b);
// What of `want` (a position or state) is not in `have` (a state), by domain
// AND server: the sequence alone would let a diverged server pass. A range
// starts after the last transaction that both know in its domain (exact under
// gtid_strict_mode).
std::vector<GtidRange> missing(const Gtids& have, const Gtids& want);
// "0-126-8" or "0-126-8..11", separated by ", ".
std::string format_ranges(const std::vector<GtidRange>& ranges);
// True when every range starts after what position pos names in its domain.
bool all_beyond(const std::vector<GtidRange>& ranges, const Gtids& pos);

}  // namespace promote

#endif
