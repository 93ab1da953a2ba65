// See renew.h. /proc/self/exe, which names the file a process was started
// from, is Linux's and beyond POSIX.
#include "splitfwd/process/renew.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;
using tandem::format;

namespace {

const char kVariable[] = "TANDEM_SPLITFWD_LEGACY";
const char kConfigVariable[] = "TANDEM_SPLITFWD_CONFIG";
const size_t kListenersMax = 1024;
const uint64_t kTryMs = 5000;

bool take_number(const std::string& text, long* out) {
  uint64_t n;
  if (!tandem::parse_u64(text, INT_MAX, &n)) return false;
  *out = static_cast<long>(n);
  return true;
}

bool take_fd(const std::string& text, int* out) {
  long n;
  if (!take_number(text, &n) || n < 3) return false;
  *out = static_cast<int>(n);
  return true;
}

bool take_fd_or_none(const std::string& text, int* out) {
  return text == "0" || take_fd(text, out);
}

bool is_open(int fd) { return fcntl(fd, F_GETFD) >= 0; }

Error keep_over_exec(int fd) {
  const int flags = fcntl(fd, F_GETFD);
  if (flags < 0 || fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) < 0) {
    return Error::from_errno("descriptor %d", fd);
  }
  return Error::none();
}

std::vector<int> all_of(const LegacyNumbers& n) {
  std::vector<int> fds = n.listeners;
  fds.push_back(n.pidfile);
  if (n.link != 0) fds.push_back(n.link);
  if (n.errors != 0) fds.push_back(n.errors);
  return fds;
}

}  // namespace

std::string format_legacy(const LegacyNumbers& n) {
  std::string out =
      format("pidfile=%d link=%d worker=%ld errors=%d watcher=%ld number=%u "
             "listeners=", n.pidfile, n.link, n.worker, n.errors, n.watcher,
             n.watcher_number);
  for (size_t i = 0; i < n.listeners.size(); ++i) {
    out += format(i ? ",%d" : "%d", n.listeners[i]);
  }
  return out;
}

bool parse_legacy(const std::string& text, LegacyNumbers* out) {
  static const char* const kKeys[] = {"pidfile=", "link=",   "worker=",
                                      "errors=",  "watcher=", "number=",
                                      "listeners="};
  const size_t kCount = sizeof kKeys / sizeof *kKeys;
  const std::vector<std::string> words = tandem::split_words(text);
  if (words.size() != kCount) return false;
  std::string values[kCount];
  for (size_t i = 0; i < kCount; ++i) {
    if (!tandem::starts_with(words[i], kKeys[i])) return false;
    values[i] = words[i].substr(strlen(kKeys[i]));
  }
  LegacyNumbers n;
  uint64_t number;
  if (!take_fd(values[0], &n.pidfile) ||
      !take_fd_or_none(values[1], &n.link) ||
      !take_number(values[2], &n.worker) ||
      (n.link == 0) != (n.worker == 0) ||
      !take_fd_or_none(values[3], &n.errors) ||
      !take_number(values[4], &n.watcher) ||
      !tandem::parse_u64(values[5], 255, &number)) {
    return false;
  }
  n.watcher_number = static_cast<unsigned char>(number);
  const std::vector<std::string> fds = tandem::split_fields(values[6], ",");
  if (fds.empty() || fds.size() > kListenersMax) return false;
  for (size_t i = 0; i < fds.size(); ++i) {
    int fd;
    if (!take_fd(fds[i], &fd)) return false;
    n.listeners.push_back(fd);
  }
  *out = n;
  return true;
}

std::vector<int> Legacy::fds() const {
  std::vector<int> all;
  for (size_t i = 0; i < listeners.size(); ++i) {
    all.push_back(listeners[i].get());
  }
  all.push_back(pidfile.get());
  if (link.valid()) all.push_back(link.get());
  if (errors.valid()) all.push_back(errors.get());
  return all;
}

