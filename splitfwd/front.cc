// See front.h. A client for whom there is no server yet is held open, so that
// the clients of a failover wait for the new primary instead of failing; one
// that waited in vain gets a MySQL error packet.
#include "splitfwd/front.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/net.h"
#include "lib/select.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;
using tandem::format;
using tandem::kNever;

namespace {

const int kBacklog = 1024;
const int kAcceptsPerTurn = 16;
const uint64_t kAcceptPauseMs = 100;
// Between two rounds over servers that all failed.
const uint64_t kRetryFirstMs = 50;
const uint64_t kRetryMaxMs = 1000;

std::vector<Balance::Server> limits_of(const Config& config) {
  std::vector<Balance::Server> out(config.servers.size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].sessions_max = static_cast<size_t>(config.servers[i].maxconn);
  }
  return out;
}

std::vector<Balance::Listen> rounds_of(const Config& config) {
  std::vector<Balance::Listen> out(config.listens.size());
  for (size_t i = 0; i < out.size(); ++i) {
    out[i].send_to = config.listens[i].send_to;
    out[i].servers = config.listens[i].servers;
  }
  return out;
}

void set_flag(int fd, int level, int name) {
  const int on = 1;
  setsockopt(fd, level, name, &on, sizeof on);  // a loss of speed at worst
}

Error listen_on(const ListenConfig& l, UniqueFd* out) {
  struct sockaddr_storage addr;
  const socklen_t n = l.bind.fill(&addr);
  UniqueFd fd;
  Error e = tandem::open_socket(l.bind.family, SOCK_STREAM, 0, &fd);
  if (e) return e;
  set_flag(fd.get(), SOL_SOCKET, SO_REUSEADDR);
  if (l.bind.family == AF_INET6) {
    set_flag(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY);
  }
  if (bind(fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n) < 0 ||
      listen(fd.get(), kBacklog) < 0) {
    return Error::from_errno("listen %s: bind %s", l.name.c_str(),
                             l.bind.text().c_str());
  }
  *out = std::move(fd);
  return e;
}

tandem::Address peer_of(int fd) {
  struct sockaddr_storage addr;
  socklen_t n = sizeof addr;
  if (getpeername(fd, reinterpret_cast<struct sockaddr*>(&addr), &n) < 0) {
    return tandem::Address();
  }
  return tandem::Address::from_sockaddr(addr);
}

}  // namespace

Front::Front(const Config& config, WaitSet* set, Worker* worker)
    : config_(config), set_(set), worker_(worker),
      balance_(limits_of(config), rounds_of(config)),
      queues_(config.listens.size()),
      session_counts_(config.listens.size(), 0),
      primary_counts_(config.listens.size(), 0), changed_(false),
      accept_again_ms_(kNever), end_limit_(1000, 1000),
      trouble_limit_(5, 1000) {}

Error Front::open_listeners() {
  std::vector<UniqueFd> opened;
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    UniqueFd fd;
    Error e = listen_on(config_.listens[i], &fd);
    if (e) return e;
    opened.push_back(std::move(fd));
  }
  listeners_.swap(opened);
  return Error::none();
}

void Front::close_listeners() {
  for (size_t i = 0; i < listeners_.size(); ++i) {
    if (listeners_[i].valid()) set_->forget(listeners_[i].get());
  }
  listeners_.clear();
}

bool Front::has_room(size_t listen) const {
  return worker_->session_count() < config_.maxconn &&
         session_counts_[listen] < config_.listens[listen].maxconn;
}

void Front::want(uint64_t now_ms) {
  const bool paused = accept_again_ms_ != kNever && now_ms < accept_again_ms_;
  if (!paused) accept_again_ms_ = kNever;
  for (size_t i = 0; i < listeners_.size(); ++i) {
    set_->want_read(listeners_[i].get(), !paused && has_room(i));
  }
}

