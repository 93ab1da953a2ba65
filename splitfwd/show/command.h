// What is written to the control socket: HAProxy's commands, as far as they
// apply. A [listen] section is a frontend and a backend of one name. Pure.
#ifndef TANDEM_SPLITFWD_SHOW_COMMAND_H
#define TANDEM_SPLITFWD_SHOW_COMMAND_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "splitfwd/config.h"
#include "splitfwd/route/balance.h"

namespace splitfwd {

const size_t kAllListens = ~size_t(0);

// Rows of 'show stat', in HAProxy's numbers.
enum StatType { kFrontend = 1, kBackend = 2, kServer = 4, kAnyType = 7 };

// Of an answer: CSV or lines for people, JSON, HAProxy's line for each value.
enum class Form { Plain, Json, Typed };

struct Command {
  enum class Verb {
    Help, Prompt, Quit, ShowStat, ShowInfo, ShowStatus, ShowSess,
    ShowServersState, ShowServersConn, ShowDrain,
    // Verbs that change something, or end a session:
    Drain, Gate, Leave, Serve, ClearCounters, SetFrontend, SetWeight, SetState,
    ShutdownSession, ShutdownServer
  };
  Verb verb = Verb::Help;
  // Those it is about; the server is one of the listener's.
  size_t listen = kAllListens;  // kAllListens: Show...
  size_t server = 0;
  Admin state = Admin::Ready;  // SetState
  unsigned weight = 0;  // SetWeight
  uint64_t session = 0;  // Show- and ShutdownSession; 0: ShowSess of all
  Form form = Form::Plain;  // ShowStat, ShowInfo
  bool all = false;  // ClearCounters; SetFrontend: it is closed
  unsigned types = kAnyType;  // ShowStat: a set of StatType
  uint64_t sid = 0;  // ShowStat: which server, from 1 on; 0: all
  bool changes() const { return verb >= Verb::Drain; }
};

// The commands of a line, between ';' that no '\' protects. An empty one
// counts only when it is the only one.
std::vector<std::string> split_commands(const std::string& line);
// False: *answer is what is wrong, in HAProxy's words, and *out is untouched.
TANDEM_MUST_USE bool parse_command(const std::string& text,
                                   const Config& config, Command* out,
                                   std::string* answer);
// The answer to Help.
std::string help_answer();

}  // namespace splitfwd

#endif
