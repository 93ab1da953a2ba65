// A child that is started again when it ends. Not for what its lines mean, nor
// for judging its silence: those are its owner's.
#include "lib/restarted.h"

#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "lib/clock.h"

namespace tandem {

namespace {

const int kTermMs = 5;
const size_t kLineBytesMax = 1000;

}  // namespace

RestartedChild::~RestartedChild() {
  Outcome outcome;
  child_.kill_group(SIGTERM);
  for (int i = 0; child_.running() && i < kTermMs; ++i) {
    if (!child_.try_reap(&outcome)) sleep_ms(1);
  }
  if (!child_.running()) return;
  child_.kill_group(SIGKILL);
  outcome = child_.reap();
}

Error RestartedChild::start(uint64_t now_ms, const ChildWorld& world,
                            UniqueFd* out) {
  UniqueFd out_read, err_read;
  const Error e = Child::spawn_piped(world, &out_read, &err_read, &child_);
  if (e) {
    on_failed_start(now_ms);
    return e;
  }
  *out = std::move(out_read);
  err_ = std::move(err_read);
  err_lines_ = LineReader(kLineBytesMax);
  return e;
}

void RestartedChild::adopt(pid_t pid, UniqueFd errors) {
  child_ = Child::inherited(pid);
  err_ = std::move(errors);
  err_lines_ = LineReader(kLineBytesMax);
}

void RestartedChild::want(WaitSet* set) const {
  if (err_.valid()) set->want_read(err_.get());
}

bool RestartedChild::step(uint64_t now_ms, Outcome* outcome) {
  const bool has_ended = child_.running() && child_.try_reap(outcome);
  log_errors(now_ms);
  if (!has_ended) return false;
  err_.reset();
  pause_.on_end(child_.started_ms(), now_ms);
  return true;
}

void RestartedChild::log_errors(uint64_t now_ms) {
  if (!err_.valid()) return;
  std::vector<std::string> lines;
  const Error e = err_lines_.read_from(err_.get(), &lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    uint64_t dropped;
    if (!limit_.allow(now_ms, &dropped)) continue;
    log_line(level_, "%s: %s", name_, lines[i].c_str());
  }
  if (e || err_lines_.eof()) err_.reset();
}

void RestartedChild::abandon() {
  err_.reset();
  child_.disown();
}

}  // namespace tandem
