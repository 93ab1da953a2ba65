// Runs the watcher and reads its lines. All lines that wait are read before
// anything is decided: after a stop of this process the pipe is full of what
// was true then.
#include "splitfwd/checks.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/select.h"
#include "lib/watch.h"

namespace splitfwd {

using tandem::Error;
using tandem::Outcome;
using tandem::UniqueFd;
using tandem::kNever;
using tandem::kWatchSilenceMs;

namespace {

const uint64_t kPauseFirstMs = 100;
const uint64_t kPauseMaxMs = 10000;
// A watcher that ran for so long is started again without a longer pause.
const uint64_t kRanWellMs = 10000;
// More than a pipe holds, so that old lines are all read in one turn.
const int kReadsMax = 8;
// While a killed watcher is not gone yet.
const uint64_t kReapPollMs = 20;

}  // namespace

Checks::Checks(const Config& config, WaitSet* set)
    : config_(config), set_(set), killed_(false),
      heard_ms_(config.servers.size(), 0),
      said_down_(config.servers.size(), true),
      last_(config.servers.size()), started_ms_(0), last_line_ms_(0),
      restart_at_ms_(kNever), pause_ms_(kPauseFirstMs),
      bad_line_limit_(5, 10000) {}

Checks::~Checks() {
  begin_stop();
  reap();
}

Error Checks::start(uint64_t now_ms) { return spawn(now_ms); }

Error Checks::spawn(uint64_t now_ms) {
  UniqueFd out_read, out_write, err_read, err_write;
  Error e = tandem::open_pipe(&out_read, &out_write);
  if (!e) e = tandem::open_pipe(&err_read, &err_write);
  if (!e) e = tandem::set_nonblocking(out_read.get());
  if (!e) e = tandem::set_nonblocking(err_read.get());
  if (e) return e;
  tandem::ChildWorld world;
  world.path = config_.check_exec[0];
  world.argv = config_.check_exec;
  world.env.push_back("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:"
                      "/usr/bin:/sbin:/bin");
  world.stdout_fd = out_write.get();
  world.stderr_fd = err_write.get();
  e = tandem::Child::spawn(world, &child_);
  if (e) return e.within("check-exec");
  out_ = std::move(out_read);
  err_ = std::move(err_read);
  out_lines_ = tandem::LineReader();
  err_lines_ = tandem::LineReader(512);
  set_->want_read(out_.get(), true);
  set_->want_read(err_.get(), true);
  killed_ = false;
  why_killed_.clear();
  started_ms_ = last_line_ms_ = now_ms;
  restart_at_ms_ = kNever;
  return Error::none();
}

void Checks::turn(uint64_t now_ms) {
  if (out_.valid() && set_->can_read(out_.get())) read_lines(now_ms);
  if (err_.valid() && set_->can_read(err_.get())) read_errors(now_ms);
  if (child_.running()) {
    judge_silence(now_ms);
    Outcome outcome;
    if (killed_ && child_.try_reap(&outcome)) {
      on_death(why_killed_.empty() ? outcome.text() : why_killed_, now_ms);
    }
    return;
  }
  if (now_ms < restart_at_ms_) return;
  const Error e = spawn(now_ms);
  if (e) on_death(e.text(), now_ms);
}

void Checks::read_lines(uint64_t now_ms) {
  std::vector<std::string> lines;
  Error e;
  for (int i = 0; i < kReadsMax && !e && !out_lines_.eof(); ++i) {
    const size_t before = lines.size();
    e = out_lines_.read_from(out_.get(), &lines);
    if (lines.size() == before) break;
  }
  for (size_t i = 0; i < lines.size(); ++i) on_line(lines[i], now_ms);
  if (!e && !out_lines_.eof()) return;
  // It closed its output: dead, or as good as dead.
  kill_watcher("the watcher ended");
}

void Checks::read_errors(uint64_t now_ms) {
  std::vector<std::string> lines;
  const Error e = err_lines_.read_from(err_.get(), &lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    uint64_t dropped;
    if (bad_line_limit_.allow(now_ms, &dropped)) {
      tandem::log_warn("watcher: %s", lines[i].c_str());
    }
  }
  if (!e && !err_lines_.eof()) return;
  set_->forget(err_.get());
  err_.reset();
}

void Checks::on_line(const std::string& text, uint64_t now_ms) {
  tandem::WatchLine line;
  size_t server = config_.servers.size();
  if (tandem::parse_watch_line(text, &line)) {
    last_line_ms_ = now_ms;
    for (server = 0; server < config_.servers.size(); ++server) {
      if (config_.servers[server].name == line.name) break;
    }
  }
  if (server == config_.servers.size()) {
    uint64_t dropped;
    if (bad_line_limit_.allow(now_ms, &dropped)) {
      tandem::log_warn("watcher: no server's line: %.200s", text.c_str());
    }
    return;
  }
  heard_ms_[server] = now_ms;
  said_down_[server] = false;
  Report r;
  r.server = server;
  r.state = state_of(line, last_[server]);
  last_[server] = r.state;
  const tandem::Attrs::const_iterator role = line.attrs.find("role");
  if (role != line.attrs.end()) r.role = role->second;
  if (!line.up) {
    const tandem::Attrs::const_iterator why = line.attrs.find("fault");
    r.reason = why != line.attrs.end() ? why->second : "the watcher says so";
  }
  reports_.push_back(r);
}

void Checks::judge_silence(uint64_t now_ms) {
  for (size_t i = 0; i < heard_ms_.size(); ++i) {
    if (said_down_[i] || now_ms < heard_ms_[i] + kWatchSilenceMs) continue;
    report_down(i, "the watcher is silent");
  }
  if (killed_ || now_ms < last_line_ms_ + kWatchSilenceMs) return;
  why_killed_ = "silent for 3 s";
  kill_watcher("the watcher is silent");
}

// Nothing it said counts from here on; on_death() follows when it is reaped.
void Checks::kill_watcher(const char* reason) {
  killed_ = true;
  for (size_t i = 0; i < heard_ms_.size(); ++i) {
    if (!said_down_[i]) report_down(i, reason);
  }
  child_.kill_group(SIGKILL);
  if (out_.valid()) set_->forget(out_.get());
  out_.reset();
}

void Checks::on_death(const std::string& how, uint64_t now_ms) {
  if (err_.valid()) {
    read_errors(now_ms);  // its last words
    if (err_.valid()) set_->forget(err_.get());
    err_.reset();
  }
  if (now_ms >= started_ms_ + kRanWellMs) pause_ms_ = kPauseFirstMs;
  restart_at_ms_ = now_ms + pause_ms_;
  tandem::log_err("watcher %s: %s; again in %llu ms",
                  config_.check_exec[0].c_str(), how.c_str(),
                  static_cast<unsigned long long>(pause_ms_));
  pause_ms_ = std::min(pause_ms_ * 2, kPauseMaxMs);
}

void Checks::report_down(size_t server, const std::string& reason) {
  said_down_[server] = true;
  last_[server] = ServerState();
  Report r;
  r.server = server;
  r.reason = reason;
  reports_.push_back(r);
}

uint64_t Checks::next_due_ms() const {
  if (!child_.running()) return restart_at_ms_;
  if (killed_) return tandem::clock_ms() + kReapPollMs;
  uint64_t due_ms = last_line_ms_ + kWatchSilenceMs;
  for (size_t i = 0; i < heard_ms_.size(); ++i) {
    if (said_down_[i]) continue;
    due_ms = std::min(due_ms, heard_ms_[i] + kWatchSilenceMs);
  }
  return due_ms;
}

std::vector<Report> Checks::take_reports() {
  std::vector<Report> out;
  out.swap(reports_);
  return out;
}

void Checks::check_now() {
  if (child_.running()) kill(child_.pid(), SIGUSR1);
}

void Checks::begin_stop() { child_.kill_group(SIGTERM); }

void Checks::reap() {
  Outcome outcome;
  for (int i = 0; child_.running() && i < 5; ++i) {
    if (child_.try_reap(&outcome)) return;
    struct timespec ms;
    ms.tv_sec = 0;
    ms.tv_nsec = 1000000;
    nanosleep(&ms, nullptr);
  }
  if (!child_.running()) return;
  child_.kill_group(SIGKILL);
  outcome = child_.reap();
}

}  // namespace splitfwd
