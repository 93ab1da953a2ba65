// mysqlchk: watches servers and prints a line whenever one changes. One
// process, one loop, one connection a server: the kernel closes it in the
// moment the server dies, so a death needs no poll to be seen; a hang is a
// statement that is not answered in time. Too many connections or a refused
// login come from a living server: up, with a fault.
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
#include "promote/server.h"

namespace promote {

using tandem::Error;
using tandem::Options;
using tandem::Selector;
using tandem::WatchLine;

namespace {

const char kUsage[] = "usage: mysqlchk [-1t] [-c FILE] NAME ...\n";
const uint64_t kRepeatMs = 800;  // the contract says: within a second
// After an end of file we knock at once. A dead server refuses or resets, and
// is down in that moment; one that lives (somebody killed our session there)
// has so long to take us back before the line says down.
const uint64_t kComebackMs = 100;

// One server: Connecting -> Probing -> Resting <-> Asking, and back to
// Connecting when the connection ends.
class Watch {
 public:
  Watch(const Endpoint& at, const Config& config, uint64_t now_ms)
      : at_(at), config_(config), phase_(Phase::Waiting), due_ms_(now_ms),
        deadline_ms_(0), down_at_ms_(tandem::kNever), flavour_(nullptr),
        query_(0), known_(false), dirty_(false), printed_ms_(0) {
    line_.name = at.name;
  }
  void want(Selector* sel) const {
    if (phase_ != Phase::Waiting) server_.want(sel);
  }
  // blocked: the line cannot be printed now, do not wake up for that.
  uint64_t next_due_ms(bool blocked) const;
  void advance(const Selector& sel, uint64_t now_ms);
  void check_now(uint64_t now_ms);
  bool known() const { return known_; }
  // True when there is a line to print at now_ms; take_line() is it.
  bool must_print(uint64_t now_ms) const;
  std::string take_line(uint64_t now_ms);

 private:
  enum class Phase { Waiting, Connecting, Probing, Resting, Asking };
  void begin_connect(uint64_t now_ms);
  void begin_query(const char* sql, Phase phase, uint64_t now_ms);
  void on_done(uint64_t now_ms);
  void on_failure(uint64_t now_ms);
  void on_answer(uint64_t now_ms);
  void say_down(const char* fault);
  void say(bool up, const tandem::Attrs& attrs);

