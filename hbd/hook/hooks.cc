// Children with deadlines, nothing more: which hook runs when, and what its end
// means, is the core's. All that a hook wrote is read before its end counts.
#include "hbd/hook/hooks.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>

#include "hbd/hook/environment.h"
#include "lib/net.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

const uint64_t kTermGraceMs = 5000;
const uint64_t kStuckLineMs = 60000;  // after KILL: uninterruptible
const int kReadsAtEnd = 64;           // 16 KB each

}  // namespace

void Hooks::run(uint64_t now_ms, const HookRun& hook_run, int lifeline_fd) {
  const Error e = spawn(now_ms, hook_run, lifeline_fd);
  if (!e) return;
  tandem::log_err("%s: cannot be run, failed", e.c_str());
  HookEnd end;
  end.run = hook_run;
  end.ok = false;
  ended_.push_back(end);
}

Error Hooks::spawn(uint64_t now_ms, const HookRun& hook_run,
                   int lifeline_fd) {
  HookCommand command;
  Error e = find_command(settings_, groups_, hook_run, &command);
  if (e) return e;
  std::unique_ptr<Running> r(new Running);
  tandem::ChildWorld world;
  world.path = command.argv[0];
  world.argv = command.argv;
  world.env = hook_environment(settings_, groups_, hook_run, lifeline_fd);
  if (lifeline_fd >= 0) world.keep_fds.push_back(lifeline_fd);
  e = tandem::Child::spawn_piped(world, &r->out_fd, &r->err_fd, &r->child);
  if (e) return e.within(command.name);
  r->run = hook_run;
  r->name = command.name;
  r->started_ms = now_ms;
  r->deadline_ms = now_ms + command.timeout_ms;
  running_.push_back(std::move(r));
  return e;
}

void Hooks::kill(uint32_t hook_id) {
  for (const std::unique_ptr<Running>& r : running_) {
    if (r->run.id != hook_id) continue;
    if (r->run.kind != HookKind::Status) {
      tandem::log_info("%s: killed", r->name.c_str());
    }
    r->child.kill_group(SIGKILL);
  }
}

void Hooks::kill_all() {
  for (const std::unique_ptr<Running>& r : running_) {
    r->child.kill_group(SIGKILL);
    r->child.reap();
  }
  running_.clear();
}

void Hooks::abandon() {
  for (const std::unique_ptr<Running>& r : running_) r->child.disown();
  running_.clear();
}

void Hooks::want(tandem::Selector* sel) const {
  for (const std::unique_ptr<Running>& r : running_) {
    if (!r->out.eof()) sel->want_read(r->out_fd.get());
    if (!r->err.eof()) sel->want_read(r->err_fd.get());
  }
}

void Hooks::take_line(uint64_t now_ms, Running* r, const std::string& line,
                      bool is_stdout) {
  const std::vector<std::string> words = tandem::split_words(line);
  if (is_stdout && !words.empty() && words[0] == "attr") {
    const std::string value = words.size() == 3 ? words[2] : "";
    if ((words.size() == 2 || words.size() == 3) &&
        tandem::attr_is_valid(words[1], value)) {
      r->attrs[words[1]] = value;
    } else {
      tandem::log_warn("%s: attribute refused: %.200s", r->name.c_str(),
                       line.c_str());
    }
    return;
  }
  uint64_t unlogged;
  if (words.empty() || r->run.kind == HookKind::Status ||
      !r->limit.allow(now_ms, &unlogged)) {
    return;
  }
  tandem::log_info("%s: %.1000s", r->name.c_str(), line.c_str());
  if (unlogged > 0) {
    tandem::log_warn("%s: %" PRIu64 " lines before this one are not logged",
                     r->name.c_str(), unlogged);
  }
}

// to_the_end: what the hook left in its pipes; a daemon that it leaves behind
// may hold them open, so an end of file is not waited for.
void Hooks::read_output(uint64_t now_ms, Running* r, bool to_the_end) {
  for (int which = 0; which < 2; ++which) {
    const bool is_stdout = which == 0;
    tandem::LineReader* reader = is_stdout ? &r->out : &r->err;
    const int fd = is_stdout ? r->out_fd.get() : r->err_fd.get();
    std::vector<std::string> lines;
    for (int k = 0; k < (to_the_end ? kReadsAtEnd : 1); ++k) {
      if (reader->eof() || tandem::ready_events(fd, POLLIN, 0) == 0) break;
      if (reader->read_from(fd, &lines)) break;
    }
    if (to_the_end && !reader->eof()) reader->feed("\n", 1, &lines);
    for (const std::string& line : lines) {
      take_line(now_ms, r, line, is_stdout);
    }
  }
}

void Hooks::enforce(uint64_t now_ms, Running* r) {
  if (now_ms < r->deadline_ms) return;
  if (!r->terminated) {
    r->terminated = true;
    r->deadline_ms = now_ms + kTermGraceMs;
    tandem::log_err("%s: over its deadline, terminated ms=%" PRIu64,
                    r->name.c_str(), now_ms - r->started_ms);
    r->child.kill_group(SIGTERM);
    return;
  }
  tandem::log_err("%s: killed ms=%" PRIu64, r->name.c_str(),
                  now_ms - r->started_ms);
  r->child.kill_group(SIGKILL);
  r->deadline_ms = now_ms + kStuckLineMs;
}

void Hooks::step(uint64_t now_ms) {
  for (size_t i = running_.size(); i-- > 0;) {
    Running* r = running_[i].get();
    tandem::Outcome outcome;
    const pid_t pid = r->child.pid();
    const bool over = r->child.try_reap(&outcome);
    // The rest of its group may have ignored TERM, and has no parent now.
    if (over && r->terminated) ::kill(-pid, SIGKILL);
    read_output(now_ms, r, over);
    if (!over) {
      enforce(now_ms, r);
      continue;
    }
    // A hook that was told to end did not do its work, whatever it says.
    const bool ok = outcome.ok() && !r->terminated;
    // What runs is no news, every second; hbd says what does not.
    if (r->run.kind != HookKind::Status) {
      tandem::log_line(ok ? tandem::LogLevel::Info : tandem::LogLevel::Warn,
                       "%s: %s ms=%" PRIu64, r->name.c_str(),
                       outcome.text().c_str(), now_ms - r->started_ms);
    }
    HookEnd end;
    end.run = r->run;
    end.ok = ok;
    if (outcome.exited && !r->terminated) end.code = outcome.code;
    end.attrs.swap(r->attrs);
    ended_.push_back(end);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

std::vector<HookEnd> Hooks::take_ended() {
  std::vector<HookEnd> out;
  out.swap(ended_);
  return out;
}

uint64_t Hooks::next_due_ms() const {
  uint64_t due_ms = tandem::kNever;
  for (const std::unique_ptr<Running>& r : running_) {
    due_ms = std::min(due_ms, r->deadline_ms);
  }
  return due_ms;
}

}  // namespace hbd
