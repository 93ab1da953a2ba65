// One server under watch: Connecting -> Probing -> Asking -> Resting, and
// again Asking at each interval; back to Waiting and Connecting when the
// connection ends.
//
// One connection a server: the kernel closes it in the moment the server dies,
// so a death needs no poll to be seen. A hang is a statement that is not
// answered in time: its connection stays, so that a server that hangs has one
// session of ours and not one for each try, and either the answer comes in the
// end or the kernel says that the server or its host is gone.
#ifndef TANDEM_PROMOTE_WATCH_H
#define TANDEM_PROMOTE_WATCH_H

#include <stdint.h>

#include <string>

#include "lib/select.h"
#include "promote/bootfiles.h"
#include "promote/config.h"
#include "promote/differs.h"
#include "promote/facts.h"
#include "promote/lag.h"
#include "promote/ownfiles.h"
#include "promote/rota.h"
#include "promote/said.h"
#include "promote/seen.h"
#include "promote/server.h"
#include "promote/stall.h"
#include "promote/trial.h"

namespace promote {

class Watch {
 public:
  // config, its path, and lag, which all watches share, outlive this; once:
  // for one look.
  Watch(const Endpoint& at, const std::string& config_path,
        const Config& config, Lag* lag, bool once, uint64_t now_ms);
  void want(tandem::Selector* sel) const {
    if (phase_ != Phase::Waiting) server_.want(sel);
    trial_.want(sel);
  }
  // blocked: the line cannot be printed now, do not wake up for that.
  uint64_t next_due_ms(bool blocked) const;
  void advance(const tandem::Selector& sel, uint64_t now_ms);
  void check_now(uint64_t now_ms);  // but a refused login has its pause
  Said* said() { return &said_; }

 private:
  enum class Phase { Waiting, Connecting, Probing, Resting, Asking };
  void begin_connect(uint64_t now_ms);
  void begin_query(const char* sql, Phase phase, uint64_t now_ms);
  void begin_look(uint64_t now_ms);
  void on_done(uint64_t now_ms);
  void on_failure(uint64_t now_ms);
  void on_refusal(uint64_t now_ms);
  void on_answer(bool refused, uint64_t now_ms);
  void on_silence(uint64_t now_ms);
  void ask(uint64_t now_ms);
  void rest(uint64_t now_ms);
  void say_facts(uint64_t now_ms);
  void say_down(const char* fault);

  const Endpoint at_;
  const std::string& config_path_;
  const Config& config_;
  Lag* lag_;
  Login login_;
  Server server_;
  Phase phase_;
  uint64_t due_ms_;       // Waiting, Resting: when to go on
  uint64_t deadline_ms_;  // the others: when it is a hang
  uint64_t down_at_ms_;   // lost the connection: down unless back by then
  unsigned refusals_;     // in a row
  const Flavour* flavour_;
  Rota rota_;             // of Asking
  Stall stall_;
  BootFiles files_;
  OwnFiles own_files_;
  Seen seen_;
  Differs differs_;
  Facts facts_;
  Faults asking_;         // found by asking for the settings
  Trial trial_;           // while there is a session
  Said said_;
};

}  // namespace promote

#endif
