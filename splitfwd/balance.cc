// See balance.h. The round is a position in the listener's own list: with two
// servers up the answers are exactly a, b, a, b, and a server that is skipped
// (down, full, tried) costs nobody a turn.
#include "splitfwd/balance.h"

#include "lib/error.h"

namespace splitfwd {

using tandem::Attrs;

namespace {

bool has(ServerMask mask, size_t server) {
  return (mask & (ServerMask(1) << server)) != 0;
}

}  // namespace

unsigned read_rank(const Attrs& attrs) {
  const Attrs::const_iterator sql = attrs.find("sql");
  if (sql != attrs.end() && sql->second == "no") return 1;
  const Attrs::const_iterator role = attrs.find("role");
  return role == attrs.end() || role->second == "readonly" ? 1 : 0;
}

ServerState state_of(const tandem::WatchLine& line,
                     const ServerState& before) {
  ServerState s;
  s.up = line.up;
  if (!line.up) return s;
  const Attrs::const_iterator role = line.attrs.find("role");
  if (role == line.attrs.end()) {
    s.unsaid = before.primary || before.unsaid;
  } else {
    s.primary = role->second == "primary";
  }
  s.rank = read_rank(line.attrs);
  return s;
}

Balance::Balance(const std::vector<Server>& servers,
                 const std::vector<Listen>& listens)
    : servers_(servers),
      listens_(listens),
      states_(servers.size()),
      sessions_(servers.size(), 0),
      next_(listens.size(), 0) {
  for (size_t i = 0; i < listens_.size(); ++i) {
    TANDEM_ASSERT(!listens_[i].servers.empty());
  }
  TANDEM_ASSERT(servers_.size() <= kServersMax);
}

bool Balance::set_state(size_t server, const ServerState& state) {
  if (states_[server] == state) return false;
  states_[server] = state;
  return true;
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
  const ServerState& s = states_[server];
  if (!s.up) return false;
  const Listen& l = listens_[listen];
  if (l.send_to == SendTo::Primary) {
    return s.primary && primary_count(listen) == 1;
  }
  for (size_t i = 0; i < l.servers.size(); ++i) {
    if (has(tried, l.servers[i])) continue;
    const ServerState& other = states_[l.servers[i]];
    if (other.up && other.rank < s.rank) return false;
  }
  return true;
}

bool Balance::may_stay(size_t listen, size_t server) const {
  if (listens_[listen].send_to == SendTo::Any) return states_[server].up;
  if (states_[server].unsaid) return primary_count(listen) == 0;
  return eligible(listen, server, 0);
}

Balance::Verdict Balance::look(size_t listen, ServerMask tried,
                               size_t* position) const {
  const std::vector<size_t>& mine = listens_[listen].servers;
  Verdict verdict = Verdict::Nobody;
  for (size_t i = 0; i < mine.size(); ++i) {
    const size_t at = (next_[listen] + i) % mine.size();
    const size_t s = mine[at];
    if (!eligible(listen, s, tried)) continue;
    if (has(tried, s)) {
      if (verdict == Verdict::Nobody) verdict = Verdict::Tried;
    } else if (!has_room(s)) {
      verdict = Verdict::Full;
    } else {
      *position = at;
      return Verdict::Chosen;
    }
  }
  return verdict;
}

Balance::Verdict Balance::pick(size_t listen, ServerMask tried,
                               size_t* server) {
  size_t at = 0;
  const Verdict verdict = look(listen, tried, &at);
  if (verdict != Verdict::Chosen) return verdict;
  const std::vector<size_t>& mine = listens_[listen].servers;
  next_[listen] = (at + 1) % mine.size();
  *server = mine[at];
  return verdict;
}

void Balance::take(size_t server) { ++sessions_[server]; }

void Balance::release(size_t server) {
  TANDEM_ASSERT(sessions_[server] > 0);
  --sessions_[server];
}

}  // namespace splitfwd
