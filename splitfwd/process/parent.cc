// The process that keeps the rights: pid file, listening sockets, the worker
// and its watcher, and how it is renewed. No byte of a session passes here.
#include "splitfwd/process/parent.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/pause.h"
#include "lib/select.h"
#include "splitfwd/link.h"
#include "splitfwd/process/limits.h"
#include "splitfwd/process/watcher.h"
#include "splitfwd/show/web.h"

namespace splitfwd {

using tandem::Child;
using tandem::Error;
using tandem::Outcome;
using tandem::UniqueFd;
using tandem::clock_ms;

namespace {

// The worker has so long to start, to take over, and to end.
const uint64_t kStartMs = 5000;
const uint64_t kTakeOverMs = 10000;
const uint64_t kEndMs = 1000;
// A sound worker asks some 40 times a second, while it searches a primary. One
// that asks oftener waits: whoever took it over does not keep us busy.
const unsigned kHeardMax = 100;
const uint64_t kHeardMs = 1000;

// A worker, the link to it, and the watcher whose output it reads.
struct Generation {
  UniqueFd link;
  Child worker;
  std::unique_ptr<Watcher> watcher;
};

class Parent {
 public:
  Parent(const Config& config, const Setup& setup)
      : config_(config), setup_(setup), heard_limit_(1, 60000) {}
  Error run(Legacy* legacy, UniqueFd* ready);

 private:
  Error begin(UniqueFd* ready);
  Error adopt(Legacy* legacy);
  Error start_generation(const Config& config, const Setup& setup,
                         Listeners* listeners, UniqueFd legacy, UniqueFd* ready,
                         Generation* generation);
  Error replace_generation(const Config& config, const Setup& setup,
                           Listeners* listeners);
  Error hear_until(Generation* generation, char type, uint64_t limit_ms);
  Error end_generation(Generation* generation);
  Error check_pidfile(const Config& config) const;
  void renew();
  void reload();
  Error loop();
  void check_now();
  bool may_hear();
  bool hear_worker();
  void open_anew();
  void on_death(const std::string& how);
  void restart();

