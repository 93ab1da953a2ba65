// The promises of hbd's core, read as stories: two nodes and a witness on a
// perfect network, with a hand on every cable. tests/sim has the hard ones.
extern "C" {
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
}

#include <stdio.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hbd/core.h"
#include "hbd/witness.h"

using namespace hbd;

namespace {

const uint64_t kStart = 1000000;
bool g_print = false;

struct Node {
  std::string name;
  std::unique_ptr<Cluster> core;
  State state;
  bool had_state, alive, hooks_fail, stop_fails;
  uint64_t lifeline_ms;   // the VIP is there until then; 0 = no VIP
  bool primary;           // start hooks done, server writable
  std::string instance, role;
  bool up;
  std::vector<std::string> hooks;  // what was run, in order
  std::string hang;       // this hook hangs until it is killed
  uint32_t hung_id;
  Node() : had_state(false), alive(true), hooks_fail(false),
           stop_fails(false), lifeline_ms(0),
           primary(false), up(true), hung_id(0) {}
};

struct World {
  uint64_t now;
  Node n[2];
  std::unique_ptr<Witness> witness;
  State witness_state;
  bool cut_ab, cut_aw, cut_bw;
  bool pings, cut_ping[2];  // a ping node, and who hears it
  bool fence;
  uint64_t incarnation;
  explicit World(bool with_witness, bool with_pings = false,
                 bool with_fence = false)
      : now(kStart), cut_ab(false), cut_aw(false), cut_bw(false),
        pings(with_pings), fence(with_fence), incarnation(100) {
    cut_ping[0] = cut_ping[1] = false;
    n[0].name = "hdp3";
    n[1].name = "hdp4";
    n[0].role = "primary";
    n[1].role = "replica";
    n[0].instance = "i3";
    n[1].instance = "i4";
    if (with_witness) {
      WitnessConfig wc;
      wc.pair = "db";
      wc.self = "gw";
      wc.nodes[0] = "hdp3";
      wc.nodes[1] = "hdp4";
      witness.reset(new Witness(wc, ++incarnation, State(), false, now));
    }
    boot(0);
    boot(1);
  }
  Config config(int i) {
    Config c;
    c.pair = "db";
    c.self = n[i].name;
    c.peer = n[1 - i].name;
    if (witness) c.witness = "gw";
    c.ping_count = pings ? 1 : 0;
    c.has_fence = fence;
    GroupConfig g;
    g.name = "vip";
    g.preferred = "hdp3";
    g.resource_count = 2;
    c.groups.push_back(g);
    return c;
  }
  void boot(int i) {
    n[i].alive = true;
    n[i].core.reset(new Cluster(config(i), ++incarnation, n[i].state,
                                n[i].had_state, now));
    perform(i);
    watch(i);
  }
  void watch(int i) {
    if (!n[i].alive) return;
    tandem::Attrs a;
    if (n[i].up) {
      a["role"] = n[i].role;
      a["instance"] = n[i].instance;
      a["pos"] = "0-1-1";
      if (n[i].role == "replica") a["source"] = n[1 - i].up ? "yes" : "no";
    }
    n[i].core->on_watch(now, n[i].up, a);
    perform(i);
  }
  void hook(int i, const HookRun& h) {
    Node& node = n[i];
    std::string what = h.kind == HookKind::Event
                           ? h.event
                           : (h.kind == HookKind::Start ? "start" : "stop") +
                                 std::to_string(h.resource);
    node.hooks.push_back(what);
    if (what == node.hang) {
      node.hung_id = h.id;
      return;
    }
    const bool ok = !(node.hooks_fail && h.kind == HookKind::Start) &&
                    !(node.stop_fails && h.kind == HookKind::Stop);
    if (ok && what == "start0") node.lifeline_ms = h.lifeline_until_ms;
    if (ok && what == "start1") node.role = "primary";
    if (what == "stop1" && node.role == "primary") node.role = "readonly";
    if (what == "stop0") node.lifeline_ms = 0;
    if (what == "follow") node.role = "replica";
    tandem::Attrs published;
    if (what == "stop1") published["pos"] = "0-1-1";
    node.core->on_hook_exit(now, h.id, ok, published);
    watch(i);
  }
  void perform(int i) {
    std::vector<Action> todo = n[i].core->take_actions();
    for (size_t k = 0; k < todo.size(); ++k) {
      const Action& a = todo[k];
      switch (a.kind) {
        case ActionKind::Persist:
          n[i].state = a.state;
          n[i].had_state = true;
          break;
        case ActionKind::SendBeat: send(i, a.beat); break;
        case ActionKind::RunHook: hook(i, a.hook); break;
        case ActionKind::Lifeline: n[i].lifeline_ms = a.until_ms; break;
        case ActionKind::DropLifelines: n[i].lifeline_ms = 0; break;
        case ActionKind::Log:
          if (g_print) {
            printf("%6d %s %s\n", static_cast<int>(now - kStart),
                   n[i].name.c_str(), a.text.c_str());
          }
          break;
        case ActionKind::KillHook:
          if (a.hook_id == n[i].hung_id) killed.push_back(i);
          break;
        case ActionKind::Reply: break;
        case ActionKind::Exit: n[i].alive = false; return;
      }
    }
  }
  std::vector<int> killed;  // nodes whose hung hook was killed
  std::vector<std::pair<int, Beat>> wire;  // 2 = witness
  void send(int from, const Beat& b) {
    if (from < 2 && b.to == "gw") {
      if (!(from == 0 ? cut_aw : cut_bw)) wire.push_back(std::make_pair(2, b));
    } else if (from == 2) {
      const int to = b.to == "hdp3" ? 0 : 1;
      if (!(to == 0 ? cut_aw : cut_bw)) wire.push_back(std::make_pair(to, b));
    } else if (!cut_ab) {
      wire.push_back(std::make_pair(1 - from, b));
    }
  }
  void perform_witness() {
    std::vector<Action> todo = witness->take_actions();
    for (size_t k = 0; k < todo.size(); ++k) {
      if (todo[k].kind == ActionKind::Persist) witness_state = todo[k].state;
      if (todo[k].kind == ActionKind::SendBeat) send(2, todo[k].beat);
      if (todo[k].kind == ActionKind::Log && g_print) {
        printf("%6d gw %s\n", static_cast<int>(now - kStart),
               todo[k].text.c_str());
      }
    }
  }
  bool vip(int i) const {
    return n[i].lifeline_ms > now;
  }
  // Runs for ms; each millisecond delivers what was sent the one before.
  void run(uint64_t ms) {
    for (uint64_t end = now + ms; now < end;) {
      ++now;
      std::vector<std::pair<int, Beat>> due;
      due.swap(wire);
      for (size_t k = 0; k < due.size(); ++k) {
        const int to = due[k].first;
        if (to == 2) {
          witness->on_beat(now, due[k].second);
          perform_witness();
        } else if (n[to].alive) {
          n[to].core->on_beat(now, due[k].second);
          perform(to);
        }
      }
      for (int i = 0; i < 2; ++i) {
        if (n[i].alive && now >= n[i].core->next_due_ms()) {
          n[i].core->on_tick(now);
          perform(i);
        }
        if (now % 500 == 0) watch(i);
        if (pings && now % 200 == 0 && n[i].alive && !cut_ping[i]) {
          n[i].core->on_ping(now, 0);
          perform(i);
        }
      }
      if (witness && now >= witness->next_due_ms()) {
        witness->on_tick(now);
        perform_witness();
      }
      for (; !killed.empty(); killed.pop_back()) {
        Node& node = n[killed.back()];
        node.hang.clear();
        node.core->on_hook_exit(now, node.hung_id, false, tandem::Attrs());
        perform(killed.back());
      }
      if (witness) assert_false(vip(0) && vip(1));
    }
  }
  bool owns(int i) const { return n[i].alive && n[i].core->phase(0) == Phase::Owning; }
  bool paired(int i) const { return owns(i) && !n[i].core->record(0).paired.empty(); }
};

}  // namespace

