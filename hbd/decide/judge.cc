// What a node makes of the others with time, and what people are told of them:
// who is late or silent, who differs, what is wrong, why a group waits.
#include <inttypes.h>

#include "hbd/decide/cluster.h"
#include "lib/text.h"

namespace hbd {

using tandem::LogLevel;

namespace {

// A link that loses half of the beats makes the others late again and again:
// it is said at most so often.
const uint64_t kLateQuietMs = 10000;

}  // namespace

void Cluster::say_differences() {
  out_.mark_dirty();
  const Config& c = view_.config;
  const Agreement& told = view_.peer.told();
  const std::vector<Difference> all = compare(view_.agreement, told);
  if (!told.is_told()) {
    out_.log(LogLevel::Warn,
        "node %s does not tell what it goes by: an older hbd?",
        c.peer.c_str());
  } else if (all.empty()) {
    out_.log(LogLevel::Info, "node %s agrees with this node", c.peer.c_str());
  }
  for (const Difference& d : all) {
    out_.notify_and_log(d.is_unsafe ? LogLevel::Err : LogLevel::Warn, "differs",
                        difference_text(d, c.peer) +
                            (d.is_unsafe ? ": nothing is taken over from silence until they agree" : ""));
  }
}

void Cluster::judge_witness() {
  const Config& c = view_.config;
  if (!c.has_witness() || witness_warned_ || view_.witness_reachable()) return;
  const bool heard = view_.witness.heard();
  const uint64_t patience_ms = heard ? c.lease_ms : c.initdead_ms;
  const uint64_t since_ms =
      heard ? view_.witness.last_ms() : view_.started_ms;
  if (!view_.judges() || view_.now_ms - since_ms <= patience_ms) return;
  if (view_.now_ms - witness_said_ms_ < kLateQuietMs) return;
  witness_said_ms_ = view_.now_ms;
  witness_warned_ = true;
  out_.log(LogLevel::Err,
      "witness %s is not heard: if a node is lost as well, nobody serves until an operator forces it",
           c.witness.c_str());
  out_.notify(nullptr, "witness-lost", "witness " + c.witness +
              " is not heard");
}

void Cluster::judge_peer() {
  if (!view_.judges()) return;
  const Config& c = view_.config;
  const Peer& peer = view_.peer;
  const Peer::Verdict verdict = view_.peer.judge(view_.now_ms);
  if (verdict.late && view_.now_ms - late_said_ms_ >= kLateQuietMs) {
    late_said_ms_ = view_.now_ms;
    out_.log(LogLevel::Warn, "node %s is late late_ms=%" PRIu64,
             c.peer.c_str(), view_.now_ms - peer.hearing().last_ms());
    out_.notify(nullptr, "late", "node " + c.peer + " is late");
  }
  if (!verdict.silent) return;
  out_.log(LogLevel::Warn, "node %s is silent silent_ms=%" PRIu64 "%s",
           c.peer.c_str(), view_.now_ms - peer.quiet_since_ms(),
           view_.peer_heard_within(c.deadtime_ms) ? " (it cannot hear us)"
                                                  : "");
  out_.notify(nullptr, "silent", "node " + c.peer + " is silent");
}

// What is wrong with either server, and what no longer is. Of one that is not
// heard of just now nothing has changed. Each node pages for its own.
void Cluster::say_troubles() {
  const Config& c = view_.config;
  for (bool own : {true, false}) {
    const bool known =
        own ? view_.server.is_known() && view_.server.is_up()
            : view_.peer.is_there() && view_.peer.beat().up;
    if (!known) continue;
    Trouble* trouble = own ? &view_.trouble : &view_.peer_trouble;
    const tandem::Attrs& attrs =
        own ? view_.server.attrs() : view_.peer.beat().attrs;
    const std::string& node = own ? c.self : c.peer;
    for (const Trouble::News& n :
         trouble->take(view_.now_ms, all_faults_in(attrs))) {
      const promote::FaultRow& row = promote::fault_row(n.fault);
      const std::string text =
          row.name + (" " + node) + (n.gone ? "" : std::string(": ") +
          row.means + " (" + promote::stops_text(row) + "): " + row.cure);
      const char* what = n.gone ? "fault-gone" : "fault";
      out_.log(n.gone ? LogLevel::Info : LogLevel::Warn, "%s %s", what,
               text.c_str());
      if (own) out_.notify(nullptr, what, text);
    }
  }
}

// Once, until the text changes.
void Cluster::say_why_they_wait() {
  for (Group& g : groups_) {
    Waiting* w = &g.waiting;
    const std::string text = wait_text(view_, g, w->kind);
    if (text != w->text) {
      w->text = text;
      w->since_ms = view_.now_ms;
      w->said = text.empty();
    }
    if (w->said || view_.now_ms - w->since_ms < view_.config.warntime_ms) {
      continue;
    }
    w->said = true;
    out_.log(LogLevel::Warn, "group %s waits: %s", g.name(), text.c_str());
  }
}

}  // namespace hbd
