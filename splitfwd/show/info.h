// The other answers of the control socket, in HAProxy's forms. Pure.
#ifndef TANDEM_SPLITFWD_SHOW_INFO_H
#define TANDEM_SPLITFWD_SHOW_INFO_H

#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/route/snapshot.h"
#include "splitfwd/show/command.h"

namespace splitfwd {

// What the process has; in the order of /metrics, the texts first.
struct InfoField {
  size_t position;   // in 'show info typed' of HAProxy 2.6; ours are behind
  const char* name;  // there
  const char* tags;  // as in Column
  const char* type;
  std::string value;
  const char* metric;  // as in Column
};
std::vector<InfoField> info_fields(const Snapshot& snapshot);
// 'show info': 'Name: value' lines, those of HAProxy's that mean something
// here; or one object; or POSITION.NAME.1:TAGS:TYPE:VALUE. Version says ours.
std::string info_text(const Snapshot& snapshot, Form form);
// 'show status': a line for each listener and server, for people.
std::string overview_text(const Snapshot& snapshot);
// 'show servers state': version 1 of the format.
std::string servers_state_text(const Snapshot& snapshot,
                               const Command& command);
// 'show servers conn'; what counts idle connections is 0.
std::string servers_conn_text(const Snapshot& snapshot,
                              const Command& command);
// 'show sess': a line each; HAProxy's fields up to age, then ours. id 0: all;
// else that one, or 'Session not found.'
std::string sess_text(const std::vector<SessionRow>& sessions, uint64_t id);

}  // namespace splitfwd

#endif
