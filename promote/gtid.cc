#include "promote/gtid.h"

#include <inttypes.h>

#include <algorithm>

#include "lib/text.h"
#include "lib/watch.h"

namespace promote {

using tandem::format;
using tandem::parse_u64;

namespace {

typedef std::vector<Gtid> Lasts;
typedef std::vector<GtidRange> Ranges;

const size_t kUuidBytes = 36;
const size_t kTagBytesMax = 32;

bool comes_before(const Gtid& a, const Gtid& b) {
  if (a.domain != b.domain) return a.domain < b.domain;
  return a.server < b.server;
}

bool starts_before(const GtidRange& a, const GtidRange& b) {
  if (a.source != b.source) return a.source < b.source;
  return a.first < b.first;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string s) {
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] >= 'A' && s[i] <= 'Z') s[i] = static_cast<char>(s[i] - 'A' + 'a');
  }
  return s;
}

bool is_uuid(const std::string& s) {
  if (s.size() != kUuidBytes) return false;
  for (size_t i = 0; i < s.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = is_digit(s[i]) || (s[i] >= 'a' && s[i] <= 'f');
    if (dash ? s[i] != '-' : !hex) return false;
  }
  return true;
}

bool is_tag(const std::string& s) {
  if (s.empty() || s.size() > kTagBytesMax || is_digit(s[0])) return false;
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] != '_' && !is_digit(s[i]) && !(s[i] >= 'a' && s[i] <= 'z')) {
      return false;
    }
  }
  return true;
}

bool parse_one(const std::string& text, Lasts* out) {
  const std::vector<std::string> parts = tandem::split_fields(text, "-");
  uint64_t domain, server, seq;
  if (parts.size() != 3 || !parse_u64(parts[0], UINT32_MAX, &domain) ||
      !parse_u64(parts[1], UINT32_MAX, &server) ||
      !parse_u64(parts[2], UINT64_MAX, &seq)) {
    return false;
  }
  Gtid g;
  g.domain = static_cast<uint32_t>(domain);
  g.server = static_cast<uint32_t>(server);
  g.seq = seq;
  out->push_back(g);
  return true;
}

// UUID:INTERVAL[:INTERVAL...][:TAG:INTERVAL...]
bool parse_source(const std::string& text, Ranges* out) {
  const std::vector<std::string> parts =
      tandem::split_fields(lower(text), ":");
  if (!is_uuid(parts[0]) || !is_digit(parts.back()[0])) return false;
  GtidRange r;
  r.domain = r.server = 0;
  r.source = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) {
    if (is_tag(parts[i])) {
      r.source = parts[0] + ":" + parts[i];
      continue;
    }
    const std::vector<std::string> ends =
        tandem::split_fields(parts[i], "-");
    if (ends.size() > 2 || !parse_u64(ends[0], INT64_MAX, &r.first) ||
        !parse_u64(ends.back(), INT64_MAX, &r.last) || r.first < 1 ||
        r.last < r.first) {
      return false;
    }
    out->push_back(r);
  }
  return true;
}

Lasts sorted(Lasts list) {
  std::stable_sort(list.begin(), list.end(), comes_before);
  Lasts out;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!out.empty() && !comes_before(out.back(), list[i])) {
      out.back().seq = std::max(out.back().seq, list[i].seq);
    } else {
      out.push_back(list[i]);
    }
  }
  return out;
}

Ranges sorted(Ranges list) {
  std::sort(list.begin(), list.end(), starts_before);
  Ranges out;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!out.empty() && out.back().source == list[i].source &&
        list[i].first <= out.back().last + 1) {
      out.back().last = std::max(out.back().last, list[i].last);
    } else {
      out.push_back(list[i]);
    }
  }
  return out;
}

template <class List>
List joined(const List& a, const List& b) {
  List all(a);
  all.insert(all.end(), b.begin(), b.end());
  return sorted(all);
}

Ranges minus(const Ranges& a, const Ranges& b) {
  Ranges out;
  size_t k = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    GtidRange r = a[i];
    while (k < b.size() &&
           (b[k].source < r.source ||
            (b[k].source == r.source && b[k].last < r.first))) {
      ++k;
    }
    for (size_t n = k; n < b.size() && b[n].source == r.source &&
                       b[n].first <= a[i].last; ++n) {
      if (b[n].first > r.first) {
        r.last = b[n].first - 1;
        out.push_back(r);
      }
      r.first = b[n].last + 1;
      r.last = a[i].last;
    }
    if (r.first <= r.last) out.push_back(r);
  }
  return out;
}

// The highest sequence of the domain; 0 when it has none.
uint64_t seq_in(const Lasts& list, uint32_t domain) {
  uint64_t seq = 0;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].domain == domain) seq = std::max(seq, list[i].seq);
  }
  return seq;
}

// The last one that the state has of this domain and server; 0 for none.
uint64_t seq_of(const Lasts& state, const Gtid& like) {
  const Lasts::const_iterator at =
      std::lower_bound(state.begin(), state.end(), like, comes_before);
  return at != state.end() && !comes_before(like, *at) ? at->seq : 0;
}

std::string interval(const GtidRange& r) {
  return r.first == r.last ? format("%" PRIu64, r.first)
                           : format("%" PRIu64 "-%" PRIu64, r.first, r.last);
}

}  // namespace