void Front::turn(uint64_t now_ms) {
  const std::vector<Session*> late = worker_->take_late();
  for (size_t i = 0; i < late.size(); ++i) on_late(late[i], now_ms);
  const std::vector<Session*> lost = worker_->take_lost();
  for (size_t i = 0; i < lost.size(); ++i) on_lost(lost[i], now_ms);
  bury(now_ms);
  for (size_t i = 0; i < listeners_.size(); ++i) {
    if (set_->can_read(listeners_[i].get())) accept_some(i, now_ms);
  }
  for (size_t i = 0; i < queues_.size(); ++i) {
    if (changed_) {
      for (size_t k = 0; k < queues_[i].size(); ++k) {
        queues_[i][k]->tried = 0;
        queues_[i][k]->retry_at_ms = kNotReached;
      }
    }
    serve(i, now_ms);
  }
  changed_ = false;
  bury(now_ms);
}

void Front::accept_some(size_t listen, uint64_t now_ms) {
  for (int i = 0; i < kAcceptsPerTurn && has_room(listen); ++i) {
    UniqueFd fd;
    const Error e = tandem::accept_socket(listeners_[listen].get(), &fd);
    if (!e && !fd.valid()) return;
    if (e || !set_->fits(fd.get())) {
      uint64_t dropped;
      accept_again_ms_ = now_ms + kAcceptPauseMs;
      if (trouble_limit_.allow(now_ms, &dropped)) {
        tandem::log_err("listen %s: %s", config_.listens[listen].name.c_str(),
                        e ? e.c_str() : "out of descriptors");
      }
      return;
    }
    set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    SessionPtr session(new Session(listen, std::move(fd), now_ms));
    session->peer = peer_of(session->client.get());
    session->wait_until_ms =
        now_ms + config_.listens[listen].timeout_connect_ms;
    ++session_counts_[listen];
    Session* s = worker_->adopt(std::move(session));
    worker_->wake_at(s->wait_until_ms);
    queues_[listen].push_back(s);
  }
}

// Gives servers to those who wait, oldest first.
void Front::serve(size_t listen, uint64_t now_ms) {
  std::deque<Session*>& queue = queues_[listen];
  for (size_t i = 0; i < queue.size();) {
    Session* s = queue[i];
    size_t server = kNoServer;
    if (s->retry_at_ms != kNotReached) {  // a pause; on_late() ends it
      ++i;
      continue;
    }
    switch (balance_.pick(listen, s->tried, &server)) {
      case Balance::Verdict::Chosen:
        if (connect_to(s, server, now_ms)) {
          queue.erase(queue.begin() + static_cast<std::ptrdiff_t>(i));
        }
        break;  // or the same one again, with one more server tried
      case Balance::Verdict::Full:
        if (s->tried == 0) return;  // nor is there room for the others
        ++i;
        break;
      case Balance::Verdict::Tried: {
        const unsigned doublings = std::min(s->attempts, 10u);
        s->retry_at_ms =
            now_ms + std::min(kRetryFirstMs << doublings, kRetryMaxMs);
        s->tried = 0;
        worker_->wake_at(s->retry_at_ms);
        ++i;
        break;
      }
      case Balance::Verdict::Nobody: return;
    }
  }
}

// False: it failed at once, the server is in s->tried.
bool Front::connect_to(Session* s, size_t server, uint64_t now_ms) {
  const tandem::Address& address = config_.servers[server].address;
  struct sockaddr_storage addr;
  const socklen_t n = address.fill(&addr);
  UniqueFd fd;
  Error e = tandem::open_socket(address.family, SOCK_STREAM, 0, &fd);
  if (!e && !set_->fits(fd.get())) {
    e = Error::make(tandem::kExitFailed, "out of descriptors");
  }
  if (!e) {
    set_flag(fd.get(), IPPROTO_TCP, TCP_NODELAY);
    const int rc = connect(
        fd.get(), reinterpret_cast<struct sockaddr*>(&addr), n);
    if (rc < 0 && errno != EINPROGRESS && errno != EINTR) {
      e = Error::from_errno("connect %s", address.text().c_str());
    }
  }
  if (s->chosen_ms != kNotReached && s->first_server != server) {
    s->redispatched = true;
  }
  if (s->chosen_ms == kNotReached) s->first_server = server;
  s->chosen_ms = now_ms;
  if (e) {
    s->tried |= ServerMask(1) << server;
    ++s->attempts;
    return false;
  }
  balance_.take(server);
  s->server = server;
  worker_->attach(s, std::move(fd), now_ms);
  return true;
}

