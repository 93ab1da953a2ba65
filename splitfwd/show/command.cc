// See command.h. Answers keep HAProxy's wording: scripts look for it.
#include "splitfwd/show/command.h"

#include <algorithm>

#include "lib/text.h"

namespace splitfwd {

using tandem::parse_u64;

namespace {

typedef std::vector<std::string> Words;
typedef Command::Verb Verb;

// What follows the command's own words, in args; the answer when it is wrong,
// else empty. listen and server may be looked up in config.
typedef std::string (*TakeArgs)(const Words& args, const Config& config,
                                Command* c);

std::string take_none(const Words&, const Config&, Command*) {
  return std::string();
}

// LISTEN/SERVER
std::string take_pair(const Words& args, const Config& config, Command* c) {
  const size_t slash = args.empty() ? std::string::npos : args[0].find('/');
  if (slash == std::string::npos) return "Require 'backend/server'.\n";
  const size_t listen = index_of(config.listens, args[0].substr(0, slash));
  if (listen == config.listens.size()) return "No such backend.\n";
  const std::vector<size_t>& mine = config.listens[listen].servers;
  for (size_t i = 0; i < mine.size(); ++i) {
    if (config.servers[mine[i]].name != args[0].substr(slash + 1)) continue;
    c->listen = listen;
    c->server = mine[i];
    return std::string();
  }
  return "No such server.\n";
}

std::string take_disable(const Words& args, const Config& config, Command* c) {
  c->state = Admin::Maint;
  return take_pair(args, config, c);
}

// The word at that place.
std::string take_number(const Words& args, size_t at, Command* c) {
  uint64_t n;
  if (args.size() <= at || !parse_u64(args[at], kWeightMax, &n)) {
    return "Absolute weight can only be between 0 and 256 inclusive.\n";
  }
  c->weight = static_cast<unsigned>(n);
  return std::string();
}

std::string take_weight(const Words& args, const Config& config, Command* c) {
  const std::string wrong = take_pair(args, config, c);
  return wrong.empty() ? take_number(args, 1, c) : wrong;
}

std::string take_set_server(const Words& args, const Config& config,
                            Command* c) {
  const std::string wrong = take_pair(args, config, c);
  if (!wrong.empty()) return wrong;
  if (args.size() > 1 && args[1] == "weight") {
    c->verb = Verb::SetWeight;
    return take_number(args, 2, c);
  }
  if (args.size() < 2 || args[1] != "state") {
    return "usage: set server <backend>/<server> state | weight\n";
  }
  const std::string word = args.size() > 2 ? args[2] : "";
  if (word == "ready") c->state = Admin::Ready;
  else if (word == "drain") c->state = Admin::Drain;
  else if (word == "maint") c->state = Admin::Maint;
  else return "'set server <srv> state' expects 'ready', 'drain' and "
              "'maint'.\n";
  return std::string();
}

bool parse_id(const std::string& word, uint64_t* out) {
  const size_t from = tandem::starts_with(word, "0x") ? 2 : 0;
  if (word.size() == from || word.size() > from + 16) return false;
  uint64_t n = 0;
  for (size_t i = from; i < word.size(); ++i) {
    const size_t digit = std::string("0123456789abcdef").find(word[i]);
    if (digit == std::string::npos) return false;
    n = n << 4 | digit;
  }
  *out = n;
  return n != 0;
}

std::string take_session(const Words& args, const Config&, Command* c) {
  if (args.empty()) return "Session pointer expected (use 'show sess').\n";
  if (parse_id(args[0], &c->session)) return std::string();
  return "No such session (use 'show sess').\n";
}

std::string take_show_sess(const Words& args, const Config&, Command* c) {
  if (args.empty() || parse_id(args[0], &c->session)) return std::string();
  return "Session not found.\n";
}

std::string take_listen(const Words& args, const Config& config, Command* c) {
  if (args.empty()) return std::string();
  c->listen = index_of(config.listens, args[0]);
  return c->listen < config.listens.size() ? "" : "Can't find backend.\n";
}

// False: the word is not a form's. The last one that is counts.
bool take_form(const std::string& word, Command* c) {
  if (word == "json") c->form = Form::Json;
  else if (word == "typed") c->form = Form::Typed;
  else return false;
  return true;
}

std::string take_info(const Words& args, const Config&, Command* c) {
  for (const std::string& word : args) take_form(word, c);
  return std::string();
}

std::string take_frontend(const Words& args, const Config& config,
                          Command* c) {
  if (args.empty()) return "A frontend name is expected.\n";
  c->listen = index_of(config.listens, args[0]);
  return c->listen < config.listens.size() ? "" : "No such frontend.\n";
}

std::string take_disable_frontend(const Words& args, const Config& config,
                                  Command* c) {
  c->all = true;
  return take_frontend(args, config, c);
}

std::string take_all(const Words& args, const Config&, Command* c) {
  c->all = !args.empty() && args[0] == "all";
  return std::string();
}

// [NAME | NUMBER | -1] [TYPES | -1] [SERVER'S NUMBER | -1], forms anywhere.
std::string take_stat(const Words& words, const Config& config, Command* c) {
  Words args;
  for (const std::string& word : words) {
    if (!take_form(word, c)) args.push_back(word);
  }
  if (args.empty()) return std::string();
  uint64_t n;
  const size_t named = index_of(config.listens, args[0]);
  if (named < config.listens.size()) {
    c->listen = named;
  } else if (parse_u64(args[0], config.listens.size() + 1, &n) && n > 1) {
    c->listen = static_cast<size_t>(n) - 2;  // HAProxy counts itself as 1
  } else if (args[0] != "-1") {
    return "No such proxy.\n";
  }
  if (args.size() > 1 && parse_u64(args[1], kAnyType, &n)) {
    c->types = static_cast<unsigned>(n);
  }
  if (args.size() > 2 && parse_u64(args[2], kServersMax, &n)) c->sid = n;
  return std::string();
}

struct Entry {
  const char* words;
  Verb verb;
  TakeArgs take;
  const char* args;  // for the list
  const char* help;
};
const Entry kEntries[] = {
    {"clear counters", Verb::ClearCounters, take_all, " [all]",
     "begin the greatest values anew, or all"},
    {"disable frontend", Verb::SetFrontend, take_disable_frontend,
     " <listen>", "nobody new comes in, connects wait"},
    {"disable server", Verb::SetState, take_disable, " <listen>/<server>",
     "no new sessions for a server, no checks"},
    {"drain", Verb::Drain, take_none, "",
     "sessions end as they come to rest, then connects wait"},
    {"enable frontend", Verb::SetFrontend, take_frontend, " <listen>",
     "undo 'disable frontend'"},
    {"enable server", Verb::SetState, take_pair, " <listen>/<server>",
     "undo 'disable server'"},
    {"gate", Verb::Gate, take_none, "",
     "the primary's end so, new ones wait for the next"},
    {"set server", Verb::SetState, take_set_server, " <listen>/<server> ...",
     "state ready|drain|maint, or weight <n>"},
    {"set weight", Verb::SetWeight, take_weight, " <listen>/<server> <n>",
     "change a server's weight: 0 to 256"},
    {"show drain", Verb::ShowDrain, take_none, "",
     "report how far that is"},
    {"show info", Verb::ShowInfo, take_info, " [json|typed]",
     "report information about the process"},
    {"show servers conn", Verb::ShowServersConn, take_listen, " [<listen>]",
     "report each server's sessions in a line"},
    {"show servers state", Verb::ShowServersState, take_listen, " [<listen>]",
     "report each server's state in a line"},
    {"show sess", Verb::ShowSess, take_show_sess, " [<id>]",
     "report the sessions"},
    {"show stat", Verb::ShowStat, take_stat,
     " [<listen> <type> <sid>] [json|typed]",
     "report counters for each listener and server"},
    {"show status", Verb::ShowStatus, take_none, "",
     "report listeners and servers, for people"},
    {"shutdown session", Verb::ShutdownSession, take_session, " <id>",
     "end a session"},
    {"shutdown sessions server", Verb::ShutdownServer, take_pair,
     " <listen>/<server>", "end a server's sessions"},
    {"help", Verb::Help, take_none, "", "list the commands"},
    {"prompt", Verb::Prompt, take_none, "", "toggle interactive mode"},
    {"leave", Verb::Leave, take_none, "",
     "the address goes now: cut all sessions, connects wait"},
    {"serve", Verb::Serve, take_none, "",
     "the address is here: check the servers now, undo 'leave'"},
    {"quit", Verb::Quit, take_none, "", "disconnect"},
};

std::string entry_list() {
  std::string out;
  for (const Entry& e : kEntries) {
    std::string left = std::string("  ") + e.words + e.args;
    if (left.size() < 48) left.resize(48, ' ');
    out += left + ": " + e.help + "\n";
  }
  return out;
}

}  // namespace

std::vector<std::string> split_commands(const std::string& line) {
  std::vector<std::string> out(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\' && i + 1 < line.size()) out.back() += line[++i];
    else if (line[i] == ';') out.push_back(std::string());
    else out.back() += line[i];
  }
  std::vector<std::string> found;
  for (size_t i = 0; i < out.size(); ++i) {
    const std::string command = tandem::trim(out[i]);
    if (!command.empty()) found.push_back(command);
  }
  if (found.empty()) found.push_back(std::string());
  return found;
}

bool parse_command(const std::string& text, const Config& config,
                   Command* out, std::string* answer) {
  const Words words = tandem::split_words(tandem::trim(text));
  for (const Entry& e : kEntries) {
    const Words mine = tandem::split_words(e.words);
    if (words.size() < mine.size() ||
        !std::equal(mine.begin(), mine.end(), words.begin())) {
      continue;
    }
    Command c;
    c.verb = e.verb;
    const Words args(words.begin() + static_cast<std::ptrdiff_t>(mine.size()),
                     words.end());
    const std::string wrong = e.take(args, config, &c);
    if (wrong.empty()) *out = c;
    else *answer = wrong;
    return wrong.empty();
  }
  *answer = "Unknown command. Please enter one of the following commands "
            "only:\n" + entry_list();
  return false;
}

std::string help_answer() {
  return "The following commands are valid at this level:\n" + entry_list();
}

}  // namespace splitfwd
