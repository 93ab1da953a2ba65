// Facts each time, sessions and settings when they are due, the binary log's
// filters once a session.
#include "promote/rota.h"

namespace promote {

void Rota::begin_session() {
  settings_ms_ = 0;
  knows_binlog_ = false;
}

void Rota::begin_look(uint64_t now_ms) {
  query_ = 0;
  end_ = now_ms >= settings_ms_ ? kBinlogQuery : kFactsQueries;
}

void Rota::on_answer(uint64_t now_ms, const Facts& facts, bool refused,
                     bool log_is_free) {
  if (query_ == kFactsQueries - 1 && facts.semi_primary != set_as_primary_) {
    end_ = kBinlogQuery;
  } else if (query_ == kBinlogQuery - 1) {
    set_as_primary_ = facts.semi_primary;
    settings_ms_ = now_ms + kSettingsMs;
    if (!knows_binlog_ && log_is_free) end_ = kSettingsQueries;
  } else if (query_ == kBinlogQuery) {
    knows_binlog_ = !refused;
  }
  ++query_;
}

}  // namespace promote
