// The worker process: gives its rights away, starts the threads, and runs the
// router's loop until its parent wants it to end or to hand over.
#include "splitfwd/process/service.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/select.h"
#include "lib/watch.h"
#include "splitfwd/link.h"
#include "splitfwd/process/limits.h"
#include "splitfwd/relay/common.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/relay/threads.h"
#include "splitfwd/relay/runnable.h"
#include "splitfwd/relay/relay.h"
#include "splitfwd/route/checks.h"
#include "splitfwd/route/router.h"
#include "splitfwd/show/control.h"
#include "splitfwd/show/web.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;
using tandem::clock_ms;

namespace {

const uint64_t kStandByMs = tandem::kWatchSilenceMs;

// The signals of the loop: blocked except inside its wait. Normally the
// parent gets them; these are for whoever takes us for it.
class Signals {
 public:
  Signals() {
    signal(SIGHUP, SIG_IGN);
    sigprocmask(SIG_BLOCK, nullptr, &mask_);
    const int watched[] = {SIGTERM, SIGINT, SIGUSR1};
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

// Takes privileges away; after this there is no way to a file or a process.
Error settle_in(const Config& config, const Setup& setup) {
  Error e;
  if (!setup.foreground) {
    e = tandem::log_to_syslog(kName, config.log_target, config.log_facility);
    UniqueFd null_fd(open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!e && (!null_fd.valid() || dup2(null_fd.get(), 2) < 0)) {
      e = Error::from_errno("/dev/null");
    }
  }
  tzset();  // reads a file, once
  if (!e) e = become(setup.identity);
  return e ? e : make_threads_only();
}

int fail(int link, const Error& e) {
  send_message(link, kMsgFailed, static_cast<unsigned char>(e.code()),
               e.text());
  return e.code();
}

// Of the router's thread, and what it shares with the others.
struct Parts {
  Signals signals;
  Common common;
  Threads threads;
  WaitSet set;
  Relay relay;
  Router router;
  Checks checks;
  Web web;
  Control control;
  Parts(const Config& config, const Setup& setup, Listeners* listeners,
        int link, RunQueue run_queue)
      : common(config), threads(config, &common, std::move(run_queue)),
        relay(Tier::Router, config, &common, &set),
        router(config, &common, &threads, &set, &relay,
               std::move(listeners->clients), link),
        checks(config, &set, link),
        web(config, setup.credentials, &set, &router,
            std::move(listeners->stats)),
        control(config, &set, &router, std::move(listeners->control)) {}
};

// The parent has ended, or wants us to, when this is false. *successor: to whom
// we shall hand over all we have.
bool hear_parent(int link, Parts* p, UniqueFd* successor, uint64_t now_ms) {
  for (;;) {
    Message m;
    switch (receive_message(link, &m)) {
      case Received::Nothing: return true;
      case Received::End:
        tandem::log_err("the parent is dead: so does this worker end");
        return false;
      case Received::Message: break;
    }
    if (m.type == kMsgWatcher) p->checks.on_watcher(&m, now_ms);
    if (m.type == kMsgEnd) return false;
    if (m.type == kMsgCheckNow) p->checks.check_now();
    if (m.type == kMsgHandOver) *successor = std::move(m.fds[0]);
  }
}

// Until something is known of every server: who takes over must not find
// them all down, and unknown is not down. The worker before us serves
// meanwhile, and goes on if nothing is heard.
Error stand_by(Parts* p, int link) {
  const uint64_t until_ms = clock_ms() + kStandByMs;
  UniqueFd nobody;
  uint64_t now_ms = clock_ms();
  while (now_ms < until_ms && !p->checks.all_known()) {
    const Error e = p->set.wait(now_ms, std::min(until_ms,
                                                 p->checks.next_due_ms()),
                                p->signals.wait_mask());
    if (e) return e;
    now_ms = clock_ms();
    if (p->set.can_read(link) && !hear_parent(link, p, &nobody, now_ms)) {
      return Error::make(tandem::kExitFailed, "the parent has ended");
    }
    p->checks.turn(now_ms);
    p->router.on_reports(p->checks.take_reports(), now_ms);
  }
  const std::string unheard = p->checks.unheard();
  if (unheard.empty()) return Error::none();
  return Error::make(tandem::kExitFailed, "the watcher says nothing of server "
                     "%s", unheard.c_str());
}

Error take_over(Parts* p, int link, int legacy) {
  Error e = stand_by(p, link);
  if (e) {
    fail(link, e);
    return e;
  }
  if (!send_message(link, kMsgReady, 0)) {
    return Error::make(tandem::kExitFailed, "the parent has ended");
  }
  e = p->router.take_over(legacy, &p->checks, clock_ms());
  if (e) tandem::log_err("%s", e.c_str());
  send_message(link, kMsgServing, 0);
  return Error::none();
}

// A server that is in maintenance everywhere need not be checked.
void pause_checks(const Config& config, Parts* p) {
  for (size_t i = 0; i < config.servers.size(); ++i) {
    p->checks.pause(i, p->router.in_maint(i));
  }
}

// Until the parent wants us to end. *successor is valid: it gets all we have.
Error loop(const Config& config, Parts* p, int link, UniqueFd* successor) {
  uint64_t now_ms = clock_ms();
  while (!successor->valid()) {
    p->router.want(now_ms);
    p->web.want();
    p->control.want();
    const uint64_t due_ms =
        std::min({p->relay.next_due_ms(), p->router.next_due_ms(now_ms),
                 p->checks.next_due_ms(), p->web.next_due_ms(),
                 p->control.next_due_ms()});
    const Error e = p->set.wait(now_ms, due_ms, p->signals.wait_mask());
    if (e) return e;
    p->common.begin_news();
    now_ms = clock_ms();
    if (p->signals.took(SIGTERM) || p->signals.took(SIGINT)) return e;
    if (p->signals.took(SIGUSR1)) p->checks.check_now();
    if (p->set.can_read(link) && !hear_parent(link, p, successor, now_ms)) {
      return e;
    }
    // The checks first: no byte goes to a server that they have just told us
    // is the wrong one.
    p->checks.turn(now_ms);
    p->router.on_reports(p->checks.take_reports(), now_ms);
    p->common.set_news_fd(p->checks.watcher_fd());
    p->common.end_news();
    p->control.turn(now_ms);
    if (p->router.take_orders_changed()) pause_checks(config, p);
    p->relay.turn(now_ms);
    p->router.turn(now_ms);
    p->web.turn(now_ms);
  }
  return Error::none();
}

}  // namespace

int run_service(const Config& config, const Setup& setup, Listeners listeners,
                UniqueFd link, UniqueFd legacy) {
  RunQueue run_queue = open_run_queue();
  Error e = settle_in(config, setup);
  if (e) return fail(link.get(), e);
  widen_descriptors(config);
  // Never deleted: its threads use it until the process ends.
  Parts* parts = new Parts(config, setup, &listeners, link.get(),
                           std::move(run_queue));
  e = parts->threads.start();
  if (e) return fail(link.get(), e);
  parts->router.begin();
  parts->set.want_read(link.get(), true);
  if (legacy.valid()) {
    e = take_over(parts, link.get(), legacy.get());
    legacy.reset();
  } else if (!send_message(link.get(), kMsgReady, 0)) {
    return tandem::kExitFailed;
  }
  UniqueFd successor;
  if (!e) e = loop(config, parts, link.get(), &successor);
  // Nobody reads them any more, so nobody may wait for them.
  parts->common.set_news_fd(-1);
  parts->common.end_news();
  if (!e && successor.valid() &&
      !parts->router.hand_over(successor.get(), parts->checks, clock_ms())) {
    e = Error::make(tandem::kExitFailed, "the new worker does not take over");
  }
  if (e || !successor.valid()) parts->router.stop(clock_ms());
  if (e) tandem::log_err("%s", e.c_str());
  return e ? e.code() : tandem::kExitOk;
}

}  // namespace splitfwd
