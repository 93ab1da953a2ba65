// hbctl: asks a running hbd. What takes time it waits for, by asking again,
// and says in one line how it came out.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/error.h"
#include "lib/fd.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"
#include "lib/verb.h"

using tandem::Error;

namespace {

const char kUsage[] =
    "usage: hbctl [-j] [-s SOCKET] [-w TIME] status\n"
    "       hbctl [-s SOCKET] check | metrics\n"
    "       hbctl [-j] [-s SOCKET] events\n"
    "       hbctl [-s SOCKET] [-t TIME] [-w TIME] standby [GROUP]\n"
    "       hbctl [-s SOCKET] [-w TIME] init [GROUP]\n"
    "       hbctl [-s SOCKET] [-w TIME] takeover [-f REASON] [GROUP]\n"
    "       hbctl [-s SOCKET] clear [GROUP]\n"
    "       hbctl [-s SOCKET] [-w TIME] maintenance on [TIME] | off\n";
const char kSocket[] = "/run/tandem/hbd.sock";
const char kSplitfwdSocket[] = "/run/tandem/splitfwd.sock";
const unsigned kAnswerMs = 5000, kSplitfwdMs = 1000;
const size_t kAnswerBytesMax = 1 << 20;
const uint64_t kPollMs = 20;
const int kUnknown = 3;  // Nagios
const uint64_t kLimitMsMax = 24 * 3600 * 1000;  // as hbd has it
const uint64_t kMaintenanceMs = 3600 * 1000;

struct Args {
  std::string socket, verb, group, reason;
  bool json = false, force = false, redraws = false;
  uint64_t wait_ms = 60000;  // of status: when it is drawn again; 0: never
  uint64_t limit_ms = 0;  // of standby; 0: none. Of maintenance; 0: off
  bool is_question() const {
    return verb == "status" || verb == "check" || verb == "metrics" ||
           verb == "events";
  }
};

// One line of `groups`. why: what keeps it from moving, as far as hbd knows.
struct GroupLine {
  std::string name, phase, owner, why;
};

void refuse(const std::string& why) {
  tandem::usage_error("hbctl", kUsage, why);
}

// "on" with a time or none, or "off".
void read_maintenance(const std::vector<std::string>& words, Args* a) {
  const bool on = words.size() > 1 && words[1] == "on";
  if (!on && (words.size() != 2 || words[1] != "off")) {
    refuse("maintenance: on, perhaps with a time, or off");
  }
  if (words.size() > 3) refuse("too many words");
  a->limit_ms = on ? kMaintenanceMs : 0;
  if (words.size() == 3 &&
      (!tandem::parse_duration_ms(words[2], &a->limit_ms) ||
       a->limit_ms == 0 || a->limit_ms > kLimitMsMax)) {
    refuse("maintenance on: not a time such as 30m, of a day at most");
  }
}

Args read_args(int argc, char** argv) {
  const tandem::Options options =
      tandem::parse_options(argc, argv, "hbctl", "jf:s:t:w:", kUsage);
  Args a;
  a.json = options.has('j');
  a.force = options.has('f');
  a.reason = options.value('f', "");
  a.socket = options.value('s', kSocket);
  if (options.has('w') &&
      !tandem::parse_duration_ms(options.value('w', ""), &a.wait_ms)) {
    refuse("-w: not a time such as 30s");
  }
  if (options.has('t')) {
    if (!tandem::parse_duration_ms(options.value('t', ""), &a.limit_ms) ||
        a.limit_ms == 0 || a.limit_ms > kLimitMsMax) {
      refuse("-t: not a time such as 10s, of a day at most");
    }
    if (!options.has('w')) a.wait_ms += a.limit_ms;
  }
  std::vector<std::string> words = options.args;
  if (words.empty()) refuse("no verb");
  a.verb = words[0];
  if (a.verb == "maintenance") {
    if (options.has('f') || options.has('t') || a.json) {
      refuse("maintenance has no option but -s and -w");
    }
    read_maintenance(words, &a);
    return a;
  }
  size_t at = 1;
  if (words.size() > 1 && words[1] == "-f") {
    if (words.size() < 3) refuse("-f: no reason");
    a.force = true;
    a.reason = words[2];
    at = 3;
  }
  if (at < words.size()) a.group = words[at++];
  if (a.verb != "standby" && a.verb != "takeover" && a.verb != "init" &&
      a.verb != "clear" && !a.is_question()) {
    refuse("unknown verb '" + a.verb + "'");
  }
  if (at < words.size() || (a.is_question() && !a.group.empty())) {
    refuse("too many words");
  }
  a.redraws = options.has('w') && a.verb == "status";
  if (a.redraws && a.wait_ms == 0) refuse("-w: no time at all");
  if (a.json && a.verb != "status" && a.verb != "events") {
    refuse("-j is for status and events");
  }
  if (a.force && a.verb != "takeover") refuse("-f is for takeover");
  if (a.limit_ms != 0 && a.verb != "standby") refuse("-t is for standby");
  a.reason = tandem::join(tandem::split_words(a.reason), " ");
  for (char& c : a.reason) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  if (a.force && a.reason.empty()) refuse("-f: say why");
  return a;
}

// *ok: hbd's verdict; *text: what it says. An error: no hbd, or no answer.
Error ask(const std::string& socket, const std::string& line, bool* ok,
          std::string* text) {
  tandem::UniqueFd fd;
  Error e = tandem::connect_unix(socket, kAnswerMs, &fd);
  if (e) {
    return e.code() == tandem::kExitPermission
               ? e
               : Error::make(tandem::kExitStopped, "hbd does not run here: %s",
                             e.c_str());
  }
  std::string answer;
  e = tandem::ask(fd.get(), line, tandem::clock_ms() + kAnswerMs,
                  kAnswerBytesMax, &answer);
  if (e || (!tandem::starts_with(answer, "ok\n") &&
            !tandem::starts_with(answer, "no\n"))) {
    return Error::make(tandem::kExitFailed, "hbd does not answer");
  }
  *ok = answer[0] == 'o';
  *text = answer.substr(3);
  return Error::none();
}

// self: the node that answers. maintenance: "off", "asked", "on", "ending".
Error ask_groups(const std::string& socket, std::string* self,
                 std::string* maintenance, std::vector<GroupLine>* out) {
  bool ok;
  std::string text;
  const Error e = ask(socket, "groups", &ok, &text);
  if (e) return e;
  out->clear();
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> words = tandem::split_words(lines[i]);
    if (i == 0 && words.size() > 1) *self = words[1];
    if (words.size() == 2 && words[0] == "maintenance") *maintenance = words[1];
    if (i == 0 || words.size() < 3) continue;
    out->push_back(GroupLine{
        words[0], words[1], words[2],
        tandem::join(std::vector<std::string>(words.begin() + 3, words.end()),
                     " ")});
  }
  return e;
}

