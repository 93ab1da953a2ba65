// See balance.h. The round is smooth: each choice adds to every server that
// could be chosen as many credits as it has weight, the one with the most is
// chosen and pays them all. Equals follow the order of the list from the last
// choice on: with two equal servers the answers are exactly a, b, a, b. One
// that cannot be chosen (down, full) neither earns nor pays, so that it owes
// nobody a turn when it comes back, and is owed none.
#include "splitfwd/route/balance.h"

#include <algorithm>

#include "lib/error.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::Attrs;

namespace {

const uint64_t kLagSecondsMax = 1000000000;
// Who has just been the primary is about to be a replica.
const uint64_t kFreshLagMs = 1000;

bool has(ServerMask mask, size_t server) {
  return (mask & (ServerMask(1) << server)) != 0;
}

bool says(const Attrs& attrs, const char* key, const char* value) {
  const Attrs::const_iterator at = attrs.find(key);
  return at != attrs.end() && at->second == value;
}

// kNoLag: not said.
uint64_t lag_of(const Attrs& attrs) {
  const Attrs::const_iterator lag = attrs.find("lag");
  uint64_t seconds;
  return lag != attrs.end() &&
                 tandem::parse_u64(lag->second, kLagSecondsMax, &seconds)
             ? seconds * 1000
             : kNoLag;
}

}  // namespace

unsigned read_rank(const Attrs& attrs) {
  if (says(attrs, "sql", "no")) return 1;
  if (says(attrs, "role", "replica")) return says(attrs, "source", "no");
  if (says(attrs, "role", "readonly")) return lag_of(attrs) > kFreshLagMs;
  return attrs.count("role") == 0;
}

ServerState state_of(const tandem::WatchLine& line,
                     const ServerState& before) {
  ServerState s;
  s.up = line.up;
  s.stalled = !line.up && says(line.attrs, "fault", "silent");
  if (!line.up) return s;
  const Attrs::const_iterator role = line.attrs.find("role");
  if (role == line.attrs.end()) {
    s.unsaid = before.primary || before.unsaid;
  } else {
    s.primary = role->second == "primary";
  }
  s.rank = read_rank(line.attrs);
  s.replica = says(line.attrs, "role", "replica");
  s.lag_ms = lag_of(line.attrs);
  return s;
}

Balance::Balance(const std::vector<Server>& servers,
                 const std::vector<Listen>& listens)
    : servers_(servers),
      listens_(listens),
      states_(servers.size()),
      roles_(servers.size(), Role::Unknown),
      turned_(servers.size(), false),
      next_(listens.size(), 0),
      places_(listens.size(), std::vector<Place>(servers.size())) {
  for (size_t i = 0; i < listens_.size(); ++i) {
    TANDEM_ASSERT(!listens_[i].servers.empty());
    for (size_t s = 0; s < servers_.size(); ++s) {
      places_[i][s].weight = servers_[s].weight;
    }
  }
  TANDEM_ASSERT(servers_.size() <= kServersMax);
}

bool Balance::set_state(size_t server, const ServerState& state) {
  const ServerState before = states_[server];
  states_[server] = state;
  if (state.up && !state.unsaid) {
    const Role role = state.primary ? Role::Primary : Role::Other;
    if (roles_[server] != Role::Unknown && roles_[server] != role) {
      turned_[server] = true;
    }
    roles_[server] = role;
  }
  if (before != state) return true;
  for (size_t i = 0; i < listens_.size(); ++i) {
    const uint64_t max_ms = listens_[i].lag_max_ms;
    if (state.replica && max_ms != kNoLag &&
        (before.lag_ms > max_ms) != (state.lag_ms > max_ms)) {
      return true;
    }
  }
  return false;
}

void Balance::set_weight(size_t listen, size_t server, unsigned weight) {
  TANDEM_ASSERT(weight <= kWeightMax);
  std::vector<Place>& places = places_[listen];
  if (places[server].weight == weight) return;
  places[server].weight = weight;
  // What was earned by the old weights would be paid by the new ones.
  for (size_t s = 0; s < places.size(); ++s) places[s].credit = 0;
}

bool Balance::is_stale(size_t listen, size_t server) const {
  const ServerState& s = states_[server];
  const uint64_t max_ms = listens_[listen].lag_max_ms;
  return s.rank > 0 ||
         (s.replica && max_ms != kNoLag && s.lag_ms > max_ms);
}

bool Balance::is_stale(size_t server) const {
  if (states_[server].rank > 0) return true;
  for (size_t i = 0; i < listens_.size(); ++i) {
    const std::vector<size_t>& mine = listens_[i].servers;
    if (std::find(mine.begin(), mine.end(), server) != mine.end() &&
        is_stale(i, server)) {
      return true;
    }
  }
  return false;
}

bool Balance::takes_new(size_t listen, size_t server) const {
  const Place& place = places_[listen][server];
  return states_[server].up && place.admin == Admin::Ready &&
         place.weight > 0 && server != gated_;
}

// The lowest is used: better a fresh backup than what may be stale.
unsigned Balance::order(size_t listen, size_t server) const {
  return (is_stale(listen, server) ? 2u : 0u) +
         (servers_[server].backup ? 1u : 0u);
}

size_t Balance::primary() const {
  size_t found = SIZE_MAX;
  for (size_t i = 0; i < states_.size(); ++i) {
    if (!states_[i].up || !states_[i].primary) continue;
    if (found != SIZE_MAX) return SIZE_MAX;
    found = i;
  }
  return found;
}

