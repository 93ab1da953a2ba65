// Checks by connecting, each with a deadline, as HAProxy's `check` does; what
// they make of a server is health.h's.
#include "splitfwd/tcpcheck.h"

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
    : health(s.rise, s.fall), talking(false), began_ms(0),
      due_ms(s.connects() ? 0 : kNever), passed(false) {
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
    if (p.fd.valid() && p.talking && set_->can_read(p.fd.get())) {
      ended = listen_to(i, now_ms);
    } else if (p.fd.valid() && !p.talking && set_->can_write(p.fd.get())) {
      int error = 0;
      socklen_t n = sizeof error;
      if (getsockopt(p.fd.get(), SOL_SOCKET, SO_ERROR, &error, &n) < 0) {
        error = errno;
      }
      ended = connected(i, error, now_ms);
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
  p.talking = false;
  p.mysql = MysqlCheck();
  const int error = tandem::begin_connect(s.address, &p.fd);
  if (error != 0) return fail(server, error, now_ms);
  p.due_ms = now_ms + std::min(s.timeout_check_ms, s.inter_ms);
  set_->want_write(p.fd.get(), true);
  return false;
}

bool TcpChecks::connected(size_t server, int error, uint64_t now_ms) {
  Probe& p = probes_[server];
  if (error != 0) return fail(server, error, now_ms);
  if (!config_.servers[server].check_mysql) {
    return end(server, true, "L4OK", "", now_ms);
  }
  // No client is behind it: LOCAL, or UNKNOWN.
  const std::string head =
      proxy_header(config_.servers[server].send_proxy, tandem::Address(),
                   tandem::Address());
  if (!head.empty() &&
      send(p.fd.get(), head.data(), head.size(), MSG_NOSIGNAL) < 0) {
    return fail(server, errno, now_ms);
  }
  p.talking = true;
  set_->want_write(p.fd.get(), false);
  set_->want_read(p.fd.get(), true);
  return false;
}

bool TcpChecks::listen_to(size_t server, uint64_t now_ms) {
  Probe& p = probes_[server];
  char buf[1024];
  const ssize_t n = recv(p.fd.get(), buf, sizeof buf, 0);
  if (n < 0 && tandem::would_block(errno)) return false;
  MysqlCheck::Step step = MysqlCheck::Step::Done;
  if (n > 0) step = p.mysql.feed(buf, static_cast<size_t>(n));
  else p.mysql.on_end();
  if (step == MysqlCheck::Step::Read) return false;
  if (step == MysqlCheck::Step::Send) {
    const std::string login =
        login_and_quit(config_.servers[server].check_user);
    if (send(p.fd.get(), login.data(), login.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(login.size())) {
      return false;
    }
    p.mysql.on_end();  // the first bytes of a connection always fit
  }
  const MysqlCheck& m = p.mysql;
  std::string text = m.status() == "L7OK" ? "" : " " + m.text();
  if (m.code() != 0) text = tandem::format(" %u", m.code()) + text;
  return end(server, m.up(), m.status(), text, now_ms);
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
    return end(server, false, "L4CON", std::string(" ") + strerror(error),
               now_ms);
  }
  return end(server, false, probes_[server].talking ? "L7TOUT" : "L4TOUT", "",
             now_ms);
}

bool TcpChecks::end(size_t server, bool up, const std::string& status,
                    const std::string& text, uint64_t now_ms) {
  Probe& p = probes_[server];
  p.health.on_result(up);
  p.passed = up;
  p.row.status = status;
  p.row.text = tandem::trim(text);
  p.row.code = p.talking && p.mysql.code() != 0 ? p.mysql.code() : kNone;
  p.row.duration_ms = now_ms - p.began_ms;
  p.last = status + text;
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
  if (!config_.servers[server].connects()) return;
  probes_[server].health.restore(up, streak);
}

void TcpChecks::pause(size_t server, bool paused) {
  Probe& p = probes_[server];
  if (!config_.servers[server].connects() || paused == (p.due_ms == kNever)) {
    return;
  }
  if (p.fd.valid()) set_->forget(p.fd.get());
  p.fd.reset();
  p.due_ms = paused ? kNever : 0;
}

}  // namespace splitfwd
