#include "splitfwd/route/handover.h"

#include <algorithm>

#include "lib/text.h"
#include "lib/words.h"

namespace splitfwd {

using tandem::Words;
using tandem::append_word;
using tandem::take_number;
using tandem::take_word;

namespace {

// Times are of one clock for all processes of a host.
const struct {
  const char* key;
  uint64_t RoutedSession::*field;
} kTimes[] = {
    {"accepted", &RoutedSession::accepted_ms},
    {"chosen", &RoutedSession::chosen_ms},
    {"connected", &RoutedSession::connected_ms},
    {"wait-since", &RoutedSession::wait_since_ms},
    {"wait-until", &RoutedSession::wait_until_ms},
    {"retry-at", &RoutedSession::retry_at_ms},
    {"connect-due", &RoutedSession::connect_due_ms},
    {"goodbye-due", &RoutedSession::goodbye_due_ms},
};
const struct {
  const char* key;
  Shared<uint64_t> RoutedSession::*field;
} kMoments[] = {
    {"client", &RoutedSession::client_ms},
    {"upstream", &RoutedSession::server_ms},
};
const struct {
  const char* key;
  bool RoutedSession::*field;
} kFlags[] = {
    {"redispatched", &RoutedSession::redispatched},
    {"full", &RoutedSession::waits_for_room},
    {"refused", &RoutedSession::refused},
};
// "tried" does not go over: the next worker may try them all again.
const struct {
  const char* key;
  size_t RoutedSession::*field;
} kServers[] = {
    {"server", &RoutedSession::server},
    {"first-server", &RoutedSession::first_server},
    {"failed-server", &RoutedSession::failed_server},
    {"sticky", &RoutedSession::same_server},
};
const struct {
  const char* word;
  Phase phase;
} kPhases[] = {
    {"waiting", Phase::Waiting},
    {"connecting", Phase::Connecting},
    {"open", Phase::Open},
    {"goodbye", Phase::Goodbye},
};
const struct {
  const char* word;
  Pump::Side side;
} kSides[] = {
    {"open", Pump::Side::Open},
    {"drain", Pump::Side::Drain},
    {"closed", Pump::Side::Closed},
};
const char* const kWays[] = {"up", "down"};  // by Way

const char* side_word(Pump::Side side) {
  for (const auto& s : kSides) {
    if (s.side == side) return s.word;
  }
  return "?";
}

bool take_side(Words* words, const std::string& key, Pump::Side* out) {
  std::string word;
  if (!take_word(words, key, &word)) return true;
  for (const auto& s : kSides) {
    if (word != s.word) continue;
    *out = s.side;
    return true;
  }
  return false;
}

bool take_number_if(Words* words, const std::string& key, uint64_t* out) {
  return words->count(key) == 0 || take_number(words, key, out);
}

void format_pump(const Pump& pump, const char* way, std::string* line) {
  const std::string key = way;
  append_word(line, (key + "-in").c_str(), side_word(pump.in()));
  append_word(line, (key + "-out").c_str(), side_word(pump.out()));
  append_word(line, (key + "-moved").c_str(), pump.moved_bytes());
  append_word(line, (key + "-waiting").c_str(), pump.waiting());
}

bool parse_pump(Words* words, const char* way, Pump* pump, size_t* waiting) {
  const std::string key = way;
  Pump::Side in = Pump::Side::Open, out = Pump::Side::Open;
  uint64_t moved = 0, n = 0;
  if (!take_side(words, key + "-in", &in) || in == Pump::Side::Drain ||
      !take_side(words, key + "-out", &out) ||
      !take_number_if(words, key + "-moved", &moved) ||
      !take_number_if(words, key + "-waiting", &n) || n > kHandedBytesMax ||
      // The end came in, or it did not: the way out cannot deny it.
      (in == Pump::Side::Open) != (out == Pump::Side::Open)) {
    return false;
  }
  pump->restore(in, out, moved);
  *waiting = static_cast<size_t>(n);
  return true;
}

bool parse_plain(Words* words, RoutedSession* s) {
  for (const auto& t : kTimes) {
    if (!take_number_if(words, t.key, &(s->*t.field))) return false;
  }
  for (const auto& m : kMoments) {
    uint64_t ms = s->*m.field;
    if (!take_number_if(words, m.key, &ms)) return false;
    s->*m.field = ms;
  }
  if (!take_number_if(words, "id", &s->id)) return false;
  for (const auto& f : kFlags) {
    uint64_t n = 0;
    if (!take_number_if(words, f.key, &n) || n > 1) return false;
    s->*f.field = n == 1;
  }
  uint64_t attempts = 0;
  if (!take_number_if(words, "attempts", &attempts) || attempts > 1000) {
    return false;
  }
  s->attempts = static_cast<unsigned>(attempts);
  std::string end;
  if (take_word(words, "end", &end)) {
    if (end.size() != 2) return false;
    s->end_who = end[0];
    s->end_when = end[1];
  }
  return true;
}

// None when it is not known.
tandem::Address take_address(Words* words, const char* key) {
  std::string text;
  tandem::Address a;
  if (!take_word(words, key, &text) ||
      tandem::parse_address_port(text, 0, &a)) {
    return tandem::Address();
  }
  return a;
}

bool take_phase(Words* words, Phase* out) {
  std::string word;
  if (!take_word(words, "phase", &word)) return false;
  for (const auto& p : kPhases) {
    if (word != p.word) continue;
    *out = p.phase;
    return true;
  }
  return false;
}

void lower(uint64_t* ms, uint64_t most_ms) {
  if (*ms != kNotReached) *ms = std::min(*ms, most_ms);
}

}  // namespace

void bound_times(const Config& config, uint64_t now_ms, RoutedSession* s) {
  const ListenConfig& l = config.listens[s->listen];
  const uint64_t last_ms =
      now_ms + std::max(l.timeout_connect_ms, l.timeout_queue_ms);
  lower(&s->accepted_ms, now_ms);
  lower(&s->chosen_ms, now_ms);
  lower(&s->connected_ms, now_ms);
  s->wait_since_ms = std::min(s->wait_since_ms, now_ms);
  for (const auto& m : kMoments) {
    s->*m.field = std::min<uint64_t>(s->*m.field, now_ms);
  }
  lower(&s->retry_at_ms, last_ms);
  if (s->retry_at_ms == kNotReached) {
    s->wait_until_ms = std::min(s->wait_until_ms, last_ms);
  } else {
    lower(&s->wait_until_ms, last_ms);
  }
  s->connect_due_ms = std::min(s->connect_due_ms, last_ms);
  s->goodbye_due_ms = std::min(s->goodbye_due_ms, last_ms);
}

std::string format_session(const Config& config, const RoutedSession& s) {
  std::string line;
  for (const auto& p : kPhases) {
    if (p.phase == s.phase) append_word(&line, "phase", p.word);
  }
  append_word(&line, "listen", config.listens[s.listen].name);
  append_word(&line, "peer", s.peer.text());
  for (const auto& k : kServers) {
    const size_t i = s.*k.field;
    if (i != kNoServer) append_word(&line, k.key, config.servers[i].name);
  }
  if (s.server != kNoServer) {
    append_word(&line, "at", config.servers[s.server].address.text());
  }
  append_word(&line, "id", s.id);
  for (const auto& t : kTimes) append_word(&line, t.key, s.*t.field);
  for (const auto& m : kMoments) append_word(&line, m.key, s.*m.field);
  for (const auto& f : kFlags) {
    append_word(&line, f.key, static_cast<uint64_t>(s.*f.field));
  }
  append_word(&line, "attempts", static_cast<uint64_t>(s.attempts));
  append_word(&line, "end", std::string(1, s.end_who) + s.end_when);
  for (int way = 0; way < 2; ++way) {
    format_pump(s.pumps[way], kWays[way], &line);
  }
  return line;
}

Handed parse_session(const Config& config, const std::string& text,
                     RoutedSession* s, size_t waiting[2]) {
  Words words;
  std::string listen;
  if (!tandem::parse_words(tandem::split_words(text), 0, &words) ||
      !take_word(&words, "listen", &listen) || !take_phase(&words, &s->phase) ||
      !parse_plain(&words, s)) {
    return Handed::Bad;
  }
  for (int way = 0; way < 2; ++way) {
    if (!parse_pump(&words, kWays[way], &s->pumps[way], &waiting[way])) {
      return Handed::Bad;
    }
  }
  s->peer = take_address(&words, "peer");
  const size_t l = index_of(config.listens, listen);
  if (l == config.listens.size()) return Handed::Stranger;
  s->listen = l;
  const std::vector<size_t>& may = config.listens[l].servers;
  for (const auto& k : kServers) {
    std::string name;
    if (!take_word(&words, k.key, &name)) continue;
    size_t i = index_of(config.servers, name);
    if (std::find(may.begin(), may.end(), i) == may.end()) i = kNoServer;
    if (i == kNoServer && k.field == &RoutedSession::server) {
      return Handed::Stranger;
    }
    s->*k.field = i;
  }
  std::string at;
  if (s->server != kNoServer && take_word(&words, "at", &at) &&
      at != config.servers[s->server].address.text()) {
    return Handed::Stranger;
  }
  const bool has_server =
      s->phase == Phase::Connecting || s->phase == Phase::Open;
  const bool named = s->server != kNoServer;
  return has_server == s->upstream.valid() &&
                 (has_server ? named : !named || s->phase == Phase::Goodbye)
             ? Handed::Fine
             : Handed::Bad;
}

}  // namespace splitfwd