static void the_writable_server_owns_first_and_is_paired(void**) {
  World w(true);
  w.run(5000);
  assert_true(w.owns(0));
  assert_true(w.paired(0));
  assert_false(w.owns(1));
  assert_true(w.vip(0));
  assert_int_equal(w.n[0].core->record(0).epoch, 1);
}

static void a_dead_server_gives_way_at_once(void**) {
  World w(true);
  w.run(5000);
  w.n[0].up = false;
  w.watch(0);
  w.watch(1);
  w.run(30);
  assert_true(w.owns(1));
  assert_true(w.vip(1));
  w.n[0].up = true;
  w.n[0].role = "readonly";
  w.n[0].instance = "i3b";
  w.watch(0);
  w.run(5000);
  assert_true(w.paired(1));
  assert_string_equal(w.n[1].core->record(0).paired.c_str(), "i3b");
}

static void a_dead_host_is_taken_over_after_deadtime(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  w.run(1900);
  assert_false(w.owns(1));
  w.run(500);
  assert_true(w.owns(1));
}

static void an_isolated_owner_lets_go_before_the_peer_takes(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = true;
  w.run(1300);
  assert_false(w.vip(0));
  w.run(2000);
  assert_true(w.owns(1));
  w.cut_ab = w.cut_aw = false;
  w.run(5000);
  assert_true(w.paired(1));
  assert_false(w.owns(0));
}

