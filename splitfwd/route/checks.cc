// All lines that wait are read before anything is decided: after a stop of
// this process the pipe is full of what was true then.
#include "splitfwd/route/checks.h"

#include <algorithm>
#include <utility>

#include "lib/text.h"
#include "lib/waitset.h"
#include "lib/watch.h"
#include "lib/words.h"

namespace splitfwd {

using tandem::Error;
using tandem::kWatchSilenceMs;

namespace {

// More than a pipe holds, so that old lines are all read in one turn.
const int kReadsMax = 8;
const uint64_t kLateMs = 500;
// So long readers stay at a server that does not answer its watcher, which
// says so after a second.
const uint64_t kStallMs = 2000;
const char kKnown[] = "known";

std::string attr(const tandem::WatchLine& line, const char* key) {
  const tandem::Attrs::const_iterator at = line.attrs.find(key);
  return at == line.attrs.end() ? std::string() : at->second;
}

}  // namespace

Checks::Checks(const Config& config, WaitSet* set, int link)
    : config_(config), set_(set), link_(link), tcp_(config, set), number_(0),
      heard_(config.servers.size()), last_line_ms_(0),
      bad_line_limit_(5, 10000) {}

Checks::~Checks() {
  if (out_.valid()) set_->forget(out_.get());
}

void Checks::on_watcher(Message* m, uint64_t now_ms) {
  if (out_.valid()) drop_watcher("the watcher ended", kMsgEnded);
  if (!m->fds[0].valid()) return;
  out_ = std::move(m->fds[0]);
  number_ = m->number;
  lines_ = tandem::LineReader();
  last_line_ms_ = now_ms;
  set_->want_read(out_.get(), true);
}

// Silence of a time in which this process, or the whole host, did not run says
// nothing.
void Checks::forgive(uint64_t late_ms) {
  for (size_t i = 0; i < heard_.size(); ++i) {
    heard_[i].at_ms += late_ms;
    if (heard_[i].stalled_ms != 0) heard_[i].stalled_ms += late_ms;
  }
  last_line_ms_ += late_ms;
  tcp_.forgive(late_ms);
}

void Checks::turn(uint64_t now_ms) {
  const uint64_t due_ms = std::max(next_due_ms(), turned_ms_);
  if (turned_ms_ != 0 && due_ms < now_ms && now_ms - due_ms > kLateMs) {
    forgive(now_ms - due_ms);
  }
  turned_ms_ = now_ms;
  if (out_.valid() && set_->can_read(out_.get())) read_lines(now_ms);
  judge_silence(now_ms);
  const std::vector<size_t> checked = tcp_.turn(now_ms);
  for (size_t i = 0; i < checked.size(); ++i) {
    report(checked[i], !tcp_.passed(checked[i]));
  }
}

void Checks::read_lines(uint64_t now_ms) {
  std::vector<std::string> lines;
  Error e;
  for (int i = 0; i < kReadsMax && !e && !lines_.eof(); ++i) {
    const size_t before = lines.size();
    e = lines_.read_from(out_.get(), &lines);
    if (lines.size() == before) break;
  }
  for (size_t i = 0; i < lines.size(); ++i) on_line(lines[i], now_ms);
  // It closed its output: dead, or as good as dead.
  if (e || lines_.eof()) drop_watcher("the watcher ended", kMsgEnded);
}

void Checks::on_line(const std::string& text, uint64_t now_ms) {
  tandem::WatchLine line;
  size_t server = config_.servers.size();
  if (tandem::parse_watch_line(text, &line)) {
    last_line_ms_ = now_ms;
    server = index_of(config_.servers, line.name);
  }
  if (server == config_.servers.size()) {
    uint64_t dropped;
    if (bad_line_limit_.allow(now_ms, &dropped)) {
      tandem::log_warn("watcher: no server's line: %.200s", text.c_str());
    }
    return;
  }
  Heard& h = heard_[server];
  h.at_ms = now_ms;
  h.said_down = false;
  h.known = true;
  h.state = state_of(line, h.state);
  if (!h.state.stalled) h.stalled_ms = 0;
  else if (h.stalled_ms == 0) h.stalled_ms = now_ms;
  else h.state.stalled = now_ms < h.stalled_ms + kStallMs;
  h.role = attr(line, "role");
  h.lag = attr(line, "lag");
  h.reason = attr(line, "fault");
  if (!line.up && h.reason.empty()) h.reason = "the watcher says so";
  report(server, !line.up);
}

void Checks::judge_silence(uint64_t now_ms) {
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (heard_[i].said_down || now_ms < heard_[i].at_ms + kWatchSilenceMs) {
      continue;
    }
    silent(i, "the watcher is silent");
  }
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (!heard_[i].state.stalled ||
        now_ms < heard_[i].stalled_ms + kStallMs) {
      continue;
    }
    heard_[i].state.stalled = false;
    report(i, true);
  }
  if (!out_.valid() || now_ms < last_line_ms_ + kWatchSilenceMs) return;
  drop_watcher("the watcher is silent", kMsgSilent);
}

