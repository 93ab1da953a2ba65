// splitfwd: forwards TCP from listeners to a pair of servers, one port to
// read, one port to write. Arguments and verbs are here. In process/ parent
// keeps the rights, and in the process it forks service runs the loop: in
// route/ router chooses and checks knows the servers, in relay/ relay moves the
// bytes, in show/ web and control tell of them. Each knows only those before
// it: relay, route, show, process.
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/process.h"
#include "lib/text.h"
#include "lib/verb.h"
#include "splitfwd/config.h"
#include "splitfwd/process/parent.h"
#include "splitfwd/process/renew.h"

namespace splitfwd {

namespace {

using tandem::Error;
using tandem::UniqueFd;
using tandem::clock_ms;

const char kUsage[] =
    "usage: splitfwd [-Fjt] [-c FILE] [start|stop|status|drain|gate]\n";
const char kConfigPath[] = "/etc/tandem/splitfwd.ini";
// stop: after so long KILL, and after as long again it gives up.
const uint64_t kStopMs = 2000;
// status: what the daemon does not say by then is left out.
const unsigned kAskMs = 1000;
// drain: to ask how far it is; and how long after its time to give up.
const uint64_t kDrainAskMs = 5;
const uint64_t kDrainLateMs = 1500;
const size_t kAnswerBytesMax = 16 << 20;

int start(const Config& config, const Setup& setup) {
  if (!setup.foreground) {
    const pid_t pid = tandem::pid_of_holder(config.pidfile);
    if (pid > 0) {
      tandem::log_info("already running, pid %ld", static_cast<long>(pid));
      return tandem::kExitOk;
    }
  }
  Error e;
  UniqueFd ready;
  Legacy none;
  if (!setup.foreground) {
    e = tandem::daemonize(&ready);
  } else {
    tandem::log_to_stderr_stamped(kName);
  }
  if (!e) e = run_parent(config, setup, &none, &ready);
  return finish(e);
}

// This process was another program a moment ago, and is a daemon already. With
// the file that one had, until a worker stands that has the new one; unless it
// has a key, or names a file, that is no more.
int go_on(const std::string& path, bool foreground, Legacy* legacy) {
  Config config;
  Setup setup;
  Error e = parse_config(path, legacy->config, &config);
  if (!e) e = prepare(foreground, &config, &setup);
  if (e) {
    e = load_config(path, &config);
    if (!e) e = prepare(foreground, &config, &setup);
  }
  if (e) return finish(e);
  setup.program = own_path();
  config.path = path;
  if (foreground) {
    tandem::log_to_stderr_stamped(kName);
  } else {
    e = tandem::log_to_syslog(kName, config.log_target, config.log_facility);
  }
  UniqueFd nobody_waits;
  if (!e) e = run_parent(config, setup, legacy, &nobody_waits);
  return finish(e);
}

// Where it is found again after chdir("/").
std::string absolute(const std::string& path) {
  char here[PATH_MAX];
  if (path[0] == '/' || !getcwd(here, sizeof here)) return path;
  return std::string(here) + "/" + path;
}

// Until nobody holds the pid file: the daemon lets go of it last.
bool wait_until_gone(const std::string& pidfile, uint64_t until_ms) {
  while (tandem::pid_of_holder(pidfile) > 0) {
    if (clock_ms() >= until_ms) return false;
    tandem::sleep_ms(1);
  }
  return true;
}

void kill_children(pid_t pid) {
  DIR* dir = opendir("/proc");
  while (const struct dirent* entry = dir ? readdir(dir) : nullptr) {
    uint64_t child, parent;
    if (!tandem::parse_u64(entry->d_name, INT32_MAX, &child)) continue;
    const std::vector<std::string> words =
        tandem::process_stat(static_cast<pid_t>(child));
    if (words.size() > 1 && tandem::parse_u64(words[1], INT32_MAX, &parent) &&
        static_cast<pid_t>(parent) == pid) {
      kill(static_cast<pid_t>(child), SIGKILL);
    }
  }
  if (dir) closedir(dir);
}

int stop(const Config& config) {
  const pid_t pid = tandem::pid_of_holder(config.pidfile);
  if (pid <= 0) {
    tandem::log_info("not running");
    return tandem::kExitOk;
  }
  if (kill(pid, SIGTERM) < 0 && errno != ESRCH) {
    return finish(Error::from_errno("kill %ld", static_cast<long>(pid)));
  }
  if (wait_until_gone(config.pidfile, clock_ms() + kStopMs)) {
    tandem::log_info("stopped, pid %ld", static_cast<long>(pid));
    return tandem::kExitOk;
  }
  // The same process still, or the lock would have gone. A daemon leads the
  // group its worker is in, who may be as stuck as it is; in the foreground it
  // leads none.
  kill_children(pid);
  kill(getpgid(pid) == pid ? -pid : pid, SIGKILL);
  if (!wait_until_gone(config.pidfile, clock_ms() + kStopMs)) {
    return finish(Error::make(tandem::kExitFailed, "pid %ld does not end",
                              static_cast<long>(pid)));
  }
  tandem::log_warn("killed, pid %ld did not stop in %" PRIu64 " ms",
                   static_cast<long>(pid), kStopMs);
  return tandem::kExitOk;
}

// What the control socket answers; empty: nothing, in time.
std::string ask(const Config& config, const std::string& command) {
  UniqueFd fd;
  std::string out;
  Error e = tandem::connect_unix(config.socket, kAskMs, &fd);
  if (!e) {
    e = tandem::ask(fd.get(), command, clock_ms() + kAskMs, kAnswerBytesMax,
                    &out);
  }
  return e ? std::string() : out.substr(0, out.find("\n\n") + 1);
}

int status(const Config& config, bool json) {
  const pid_t pid = tandem::pid_of_holder(config.pidfile);
  if (pid <= 0) {
    puts(json ? "{\"running\":false}" : "splitfwd: stopped");
    return tandem::kExitStopped;
  }
  const std::string said =
      ask(config, json ? "show stat json" : "show status");
  if (json) {
    printf("{\"running\":true,\"pid\":%ld,\"stat\":%s}\n",
           static_cast<long>(pid), said.empty() ? "null" : said.c_str());
  } else {
    printf("splitfwd: running, pid %ld\n%s", static_cast<long>(pid),
           said.c_str());
  }
  return tandem::kExitOk;
}

// what: drain, and the address may go when this returns; or gate, and the
// primary may.
int drain(const Config& config, const std::string& what) {
  if (tandem::pid_of_holder(config.pidfile) <= 0) {
    tandem::log_info("not running");
    return tandem::kExitOk;
  }
  if (config.drain_ms == 0) return tandem::kExitOk;  // not wanted
  const uint64_t until_ms = clock_ms() + config.drain_ms + kDrainLateMs;
  std::string said;
  for (ask(config, what); clock_ms() < until_ms;) {
    said = tandem::trim(ask(config, "show drain"));
    if (tandem::starts_with(said, "drained")) {
      tandem::log_info("%s", said.c_str());
      return tandem::kExitOk;
    }
    if (said == "off" || said.empty()) break;
    tandem::sleep_ms(kDrainAskMs);
  }
  return finish(Error::make(tandem::kExitFailed, "not drained: %s",
                            said.empty() ? "no answer" : said.c_str()));
}

}  // namespace

static int run(int argc, char** argv) {
  Legacy legacy;
  Error e = take_legacy(&legacy);
  tandem::start_clean(legacy.fds());
  const tandem::Options o =
      tandem::parse_options(argc, argv, kName, "Fjtc:", kUsage);
  const bool foreground = o.has('F');
  std::string verb = o.args.empty() ? "" : o.args[0];
  if (o.args.size() > 1) {
    tandem::usage_error(kName, kUsage, "one verb, please");
  }
  if (verb.empty() && foreground) verb = "start";
  if (verb != "start" && verb != "stop" && verb != "status" &&
      verb != "drain" && verb != "gate" && !(verb.empty() && o.has('t'))) {
    tandem::usage_error(kName, kUsage, verb.empty() ? "no verb"
                                                    : "no such verb: " + verb);
  }
  if (!e && legacy.any()) {
    return go_on(o.value('c', kConfigPath), foreground, &legacy);
  }
  Config config;
  Setup setup;
  if (!e) e = load_config(o.value('c', kConfigPath), &config);
  if (e) return finish(e);
  if (verb == "stop" && !o.has('t')) return stop(config);
  const bool drains = verb == "drain" || verb == "gate";
  if (drains && !o.has('t')) return drain(config, verb);
  if (verb == "status" && !o.has('t')) return status(config, o.has('j'));
  e = prepare(foreground, &config, &setup);
  if (e) return finish(e);
  if (o.has('t')) {
    fputs(print_config(config).c_str(), stdout);
    return tandem::kExitOk;
  }
  setup.program = own_path();
  config.path = absolute(config.path);
  return start(config, setup);
}

}  // namespace splitfwd

int main(int argc, char** argv) { return splitfwd::run(argc, argv); }
