// The status made, and printed for people and as JSON.
#include "hbd/decide/status.h"

#include <inttypes.h>

#include <algorithm>
#include <map>

#include "hbd/decide/choose.h"
#include "hbd/decide/failback.h"
#include "hbd/decide/fit.h"
#include "hbd/decide/group.h"
#include "hbd/decide/verdict.h"
#include "hbd/decide/view.h"
#include "lib/text.h"

namespace hbd {

using tandem::format;
using tandem::json_quote;

namespace {

// ---- made -----------------------------------------------------------------

// Owned here, and about to follow the server's group, the first one, there.
bool is_following(const View& v, const Group& first, const Group& g) {
  return g.phase == Phase::Owning && g.config.follows &&
         (v.server_at != Place::Here || first.owner.leaves ||
          first.orders.limit_ms != 0 || first.phase == Phase::Stopping);
}

// Of this node, which waits for this.
Bar bar_of(const Wait& wait) {
  if (wait.kind == Wait::MayLackWrites) return Bar::Writes;
  if (wait.kind == Wait::WitnessNotHeard) return Bar::Witness;
  return wait.kind == Wait::Nothing ? Bar::None : Bar::Other;
}

GroupStatus group_status(const View& v, const Group& first, const Group& g,
                         uint64_t now_ms) {
  GroupStatus s;
  const GroupBeat* pg = v.peer.group(g.config.name);
  s.name = g.config.name;
  s.phase = g.owner.leaves             ? "draining"
            : is_following(v, first, g) ? "following"
            : g.phase == Phase::Owning && g.orders.limit_ms ? "leaving"
                                        : phase_name(g.phase);
  s.on_peer = pg && !v.peer.is_silent() ? holding_name(pg->holding) : "unknown";
  if (g.phase == Phase::Owning) {
    s.owner = v.config.self;
  } else if (s.on_peer == "own" && !pg->starting) {
    s.owner = v.config.peer;
  }
  s.unfit = unfit_text(v, unfit(v, g));
  s.fit_ms = now_ms - g.fitness.here_since_ms;
  s.peer_fit = g.fitness.on_peer;
  s.peer_fit_ms = now_ms - g.fitness.on_peer_since_ms;
  if (g.phase == Phase::Owning) s.missing = missing_resource(g);
  if (!s.owner.empty()) {
    s.resources = tandem::join(tandem::split_words(g.config.scripts), ", ");
    const bool peers = s.owner == v.config.self;
    s.next = peers ? v.config.peer : v.config.self;
    const Wait wait = choose_if_silent(v, g).wait;
    s.not_ready = peers ? why_peer_would_not(v, g) : wait_text(v, g, wait);
    s.bar = peers ? bar_of_peer(v, g) : bar_of(wait);
    if (g.config.server) {
      s.lag = peers ? v.peer.attr("lag") : v.server.attr("lag");
      if (s.lag == "0") s.lag.clear();
    }
  }
  s.kept_out = g.need_follow && g.config.server;
  s.held = is_held_by_operator(v, g);
  const uint64_t due_ms = failback_due_ms(v, g);
  s.failing_back = due_ms != 0;
  s.failback_ms = due_ms - std::min(due_ms, now_ms);
  s.failback = failback_text(v, g);
  s.waiting = g.waiting.text;
  s.record = g.record;
  s.has_data = g.config.server;
  return s;
}

std::vector<FaultStatus> fault_status(const Trouble& t, uint64_t now_ms) {
  std::vector<FaultStatus> out;
  for (const Trouble::Held& h : t.held()) {
    FaultStatus s;
    s.fault = h.fault;
    s.since_ms = now_ms - h.since_ms;
    out.push_back(s);
  }
  return out;
}

// ---- JSON -----------------------------------------------------------------

const char* json_bool(bool b) { return b ? "true" : "false"; }

std::string json_number(uint64_t n) { return format("%" PRIu64, n); }

// "" is null.
std::string json_text(const std::string& text) {
  return text.empty() ? "null" : json_quote(text);
}

std::string attrs_json(const tandem::Attrs& attrs) {
  std::string out = "{";
  for (const auto& a : attrs) {
    if (out.size() > 1) out += ",";
    out += json_quote(a.first) + ":" + json_quote(a.second);
  }
  return out + "}";
}

std::string fault_json(const FaultStatus& f) {
  const promote::FaultRow& row = promote::fault_row(f.fault);
  return format("{\"name\":%s,\"since_ms\":%" PRIu64 ",\"stops_pairing\":%s,"
                "\"stops_takeover\":%s}", json_quote(row.name).c_str(),
                f.since_ms, json_bool(row.stops_pairing),
                json_bool(row.stops_takeover));
}

std::string record_json(const Record& r, bool has_data) {
  if (r.none()) return "null";
  return format("{\"epoch\":%" PRIu64 ",\"version\":%" PRIu64
                ",\"owner\":%s,\"sync\":%s,\"paired\":%s,\"start_pos\":%s,"
                "\"from\":%s}", r.epoch, r.version,
                json_quote(r.owner).c_str(),
                !has_data   ? "null"
                : r.alone() ? "\"alone\""
                            : "\"paired\"",
                json_quote(r.paired).c_str(),
                json_quote(r.start_pos).c_str(), json_quote(r.from).c_str());
}

std::string other_json(const OtherStatus& o) {
  return format("{\"name\":%s,\"heard\":%s,\"silent\":%s,\"last_ms\":%s,"
                "\"dropped\":%" PRIu64 ",\"attrs\":%s}",
                json_quote(o.name).c_str(), json_bool(o.heard),
                json_bool(o.silent),
                o.heard ? json_number(o.last_ms).c_str() : "null", o.dropped,
                attrs_json(o.attrs).c_str());
}

std::string group_json(const GroupStatus& g) {
  return format("{\"name\":%s,\"phase\":\"%s\",\"owner\":%s,\"peer\":\"%s\","
                "\"fit\":%s,\"fit_ms\":%" PRIu64 ",\"ready\":%s,\"not_ready\":%s,"
                "\"kept_out\":%s,\"waiting\":%s,\"held\":%s,"
                "\"failback_ms\":%s,\"record\":%s}",
                json_quote(g.name).c_str(), g.phase.c_str(),
                json_text(g.owner).c_str(), g.on_peer.c_str(),
                json_bool(g.unfit.empty()), g.fit_ms,
                json_bool(!g.next.empty() && g.not_ready.empty()),
                json_text(g.not_ready).c_str(), json_bool(g.kept_out),
                json_quote(g.waiting).c_str(), json_bool(g.held),
                g.failing_back ? json_number(g.failback_ms).c_str() : "null",
                record_json(g.record, g.has_data).c_str());
}

std::string link_json(const LinkStatus& l) {
  return format("{\"link\":%s,\"to\":%s,\"state\":\"%s\",\"heard_ms\":%s,"
                "\"missing\":%s,\"lost_permille\":%u,\"gap_p50_ms\":%" PRIu64
                ",\"gap_p99_ms\":%" PRIu64 ",\"gap_max_ms\":%" PRIu64 "}",
                json_quote(l.link).c_str(), json_quote(l.to).c_str(),
                l.up ? "up" : "down",
                l.heard ? json_number(l.heard_ms).c_str() : "null",
                json_bool(l.missing), l.lost_permille, l.gap_p50_ms,
                l.gap_p99_ms, l.gap_max_ms);
}

std::string finding_json(const Finding& f) {
  return format("{\"level\":\"%s\",\"text\":%s,\"do\":%s}",
                level_name(f.level), json_quote(f.text).c_str(),
                json_text(f.cure).c_str());
}

template <class T>
std::string json_list(const std::vector<T>& items,
                      std::string (*print)(const T&)) {
  std::string out = "[";
  for (const T& item : items) {
    if (out.size() > 1) out += ",";
    out += print(item);
  }
  return out + "]";
}

std::string witness_group_json(const GroupStatus& g) {
  return format("{\"name\":%s,\"record\":%s}", json_quote(g.name).c_str(),
                record_json(g.record, g.has_data).c_str());
}

// ---- for people -----------------------------------------------------------

std::string heard_text(const OtherStatus& o) {
  if (!o.heard) return "never heard";
  return format("heard %" PRIu64 " ms ago", o.last_ms);
}

std::string age_text(uint64_t ms) {
  return tandem::format_duration_ms(ms / 1000 * 1000);
}

std::string faults_text(const std::string& node,
                        const std::vector<FaultStatus>& faults) {
  std::string out;
  for (const FaultStatus& f : faults) {
    const promote::FaultRow& row = promote::fault_row(f.fault);
    out += format("fault on %s for %s: %s: %s (%s)\n", node.c_str(),
                  age_text(f.since_ms).c_str(), row.name, row.means,
                  promote::stops_text(row));
  }
  return out;
}

std::string arbiter_text(const Status& s) {
  if (!s.witness.name.empty()) {
    return format("witness %s: %s%s\n", s.witness.name.c_str(),
                  heard_text(s.witness).c_str(),
                  s.witness.silent ? ", not reachable" : "");
  }
  if (s.ping_count > 0) {
    return format("ping nodes: %" PRIu64 " of %zu answer\n", s.ping_score,
                  s.ping_count);
  }
  return "no arbiter: a cut of the network gives two primaries\n";
}

std::string ready_text(const GroupStatus& g) {
  if (!g.not_ready.empty()) return " may not take over: " + g.not_ready;
  return " is ready: a takeover now loses nothing" +
         (g.lag.empty() ? ""
                        : ", and lasts until it has applied the last " +
                              g.lag + " s");
}

std::string group_text(const GroupStatus& g, const std::string& peer) {
  std::string out = format("group %s: %s here, %s on %s\n", g.name.c_str(),
                           g.phase.c_str(), g.on_peer.c_str(), peer.c_str());
  if (!g.unfit.empty()) {
    out += "  not fit: " + g.unfit + ", for " + age_text(g.fit_ms) + "\n";
  } else {
    out += "  fit here for " + age_text(g.fit_ms) + "\n";
  }
  if (g.on_peer != "unknown") {
    out += "  " + std::string(g.peer_fit ? "fit" : "not fit") + " on " + peer +
           " for " + age_text(g.peer_fit_ms) + "\n";
  }
  if (!g.missing.empty()) {
    out += "  " + g.missing + " does not run\n";
  } else if (!g.resources.empty()) {
    out += "  runs " + (g.owner == peer ? "on " + peer + ", it says" : "here") +
           ": " + g.resources + "\n";
  }
  out += "  record: " +
         (g.has_data ? record_text(g.record) : owner_text(g.record)) + "\n";
  if (!g.next.empty()) out += "  " + g.next + ready_text(g) + "\n";
  if (!g.waiting.empty()) out += "  waits: " + g.waiting + "\n";
  if (!g.failback.empty()) out += "  " + g.failback + "\n";
  return out;
}

std::string link_text(const LinkStatus& l) {
  std::string out = format("link %s: %s %s, %s%s\n", l.link.c_str(),
                           l.to.c_str(), l.up ? "up" : "down",
                           l.heard ? format("heard %" PRIu64 " ms ago",
                                            l.heard_ms).c_str()
                                   : "never heard",
                           l.missing ? ", missing here" : "");
  if (l.gap_max_ms == 0) return out;
  return out + format("  %u.%u %% lost, pauses of %" PRIu64 " ms, one of a "
                      "hundred over %" PRIu64 ", none over %" PRIu64 "\n",
                      l.lost_permille / 10, l.lost_permille % 10, l.gap_p50_ms,
                      l.gap_p99_ms, l.gap_max_ms);
}

// What the links and this process would bear, each told once.
std::string allowed_text(const HostStatus& host) {
  std::map<std::string, uint64_t> allowed;
  for (const LinkStatus& l : host.links) {
    if (l.allowed_ms != 0) allowed[l.to] = l.allowed_ms;
  }
  std::string out;
  for (const auto& a : allowed) {
    out += format("beats of %s would allow a deadtime of %s\n",
                  a.first.c_str(),
                  tandem::format_duration_ms(a.second).c_str());
  }
  return out + format("this hbd ran late by %" PRIu64 " ms at most, one wait of "
                      "a hundred by over %" PRIu64 "\n", host.late_max_ms,
                      host.late_p99_ms);
}

const char kHeldUp[] = "state cannot be written: see the log\n";

}  // namespace

OtherStatus other_status(const Hearing& h, uint64_t now_ms, bool silent) {
  OtherStatus o;
  o.name = h.name();
  o.heard = h.heard();
  o.silent = silent;
  o.last_ms = h.heard() ? now_ms - h.last_ms() : 0;
  o.dropped = h.dropped();
  o.attrs = h.beat().attrs;
  return o;
}

Status node_status(const View& v, const std::vector<Group>& groups,
                   uint64_t now_ms) {
  Status s;
  s.pair = v.config.pair;
  s.node = v.config.self;
  s.blank = v.blank;
  s.up = v.server.is_up();
  s.differ = v.peer.differs();
  for (const Difference& d : compare(v.agreement, v.peer.told())) {
    s.differences.push_back(difference_text(d, v.config.peer));
  }
  s.maintenance.state = maintenance_state(v);
  s.maintenance.left_ms = v.maintenance.left_ms(v.now_ms);
  s.maintenance.peer_ms = v.maintenance.barred_ms(v.now_ms, v.config.peer);
  s.epoch = v.epoch_seen;
  s.attrs = v.server.attrs();
  s.faults = fault_status(v.trouble, now_ms);
  s.peer_faults = fault_status(v.peer_trouble, now_ms);
  s.peer = other_status(v.peer.hearing(), now_ms, v.peer.is_silent());
  s.peer.left = v.peer.has_left();
  s.witness = other_status(v.witness, now_ms, !v.witness_reachable());
  s.ping_count = v.config.ping_count;
  s.ping_score = v.pings.score(v.now_ms);
  for (const Group& g : groups) {
    s.groups.push_back(group_status(v, groups[0], g, now_ms));
  }
  return s;
}

std::string status_text(const Status& s) {
  std::string out = verdict_text(s) + "\n" + format(
      "node %s of pair %s: server %s%s\n", s.node.c_str(), s.pair.c_str(),
      s.up ? "up" : "down",
      s.blank ? ", blank (no state file; cleared by follow or hbctl init)"
              : "");
  out += format("peer %s: %s%s%s\n", s.peer.name.c_str(),
                heard_text(s.peer).c_str(), s.peer.silent ? ", silent" : "",
                s.peer.left ? ", left" : "");
  out += faults_text(s.node, s.faults);
  out += faults_text(s.peer.name, s.peer_faults);
  out += arbiter_text(s);
  for (const GroupStatus& g : s.groups) out += group_text(g, s.peer.name);
  for (const LinkStatus& l : s.host.links) out += link_text(l);
  out += allowed_text(s.host);
  out += format("strangers dropped: %" PRIu64 "\n", s.host.strangers);
  if (s.host.has_notify) {
    out += format("notify: %zu wait, %" PRIu64 " dropped\n",
                  s.host.notify_waiting, s.host.notify_dropped);
  }
  if (s.host.held_up) out += kHeldUp;
  return out;
}

std::string status_json(const Status& s) {
  std::string out = format(
      "{\"pair\":%s,\"node\":%s,\"blank\":%s,\"up\":%s,\"epoch\":%" PRIu64
      ",\"attrs\":%s,\"peer\":%s", json_quote(s.pair).c_str(),
      json_quote(s.node).c_str(), json_bool(s.blank), json_bool(s.up), s.epoch,
      attrs_json(s.attrs).c_str(), other_json(s.peer).c_str());
  if (!s.witness.name.empty()) out += ",\"witness\":" + other_json(s.witness);
  out += ",\"faults\":" + json_list(s.faults, fault_json) +
         ",\"peer_faults\":" + json_list(s.peer_faults, fault_json);
  out += format(",\"haresources_differ\":%s,\"differences\":%s,"
                "\"groups\":%s,\"links\":%s", json_bool(s.differ),
                json_list(s.differences, json_quote).c_str(),
                json_list(s.groups, group_json).c_str(),
                json_list(s.host.links, link_json).c_str());
  out += format(",\"maintenance\":\"%s\",\"maintenance_left_ms\":%" PRIu64,
                s.maintenance.state.c_str(), s.maintenance.left_ms);
  const std::vector<Finding> all = findings(s);
  out += std::string(",\"level\":\"") + level_name(level_of(all)) +
         "\",\"findings\":" + json_list(all, finding_json);
  return out + format(",\"strangers\":%" PRIu64 ",\"notify_waiting\":%zu,"
                      "\"notify_dropped\":%" PRIu64 ",\"held_up\":%s,"
                      "\"late_p99_ms\":%" PRIu64 ",\"late_max_ms\":%" PRIu64
                      "}\n",
                      s.host.strangers, s.host.notify_waiting,
                      s.host.notify_dropped, json_bool(s.host.held_up),
                      s.host.late_p99_ms, s.host.late_max_ms);
}

std::string status_text(const WitnessStatus& s) {
  std::string out = verdict_text(s) + "\n" +
                    format("witness %s of pair %s\n", s.witness.c_str(),
                           s.pair.c_str());
  for (const OtherStatus& o : s.nodes) {
    out += format("node %s: %s\n", o.name.c_str(), heard_text(o).c_str());
  }
  for (const GroupStatus& g : s.groups) {
    out += "group " + g.name + ": " + record_text(g.record) + "\n";
  }
  for (const LinkStatus& l : s.host.links) out += link_text(l);
  if (s.host.held_up) out += kHeldUp;
  return out;
}

std::string status_json(const WitnessStatus& s) {
  return format("{\"pair\":%s,\"witness\":%s,\"nodes\":[%s,%s],\"groups\":%s,"
                "\"links\":%s}\n", json_quote(s.pair).c_str(),
                json_quote(s.witness).c_str(), other_json(s.nodes[0]).c_str(),
                other_json(s.nodes[1]).c_str(),
                json_list(s.groups, witness_group_json).c_str(),
                json_list(s.host.links, link_json).c_str());
}

}  // namespace hbd
