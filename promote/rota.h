// Which statement a server under watch is asked next. Pure.
#ifndef TANDEM_PROMOTE_ROTA_H
#define TANDEM_PROMOTE_ROTA_H

#include <stdint.h>

#include "promote/facts.h"

namespace promote {

const uint64_t kSettingsMs = 500;  // a fault is told within a second

// Sessions and settings are asked for less often than the rest: in between they
// are what they were. Not so when semi-sync's primary side was switched:
// whoever did that set the rest first, and by what was read before, a pair that
// was made this moment would be at fault.
class Rota {
 public:
  // All is asked for in the first look.
  void begin_session();
  void begin_look(uint64_t now_ms);
  bool is_done() const { return query_ == end_; }
  unsigned query() const { return query_; }  // see facts_sql()
  // The answer is in facts, unless it was refused. log_is_free: the last
  // statement, which waits for the binary log, is answered soon.
  void on_answer(uint64_t now_ms, const Facts& facts, bool refused,
                 bool log_is_free);

 private:
  unsigned query_ = 0, end_ = 0;
  uint64_t settings_ms_ = 0;     // when they are asked for again
  bool knows_binlog_ = false;    // this session was told its filters
  bool set_as_primary_ = false;  // semi-sync's side when they were read
};

}  // namespace promote

#endif
