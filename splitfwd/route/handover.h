// A session as text, from one worker to the next: all of it but its two
// descriptors, which travel beside it, and the bytes that wait, which follow.
// Listeners and servers go by name, since the next worker may have another
// file. A key that is not known is skipped and one that is missing keeps its
// default: the two need not be of one version. Pure.
#ifndef TANDEM_SPLITFWD_ROUTE_HANDOVER_H
#define TANDEM_SPLITFWD_ROUTE_HANDOVER_H

#include <string>

#include "splitfwd/config.h"
#include "splitfwd/route/sessions.h"

namespace splitfwd {

// What may wait in one pump; more is malformed.
const size_t kHandedBytesMax = 4 << 20;

std::string format_session(const Config& config, const RoutedSession& s);

enum class Handed {
  Fine,
  Stranger,  // its listener, or the server it has there, is in the file no
             // more, or has another address: nobody would look after it
  Bad        // malformed
};
// Into a fresh session that has its descriptors already: an upstream side is
// there exactly when the text names a server it has. waiting[way]: so many
// bytes are to follow for that pump, for restore_waiting().
Handed parse_session(const Config& config, const std::string& text,
                     RoutedSession* s, size_t waiting[2]);
// What it read, whoever had it written: nothing happened later than now, and
// nothing is waited for longer than the listener's own limits.
void bound_times(const Config& config, uint64_t now_ms, RoutedSession* s);

}  // namespace splitfwd

#endif
