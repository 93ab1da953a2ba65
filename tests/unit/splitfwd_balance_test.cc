// Which server a session goes to, and which may stay.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "splitfwd/route/balance.h"

using namespace splitfwd;

namespace {

enum { kRead = 0, kWrite = 1 };
typedef Balance::Verdict V;

ServerState said(const std::string& line,
                 const ServerState& before = ServerState()) {
  tandem::WatchLine w;
  assert_true(tandem::parse_watch_line("x " + line, &w));
  return state_of(w, before);
}

// n servers for a read and a write listener, each server with room for max.
Balance pair(size_t n, size_t max) {
  std::vector<Balance::Server> servers(n);
  std::vector<Balance::Listen> listens(2);
  for (size_t i = 0; i < n; ++i) {
    servers[i].sessions_max = max;
    listens[kRead].servers.push_back(i);
    listens[kWrite].servers.push_back(i);
  }
  listens[kWrite].send_to = SendTo::Primary;
  listens[kWrite].cut_on_role_change = true;
  return Balance(servers, listens);
}

// As digits, '-' for nobody, 'f' for full, 't' for tried.
std::string picks(Balance* b, size_t listen, int n, ServerMask tried = 0) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    size_t server = 99;
    switch (b->pick(listen, tried, &server)) {
      case V::Chosen: out += static_cast<char>('0' + server); break;
      case V::Full: out += 'f'; break;
      case V::Tried: out += 't'; break;
      case V::Nobody: out += '-'; break;
    }
  }
  return out;
}

// One read listener of as many servers as there are weights, all up.
Balance weighted(const std::vector<unsigned>& weights,
                 Algorithm algorithm = Algorithm::RoundRobin,
                 uint64_t lag_max_ms = kNoLag, ServerMask backups = 0,
                 size_t max = 9) {
  std::vector<Balance::Server> servers(weights.size());
  std::vector<Balance::Listen> listens(1);
  for (size_t i = 0; i < weights.size(); ++i) {
    servers[i].sessions_max = max;
    servers[i].weight = weights[i];
    servers[i].backup = (backups >> i & 1) != 0;
    listens[0].servers.push_back(i);
  }
  listens[0].algorithm = algorithm;
  listens[0].lag_max_ms = lag_max_ms;
  Balance b(servers, listens);
  for (size_t i = 0; i < weights.size(); ++i) {
    b.set_state(i, said("up role=replica source=yes sql=yes lag=0"));
  }
  return b;
}

}  // namespace

static void nothing_said_yet_is_nobody(void**) {
  Balance b = pair(2, 9);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "--");
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
}

static void reads_go_round_in_the_order_of_the_file(void**) {
  Balance b = pair(2, 9);
  assert_true(b.set_state(0, said("up role=primary")));
  assert_true(b.set_state(1, said("up role=replica")));
  assert_false(b.set_state(1, said("up role=replica lag=3")));
  assert_string_equal(picks(&b, kRead, 5).c_str(), "01010");
}

static void a_server_that_is_down_costs_nobody_a_turn(void**) {
  Balance b = pair(3, 9);
  for (size_t i = 0; i < 3; ++i) b.set_state(i, said("up"));
  b.set_state(1, said("down"));
  assert_string_equal(picks(&b, kRead, 4).c_str(), "0202");
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kRead, 6).c_str(), "012012");
}

static void a_refused_connect_goes_to_the_next_at_once(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up"));
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kRead, 1).c_str(), "0");
  assert_string_equal(picks(&b, kRead, 1, 1).c_str(), "1");
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
  assert_string_equal(picks(&b, kRead, 1, 3).c_str(), "t");
}

