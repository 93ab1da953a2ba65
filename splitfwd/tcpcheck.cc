#include "splitfwd/tcpcheck.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "lib/net.h"
#include "lib/select.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::UniqueFd;
using tandem::kNever;

TcpChecks::Probe::Probe(const ServerConfig& s)
    : health(s.rise, s.fall), began_ms(0), due_ms(s.check_tcp ? 0 : kNever) {}

TcpChecks::TcpChecks(const Config& config, WaitSet* set)
    : config_(config), set_(set) {
  for (size_t i = 0; i < config.servers.size(); ++i) {
    probes_.push_back(Probe(config.servers[i]));
  }
}

std::vector<size_t> TcpChecks::turn(uint64_t now_ms) {
  std::vector<size_t> done;
  for (size_t i = 0; i < probes_.size(); ++i) {
    Probe& p = probes_[i];
    if (p.fd.valid() && set_->can_write(p.fd.get())) {
      int error = 0;
      socklen_t n = sizeof error;
      if (getsockopt(p.fd.get(), SOL_SOCKET, SO_ERROR, &error, &n) < 0) {
        error = errno;
      }
      finish(i, error, now_ms);
      done.push_back(i);
    } else if (now_ms >= p.due_ms && p.fd.valid()) {
      finish(i, ETIMEDOUT, now_ms);
      done.push_back(i);
    } else if (now_ms >= p.due_ms && begin(i, now_ms)) {
      done.push_back(i);
    }
  }
  return done;
}

// True: it ended at once.
bool TcpChecks::begin(size_t server, uint64_t now_ms) {
  Probe& p = probes_[server];
  const ServerConfig& s = config_.servers[server];
  struct sockaddr_storage addr;
  const socklen_t n = s.address.fill(&addr);
  p.began_ms = now_ms;
  if (tandem::open_socket(s.address.family, SOCK_STREAM, 0, &p.fd)) {
    finish(server, errno, now_ms);
    return true;
  }
  int error = 0;
  if (!set_->fits(p.fd.get())) {
    error = EMFILE;
  } else if (connect(p.fd.get(), reinterpret_cast<struct sockaddr*>(&addr),
                     n) < 0 &&
             errno != EINTR) {
    error = errno;
  }
  if (error != EINPROGRESS) {
    finish(server, error, now_ms);
    return true;
  }
  set_->want_write(p.fd.get(), true);
  p.due_ms = now_ms + std::min(s.timeout_check_ms, s.inter_ms);
  return false;
}

void TcpChecks::finish(size_t server, int error, uint64_t now_ms) {
  Probe& p = probes_[server];
  const ServerConfig& s = config_.servers[server];
  const uint64_t took_ms = now_ms - p.began_ms;
  p.health.on_result(error == 0);
  if (error == 0) {
    p.last = tandem::format("L4OK in %" PRIu64 " ms", took_ms);
  } else if (error == ETIMEDOUT) {
    p.last = tandem::format("L4TOUT after %" PRIu64 " ms", took_ms);
  } else {
    p.last = std::string("L4CON ") + strerror(error);
  }
  if (p.fd.valid()) set_->forget(p.fd.get());
  p.fd.reset();
  const uint64_t pause_ms =
      p.health.pause_ms(s.inter_ms, s.fastinter_ms, s.downinter_ms);
  // From begin to begin, but never at once.
  p.due_ms = std::max(p.began_ms + pause_ms, now_ms + 1);
}

uint64_t TcpChecks::next_due_ms() const {
  uint64_t due_ms = kNever;
  for (size_t i = 0; i < probes_.size(); ++i) {
    due_ms = std::min(due_ms, probes_[i].due_ms);
  }
  return due_ms;
}

void TcpChecks::check_now() {
  for (size_t i = 0; i < probes_.size(); ++i) {
    if (probes_[i].due_ms != kNever && !probes_[i].fd.valid()) {
      probes_[i].due_ms = 0;
    }
  }
}

}  // namespace splitfwd