static void a_cut_between_the_nodes_changes_no_owner(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = true;
  w.run(20000);
  assert_true(w.owns(0));
  assert_false(w.paired(0));
  assert_false(w.owns(1));
  w.cut_ab = false;
  w.run(5000);
  assert_true(w.paired(0));
}

static void standby_moves_the_group(void**) {
  World w(true);
  w.run(5000);
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(100);
  assert_true(w.owns(1));
  w.run(5000);
  assert_true(w.paired(1));
}

static void takeover_asks_the_owner(void**) {
  World w(true);
  w.run(5000);
  Command c;
  c.kind = CommandKind::Takeover;
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(100);
  assert_true(w.owns(1));
}

static void an_ordered_stop_hands_over(void**) {
  World w(true);
  w.run(5000);
  w.n[0].core->on_stop(w.now);
  w.perform(0);
  w.run(300);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1));
}

static void a_replica_that_lacks_writes_never_starts(void**) {
  World w(true);
  w.run(5000);
  w.n[1].up = false;
  w.watch(1);
  w.run(1000);
  assert_false(w.paired(0));
  w.cut_ab = w.cut_aw = true;
  w.n[0].alive = false;
  w.n[1].up = true;
  w.n[1].instance = "i4b";
  w.watch(1);
  w.run(20000);
  assert_false(w.owns(1));
}

static void a_failed_start_lets_the_peer_try(void**) {
  World w(true);
  w.run(5000);
  w.n[1].hooks_fail = true;
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(40000);
  assert_true(w.owns(0));
}

static void without_an_arbiter_a_silent_peer_is_not_taken_over(void**) {
  World w(false);
  w.run(5000);
  assert_true(w.owns(0));
  w.cut_ab = true;
  w.n[0].alive = false;
  w.run(10000);
  assert_false(w.owns(1));
}

static void forced_takeover_needs_nobody(void**) {
  World w(true);
  w.run(5000);
  w.cut_ab = w.cut_aw = w.cut_bw = true;
  w.n[0].alive = false;
  w.run(5000);
  assert_false(w.owns(1));
  Command c;
  c.kind = CommandKind::ForceTakeover;
  c.reason = "host is gone";
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(3000);
  assert_true(w.owns(1));
  w.cut_bw = false;
  w.run(3000);
  assert_true(w.owns(1));
}

static void without_a_witness_an_ordered_stop_hands_over_too(void**) {
  World w(false, true);
  w.run(5000);
  assert_true(w.paired(0));
  w.n[0].core->on_stop(w.now);
  w.perform(0);
  w.run(1000);
  assert_false(w.n[0].alive);
  assert_true(w.owns(1));
}

