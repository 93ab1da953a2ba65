// One family after the other, each with its HELP and TYPE line.
#include "hbd/decide/metrics.h"

#include <inttypes.h>

#include <utility>

#include "hbd/decide/status.h"
#include "hbd/decide/verdict.h"
#include "lib/text.h"

namespace hbd {

using tandem::format;

namespace {

typedef std::vector<std::pair<const char*, std::string>> Labels;

class Page {
 public:
  // Its samples follow.
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += format("# HELP tandem_%s %s\n# TYPE tandem_%s %s\n", name, help,
                    name, type);
  }
  void sample(const Labels& labels, const std::string& value) {
    text_ += std::string("tandem_") + name_;
    const char* before = "{";
    for (const auto& l : labels) {
      text_ += std::string(before) + l.first + "=\"" + escaped(l.second) + "\"";
      before = ",";
    }
    text_ += std::string(labels.empty() ? " " : "} ") + value + "\n";
  }
  void sample(const Labels& labels, uint64_t n) {
    sample(labels, format("%" PRIu64, n));
  }
  void seconds(const Labels& labels, uint64_t ms) {
    sample(labels, format("%" PRIu64 ".%03" PRIu64, ms / 1000, ms % 1000));
  }
  const std::string& text() const { return text_; }

 private:
  static std::string escaped(const std::string& value) {
    std::string out;
    for (char c : value) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n') out += "\\n";
      else out += c;
    }
    return out;
  }
  const char* name_ = "";
  std::string text_;
};

const char kLevelHelp[] =
    "What hbctl check says: 0 well, 1 warning, 2 critical.";
const char kHeardHelp[] = "Beats of this node or witness come in.";
const char kEpochHelp[] = "Of the group's record: one more with each owner.";
const char kStrangersHelp[] = "Datagrams without a right signature.";

void add_others(Page* p, const std::string& pair,
                const std::vector<const OtherStatus*>& others) {
  p->family("heard", "gauge", kHeardHelp);
  for (const OtherStatus* o : others) {
    p->sample({{"pair", pair}, {"node", o->name}}, o->heard && !o->silent);
  }
  p->family("heard_age_seconds", "gauge", "Since its last beat that counted.");
  for (const OtherStatus* o : others) {
    if (o->heard) p->seconds({{"pair", pair}, {"node", o->name}}, o->last_ms);
  }
  p->family("beats_dropped_total", "counter",
            "Its beats that did not count: replayed, or of an old start.");
  for (const OtherStatus* o : others) {
    p->sample({{"pair", pair}, {"node", o->name}}, o->dropped);
  }
}

void add_links(Page* p, const std::string& pair, const HostStatus& host) {
  p->family("link_up", "gauge", "That node is heard over this link.");
  for (const LinkStatus& l : host.links) {
    p->sample({{"pair", pair}, {"link", l.link}, {"to", l.to}},
              l.up && !l.missing);
  }
  p->family("link_lost_ratio", "gauge",
            "Of its last thousand beats over this link, those that were lost.");
  for (const LinkStatus& l : host.links) {
    p->seconds({{"pair", pair}, {"link", l.link}, {"to", l.to}},
               l.lost_permille);
  }
  p->family("link_pause_seconds", "gauge",
            "Between two of its beats over this link: quantiles.");
  for (const LinkStatus& l : host.links) {
    const std::pair<const char*, uint64_t> quantiles[] = {
        {"0.5", l.gap_p50_ms}, {"0.99", l.gap_p99_ms}, {"1", l.gap_max_ms}};
    for (const auto& q : quantiles) {
      p->seconds({{"pair", pair}, {"link", l.link}, {"to", l.to},
                  {"quantile", q.first}}, q.second);
    }
  }
  p->family("late_seconds", "gauge",
            "By how much hbd's own waits lasted too long: quantiles.");
  p->seconds({{"pair", pair}, {"quantile", "0.99"}}, host.late_p99_ms);
  p->seconds({{"pair", pair}, {"quantile", "1"}}, host.late_max_ms);
  p->family("state_file_written", "gauge", "The state can be written.");
  p->sample({{"pair", pair}}, !host.held_up);
}

void add_groups(Page* p, const Status& s) {
  p->family("owner", "gauge", "The node owns the group, as far as is known "
                              "here.");
  for (const GroupStatus& g : s.groups) {
    for (const std::string& node : {s.node, s.peer.name}) {
      p->sample({{"pair", s.pair}, {"group", g.name}, {"node", node}},
                g.owner == node);
    }
  }
  p->family("epoch", "gauge", kEpochHelp);
  for (const GroupStatus& g : s.groups) {
    p->sample({{"pair", s.pair}, {"group", g.name}}, g.record.epoch);
  }
  p->family("paired", "gauge", "Every acknowledged write is on both servers.");
  for (const GroupStatus& g : s.groups) {
    if (!g.has_data) continue;
    p->sample({{"pair", s.pair}, {"group", g.name}},
              !g.record.none() && !g.record.alone());
  }
  p->family("ready", "gauge", "A takeover now would be made, and lose "
                              "nothing.");
  for (const GroupStatus& g : s.groups) {
    p->sample({{"pair", s.pair}, {"group", g.name}},
              !g.next.empty() && g.not_ready.empty());
  }
  p->family("fit", "gauge", "This node would take the group.");
  for (const GroupStatus& g : s.groups) {
    p->sample({{"pair", s.pair}, {"group", g.name}, {"node", s.node}},
              g.unfit.empty());
  }
}

