// The longest beat of a node, made and measured: every name as configured,
// every instance, position and flag at its longest, numbers of ten digits
// (random ones of twenty).
#include "hbd/decide/beatsize.h"

#include <algorithm>

#include "hbd/decide/maintenance.h"
#include "lib/text.h"
#include "promote/faults.h"

namespace hbd {

namespace {

const uint64_t kTenDigits = 9999999999;
const uint64_t kFiveDigits = 99999;  // no pair has more maintenances
const size_t kPosBytesMin = 52;   // a UUID and a range
// Two of them: worth more than that, claims go out together.
const size_t kPosBytesAtOnce = 96;

std::string longest(const std::string& a, const std::string& b) {
  return a.size() > b.size() ? a : b;
}

Record longest_record(const Config& c, bool tracks, size_t pos_bytes) {
  Record r;
  r.epoch = r.version = kTenDigits;
  r.owner = longest(c.self, c.peer);
  r.from = "paired";
  if (!tracks) return r;
  r.paired = r.owner_instance = std::string(kInstanceBytesMax, 'i');
  r.back = true;
  r.start_pos = std::string(pos_bytes, 'p');
  return r;
}

// claimer: index of the group that claims; all of them when out of range.
size_t longest_beat(const Config& c, size_t pos_bytes, size_t claimer) {
  Beat b;
  b.pair = c.pair;
  b.from = longest(c.self, c.peer);  // of either node: one carries what the
  b.to = longest(b.from, c.witness);  // other one records
  b.incarnation = b.echo_incarnation = UINT64_MAX;
  b.seq = b.echo_seq = b.epoch = kTenDigits;
  b.ping_score = c.ping_count;
  b.digest = c.digest;
  b.maintenance.version = kFiveDigits;
  b.maintenance.left_ms = kMaintenanceMsMax;
  b.maintenance.holds = true;
  b.agreement = own_agreement(c);
  b.attrs["role"] = "readonly";
  b.attrs["source"] = "yes";
  b.attrs["instance"] = std::string(kInstanceBytesMax, 'i');
  b.attrs["faults"] = std::string(promote::kFaultCodeMax, 'f');
  for (size_t i = 0; i < c.groups.size(); ++i) {
    const bool tracks = c.track_sync && c.groups[i].server;
    GroupBeat g;
    g.name = c.groups[i].name;
    // An owner that is starting says so instead of the first: as long. One
    // that takes it is idle: shorter.
    g.giving_way = g.wants = g.held = g.fit = true;
    g.holding = Holding::Release;
    g.record = longest_record(c, tracks, pos_bytes);
    if (claimer == i || claimer >= c.groups.size()) {
      g.holding = Holding::Claim;
      g.claim.base_epoch = g.claim.base_version = kTenDigits;
      g.claim.forced = true;
      g.claim.record = g.record;
      g.claim.record.version = 1;
      g.claim.record.paired.clear();
    }
    b.groups.push_back(g);
  }
  return format_beat(b).size();
}

bool fits(const Config& c, size_t pos_bytes, bool one_claim) {
  const size_t n = c.groups.size();
  if (!one_claim) return longest_beat(c, pos_bytes, n) <= kBeatTextMax;
  for (size_t i = 0; i < n; ++i) {
    if (longest_beat(c, pos_bytes, i) > kBeatTextMax) return false;
  }
  return true;
}

}  // namespace

bool find_room(const Config& c, BeatRoom* out) {
  for (bool one_claim : {false, true}) {
    const size_t least = one_claim ? kPosBytesMin : kPosBytesAtOnce;
    for (size_t pos = tandem::kAttrValueBytesMax; pos >= least; --pos) {
      if (!fits(c, pos, one_claim)) continue;
      out->pos_bytes_max = pos;
      out->one_claim = one_claim;
      return true;
    }
  }
  return false;
}

bool trim_beat(Beat* b) {
  const size_t most = kBeatTextMax;
  b->incarnation = b->echo_incarnation = UINT64_MAX;
  b->seq = b->echo_seq = kTenDigits;
  static const char* const kLast[] = {"id", "sync", "pos"};
  size_t next = 0;
  while (format_beat(*b).size() > most) {
    tandem::Attrs::iterator out = b->attrs.end();
    for (tandem::Attrs::iterator it = b->attrs.begin(); it != b->attrs.end();
         ++it) {
      const bool read = it->first == "role" || it->first == "source" ||
                        it->first == "instance" || it->first == "faults" ||
                        it->first == "id" || it->first == "sync" ||
                        it->first == "pos";
      if (!read && (out == b->attrs.end() ||
                    it->second.size() + it->first.size() >
                        out->second.size() + out->first.size())) {
        out = it;
      }
    }
    if (out != b->attrs.end()) {
      b->attrs.erase(out);
    } else if (next < 3) {
      b->attrs.erase(kLast[next++]);
    } else {
      break;
    }
  }
  if (format_beat(*b).size() <= most) return true;
  while (format_beat(*b).size() > most && b->groups.size() > 1) {
    b->groups.pop_back();
  }
  return false;
}

}  // namespace hbd
