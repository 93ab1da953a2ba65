// Checks by connecting, each with a deadline, as HAProxy's `check` does; what
// they make of a server is health.h's.
#include "splitfwd/route/tcpcheck.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>

#include "lib/net.h"
#include "lib/text.h"
#include "lib/waitset.h"

namespace splitfwd {

using tandem::UniqueFd;
using tandem::kNever;

TcpChecks::Probe::Probe(const ServerConfig& s)
    : health(s.rise, s.fall), began_ms(0),
      due_ms(s.check_tcp ? 0 : kNever), passed(false) {
  row.status = "INI";
  row.rise = s.rise;
  row.fall = s.fall;
}

CheckRow TcpChecks::row(size_t server) const {
  CheckRow row = probes_[server].row;
  row.streak = probes_[server].health.streak();
  return row;
}

TcpChecks::TcpChecks(const Config& config, WaitSet* set)
    : config_(config), set_(set), shortage_limit_(1, 10000) {
  for (size_t i = 0; i < config.servers.size(); ++i) {
    probes_.push_back(Probe(config.servers[i]));
  }
}

std::vector<size_t> TcpChecks::turn(uint64_t now_ms) {
  std::vector<size_t> done;
  for (size_t i = 0; i < probes_.size(); ++i) {
    Probe& p = probes_[i];
    bool ended = false;
    if (p.fd.valid() && set_->can_write(p.fd.get())) {
      ended = connected(i, now_ms);
    } else if (now_ms >= p.due_ms) {
      ended = p.fd.valid() ? fail(i, ETIMEDOUT, now_ms) : begin(i, now_ms);
    }
    if (ended) done.push_back(i);
  }
  return done;
}

// True, here and below: it has ended.
bool TcpChecks::begin(size_t server, uint64_t now_ms) {
  Probe& p = probes_[server];
  const ServerConfig& s = config_.servers[server];
  p.began_ms = now_ms;
  const int error = tandem::begin_connect(
      s.address, s.sources.empty() ? nullptr : &s.sources[0], &p.fd);
  if (error != 0) return fail(server, error, now_ms);
  p.due_ms = now_ms + std::min(s.timeout_check_ms, s.inter_ms);
  set_->want_write(p.fd.get(), true);
  return false;
}

bool TcpChecks::connected(size_t server, uint64_t now_ms) {
  int error = 0;
  socklen_t n = sizeof error;
  if (getsockopt(probes_[server].fd.get(), SOL_SOCKET, SO_ERROR, &error,
                 &n) < 0) {
    error = errno;
  }
  if (error != 0) return fail(server, error, now_ms);
  return end(server, "L4OK", "", now_ms);
}

// No verdict: the server was not asked.
bool TcpChecks::put_off(size_t server, int error, uint64_t now_ms) {
  Probe& p = probes_[server];
  uint64_t dropped;
  if (shortage_limit_.allow(now_ms, &dropped)) {
    tandem::log_err("this host is short of something, and cannot check %s: %s",
                    config_.servers[server].name.c_str(), strerror(error));
  }
  p.row.status = "SOCKERR";
  p.row.text = strerror(error);
  p.row.code = kNone;
  p.row.duration_ms = now_ms - p.began_ms;
  p.passed = true;
  wait(server, now_ms);
  return p.health.known();
}

bool TcpChecks::fail(size_t server, int error, uint64_t now_ms) {
  if (tandem::is_our_shortage(error)) return put_off(server, error, now_ms);
  if (error != ETIMEDOUT) {
    return end(server, "L4CON", std::string(" ") + strerror(error), now_ms);
  }
  return end(server, "L4TOUT", "", now_ms);
}

bool TcpChecks::end(size_t server, const char* status,
                    const std::string& text, uint64_t now_ms) {
  Probe& p = probes_[server];
  const bool up = strcmp(status, "L4OK") == 0;
  p.health.on_result(up);
  p.passed = up;
  p.row.status = status;
  p.row.text = tandem::trim(text);
  p.row.code = kNone;
  p.row.duration_ms = now_ms - p.began_ms;
  p.last = std::string(status) + text;
  if (text.empty()) {
    p.last += tandem::format(" %s %" PRIu64 " ms", up ? "in" : "after",
                             now_ms - p.began_ms);
  }
  wait(server, now_ms);
  return true;
}

void TcpChecks::wait(size_t server, uint64_t now_ms) {
  Probe& p = probes_[server];
  const ServerConfig& s = config_.servers[server];
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

void TcpChecks::forgive(uint64_t late_ms) {
  for (size_t i = 0; i < probes_.size(); ++i) {
    if (probes_[i].fd.valid()) probes_[i].due_ms += late_ms;
  }
}

void TcpChecks::check_now() {
  for (size_t i = 0; i < probes_.size(); ++i) {
    if (probes_[i].due_ms != kNever && !probes_[i].fd.valid()) {
      probes_[i].due_ms = 0;
    }
  }
}

void TcpChecks::restore(size_t server, bool up, uint64_t streak) {
  if (!config_.servers[server].check_tcp) return;
  probes_[server].health.restore(up, streak);
}

void TcpChecks::pause(size_t server, bool paused) {
  Probe& p = probes_[server];
  if (!config_.servers[server].check_tcp || paused == (p.due_ms == kNever)) {
    return;
  }
  if (p.fd.valid()) set_->forget(p.fd.get());
  p.fd.reset();
  p.due_ms = paused ? kNever : 0;
}

}  // namespace splitfwd
