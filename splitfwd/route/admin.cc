// What is shown of the front, and what the operator orders. His orders go
// over to the next worker: a reload must not put a drained server to work.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "lib/log.h"
#include "lib/text.h"
#include "lib/words.h"
#include "splitfwd/relay/fdset.h"
#include "splitfwd/route/front.h"

namespace splitfwd {

namespace {

const char* const kWords[] = {"ready", "drain", "maint"};  // by Admin
const char* const kEvents[] = {"is ready again", "enters drain state",
                               "is going DOWN for maintenance"};
const char kOrder[] = "order";

const char* phase_word(const Session& s) {
  if (s.away) return "open";
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

Snapshot Front::snapshot(uint64_t now_ms) const {
  Snapshot v = tally_.snapshot(balance_, sessions_, queue_, now_ms);
  v.node = node_;
  v.pid = static_cast<uint64_t>(getpid());
  v.started_s = static_cast<uint64_t>(time(nullptr)) - v.uptime_ms / 1000;
  v.descriptors_max = descriptors_max();
  v.log_dropped = log_dropped_ + tandem::log_lost();
  v.shortages = host_shortages_;
  v.stopping = drain_.is_on() && balance_.gate() == kNoServer;
  for (size_t i = 0; i < closed_.size(); ++i) v.listens[i].closed = closed_[i];
  return v;
}

// Of those that are away only what worker.h allows.
std::vector<SessionRow> Front::session_rows(uint64_t now_ms) const {
  std::vector<SessionRow> out;
  for (size_t i = 0; i < sessions_.size(); ++i) {
    const Session& s = *sessions_[i];
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
    if (s.away || s.phase == Phase::Open) {
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

std::string Front::place_name(size_t listen, size_t server) const {
  return config_.listens[listen].name + "/" + config_.servers[server].name;
}

void Front::set_admin(size_t listen, size_t server, Admin admin,
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

void Front::set_weight(size_t listen, size_t server, unsigned weight,
                       uint64_t now_ms) {
  const unsigned before = balance_.weight(listen, server);
  if (before == weight) return;
  balance_.set_weight(listen, server, weight);
  changed_ = true;
  note_service(now_ms);
  tandem::log_info("Server %s has weight %u, had %u.",
                   place_name(listen, server).c_str(), weight, before);
}

void Front::close(size_t listen, bool closed) {
  if (closed_[listen] == closed) return;
  closed_[listen] = closed;
  tandem::log_info("Listener %s %s.", config_.listens[listen].name.c_str(),
                   closed ? "is closed, connects wait" : "is open again");
}

bool Front::take_orders_changed() {
  const bool changed = orders_changed_;
  orders_changed_ = false;
  return changed;
}

bool Front::in_maint(size_t server) const {
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
bool Front::end_by_order(Session* s) {
  if (s->away) {
    s->killed.store(true);
    return true;
  }
  lobby_->end(s, 'K', s->when(), true);
  return false;
}

bool Front::shut_down(uint64_t id) {
  for (size_t i = 0; i < sessions_.size(); ++i) {
    if (sessions_[i]->id != id) continue;
    if (end_by_order(sessions_[i].get())) pool_->ring_all();
    return true;
  }
  return false;
}

void Front::shut_down_all(size_t listen, size_t server) {
  bool ring = false;
  for (size_t i = 0; i < sessions_.size(); ++i) {
    Session* s = sessions_[i].get();
    if (s->listen != listen || s->server != server) continue;
    ring = end_by_order(s) || ring;
  }
  if (ring) pool_->ring_all();
}

// "order LISTEN SERVER admin=... weight=... initial=...", where one stands;
// "order LISTEN - closed=1".
std::vector<std::string> Front::orders() const {
  std::vector<std::string> out;
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    const std::vector<size_t>& mine = config_.listens[i].servers;
    if (closed_[i]) {
      out.push_back(std::string(kOrder) + " " + config_.listens[i].name +
                    " - closed=1");
    }
    for (size_t k = 0; k < mine.size(); ++k) {
      const Admin admin = balance_.admin(i, mine[k]);
      const unsigned weight = balance_.weight(i, mine[k]);
      const unsigned initial =
          static_cast<unsigned>(config_.servers[mine[k]].weight);
      if (admin == Admin::Ready && weight == initial) continue;
      std::string line = std::string(kOrder) + " " + config_.listens[i].name +
                         " " + config_.servers[mine[k]].name;
      tandem::append_word(&line, "admin", kWords[static_cast<size_t>(admin)]);
      if (weight != initial) {
        tandem::append_word(&line, "weight", uint64_t(weight));
        tandem::append_word(&line, "initial", uint64_t(initial));
      }
      out.push_back(line);
    }
  }
  return out;
}

// A weight only while the file says what it said then.
void Front::restore_order(const std::string& text) {
  const std::vector<std::string> line = tandem::split_words(text);
  tandem::Words words;
  if (line.size() < 4 || line[0] != kOrder ||
      !tandem::parse_words(line, 3, &words)) {
    return;
  }
  for (size_t i = 0; i < config_.listens.size(); ++i) {
    const std::vector<size_t>& mine = config_.listens[i].servers;
    if (config_.listens[i].name == line[1] && words["closed"] == "1") {
      closed_[i] = true;
    }
    for (size_t k = 0; k < mine.size(); ++k) {
      if (config_.listens[i].name != line[1] ||
          config_.servers[mine[k]].name != line[2]) {
        continue;
      }
      for (const Admin a : {Admin::Ready, Admin::Drain, Admin::Maint}) {
        if (words["admin"] != kWords[static_cast<size_t>(a)]) continue;
        balance_.set_admin(i, mine[k], a);
      }
      uint64_t weight, initial;
      if (tandem::take_number(&words, "weight", &weight) &&
          tandem::take_number(&words, "initial", &initial) &&
          weight <= kWeightMax && initial == config_.servers[mine[k]].weight) {
        balance_.set_weight(i, mine[k], static_cast<unsigned>(weight));
      }
    }
  }
  changed_ = orders_changed_ = true;
}

}  // namespace splitfwd
