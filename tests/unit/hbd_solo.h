// One node, hdp3, and a hand that writes what its peer hdp4 and its witness gw
// say: for rules that two well-behaved nodes never put to the test. Hooks take
// no time unless they hang; group 0 has the server.
#ifndef TANDEM_TESTS_UNIT_HBD_SOLO_H
#define TANDEM_TESTS_UNIT_HBD_SOLO_H

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
#include <set>
#include <string>
#include <vector>

#include "hbd/decide/cluster.h"

namespace {

using namespace hbd;

const uint64_t kStart = 1000000;
bool g_print = false;

Record record(uint64_t epoch, uint64_t version, const char* owner,
              const char* paired) {
  Record r;
  r.epoch = epoch;
  r.version = version;
  r.owner = owner;
  r.paired = paired;
  r.from = "none";
  return r;
}

// Somebody who beats to hdp3.
struct Other {
  Hearing end;
  Beat says;                // every keepalive, while it speaks
  bool speaks = true;
  bool hears = true;
  bool agrees = true;       // stores what hdp3 claims and records
  uint64_t delay_ms = 0;    // until it hears what hdp3 said
  std::vector<std::pair<uint64_t, Beat>> on_its_way;
  uint64_t heard_sent_ms = 0;  // when the beat that it heard last was sent
  Other(const char* name, bool witness, uint64_t incarnation)
      : end("hdp3", incarnation, 2000) {
    says.pair = "db";
    says.from = name;
    says.witness = witness;
    says.up = true;
  }
  GroupBeat& group(size_t g = 0) { return says.groups[g]; }
};

struct Solo {
  uint64_t now = kStart, incarnation = 100;
  Config config;
  std::unique_ptr<Cluster> core;
  Other peer, witness;
  State disk;
  bool has_disk = false;
  bool pings = false;       // ping node 0 answers
  bool up = true;
  bool watcher_speaks = true;
  tandem::Attrs server;     // what the watcher says of ours
  std::set<std::string> fails;         // hooks by name: "start1", "fence" ...
  std::set<std::string> hangs;
  std::map<std::string, uint32_t> hung;  // name to id
  std::map<size_t, int> status;          // of a resource: the exit code
  std::vector<std::string> hooks, told, log;
  std::vector<HookRun> runs, notices;
  size_t drops = 0;  // of lifelines
  std::vector<uint32_t> killed;
  uint64_t lifeline_ms[2] = {0, 0};
  Beat to_peer, to_witness;  // the last ones
  size_t beats = 0;          // sent to the peer
  std::string reply;
  bool reply_ok = false, exited = false;

