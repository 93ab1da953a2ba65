#include "vipctl/keeper_core.h"

#include <algorithm>

#include "lib/error.h"
#include "lib/lease.h"
#include "lib/text.h"

namespace vipctl {

namespace {

// Neighbours that had a fresh entry ignore an announcement for up to a second
// (Linux: locktime), and switches learn a moved port late: hence a burst.
const uint64_t kBurstMs[] = {0, 100, 300, 700, 1500};
const unsigned kBurstSteps = sizeof kBurstMs / sizeof kBurstMs[0];
// Finds a rival that never announces, and cures caches of hosts that were cut
// off: after a cut heals nothing else would tell them (field notes 3.1, 8.5).
const uint64_t kRefreshMs = 10000;
const unsigned kProbes = 2;
const uint64_t kProbeGapMs = 40;
// A rival is answered at once, but two of us must not drive each other to
// wire speed; RFC 5227, 2.4 has the same worry.
const uint64_t kDefendGapMs = 100;
const uint64_t kDefendEveryMs = 200;
const uint64_t kQuietMs = 1000;
// Between two times that the address is set again behind the host's own: the
// first did not help, or something undoes it.
const uint64_t kStepBackEveryMs = 1000;
// Without a lifeline nobody ends us.
const uint64_t kUnkeptMs = 60000;

}  // namespace

bool Lifeline::on_line(const std::string& line) {
  const std::string hold = "hold ";
  const bool holds = tandem::starts_with(line, hold.c_str());
  uint64_t until_ms;
  if (!tandem::parse_u64(line.substr(holds ? hold.size() : 0), UINT64_MAX,
                         &until_ms)) {
    return false;
  }
  hold_ = holds;
  until_ms_ = until_ms;
  return true;
}

uint32_t Lifeline::lifetime_s(uint64_t now_ms) const {
  if (!hold_ && is_fresh(now_ms)) return tandem::kernel_lifetime_s(lease_ms_);
  return tandem::kernel_lifetime_s(until_ms_ > now_ms ? until_ms_ - now_ms
                                                      : 0);
}

KeeperCore::KeeperCore(const Lifeline* lifeline, bool ask_for_rivals,
                       uint64_t now_ms)
    : leased_(lifeline != nullptr),
      lifeline_(lifeline ? *lifeline : Lifeline(0)),
      holding_(lifeline && lifeline->hold()),
      earned_ms_(lifeline ? lifeline->until_ms() : 0),
      bad_line_noted_(false),
      leads_(false),
      leads_noted_(false),
      step_back_ms_(0),
      started_ms_(now_ms),
      burst_ms_(0),
      burst_step_(0),
      announced_ms_(now_ms),
      probes_left_(ask_for_rivals ? kProbes : 0),
      probe_ms_(now_ms),
      rival_(false),
      claimed_ms_(0),
      defended_ms_(0),
      defend_ms_(0),
      ended_(false) {
  start_burst(now_ms, 1);  // the first one was sent by `start` itself
}

void KeeperCore::act(Do what, const std::string& text) {
  Action a;
  a.what = what;
  a.text = text;
  a.lifetime_s = 0;
  actions_.push_back(a);
}

void KeeperCore::act_for(Do what, uint32_t lifetime_s) {
  act(what);
  actions_.back().lifetime_s = lifetime_s;
}

void KeeperCore::end() {
  act(Do::End);
  ended_ = true;
}

void KeeperCore::remove(const std::string& why) {
  act(Do::Remove);
  act(Do::Note, why + ": address removed");
  end();
}

void KeeperCore::on_lines(uint64_t now_ms,
                          const std::vector<std::string>& lines) {
  if (ended_) return;
  bool heard = false;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (lifeline_.on_line(lines[i])) {
      heard = true;
    } else if (!bad_line_noted_) {
      bad_line_noted_ = true;
      act(Do::Warn, "lifeline says '" +
                        tandem::escape_word(lines[i].substr(0, 40)) +
                        "': ignored, and all that is like it");
    }
  }
  if (!heard) return;
  if (now_ms >= lifeline_.until_ms()) return;  // on_tick() removes it
  if (lifeline_.hold()) {
    const uint32_t s = lifeline_.lifetime_s(now_ms);
    if (!holding_) {
      act(Do::Note, "hold: the address stays for " + std::to_string(s) +
                    " s, whatever becomes of hbd");
    }
    if (!holding_ || lifeline_.until_ms() != earned_ms_) {
      act_for(Do::Renew, s);
    }
    holding_ = true;
    earned_ms_ = lifeline_.until_ms();
    return;
  }
  const bool is_new = lifeline_.is_fresh(now_ms) &&
                      (holding_ || lifeline_.until_ms() > earned_ms_);
  // Out of a hold the kernel must get a lifetime in any case: it is less than
  // it had.
  if (!is_new && !holding_) return;
  if (holding_) act(Do::Note, "hold is over");
  holding_ = false;
  earned_ms_ = lifeline_.until_ms();
  act_for(Do::Renew, lifeline_.lifetime_s(now_ms));
  // Only here: what is set again has as long to live as a renewal earns.
  if (is_new) step_back(now_ms, lifeline_.lifetime_s(now_ms));
}

