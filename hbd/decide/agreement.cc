// Agreements compared, part by part; and which group is which.
#include "hbd/decide/agreement.h"

#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/config.h"
#include "lib/text.h"

namespace hbd {

namespace {

const uint64_t kHourMs = 3600000;  // hbd.ini has no longer deadtime
const char kArbiter[] = "arbiter";

// FNV-1a, 32 bits: nobody is to be kept from making two texts alike here.
std::string digest(const std::string& text) {
  uint32_t h = 2166136261u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 16777619u;
  return tandem::format("%08x", h);
}

std::string arbiter_word(const Config& c) {
  if (c.has_witness()) return "w:" + c.witness;
  return c.ping_count > 0 ? "p:" + digest(c.ping_nodes) : "none";
}

// For people.
std::string arbiter_text(const std::string& word) {
  if (tandem::starts_with(word, "w:")) return "witness " + word.substr(2);
  return tandem::starts_with(word, "p:") ? "ping nodes " + word.substr(2)
                                         : word;
}

std::string policy_text(const std::string& word) {
  return std::string("silent_peer=") + (word[0] == 't' ? "take" : "wait") +
         " track_sync=" + (word.substr(1, 1) == "s" ? "yes" : "no") +
         (word.substr(2) == "c" ? " colocate=yes" : "");
}

std::string as_it_is(const std::string& word) { return word; }

void compare_words(const char* part, const std::string& here,
                   const std::string& there, bool is_unsafe,
                   std::string (*text)(const std::string&),
                   std::vector<Difference>* out) {
  if (here.empty() || there.empty() || here == there) return;
  out->push_back(Difference{part, text(here), text(there), is_unsafe});
}

void compare_names(const std::vector<std::string>& here,
                   const std::vector<std::string>& there,
                   std::vector<Difference>* out) {
  if (here.empty() || there.empty() || here == there) return;
  const std::vector<size_t> index = match_names(here, there);
  bool moved = false;
  for (size_t k = 0; k < index.size(); ++k) {
    moved |= index[k] < here.size() && index[k] != k;
  }
  out->push_back(Difference{moved ? "order of groups" : "name of a group",
                            tandem::join(here, " "), tandem::join(there, " "),
                            moved});
}

}  // namespace

Agreement::Agreement(const Times& t)
    : times(tandem::format("%" PRIu64 "/%" PRIu64 "/%" PRIu64, t.keepalive_ms,
                           t.deadtime_ms, t.lease_ms)) {}

uint64_t Agreement::deadtime_ms() const {
  const std::vector<std::string> parts = tandem::split_fields(times, "/");
  uint64_t ms = 0;
  return parts.size() == 3 && tandem::parse_u64(parts[1], kHourMs, &ms) ? ms
                                                                       : 0;
}

Agreement own_agreement(const Config& c) {
  Agreement a(c);
  std::string scripts;
  for (const GroupConfig& g : c.groups) {
    a.groups.push_back(g.name);
    scripts += g.scripts + (g.server ? "*" : "") +
               tandem::format(" %zu\n", g.resource_count);
  }
  a.arbiter = arbiter_word(c);
  a.shape = digest(scripts);
  a.policy = std::string(c.silent_take ? "t" : "w") +
             (c.track_sync ? "s" : "n") + (c.colocate ? "c" : "");
  return a;
}

bool Agreement::operator==(const Agreement& o) const {
  return times == o.times && arbiter == o.arbiter && shape == o.shape &&
         policy == o.policy && groups == o.groups;
}

std::vector<Difference> compare(const Agreement& here,
                                const Agreement& there) {
  std::vector<Difference> out;
  if (!here.is_told() || !there.is_told()) return out;
  compare_words("times", here.times, there.times, false, as_it_is, &out);
  compare_words(kArbiter, here.arbiter, there.arbiter, true, arbiter_text,
                &out);
  compare_words("groups", here.shape, there.shape, true, as_it_is, &out);
  compare_words("policy", here.policy, there.policy, true, policy_text, &out);
  compare_names(here.groups, there.groups, &out);
  return out;
}

bool is_unsafe(const std::vector<Difference>& differences) {
  for (const Difference& d : differences) {
    if (d.is_unsafe) return true;
  }
  return false;
}

bool is_about_tracking(const std::vector<Difference>& differences) {
  for (const Difference& d : differences) {
    if (d.is_unsafe && d.part != kArbiter) return true;
  }
  return false;
}

std::string difference_text(const Difference& d, const std::string& peer) {
  return d.part + " differs: " + d.here + " here, " + d.there + " on " + peer;
}

std::vector<size_t> match_names(const std::vector<std::string>& ours,
                                const std::vector<std::string>& theirs) {
  std::vector<size_t> index(theirs.size(), ours.size());
  for (size_t k = 0; k < theirs.size(); ++k) {
    index[k] = static_cast<size_t>(
        std::find(ours.begin(), ours.end(), theirs[k]) - ours.begin());
  }
  for (size_t k = 0; k < theirs.size() && k < ours.size(); ++k) {
    const bool taken = std::find(index.begin(), index.end(), k) != index.end();
    if (index[k] == ours.size() && !taken) index[k] = k;
  }
  return index;
}

}  // namespace hbd