bool has_moved(const Args& a, const std::string& self, const GroupLine& g) {
  if (a.verb == "standby") {
    return g.phase == "idle" && g.owner != self && g.owner != "-";
  }
  return g.phase == "owning" && g.owner == self;
}

// What standby let go of is here again.
bool came_back(const Args& a, const std::string& self, const GroupLine& g) {
  return a.verb == "standby" &&
         (g.phase == "starting" || (g.phase == "owning" && g.owner == self));
}

// Until every group that was asked for is where it should be.
int wait_for_result(const Args& a, uint64_t started_ms) {
  const uint64_t deadline_ms = started_ms + a.wait_ms;
  for (;;) {
    std::string self, maintenance;
    std::vector<GroupLine> groups;
    const Error e = ask_groups(a.socket, &self, &maintenance, &groups);
    if (e) {
      tandem::log_err("%s", e.c_str());
      return tandem::kExitFailed;
    }
    // The first one of each kind: others may only follow it.
    const GroupLine* late = nullptr;
    const GroupLine* back = nullptr;
    const GroupLine* last = nullptr;
    for (const GroupLine& g : groups) {
      if (!a.group.empty() && g.name != a.group) continue;
      last = &g;
      if (has_moved(a, self, g)) continue;
      if (!late) late = &g;
      if (!back && came_back(a, self, g)) back = &g;
    }
    const uint64_t now_ms = tandem::clock_ms();
    if (back) {
      tandem::log_err("not done: %s is owned here again after %" PRIu64
                      " ms: %s", back->name.c_str(), now_ms - started_ms,
                      back->why.empty() ? "it did not start there, see the "
                                          "log of the other node"
                                        : back->why.c_str());
      return tandem::kExitFailed;
    }
    if (!late && last) {
      fprintf(stderr, "hbctl: done: %s owns %s after %" PRIu64 " ms\n",
              last->owner.c_str(),
              a.group.empty() ? "all groups" : last->name.c_str(),
              now_ms - started_ms);
      return tandem::kExitOk;
    }
    if (now_ms >= deadline_ms) {
      tandem::log_err("not done after %s: %s is %s here, owner %s: %s",
                      tandem::format_duration_ms(a.wait_ms).c_str(),
                      late ? late->name.c_str() : "-",
                      late ? late->phase.c_str() : "-",
                      late ? late->owner.c_str() : "-",
                      late && !late->why.empty() ? late->why.c_str()
                                                 : "see hbctl status");
      return tandem::kExitFailed;
    }
    tandem::sleep_ms(kPollMs);
  }
}