bool parse_gtids(const std::string& text, Gtids* out) {
  Gtids list;
  if (!tandem::trim(text).empty()) {
    const std::vector<std::string> words = tandem::split_fields(text, ",");
    for (size_t i = 0; i < words.size(); ++i) {
      const std::string word = tandem::trim(words[i]);
      const bool set = word.find(':') != word.npos;
      if (!(set ? parse_source(word, &list.ranges)
                : parse_one(word, &list.last))) {
        return false;
      }
    }
  }
  if (!list.last.empty() && !list.ranges.empty()) return false;
  out->last = sorted(list.last);
  out->ranges = sorted(list.ranges);
  return true;
}

std::string format_gtids(const Gtids& list) {
  std::string out;
  for (size_t i = 0; i < list.last.size(); ++i) {
    const Gtid& g = list.last[i];
    out += format("%s%" PRIu32 "-%" PRIu32 "-%" PRIu64, i > 0 ? "," : "",
                  g.domain, g.server, g.seq);
  }
  for (size_t i = 0; i < list.ranges.size(); ++i) {
    const GtidRange& r = list.ranges[i];
    if (i == 0 || list.ranges[i - 1].source != r.source) {
      out += (i > 0 ? "," : "") + r.source;
    }
    out += ":" + interval(r);
  }
  return out;
}

std::string brief_gtids(const std::string& text) {
  if (text.size() <= tandem::kAttrValueBytesMax) return text;
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (size_t i = 0; i < text.size(); ++i) {
    hash = (hash ^ static_cast<unsigned char>(text[i])) * 1099511628211u;
  }
  return format("set-%016" PRIx64, hash);
}

Gtids latest(const Gtids& a, const Gtids& b) {
  Lasts all(a.last);
  all.insert(all.end(), b.last.begin(), b.last.end());
  std::stable_sort(all.begin(), all.end(), comes_before);
  Gtids out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (out.last.empty() || out.last.back().domain != all[i].domain) {
      out.last.push_back(all[i]);
    } else if (all[i].seq > out.last.back().seq) {
      out.last.back() = all[i];
    }
  }
  out.ranges = joined(a.ranges, b.ranges);
  return out;
}

Gtids merged(const Gtids& a, const Gtids& b) {
  Gtids out;
  out.last = joined(a.last, b.last);
  out.ranges = joined(a.ranges, b.ranges);
  return out;
}

Gtids state_up_to(const Gtids& state, const Gtids& pos) {
  Gtids out;
  for (const Gtid& g : state.last) {
    if (g.seq <= seq_in(pos.last, g.domain)) out.last.push_back(g);
  }
  return merged(out, pos);
}

bool reached(const Gtids& a, const Gtids& b) {
  for (size_t i = 0; i < b.last.size(); ++i) {
    if (seq_in(a.last, b.last[i].domain) < b.last[i].seq) return false;
  }
  return minus(b.ranges, a.ranges).empty();
}

std::vector<GtidRange> missing(const Gtids& have, const Gtids& want) {
  Ranges out = minus(want.ranges, have.ranges);
  const Lasts& all = want.last;
  for (size_t i = 0; i < all.size(); ++i) {
    const uint64_t seq = seq_of(have.last, all[i]);
    if (all[i].seq <= seq) continue;
    GtidRange r;
    r.domain = all[i].domain;
    r.server = all[i].server;
    // In one domain the numbers grow along the binlog: what follows the last
    // common transaction, whoever wrote that, is the earliest that may differ.
    uint64_t common = seq;
    for (size_t k = 0; k < all.size(); ++k) {
      if (all[k].domain != all[i].domain) continue;
      common = std::max(common, std::min(all[k].seq,
                                         seq_of(have.last, all[k])));
    }
    r.first = common < all[i].seq ? common + 1 : all[i].seq;
    r.last = all[i].seq;
    out.push_back(r);
  }
  return out;
}

uint64_t count_of(const std::vector<GtidRange>& ranges) {
  uint64_t n = 0;
  for (const GtidRange& r : ranges) n += r.last - r.first + 1;
  return n;
}

std::string format_ranges(const std::vector<GtidRange>& ranges) {
  std::string out;
  for (size_t i = 0; i < ranges.size(); ++i) {
    const GtidRange& r = ranges[i];
    if (i > 0) out += ", ";
    if (!r.source.empty()) {
      out += r.source + ":" + interval(r);
      continue;
    }
    out += format("%" PRIu32 "-%" PRIu32 "-%" PRIu64, r.domain, r.server,
                  r.first);
    if (r.last > r.first) out += format("..%" PRIu64, r.last);
  }
  return out;
}

bool all_beyond(const std::vector<GtidRange>& ranges, const Gtids& pos) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    const GtidRange& r = ranges[i];
    if (r.source.empty()) {
      if (r.first <= seq_in(pos.last, r.domain)) return false;
      continue;
    }
    const Ranges one(1, r), rest = minus(one, pos.ranges);
    if (rest.size() != 1 || rest[0].first != r.first ||
        rest[0].last != r.last) {
      return false;
    }
  }
  return true;
}

}  // namespace promote
