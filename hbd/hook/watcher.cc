// The watcher's lines come in here; whether it may be run is files.h's word.
#include "hbd/hook/watcher.h"

#include <signal.h>

#include "hbd/hook/files.h"

namespace hbd {

using tandem::Error;

namespace {

const int kReadsPerTurn = 16;

}  // namespace

Watcher::Watcher(const std::vector<std::string>& argv,
                 const std::vector<std::string>& env)
    : argv_(argv), env_(env), child_("watcher", tandem::LogLevel::Info),
      last_line_ms_(0), limit_(5, 10000) {}

void Watcher::want(tandem::Selector* sel) const {
  child_.want(sel);
  if (child_.running() && !out_.eof()) sel->want_read(out_fd_.get());
}

void Watcher::start(uint64_t now_ms) {
  last_line_ms_ = now_ms;
  out_ = tandem::LineReader();
  tandem::ChildWorld world;
  world.path = argv_[0];
  world.argv = argv_;
  world.env = env_;
  Error e = check_program(argv_[0]);
  if (e) child_.on_failed_start(now_ms);
  else e = child_.start(now_ms, world, &out_fd_);
  uint64_t unlogged;
  if (e && limit_.allow(now_ms, &unlogged)) {
    tandem::log_err("watcher: cannot be run: %s", e.c_str());
  }
}

void Watcher::read_lines(uint64_t now_ms,
                         std::vector<tandem::WatchLine>* lines) {
  std::vector<std::string> said;
  for (int i = 0; i < kReadsPerTurn && !out_.eof(); ++i) {
    const size_t before = said.size();
    if (out_.read_from(out_fd_.get(), &said) || said.size() == before) break;
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
}

void Watcher::step(uint64_t now_ms, std::vector<tandem::WatchLine>* lines,
                   bool* lost) {
  if (argv_.empty()) return;
  if (!child_.running()) {
    if (child_.is_due(now_ms)) start(now_ms);
    return;
  }
  tandem::Outcome outcome;
  const bool has_ended = child_.step(now_ms, &outcome);
  read_lines(now_ms, lines);
  if (has_ended) {
    *lost = true;
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
                          : child_.next_due_ms();
}

}  // namespace hbd