  explicit Solo(bool with_witness = true)
      : peer("hdp4", false, 50), witness("gw", true, 60) {
    config.pair = "db";
    config.self = "hdp3";
    config.peer = "hdp4";
    if (with_witness) config.witness = "gw";
    config.has_notify = true;
    witness.speaks = with_witness;
    add_group("vip", "hdp3", 2, true);
    ours("primary", "i3", "");
    theirs("replica", "i4", "yes");
    peer.group().fit = peer.group().takes = true;
  }
  void add_group(const char* name, const char* preferred, size_t resources,
                 bool with_server) {
    GroupConfig g;
    g.name = name;
    g.preferred = preferred;
    g.resource_count = resources;
    g.server = with_server;
    config.groups.push_back(g);
    GroupBeat gb;
    gb.name = name;
    peer.says.groups.push_back(gb);
    witness.says.groups.push_back(gb);
  }
  void ours(const char* role, const char* instance, const char* source) {
    set(&server, role, instance, source);
    if (core) watch();
  }
  void theirs(const char* role, const char* instance, const char* source) {
    set(&peer.says.attrs, role, instance, source);
  }
  static void set(tandem::Attrs* a, const char* role, const char* instance,
                  const char* source) {
    put(a, "role", role);
    put(a, "instance", instance);
    put(a, "source", source);
  }
  static void put(tandem::Attrs* a, const char* key, const char* value) {
    a->erase(key);
    if (*value) (*a)[key] = value;
  }
  // Begins with this record on disk, known to all three.
  void know(const Record& r, size_t g = 0) {
    has_disk = true;
    disk.node = "hdp3";
    disk.blank = false;
    disk.epoch = std::max(disk.epoch, r.epoch);
    if (disk.groups.size() <= g) disk.groups.resize(g + 1);
    disk.groups[g].name = config.groups[g].name;
    disk.groups[g].record = peer.group(g).record = r;
    witness.group(g).record = r;
    witness.group(g).fit = true;
  }
  void boot() {
    // What the others must agree on: they do, unless a test says otherwise.
    if (peer.says.agreement.times.empty()) {
      Config theirs = config;
      std::swap(theirs.self, theirs.peer);
      peer.says.agreement = own_agreement(theirs);
    }
    if (witness.says.agreement.times.empty()) {
      witness.says.agreement = Agreement(config);
    }
    core.reset(new Cluster(config, ++incarnation, disk, has_disk, now));
    perform();
    if (watcher_speaks) watch();
  }
  void watch() {
    core->on_watch(now, up, up ? server : tandem::Attrs());
    perform();
  }
  void say(Other* o, bool at_once = true) {
    if (!o->speaks && !at_once) return;
    Beat b = o->says;
    b.agreement.groups = b.group_names();
    o->end.stamp(now, &b);
    core->on_beat(now, b);
    perform();
  }
  void hear(Other* o, const Beat& b) {
    if (o->hears) o->on_its_way.push_back(std::make_pair(now, b));
  }
  void arrive(Other* o) {
    while (!o->on_its_way.empty() &&
           o->on_its_way.front().first + o->delay_ms <= now) {
      const std::pair<uint64_t, Beat> sent = o->on_its_way.front();
      o->on_its_way.erase(o->on_its_way.begin());
      if (!o->end.take(now, sent.second)) continue;
      o->heard_sent_ms = sent.first;
      for (size_t g = 0; o->agrees && g < o->says.groups.size(); ++g) {
        if (g < sent.second.groups.size()) agree(o, g, sent.second.groups[g]);
      }
    }
  }
  void agree(Other* o, size_t g, const GroupBeat& theirs) {
    GroupBeat* mine = &o->says.groups[g];
    const Record& r = theirs.holding == Holding::Claim ? theirs.claim.record
                                                       : theirs.record;
    if (!is_newer(r, mine->record)) return;
    mine->record = r;
    o->says.epoch = std::max(o->says.epoch, r.epoch);
    if (o->says.witness) mine->fit = true;
  }
  void perform() {
    const std::vector<Action> todo = core->take_actions();
    for (const Action& a : todo) {
      switch (a.kind) {
        case ActionKind::Persist:
          disk = a.state;
          has_disk = true;
          break;
        case ActionKind::SendBeat: {
          const bool is_witness = a.beat.to == "gw";
          (is_witness ? to_witness : to_peer) = a.beat;
          if (!is_witness) ++beats;
          hear(is_witness ? &witness : &peer, a.beat);
          break;
        }
        case ActionKind::RunHook: run_hook(a.hook); break;
        case ActionKind::KillHook: killed.push_back(a.hook_id); break;
        case ActionKind::Lifeline:
          if (lifeline_ms[a.group] != 0) lifeline_ms[a.group] = a.until_ms;
          break;
        case ActionKind::DropLifelines:
          lifeline_ms[a.group] = 0;
          ++drops;
          break;
        case ActionKind::Phase: break;
        case ActionKind::Log:
          log.push_back(a.text);
          if (g_print) {
            printf("%6d %s\n", static_cast<int>(now - kStart), a.text.c_str());
          }
          break;
        case ActionKind::Notify:
          told.push_back(a.hook.what);
          notices.push_back(a.hook);
          break;
        case ActionKind::Reply:
          reply = a.text;
          reply_ok = a.ok;
          break;
        case ActionKind::Exit: exited = true; break;
      }
    }
  }
  static std::string name_of(const HookRun& h) {
    const std::string name =
        h.kind == HookKind::Event
            ? h.event
            : (h.kind == HookKind::Start ? "start"
               : h.kind == HookKind::Stop ? "stop" : "status") +
                  std::to_string(h.resource);
    return h.group == 1 ? "web-" + name : name;
  }
  // What the hook of that name was told when it last ran.
  HookRun last(const std::string& name) const {
    for (size_t i = runs.size(); i-- > 0;) {
      if (name_of(runs[i]) == name) return runs[i];
    }
    fail_msg("%s never ran", name.c_str());
    return HookRun();
  }
  void run_hook(const HookRun& h) {
    const std::string name = name_of(h);
    hooks.push_back(name);
    runs.push_back(h);
    if (h.kind == HookKind::Start && h.resource == 0) {
      lifeline_ms[h.group] = h.lifeline_until_ms;
    }
    if (hangs.count(name)) {
      hung[name] = h.id;
      return;
    }
    end_hook(name, h.id, fails.count(name) == 0);
  }
  void end_hook(const std::string& name, uint32_t id, bool ok) {
    if (name == "stop0") lifeline_ms[0] = 0;
    if (ok && name == "start1") Solo::put(&server, "role", "primary");
    if (name == "stop1") Solo::put(&server, "role", "readonly");
    if (name.compare(0, 6, "status") == 0) {
      const size_t resource = static_cast<size_t>(name[6] - '0');
      core->on_status_exit(now, id, status[resource]);
    } else {
      core->on_hook_exit(now, id, ok, tandem::Attrs());
    }
    perform();
    if (watcher_speaks) watch();
  }
  // What hung ends at last.
  void end(const char* name, bool ok = true) {
    const uint32_t id = hung[name];
    hung.erase(name);
    end_hook(name, id, ok);
  }
  void end_killed() {
    for (; !killed.empty(); killed.pop_back()) {
      for (const auto& h : hung) {
        if (h.second != killed.back()) continue;
        end(std::string(h.first).c_str(), false);
        break;
      }
    }
  }
  void run(uint64_t ms) {
    for (const uint64_t until = now + ms; now < until && !exited;) {
      ++now;
      arrive(&peer);
      arrive(&witness);
      if (now % 200 == 0) say(&peer, false);
      if (now % 200 == 100) say(&witness, false);
      if (now % 200 == 0 && pings) {
        core->on_ping(now, 0);
        perform();
      }
      if (now % 500 == 0 && watcher_speaks) watch();
      if (now >= core->next_due_ms() || now % 200 == 150) tick();
      end_killed();
    }
  }
  void tick() {
    core->on_tick(now);
    perform();
  }
  void command(CommandKind kind, const char* g = "", uint64_t limit_ms = 0) {
    Command c;
    c.limit_ms = limit_ms;
    c.kind = kind;
    c.group = g;
    c.reason = "test";
    core->on_command(now, 1, c);
    perform();
  }
  void stop() {
    core->on_stop(now);
    perform();
  }
  // Both are gone, or one.
  void silence(bool the_peer, bool the_witness) {
    if (the_peer) peer.speaks = peer.hears = false;
    if (the_witness) witness.speaks = witness.hears = false;
  }
  Phase phase(size_t g = 0) const { return core->phase(g); }
  bool owns(size_t g = 0) const { return phase(g) == Phase::Owning; }
  const Record& known(size_t g = 0) const { return core->record(g); }
  bool paired() const { return owns() && !known().alone(); }
  long count(const char* hook) const {
    return std::count(hooks.begin(), hooks.end(), hook);
  }
  bool was_told(const char* what) const {
    return std::count(told.begin(), told.end(), what) > 0;
  }
  bool shows(const char* text) const {
    return status_text(core->status(now)).find(text) != std::string::npos;
  }
  // An owner, paired with hdp4: where most stories begin.
  void begin_paired() {
    know(record(1, 2, "hdp3", "i4"));
    boot();
    run(3000);
    assert_true(paired());
    hooks.clear();
    runs.clear();
    told.clear();
  }
  // The standby of hdp4, which owns and counts on it.
  void begin_standby() {
    know(record(2, 2, "hdp4", "i3"));
    ours("replica", "i3", "yes");
    theirs("primary", "i4", "");
    peer.group().holding = Holding::Own;
    boot();
    run(3000);
    assert_true(phase() == Phase::Idle);
    hooks.clear();
    runs.clear();
    told.clear();
  }
};

}  // namespace

#endif
