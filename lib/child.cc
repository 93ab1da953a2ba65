// The one place that forks. Between fork and exec only calls that are safe
// there; a failed exec comes back over a pipe that a good one closes.
#include "lib/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/net.h"
#include "lib/text.h"

namespace tandem {

namespace {

std::vector<char*> c_strings(const std::vector<std::string>& words) {
  std::vector<char*> out;
  for (size_t i = 0; i < words.size(); ++i) {
    out.push_back(const_cast<char*>(words[i].c_str()));
  }
  out.push_back(nullptr);
  return out;
}

// After fork: only calls that are safe there.
void become_child(const ChildWorld& world, char* const* argv,
                  char* const* envp, int error_fd) {
  setpgid(0, 0);
  for (int s = 1; s < 65; ++s) signal(s, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  umask(022);
  bool ok = chdir("/") == 0;
  const int null_fd = open("/dev/null", O_RDWR);
  // Targets 0..2 may be sources themselves: copy all three up first.
  const int wanted[3] = {world.stdin_fd, world.stdout_fd, world.stderr_fd};
  int copies[3] = {-1, -1, -1};
  for (int i = 0; i < 3; ++i) {
    copies[i] = fcntl(wanted[i] < 0 ? null_fd : wanted[i], F_DUPFD, 3);
    ok = ok && copies[i] >= 0;
  }
  for (int i = 0; i < 3 && ok; ++i) ok = dup2(copies[i], i) == i;
  for (int i = 0; i < 3; ++i) close(copies[i]);
  if (null_fd > 2) close(null_fd);
  for (size_t i = 0; i < world.keep_fds.size() && ok; ++i) {
    ok = fcntl(world.keep_fds[i], F_SETFD, 0) == 0;
  }
  if (ok) execve(world.path.c_str(), argv, envp);
  const int e = errno;
  const ssize_t n = write(error_fd, &e, sizeof e);
  (void)n;
  _exit(127);
}

Outcome outcome_of(int status) {
  Outcome o;
  o.exited = WIFEXITED(status);
  o.code = o.exited ? WEXITSTATUS(status) : WTERMSIG(status);
  return o;
}

}  // namespace

std::string Outcome::text() const {
  return format(exited ? "exit %d" : "signal %d", code);
}

Child::Child(Child&& other)
    : pid_(other.pid_), started_ms_(other.started_ms_) {
  other.pid_ = -1;
}

Child& Child::operator=(Child&& other) {
  TANDEM_ASSERT(pid_ <= 0);
  pid_ = other.pid_;
  started_ms_ = other.started_ms_;
  other.pid_ = -1;
  return *this;
}

Child::~Child() { TANDEM_ASSERT(pid_ <= 0); }

Error Child::spawn(const ChildWorld& world, Child* out) {
  UniqueFd error_read, error_write;
  Error e = open_pipe(&error_read, &error_write);
  if (e) return e;
  const std::vector<char*> argv = c_strings(world.argv);
  const std::vector<char*> envp = c_strings(world.env);
  const pid_t pid = fork();
  if (pid < 0) return Error::from_errno("fork");
  if (pid == 0) {
    become_child(world, argv.data(), envp.data(), error_write.get());
  }
  setpgid(pid, pid);  // both sides do it: no race for kill_group()
  error_write.reset();
  int child_errno = 0;
  ssize_t n;
  do {
    n = read(error_read.get(), &child_errno, sizeof child_errno);
  } while (n < 0 && errno == EINTR);
  if (n == static_cast<ssize_t>(sizeof child_errno)) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    errno = child_errno;
    return Error::from_errno("exec %s", world.path.c_str());
  }
  Child child;
  child.pid_ = pid;
  child.started_ms_ = clock_ms();
  *out = std::move(child);
  return Error::none();
}

Error Child::spawn_piped(ChildWorld world, UniqueFd* out, UniqueFd* err,
                         Child* child) {
  UniqueFd out_end, err_end;
  Error e = open_pipe(out, &out_end);
  if (!e) e = open_pipe(err, &err_end);
  if (!e) e = set_nonblocking(out->get());
  if (!e) e = set_nonblocking(err->get());
  if (e) return e;
  world.stdout_fd = out_end.get();
  world.stderr_fd = err_end.get();
  return spawn(world, child);
}

Error Child::fork_self(Child* out, bool* child) {
  const pid_t pid = fork();
  if (pid < 0) return Error::from_errno("fork");
  *child = pid == 0;
  if (*child) return Error::none();
  Child c;
  c.pid_ = pid;
  c.started_ms_ = clock_ms();
  *out = std::move(c);
  return Error::none();
}

Child Child::inherited(pid_t pid) {
  Child c;
  c.pid_ = pid;
  c.started_ms_ = clock_ms();
  return c;
}

void Child::kill_group(int signo) const {
  if (pid_ > 0) kill(-pid_, signo);
}

bool Child::try_reap(Outcome* outcome) {
  TANDEM_ASSERT(pid_ > 0);
  int status;
  const pid_t got = waitpid(pid_, &status, WNOHANG);
  if (got == 0 || (got < 0 && errno == EINTR)) return false;
  TANDEM_ASSERT(got == pid_);
  pid_ = -1;
  *outcome = outcome_of(status);
  return true;
}

Outcome Child::reap() {
  TANDEM_ASSERT(pid_ > 0);
  int status;
  pid_t got;
  do {
    got = waitpid(pid_, &status, 0);
  } while (got < 0 && errno == EINTR);
  TANDEM_ASSERT(got == pid_);
  pid_ = -1;
  return outcome_of(status);
}

Error daemonize(UniqueFd* ready) {
  UniqueFd read_end, write_end;
  Error e = open_pipe(&read_end, &write_end);
  if (e) return e;
  const pid_t pid = fork();
  if (pid < 0) return Error::from_errno("fork");
  if (pid > 0) {
    write_end.reset();
    char byte;
    ssize_t n;
    do {
      n = read(read_end.get(), &byte, 1);
    } while (n < 0 && errno == EINTR);
    if (n == 1) _exit(kExitOk);
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status)
                                                        : kExitFailed);
  }
  setsid();
  if (chdir("/") < 0) return Error::from_errno("chdir /");
  const int null_fd = open("/dev/null", O_RDWR);
  if (null_fd < 0) return Error::from_errno("/dev/null");
  if (dup2(null_fd, 0) < 0 || dup2(null_fd, 1) < 0) {
    return Error::from_errno("dup2");
  }
  if (null_fd > 2) close(null_fd);
  *ready = std::move(write_end);
  return Error::none();
}

void daemon_ready(UniqueFd* ready) {
  if (!ready->valid()) return;
  const char byte = 1;
  const ssize_t n = write(ready->get(), &byte, 1);
  (void)n;  // the parent was killed: nobody waits
  ready->reset();
  const int null_fd = open("/dev/null", O_RDWR);
  if (null_fd >= 0) {
    dup2(null_fd, 2);
    if (null_fd > 2) close(null_fd);
  }
}

}  // namespace tandem