static void back_from_isolation_a_node_listens_before_it_claims(void**) {
  World w(false, true);
  w.run(5000);
  w.cut_ab = w.cut_ping[0] = true;
  w.run(10000);
  assert_true(w.owns(1));
  const uint64_t epoch = w.n[1].core->record(0).epoch;
  w.cut_ping[0] = false;  // the ping node is heard first
  w.run(400);
  w.cut_ab = false;
  w.run(3000);
  assert_true(w.owns(1));
  assert_false(w.owns(0));
  assert_int_equal(w.n[1].core->record(0).epoch, epoch);
}

static void force_right_after_a_start_waits_to_hear_the_owner(void**) {
  World w(true);
  w.run(5000);
  w.boot(1);
  Command c;
  c.kind = CommandKind::ForceTakeover;
  c.reason = "hasty";
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(5000);  // run() asserts that never both have the address
  assert_true(w.owns(1));
  assert_false(w.owns(0));
}

static void init_right_after_a_start_is_refused(void**) {
  World w(true);
  w.run(5000);
  w.n[1].had_state = false;
  w.boot(1);
  Command c;
  c.kind = CommandKind::Init;
  w.n[1].core->on_command(w.now, 1, c);
  w.perform(1);
  w.run(5000);
  assert_true(w.owns(0));
  assert_false(w.owns(1));
}

static void a_forced_release_runs_every_stop_hook_again(void**) {
  World w(true);
  w.run(5000);
  w.n[0].hang = "stop1";
  Command c;
  c.kind = CommandKind::Standby;
  w.n[0].core->on_command(w.now, 1, c);
  w.perform(0);
  w.run(20);
  const size_t before = w.n[0].hooks.size();
  w.cut_ab = w.cut_aw = true;
  w.run(1500);
  assert_true(w.n[0].hooks.size() >= before + 2);
  assert_string_equal(w.n[0].hooks[before].c_str(), "stop1");
  assert_string_equal(w.n[0].hooks[before + 1].c_str(), "stop0");
  assert_true(w.n[0].core->phase(0) == Phase::Idle);
}

static void a_peer_whose_stop_fails_is_fenced_once(void**) {
  World w(true, false, true);
  w.run(5000);
  w.n[0].stop_fails = true;
  w.n[0].up = false;  // gives way, and cannot stop
  w.watch(0);
  w.run(1000);
  const std::vector<std::string>& hooks = w.n[1].hooks;
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "fence"), 1);
  w.n[0].alive = false;  // what the fence did
  w.n[0].lifeline_ms = 0;
  w.run(6000);
  assert_true(w.owns(1));
  assert_int_equal(std::count(hooks.begin(), hooks.end(), "fence"), 1);
}

int main(int argc, char**) {
  g_print = argc > 1;
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_writable_server_owns_first_and_is_paired),
      cmocka_unit_test(a_dead_server_gives_way_at_once),
      cmocka_unit_test(a_dead_host_is_taken_over_after_deadtime),
      cmocka_unit_test(an_isolated_owner_lets_go_before_the_peer_takes),
      cmocka_unit_test(a_cut_between_the_nodes_changes_no_owner),
      cmocka_unit_test(standby_moves_the_group),
      cmocka_unit_test(takeover_asks_the_owner),
      cmocka_unit_test(an_ordered_stop_hands_over),
      cmocka_unit_test(a_replica_that_lacks_writes_never_starts),
      cmocka_unit_test(a_failed_start_lets_the_peer_try),
      cmocka_unit_test(without_an_arbiter_a_silent_peer_is_not_taken_over),
      cmocka_unit_test(forced_takeover_needs_nobody),
      cmocka_unit_test(without_a_witness_an_ordered_stop_hands_over_too),
      cmocka_unit_test(back_from_isolation_a_node_listens_before_it_claims),
      cmocka_unit_test(force_right_after_a_start_waits_to_hear_the_owner),
      cmocka_unit_test(init_right_after_a_start_is_refused),
      cmocka_unit_test(a_forced_release_runs_every_stop_hook_again),
      cmocka_unit_test(a_peer_whose_stop_fails_is_fenced_once),
  };
  return cmocka_run_group_tests(tests, nullptr, nullptr);
}
