#include "splitfwd/tally.h"

#include <algorithm>

#include "lib/text.h"
#include "lib/words.h"

namespace splitfwd {

namespace {

Light light_of(const Balance& balance, size_t server, const Report& last) {
  if (!balance.state(server).up) {
    return last.turning ? Light::GoingUp : Light::Down;
  }
  if (last.turning) return Light::GoingDown;
  return balance.is_stale(server) ? Light::Stale : Light::Up;
}

// What lasts; how many there are now is counted from the sessions.
const struct {
  const char* key;
  uint64_t Counts::*field;
} kTotals[] = {
    {"total", &Counts::total},
    {"in", &Counts::in_bytes},
    {"out", &Counts::out_bytes},
    {"failed", &Counts::failed},
};
const struct {
  const char* key;
  size_t Counts::*field;
} kPeaks[] = {
    {"max", &Counts::max},
    {"queued-max", &Counts::queued_max},
};

void append_counts(const Counts& c, std::string* line) {
  for (const auto& t : kTotals) tandem::append_word(line, t.key, c.*t.field);
  for (const auto& p : kPeaks) {
    tandem::append_word(line, p.key, static_cast<uint64_t>(c.*p.field));
  }
}

void take_counts(tandem::Words* words, Counts* c) {
  uint64_t n;
  for (const auto& t : kTotals) {
    if (tandem::take_number(words, t.key, &n)) c->*t.field = n;
  }
  for (const auto& p : kPeaks) {
    if (tandem::take_number(words, p.key, &n)) {
      c->*p.field = static_cast<size_t>(n);
    }
  }
}

}  // namespace

Tally::Tally(const Config& config, uint64_t now_ms)
    : config_(config), started_ms_(now_ms), listens_(config.listens.size()),
      servers_(config.servers.size()), reports_(config.servers.size()),
      known_(config.servers.size(), false),
      changed_ms_(config.servers.size(), now_ms) {}

void Tally::on_accept(size_t listen) {
  Counts& c = listens_[listen];
  ++c.now;
  ++c.total;
  c.max = std::max(c.max, c.now);
}

void Tally::on_wait(size_t listen, bool begins) {
  Counts& c = listens_[listen];
  c.queued = begins ? c.queued + 1 : c.queued - 1;
  c.queued_max = std::max(c.queued_max, c.queued);
}

void Tally::on_server(size_t server, size_t sessions_there) {
  ++servers_[server].total;
  servers_[server].max = std::max(servers_[server].max, sessions_there);
}

void Tally::on_connect_failed(size_t server) { ++servers_[server].failed; }

void Tally::add_bytes(const Session& s, std::vector<Counts>* listens,
                      std::vector<Counts>* servers) const {
  const uint64_t in = s.pumps[kToServer].moved_bytes();
  const uint64_t out = s.pumps[kToClient].moved_bytes();
  (*listens)[s.listen].in_bytes += in;
  (*listens)[s.listen].out_bytes += out;
  if (s.server == kNoServer) return;
  (*servers)[s.server].in_bytes += in;
  (*servers)[s.server].out_bytes += out;
}

void Tally::on_end(const Session& s) {
  --listens_[s.listen].now;
  add_bytes(s, &listens_, &servers_);
}

bool Tally::on_report(const Report& report, bool changed, uint64_t now_ms) {
  const bool first = !known_[report.server];
  known_[report.server] = true;
  if (changed || first) changed_ms_[report.server] = now_ms;
  reports_[report.server] = report;
  return first;
}

// A line each: "KIND NAME key=value ...".
std::string Tally::format() const {
  std::string out = "process -";
  tandem::append_word(&out, "started", started_ms_);
  out += "\n";
  for (size_t i = 0; i < listens_.size(); ++i) {
    out += "listen " + config_.listens[i].name;
    append_counts(listens_[i], &out);
    out += "\n";
  }
  for (size_t i = 0; i < servers_.size(); ++i) {
    out += "server " + config_.servers[i].name;
    append_counts(servers_[i], &out);
    tandem::append_word(&out, "changed", changed_ms_[i]);
    out += "\n";
  }
  return out;
}

void Tally::restore(const std::string& text, uint64_t now_ms) {
  const std::vector<std::string> lines = tandem::split_fields(text, "\n");
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<std::string> line = tandem::split_words(lines[i]);
    tandem::Words words;
    if (line.size() < 2 || !tandem::parse_words(line, 2, &words)) continue;
    uint64_t ms = now_ms;
    if (line[0] == "process" && tandem::take_number(&words, "started", &ms)) {
      started_ms_ = std::min(ms, now_ms);
    }
    for (size_t k = 0; line[0] == "listen" && k < listens_.size(); ++k) {
      if (config_.listens[k].name != line[1]) continue;
      take_counts(&words, &listens_[k]);
    }
    for (size_t k = 0; line[0] == "server" && k < servers_.size(); ++k) {
      if (config_.servers[k].name != line[1]) continue;
      take_counts(&words, &servers_[k]);
      if (!tandem::take_number(&words, "changed", &ms)) continue;
      changed_ms_[k] = std::min(ms, now_ms);
    }
  }
}

StatsView Tally::view(const Balance& balance,
                      const std::vector<SessionPtr>& sessions,
                      const std::vector<Session*>& waiting,
                      uint64_t now_ms) const {
  std::vector<Counts> listens = listens_, servers = servers_;
  for (size_t i = 0; i < sessions.size(); ++i) {
    add_bytes(*sessions[i], &listens, &servers);
  }
  for (size_t i = 0; i < waiting.size(); ++i) {
    const ListenConfig& l = config_.listens[waiting[i]->listen];
    for (size_t k = 0; k < l.servers.size(); ++k) {
      if (!balance.eligible(waiting[i]->listen, l.servers[k], 0)) continue;
      ++servers[l.servers[k]].queued;
    }
  }
  StatsView v;
  v.uptime_ms = now_ms - started_ms_;
  v.sessions = sessions.size();
  v.sessions_max = static_cast<size_t>(config_.maxconn);
  for (size_t i = 0; i < listens.size(); ++i) {
    const ListenConfig& l = config_.listens[i];
    ListenView row;
    row.name = l.name;
    row.bind = l.bind.text();
    row.send_to = l.send_to == SendTo::Primary ? "primary" : "any";
    row.counts = listens[i];
    row.counts.limit = static_cast<size_t>(l.maxconn);
    if (row.counts.now >= row.counts.limit) row.light = Light::Full;
    bool any = false;
    for (size_t k = 0; k < l.servers.size(); ++k) {
      any = any || balance.eligible(i, l.servers[k], 0);
    }
    if (!any) row.light = Light::NoServer;
    v.listens.push_back(row);
  }
  for (size_t i = 0; i < servers.size(); ++i) {
    ServerView row;
    row.name = config_.servers[i].name;
    row.address = config_.servers[i].address.text();
    row.role = reports_[i].role;
    row.lag = reports_[i].lag;
    row.check = known_[i] ? reports_[i].check : "no check yet";
    row.light = light_of(balance, i, reports_[i]);
    row.changed_ms = now_ms - changed_ms_[i];
    row.counts = servers[i];
    row.counts.now = balance.sessions(i);
    row.counts.limit = static_cast<size_t>(config_.servers[i].maxconn);
    row.counts.queued_max = std::max(row.counts.queued_max,
                                     row.counts.queued);
    v.servers.push_back(row);
  }
  return v;
}

}  // namespace splitfwd
