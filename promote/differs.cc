// What is noted goes by the facts of two looks.
#include "promote/differs.h"

#include "lib/log.h"
#include "promote/notes.h"

namespace promote {

Faults kept_away(const Facts& before, const Facts& now, const Faults& found) {
  Faults out;
  const bool same_life = !now.instance().empty() &&
                         now.instance() == before.instance();
  const bool other_id = same_life && now.server_id != before.server_id;
  if (now.replicates) {
    // While nothing is executed nothing is passed over.
    const bool moved = before.replicates && now.pos != before.pos;
    // A receiver that met the same id when it connected does not run.
    const bool passes_over = found.has(Fault::SameServerId) &&
                             now.replica.io == Receiver::Yes;
    if (moved && (found.has(Fault::ReplicaFilter) ||
                  found.has(Fault::ErrorsSkipped) || passes_over)) {
      out.add(Fault::DataMissing);
    }
  } else if (now.is_primary() && (now.binlog_stopped || other_id ||
                                  found.has(Fault::BinlogFilter))) {
    out.add(Fault::DataUnsent);
  }
  return out;
}

Differs::Differs(const Endpoint& at, const Config& config, bool once)
    : config_(config), keeps_(!at.socket.empty()), once_(once),
      written_(true) {}

Faults Differs::look(const Facts& now, const Faults& found) {
  if (!keeps_) return Faults();
  if (written_) noted_ = recall_differs(config_);
  Faults all = noted_;
  if (before_.flavour) all.add(kept_away(before_, now, found));
  before_ = now;
  if (!once_ && (!(all == noted_) || !written_)) {
    const tandem::Error e = remember_differs(config_, all);
    written_ = e.ok();
    if (e && e.text() != told_) tandem::log_err("%s", e.c_str());
    told_ = e.text();
  }
  return noted_ = all;
}

}  // namespace promote