  Config config_;
  Setup setup_;
  tandem::PidFile pidfile_;
  Listeners listeners_;
  Generation generation_;
  UniqueFd old_end_;  // while a generation is replaced
  tandem::RestartPause pause_;  // while no worker runs
  uint64_t heard_ms_ = 0;       // heard_count_ messages since then
  unsigned heard_count_ = 0;
  tandem::LogLimit heard_limit_;
  tandem::Selector selector_;
};

Error take_pidfile(const std::string& path, tandem::PidFile* out) {
  const size_t slash = path.rfind('/');
  const Error e =
      slash == 0 ? Error::none()
                 : tandem::make_directories(path.substr(0, slash), 0755);
  return e ? e : out->take(path);
}

void on_useless(const Message& m, Watcher* watcher) {
  if (m.type == kMsgSilent) watcher->kill_useless(m.number, "silent for 3 s");
  if (m.type == kMsgEnded) watcher->kill_useless(m.number, "");
}

void log_refused(const Error& e) {
  tandem::log_err("reload refused, all stays as it was: %s", e.c_str());
}

// Forks the worker and starts its watcher; returns when it has given its
// rights away. After an error nothing of it is left.
Error Parent::start_generation(const Config& config, const Setup& setup,
                               Listeners* listeners, UniqueFd legacy,
                               UniqueFd* ready, Generation* generation) {
  Generation fresh;
  UniqueFd worker_end;
  Listeners copies;
  Error e = open_link(&fresh.link, &worker_end);
  if (!e) e = open_listeners(config, all_fds(*listeners), &copies);
  // A worker before this one may have died in a drain.
  if (!e) e = hold_connects(copies, false);
  bool child = false;
  if (!e) e = Child::fork_self(&fresh.worker, &child);
  if (e) return e;
  if (child) {
    // The worker keeps nothing that shows another process a living end of us.
    fresh.link.reset();
    generation_.link.reset();
    if (generation_.watcher) generation_.watcher->abandon();
    old_end_.reset();
    ready->reset();
    listeners_ = Listeners();
    *listeners = Listeners();
    { const tandem::PidFile not_ours(std::move(pidfile_)); }  // closes it
    _exit(run_service(config, setup, std::move(copies), std::move(worker_end),
                      std::move(legacy)));
  }
  worker_end.reset();
  legacy.reset();
  fresh.watcher.reset(new Watcher(config.check_exec, fresh.link.get()));
  e = fresh.watcher->start(clock_ms());
  if (!e) e = hear_until(&fresh, kMsgReady, kStartMs);
  if (e) {
    const Error ended = end_generation(&fresh);
    (void)ended;  // why it did not start is known better
    return e;
  }
  *generation = std::move(fresh);
  return e;
}

// Until the worker says so. Signals stay blocked, for loop() or for the next
// program: one that is taken here would be lost, or forgotten until something
// else happens.
Error Parent::hear_until(Generation* generation, char type, uint64_t limit_ms) {
  uint64_t now_ms = clock_ms();
  const uint64_t until_ms = now_ms + limit_ms;
  for (; now_ms < until_ms; now_ms = clock_ms()) {
    Message m;
    switch (receive_message(generation->link.get(), &m)) {
      case Received::Message:
        if (m.type == type) return Error::none();
        if (m.type == kMsgFailed) {
          return Error::make(m.number, "%s", m.text.c_str());
        }
        on_useless(m, generation->watcher.get());
        break;
      case Received::End:
        return Error::make(tandem::kExitFailed, "the worker did not start");
      case Received::Nothing:
        tandem::ready_events(generation->link.get(), POLLIN,
                             static_cast<int>(until_ms - now_ms));
    }
  }
  return Error::make(tandem::kExitFailed, "the worker does not start");
}

// Its end of file tells it; KILL if it does not hear. The watcher after it: to
// a worker that serves the end of a watcher is an outage.
Error Parent::end_generation(Generation* generation) {
  if (generation->link.valid()) {
    send_message(generation->link.get(), kMsgEnd, 0);
  }
  generation->link.reset();
  if (generation->watcher) generation->watcher->begin_stop();
  const uint64_t until_ms = clock_ms() + kEndMs;
  Outcome outcome;
  while (generation->worker.running() &&
         !generation->worker.try_reap(&outcome)) {
    if (clock_ms() >= until_ms) kill(generation->worker.pid(), SIGKILL);
    tandem::sleep_us(500);
  }
  generation->watcher.reset();
  return outcome.ok() ? Error::none()
                      : Error::make(tandem::kExitFailed, "the worker ended: "
                                    "%s", outcome.text().c_str());
}

// A second generation takes over from the first. Until it stands, an error
// leaves all as it was; after that there is no way back.
Error Parent::replace_generation(const Config& config, const Setup& setup,
                                 Listeners* listeners) {
  UniqueFd new_end, no_ready;
  Error e = open_link(&old_end_, &new_end);
  Generation fresh;
  if (!generation_.worker.running()) new_end.reset();  // nothing to take over
  if (!e) {
    e = start_generation(config, setup, listeners, std::move(new_end),
                         &no_ready, &fresh);
  }
  if (e) {
    old_end_.reset();
    return e;
  }
  if (generation_.worker.running()) {
    if (!send_message(generation_.link.get(), kMsgHandOver, 0, "",
                      old_end_.get())) {
      tandem::log_err("the old worker does not hand over");
    }
    old_end_.reset();
    // From here on it is the one that serves, whatever it got.
    const Error missed = hear_until(&fresh, kMsgServing, kTakeOverMs);
    if (missed) {
      tandem::log_err("sessions of before the reload were lost: %s",
                      missed.c_str());
    }
    const Error ended = end_generation(&generation_);
    if (ended) tandem::log_err("before the reload: %s", ended.c_str());
  }
  old_end_.reset();
  generation_ = std::move(fresh);
  config_ = config;
  setup_ = setup;
  listeners_.clients.swap(listeners->clients);
  listeners_.stats = std::move(listeners->stats);
  listeners_.control = std::move(listeners->control);
  return e;
}

Error Parent::check_pidfile(const Config& config) const {
  if (config.pidfile == config_.pidfile) return Error::none();
  return Error::make(tandem::kExitConfig, "%s: a change of pidfile needs a "
                     "restart", config.path.c_str());
}

void Parent::reload() {
  Config config;
  Setup setup;
  Listeners listeners;
  Error e = load_config(config_.path, &config);
  if (!e) e = prepare(setup_.foreground, &config, &setup);
  if (!e) e = check_pidfile(config);
  setup.program = setup_.program;
  if (!e) e = open_listeners(config, all_fds(listeners_), &listeners);
  const std::string old_socket = config_.socket;
  if (!e) e = replace_generation(config, setup, &listeners);
  if (config.socket != old_socket) {  // one of two is of no use now
    if (!e) unlink(old_socket.c_str());
    else if (listeners.control.valid()) unlink(config.socket.c_str());
  }
  if (e) return log_refused(e);
  if (!setup_.foreground) {
    e = tandem::log_to_syslog(kName, config_.log_target,
                              config_.log_facility);
    if (e) tandem::log_err("%s", e.c_str());
  }
  tandem::log_info("reloaded, %zu listeners, %zu servers",
                   config_.listens.size(), config_.servers.size());
}

// Becomes the installed program, if that takes the file; there adopt() and
// reload() go on.
void Parent::renew() {
  Error e = setup_.program.empty()
                ? Error::make(tandem::kExitFailed, "/proc does not tell which "
                              "program this is")
                : try_installed(setup_.program, config_.path);
  if (!e) {
    LegacyNumbers n;
    n.pidfile = pidfile_.fd();
    if (generation_.worker.running()) {
      n.link = generation_.link.get();
      n.worker = generation_.worker.pid();
      n.watcher = generation_.watcher->pid();
      n.errors = std::max(generation_.watcher->errors_fd(), 0);
      n.watcher_number = generation_.watcher->number();
    }
    const std::vector<int> fds = all_fds(listeners_);
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i] >= 0) n.listeners.push_back(fds[i]);
    }
    e = become_installed(setup_.program, config_.path, setup_.foreground, n,
                         print_config(config_));
  }
  log_refused(e);
}

