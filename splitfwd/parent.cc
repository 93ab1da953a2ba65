#include "splitfwd/parent.h"

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <utility>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/log.h"
#include "lib/select.h"
#include "splitfwd/link.h"
#include "splitfwd/watcher.h"

namespace splitfwd {

using tandem::Child;
using tandem::Error;
using tandem::Outcome;
using tandem::UniqueFd;
using tandem::clock_ms;

namespace {

// The worker has so long to start, and to end.
const uint64_t kStartMs = 5000;
const uint64_t kEndMs = 1000;

class Parent {
 public:
  Parent(const Config& config, const Setup& setup)
      : config_(config), setup_(setup) {}
  Error run(UniqueFd* ready);

 private:
  Error open_all();
  Error fork_worker(UniqueFd* ready);
  Error await_worker(tandem::Selector* selector, Watcher* watcher);
  Error loop(tandem::Selector* selector, Watcher* watcher);
  bool hear_worker(Watcher* watcher);
  Error end_worker();

  const Config& config_;
  const Setup& setup_;
  tandem::PidFile pidfile_;
  Listeners listeners_;
  UniqueFd link_;
  Child worker_;
};

Error Parent::open_all() {
  const size_t slash = config_.pidfile.rfind('/');
  Error e = slash == 0 ? Error::none()
                       : tandem::make_directories(
                             config_.pidfile.substr(0, slash), 0755);
  if (!e) e = pidfile_.take(config_.pidfile);
  if (!e) e = open_listeners(config_, &listeners_);
  return e;
}

Error Parent::fork_worker(UniqueFd* ready) {
  UniqueFd worker_end;
  Error e = open_link(&link_, &worker_end);
  bool child = false;
  if (!e) e = Child::fork_self(&worker_, &child);
  if (e || !child) return e;
  link_.reset();
  ready->reset();
  { const tandem::PidFile not_ours(std::move(pidfile_)); }  // closes it
  _exit(run_service(config_, setup_, std::move(listeners_),
                    std::move(worker_end)));
}

// Until it serves, with its rights gone.
Error Parent::await_worker(tandem::Selector* selector, Watcher* watcher) {
  const uint64_t until_ms = clock_ms() + kStartMs;
  while (clock_ms() < until_ms) {
    Message m;
    switch (receive_message(link_.get(), &m)) {
      case Received::Message:
        if (m.type == kMsgReady) return Error::none();
        if (m.type == kMsgFailed) {
          return Error::make(m.number, "%s", m.text.c_str());
        }
        if (m.type == kMsgUseless) watcher->kill_useless(m.number, m.text);
        continue;
      case Received::End:
        return Error::make(tandem::kExitFailed, "the worker did not start");
      case Received::Nothing: break;
    }
    selector->clear();
    if (!selector->want_read(link_.get())) break;
    const Error e = selector->wait(until_ms);
    if (e) return e;
  }
  return Error::make(tandem::kExitFailed, "the worker does not start");
}

// False: it has ended.
bool Parent::hear_worker(Watcher* watcher) {
  for (;;) {
    Message m;
    switch (receive_message(link_.get(), &m)) {
      case Received::Nothing: return true;
      case Received::End: return false;
      case Received::Message: break;
    }
    if (m.type == kMsgUseless) watcher->kill_useless(m.number, m.text);
  }
}

Error Parent::loop(tandem::Selector* selector, Watcher* watcher) {
  for (;;) {
    // Before the wait: it may have died while the worker started.
    watcher->turn(*selector, clock_ms());
    selector->clear();
    if (!selector->want_read(link_.get())) return Error::none();
    watcher->want(selector);
    Error e = selector->wait(watcher->next_due_ms());
    if (e) return e;
    if (selector->took_signal(SIGTERM) || selector->took_signal(SIGINT)) {
      return e;
    }
    if (selector->took_signal(SIGUSR1)) {
      watcher->check_now();
      send_message(link_.get(), kMsgCheckNow, 0);
    }
    if (selector->took_signal(SIGHUP)) {
      tandem::log_warn("SIGHUP: no reload yet; stop and start");
    }
    if (selector->can_read(link_.get()) && !hear_worker(watcher)) return e;
  }
}

// Its end of file tells it; KILL if it does not hear.
Error Parent::end_worker() {
  const uint64_t until_ms = clock_ms() + kEndMs;
  Outcome outcome;
  while (worker_.running() && !worker_.try_reap(&outcome)) {
    if (clock_ms() >= until_ms) kill(worker_.pid(), SIGKILL);
    struct timespec ms;
    ms.tv_sec = 0;
    ms.tv_nsec = 500000;
    nanosleep(&ms, nullptr);
  }
  return outcome.ok() ? Error::none()
                      : Error::make(tandem::kExitFailed, "the worker ended: "
                                    "%s", outcome.text().c_str());
}

Error Parent::run(UniqueFd* ready) {
  Error e = open_all();
  if (!e) e = fork_worker(ready);
  if (!e) {
    tandem::Selector selector;
    const int watched[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP, SIGCHLD};
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; ++i) {
      selector.watch_signal(watched[i]);
    }
    Watcher watcher(config_.check_exec, link_.get());
    e = watcher.start(clock_ms());
    if (!e) e = await_worker(&selector, &watcher);
    if (!e && ready->valid()) {
      e = tandem::log_to_syslog(kName, config_.log_target,
                                config_.log_facility);
    }
    if (!e) {
      tandem::log_info("started, %zu listeners, %zu servers",
                       config_.listens.size(), config_.servers.size());
      tandem::daemon_ready(ready);
      e = loop(&selector, &watcher);
    }
    // The worker first: to it the end of a watcher is an outage.
    listeners_ = Listeners();
    link_.reset();
    watcher.begin_stop();
    const Error ended = end_worker();
    if (!e) e = ended;
  }
  if (!e) tandem::log_info("stopped");
  pidfile_.drop();
  return e;
}

}  // namespace

Error run_parent(const Config& config, const Setup& setup, UniqueFd* ready) {
  Parent parent(config, setup);
  return parent.run(ready);
}

}  // namespace splitfwd
