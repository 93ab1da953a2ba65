// Beyond POSIX: FIONREAD on a pipe's write end, which on Linux tells how many
// bytes nobody has read yet.
#include "hbd/hook/lifeline.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;

namespace {

uint64_t unread_bytes(int fd) {
  int n = 0;
  return ioctl(fd, FIONREAD, &n) < 0 || n < 0 ? 0 : static_cast<uint64_t>(n);
}

}  // namespace

Error Lifelines::open(uint64_t now_ms, const HookRun& run,
                      tandem::UniqueFd* read_end) {
  Pipe p;
  tandem::UniqueFd reader;
  Error e = tandem::open_pipe(&reader, &p.fd);
  if (!e) e = tandem::set_nonblocking(p.fd.get());
  if (e) return e;
  p.group = run.group;
  p.resource = run.resource;
  p.hook_id = run.id;
  p.until_ms = run.lifeline_until_ms;
  p.drained_ms = now_ms;
  feed(now_ms, &p);
  on_stop(run);  // of the older one: this hook ends it
  pipes_.push_back(std::move(p));
  *read_end = std::move(reader);
  return e;
}

void Lifelines::on_stop(const HookRun& run) {
  for (Pipe& p : pipes_) {
    if (p.group == run.group && p.resource == run.resource) {
      p.ends_with = run.id;
    }
  }
}

void Lifelines::on_exit(uint64_t now_ms, uint32_t hook_id, bool ok) {
  for (Pipe& p : pipes_) {
    if (p.ends_with == hook_id) {
      p.fd.reset();
    } else if (p.hook_id == hook_id && !p.exited) {
      const uint64_t unread = unread_bytes(p.fd.get());
      p.exited = true;
      // The keeper may be dead by now: who has read has left one.
      p.kept = ok && unread < p.unread_limit;
      p.unread_limit = unread;
      p.drained_ms = now_ms;
      feed(now_ms, &p);
    }
  }
  forget_closed();
}

void Lifelines::write(uint64_t now_ms, size_t group, uint64_t until_ms,
                      bool hold) {
  for (Pipe& p : pipes_) {
    if (p.group != group || p.ends_with != 0) continue;
    p.until_ms = until_ms;
    p.hold = hold;
    feed(now_ms, &p);
  }
  forget_closed();
}

// One line into one pipe, and what its reader has shown of itself so far.
void Lifelines::feed(uint64_t now_ms, Pipe* p) {
  const std::string line =
      tandem::format("%s%" PRIu64 "\n", p->hold ? "hold " : "", p->until_ms);
  const uint64_t unread = unread_bytes(p->fd.get());
  if (unread == 0) p->drained_ms = now_ms;
  if (p->exited && unread < p->unread_limit) p->kept = true;
  const ssize_t n = ::write(p->fd.get(), line.data(), line.size());
  const int write_errno = n < 0 ? errno : 0;
  if (n > 0) p->unread_limit += static_cast<uint64_t>(n);
  if (!p->exited) return;  // the hook itself reads, or nobody yet
  const bool frozen = unread > line.size() &&
                      now_ms - p->drained_ms > frozen_ms_;
  if (p->kept && (write_errno == EPIPE || frozen)) {
    tandem::log_warn("lifeline group=%zu resource=%zu broken: its keeper is "
                     "gone or frozen", p->group, p->resource);
    broken_.push_back(p->group);
    p->fd.reset();
  } else if (write_errno != 0) {
    // Full, and never read: a daemon that inherited it.
    p->fd.reset();
  }
}

void Lifelines::drop(size_t group) {
  for (Pipe& p : pipes_) {
    if (p.group == group) p.fd.reset();
  }
  forget_closed();
}

void Lifelines::forget_closed() {
  pipes_.erase(std::remove_if(pipes_.begin(), pipes_.end(),
                              [](const Pipe& p) { return !p.fd.valid(); }),
               pipes_.end());
}

std::vector<size_t> Lifelines::take_broken() {
  std::vector<size_t> out;
  out.swap(broken_);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace hbd