size_t Balance::primary_count(size_t listen) const {
  const std::vector<size_t>& mine = listens_[listen].servers;
  size_t n = 0;
  for (size_t i = 0; i < mine.size(); ++i) {
    if (states_[mine[i]].up && states_[mine[i]].primary) ++n;
  }
  return n;
}

bool Balance::eligible(size_t listen, size_t server,
                       ServerMask tried) const {
  if (!takes_new(listen, server)) return false;
  const Listen& l = listens_[listen];
  if (l.send_to == SendTo::Primary) {
    return states_[server].primary && primary_count(listen) == 1;
  }
  const unsigned mine = order(listen, server);
  for (size_t i = 0; i < l.servers.size(); ++i) {
    const size_t other = l.servers[i];
    if (has(tried, other) || !takes_new(listen, other)) continue;
    if (order(listen, other) < mine) return false;
  }
  return true;
}

bool Balance::may_stay(size_t listen, size_t server) const {
  const Listen& l = listens_[listen];
  const ServerState& s = states_[server];
  if (!s.up) {
    return !l.cut_on_down || (s.stalled && l.send_to == SendTo::Any);
  }
  if (!l.cut_on_role_change) return true;
  if (l.send_to == SendTo::Any) return !turned_[server];
  if (s.unsaid) return primary_count(listen) == 0;
  return s.primary && primary_count(listen) == 1;
}

// Both can be chosen, and the round comes past 'than' first: 'at' all the same.
bool Balance::better(size_t listen, size_t at, size_t than) const {
  const Listen& l = listens_[listen];
  const size_t a = l.servers[at], b = l.servers[than];
  const Place& pa = places_[listen][a];
  const Place& pb = places_[listen][b];
  switch (l.algorithm) {
    case Algorithm::RoundRobin:
      return pa.credit + pa.weight > pb.credit + pb.weight;
    case Algorithm::LeastConn:
      // HAProxy's measure: who has none goes before all, whatever its weight.
      if (pa.sessions == 0 || pb.sessions == 0) {
        return pa.sessions == 0 && pb.sessions > 0;
      }
      return (pa.sessions + 1) * pb.weight < (pb.sessions + 1) * pa.weight;
    case Algorithm::First:
      return at < than;
  }
  return false;
}

Balance::Verdict Balance::look(size_t listen, ServerMask tried,
                               size_t* position) const {
  const std::vector<size_t>& mine = listens_[listen].servers;
  Verdict verdict = Verdict::Nobody;
  size_t best = 0;
  for (size_t i = 0; i < mine.size(); ++i) {
    const size_t at = (next_[listen] + i) % mine.size();
    const size_t s = mine[at];
    if (!eligible(listen, s, tried)) continue;
    if (has(tried, s)) {
      if (verdict == Verdict::Nobody) verdict = Verdict::Tried;
    } else if (!has_room(listen, s)) {
      if (verdict != Verdict::Chosen) verdict = Verdict::Full;
    } else if (verdict != Verdict::Chosen || better(listen, at, best)) {
      verdict = Verdict::Chosen;
      best = at;
    }
  }
  if (verdict == Verdict::Chosen) *position = best;
  return verdict;
}

// Those in tried earn too: they had their turn with this session, and the
// next session is none of their trouble.
void Balance::move_round(size_t listen, ServerMask tried, size_t position) {
  const std::vector<size_t>& mine = listens_[listen].servers;
  int64_t sum = 0;
  for (size_t at = 0; at < mine.size(); ++at) {
    const size_t s = mine[at];
    if (!eligible(listen, s, tried)) continue;
    if (!has(tried, s) && !has_room(listen, s)) continue;
    places_[listen][s].credit += places_[listen][s].weight;
    sum += places_[listen][s].weight;
  }
  places_[listen][mine[position]].credit -= sum;
  next_[listen] = (position + 1) % mine.size();
}

Balance::Verdict Balance::pick(size_t listen, ServerMask tried,
                               size_t* server) {
  size_t at = 0;
  const Verdict verdict = look(listen, tried, &at);
  if (verdict != Verdict::Chosen) return verdict;
  move_round(listen, tried, at);
  *server = listens_[listen].servers[at];
  return verdict;
}

void Balance::take(size_t listen, size_t server) {
  ++places_[listen][server].sessions;
  turned_[server] = false;
}

void Balance::release(size_t listen, size_t server) {
  TANDEM_ASSERT(places_[listen][server].sessions > 0);
  --places_[listen][server].sessions;
}

Balance make_balance(const Config& config) {
  std::vector<Balance::Server> servers(config.servers.size());
  for (size_t i = 0; i < servers.size(); ++i) {
    servers[i].sessions_max = static_cast<size_t>(config.servers[i].maxconn);
    servers[i].weight = static_cast<unsigned>(config.servers[i].weight);
    servers[i].backup = config.servers[i].backup;
  }
  std::vector<Balance::Listen> listens(config.listens.size());
  for (size_t i = 0; i < listens.size(); ++i) {
    const ListenConfig& l = config.listens[i];
    listens[i].send_to = l.send_to;
    listens[i].algorithm = l.balance;
    listens[i].servers = l.servers;
    listens[i].lag_max_ms = l.lag_max_ms;
    listens[i].cut_on_down = l.cut_on_down;
    listens[i].cut_on_role_change = l.cut_on_role_change;
  }
  return Balance(servers, listens);
}

}  // namespace splitfwd
