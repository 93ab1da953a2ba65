// What hbctl status shows: for people, and as JSON for programs.
#include <inttypes.h>

#include <algorithm>

#include "hbd/decide/core.h"
#include "hbd/decide/witness.h"
#include "lib/text.h"

namespace hbd {

using tandem::format;
using tandem::json_quote;

namespace {

std::string heard_text(const Hearing& h, uint64_t now_ms) {
  if (!h.heard()) return "never heard";
  return format("heard %" PRIu64 " ms ago", now_ms - h.last_ms());
}

const char* json_bool(bool b) { return b ? "true" : "false"; }

std::string attrs_json(const tandem::Attrs& attrs) {
  std::string out = "{";
  for (const auto& a : attrs) {
    if (out.size() > 1) out += ",";
    out += json_quote(a.first) + ":" + json_quote(a.second);
  }
  return out + "}";
}

std::string record_json(const Record& r) {
  if (r.none()) return "null";
  return format("{\"epoch\":%" PRIu64 ",\"version\":%" PRIu64
                ",\"owner\":%s,\"sync\":%s,\"paired\":%s,\"start_pos\":%s,"
                "\"from\":%s}", r.epoch, r.version,
                json_quote(r.owner).c_str(),
                r.paired.empty() ? "\"alone\"" : "\"paired\"",
                json_quote(r.paired).c_str(),
                json_quote(r.start_pos).c_str(), json_quote(r.from).c_str());
}

std::string other_json(const Hearing& h, uint64_t now_ms, bool silent) {
  return format("{\"name\":%s,\"heard\":%s,\"silent\":%s,\"last_ms\":%s,"
                "\"dropped\":%" PRIu64 ",\"attrs\":%s}",
                json_quote(h.name()).c_str(), json_bool(h.heard()),
                json_bool(silent),
                h.heard() ? format("%" PRIu64, now_ms - h.last_ms()).c_str()
                          : "null",
                h.dropped(), attrs_json(h.beat().attrs).c_str());
}

}  // namespace

std::string Cluster::status(uint64_t now_ms, bool json) const {
  std::string out;
  const bool differ = !peer_digest_.empty() && peer_digest_ != config_.digest;
  if (json) {
    out = format("{\"pair\":%s,\"node\":%s,\"blank\":%s,\"up\":%s,"
                 "\"epoch\":%" PRIu64 ",\"attrs\":%s,\"peer\":%s",
                 json_quote(config_.pair).c_str(),
                 json_quote(config_.self).c_str(), json_bool(blank_),
                 json_bool(watch_up_), epoch_seen_, attrs_json(attrs_).c_str(),
                 other_json(peer_, now_ms, peer_silent_).c_str());
    if (!config_.witness.empty()) {
      out += ",\"witness\":" +
             other_json(witness_, now_ms, !witness_reachable());
    }
    out += format(",\"haresources_differ\":%s,\"groups\":[", json_bool(differ));
  } else {
    out = format("node %s of pair %s: server %s%s\n", config_.self.c_str(),
                 config_.pair.c_str(), watch_up_ ? "up" : "down",
                 blank_ ? ", blank (no state file; cleared by follow or "
                          "hbctl init)" : "");
    out += format("peer %s: %s%s%s\n", config_.peer.c_str(),
                  heard_text(peer_, now_ms).c_str(),
                  peer_silent_ ? ", silent" : "", peer_left_ ? ", left" : "");
    if (differ) out += "haresources differs from node " + config_.peer + "'s\n";
    if (!config_.witness.empty()) {
      out += format("witness %s: %s%s\n", config_.witness.c_str(),
                    heard_text(witness_, now_ms).c_str(),
                    witness_reachable() ? "" : ", not reachable");
    } else if (config_.ping_count > 0) {
      out += format("ping nodes: %" PRIu64 " of %zu answer\n", ping_score(),
                    config_.ping_count);
    } else {
      out += "no arbiter: a cut of the network gives two primaries\n";
    }
  }
  for (const Group& g : groups_) {
    const GroupBeat* pg = peer_group(g);
    const char* peer_is = pg && !peer_silent_ ? holding_name(pg->holding)
                                              : "unknown";
    const uint64_t due_ms = failback_due_ms(g);
    const std::string failback = failback_text(g);
    if (json) {
      out += format("%s{\"name\":%s,\"phase\":\"%s\",\"owner\":%s,"
                    "\"peer\":\"%s\",\"fit\":%s,\"kept_out\":%s,"
                    "\"waiting\":%s,\"held\":%s,\"failback_ms\":%s,"
                    "\"record\":%s}", &g == &groups_[0] ? "" : ",",
                    json_quote(g.config.name).c_str(), phase_name(g.phase),
                    g.phase == Phase::Owning
                        ? json_quote(config_.self).c_str()
                        : std::string(peer_is) == "own"
                              ? json_quote(config_.peer).c_str() : "null",
                    peer_is, json_bool(is_fit(g)), json_bool(g.need_follow),
                    json_quote(g.waiting).c_str(), json_bool(is_held(g)),
                    due_ms == 0 ? "null"
                                : format("%" PRIu64, due_ms - std::min(
                                      due_ms, now_ms)).c_str(),
                    record_json(g.record).c_str());
      continue;
    }
    out += format("group %s: %s here, %s on %s\n", g.config.name.c_str(),
                  phase_name(g.phase), peer_is, config_.peer.c_str());
    if (!is_fit(g)) out += "  not fit: " + unfit_why(g) + "\n";
    out += "  record: " + record_text(g.record) + "\n";
    if (!g.waiting.empty()) out += "  waits: " + g.waiting + "\n";
    if (!failback.empty()) out += "  " + failback + "\n";
  }
  return out + (json ? "]}\n" : "");
}

std::string Witness::status(uint64_t now_ms, bool json) const {
  std::string out;
  if (json) {
    out = format("{\"pair\":%s,\"witness\":%s,\"nodes\":[%s,%s],\"groups\":[",
                 json_quote(config_.pair).c_str(),
                 json_quote(config_.self).c_str(),
                 other_json(nodes_[0], now_ms, !nodes_[0].heard_within(
                     now_ms, config_.deadtime_ms)).c_str(),
                 other_json(nodes_[1], now_ms, !nodes_[1].heard_within(
                     now_ms, config_.deadtime_ms)).c_str());
  } else {
    out = format("witness %s of pair %s\n", config_.self.c_str(),
                 config_.pair.c_str());
    for (const Hearing& node : nodes_) {
      out += format("node %s: %s\n", node.name().c_str(),
                    heard_text(node, now_ms).c_str());
    }
  }
  for (const Group& g : groups_) {
    if (json) {
      out += format("%s{\"name\":%s,\"record\":%s}",
                    &g == &groups_[0] ? "" : ",",
                    json_quote(g.name).c_str(),
                    record_json(g.record).c_str());
    } else {
      out += "group " + g.name + ": " + record_text(g.record) + "\n";
    }
  }
  return out + (json ? "]}\n" : "");
}

}  // namespace hbd
