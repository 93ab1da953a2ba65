// The third opinion: confirms one holder a group at a time, and keeps epochs
// and records. Pure, like Cluster, with the same Action vocabulary (Persist,
// SendBeat, Log only). One Witness object a pair.
#ifndef TANDEM_HBD_DECIDE_WITNESS_H
#define TANDEM_HBD_DECIDE_WITNESS_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/action.h"
#include "hbd/decide/config.h"
#include "hbd/decide/hearing.h"
#include "hbd/decide/maintenance.h"
#include "hbd/decide/status.h"

namespace hbd {

struct WitnessConfig : Times {
  std::string pair, self;
  std::string nodes[2];
};

class Witness {
 public:
  Witness(const WitnessConfig& config, uint64_t incarnation,
          const State& stored, bool had_state, uint64_t now_ms);
  void on_tick(uint64_t now_ms);
  void on_beat(uint64_t now_ms, const Beat& beat);
  uint64_t next_due_ms() const;
  std::vector<Action> take_actions();
  WitnessStatus status(uint64_t now_ms) const;
  // For tests: the record of a group; none() when unknown.
  Record record(const std::string& group) const;

 private:
  struct Group {
    std::string name;
    std::string node_name[2];  // what the nodes call it; "" = not heard yet
    Record record;
    uint64_t confirmed_ms = 0;  // when a beat of the holder was last taken
    std::string refused[2];  // what was said to each node last
    explicit Group(const std::string& n) : name(n) {}
  };
  void enter(uint64_t now_ms);
  Group* find_or_add(const std::string& name);
  Beat with_our_names(size_t from, const Beat& beat,
                      std::vector<std::string>* called) const;
  void rename_if_agreed();
  void take_told(size_t from, const Agreement& told);
  void take_records(size_t from, const Beat& beat);
  uint64_t deadtime_ms() const;  // the longest that anybody goes by
  void adopt(Group* g, const Record& r, const std::string& why);
  void answer_claims();
  bool may_grant(const Group& g, size_t claimer, std::string* why) const;
  bool forced_against(const Group& g, size_t holder) const;
  void persist();
  void send_beats();
  void note(tandem::LogLevel level, const std::string& text);

  WitnessConfig config_;
  uint64_t now_ms_, started_ms_, next_beat_ms_, no_judge_until_ms_;
  Hearing nodes_[2];
  Agreement told_[2];  // by the nodes
  uint64_t incarnation_;
  Maintenance maintenance_;
  std::vector<Group> groups_;
  uint64_t epoch_seen_;
  bool dirty_;
  bool changed_;
  std::vector<Action> actions_;
};

}  // namespace hbd

#endif
