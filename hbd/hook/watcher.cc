#include "hbd/hook/watcher.h"

#include <signal.h>

#include <algorithm>

#include "hbd/hook/files.h"

namespace hbd {

using tandem::Error;

namespace {

const uint64_t kPauseMinMs = 100;
const uint64_t kPauseMaxMs = 10000;
const uint64_t kSettledMs = 10000;  // lived so long: the next pause is short
const int kReadsPerTurn = 16;

}  // namespace

Watcher::Watcher(const std::vector<std::string>& argv,
                 const std::vector<std::string>& env)
    : argv_(argv), env_(env), started_ms_(0), last_line_ms_(0),
      next_start_ms_(0), pause_ms_(kPauseMinMs), limit_(5, 10000) {}

Watcher::~Watcher() {
  if (!child_.running()) return;
  child_.kill_group(SIGKILL);
  child_.reap();
}

void Watcher::want(tandem::Selector* sel) const {
  if (!child_.running()) return;
  if (!out_.eof()) sel->want_read(out_fd_.get());
  if (!err_.eof()) sel->want_read(err_fd_.get());
}

void Watcher::plan_restart(uint64_t now_ms) {
  if (now_ms - started_ms_ >= kSettledMs) pause_ms_ = kPauseMinMs;
  next_start_ms_ = now_ms + pause_ms_;
  pause_ms_ = std::min(2 * pause_ms_, kPauseMaxMs);
}

void Watcher::start(uint64_t now_ms) {
  started_ms_ = last_line_ms_ = now_ms;
  out_ = tandem::LineReader();
  err_ = tandem::LineReader();
  tandem::ChildWorld world;
  world.path = argv_[0];
  world.argv = argv_;
  world.env = env_;
  Error e = check_program(argv_[0]);
  if (!e) e = tandem::Child::spawn_piped(world, &out_fd_, &err_fd_, &child_);
  if (!e) return;
  uint64_t unlogged;
  if (limit_.allow(now_ms, &unlogged)) {
    tandem::log_err("watcher: cannot be run: %s", e.c_str());
  }
  plan_restart(now_ms);
}

void Watcher::read_lines(uint64_t now_ms,
                         std::vector<tandem::WatchLine>* lines) {
  std::vector<std::string> said, complained;
  for (int i = 0; i < kReadsPerTurn && !out_.eof(); ++i) {
    const size_t before = said.size();
    if (out_.read_from(out_fd_.get(), &said) || said.size() == before) break;
  }
  if (!err_.eof() && err_.read_from(err_fd_.get(), &complained)) {
    tandem::log_warn("watcher: its stderr cannot be read");
  }
  for (const std::string& text : said) {
    tandem::WatchLine line;
    uint64_t unlogged;
    if (tandem::parse_watch_line(text, &line)) {
      last_line_ms_ = now_ms;
      lines->push_back(line);
    } else if (limit_.allow(now_ms, &unlogged)) {
      tandem::log_warn("watcher: not 'NAME up|down [key=value ...]': %.200s",
                       text.c_str());
    }
  }
  for (const std::string& text : complained) {
    uint64_t unlogged;
    if (limit_.allow(now_ms, &unlogged)) {
      tandem::log_info("watcher: %.1000s", text.c_str());
    }
  }
}

void Watcher::step(uint64_t now_ms, std::vector<tandem::WatchLine>* lines,
                   bool* lost) {
  if (argv_.empty()) return;
  if (!child_.running()) {
    if (now_ms >= next_start_ms_) start(now_ms);
    return;
  }
  tandem::Outcome outcome;
  const bool over = child_.try_reap(&outcome);
  read_lines(now_ms, lines);
  if (over) {
    *lost = true;
    plan_restart(now_ms);
    tandem::log_warn("watcher ended: %s", outcome.text().c_str());
    return;
  }
  if (now_ms - last_line_ms_ > tandem::kWatchSilenceMs) {
    tandem::log_warn("watcher says nothing: killed");
    last_line_ms_ = now_ms;  // KILL once; its end comes by itself
    child_.kill_group(SIGKILL);
  }
}

uint64_t Watcher::next_due_ms() const {
  if (argv_.empty()) return tandem::kNever;
  return child_.running() ? last_line_ms_ + tandem::kWatchSilenceMs + 1
                          : next_start_ms_;
}

}  // namespace hbd