static void broken_replication_is_read_from_only_when_all_else_is_gone(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica sql=no"));
  assert_string_equal(picks(&b, kRead, 3).c_str(), "000");
  assert_true(b.may_stay(kRead, 1));
  assert_string_equal(picks(&b, kRead, 1, 1).c_str(), "1");  // 0 refused
  b.set_state(0, said("down"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  b.set_state(1, said("down"));
  assert_string_equal(picks(&b, kRead, 1).c_str(), "-");
}

static void who_neither_replicates_nor_is_the_primary_is_stale(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=readonly source=no"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  // But a moment ago it was the primary, and has all.
  b.set_state(1, said("up role=readonly source=no lag=1"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "10");
  b.set_state(1, said("up role=readonly source=no lag=2"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  b.set_state(1, said("up fault=login-refused"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  b.set_state(0, said("up fault=login-refused"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "10");
}

static void writes_go_only_to_the_one_primary(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=replica"));
  b.set_state(1, said("up"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
  b.set_state(1, said("up role=primary"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "11");
  b.set_state(1, said("down role=primary"));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
}

static void two_primaries_get_nobody_and_keep_nobody(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(1, said("up role=primary"));
  assert_int_equal(b.primary_count(kWrite), 2);
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "--");
  assert_false(b.may_stay(kWrite, 0));
  assert_false(b.may_stay(kWrite, 1));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
  assert_true(b.may_stay(kRead, 0));
  b.set_state(0, said("up role=replica"));
  assert_string_equal(picks(&b, kWrite, 2).c_str(), "11");
}

static void who_loses_the_role_keeps_its_readers_and_no_writer(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(0, said("up role=replica"));
  assert_false(b.may_stay(kWrite, 0));
  assert_true(b.may_stay(kRead, 0));
  b.set_state(0, said("down"));
  assert_false(b.may_stay(kRead, 0));
}

static void a_primary_that_cannot_say_keeps_its_writers_and_gets_no_new(
    void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary"));
  b.set_state(0, said("up fault=too-many-connections", b.state(0)));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(0, said("up fault=too-many-connections", b.state(0)));
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(1, said("up role=primary"));
  assert_false(b.may_stay(kWrite, 0));
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "1");
  b.set_state(1, said("up role=replica"));
  b.set_state(0, said("down", b.state(0)));
  b.set_state(0, said("up fault=login-refused", b.state(0)));
  assert_false(b.may_stay(kWrite, 0));
}

static void who_reads_from_one_that_stalls_stays(void**) {
  Balance b = pair(2, 2);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica"));
  b.set_state(0, said("down fault=silent", b.state(0)));
  assert_true(b.may_stay(kRead, 0) && !b.may_stay(kWrite, 0));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  ServerState s = b.state(0);
  s.stalled = false;
  assert_true(b.set_state(0, s));
  assert_false(b.may_stay(kRead, 0));
  b.set_state(1, said("down fault=gone", b.state(1)));
  assert_false(b.may_stay(kRead, 1));
}

static void a_full_server_is_passed_over_and_all_full_is_said(void**) {
  Balance b = pair(2, 2);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica"));
  b.take(0, 0);
  b.take(0, 0);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  // Readers lock no writer out.
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "0");
  b.take(1, 0);
  b.take(1, 0);
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "f");
  b.take(0, 1);
  b.take(0, 1);
  assert_string_equal(picks(&b, kRead, 1).c_str(), "f");
  b.release(0, 0);
  assert_string_equal(picks(&b, kRead, 1).c_str(), "0");
  assert_int_equal(b.sessions(0, 0), 1);
}

static void to_look_does_not_move_the_round(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up"));
  b.set_state(1, said("up"));
  size_t position = 9;
  assert_true(b.look(kRead, 0, &position) == V::Chosen);
  assert_int_equal(position, 0);
  assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
}

static void equal_weights_alternate_without_end(void**) {
  for (unsigned weight = 1; weight <= kWeightMax; weight += 85) {
    Balance b = weighted({weight, weight});
    std::string want;
    for (int i = 0; i < 300; ++i) want += "01";
    assert_string_equal(picks(&b, 0, 600).c_str(), want.c_str());
  }
}

static void weights_are_kept_exactly_and_smoothly(void**) {
  Balance b = weighted({5, 1, 1});
  assert_string_equal(picks(&b, 0, 14).c_str(), "00102000010200");
  Balance two = weighted({2, 1});
  assert_string_equal(picks(&two, 0, 6).c_str(), "010010");
}

static void who_was_away_is_owed_nothing(void**) {
  Balance b = weighted({1, 1});
  for (int i = 0; i < 9; ++i) b.take(0, 1);
  assert_string_equal(picks(&b, 0, 5).c_str(), "00000");
  for (int i = 0; i < 9; ++i) b.release(0, 1);
  assert_string_equal(picks(&b, 0, 4).c_str(), "1010");
  b.set_state(0, said("down"));
  assert_string_equal(picks(&b, 0, 3).c_str(), "111");
  b.set_state(0, said("up role=replica"));
  const std::string after = picks(&b, 0, 4);
  assert_true(after == "0101" || after == "1010");
}

static void weight_0_gets_nobody_and_can_change(void**) {
  Balance b = weighted({1, 0, 1});
  assert_string_equal(picks(&b, 0, 4).c_str(), "0202");
  b.set_weight(0, 1, 2);
  assert_string_equal(picks(&b, 0, 4).c_str(), "1201");
  b.set_weight(0, 0, 0);
  b.set_weight(0, 1, 0);
  assert_string_equal(picks(&b, 0, 2).c_str(), "22");
  b.set_weight(0, 2, 0);
  assert_string_equal(picks(&b, 0, 1).c_str(), "-");
  assert_true(b.may_stay(0, 2));
}

static void leastconn_takes_who_has_the_fewest_for_its_weight(void**) {
  Balance b = weighted({1, 1, 2}, Algorithm::LeastConn);
  std::string got;
  for (int i = 0; i < 8; ++i) {
    size_t server = 99;
    assert_true(b.pick(0, 0, &server) == V::Chosen);
    b.take(0, server);
    got += static_cast<char>('0' + server);
  }
  assert_string_equal(got.c_str(), "01222012");
  assert_int_equal(b.sessions(0, 2), 4);
  b.release(0, 1);
  b.release(0, 1);
  assert_string_equal(picks(&b, 0, 1).c_str(), "1");
}

static void equals_of_leastconn_go_round(void**) {
  Balance b = weighted({1, 1, 1}, Algorithm::LeastConn);
  assert_string_equal(picks(&b, 0, 5).c_str(), "01201");
}

static void first_fills_one_before_the_next(void**) {
  Balance b = weighted({1, 1}, Algorithm::First);
  assert_string_equal(picks(&b, 0, 3).c_str(), "000");
  for (int i = 0; i < 9; ++i) b.take(0, 0);
  assert_string_equal(picks(&b, 0, 2).c_str(), "11");
  b.release(0, 0);
  assert_string_equal(picks(&b, 0, 1).c_str(), "0");
  assert_string_equal(picks(&b, 0, 1, 1).c_str(), "1");
}

// Before its role moves: the next primary alone gets new writers.
static void a_gated_server_gets_nobody_new(void**) {
  Balance b = pair(2, 9);
  assert_int_equal(b.primary(), SIZE_MAX);
  b.set_state(0, said("up role=primary"));
  b.set_state(1, said("up role=replica source=yes sql=yes lag=0"));
  assert_int_equal(b.primary(), 0);
  b.set_gate(0);
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
  assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
  assert_true(b.may_stay(kWrite, 0));
  b.set_state(0, said("up role=readonly"));
  b.set_state(1, said("up role=primary"));
  assert_int_equal(b.primary(), 1);
  assert_string_equal(picks(&b, kWrite, 1).c_str(), "1");
  b.set_gate(SIZE_MAX);
  b.set_state(0, said("up role=primary"));
  assert_int_equal(b.primary(), SIZE_MAX);  // two say so
}

static void a_backup_is_used_when_no_other_may_be(void**) {
  Balance b = weighted({1, 1, 1}, Algorithm::RoundRobin, kNoLag, 4);
  assert_string_equal(picks(&b, 0, 3).c_str(), "010");
  assert_string_equal(picks(&b, 0, 1, 3).c_str(), "2");
  b.set_state(0, said("down"));
  b.set_admin(0, 1, Admin::Drain);
  assert_string_equal(picks(&b, 0, 2).c_str(), "22");
  // What may be stale comes after it, but before nobody.
  b.set_admin(0, 1, Admin::Ready);
  b.set_state(1, said("up role=replica sql=no"));
  assert_string_equal(picks(&b, 0, 2).c_str(), "22");
  b.set_state(2, said("up role=replica source=no"));
  assert_string_equal(picks(&b, 0, 2).c_str(), "11");
  b.set_state(1, said("down"));
  assert_string_equal(picks(&b, 0, 2).c_str(), "22");
}

static void backups_share_the_sessions(void**) {
  Balance b = weighted({1, 1, 1}, Algorithm::RoundRobin, kNoLag, 6);
  b.set_state(0, said("down"));
  assert_string_equal(picks(&b, 0, 4).c_str(), "1212");
}

static void drain_and_maint_get_nobody_new_and_keep_whom_they_have(void**) {
  const Admin states[] = {Admin::Drain, Admin::Maint};
  for (size_t i = 0; i < 2; ++i) {
    Balance b = pair(2, 9);
    b.set_state(0, said("up role=primary"));
    b.set_state(1, said("up role=replica"));
    b.set_admin(kRead, 0, states[i]);
    assert_string_equal(picks(&b, kRead, 2).c_str(), "11");
    assert_string_equal(picks(&b, kWrite, 1).c_str(), "0");
    b.set_admin(kWrite, 0, states[i]);
    assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
    assert_true(b.may_stay(kRead, 0) && b.may_stay(kWrite, 0));
    // It counts as a primary all the same, and must not keep its writers.
    b.set_state(1, said("up role=primary"));
    assert_string_equal(picks(&b, kWrite, 1).c_str(), "-");
    assert_false(b.may_stay(kWrite, 0));
    b.set_admin(kRead, 0, Admin::Ready);
    assert_string_equal(picks(&b, kRead, 2).c_str(), "01");
  }
}

static void who_lags_too_far_is_left_out_but_never_everybody(void**) {
  Balance b = weighted({1, 1}, Algorithm::RoundRobin, 10000);
  assert_false(b.set_state(1, said("up role=replica lag=10")));
  assert_string_equal(picks(&b, 0, 2).c_str(), "01");
  assert_true(b.set_state(1, said("up role=replica lag=11")));
  assert_true(b.is_stale(1));
  assert_string_equal(picks(&b, 0, 2).c_str(), "00");
  assert_true(b.may_stay(0, 1));
  assert_false(b.set_state(1, said("up role=replica lag=4000")));
  // One that does not say counts as one that lags; a primary cannot lag.
  b.set_state(1, said("up role=replica"));
  assert_string_equal(picks(&b, 0, 2).c_str(), "00");
  b.set_state(0, said("up role=replica lag=x"));
  assert_string_equal(picks(&b, 0, 2).c_str(), "10");
  assert_true(b.set_state(0, said("up role=primary")));
  assert_false(b.is_stale(0));
  assert_true(b.set_state(1, said("up role=replica lag=2")));
  assert_string_equal(picks(&b, 0, 2).c_str(), "10");
}

static void nothing_comes_in_is_stale_without_a_limit_too(void**) {
  Balance b = pair(2, 9);
  b.set_state(0, said("up role=primary source=no"));
  b.set_state(1, said("up role=replica source=no sql=yes lag=0"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "00");
  b.set_state(1, said("up role=replica source=yes sql=yes lag=999"));
  assert_string_equal(picks(&b, kRead, 2).c_str(), "10");
}

// cuts: on down, on role change.
static Balance cutting(SendTo send_to, bool down, bool role_change) {
  std::vector<Balance::Server> servers(2);
  std::vector<Balance::Listen> listens(1);
  servers[0].sessions_max = servers[1].sessions_max = 9;
  listens[0].send_to = send_to;
  listens[0].servers = {0, 1};
  listens[0].cut_on_down = down;
  listens[0].cut_on_role_change = role_change;
  return Balance(servers, listens);
}

static void each_listener_says_what_cuts_its_sessions(void**) {
  const SendTo kinds[] = {SendTo::Any, SendTo::Primary};
  for (size_t k = 0; k < 2; ++k) {
    for (unsigned i = 0; i < 4; ++i) {
      const bool down = (i & 1) != 0, change = (i & 2) != 0;
      Balance b = cutting(kinds[k], down, change);
      b.set_state(0, said("up role=primary"));
      b.take(0, 0);
      assert_true(b.may_stay(0, 0));
      b.set_state(0, said("down"));
      assert_true(b.may_stay(0, 0) == !down);
      b.set_state(0, said("up role=primary"));
      assert_true(b.may_stay(0, 0));
      b.set_state(0, said("up role=replica"));
      assert_true(b.may_stay(0, 0) == !change);
    }
  }
}

static void readers_are_cut_by_a_change_and_not_by_the_one_before(void**) {
  Balance b = cutting(SendTo::Any, true, true);
  b.set_state(0, said("up role=replica"));
  assert_true(b.may_stay(0, 0));
  b.set_state(0, said("up fault=login-refused", b.state(0)));
  b.set_state(0, said("down"));
  b.set_state(0, said("up role=replica"));
  assert_true(b.may_stay(0, 0));
  b.set_state(0, said("up role=primary"));
  assert_false(b.may_stay(0, 0));
  b.take(0, 0);
  assert_true(b.may_stay(0, 0));
  b.set_state(0, said("up fault=too-many-connections", b.state(0)));
  assert_true(b.may_stay(0, 0));
  b.set_state(0, said("up role=primary", b.state(0)));
  assert_true(b.may_stay(0, 0));
}

namespace {

const size_t kWorlds = 400;
const size_t kSteps = 200;
typedef std::mt19937_64 Random;

size_t below(Random* random, size_t n) { return (*random)() % n; }

// backups: which of the servers are.
Balance any_world(Random* random, Algorithm algorithm,
                  std::vector<bool>* backups) {
  std::vector<Balance::Server> servers(1 + below(random, 6));
  std::vector<Balance::Listen> listens(1);
  listens[0].algorithm = algorithm;
  for (size_t i = 0; i < servers.size(); ++i) {
    servers[i].sessions_max = 1 + below(random, 5);
    servers[i].weight = static_cast<unsigned>(below(random, 5));
    servers[i].backup = below(random, 3) == 0;
    backups->push_back(servers[i].backup);
    listens[0].servers.push_back(i);
  }
  std::reverse(listens[0].servers.begin(), listens[0].servers.end());
  return Balance(servers, listens);
}

// What pick() must come to, and who may be chosen: what balance.h says, in
// other words.
V wanted(const Balance& b, const std::vector<bool>& backups, ServerMask tried,
         ServerMask* may) {
  const size_t n = backups.size();
  unsigned best = 4;
  std::vector<unsigned> order(n, best);
  bool any = false, full = false;
  for (size_t i = 0; i < n; ++i) {
    if (!b.state(i).up || b.admin(0, i) != Admin::Ready) continue;
    if (b.weight(0, i) == 0) continue;
    any = true;
    if (tried >> i & 1) continue;
    order[i] = (b.state(i).rank > 0 ? 2u : 0u) + (backups[i] ? 1u : 0u);
    best = std::min(best, order[i]);
  }
  *may = 0;
  for (size_t i = 0; i < n && best < 4; ++i) {
    if (order[i] != best) continue;
    if (b.has_room(0, i)) *may |= ServerMask(1) << i;
    else full = true;
  }
  return *may ? V::Chosen : full ? V::Full : any ? V::Tried : V::Nobody;
}

}  // namespace

static void whoever_is_chosen_may_be_in_any_world(void**) {
  static const char* const kLines[] = {
      "down", "up", "up role=replica", "up role=replica sql=no",
      "up role=primary"};
  for (size_t seed = 1; seed <= kWorlds; ++seed) {
    Random random(seed);
    const Algorithm algorithm = seed % 3 == 0   ? Algorithm::First
                                : seed % 3 == 1 ? Algorithm::RoundRobin
                                                : Algorithm::LeastConn;
    std::vector<bool> backups;
    Balance b = any_world(&random, algorithm, &backups);
    const size_t n = backups.size();
    for (size_t step = 0; step < kSteps; ++step) {
      const size_t i = below(&random, n);
      switch (below(&random, 8)) {
        case 0: b.set_state(i, said(kLines[below(&random, 5)])); break;
        case 1: b.set_admin(0, i, static_cast<Admin>(below(&random, 3))); break;
        case 2: b.set_admin(0, i, Admin::Ready); break;
        case 3:
          b.set_weight(0, i, static_cast<unsigned>(below(&random, 5)));
          break;
        case 4:
          if (b.sessions(0, i) > 0) b.release(0, i);
          break;
        default: {
          const ServerMask tried =
              below(&random, 3) ? 0 : below(&random, size_t(1) << n);
          ServerMask may = 0;
          const V want = wanted(b, backups, tried, &may);
          size_t got = 99;
          const V verdict = b.pick(0, tried, &got);
          const bool right =
              verdict == want &&
              (want != V::Chosen ||
               (algorithm == Algorithm::First ? may >> got == 1
                                              : (may >> got & 1) != 0));
          if (!right) fail_msg("SEED=%zu step %zu", seed, step);
          if (want == V::Chosen) b.take(0, got);
        }
      }
    }
  }
}

// Whatever was before.
static void the_shares_are_the_weights(void**) {
  for (size_t seed = 1; seed <= kWorlds; ++seed) {
    Random random(seed);
    std::vector<unsigned> weights(1 + below(&random, 6));
    unsigned sum = 0;
    for (unsigned& w : weights) {
      w = static_cast<unsigned>(1 + below(&random, 9));
      sum += w;
    }
    for (const auto algorithm :
         {Algorithm::RoundRobin, Algorithm::LeastConn}) {
      Balance b = weighted(std::vector<unsigned>(weights.size(), 10),
                           algorithm, kNoLag, 0, 1000);
      picks(&b, 0, static_cast<int>(below(&random, 99)));
      for (size_t i = 0; i < weights.size(); ++i) {
        b.set_weight(0, i, weights[i]);
      }
      for (size_t round = 1; round <= 3; ++round) {
        for (unsigned i = 0; i < sum; ++i) {
          size_t got = 99;
          assert_true(b.pick(0, 0, &got) == V::Chosen);
          b.take(0, got);
        }
        for (size_t i = 0; i < weights.size(); ++i) {
          if (b.sessions(0, i) == round * weights[i]) continue;
          fail_msg("SEED=%zu: server %zu has %zu", seed, i, b.sessions(0, i));
        }
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_said_yet_is_nobody),
      cmocka_unit_test(reads_go_round_in_the_order_of_the_file),
      cmocka_unit_test(a_server_that_is_down_costs_nobody_a_turn),
      cmocka_unit_test(a_refused_connect_goes_to_the_next_at_once),
      cmocka_unit_test(
          broken_replication_is_read_from_only_when_all_else_is_gone),
      cmocka_unit_test(who_neither_replicates_nor_is_the_primary_is_stale),
      cmocka_unit_test(a_gated_server_gets_nobody_new),
      cmocka_unit_test(writes_go_only_to_the_one_primary),
      cmocka_unit_test(two_primaries_get_nobody_and_keep_nobody),
      cmocka_unit_test(who_loses_the_role_keeps_its_readers_and_no_writer),
      cmocka_unit_test(
          a_primary_that_cannot_say_keeps_its_writers_and_gets_no_new),
      cmocka_unit_test(who_reads_from_one_that_stalls_stays),
      cmocka_unit_test(a_full_server_is_passed_over_and_all_full_is_said),
      cmocka_unit_test(to_look_does_not_move_the_round),
      cmocka_unit_test(equal_weights_alternate_without_end),
      cmocka_unit_test(weights_are_kept_exactly_and_smoothly),
      cmocka_unit_test(who_was_away_is_owed_nothing),
      cmocka_unit_test(weight_0_gets_nobody_and_can_change),
      cmocka_unit_test(leastconn_takes_who_has_the_fewest_for_its_weight),
      cmocka_unit_test(equals_of_leastconn_go_round),
      cmocka_unit_test(first_fills_one_before_the_next),
      cmocka_unit_test(a_backup_is_used_when_no_other_may_be),
      cmocka_unit_test(backups_share_the_sessions),
      cmocka_unit_test(drain_and_maint_get_nobody_new_and_keep_whom_they_have),
      cmocka_unit_test(who_lags_too_far_is_left_out_but_never_everybody),
      cmocka_unit_test(nothing_comes_in_is_stale_without_a_limit_too),
      cmocka_unit_test(each_listener_says_what_cuts_its_sessions),
      cmocka_unit_test(readers_are_cut_by_a_change_and_not_by_the_one_before),
      cmocka_unit_test(whoever_is_chosen_may_be_in_any_world),
      cmocka_unit_test(the_shares_are_the_weights),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