Error take_legacy(Legacy* out) {
  const char* text = getenv(kVariable);
  if (!text) return Error::none();
  LegacyNumbers n;
  const bool right = parse_legacy(text, &n);
  unsetenv(kVariable);
  const char* const config = getenv(kConfigVariable);
  if (config) out->config = config;
  unsetenv(kConfigVariable);
  const std::vector<int> fds = all_of(n);
  bool open = right;
  for (size_t i = 0; open && i < fds.size(); ++i) open = is_open(fds[i]);
  if (!open) {
    return Error::make(tandem::kExitFailed, "%s is not right", kVariable);
  }
  for (size_t i = 0; i < fds.size(); ++i) {
    const Error e = tandem::set_cloexec(fds[i]);
    if (e) return e;
  }
  out->pidfile.reset(n.pidfile);
  if (n.link != 0) out->link.reset(n.link);
  if (n.errors != 0) out->errors.reset(n.errors);
  out->watcher_number = n.watcher_number;
  out->worker = static_cast<pid_t>(n.worker);
  out->watcher = static_cast<pid_t>(n.watcher);
  for (size_t i = 0; i < n.listeners.size(); ++i) {
    out->listeners.push_back(UniqueFd(n.listeners[i]));
  }
  return Error::none();
}

std::string own_path() {
  char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  return n > 0 && static_cast<size_t>(n) < sizeof path
             ? std::string(path, static_cast<size_t>(n))
             : std::string();
}

Error try_installed(const std::string& path, const std::string& config_path) {
  tandem::ChildWorld world;
  world.path = path;
  const char* const argv[] = {"splitfwd", "-t", "-c"};
  world.argv.assign(argv, argv + 3);
  world.argv.push_back(config_path);
  UniqueFd said_read, said_write;
  Error e = tandem::open_pipe(&said_read, &said_write);
  if (!e) e = tandem::set_nonblocking(said_read.get());
  if (e) return e;
  world.stderr_fd = said_write.get();
  tandem::Child child;
  e = tandem::Child::spawn(world, &child);
  if (e) return e;
  const uint64_t until_ms = tandem::clock_ms() + kTryMs;
  tandem::Outcome outcome;
  while (!child.try_reap(&outcome)) {
    if (tandem::clock_ms() >= until_ms) {
      child.kill_group(SIGKILL);
      outcome = child.reap();
      break;
    }
    tandem::sleep_ms(1);
  }
  if (outcome.ok()) return Error::none();
  char said[512];
  const ssize_t n = read(said_read.get(), said, sizeof said);
  std::string text(said, n > 0 ? static_cast<size_t>(n) : 0);
  text = text.substr(0, text.find('\n'));
  const std::string own = "splitfwd: ";  // what it begins its lines with
  if (tandem::starts_with(text, own.c_str())) text = text.substr(own.size());
  return text.empty() ? Error::make(tandem::kExitFailed, "%s -t: %s",
                                    path.c_str(), outcome.text().c_str())
                      : Error::make(tandem::kExitFailed, "%s", text.c_str());
}

Error become_installed(const std::string& path,
                       const std::string& config_path, bool foreground,
                       const LegacyNumbers& numbers,
                       const std::string& config) {
  const std::vector<int> fds = all_of(numbers);
  Error e;
  for (size_t i = 0; !e && i < fds.size(); ++i) e = keep_over_exec(fds[i]);
  if (!e && (setenv(kVariable, format_legacy(numbers).c_str(), 1) < 0 ||
             setenv(kConfigVariable, config.c_str(), 1) < 0)) {
    e = Error::from_errno("setenv");
  }
  if (!e) {
    const char* const argv[] = {"splitfwd", foreground ? "-Fc" : "-c",
                                config_path.c_str(), "start", nullptr};
    execv(path.c_str(), const_cast<char* const*>(argv));
    e = Error::from_errno("exec %s", path.c_str());
  }
  unsetenv(kVariable);
  unsetenv(kConfigVariable);
  for (size_t i = 0; i < fds.size(); ++i) {
    if (tandem::set_cloexec(fds[i])) continue;
  }
  return e;
}

}  // namespace splitfwd
