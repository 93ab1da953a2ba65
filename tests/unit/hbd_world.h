// Two nodes and a witness on a perfect network, with a hand on every cable:
// the world of the stories about hbd's core. Each node runs hooks that take no
// time; group 0 has the server, group 1, if there is one, is named "web".
#ifndef TANDEM_TESTS_UNIT_HBD_WORLD_H
#define TANDEM_TESTS_UNIT_HBD_WORLD_H

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

#include "hbd/decide/cluster.h"
#include "hbd/decide/witness.h"

namespace {

using namespace hbd;

const uint64_t kStart = 1000000;
bool g_print = false;

struct Node {
  std::string name;
  std::unique_ptr<Cluster> core;
  State state;
  bool had_state, alive, hooks_fail, stop_fails;
  uint64_t lifeline_ms[2];  // each VIP is there until then; 0 = no VIP
  bool primary;           // start hooks done, server writable
  std::string instance, role;
  bool up;
  std::vector<std::string> hooks;  // what was run, in order
  std::vector<size_t> asked;       // for status
  int status[2] = {0, 0};          // exit codes of it; -1: none in time
  std::string hang;       // this hook hangs until it is killed
  bool ahead;             // by what was never acknowledged: follow says so
  bool fence_fails = false;
  std::string pos;
  std::vector<std::string> told;   // by notify: "GROUP WHAT" or "WHAT"
  Beat beat;              // the last one sent
  std::string reply;
  uint32_t hung_id;
  Node() : had_state(false), alive(true), hooks_fail(false),
           stop_fails(false), primary(false), up(true), ahead(false),
           pos("0-1-1"), hung_id(0) {
    lifeline_ms[0] = lifeline_ms[1] = 0;
  }
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
  int ok_again = -1;      // a start sets the status to this; -1: to nothing
  Config base;            // what the nodes have in common
  explicit World(bool with_witness, bool with_pings = false,
                 bool with_fence = false, const Config* config = nullptr)
      : now(kStart), cut_ab(false), cut_aw(false), cut_bw(false),
        pings(with_pings), fence(with_fence), incarnation(100) {
    if (config) base = *config;
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
  static GroupConfig group(const char* name, const char* preferred,
                           size_t resources, bool server) {
    GroupConfig g;
    g.name = name;
    g.preferred = preferred;
    g.resource_count = resources;
    g.server = server;
    return g;
  }
  Config config(int i) {
    Config c = base;
    c.pair = "db";
    c.self = n[i].name;
    c.peer = n[1 - i].name;
    if (witness) c.witness = "gw";
    c.ping_count = pings ? 1 : 0;
    c.has_fence = fence;
    c.has_notify = true;
    if (c.groups.empty()) c.groups.push_back(group("vip", "hdp3", 2, true));
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
      a["pos"] = n[i].pos;
      if (n[i].role == "replica") a["source"] = n[1 - i].up ? "yes" : "no";
    }
    n[i].core->on_watch(now, n[i].up, a);
    perform(i);
  }
  void hook(int i, const HookRun& h) {
    Node& node = n[i];
    std::string what = h.kind == HookKind::Event
                           ? h.event
                           : (h.kind == HookKind::Start ? "start"
                              : h.kind == HookKind::Stop ? "stop" : "status") +
                                 std::to_string(h.resource);
    if (h.group == 1) what = "web-" + what;
    node.hooks.push_back(what);
    if (what == node.hang) {
      node.hung_id = h.id;
      return;
    }
    if (h.kind == HookKind::Status) {
      node.hooks.pop_back();
      node.asked.push_back(h.resource);
      node.core->on_status_exit(now, h.id, node.status[h.resource]);
      return;
    }
    if (ok_again >= 0 && h.kind == HookKind::Start) {
      node.status[h.resource] = ok_again;
    }
    const bool ok = !(node.hooks_fail && h.kind == HookKind::Start) &&
                    !(node.stop_fails && h.kind == HookKind::Stop) &&
                    !(node.ahead && what == "follow") &&
                    !(node.fence_fails && what == "fence");
    const bool first = h.kind != HookKind::Event && h.resource == 0;
    if (ok && first && h.kind == HookKind::Start) {
      node.lifeline_ms[h.group] = h.lifeline_until_ms;
    }
    if (first && h.kind == HookKind::Stop) node.lifeline_ms[h.group] = 0;
    if (ok && what == "start1") node.role = "primary";
    if (what == "stop1" && node.role == "primary") node.role = "readonly";
    if (ok && what == "follow") node.role = "replica";
    tandem::Attrs published;
    if (what == "stop1") published["pos"] = node.pos;
    if (what == "follow" && node.ahead) published["rebuild"] = "yes";
    if (what == "rebuild") node.ahead = false;
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
        case ActionKind::Lifeline:
          if (n[i].lifeline_ms[a.group] == 0) break;  // no pipe any more
          n[i].lifeline_ms[a.group] = a.until_ms;
          break;
        case ActionKind::DropLifelines: n[i].lifeline_ms[a.group] = 0; break;
        case ActionKind::Phase: break;
        case ActionKind::Log:
          if (g_print) {
            printf("%6d %s %s\n", static_cast<int>(now - kStart),
                   n[i].name.c_str(), a.text.c_str());
          }
          break;
        case ActionKind::KillHook:
          if (a.hook_id == n[i].hung_id) killed.push_back(i);
          break;
        case ActionKind::Reply: n[i].reply = a.text; break;
        case ActionKind::Notify:
          n[i].told.push_back(
              (a.hook.group == kNoGroup
                   ? std::string()
                   : config(i).groups[a.hook.group].name + " ") + a.hook.what);
          break;
        case ActionKind::Exit: n[i].alive = false; return;
      }
    }
  }
  std::vector<int> killed;  // nodes whose hung hook was killed
  std::vector<std::pair<int, Beat>> wire;  // 2 = witness
  void send(int from, const Beat& b) {
    if (from < 2) n[from].beat = b;
    assert_true(format_beat(b).size() <= kBeatTextMax);
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
  bool vip(int i, size_t g = 0) const { return n[i].lifeline_ms[g] > now; }
  void command(int i, CommandKind kind, const char* g = "",
               uint64_t limit_ms = 0) {
    Command c;
    c.kind = kind;
    c.group = g;
    c.limit_ms = limit_ms;
    c.reason = "test";
    n[i].core->on_command(now, 1, c);
    perform(i);
  }
  void stop(int i) {
    n[i].core->on_stop(now);
    perform(i);
  }
  void server(int i, const char* role, const char* instance) {
    n[i].role = role;
    n[i].instance = instance;
    watch(i);
  }
  bool told(int i, const char* what) const {
    return std::count(n[i].told.begin(), n[i].told.end(), what) > 0;
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
      for (size_t g = 0; witness && g < 2; ++g) {
        assert_false(vip(0, g) && vip(1, g));
      }
    }
  }
  bool owns(int i, size_t g = 0) const {
    return n[i].alive && n[i].core->phase(g) == Phase::Owning;
  }
  bool paired(int i) const {
    return owns(i) && !n[i].core->record(0).paired.empty();
  }
};

}  // namespace

#endif
