// What must outlive a run, beside hbd's state file.
//
// The highest position that this server is known to have received: what status
// shows goes back when relay logs are purged, so a second try after a refusal
// would find less than the first and call it all.
//
// A note that data was kept away from this server or its replica: differs.h.
//
// A mark that the server was ended with commits in it that nobody may have
// acknowledged: its next start drops them, or commits them, by who owns then.
#ifndef TANDEM_PROMOTE_NOTES_H
#define TANDEM_PROMOTE_NOTES_H

#include "lib/error.h"
#include "promote/config.h"
#include "promote/faults.h"
#include "promote/gtid.h"

namespace promote {

// A file of this name in the folder of hbd's state.
std::string path_beside_state(const Config& config, const char* name);
TANDEM_MUST_USE tandem::Error make_folder_of(const std::string& path);

// Empty when nothing is remembered. A file that cannot be read is an error: it
// may hold a position.
TANDEM_MUST_USE tandem::Error recall_received(const Config& config, Gtids* out);
// Durable when it returns.
TANDEM_MUST_USE tandem::Error remember_received(const Config& config,
                                                const Gtids& received);
// To be called when all of it is applied, or the server follows another one; no
// file is no error.
void forget_received(const Config& config);

// Nothing when there is no note; one that cannot be read may be either.
Faults recall_differs(const Config& config);
// Durable when it returns.
TANDEM_MUST_USE tandem::Error remember_differs(const Config& config,
                                               const Faults& what);
TANDEM_MUST_USE tandem::Error forget_differs(const Config& config);
// What is here is the data now; a failure is logged.
void forget_missing(const Config& config);

// Durable when it returns; to be called before the server is ended, and
// forgotten when it is the primary again, or follows.
TANDEM_MUST_USE tandem::Error mark_unacked(const Config& config);
bool has_unacked(const Config& config);
void forget_unacked(const Config& config);

}  // namespace promote

#endif