// Nothing it said counts from here on; the parent starts another.
void Checks::drop_watcher(const char* reason, char message) {
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (!heard_[i].said_down) silent(i, reason);
  }
  set_->forget(out_.get());
  out_.reset();
  send_message(link_, message, number_);
}

void Checks::silent(size_t server, const std::string& reason) {
  heard_[server] = Heard();
  heard_[server].reason = reason;
  heard_[server].silent = true;
  report(server, true);
}

void Checks::report(size_t server, bool failed) {
  const ServerConfig& s = config_.servers[server];
  const Heard& h = heard_[server];
  const Health& tcp = tcp_.health(server);
  Report r;
  r.server = server;
  r.failed = failed;
  r.state.up = true;
  if (s.check_exec) {
    r.state = h.state;
    r.role = h.role;
    r.lag = h.lag;
    r.reason = h.known || h.silent ? h.reason : "no word of the watcher yet";
    r.check.status = h.state.up ? "PROCOK"
                     : h.silent ? "PROCTOUT"
                     : h.known  ? "PROCERR"
                                : "INI";
    r.check.text = h.reason;
    r.check.rise = r.check.fall = 1;
  }
  if (s.check_tcp) {
    if (r.state.up || (!h.known && !h.silent)) r.check = tcp_.row(server);
    if (r.state.up && !tcp.up()) {
      r.reason = tcp.known() ? "TCP check: " + tcp_.last(server)
                             : "no TCP check yet";
      r.state = ServerState();
    }
  }
  reports_.push_back(r);
}

uint64_t Checks::next_due_ms() const {
  uint64_t due_ms = tcp_.next_due_ms();
  if (out_.valid()) due_ms = std::min(due_ms, last_line_ms_ + kWatchSilenceMs);
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (heard_[i].said_down) continue;
    due_ms = std::min(due_ms, heard_[i].at_ms + kWatchSilenceMs);
    if (heard_[i].state.stalled) {
      due_ms = std::min(due_ms, heard_[i].stalled_ms + kStallMs);
    }
  }
  return due_ms;
}

bool Checks::all_known() const {
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (config_.servers[i].check_tcp && !tcp_.health(i).known()) return false;
  }
  return unheard().empty();
}

std::string Checks::unheard() const {
  for (size_t i = 0; i < heard_.size(); ++i) {
    if (config_.servers[i].check_exec && !heard_[i].known) {
      return config_.servers[i].name;
    }
  }
  return std::string();
}

// "known NAME at=ADDRESS primary=0|1 up=0|1 streak=N"
std::vector<std::string> Checks::format() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < heard_.size(); ++i) {
    const ServerState& s = heard_[i].state;
    const Health& tcp = tcp_.health(i);
    std::string line = std::string(kKnown) + " " + config_.servers[i].name;
    tandem::append_word(&line, "at", config_.servers[i].address.text());
    tandem::append_word(&line, "primary", uint64_t(s.primary || s.unsaid));
    if (tcp.known()) {
      tandem::append_word(&line, "up", uint64_t(tcp.up()));
      tandem::append_word(&line, "streak", uint64_t(tcp.streak()));
    }
    out.push_back(line);
  }
  return out;
}

void Checks::restore(const std::string& text) {
  const std::vector<std::string> line = tandem::split_words(text);
  tandem::Words words;
  if (line.size() < 3 || line[0] != kKnown ||
      !tandem::parse_words(line, 2, &words)) {
    return;
  }
  const size_t i = index_of(config_.servers, line[1]);
  if (i == heard_.size() ||
      words["at"] != config_.servers[i].address.text()) {
    return;
  }
  Heard* h = &heard_[i];
  uint64_t n, streak;
  if (tandem::take_number(&words, "primary", &n) && n == 1 && h->state.up &&
      h->role.empty()) {
    h->state.unsaid = true;
  }
  if (tandem::take_number(&words, "up", &n) &&
      tandem::take_number(&words, "streak", &streak)) {
    tcp_.restore(i, n == 1, streak);
  }
  if (h->known || tcp_.health(i).known()) report(i, false);
}

std::vector<Report> Checks::take_reports() {
  std::vector<Report> out;
  out.swap(reports_);
  return out;
}

}  // namespace splitfwd
