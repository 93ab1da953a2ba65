// splitfwd: forwards TCP from listeners to a pair of servers, one port to
// read, one port to write. Arguments, the daemon's frame and the loop are
// here; front chooses, worker moves bytes, checks runs the watcher.
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/select.h"
#include "lib/verb.h"
#include "splitfwd/checks.h"
#include "splitfwd/config.h"
#include "splitfwd/fdset.h"
#include "splitfwd/front.h"
#include "splitfwd/worker.h"

namespace splitfwd {

namespace {

using tandem::Error;
using tandem::UniqueFd;
using tandem::clock_ms;

const char kName[] = "splitfwd";
const char kUsage[] =
    "usage: splitfwd [-Ft] [-c FILE] [start|stop|status]\n";
const char kConfigPath[] = "/etc/tandem/splitfwd.ini";
// stop: after this long KILL, and after as long again it gives up.
const uint64_t kStopMs = 2000;

// The signals of the loop: blocked except inside its wait.
class Signals {
 public:
  Signals() {
    sigprocmask(SIG_BLOCK, nullptr, &mask_);
    const int watched[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; ++i) {
      flags_.watch_signal(watched[i]);
      sigdelset(&mask_, watched[i]);
    }
  }
  bool took(int signo) { return flags_.took_signal(signo); }
  const sigset_t* wait_mask() const { return &mask_; }

