// When a kept address is renewed, announced, defended and given up. Pure: no
// clock, no I/O, no log. The caller feeds what happened, each with the time,
// and performs what take_actions() returns, in order.
#ifndef TANDEM_VIPCTL_KEEPER_CORE_H
#define TANDEM_VIPCTL_KEEPER_CORE_H

#include <stdint.h>

#include <string>
#include <vector>

namespace vipctl {

// What the owner's hbd last said on the lifeline. A line is the absolute time
// (clock_ms(), decimal) until which the address may be owned; or "hold TIME":
// owned until then also when the pipe ends, for the kernel keeps the time.
class Lifeline {
 public:
  explicit Lifeline(uint64_t lease_ms)
      : lease_ms_(lease_ms), until_ms_(0), hold_(false), eof_(false) {}
  // Whether the line is a time or a hold; by any other nothing changes.
  bool on_line(const std::string& line);
  void on_eof() { eof_ = true; }
  bool hold() const { return hold_; }
  bool eof() const { return eof_; }
  uint64_t until_ms() const { return until_ms_; }
  // What the kernel is to be told at now_ms, in seconds: the lifetime that the
  // time read has earned; on hold and out of one, when it may have earned none,
  // what is left of it, rounded up.
  uint32_t lifetime_s(uint64_t now_ms) const;
  // The time read is half a lease ahead at least: only then does it earn
  // another kernel lifetime, so that the kernel's expiry stays bounded.
  bool is_fresh(uint64_t now_ms) const {
    return until_ms_ > now_ms && until_ms_ - now_ms >= half_lease_ms();
  }
  // So long a time that was once fresh may go without a newer one.
  uint64_t half_lease_ms() const { return lease_ms_ / 2; }
  // A new address may be set now.
  bool lets_start(uint64_t now_ms) const {
    return !eof_ && is_fresh(now_ms);
  }

 private:
  uint64_t lease_ms_;
  uint64_t until_ms_;
  bool hold_;
  bool eof_;
};

enum class Do {
  Renew,      // kernel lifetime, only if the address is there: else on_gone()
  StepBack,   // set it again, behind the host's own; if it is there, as above
  Remove,     // delete the address; always followed by End
  Announce,
  Probe,
  Note,       // log, information
  Warn,       // log, warning
  End         // nothing follows
};

struct Action {
  Do what;
  std::string text;     // of Note and Warn
  uint32_t lifetime_s;  // of Renew and StepBack, in the kernel
};

class KeeperCore {
 public:
  // The address was set and announced once at now_ms. lifeline is null
  // without one: then the core only sees the announcements through, at most
  // for a minute. ask_for_rivals: probe now, it was not done before.
  KeeperCore(const Lifeline* lifeline, bool ask_for_rivals, uint64_t now_ms);

  // Lines read from the lifeline in one go; only the last one counts.
  void on_lines(uint64_t now_ms, const std::vector<std::string>& lines);
  void on_eof(uint64_t now_ms);
  // A renewal found that the address is not there any more.
  void on_gone();
  // A look that found the address; each Renew, StepBack and Announce has
  // one. leads: the host's own address of the subnet is secondary to it, so
  // that the host's connections would come from an address that moves.
  void on_look(bool leads);
  // Another host, at this hardware address, claims the address.
  void on_claim(uint64_t now_ms, const std::string& who);
  // Call when now_ms >= next_due_ms(), after the inputs of the same moment;
  // calling early is harmless.
  void on_tick(uint64_t now_ms);
  uint64_t next_due_ms() const;
  std::vector<Action> take_actions();

 private:
  void act(Do what, const std::string& text = std::string());
  void act_for(Do what, uint32_t lifetime_s);
  void step_back(uint64_t now_ms, uint32_t lifetime_s);
  void remove(const std::string& why);
  void end();
  void start_burst(uint64_t now_ms, unsigned first_step);
  void tick_announcements(uint64_t now_ms);
  void tick_probes(uint64_t now_ms);
  void tick_rival(uint64_t now_ms);

  bool leased_;
  Lifeline lifeline_;
  bool holding_;           // the kernel has a lifetime by a hold line
  uint64_t earned_ms_;     // the time that was renewed for last
  bool bad_line_noted_;
  bool leads_;             // the last look found the host's own behind it
  bool leads_noted_;
  uint64_t step_back_ms_;  // set again not before then
  uint64_t started_ms_;
  uint64_t burst_ms_;      // when the burst began
  unsigned burst_step_;    // next of it; past its end: refreshing
  uint64_t announced_ms_;  // last time
  unsigned probes_left_;
  uint64_t probe_ms_;      // next time
  bool rival_;
  std::string rival_name_;
  uint64_t claimed_ms_;    // last claim heard
  uint64_t defended_ms_;   // last answer to it
  uint64_t defend_ms_;     // next one
  bool ended_;
  std::vector<Action> actions_;
};

}  // namespace vipctl

#endif
