#include "splitfwd/watcher.h"

#include <signal.h>

#include <algorithm>
#include <utility>

#include "lib/clock.h"
#include "lib/net.h"
#include "splitfwd/link.h"

namespace splitfwd {

using tandem::Error;
using tandem::Outcome;
using tandem::UniqueFd;
using tandem::kNever;

namespace {

const uint64_t kPauseFirstMs = 100;
const uint64_t kPauseMaxMs = 10000;
// A watcher that ran for so long is started again without a longer pause.
const uint64_t kRanWellMs = 10000;

}  // namespace

Watcher::Watcher(const std::vector<std::string>& command, int link)
    : command_(command), link_(link), number_(0), started_ms_(0),
      restart_at_ms_(kNever), pause_ms_(kPauseFirstMs), err_limit_(5, 10000) {}

Watcher::~Watcher() {
  begin_stop();
  reap();
}

Error Watcher::start(uint64_t now_ms) {
  return command_.empty() ? Error::none() : spawn(now_ms);
}

Error Watcher::spawn(uint64_t now_ms) {
  UniqueFd out_read, out_write, err_read, err_write;
  Error e = tandem::open_pipe(&out_read, &out_write);
  if (!e) e = tandem::open_pipe(&err_read, &err_write);
  if (!e) e = tandem::set_nonblocking(out_read.get());
  if (!e) e = tandem::set_nonblocking(err_read.get());
  if (e) return e;
  tandem::ChildWorld world;
  world.path = command_[0];
  world.argv = command_;
  world.env.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                      "/usr/bin:/sbin:/bin");
  world.stdout_fd = out_write.get();
  world.stderr_fd = err_write.get();
  e = tandem::Child::spawn(world, &child_);
  if (e) return e.within("check-exec");
  err_ = std::move(err_read);
  err_lines_ = tandem::LineReader(512);
  why_killed_.clear();
  started_ms_ = now_ms;
  restart_at_ms_ = kNever;
  ++number_;
  if (!send_message(link_, kMsgWatcher, number_, "", out_read.get())) {
    why_killed_ = "the worker does not take its output";
    child_.kill_group(SIGKILL);
  }
  return Error::none();
}

void Watcher::want(tandem::Selector* selector) const {
  if (err_.valid()) selector->want_read(err_.get());
}

void Watcher::turn(const tandem::Selector& selector, uint64_t now_ms) {
  if (err_.valid() && selector.can_read(err_.get())) read_errors(now_ms);
  Outcome outcome;
  if (child_.running() && child_.try_reap(&outcome)) {
    on_death(why_killed_.empty() ? outcome.text() : why_killed_, now_ms);
  }
  if (child_.running() || now_ms < restart_at_ms_) return;
  const Error e = spawn(now_ms);
  if (e) on_death(e.text(), now_ms);
}

void Watcher::read_errors(uint64_t now_ms) {
  std::vector<std::string> lines;
  const Error e = err_lines_.read_from(err_.get(), &lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    uint64_t dropped;
    if (err_limit_.allow(now_ms, &dropped)) {
      tandem::log_warn("watcher: %s", lines[i].c_str());
    }
  }
  if (e || err_lines_.eof()) err_.reset();
}

void Watcher::on_death(const std::string& how, uint64_t now_ms) {
  if (err_.valid()) read_errors(now_ms);  // its last words
  err_.reset();
  if (now_ms >= started_ms_ + kRanWellMs) pause_ms_ = kPauseFirstMs;
  restart_at_ms_ = now_ms + pause_ms_;
  tandem::log_err("watcher %s: %s; again in %llu ms", command_[0].c_str(),
                  how.c_str(), static_cast<unsigned long long>(pause_ms_));
  pause_ms_ = std::min(pause_ms_ * 2, kPauseMaxMs);
}

// Deaths come as SIGCHLD, which ends the wait.
uint64_t Watcher::next_due_ms() const {
  return child_.running() ? kNever : restart_at_ms_;
}

void Watcher::kill_useless(unsigned char number, const std::string& why) {
  if (!child_.running() || number != number_) return;
  why_killed_ = why;
  child_.kill_group(SIGKILL);
}

void Watcher::check_now() {
  if (child_.running()) kill(child_.pid(), SIGUSR1);
}

void Watcher::begin_stop() { child_.kill_group(SIGTERM); }

void Watcher::abandon() {
  err_.reset();
  child_.disown();
}

void Watcher::reap() {
  Outcome outcome;
  for (int i = 0; child_.running() && i < 5; ++i) {
    if (child_.try_reap(&outcome)) return;
    tandem::sleep_ms(1);
  }
  if (!child_.running()) return;
  child_.kill_group(SIGKILL);
  outcome = child_.reap();
}

}  // namespace splitfwd