// Until all of the others keep it; or until all addresses have a lease again.
int wait_for_maintenance(const Args& a, uint64_t started_ms) {
  const bool on = a.limit_ms != 0;
  const char* const wanted = on ? "on" : "off";
  for (;;) {
    std::string self, is;
    std::vector<GroupLine> groups;
    const Error e = ask_groups(a.socket, &self, &is, &groups);
    if (e) return finish(e);
    const uint64_t passed_ms = tandem::clock_ms() - started_ms;
    if (is == wanted) {
      fprintf(stderr, "hbctl: done: maintenance is %s after %" PRIu64 " ms\n",
              wanted, passed_ms);
      return tandem::kExitOk;
    }
    if ((on && is != "asked") || passed_ms >= a.wait_ms) {
      tandem::log_err("not done after %" PRIu64 " ms: maintenance is %s: see "
                      "hbctl status", passed_ms, is.c_str());
      return tandem::kExitFailed;
    }
    tandem::sleep_ms(kPollMs);
  }
}

std::string request_of(const Args& a) {
  if (a.verb == "maintenance") {
    return tandem::format("maintenance %" PRIu64, a.limit_ms);
  }
  if (a.is_question()) return a.verb + (a.json ? " json" : "");
  if (a.force) {
    return "force " + (a.group.empty() ? std::string("*") : a.group) + " " +
           a.reason;
  }
  std::string request = a.verb;
  if (a.limit_ms != 0) {
    request += tandem::format(" limit=%" PRIu64, a.limit_ms);
  }
  return a.group.empty() ? request : request + " " + a.group;
}

// What splitfwd, if it runs here, answers to a command; "" when it does not.
std::string ask_splitfwd(const std::string& command) {
  tandem::UniqueFd fd;
  std::string answer;
  if (tandem::connect_unix(kSplitfwdSocket, kSplitfwdMs, &fd) ||
      tandem::ask(fd.get(), command, tandem::clock_ms() + kSplitfwdMs,
                  kAnswerBytesMax, &answer)) {
    return "";
  }
  return answer;
}

// What an operator has taken out of service there, and may have forgotten.
// HAProxy's columns: proxy, server, ... status.
std::vector<std::string> taken_out() {
  static const size_t kStatusColumn = 17;
  std::vector<std::string> out;
  for (const std::string& row :
       tandem::split_fields(ask_splitfwd("show stat"), "\n")) {
    const std::vector<std::string> cells = tandem::split_fields(row, ",");
    if (cells.size() <= kStatusColumn || row[0] == '#') continue;
    const std::string& status = cells[kStatusColumn];
    const std::string name = cells[0] + "/" + cells[1];
    if (status == "MAINT" || tandem::starts_with(status, "DRAIN")) {
      out.push_back("splitfwd: server " + name + " is " + status +
                    ": 'set server " + name + " state ready' ends it");
    }
    if (cells[1] == "FRONTEND" && status == "STOP") {
      out.push_back("splitfwd: listener " + cells[0] + " is disabled: 'enable "
                    "frontend " + cells[0] + "' ends it");
    }
  }
  const std::string drain = tandem::trim(ask_splitfwd("show drain"));
  if (!drain.empty() && drain != "off") {
    out.push_back("splitfwd drains (" + drain + "): 'serve' ends it");
  }
  return out;
}

