// What is shown of the router, and what the operator orders.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "lib/log.h"
#include "lib/text.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/route/router.h"

namespace splitfwd {

namespace {

const char* const kEvents[] = {"is ready again", "enters drain state",
                               "is going DOWN for maintenance"};

const char* phase_word(const RoutedSession& s) {
  if (s.in_threads) return "open";
  switch (s.phase) {
    case Phase::Waiting: return "waiting";
    case Phase::Connecting: return "connecting";
    case Phase::Open: return "open";
    case Phase::Goodbye: return "goodbye";
    case Phase::Ended: break;
  }
  return "ended";
}

}  // namespace

Snapshot Router::snapshot(uint64_t now_ms) const {
  Snapshot v =
      counters_.snapshot(balance_, sessions_.all(), queue_.sessions(), now_ms);
  v.node = node_;
  v.pid = static_cast<uint64_t>(getpid());
  v.started_s = static_cast<uint64_t>(time(nullptr)) - v.uptime_ms / 1000;
  v.descriptors_max = descriptors_max();
  v.log_dropped = end_log_.dropped() + tandem::log_lost();
  v.shortages = shortage_.count();
  v.stopping = drain_.is_on() && balance_.gate() == kNoServer;
  for (size_t i = 0; i < accept_set_.size(); ++i) {
    v.listens[i].closed = accept_set_.is_closed(i);
  }
  return v;
}

// Of those in other threads only what relay.h allows.
std::vector<SessionRow> Router::session_rows(uint64_t now_ms) const {
  std::vector<SessionRow> out;
  for (size_t i = 0; i < sessions_.size(); ++i) {
    const RoutedSession& s = *sessions_[i];
    const ListenConfig& l = config_.listens[s.listen];
    SessionRow row;
    row.id = s.id;
    row.client = s.peer.text();
    row.listen = l.name;
    if (s.server != kNoServer) row.server = config_.servers[s.server].name;
    row.phase = phase_word(s);
    row.age_ms = now_ms - s.accepted_ms;
    const uint64_t last_ms = std::max(s.client_ms, s.server_ms);
    row.idle_ms = now_ms > last_ms ? now_ms - last_ms : 0;
    uint64_t due_ms = s.wait_until_ms;
    if (s.in_threads || s.phase == Phase::Open) {
      due_ms = std::min(client_due_ms(l, s), server_due_ms(l, s));
    }
    if (due_ms != kNotReached) {
      row.expires_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    }
    row.in_bytes = s.pumps[kToServer].moved_bytes();
    row.out_bytes = s.pumps[kToClient].moved_bytes();
    out.push_back(row);
  }
  return out;
}

std::string Router::place_name(size_t listen, size_t server) const {
  return config_.listens[listen].name + "/" + config_.servers[server].name;
}

void Router::set_admin(size_t listen, size_t server, Admin admin,
                       uint64_t now_ms) {
  if (balance_.admin(listen, server) == admin) return;
  balance_.set_admin(listen, server, admin);
  changed_ = orders_changed_ = true;
  note_service(now_ms);
  tandem::log_info("Server %s %s. %zu sessions at this server stay.",
                   place_name(listen, server).c_str(),
                   kEvents[static_cast<size_t>(admin)],
                   balance_.sessions(listen, server));
}

void Router::set_weight(size_t listen, size_t server, unsigned weight,
                        uint64_t now_ms) {
  const unsigned before = balance_.weight(listen, server);
  if (before == weight) return;
  balance_.set_weight(listen, server, weight);
  changed_ = true;
  note_service(now_ms);
  tandem::log_info("Server %s has weight %u, had %u.",
                   place_name(listen, server).c_str(), weight, before);
}

void Router::close(size_t listen, bool closed) {
  if (!accept_set_.close(listen, closed)) return;
  tandem::log_info("Listener %s %s.", config_.listens[listen].name.c_str(),
                   closed ? "is closed, connects wait" : "is open again");
}

bool Router::take_orders_changed() {
  const bool changed = orders_changed_;
  orders_changed_ = false;
  return changed;
}

bool Router::in_maint(size_t server) const {
  bool used = false;
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    const std::vector<size_t>& mine = config_.listens[i].servers;
    if (std::find(mine.begin(), mine.end(), server) == mine.end()) continue;
    if (balance_.admin(i, server) != Admin::Maint) return false;
    used = true;
  }
  return used;
}

// True: whoever has it must be told.
bool Router::end_by_order(RoutedSession* s) {
  if (s->in_threads) {
    s->killed.store(true);
    return true;
  }
  relay_->end(s, 'K', s->when(), true);
  return false;
}

bool Router::shut_down(uint64_t id) {
  for (size_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i]->id != id) continue;
    if (end_by_order(sessions_[i])) threads_->ring_all();
    return true;
  }
  return false;
}

void Router::shut_down_all(size_t listen, size_t server) {
  bool ring = false;
  for (size_t i = 0; i < sessions_.size(); ++i) {
    RoutedSession* s = sessions_[i];
    if (s->listen != listen || s->server != server) continue;
    ring = end_by_order(s) || ring;
  }
  if (ring) threads_->ring_all();
}

}  // namespace splitfwd