void Front::leave_server(Session* s) {
  if (s->server == kNoServer) return;
  balance_.release(s->server);
  s->server = kNoServer;
}

// Its server refused, or was lost before a byte: to the head of the queue.
void Front::on_lost(Session* s, uint64_t now_ms) {
  if (s->phase != Phase::Waiting || s->server == kNoServer) return;
  s->tried |= ServerMask(1) << s->server;
  ++s->attempts;
  leave_server(s);
  if (now_ms >= s->wait_until_ms) return refuse(s, now_ms);
  s->retry_at_ms = kNotReached;
  worker_->wake_at(s->wait_until_ms);
  queues_[s->listen].push_front(s);
}

void Front::on_late(Session* s, uint64_t now_ms) {
  if (s->phase == Phase::Waiting) {
    if (now_ms >= s->wait_until_ms) return refuse(s, now_ms);
    s->retry_at_ms = kNotReached;  // the pause is over
    worker_->wake_at(s->wait_until_ms);
    return;
  }
  if (s->phase != Phase::Connecting) return;
  if (now_ms >= s->wait_until_ms) {
    worker_->detach(s);
    leave_server(s);
    return refuse(s, now_ms);
  }
  // Slow: another server if there is one, else on with this one.
  const ServerMask tried = s->tried | (ServerMask(1) << s->server);
  size_t other = kNoServer;
  if (balance_.pick(s->listen, tried, &other) != Balance::Verdict::Chosen) {
    s->connect_due_ms = now_ms + kConnectTryMs;
    return worker_->wake_at(std::min(s->connect_due_ms, s->wait_until_ms));
  }
  worker_->detach(s);
  s->tried = tried;
  ++s->attempts;
  leave_server(s);
  if (!connect_to(s, other, now_ms)) queues_[s->listen].push_front(s);
}

// It waited in vain.
void Front::refuse(Session* s, uint64_t now_ms) {
  std::deque<Session*>& queue = queues_[s->listen];
  queue.erase(std::remove(queue.begin(), queue.end(), s), queue.end());
  size_t position;
  const bool full = balance_.look(s->listen, 0, &position) ==
                    Balance::Verdict::Full;
  s->end_who = s->attempts > 0 ? 'S' : 's';
  s->end_when = s->attempts > 0 ? 'C' : 'Q';
  worker_->say_goodbye(
      s, error_packet(full ? "splitfwd: too many connections to the servers"
                           : "splitfwd: no server available"), now_ms);
}

void Front::on_reports(const std::vector<Report>& reports, uint64_t now_ms) {
  bool changed = false;
  for (size_t i = 0; i < reports.size(); ++i) {
    if (on_report(reports[i], now_ms)) changed = true;
  }
  if (!changed) return;
  changed_ = true;
  // Only now, when all that is known is known, is a second primary one.
  for (size_t i = 0; i < config_.servers.size(); ++i) cut(i, now_ms);
  note_listeners();
}

