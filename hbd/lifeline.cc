// Beyond POSIX: FIONREAD on a pipe's write end, which on Linux tells how many
// bytes nobody has read yet.
#include "hbd/lifeline.h"

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
  p.ends_with = 0;
  p.until_ms = run.lifeline_until_ms;
  p.exited = p.kept = false;
  p.unread_limit = 0;
  p.drained_ms = now_ms;
  feed(now_ms, &p);
  for (size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].group == run.group && pipes_[i].resource == run.resource) {
      pipes_[i].ends_with = run.id;
    }
  }
  pipes_.push_back(std::move(p));
  *read_end = std::move(reader);
  return e;
}

void Lifelines::on_stop(const HookRun& run) {
  for (size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].group == run.group && pipes_[i].resource == run.resource) {
      pipes_[i].ends_with = run.id;
    }
  }
}

void Lifelines::on_exit(uint64_t now_ms, uint32_t hook_id) {
  for (size_t i = 0; i < pipes_.size(); ++i) {
    Pipe* p = &pipes_[i];
    if (p->ends_with == hook_id) {
      p->fd.reset();
    } else if (p->hook_id == hook_id && !p->exited) {
      p->exited = true;
      p->unread_limit = unread_bytes(p->fd.get());
      p->drained_ms = now_ms;
      feed(now_ms, p);
    }
  }
  forget_closed();
}

void Lifelines::write(uint64_t now_ms, size_t group, uint64_t until_ms) {
  for (size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].group != group || pipes_[i].ends_with != 0) continue;
    pipes_[i].until_ms = until_ms;
    feed(now_ms, &pipes_[i]);
  }
  forget_closed();
}

// One line into one pipe, and what its reader has shown of itself so far.
void Lifelines::feed(uint64_t now_ms, Pipe* p) {
  const std::string line = tandem::format("%" PRIu64 "\n", p->until_ms);
  const uint64_t unread = unread_bytes(p->fd.get());
  if (unread == 0) p->drained_ms = now_ms;
  if (p->exited && unread < p->unread_limit) p->kept = true;
  const ssize_t n = ::write(p->fd.get(), line.data(), line.size());
  const int write_errno = n < 0 ? errno : 0;
  if (n > 0) p->unread_limit += static_cast<uint64_t>(n);
  if (!p->exited) return;  // the hook itself reads, or nobody yet
  if (write_errno == EPIPE) {
    if (p->kept) report(p);
    p->fd.reset();
  } else if (p->kept && unread > line.size() &&
             now_ms - p->drained_ms > frozen_ms_) {
    report(p);
    p->fd.reset();
  } else if (write_errno != 0) {
    // Full, and never read: a daemon that inherited it.
    p->fd.reset();
  }
}

void Lifelines::report(Pipe* p) {
  tandem::log_warn("lifeline group=%zu resource=%zu broken: its keeper is "
                   "gone or frozen", p->group, p->resource);
  broken_.push_back(p->group);
}

void Lifelines::drop(size_t group) {
  for (size_t i = 0; i < pipes_.size(); ++i) {
    if (pipes_[i].group == group) pipes_[i].fd.reset();
  }
  forget_closed();
}

void Lifelines::forget_closed() {
  for (size_t i = pipes_.size(); i-- > 0;) {
    if (pipes_[i].fd.valid()) continue;
    for (size_t k = i; k + 1 < pipes_.size(); ++k) {
      pipes_[k] = std::move(pipes_[k + 1]);
    }
    pipes_.pop_back();
  }
}

std::vector<size_t> Lifelines::take_broken() {
  std::vector<size_t> out;
  out.swap(broken_);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace hbd
