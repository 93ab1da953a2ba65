#include "splitfwd/route/counters.h"

#include <algorithm>

#include "lib/text.h"
#include "lib/words.h"

namespace splitfwd {

using tandem::Words;
using tandem::append_word;
using tandem::take_number;

namespace {

// What lasts; how many there are now is counted from the sessions.
const struct {
  const char* key;
  uint64_t Flow::*field;
} kKept[] = {
    {"total", &Flow::total},
    {"max", &Flow::max},
    {"in", &Flow::in_bytes},
    {"out", &Flow::out_bytes},
    {"queued-max", &Flow::queued_max},
    {"denied", &Flow::denied},
    {"failed", &Flow::refused},
    {"connects", &Flow::connects},
    {"connect-errors", &Flow::connect_errors},
    {"retries", &Flow::retries},
    {"redispatches", &Flow::redispatches},
    {"client-aborts", &Flow::client_aborts},
    {"server-aborts", &Flow::server_aborts},
};
const struct {
  const char* key;
  Average Count::*field;
  uint64_t Flow::*value;
  uint64_t Flow::*max;
} kAverages[] = {
    {"queue-ms", &Count::queue_ms, &Flow::queue_ms, &Flow::queue_max_ms},
    {"connect-ms", &Count::connect_ms, &Flow::connect_ms,
     &Flow::connect_max_ms},
    {"total-ms", &Count::total_ms, &Flow::total_ms, &Flow::total_max_ms},
};

std::string line_of(const char* kind, const Count& c) {
  std::string line = kind;
  for (const auto& k : kKept) {
    if (c.sums.*k.field > 0) append_word(&line, k.key, c.sums.*k.field);
  }
  append_word(&line, "rate-max", c.rate.max());
  if (c.last_at_ms != kNone) append_word(&line, "last", c.last_at_ms);
  for (const auto& a : kAverages) {
    const std::string key = a.key;
    const Average& average = c.*a.field;
    append_word(&line, key.c_str(), average.value());
    append_word(&line, (key + "-of").c_str(), average.count());
    append_word(&line, (key + "-max").c_str(), average.max());
  }
  return line;
}

void take_count(Words* words, Count* c) {
  uint64_t n, count, max;
  for (const auto& k : kKept) {
    if (take_number(words, k.key, &n)) c->sums.*k.field = n;
  }
  if (take_number(words, "rate-max", &n)) c->rate.restore_max(n);
  if (take_number(words, "last", &n)) c->last_at_ms = n;
  for (const auto& a : kAverages) {
    const std::string key = a.key;
    if (take_number(words, key, &n) &&
        take_number(words, key + "-of", &count) &&
        take_number(words, key + "-max", &max)) {
      (c->*a.field).restore(n, count, max);
    }
  }
}

void append_state(const UpDown& u, std::string* line) {
  if (!u.known) return;
  append_word(line, "up", static_cast<uint64_t>(u.up));
  append_word(line, "changed", u.changed_ms);
  append_word(line, "down-ms", u.down_ms);
  append_word(line, "downs", u.downs);
}

// As it was there, and what has become of it since.
void take_state(Words* words, uint64_t now_ms, UpDown* u) {
  UpDown before(now_ms);
  uint64_t up;
  if (!take_number(words, "up", &up) ||
      !take_number(words, "changed", &before.changed_ms) ||
      !take_number(words, "down-ms", &before.down_ms) ||
      !take_number(words, "downs", &before.downs)) {
    return;
  }
  before.known = true;
  before.up = up == 1;
  before.changed_ms = std::min(before.changed_ms, now_ms);
  if (u->known) before.note(u->up, now_ms);
  *u = before;
}

}  // namespace

void Count::come(uint64_t now_ms) {
  ++sums.now;
  ++sums.total;
  sums.max = std::max(sums.max, sums.now);
  rate.add(now_ms);
  last_at_ms = now_ms;
}

void Count::add_bytes(const RoutedSession& s) {
  sums.in_bytes += s.pumps[kToServer].moved_bytes();
  sums.out_bytes += s.pumps[kToClient].moved_bytes();
}

// It has ended.
void Count::go(const RoutedSession& s, uint64_t now_ms) {
  add_bytes(s);
  if (s.end_who == 'C' || s.end_who == 'c') ++sums.client_aborts;
  if (s.end_when == 'D' && (s.end_who == 'S' || s.end_who == 's')) {
    ++sums.server_aborts;
  }
  if (s.chosen_ms == kNotReached) return;
  queue_ms.add(s.chosen_ms - s.accepted_ms);
  if (s.connected_ms != kNotReached) {
    connect_ms.add(s.connected_ms - s.chosen_ms);
  }
  total_ms.add(now_ms - s.accepted_ms);
}

void Count::clear(bool all) {
  if (all) {
    Flow fresh;
    fresh.now = sums.now;
    fresh.queued = sums.queued;
    sums = fresh;
    queue_ms = connect_ms = total_ms = Average();
  }
  sums.max = sums.now;
  sums.queued_max = sums.queued;
  rate.clear_max();
  for (const auto& a : kAverages) (this->*a.field).clear_max();
}

Flow Count::flow(uint64_t now_ms) const {
  Flow f = sums;
  Rate r = rate;
  f.rate = r.value(now_ms);
  f.rate_max = r.max();
  f.last_ms = last_at_ms == kNone ? kNone : now_ms - last_at_ms;
  for (const auto& a : kAverages) {
    f.*a.value = (this->*a.field).value();
    f.*a.max = (this->*a.field).max();
  }
  return f;
}

void UpDown::note(bool is_up, uint64_t now_ms) {
  if (known && up == is_up) return;
  if (known && up) ++downs;
  down_ms = down_total_ms(now_ms);
  known = true;
  up = is_up;
  changed_ms = now_ms;
}

Counters::Counters(const Config& config, uint64_t now_ms)
    : config_(config), started_ms_(now_ms), total_(0),
      listens_(config.listens.size(), Listen(config.servers.size(), now_ms)),
      servers_(config.servers.size(), Server(now_ms)) {}

void Counters::on_accept(size_t listen, uint64_t now_ms) {
  ++total_;
  rate_.add(now_ms);
  listens_[listen].front.come(now_ms);
  listens_[listen].back.come(now_ms);
}

void Counters::on_inherit(const RoutedSession& s) {
  Listen& l = listens_[s.listen];
  ++l.front.sums.now;
  ++l.back.sums.now;
  if (s.server != kNoServer) ++l.places[s.server].sums.now;
}

void Counters::on_wait(size_t listen, bool begins) {
  Flow& f = listens_[listen].back.sums;
  f.queued = begins ? f.queued + 1 : f.queued - 1;
}

void Counters::note_queues() {
  for (size_t i = 0; i < listens_.size(); ++i) {
    Flow& f = listens_[i].back.sums;
    f.queued_max = std::max(f.queued_max, f.queued);
  }
}

void Counters::on_server(const RoutedSession& s, size_t server,
                         uint64_t now_ms) {
  Listen& l = listens_[s.listen];
  l.places[server].come(now_ms);
  ++l.places[server].sums.connects;
  ++l.back.sums.connects;
}

void Counters::on_leave(size_t listen, size_t server) {
  --listens_[listen].places[server].sums.now;
}

void Counters::on_connect_failed(size_t listen, size_t server) {
  ++listens_[listen].places[server].sums.connect_errors;
  ++listens_[listen].back.sums.connect_errors;
}

void Counters::on_retry(size_t listen, size_t server, bool elsewhere) {
  uint64_t Flow::*which = elsewhere ? &Flow::redispatches : &Flow::retries;
  ++(listens_[listen].places[server].sums.*which);
  ++(listens_[listen].back.sums.*which);
}

void Counters::on_end(const RoutedSession& s, uint64_t now_ms) {
  Listen& l = listens_[s.listen];
  --l.front.sums.now;
  --l.back.sums.now;
  l.front.go(s, now_ms);
  l.back.go(s, now_ms);
  if (s.server != kNoServer) l.places[s.server].go(s, now_ms);
}

bool Counters::on_report(const Report& report, uint64_t now_ms) {
  Server& s = servers_[report.server];
  const bool first = !s.state.known;
  if (report.failed && s.state.up) ++s.failures;
  s.state.note(report.state.up, now_ms);
  s.last = report;
  return first;
}

std::vector<size_t> Counters::note_service(const Balance& balance,
                                           uint64_t now_ms) {
  std::vector<size_t> lost;
  for (size_t i = 0; i < listens_.size(); ++i) {
    const std::vector<size_t>& mine = config_.listens[i].servers;
    bool any = false, known = false;
    for (size_t k = 0; k < mine.size(); ++k) {
      any = any || balance.eligible(i, mine[k], 0);
      known = known || servers_[mine[k]].state.known;
    }
    UpDown* service = &listens_[i].service;
    if (service->known && service->up && !any) lost.push_back(i);
    if (known) service->note(any, now_ms);
  }
  return lost;
}

void Counters::clear(bool all) {
  rate_.clear_max();
  if (all) total_ = 0;
  for (Listen& l : listens_) {
    l.front.clear(all);
    l.back.clear(all);
    for (Count& c : l.places) c.clear(all);
    if (all) l.service.downs = 0;
  }
  for (Server& s : servers_) {
    if (all) s.failures = s.state.downs = 0;
  }
}

// Each "KIND NAME... key=value ...".
std::vector<std::string> Counters::format() const {
  std::vector<std::string> out(1, "process -");
  append_word(&out[0], "started", started_ms_);
  append_word(&out[0], "total", total_);
  append_word(&out[0], "rate-max", rate_.max());
  for (size_t i = 0; i < listens_.size(); ++i) {
    const std::string& name = config_.listens[i].name;
    const Listen& l = listens_[i];
    out.push_back(line_of(("listen " + name).c_str(), l.front));
    out.push_back(line_of(("backend " + name).c_str(), l.back));
    append_state(l.service, &out.back());
    const std::vector<size_t>& mine = config_.listens[i].servers;
    for (size_t k = 0; k < mine.size(); ++k) {
      const std::string place =
          "place " + name + " " + config_.servers[mine[k]].name;
      out.push_back(line_of(place.c_str(), l.places[mine[k]]));
    }
  }
  for (size_t i = 0; i < servers_.size(); ++i) {
    out.push_back("server " + config_.servers[i].name);
    append_state(servers_[i].state, &out.back());
    append_word(&out.back(), "failures", servers_[i].failures);
  }
  return out;
}

void Counters::restore(const std::string& text, uint64_t now_ms) {
  const std::vector<std::string> line = tandem::split_words(text);
  Words words;
  if (line.size() < 3) return;
  const std::string& kind = line[0];
  const size_t names = kind == "place" ? 3 : 2;
  if (!tandem::parse_words(line, names, &words)) return;
  uint64_t n;
  if (kind == "process") {
    if (take_number(&words, "started", &n)) started_ms_ = std::min(n, now_ms);
    if (take_number(&words, "total", &n)) total_ = n;
    if (take_number(&words, "rate-max", &n)) rate_.restore_max(n);
  } else if (kind == "server") {
    const size_t s = index_of(config_.servers, line[1]);
    if (s == servers_.size()) return;
    take_state(&words, now_ms, &servers_[s].state);
    if (take_number(&words, "failures", &n)) servers_[s].failures = n;
  } else {
    const size_t l = index_of(config_.listens, line[1]);
    if (l == listens_.size()) return;
    if (kind == "listen") take_count(&words, &listens_[l].front);
    if (kind == "backend") {
      take_count(&words, &listens_[l].back);
      take_state(&words, now_ms, &listens_[l].service);
    }
    if (kind != "place") return;
    const size_t s = index_of(config_.servers, line[2]);
    if (s < servers_.size()) take_count(&words, &listens_[l].places[s]);
  }
}

ServerRow Counters::server_row(const Balance& balance, size_t listen,
                               size_t server, const Flow& flow,
                               uint64_t now_ms) const {
  const ServerConfig& config = config_.servers[server];
  const Server& counted = servers_[server];
  const ServerState& state = balance.state(server);
  ServerRow row;
  row.name = config.name;
  row.address = config.address.text();
  row.role = counted.last.role;
  row.lag = counted.last.lag;
  row.up = state.up;
  row.stale = balance.is_stale(listen, server);
  row.usable =
      state.up && (config_.listens[listen].send_to == SendTo::Primary
                       ? state.primary && balance.primary_count(listen) == 1
                       : !row.stale || balance.eligible(listen, server, 0));
  row.admin = balance.admin(listen, server);
  row.weight = balance.weight(listen, server);
  row.weight_initial = static_cast<unsigned>(config.weight);
  row.backup = config.backup;
  row.changed_ms = now_ms - counted.state.changed_ms;
  row.down_ms = counted.state.down_total_ms(now_ms);
  row.check = counted.last.check;
  if (!counted.state.known) row.check.status = "INI";
  row.check.failures = counted.failures;
  row.check.downs = counted.state.downs;
  row.flow = flow;
  row.flow.limit = config.maxconn;
  return row;
}

ListenRow Counters::listen_row(const Balance& balance, size_t listen,
                               const Listen& counted, uint64_t now_ms) const {
  const ListenConfig& l = config_.listens[listen];
  ListenRow row;
  row.name = l.name;
  row.bind = l.bind.text();
  row.send_to = l.send_to;
  row.algorithm = l.balance;
  row.front = counted.front.flow(now_ms);
  row.front.limit = l.maxconn;
  row.back = counted.back.flow(now_ms);
  row.changed_ms = now_ms - counted.service.changed_ms;
  row.down_ms = counted.service.down_total_ms(now_ms);
  row.downs = counted.service.downs;
  for (size_t k = 0; k < l.servers.size(); ++k) {
    const size_t s = l.servers[k];
    row.servers.push_back(server_row(balance, listen, s,
                                     counted.places[s].flow(now_ms), now_ms));
  }
  return row;
}

Snapshot Counters::snapshot(const Balance& balance,
                            const std::vector<SessionPtr>& sessions,
                            const std::vector<RoutedSession*>& waiting,
                            uint64_t now_ms) const {
  std::vector<Listen> listens = listens_;  // and what has not ended yet
  for (size_t i = 0; i < sessions.size(); ++i) {
    const RoutedSession& s = *sessions[i];
    Listen& l = listens[s.listen];
    l.front.add_bytes(s);
    l.back.add_bytes(s);
    if (s.server != kNoServer) l.places[s.server].add_bytes(s);
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    if (waiting[i]->same_server == kNoServer) continue;
    Flow& f = listens[waiting[i]->listen].places[waiting[i]->same_server].sums;
    f.queued_max = std::max(f.queued_max, ++f.queued);
  }
  Snapshot v;
  Rate rate = rate_;
  v.threads = config_.threads;
  v.uptime_ms = now_ms - started_ms_;
  v.sessions = sessions.size();
  v.sessions_max = config_.maxconn;
  v.sessions_total = total_;
  v.rate = rate.value(now_ms);
  v.rate_max = rate.max();
  for (size_t i = 0; i < listens.size(); ++i) {
    v.listens.push_back(listen_row(balance, i, listens[i], now_ms));
    v.out_bytes += v.listens.back().front.out_bytes;
  }
  return v;
}

}  // namespace splitfwd