bool Front::on_report(const Report& report, uint64_t now_ms) {
  const ServerState before = balance_.state(report.server);
  if (!balance_.set_state(report.server, report.state)) return false;
  // A role that is lost and back in the next line is lost all the same.
  const bool lost = (before.up && !report.state.up) ||
                    (before.primary && !report.state.primary &&
                     !report.state.unsaid);
  const size_t sessions = lost ? cut(report.server, now_ms) : 0;
  size_t up = 0;
  for (size_t i = 0; i < config_.servers.size(); ++i) {
    if (balance_.state(i).up) ++up;
  }
  const char* name = config_.servers[report.server].name.c_str();
  const std::string left =
      format("%zu of %zu servers up, %zu sessions cut", up,
             config_.servers.size(), sessions);
  if (!report.state.up) {
    tandem::log_warn("Server %s is DOWN, reason: %s. %s.", name,
                     report.reason.c_str(), left.c_str());
    return true;
  }
  const bool turned = before.up && before.primary != report.state.primary &&
                      !report.role.empty();
  tandem::log_info("Server %s is UP%s, role: %s%s. %s.", name,
                   turned ? ", changed role" : "",
                   report.role.empty() ? "not said" : report.role.c_str(),
                   report.state.rank > 0 ? ", not to be read from" : "",
                   left.c_str());
  return true;
}

// Ends, at once and by reset, the server's sessions that may not stay there.
// Those through which nothing went yet only wait again.
size_t Front::cut(size_t server, uint64_t now_ms) {
  size_t n = 0;
  for (size_t i = worker_->session_count(); i-- > 0;) {
    Session* s = worker_->session(i);
    if (s->server != server || balance_.may_stay(s->listen, server)) continue;
    if (s->phase == Phase::Waiting) continue;  // on its way to on_lost()
    if (!s->untouched()) {
      ++n;
      worker_->end(s, 'D', 'D', true);
      continue;
    }
    worker_->detach(s);
    leave_server(s);
    s->wait_until_ms =
        std::max(s->wait_until_ms,
                 now_ms + config_.listens[s->listen].timeout_connect_ms);
    s->retry_at_ms = kNotReached;
    worker_->wake_at(s->wait_until_ms);
    queues_[s->listen].push_back(s);
  }
  return n;
}

void Front::note_listeners() {
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    if (config_.listens[i].send_to != SendTo::Primary) continue;
    const size_t n = balance_.primary_count(i);
    if (n == primary_counts_[i]) continue;
    const char* name = config_.listens[i].name.c_str();
    if (n > 1) {
      tandem::log_err("Listener %s: %zu servers say that they are the "
                      "primary; sending to none of them", name, n);
    } else if (n == 0) {
      tandem::log_warn("Listener %s has no primary", name);
    } else {
      tandem::log_info("Listener %s has its primary", name);
    }
    primary_counts_[i] = n;
  }
}

void Front::bury(uint64_t now_ms) {
  const std::vector<SessionPtr> ended = worker_->take_ended();
  for (size_t i = 0; i < ended.size(); ++i) {
    Session* s = ended[i].get();
    std::deque<Session*>& queue = queues_[s->listen];
    if (s->server == kNoServer) {
      queue.erase(std::remove(queue.begin(), queue.end(), s), queue.end());
    }
    log_end(*s, now_ms);
    leave_server(s);
    --session_counts_[s->listen];
  }
}

void Front::log_end(const Session& s, uint64_t now_ms) {
  uint64_t dropped;
  if (!end_limit_.allow(now_ms, &dropped)) return;
  if (dropped > 0) {
    tandem::log_info("%" PRIu64 " lines about sessions were dropped", dropped);
  }
  EndCounts counts;
  counts.sessions = worker_->session_count();
  counts.on_listen = session_counts_[s.listen] - 1;
  counts.queued = queues_[s.listen].size();
  std::string server;
  if (s.server != kNoServer) {
    server = config_.servers[s.server].name;
    counts.on_server = balance_.sessions(s.server) - 1;
  }
  tandem::log_info("%s", end_line(s, config_.listens[s.listen].name, server,
                                  counts, now_ms).c_str());
}

void Front::stop(uint64_t now_ms) {
  close_listeners();
  while (worker_->session_count() > 0) {
    worker_->end(worker_->session(worker_->session_count() - 1), 'K', 'D',
                 true);
  }
  bury(now_ms);
}

}  // namespace splitfwd
