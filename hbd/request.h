// The language of the control socket. Pure.
//
//   status | status json | check | metrics | events | events json | groups
//   standby [limit=MS] [GROUP] | takeover [GROUP] | init [GROUP]
//   clear [GROUP]
//   force GROUP|* REASON...
#ifndef TANDEM_HBD_REQUEST_H
#define TANDEM_HBD_REQUEST_H

#include <string>

#include "hbd/decide/action.h"
#include "lib/error.h"

namespace hbd {

enum class Ask {
  Status, StatusJson, Check, Metrics, Events, EventsJson, Groups, Act
};

struct Question {
  Ask ask;
  Command command;  // with Ask::Act
  Question() : ask(Ask::Status) {}
};

TANDEM_MUST_USE bool parse_question(const std::string& line, Question* out);

}  // namespace hbd

#endif