void KeeperCore::on_eof(uint64_t) {
  if (ended_ || !leased_) return;
  lifeline_.on_eof();
  if (lifeline_.hold()) {
    act(Do::Note, "the lifeline ended in a hold: the kernel keeps the address "
                  "until then");
    end();
    return;
  }
  remove("the lifeline ended");
}

void KeeperCore::on_gone() {
  if (ended_) return;
  act(Do::Warn, "the address is gone: expired, or removed by someone else");
  end();
}

void KeeperCore::on_look(bool leads) {
  leads_ = leads;
  if (!leads) leads_noted_ = false;
}

// Of a subnet's addresses the kernel takes the first as the source; what is
// set comes last.
void KeeperCore::step_back(uint64_t now_ms, uint32_t lifetime_s) {
  if (!leads_ || now_ms < step_back_ms_) return;
  if (!leads_noted_) {
    act(Do::Warn, "came to stand before the host's own address, as the source "
                  "of its connections: set again behind it");
  }
  leads_noted_ = true;
  step_back_ms_ = now_ms + kStepBackEveryMs;
  act_for(Do::StepBack, lifetime_s);
}

void KeeperCore::on_claim(uint64_t now_ms, const std::string& who) {
  if (ended_) return;
  if (!rival_ || rival_name_ != who) {
    act(Do::Warn, "rival " + who + " claims the address: out-announcing it");
  }
  rival_name_ = who;
  claimed_ms_ = now_ms;
  const uint64_t soonest = std::max(now_ms, defended_ms_ + kDefendGapMs);
  defend_ms_ = rival_ ? std::min(defend_ms_, soonest) : soonest;
  rival_ = true;
}

void KeeperCore::start_burst(uint64_t now_ms, unsigned first_step) {
  burst_ms_ = now_ms;
  burst_step_ = first_step;
}

void KeeperCore::tick_announcements(uint64_t now_ms) {
  bool due = false;
  if (burst_step_ < kBurstSteps) {
    while (burst_step_ < kBurstSteps &&
           now_ms >= burst_ms_ + kBurstMs[burst_step_]) {
      due = true;  // late for several: one announcement makes up for all
      ++burst_step_;
    }
  } else if (now_ms >= announced_ms_ + kRefreshMs) {
    due = true;
    probes_left_ = 1;
    probe_ms_ = now_ms;
  }
  if (!due) return;
  act(Do::Announce);
  announced_ms_ = now_ms;
}

void KeeperCore::tick_probes(uint64_t now_ms) {
  if (probes_left_ == 0 || now_ms < probe_ms_) return;
  act(Do::Probe);
  --probes_left_;
  probe_ms_ = now_ms + kProbeGapMs;
}

void KeeperCore::tick_rival(uint64_t now_ms) {
  if (!rival_ || now_ms < defend_ms_) return;
  if (now_ms >= claimed_ms_ + kQuietMs) {
    rival_ = false;
    act(Do::Note, "rival " + rival_name_ + " is quiet");
    start_burst(now_ms, 0);
    return;
  }
  act(Do::Announce);
  act(Do::Probe);  // a rival that never announces answers at least
  announced_ms_ = now_ms;
  defended_ms_ = now_ms;
  defend_ms_ = now_ms + kDefendEveryMs;
}

void KeeperCore::on_tick(uint64_t now_ms) {
  if (ended_) return;
  if (leased_ && now_ms >= lifeline_.until_ms()) {
    remove(lifeline_.hold() ? "the hold has passed" : "the lease has passed");
    return;
  }
  if (!leased_) {
    step_back(now_ms, tandem::kForeverS);
  } else if (lifeline_.hold()) {
    step_back(now_ms, lifeline_.lifetime_s(now_ms));
  }
  tick_rival(now_ms);
  tick_announcements(now_ms);
  tick_probes(now_ms);
  if (leased_) return;
  const bool done = burst_step_ == kBurstSteps && probes_left_ == 0 && !rival_;
  if (done || now_ms >= started_ms_ + kUnkeptMs) end();
}

uint64_t KeeperCore::next_due_ms() const {
  if (ended_ || !actions_.empty()) return 0;
  uint64_t due_ms = burst_step_ < kBurstSteps
                        ? burst_ms_ + kBurstMs[burst_step_]
                        : announced_ms_ + kRefreshMs;
  if (probes_left_ > 0) due_ms = std::min(due_ms, probe_ms_);
  if (rival_) due_ms = std::min(due_ms, defend_ms_);
  if (leased_) due_ms = std::min(due_ms, lifeline_.until_ms());
  if (leads_ && (!leased_ || lifeline_.hold())) {
    due_ms = std::min(due_ms, step_back_ms_);
  }
  if (!leased_) due_ms = std::min(due_ms, started_ms_ + kUnkeptMs);
  return due_ms;
}

std::vector<Action> KeeperCore::take_actions() {
  std::vector<Action> out;
  out.swap(actions_);
  return out;
}

}  // namespace vipctl