// Nagios reads what is said on standard output, whatever happens.
int check(const Args& a) {
  bool ok = false;
  std::string text;
  const Error e = ask(a.socket, "check", &ok, &text);
  if (e || !ok || text.size() < 2) {
    printf("UNKNOWN: %s\n", e ? e.c_str() : tandem::trim(text).c_str());
    return kUnknown;
  }
  const int code = text[0] - '0';
  const std::string more = tandem::join(taken_out(), "; ");
  text = tandem::trim(text.substr(2));
  if (!more.empty()) text = code == 0 ? "WARNING: " + more : text + "; " + more;
  printf("%s\n", text.c_str());
  return more.empty() ? code : std::max(code, 1);
}

// What is wrong stands out, where a person looks.
std::string coloured(const std::string& text) {
  static const struct {
    const char *word, *colour;
  } kWords[] = {{"OK:", "32"}, {"WARNING:", "33"}, {"CRITICAL:", "31"}};
  std::string out;
  for (const std::string& line : tandem::split_fields(text, "\n")) {
    const char* colour = nullptr;
    size_t size = 0;
    for (const auto& w : kWords) {
      if (!tandem::starts_with(line, w.word)) continue;
      colour = w.colour;
      size = strlen(w.word);
    }
    if (colour) {
      out += tandem::format("\033[1;%sm%s\033[0m", colour,
                            line.substr(0, size).c_str());
    }
    out += line.substr(size) + "\n";
  }
  out.pop_back();  // behind the last newline is no line
  return out;
}

// Behind what hbd finds, in place of its word that all is well.
std::string with_taken_out(const std::string& text) {
  std::string more;
  for (const std::string& what : taken_out()) more += "WARNING: " + what + "\n";
  const size_t end = text.find("\n\n");
  if (more.empty() || end == std::string::npos) return text;
  const std::string head = text.substr(0, end + 1);
  return (tandem::starts_with(head, "OK:") ? "" : head) + more +
         text.substr(end + 1);
}

// Once, or again and again until somebody has seen enough.
int show(const Args& a) {
  const bool to_person =
      isatty(STDOUT_FILENO) && a.verb == "status" && !a.json;
  for (;;) {
    bool ok;
    std::string text;
    const Error e = ask(a.socket, request_of(a), &ok, &text);
    if (e && !a.redraws) return finish(e);
    if (!e && !ok) {
      tandem::log_err("%s", tandem::trim(text).c_str());
      return tandem::kExitFailed;
    }
    if (e) text = "CRITICAL: " + e.text() + "\n";
    if (a.verb == "status" && !a.json) text = with_taken_out(text);
    if (to_person) text = coloured(text);
    if (to_person && a.redraws) text = "\033[H\033[J" + text;
    if (fputs(text.c_str(), stdout) < 0 || fflush(stdout) != 0) {
      return finish(Error::from_errno("standard output"));
    }
    if (!a.redraws) return tandem::kExitOk;
    tandem::sleep_ms(a.wait_ms);
  }
}
}  // namespace

int main(int argc, char** argv) {
  tandem::start_clean();
  const Args a = read_args(argc, argv);
  if (a.verb == "check") return check(a);
  if (a.is_question()) return show(a);
  const uint64_t started_ms = tandem::clock_ms();
  bool ok;
  std::string text;
  const Error e = ask(a.socket, request_of(a), &ok, &text);
  if (e) return finish(e);
  if (!ok) {
    tandem::log_err("%s", tandem::trim(text).c_str());
    return tandem::kExitFailed;
  }
  fprintf(stderr, "hbctl: %s\n", tandem::trim(text).c_str());
  if (a.verb == "clear") return tandem::kExitOk;
  if (a.verb == "maintenance") return wait_for_maintenance(a, started_ms);
  return wait_for_result(a, started_ms);
}