void Parent::check_now() {
  generation_.watcher->check_now();
  send_message(generation_.link.get(), kMsgCheckNow, 0);
}

bool Parent::may_hear() {
  const uint64_t now_ms = clock_ms();
  if (now_ms >= heard_ms_ + kHeardMs) {
    heard_ms_ = now_ms;
    heard_count_ = 0;
  }
  if (heard_count_ < kHeardMax) return true;
  uint64_t dropped;
  if (heard_limit_.allow(now_ms, &dropped)) {
    tandem::log_warn("the worker asks over %u times a second, and waits",
                     kHeardMax);
  }
  return false;
}

// The worker has ended when this is false.
bool Parent::hear_worker() {
  for (; may_hear(); ++heard_count_) {
    Message m;
    switch (receive_message(generation_.link.get(), &m)) {
      case Received::Nothing: return true;
      case Received::End: return false;
      case Received::Message: break;
    }
    on_useless(m, generation_.watcher.get());
    if (m.type == kMsgCheckNow) check_now();
    if (m.type == kMsgAsk) generation_.watcher->check_now();
    if (m.type != kMsgHold) continue;
    const Error e = hold_connects(listeners_, m.number == 1);
    if (e) tandem::log_err("%s", e.c_str());
  }
  return true;
}

// A worker has died, and nobody knows of what: nothing that it could have
// changed is used again. What fails is tried again before a restart.
void Parent::open_anew() {
  for (int fd : all_fds(listeners_)) {
    if (fd >= 0) shutdown(fd, SHUT_RDWR);
  }
  listeners_ = Listeners();
  const Error e = open_listeners(config_, std::vector<int>(), &listeners_);
  if (e) tandem::log_err("%s", e.c_str());
}

// Its sessions are lost; clients that come now wait in the kernel.
void Parent::on_death(const std::string& how) {
  uint64_t started_ms = clock_ms();
  std::string why = how;
  if (generation_.worker.running()) {
    started_ms = generation_.worker.started_ms();
    const Error e = end_generation(&generation_);
    why = e ? e.text() : "the worker ended";
    open_anew();
  }
  pause_.on_end(started_ms, clock_ms());
  tandem::log_err("%s; again in %" PRIu64 " ms", why.c_str(),
                  pause_.last_ms());
}

