#include "promote/gtid.h"

#include <inttypes.h>

#include <algorithm>

#include "lib/text.h"

namespace promote {

using tandem::format;
using tandem::parse_u64;

namespace {

bool comes_before(const Gtid& a, const Gtid& b) {
  if (a.domain != b.domain) return a.domain < b.domain;
  return a.server < b.server;
}

bool parse_one(const std::string& text, Gtid* out) {
  const std::vector<std::string> parts = tandem::split_fields(text, "-");
  uint64_t domain, server, seq;
  if (parts.size() != 3 || !parse_u64(parts[0], UINT32_MAX, &domain) ||
      !parse_u64(parts[1], UINT32_MAX, &server) ||
      !parse_u64(parts[2], UINT64_MAX, &seq)) {
    return false;
  }
  out->domain = static_cast<uint32_t>(domain);
  out->server = static_cast<uint32_t>(server);
  out->seq = seq;
  return true;
}

// The highest sequence of the domain; 0 when it has none.
uint64_t seq_in(const Gtids& list, uint32_t domain) {
  uint64_t seq = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].domain == domain) seq = std::max(seq, list[i].seq);
  }
  return seq;
}

// The last one that the state has of this domain and server; 0 for none.
uint64_t seq_of(const Gtids& state, const Gtid& like) {
  const Gtids::const_iterator at =
      std::lower_bound(state.begin(), state.end(), like, comes_before);
  return at != state.end() && !comes_before(like, *at) ? at->seq : 0;
}

}  // namespace

bool parse_gtids(const std::string& text, Gtids* out) {
  Gtids list;
  if (!tandem::trim(text).empty()) {
    const std::vector<std::string> words = tandem::split_fields(text, ",");
    for (size_t i = 0; i < words.size(); ++i) {
      Gtid g;
      if (!parse_one(tandem::trim(words[i]), &g)) return false;
      list.push_back(g);
    }
  }
  std::stable_sort(list.begin(), list.end(), comes_before);
  Gtids unique;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!unique.empty() && !comes_before(unique.back(), list[i])) {
      unique.back().seq = std::max(unique.back().seq, list[i].seq);
    } else {
      unique.push_back(list[i]);
    }
  }
  out->swap(unique);
  return true;
}

std::string format_gtids(const Gtids& list) {
  std::string out;
  for (size_t i = 0; i < list.size(); ++i) {
    out += format("%s%" PRIu32 "-%" PRIu32 "-%" PRIu64, i > 0 ? "," : "",
                  list[i].domain, list[i].server, list[i].seq);
  }
  return out;
}

Gtids latest(const Gtids& a, const Gtids& b) {
  Gtids all(a);
  all.insert(all.end(), b.begin(), b.end());
  std::stable_sort(all.begin(), all.end(), comes_before);
  Gtids out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (out.empty() || out.back().domain != all[i].domain) {
      out.push_back(all[i]);
    } else if (all[i].seq > out.back().seq) {
      out.back() = all[i];
    }
  }
  return out;
}

bool reached(const Gtids& a, const Gtids& b) {
  for (size_t i = 0; i < b.size(); ++i) {
    if (seq_in(a, b[i].domain) < b[i].seq) return false;
  }
  return true;
}

std::vector<GtidRange> missing(const Gtids& have, const Gtids& want) {
  std::vector<GtidRange> out;
  for (size_t i = 0; i < want.size(); ++i) {
    const uint64_t seq = seq_of(have, want[i]);
    if (want[i].seq <= seq) continue;
    GtidRange r;
    r.domain = want[i].domain;
    r.server = want[i].server;
    // In one domain the numbers grow along the binlog: what follows the last
    // common transaction, whoever wrote that, is the earliest that may differ.
    uint64_t common = seq;
    for (size_t k = 0; k < want.size(); ++k) {
      if (want[k].domain != want[i].domain) continue;
      common = std::max(common, std::min(want[k].seq, seq_of(have, want[k])));
    }
    r.first = common < want[i].seq ? common + 1 : want[i].seq;
    r.last = want[i].seq;
    out.push_back(r);
  }
  return out;
}

std::string format_ranges(const std::vector<GtidRange>& ranges) {
  std::string out;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const GtidRange& r = ranges[i];
    out += format("%s%" PRIu32 "-%" PRIu32 "-%" PRIu64, i > 0 ? ", " : "",
                  r.domain, r.server, r.first);
    if (r.last > r.first) out += format("..%" PRIu64, r.last);
  }
  return out;
}

bool all_beyond(const std::vector<GtidRange>& ranges, const Gtids& pos) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].first <= seq_in(pos, ranges[i].domain)) return false;
  }
  return true;
}

}  // namespace promote