  const Endpoint at_;
  const Config& config_;
  Server server_;
  Phase phase_;
  uint64_t due_ms_;       // Waiting, Resting: when to go on
  uint64_t deadline_ms_;  // the others: when it is a hang
  uint64_t down_at_ms_;   // lost the connection: down unless back by then
  const Flavour* flavour_;
  unsigned query_;
  Facts facts_;
  WatchLine line_;
  bool known_;  // line_ says something
  bool dirty_;  // line_ has not been printed
  uint64_t printed_ms_;
};

tandem::Attrs attrs_of(const Facts& f) {
  tandem::Attrs a;
  std::string fault;
  a["role"] = f.replicates ? "replica" : f.read_only ? "readonly" : "primary";
  a["source"] = f.replicates && f.io == Receiver::Yes ? "yes" : "no";
  if (f.replicates) {
    a["sql"] = f.sql_running ? "yes" : "no";
    a["recv"] = brief_gtids(format_gtids(f.io_pos));
    if (!f.lag.empty()) a["lag"] = f.lag;
    const bool on = f.semi_replica_on && f.io == Receiver::Yes;
    a["sync"] = on ? "yes" : "no";
    if (!f.read_only) fault = "writable-replica";
    else if (!f.channel.empty()) fault = "named-channel";
    else if (!f.sql_running) fault = "applier-stopped";
  } else {
    a["sync"] = f.semi_primary_on && f.semi_clients > 0 ? "yes" : "no";
  }
  a["pos"] = brief_gtids(f.pos);
  const std::string instance = f.instance();
  if (!instance.empty()) a["instance"] = instance;
  for (tandem::Attrs::iterator it = a.begin(); it != a.end();) {
    if (it->second.empty() || !tandem::attr_is_valid(it->first, it->second)) {
      if (!it->second.empty()) fault = it->first + "-too-long";
      a.erase(it++);
    } else {
      ++it;
    }
  }
  if (!fault.empty()) a["fault"] = fault;
  return a;
}

void Watch::say(bool up, const tandem::Attrs& attrs) {
  if (known_ && line_.up == up && line_.attrs == attrs) return;
  line_.up = up;
  line_.attrs = attrs;
  known_ = true;
  dirty_ = true;
}

void Watch::say_down(const char* fault) {
  tandem::Attrs a;
  a["fault"] = fault;
  down_at_ms_ = tandem::kNever;
  say(false, a);
}

bool Watch::must_print(uint64_t now_ms) const {
  return known_ && (dirty_ || now_ms >= printed_ms_ + kRepeatMs);
}

std::string Watch::take_line(uint64_t now_ms) {
  dirty_ = false;
  printed_ms_ = now_ms;
  return tandem::format_watch_line(line_) + "\n";
}

void Watch::begin_connect(uint64_t now_ms) {
  phase_ = Phase::Connecting;
  deadline_ms_ = now_ms + config_.timeout_ms;
  server_.start_connect(at_, config_.login);
  if (!server_.busy()) on_done(now_ms);
}

void Watch::begin_query(const char* sql, Phase phase, uint64_t now_ms) {
  phase_ = phase;
  deadline_ms_ = now_ms + config_.timeout_ms;
  server_.start_query(sql);
  if (!server_.busy()) on_done(now_ms);
}

void Watch::on_failure(uint64_t now_ms) {
  const bool had_session = phase_ != Phase::Connecting;
  phase_ = Phase::Waiting;
  due_ms_ = now_ms + config_.interval_ms;
  switch (server_.cause()) {
    case Cause::None:
    case Cause::Sql:
      break;
    case Cause::Rejected: {
      tandem::Attrs a;
      const unsigned why = server_.sql_errno();
      a["fault"] = why == 1040 || why == 1203 ? "too-many-connections"
                                              : "login-refused";
      down_at_ms_ = tandem::kNever;
      say(true, a);
      break;
    }
    case Cause::Gone:
      if (had_session && line_.up) {
        down_at_ms_ = now_ms + kComebackMs;
        begin_connect(now_ms);
      } else {
        say_down("gone");
      }
      break;
    case Cause::Silent:
      say_down("silent");
      break;
  }
}

void Watch::on_answer(uint64_t now_ms) {
  down_at_ms_ = tandem::kNever;
  if (!take_facts(*flavour_, query_, server_.rows(), &facts_)) {
    tandem::log_warn("%s: cannot make sense of: %s", at_.name.c_str(),
                     facts_sql(*flavour_, query_));
  }
  if (++query_ < kFactsQueries) {
    return begin_query(facts_sql(*flavour_, query_), Phase::Asking, now_ms);
  }
  say(true, attrs_of(facts_));
  phase_ = Phase::Resting;
  due_ms_ = now_ms + config_.interval_ms;
}

void Watch::on_done(uint64_t now_ms) {
  const bool failed = !server_.error().ok();
  if (failed && server_.cause() != Cause::Sql) return on_failure(now_ms);
  switch (phase_) {
    case Phase::Connecting:
      flavour_ = kFlavours;
      return begin_query(flavour_->probe_sql, Phase::Probing, now_ms);
    case Phase::Probing:
      if (!understood(server_)) {
        ++flavour_;
        if (flavour_->probe_sql) {
          return begin_query(flavour_->probe_sql, Phase::Probing, now_ms);
        }
      }
      query_ = 0;
      facts_ = Facts();
      return begin_query(facts_sql(*flavour_, 0), Phase::Asking, now_ms);
    case Phase::Asking:
      if (!failed) return on_answer(now_ms);
      {
        tandem::Attrs a;
        a["fault"] = tandem::format("sql-%u", server_.sql_errno());
        say(true, a);
      }
      phase_ = Phase::Resting;
      due_ms_ = now_ms + config_.interval_ms;
      return;
    case Phase::Waiting:
    case Phase::Resting:
      return;
  }
}

uint64_t Watch::next_due_ms(bool blocked) const {
  uint64_t due = phase_ == Phase::Waiting || phase_ == Phase::Resting
                     ? due_ms_
                     : deadline_ms_;
  due = std::min(due, down_at_ms_);
  if (known_ && !blocked) due = std::min(due, printed_ms_ + kRepeatMs);
  return due;
}

void Watch::check_now(uint64_t now_ms) {
  if (phase_ == Phase::Waiting || phase_ == Phase::Resting) due_ms_ = now_ms;
}

void Watch::advance(const Selector& sel, uint64_t now_ms) {
  const int fd = server_.fd();
  const bool readable = phase_ != Phase::Waiting && sel.can_read(fd);
  const bool writable = phase_ != Phase::Waiting && sel.can_write(fd);
  if (now_ms >= down_at_ms_) say_down("gone");
  if (phase_ == Phase::Waiting) {
    if (now_ms >= due_ms_) begin_connect(now_ms);
  } else if (phase_ == Phase::Resting) {
    // An idle server has nothing to say: end of file, or a last error. The
    // statement finds out which.
    if (readable || now_ms >= due_ms_) {
      query_ = 0;
      facts_ = Facts();
      begin_query(facts_sql(*flavour_, 0), Phase::Asking, now_ms);
    }
  } else if (server_.advance(readable, writable)) {
    on_done(now_ms);
  } else if (now_ms >= deadline_ms_) {
    server_.time_out("check");
    on_failure(now_ms);
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
    if (!watches[i]->must_print(now_ms)) continue;
    if (!stdout_has_room()) {
      *blocked = true;
      return true;
    }
    if (!print(watches[i]->take_line(now_ms))) return false;
  }
  return true;
}

int run(const Config& config, const std::vector<std::string>& names,
        bool once) {
  Selector sel;
  sel.watch_signal(SIGTERM);
  sel.watch_signal(SIGINT);
  sel.watch_signal(SIGUSR1);
  Watches watches;
  uint64_t now_ms = tandem::clock_ms();
  for (size_t i = 0; i < names.size(); ++i) {
    watches.push_back(std::unique_ptr<Watch>(
        new Watch(*config.find(names[i]), config, now_ms)));
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
      if (watches[i]->known()) ++known;
    }
    if (once && !blocked && known == watches.size()) return tandem::kExitOk;
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

}  // namespace

}  // namespace promote

int main(int argc, char** argv) {
  using namespace promote;
  tandem::start_clean();
  const tandem::Options options =
      tandem::parse_options(argc, argv, "mysqlchk", "1tc:", kUsage);
  Config config;
  const std::string config_path =
      options.value('c', "/etc/tandem/mysqlchk.ini");
  Error e = read_config(config_path, &config);
  for (size_t i = 0; i < options.args.size() && !e; ++i) {
    if (config.find(options.args[i])) continue;
    e = Error::at(config_path, 1, "no [server %s]", options.args[i].c_str());
  }
  if (e) return finish(e);
  if (options.has('t')) {
    fputs(format_config(config).c_str(), stdout);
    return tandem::kExitOk;
  }
  if (options.args.empty()) {
    tandem::usage_error("mysqlchk", kUsage, "which server?");
  }
  return run(config, options.args, options.has('1'));
}