void Parent::restart() {
  UniqueFd no_ready;
  if (listeners_.clients.empty()) open_anew();
  if (listeners_.clients.empty()) return on_death("no listener can be opened");
  const Error e = start_generation(config_, setup_, &listeners_, UniqueFd(),
                                   &no_ready, &generation_);
  if (e) return on_death(e.text());
  tandem::log_info("the worker is started again");
}

Error Parent::loop() {
  for (;;) {
    const bool runs = generation_.worker.running();
    // Before the wait: it may have died while the worker started.
    if (runs) generation_.watcher->turn(clock_ms());
    const bool hears = runs && may_hear();
    uint64_t due_ms = pause_.due_ms();
    selector_.clear();
    if (runs) {
      if (hears) selector_.want_read(generation_.link.get());
      generation_.watcher->want(&selector_);
      due_ms = std::min(generation_.watcher->next_due_ms(),
                        hears ? tandem::kNever : heard_ms_ + kHeardMs);
    }
    const Error e = selector_.wait(due_ms);
    if (e || selector_.took_signal(SIGTERM) || selector_.took_signal(SIGINT)) {
      return e;
    }
    if (selector_.took_signal(SIGUSR1) && runs) check_now();
    if (hears && selector_.can_read(generation_.link.get()) &&
        !hear_worker()) {
      on_death("");
    }
    if (selector_.took_signal(SIGHUP)) renew();
    if (!generation_.worker.running() && clock_ms() >= pause_.due_ms()) {
      restart();
    }
  }
}

Error Parent::begin(UniqueFd* ready) {
  Error e = take_pidfile(config_.pidfile, &pidfile_);
  if (!e) e = open_listeners(config_, std::vector<int>(), &listeners_);
  if (!e) {
    e = start_generation(config_, setup_, &listeners_, UniqueFd(), ready,
                         &generation_);
  }
  if (!e && !setup_.foreground) {
    e = tandem::log_to_syslog(kName, config_.log_target,
                              config_.log_facility);
  }
  if (e) return e;
  tandem::log_info("started, %zu listeners, %zu servers",
                   config_.listens.size(), config_.servers.size());
  tandem::daemon_ready(ready);
  return e;
}

// All as it was, config_ too, but the program; then what it is renewed for.
Error Parent::adopt(Legacy* legacy) {
  pidfile_.inherit(config_.pidfile, std::move(legacy->pidfile));
  std::vector<int> bound;
  for (const UniqueFd& fd : legacy->listeners) bound.push_back(fd.get());
  const Error e = open_listeners(config_, bound, &listeners_);
  // Before a fork: a worker would keep them, and with them the ports.
  legacy->listeners.clear();
  if (e) return e;
  if (legacy->worker > 0) {
    generation_.link = std::move(legacy->link);
    generation_.worker = Child::inherited(legacy->worker);
    generation_.watcher.reset(
        new Watcher(config_.check_exec, generation_.link.get()));
    if (legacy->watcher > 0) {
      generation_.watcher->adopt(legacy->watcher, std::move(legacy->errors),
                                 legacy->watcher_number);
    }
  }
  reload();
  return e;
}

Error Parent::run(Legacy* legacy, UniqueFd* ready) {
  const int watched[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP, SIGCHLD};
  for (size_t i = 0; i < sizeof watched / sizeof watched[0]; ++i) {
    selector_.watch_signal(watched[i]);
  }
  Error e = legacy->any() ? adopt(legacy) : begin(ready);
  if (!e) e = loop();
  if (listeners_.control.valid()) unlink(config_.socket.c_str());
  listeners_ = Listeners();
  if (generation_.worker.running()) {
    const Error ended = end_generation(&generation_);
    if (!e) e = ended;
  }
  if (!e) tandem::log_info("stopped");
  pidfile_.drop();
  return e;
}

}  // namespace

Error prepare(bool foreground, Config* config, Setup* out) {
  out->foreground = foreground;
  Error e = find_identity(*config, &out->identity);
  if (!e) e = load_credentials(*config, &out->credentials);
  if (!e) e = fit_descriptors(config);
  if (!e) fit_threads(*config);
  return e;
}

Error run_parent(const Config& config, const Setup& setup, Legacy* legacy,
                 UniqueFd* ready) {
  Parent parent(config, setup);
  return parent.run(legacy, ready);
}

}  // namespace splitfwd
