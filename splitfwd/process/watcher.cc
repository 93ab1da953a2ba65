// The watcher's output goes to the worker as a descriptor over the link, so
// that no line passes through the parent. A death comes as SIGCHLD, which ends
// the parent's wait.
#include "splitfwd/process/watcher.h"

#include <inttypes.h>
#include <signal.h>

#include <utility>

#include "lib/fd.h"
#include "lib/log.h"
#include "splitfwd/link.h"

namespace splitfwd {

using tandem::Error;
using tandem::Outcome;
using tandem::UniqueFd;

Watcher::Watcher(const std::vector<std::string>& command, int link)
    : command_(command), link_(link),
      child_("watcher", tandem::LogLevel::Warn), number_(0) {}

void Watcher::adopt(pid_t pid, UniqueFd errors, unsigned char number) {
  child_.adopt(pid, std::move(errors));
  number_ = number;
}

Error Watcher::start(uint64_t now_ms) {
  if (command_.empty()) return Error::none();
  tandem::ChildWorld world;
  world.path = command_[0];
  world.argv = command_;
  world.env.push_back(tandem::kChildPath);
  UniqueFd out;
  const Error e = child_.start(now_ms, world, &out);
  if (e) return e.within("check-exec");
  why_killed_.clear();
  ++number_;
  if (!send_message(link_, kMsgWatcher, number_, "", out.get())) {
    kill_useless(number_, "the worker does not take its output");
  }
  return e;
}

void Watcher::turn(uint64_t now_ms) {
  if (command_.empty()) return;
  Outcome outcome;
  if (child_.step(now_ms, &outcome)) {
    log_end(why_killed_.empty() ? outcome.text() : why_killed_);
  }
  if (!child_.is_due(now_ms)) return;
  const Error e = start(now_ms);
  if (e) log_end(e.text());
}

void Watcher::log_end(const std::string& how) const {
  tandem::log_err("watcher %s: %s; again in %" PRIu64 " ms",
                  command_[0].c_str(), how.c_str(), child_.pause_ms());
}

uint64_t Watcher::next_due_ms() const {
  return command_.empty() ? tandem::kNever : child_.next_due_ms();
}

void Watcher::kill_useless(unsigned char number, const char* why) {
  if (!child_.running() || number != number_) return;
  why_killed_ = why;
  child_.kill_group(SIGKILL);
}

void Watcher::check_now() {
  if (child_.running()) kill(child_.pid(), SIGUSR1);
}

void Watcher::begin_stop() { child_.kill_group(SIGTERM); }

}  // namespace splitfwd