 private:
  tandem::Selector flags_;
  sigset_t mask_;
};

Error loop(Signals* signals, WaitSet* set, Worker* worker, Front* front,
           Checks* checks) {
  uint64_t now_ms = clock_ms();
  for (;;) {
    front->want(now_ms);
    const uint64_t due_ms =
        std::min(worker->next_due_ms(),
                 std::min(front->next_due_ms(), checks->next_due_ms()));
    const Error e = set->wait(due_ms, signals->wait_mask());
    if (e) return e;
    now_ms = clock_ms();
    if (signals->took(SIGTERM) || signals->took(SIGINT)) return e;
    if (signals->took(SIGUSR1)) checks->check_now();
    if (signals->took(SIGHUP)) {
      tandem::log_warn("SIGHUP: no reload yet; stop and start");
    }
    // The watcher first: no byte goes to a server that it has just told us
    // is the wrong one.
    checks->turn(now_ms);
    front->on_reports(checks->take_reports(), now_ms);
    worker->turn(now_ms);
    front->turn(now_ms);
  }
}

// Everything after the fork: takes the pid file, the ports and the watcher,
// says so, and forwards until SIGTERM. ready may be invalid (foreground).
Error serve(const Config& config, size_t fd_count_max, UniqueFd* ready) {
  Signals signals;
  tandem::PidFile pidfile;
  const size_t slash = config.pidfile.rfind('/');
  Error e = slash == 0 ? Error::none()
                       : tandem::make_directories(
                             config.pidfile.substr(0, slash), 0755);
  if (!e) e = pidfile.take(config.pidfile);
  if (e) return e;
  WaitSet set(fd_count_max);
  Worker worker(config, &set);
  Front front(config, &set, &worker);
  e = front.open_listeners();
  if (e) {
    pidfile.drop();
    return e;
  }
  Checks checks(config, &set);
  e = checks.start(clock_ms());
  if (!e && ready->valid()) {
    e = tandem::log_to_syslog(kName, config.log_target, config.log_facility);
  }
  if (e) {
    pidfile.drop();
    return e;
  }
  tandem::log_info("started, %zu listeners, %zu servers",
                   config.listens.size(), config.servers.size());
  tandem::daemon_ready(ready);
  e = loop(&signals, &set, &worker, &front, &checks);
  checks.begin_stop();
  front.stop(clock_ms());
  checks.reap();
  tandem::log_info("stopped");
  pidfile.drop();
  return e;
}

int fail(const Error& e) {
  tandem::log_err("%s", e.c_str());
  return e.code();
}

// A daemon keeps nothing open of whoever started it: a lock, or hbd's
// lifeline (HB_LIFELINE), which would seem to be kept by us.
void close_inherited() {
  for (int fd = 3; fd < 256; ++fd) close(fd);
}

int start(const Config& config, bool foreground) {
  if (!foreground) {
    const pid_t pid = tandem::pid_of_holder(config.pidfile);
    if (pid > 0) {
      tandem::log_info("already running, pid %ld", static_cast<long>(pid));
      return tandem::kExitOk;
    }
  }
  size_t fd_count_max = 0;
  Error e = fit_descriptors(config, &fd_count_max);
  UniqueFd ready;
  if (!foreground) close_inherited();
  if (!e && !foreground) e = tandem::daemonize(&ready);
  if (!e) {
    if (foreground) tandem::log_to_stderr_stamped(kName);
    e = serve(config, fd_count_max, &ready);
  }
  return e ? fail(e) : tandem::kExitOk;
}

void pause_ms(long ms) {
  struct timespec t;
  t.tv_sec = ms / 1000;
  t.tv_nsec = (ms % 1000) * 1000000;
  nanosleep(&t, nullptr);
}

// Until nobody holds the pid file: the daemon lets go of it last.
bool wait_until_gone(const std::string& pidfile, uint64_t until_ms) {
  while (tandem::pid_of_holder(pidfile) > 0) {
    if (clock_ms() >= until_ms) return false;
    pause_ms(1);
  }
  return true;
}

int stop(const Config& config) {
  const pid_t pid = tandem::pid_of_holder(config.pidfile);
  if (pid <= 0) {
    tandem::log_info("not running");
    return tandem::kExitOk;
  }
  if (kill(pid, SIGTERM) < 0 && errno != ESRCH) {
    return fail(Error::from_errno("kill %ld", static_cast<long>(pid)));
  }
  if (wait_until_gone(config.pidfile, clock_ms() + kStopMs)) {
    tandem::log_info("stopped, pid %ld", static_cast<long>(pid));
    return tandem::kExitOk;
  }
  // The same process still, or the lock would have gone.
  kill(pid, SIGKILL);
  if (!wait_until_gone(config.pidfile, clock_ms() + kStopMs)) {
    return fail(Error::make(tandem::kExitFailed, "pid %ld does not end",
                            static_cast<long>(pid)));
  }
  tandem::log_warn("killed, pid %ld did not stop in %d ms",
                   static_cast<long>(pid), static_cast<int>(kStopMs));
  return tandem::kExitOk;
}

int status(const Config& config) {
  const pid_t pid = tandem::pid_of_holder(config.pidfile);
  if (pid <= 0) {
    puts("splitfwd: stopped");
    return tandem::kExitStopped;
  }
  printf("splitfwd: running, pid %ld\n", static_cast<long>(pid));
  return tandem::kExitOk;
}

}  // namespace

static int run(int argc, char** argv) {
  const tandem::Options o =
      tandem::parse_options(argc, argv, kName, "Ftc:", kUsage);
  const bool foreground = o.has('F');
  std::string verb = o.args.empty() ? "" : o.args[0];
  if (o.args.size() > 1) {
    tandem::usage_error(kName, kUsage, "one verb, please");
  }
  if (verb.empty() && foreground) verb = "start";
  if (verb != "start" && verb != "stop" && verb != "status" &&
      !(verb.empty() && o.has('t'))) {
    tandem::usage_error(kName, kUsage, verb.empty() ? "no verb"
                                                    : "no such verb: " + verb);
  }
  Config config;
  const Error e = load_config(o.value('c', kConfigPath), &config);
  if (e) return fail(e);
  if (o.has('t')) {
    fputs(print_config(config).c_str(), stdout);
    return tandem::kExitOk;
  }
  if (verb == "stop") return stop(config);
  if (verb == "status") return status(config);
  return start(config, foreground);
}

}  // namespace splitfwd

int main(int argc, char** argv) { return splitfwd::run(argc, argv); }
