// A beat: one node's whole state in one datagram of text, and its codec.
// Pure; signing is in sign.h. parse_beat() sees only bytes whose signature
// was right, and still trusts none of them.
#ifndef TANDEM_HBD_DECIDE_BEAT_H
#define TANDEM_HBD_DECIDE_BEAT_H

#include <string>
#include <vector>

#include "hbd/decide/agreement.h"
#include "hbd/decide/record.h"
#include "lib/watch.h"

namespace hbd {

const size_t kBeatBytesMax = 1200;  // with the signature, below any MTU
const size_t kBeatTextMax = kBeatBytesMax - 32;  // without it

// What a node does with a group, as others need to know it.
enum class Holding {
  Idle,     // neither owns nor claims; nothing of it runs here
  Claim,    // wants to own it: see the claim
  Own,      // owns it, start hooks may still run
  Release,  // stop hooks run
  Stuck     // a stop hook failed: it may still run here
};
const char* holding_name(Holding h);

struct Claim {
  Record record;    // what it will be once agreed: epoch, owner, alone, pos
  uint64_t base_epoch = 0, base_version = 0;  // what the claimer knew
  bool forced = false;  // by an operator: the base does not matter
};

struct GroupBeat {
  std::string name;
  Holding holding = Holding::Idle;
  bool giving_way = false;  // releases so that the receiver can take it
  bool starting = false;    // owns it, and not all start hooks have ended
  bool wants = false;       // an operator asked the sender for a takeover
  bool held = false;        // an operator moved it away from the sender
  bool fit = false;         // would take it; a witness: it has a record
  bool takes = false;       // takes it when the receiver falls silent
  Record record;    // the highest that the sender knows
  Claim claim;      // with Holding::Claim
};

// What a node or a witness keeps of a maintenance, see maintenance.h.
struct MaintenanceBeat {
  uint64_t version = 0;  // of the last order that it knows
  uint64_t left_ms = 0;  // until it is over; 0: it is off, or over. In a
                         // beat in whole seconds, rounded up
  bool holds = false;    // its addresses may be on hold
};

struct Beat {
  std::string pair;
  std::string from;
  std::string to;
  uint64_t incarnation = 0;   // random at each start of the sender
  uint64_t seq = 0;           // from 1, for this receiver
  uint64_t echo_incarnation = 0;  // the receiver's, as far as known; else 0
  uint64_t echo_seq = 0;      // highest seq heard from that incarnation
  uint64_t epoch = 0;         // highest epoch the sender has seen
  bool witness = false;
  bool up = false;            // the sender's watcher says up
  bool leaving = false;       // last beat: the sender ends in order
  bool blank = false;
  uint64_t ping_score = 0;
  std::string digest;         // of haresources
  MaintenanceBeat maintenance;
  Agreement agreement;        // its groups are those of the beat
  tandem::Attrs attrs;
  std::vector<GroupBeat> groups;
  const GroupBeat* group(const std::string& name) const;
  std::vector<std::string> group_names() const;
  std::string attr(const char* key) const {  // "" when not there
    return tandem::attr_value(attrs, key);
  }
};

// parse_beat(format_beat(b)) == b, field by field. Fields that a later version
// adds are passed over, so that a pair can be updated one node at a time.
std::string format_beat(const Beat& beat);
TANDEM_MUST_USE bool parse_beat(const std::string& text, Beat* out);

// The pair that a datagram's text names, whoever signed it; "" when it is no
// beat. Good for nothing but to tell a neighbour from a stranger.
std::string named_pair(const std::string& text);

}  // namespace hbd

#endif