void add_taken(Page* p, const std::string& pair,
               const std::vector<Taken>& taken) {
  p->family("taken_timestamp_seconds", "gauge",
            "When this node last took the group, since 1970.");
  for (const Taken& t : taken) {
    p->seconds({{"pair", pair}, {"group", t.group}}, t.wall_ms);
  }
  p->family("taken_step_seconds", "gauge",
            "When that step of it had ended, since its begin.");
  for (const Taken& t : taken) {
    for (size_t i = 0; i < t.steps.size(); ++i) {
      p->seconds({{"pair", pair}, {"group", t.group},
                  {"number", format("%zu", i)}, {"step", t.steps[i].second}},
                 t.steps[i].first);
    }
  }
}

void add_faults(Page* p, const Status& s) {
  p->family("faults", "gauge", "Faults of the server of a node.");
  p->sample({{"pair", s.pair}, {"node", s.node}}, s.faults.size());
  p->sample({{"pair", s.pair}, {"node", s.peer.name}}, s.peer_faults.size());
  p->family("fault", "gauge", "The server of the node has this fault.");
  for (const FaultStatus& f : s.faults) {
    p->sample({{"pair", s.pair}, {"node", s.node},
               {"fault", promote::fault_row(f.fault).name}}, 1);
  }
  for (const FaultStatus& f : s.peer_faults) {
    p->sample({{"pair", s.pair}, {"node", s.peer.name},
               {"fault", promote::fault_row(f.fault).name}}, 1);
  }
}

}  // namespace

std::string metrics_text(const Status& s) {
  Page p;
  p.family("check_level", "gauge", kLevelHelp);
  p.sample({{"pair", s.pair}, {"node", s.node}},
           static_cast<uint64_t>(level_of(findings(s))));
  p.family("maintenance", "gauge",
           "0 off, 1 asked for, 2 on, 3 ending.");
  p.sample({{"pair", s.pair}},
           s.maintenance.state == "asked"    ? uint64_t{1}
           : s.maintenance.state == "on"     ? uint64_t{2}
           : s.maintenance.state == "ending" ? uint64_t{3}
                                             : uint64_t{0});
  p.family("maintenance_left_seconds", "gauge", "Until it is over by itself.");
  p.seconds({{"pair", s.pair}}, s.maintenance.left_ms);
  add_groups(&p, s);
  p.family("server_up", "gauge", "What the watcher says of the local server.");
  p.sample({{"pair", s.pair}, {"node", s.node}}, s.up);
  add_faults(&p, s);
  std::vector<const OtherStatus*> others(1, &s.peer);
  if (!s.witness.name.empty()) others.push_back(&s.witness);
  add_others(&p, s.pair, others);
  if (s.ping_count > 0) {
    p.family("ping_nodes", "gauge", "Configured.");
    p.sample({{"pair", s.pair}}, s.ping_count);
    p.family("ping_nodes_answer", "gauge", "Of them, those that answer.");
    p.sample({{"pair", s.pair}}, s.ping_score);
  }
  add_taken(&p, s.pair, s.host.taken);
  add_links(&p, s.pair, s.host);
  p.family("strangers_dropped_total", "counter", kStrangersHelp);
  p.sample({{"pair", s.pair}}, s.host.strangers);
  p.family("notify_dropped_total", "counter",
           "Events that the notify program was not told.");
  p.sample({{"pair", s.pair}}, s.host.notify_dropped);
  return p.text();
}

std::string metrics_text(const std::vector<WitnessStatus>& pairs,
                         uint64_t strangers) {
  Page p;
  p.family("check_level", "gauge", kLevelHelp);
  for (const WitnessStatus& s : pairs) {
    p.sample({{"pair", s.pair}, {"node", s.witness}},
             static_cast<uint64_t>(level_of(findings(s))));
  }
  p.family("heard", "gauge", kHeardHelp);
  for (const WitnessStatus& s : pairs) {
    for (const OtherStatus& o : s.nodes) {
      p.sample({{"pair", s.pair}, {"node", o.name}}, o.heard && !o.silent);
    }
  }
  p.family("epoch", "gauge", kEpochHelp);
  for (const WitnessStatus& s : pairs) {
    for (const GroupStatus& g : s.groups) {
      p.sample({{"pair", s.pair}, {"group", g.name}}, g.record.epoch);
    }
  }
  p.family("strangers_dropped_total", "counter", kStrangersHelp);
  p.sample({}, strangers);
  return p.text();
}

}  // namespace hbd
