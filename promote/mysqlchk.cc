// mysqlchk: watches servers and prints a line whenever one changes; grades
// them. One process, one loop; watch.h is one server's.
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "lib/clock.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/select.h"
#include "lib/text.h"
#include "lib/verb.h"
#include "lib/watch.h"
#include "promote/config.h"
#include "promote/facts.h"
#include "promote/inquire.h"
#include "promote/notes.h"
#include "promote/seen.h"
#include "promote/server.h"
#include "promote/watch.h"

namespace promote {

using tandem::Error;
using tandem::Options;
using tandem::Selector;
using tandem::WatchLine;

namespace {

const char kUsage[] = "usage: mysqlchk [-1t] [-c FILE] NAME ...\n"
                      "       mysqlchk [-c FILE] grade NAME ...\n"
                      "       mysqlchk [-c FILE] same NAME\n";

// What -1 and grade end with, as Nagios has it.
enum { kWell = 0, kWarning = 1, kCritical = 2 };

int verdict(const Faults& faults) {
  if (faults.empty()) return kWell;
  return faults.stopping_takeover().empty() &&
                 faults.stopping_pairing().empty()
             ? kWarning
             : kCritical;
}

void print_faults(const Faults& faults) {
  for (Fault f : faults.list()) {
    const FaultRow& row = fault_row(f);
    printf("  %s: %s (%s)\n    %s\n", row.name, row.means, stops_text(row),
           row.cure);
  }
}

// Whether a line can be written without waiting for a reader that does not
// read: select() and poll() call a pipe writable when PIPE_BUF bytes fit.
bool stdout_has_room() {
  return tandem::ready_events(STDOUT_FILENO, POLLOUT, 0) != 0;
}

// False: nobody will ever read.
bool print(const std::string& text) {
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

typedef std::vector<std::unique_ptr<Watch> > Watches;

// Prints what is due. *blocked: there is something, and no room for it.
// False: stdout is closed.
bool print_due(const Watches& watches, uint64_t now_ms, bool* blocked) {
  *blocked = false;
  for (size_t i = 0; i < watches.size(); ++i) {
    if (!watches[i]->said()->must_print(now_ms)) continue;
    if (!stdout_has_room()) {
      *blocked = true;
      return true;
    }
    if (!print(watches[i]->said()->take(now_ms))) return false;
  }
  return true;
}

// What a look at each was: the worst of them.
int finish_once(const Watches& watches) {
  int worst = kWell;
  for (const auto& w : watches) {
    const tandem::WatchLine& line = w->said()->line();
    const Faults faults =
        Faults::of_code(tandem::attr_value(line.attrs, "faults"));
    print_faults(faults);
    worst = std::max(worst, line.up ? verdict(faults) : kCritical);
  }
  return worst;
}

int run(const Config& config, const std::string& config_path,
        const std::vector<std::string>& names, bool once) {
  Selector sel;
  sel.watch_signal(SIGTERM);
  sel.watch_signal(SIGINT);
  sel.watch_signal(SIGUSR1);
  Lag lag;
  Watches watches;
  uint64_t now_ms = tandem::clock_ms();
  for (size_t i = 0; i < names.size(); ++i) {
    watches.push_back(std::unique_ptr<Watch>(
        new Watch(*config.find(names[i]), config_path, config, &lag, once,
                  now_ms)));
  }
  for (;;) {
    bool blocked;
    if (!print_due(watches, now_ms, &blocked)) return tandem::kExitOk;
    sel.clear();
    if (blocked) sel.want_write(STDOUT_FILENO);
    uint64_t due_ms = tandem::kNever;
    size_t known = 0;
    for (size_t i = 0; i < watches.size(); ++i) {
      watches[i]->want(&sel);
      due_ms = std::min(due_ms, watches[i]->next_due_ms(blocked));
      if (watches[i]->said()->known()) ++known;
    }
    if (once && !blocked && known == watches.size()) {
      return finish_once(watches);
    }
    Error e = sel.wait(due_ms);
    if (e) return finish(e);
    now_ms = tandem::clock_ms();
    if (sel.took_signal(SIGTERM) || sel.took_signal(SIGINT)) {
      return tandem::kExitOk;
    }
    const bool now = sel.took_signal(SIGUSR1);
    for (size_t i = 0; i < watches.size(); ++i) {
      if (now) watches[i]->check_now(now_ms);
      watches[i]->advance(sel, now_ms);
    }
  }
}

// An operator's word.
Error same(const Config& config, const Endpoint& at) {
  if (at.socket.empty()) {
    return Error::make(tandem::kExitFailed, "%s: not of this host",
                       at.name.c_str());
  }
  forget_seen(config);
  const Error e = forget_differs(config);
  if (!e) puts("the data of both servers counts as the same");
  return e;
}

// The whole table for one server.
int grade(const Config& config, const Endpoint& at) {
  const uint64_t until_ms = tandem::clock_ms() + config.timeout_ms;
  Server server;
  Facts facts;
  Error e = server.connect(at, config.login, until_ms);
  if (!e) e = read_facts(&server, until_ms, &facts);
  if (!e) e = read_settings(&server, until_ms, &facts);
  Faults faults = faults_of(facts);
  if (!at.socket.empty()) faults.add(recall_differs(config));
  if (e) {
    printf("%s: %s\n", at.name.c_str(), e.c_str());
    const Cause cause = server.cause();
    if (cause != Cause::Rejected && cause != Cause::Sql) return kCritical;
    faults.add(fault_of(server));
  } else {
    printf("%s: %s, %s at %s\n", at.name.c_str(), facts.flavour->name,
           facts.replicates ? "replica" : facts.read_only ? "read-only"
                                                          : "primary",
           facts.pos.empty() ? "no position" : facts.pos.c_str());
  }
  for (unsigned i = 0; i < kFaultCount; ++i) {
    const Fault f = static_cast<Fault>(i);
    const FaultRow& row = fault_row(f);
    if (!faults.has(f)) {
      printf("  %-4s %s\n", e ? "?" : "ok", row.name);
      continue;
    }
    printf("  BAD  %s: %s (%s)\n       %s\n", row.name, row.means,
           stops_text(row), row.cure);
    if (row.setting) printf("       its file: %s\n", row.setting);
  }
  return verdict(faults);
}

}  // namespace

}  // namespace promote

int main(int argc, char** argv) {
  using namespace promote;
  tandem::start_clean();
  const tandem::Options options =
      tandem::parse_options(argc, argv, "mysqlchk", "1tc:", kUsage);
  std::vector<std::string> names = options.args;
  const std::string verb = names.empty() ? "" : names[0];
  const bool grades = verb == "grade", says_same = verb == "same";
  if (grades || says_same) names.erase(names.begin());
  Config config;
  const std::string config_path =
      options.value('c', "/etc/tandem/mysqlchk.ini");
  Error e = read_config(config_path, &config);
  for (size_t i = 0; i < names.size() && !e; ++i) {
    if (config.find(names[i])) continue;
    e = Error::at(config_path, 1, "no [server %s]", names[i].c_str());
  }
  if (e) return finish(e);
  if (options.has('t')) {
    fputs(format_config(config).c_str(), stdout);
    return tandem::kExitOk;
  }
  if (names.empty()) tandem::usage_error("mysqlchk", kUsage, "which server?");
  if (says_same && names.size() != 1) {
    tandem::usage_error("mysqlchk", kUsage, "which server?");
  }
  if (says_same) return finish(same(config, *config.find(names[0])));
  if (!grades) return run(config, config_path, names, options.has('1'));
  int worst = kWell;
  for (const std::string& name : names) {
    worst = std::max(worst, grade(config, *config.find(name)));
  }
  return worst;
}
