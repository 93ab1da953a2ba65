// Tries our login on a server again and again. A session that stands says
// nothing of the next one: the password, the account or a right of it may be
// another by then, and a takeover logs in anew.
#ifndef TANDEM_PROMOTE_TRIAL_H
#define TANDEM_PROMOTE_TRIAL_H

#include <stdint.h>

#include <string>

#include "lib/select.h"
#include "promote/config.h"
#include "promote/faults.h"
#include "promote/flavour.h"
#include "promote/server.h"

namespace promote {

class Trial {
 public:
  // at, config and its path outlive this.
  Trial(const Endpoint& at, const std::string& config_path,
        const Config& config)
      : at_(at), config_path_(config_path), config_(config),
        flavour_(nullptr), stage_(Stage::LogIn), due_ms_(0),
        deadline_ms_(tandem::kNever), log_(Log::Unknown) {}
  void want(tandem::Selector* sel) const {
    if (server_.busy()) server_.want(sel);
  }
  uint64_t next_due_ms(bool may_begin) const {
    return server_.busy() ? deadline_ms_ : may_begin ? due_ms_ : tandem::kNever;
  }
  // Begins one when it is time. Of a server of this host, which promote acts
  // on, the rights to that are asked for too, and last whether it writes its
  // binary log, which waits while the log is written to. A server that hangs
  // keeps the one session that was begun.
  void begin(const Flavour& flavour, uint64_t now_ms);
  void advance(const tandem::Selector& sel, uint64_t now_ms);
  // What the last one that came to an end found.
  const Faults& faults() const { return faults_; }
  // The server is not there: nothing is known of the account.
  void forget() {
    faults_ = Faults();
    log_ = Log::Unknown;
  }
  bool knows_log() const { return log_ != Log::Unknown; }
  bool log_stopped() const { return log_ == Log::Stopped; }

 private:
  enum class Stage { LogIn, Look, Rights, Binlog };
  enum class Log { Unknown, Written, Stopped };
  void on_done(uint64_t now_ms);
  void end(const Faults& faults, const tandem::Error& why, uint64_t now_ms);

  const Endpoint& at_;
  const std::string& config_path_;
  const Config& config_;
  const Flavour* flavour_;
  Server server_;
  Stage stage_;  // of what is busy
  uint64_t due_ms_, deadline_ms_;
  Faults faults_;
  Log log_;
};

}  // namespace promote

#endif
