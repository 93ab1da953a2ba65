// Each finding is one rule here; which of them are critical is what an
// operator is woken for.
#include "hbd/decide/verdict.h"

#include <algorithm>
#include <set>

#include "hbd/decide/status.h"
#include "lib/text.h"

namespace hbd {

using tandem::format;

namespace {

const char kLook[] = "look at it: its power, its network, 'service hbd status' "
                     "and its log";

class Findings {
 public:
  void add(Level level, const std::string& text,
           const std::string& cure = std::string()) {
    for (const Finding& f : all_) {
      if (f.text == text) return;
    }
    all_.push_back(Finding{level, text, cure});
  }
  std::vector<Finding> take() {
    std::stable_sort(all_.begin(), all_.end(),
                     [](const Finding& a, const Finding& b) {
                       return a.level > b.level;
                     });
    return std::move(all_);
  }

 private:
  std::vector<Finding> all_;
};

bool is_moving(const std::string& phase) {
  return phase == "claiming" || phase == "starting" || phase == "stopping";
}

// g: the first of those that nobody owns; names: of all of them.
void add_unowned(const Status& s, const GroupStatus& g,
                 const std::string& names, Findings* out) {
  const bool by_peer = g.on_peer == "own";
  const std::string why =
      by_peer                  ? s.peer.name + " is starting it"
      : is_moving(g.phase)     ? g.phase + " here"
      : !g.waiting.empty()     ? g.waiting
      : !g.unfit.empty()       ? g.unfit
      : g.on_peer == "unknown" ? s.peer.name + " is not heard"
                               : s.peer.name + " says " + g.on_peer;
  out->add(Level::Critical, "nobody is known to serve " + names + ": " + why,
           by_peer || is_moving(g.phase)
               ? ""
               : "see 'waits' and 'not fit' below, here and on " + s.peer.name);
}

void add_group(const Status& s, const GroupStatus& g, Findings* out) {
  for (const std::string& node : {s.node, s.peer.name}) {
    if ((node == s.node ? g.phase : g.on_peer) != "stuck") continue;
    out->add(Level::Critical, g.name + " is stuck on " + node +
             ": a stop hook failed, and what it should end may still run",
             "end it there by hand (the hook's lines are in its log), then "
             "'hbctl clear' there");
  }
  // What lacks the witness alone is told of that, and so is a maintenance.
  if (g.not_ready.empty() || g.bar == Bar::Witness ||
      s.maintenance.state != "off") {
    return;
  }
  if (g.bar == Bar::Writes) {  // no reason to wake anybody
    return out->add(Level::Warning, g.next + " may not take over yet: " +
                    g.not_ready,
                    "wait for it; if it lasts, see 'fault' below and 'rejoin "
                    "-n' on " + g.next);
  }
  out->add(Level::Critical, "no takeover is possible: " + g.next + ": " +
           g.not_ready, g.next == s.node ? "see 'not fit' below"
                        : s.peer.silent || s.peer.left ? g.next + ": " + kLook
                                                       : "ask 'hbctl status' "
                                                         "on " + g.next);
}

void add_faults(const Status& s, const std::string& node,
                const std::vector<FaultStatus>& faults, Findings* out) {
  for (const FaultStatus& f : faults) {
    const promote::FaultRow& row = promote::fault_row(f.fault);
    bool next = false;
    for (const GroupStatus& g : s.groups) {
      next = next || (g.has_data && g.next == node);
    }
    out->add(next && row.stops_takeover ? Level::Critical : Level::Warning,
             node + " has the fault " + row.name + ": " + row.means, row.cure);
  }
}

void add_maintenance(const Status& s, Findings* out) {
  const MaintenanceStatus& m = s.maintenance;
  const std::string peer = s.peer.name;
  if (m.state == "on") {
    out->add(Level::Warning, "maintenance for another " +
             tandem::format_duration_ms(m.left_ms / 1000 * 1000) +
             ": nothing is started, stopped or moved",
             "'hbctl maintenance off' ends it");
  } else if (m.state == "asked") {
    out->add(Level::Warning, "maintenance was asked for, and is not kept by "
             "all of the others yet");
  } else if (m.state == "ending" && (s.peer.silent || s.peer.left)) {
    out->add(Level::Warning, peer + " may have its address on hold for a "
             "maintenance: nothing is taken from it for another " +
             tandem::format_duration_ms(m.peer_ms / 1000 * 1000),
             "start hbd there; if the host is off: 'hbctl takeover -f REASON'");
  } else if (m.state == "ending") {
    out->add(Level::Warning, "a maintenance ends: addresses get a lease again");
  }
}

void add_arbiter(const Status& s, Findings* out) {
  if (!s.witness.name.empty() && s.witness.silent) {
    out->add(Level::Warning, "the witness " + s.witness.name +
             " is not heard: no takeover of a node that falls silent",
             s.witness.name + ": " + kLook);
  }
  if (s.ping_score < s.ping_count) {
    out->add(Level::Warning,
             format("%llu of %zu ping nodes answer",
                    static_cast<unsigned long long>(s.ping_score),
                    s.ping_count), "ping them from here");
  }
}

void add_host(const HostStatus& host, Findings* out) {
  if (host.held_up) {
    out->add(Level::Critical, "the state file cannot be written, and nothing "
             "moves until it is", "see the log; make room on its disk");
  }
  std::set<std::string> heard;
  for (const LinkStatus& l : host.links) {
    if (l.up) heard.insert(l.to);
  }
  for (const LinkStatus& l : host.links) {
    // Who is not heard at all is told as that.
    if (l.missing ? false : l.up || heard.count(l.to) == 0) continue;
    out->add(Level::Warning, "link " + l.link + " to " + l.to + " is " +
             (l.missing ? "missing here" : "down"),
             l.missing ? "its address or interface is not there: see the log"
                       : "look at that network, on both ends");
  }
}

std::string text_of(const std::vector<Finding>& all, const std::string& well) {
  if (all.empty()) return format("%s: %s\n", level_name(Level::Ok),
                                 well.c_str());
  std::string out;
  for (const Finding& f : all) {
    out += format("%s: %s\n", level_name(f.level), f.text.c_str());
    if (!f.cure.empty()) out += "  do: " + f.cure + "\n";
  }
  return out;
}

// The bar would begin Nagios' performance data.
std::string line_of(const std::vector<Finding>& all, const std::string& well) {
  std::string text = all.empty() ? well : "";
  for (const Finding& f : all) {
    text += (text.empty() ? "" : "; ") + f.text;
  }
  std::replace(text.begin(), text.end(), '|', '/');
  const Level level = level_of(all);
  return format("%d %s: %s\n", static_cast<int>(level), level_name(level),
                text.c_str());
}

std::string well_text(const WitnessStatus& s) {
  return "pair " + s.pair + ": " + s.nodes[0].name + " and " +
         s.nodes[1].name + " are heard";
}

}  // namespace

const char* level_name(Level level) {
  static const char* const kNames[] = {"OK", "WARNING", "CRITICAL"};
  return kNames[static_cast<size_t>(level)];
}

Level level_of(const std::vector<Finding>& sorted) {
  return sorted.empty() ? Level::Ok : sorted[0].level;
}

std::vector<Finding> findings(const Status& s) {
  Findings out;
  std::string unowned;
  const GroupStatus* first = nullptr;
  for (const GroupStatus& g : s.groups) {
    add_group(s, g, &out);
    if (!g.owner.empty()) continue;
    unowned += (unowned.empty() ? "" : " and ") + g.name;
    if (!first) first = &g;
  }
  if (first) add_unowned(s, *first, unowned, &out);
  add_maintenance(s, &out);
  add_host(s.host, &out);
  add_faults(s, s.node, s.faults, &out);
  add_faults(s, s.peer.name, s.peer_faults, &out);
  add_arbiter(s, &out);
  if (s.blank) {
    out.add(Level::Warning, s.node + " began without a state file",
            "it follows by itself, or 'hbctl init' where the data is");
  }
  if (s.differ) {
    out.add(Level::Warning, "haresources differs from node " + s.peer.name +
            "'s", "make the files equal and restart hbd, the standby first");
  }
  for (const std::string& d : s.differences) {
    out.add(Level::Warning, d, "make the files equal and restart hbd, the "
            "standby first");
  }
  return out.take();
}

std::vector<Finding> findings(const WitnessStatus& s) {
  Findings out;
  for (const OtherStatus& o : s.nodes) {
    if (!o.heard || o.silent) {
      out.add(Level::Warning, "node " + o.name + " of pair " + s.pair +
              " is not heard", o.name + ": " + kLook);
    }
  }
  add_host(s.host, &out);
  return out.take();
}

std::string well_text(const Status& s) {
  std::string owners, lag;
  for (const GroupStatus& g : s.groups) {
    const std::string serves = g.owner + " serves";
    if (owners.find(serves) == std::string::npos) {
      owners += (owners.empty() ? "" : ", ") + serves +
                (g.owner == s.groups[0].owner ? "" : " " + g.name);
    }
    if (!g.lag.empty()) {
      lag = ", and lasts until it has applied the last " + g.lag + " s";
    }
  }
  const std::string next = s.groups.empty() ? "" : s.groups[0].next;
  return owners + ", " + next + " is ready: a takeover now loses nothing" +
         lag;
}

std::string verdict_text(const Status& s) {
  return text_of(findings(s), well_text(s));
}

std::string verdict_text(const WitnessStatus& s) {
  return text_of(findings(s), well_text(s));
}

std::string check_line(const Status& s) {
  return line_of(findings(s), well_text(s));
}

std::string check_line(const std::vector<WitnessStatus>& pairs) {
  std::vector<Finding> all;
  std::string well;
  for (const WitnessStatus& s : pairs) {
    const std::vector<Finding> some = findings(s);
    all.insert(all.end(), some.begin(), some.end());
    well += (well.empty() ? "" : "; ") + well_text(s);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) {
                     return a.level > b.level;
                   });
  return line_of(all, well);
}

}  // namespace hbd
