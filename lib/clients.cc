// Bytes in and out of a client, none of which is waited for. What they mean is
// its owner's; so is how long it may stay.
#include "lib/clients.h"

#include <errno.h>
#include <sys/socket.h>

#include "lib/net.h"

namespace tandem {

namespace {

const uint64_t kPauseMs = 100;

}  // namespace

bool Client::take_line(std::string* line) {
  const size_t end = in.find('\n');
  if (end == std::string::npos && (!ended || in.empty())) return false;
  line->assign(in, 0, end);
  in.erase(0, end == std::string::npos ? end : end + 1);
  return true;
}

bool Client::read_some() {
  char buf[4096];
  const ssize_t n = recv(fd.get(), buf, sizeof buf, 0);
  if (n < 0) return would_block(errno);
  ended = n == 0;
  moved = moved || n > 0;
  in.append(buf, static_cast<size_t>(n));
  return in.size() <= kClientBytesMax;
}

bool Client::write_some() {
  if (out.empty()) return true;
  const ssize_t n = send(fd.get(), out.data(), out.size(), MSG_NOSIGNAL);
  if (n < 0) return would_block(errno);
  moved = moved || n > 0;
  out.erase(0, static_cast<size_t>(n));
  return true;
}

void ClientListener::want(WaitSet* set) const {
  if (fd_.valid()) set->want_read(fd_.get(), again_at_ms_ == kNever);
}

UniqueFd ClientListener::accept(const WaitSet& set, uint64_t now_ms) {
  UniqueFd fd;
  if (now_ms >= again_at_ms_) again_at_ms_ = kNever;
  if (!set.can_read(fd_.get())) return fd;
  const Error e = accept_socket(fd_.get(), &fd);
  if (!e) return fd;
  again_at_ms_ = now_ms + kPauseMs;
  uint64_t unlogged;
  if (limit_.allow(now_ms, &unlogged)) {
    log_warn("%s: %s", name_, e.c_str());
  }
  return UniqueFd();
}

}  // namespace tandem
