#include "hbd/host.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "hbd/reload.h"
#include "lib/clock.h"
#include "lib/log.h"

namespace hbd {

using tandem::Error;

namespace {

const unsigned kSpinsMax = 200;

}  // namespace

void Host::watch_signals() {
  const int wanted[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; ++i) {
    selector.watch_signal(wanted[i]);
  }
}

uint64_t Host::wait(uint64_t until_ms) {
  const uint64_t before_ms = tandem::clock_ms();
  if (until_ms > before_ms) {
    spins = 0;
  } else if (++spins >= kSpinsMax) {
    if (spins == kSpinsMax) {
      tandem::log_err("due %u times in a row: slowed down", spins);
    }
    until_ms = before_ms + 1;
  }
  const Error e = selector.wait(until_ms);
  if (e) tandem::log_err("%s", e.c_str());
  selector.took_signal(SIGCHLD);  // it ended the wait; children are asked
  const uint64_t now_ms = tandem::clock_ms();
  if (until_ms != tandem::kNever) {
    late.add(now_ms - std::min(now_ms, std::max(until_ms, before_ms)));
  }
  return now_ms;
}

bool Host::took_stop() {
  const bool asked = selector.took_signal(SIGTERM) |
                     selector.took_signal(SIGINT);
  if (!asked) return false;
  if (stopping_) {
    tandem::log_warn("told to stop twice: ends at once");
    _exit(tandem::kExitFailed);
  }
  stopping_ = true;
  return true;
}

bool Host::reload() {
  Loaded fresh;
  Error e = load_files(loaded.settings.path, loaded.settings.self, &fresh);
  if (!e) e = check_reload(loaded, fresh);
  if (e) {
    tandem::log_err("reload refused, all stays as it was: %s", e.c_str());
    return false;
  }
  loaded.settings = fresh.settings;
  loaded.keys = fresh.keys;
  mail.set_keys(fresh.keys);
  e = foreground ? e : open_log();
  if (e) tandem::log_err("%s", e.c_str());
  tandem::log_info("reloaded");
  return true;
}

Error Host::open_log() const {
  const Settings& s = loaded.settings;
  return tandem::log_to_syslog("hbd", s.log, s.facility);
}

}  // namespace hbd
