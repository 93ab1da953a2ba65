// The process around hbd's core, and the witness's: inputs queue up while it
// is frozen or in fsync; a turn feeds all of them, then the tick, then
// performs the actions in order; a Persist stands between the others.
#include <algorithm>
#include <iterator>

#include "lib/lease.h"
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

using hbd::Action;
using hbd::ActionKind;

namespace {
const Ms kWallMs = 1000000;
const size_t kSocketBuffer = 90;  // datagrams the kernel keeps
}  // namespace

Ms World::clock(const Host& h) const {
  const int64_t drift = static_cast<int64_t>(now) * h.drift_ppm / 1000000;
  return h.clock_offset + now + static_cast<Ms>(drift);
}

Ms World::when(const Host& h, Ms due) const {
  const Ms c = clock(h);
  if (due <= c) return now;
  Ms t = now + (due - c);
  Ms back = (due - c) / 2000 + 1;
  t = t > now + back ? t - back : now;
  for (;;) {
    const int64_t drift = static_cast<int64_t>(t) * h.drift_ppm / 1000000;
    if (h.clock_offset + t + static_cast<Ms>(drift) >= due) return t;
    ++t;
  }
}

bool World::runs(const Host& h) const {
  return h.alive && !h.frozen && h.proc.running && !h.proc.frozen;
}

void World::start_hbd(size_t host) {
  Host& h = hosts[host];
  Proc& p = h.proc;
  if (!h.alive || p.running) return;
  hbd::State stored = p.disk;
  stored.maintenance.pass_until(kWallMs + now);
  if (host != W && hbd::has_other_holds(
                       stored, node_config(setup_of(h), host).digest)) {
    say("%s hbd does not start: another haresources", h.name.c_str());
    return;
  }
  ++p.life;
  p.running = true;
  p.busy_until = 0;
  p.inbox.clear();
  p.datagrams = 0;
  p.actions.clear();
  p.wake_at = 0;
  p.incarnation = hbd::next_incarnation(p.has_disk ? p.disk.incarnation : 0,
                                        kWallMs + now,
                                        rng.below(UINT64_MAX - 1));
  h.stopping = false;
  say("%s hbd starts%s", h.name.c_str(), p.has_disk ? "" : " without state");
  start_core(h);
  at(0, [this, host] { turn(hosts[host]); });
}

void World::start_core(Host& h) {
  Proc& p = h.proc;
  const Setup& s = setup_of(h);
  const Ms t = clock(h);
  audit.on_start(h.index, p.incarnation, t);
  hbd::State stored = p.disk;
  stored.maintenance.pass_until(kWallMs + now);
  if (h.index == W) {
    p.witness.reset(new hbd::Witness(witness_config(s), p.incarnation, stored,
                                     p.has_disk, t));
    return;
  }
  p.config = node_config(s, h.index);
  p.shapes = shapes_of(s);
  for (const Shape& shape_here : p.shapes) {
    ids_[shape_here.name] = shape_here.id;
  }
  p.cluster.reset(new hbd::Cluster(p.config, p.incarnation, stored, p.has_disk,
                                   t));
  h.watcher.alive = s.has_watch;
  h.watcher.said.clear();
  h.watcher.said_ms = 0;
}

// kill -9. Hooks that run go on, with nobody to hear them.
void World::kill_hbd(size_t host) {
  Host& h = hosts[host];
  Proc& p = h.proc;
  if (!p.running) return;
  say("%s hbd ends", h.name.c_str());
  if (p.busy_until != 0 && rng.chance(50)) {
    p.before = p.disk;
    p.has_before = p.has_disk;
    p.disk = p.writing;
    p.has_disk = true;
  }
  p.busy_until = 0;
  p.running = false;
  p.frozen = false;
  ++p.life;
  audit.on_end(host);
  p.cluster.reset();
  p.witness.reset();
  p.inbox.clear();
  p.actions.clear();
  h.watcher.alive = false;
  for (size_t g = 0; g < kGroups; ++g) {
    std::vector<PipeRef>& pipes = h.vips[g].pipes;
    for (size_t i = 0; i < pipes.size(); ++i) pipes[i]->writer_open = false;
    pipes.clear();
  }
  at(rng.below(2), [this, host] { keeper_turns(hosts[host]); });
}

void World::freeze_hbd(size_t host, bool frozen) {
  Host& h = hosts[host];
  if (!h.proc.running || h.proc.frozen == frozen) return;
  say("%s hbd %s", h.name.c_str(), frozen ? "is stopped" : "goes on");
  h.proc.frozen = frozen;
  if (!frozen) at(0, [this, host] { turn(hosts[host]); });
}

void World::deliver(size_t host, const std::function<void(Ms)>& f) {
  Host& h = hosts[host];
  if (!h.proc.running) return;
  h.proc.inbox.push_back(f);
  if (runs(h)) at(0, [this, host] { turn(hosts[host]); });
}

void World::command(size_t host, hbd::CommandKind what,
                    const std::string& group, Ms limit) {
  Host& h = hosts[host];
  if (!h.proc.running) return;
  static const char* const kNames[] = {"standby", "takeover", "takeover -f",
                                       "init", "clear",
                                       "maintenance"};
  const std::string within =
      limit ? tandem::format(" -t %ums", static_cast<unsigned>(limit)) : "";
  say("%s hbctl%s %s%s%s", h.name.c_str(), within.c_str(),
      kNames[static_cast<size_t>(what)], group.empty() ? "" : " ",
      group.c_str());
  deliver(host, [this, host, what, group, limit](Ms t) {
    hbd::Command c;
    c.kind = what;
    c.group = group;
    c.reason = "test";
    c.limit_ms = limit;
    if (what == hbd::CommandKind::ForceTakeover ||
        what == hbd::CommandKind::Init) {
      audit.on_order(host, t, group);
    }
    watchdog.on_command(host, c);
    hosts[host].proc.cluster->on_command(t, next_command_++, c);
  });
}

void World::stop_hbd(size_t host) {
  if (host == W) return kill_hbd(host);
  say("%s hbd is told to stop", hosts[host].name.c_str());
  hosts[host].stopping = hosts[host].proc.running;
  deliver(host, [this, host](Ms t) { hosts[host].proc.cluster->on_stop(t); });
}

void World::turn(Host& h) {
  Proc& p = h.proc;
  if (!runs(h) || p.busy_until != 0) return;
  if (!perform(h)) return;
  const Ms t = clock(h);
  audit.on_turn(h.index);
  std::deque<std::function<void(Ms)>> inbox;
  inbox.swap(p.inbox);
  p.datagrams = 0;
  for (size_t i = 0; i < inbox.size(); ++i) {
    inbox[i](t);
    audit.on_input(h.index, t);
    collect(h, t);
  }
  if (p.cluster) p.cluster->on_tick(t);
  if (p.witness) p.witness->on_tick(t);
  audit.on_input(h.index, t);
  for (int round = 0; round < 64 && collect(h, t); ++round) {
    if (!perform(h)) return;
  }
  schedule_wake(h);
}

// What the core has decided by now. False: nothing is to be done.
bool World::collect(Host& h, Ms t) {
  Proc& p = h.proc;
  std::vector<Action> fresh =
      p.cluster ? p.cluster->take_actions() : p.witness->take_actions();
  for (const Action& a : fresh) {
    if (a.kind == ActionKind::SendBeat) audit.on_stamp(h.index, t, a.beat);
  }
  p.actions.insert(p.actions.end(), std::make_move_iterator(fresh.begin()),
                   std::make_move_iterator(fresh.end()));
  return !p.actions.empty();
}

void World::schedule_wake(Host& h) {
  Proc& p = h.proc;
  const Ms due = p.cluster ? p.cluster->next_due_ms()
                           : p.witness->next_due_ms();
  Ms at_ms = when(h, due);
  if (at_ms <= now) {
    at_ms = now + 1;
    if (++p.stalls > 200) fail(h.name + ": is due again and again");
  } else {
    p.stalls = 0;
    at_ms += rng.chance(10) ? rng.below(3) : 0;
  }
  p.wake_at = at_ms;
  const size_t host = h.index;
  const unsigned life = p.life;
  at(at_ms - now, [this, host, life, at_ms] {
    const Proc& q = hosts[host].proc;
    if (q.life == life && q.wake_at == at_ms) turn(hosts[host]);
  });
}

// False: it has to wait (fsync), or has ended.
bool World::perform(Host& h) {
  Proc& p = h.proc;
  while (!p.actions.empty()) {
    const Action a = std::move(p.actions.front());
    p.actions.pop_front();
    if (a.kind == ActionKind::Persist) {
      begin_fsync(h, a.state);
      return false;
    }
    perform_one(h, a);
    if (!p.running || failed()) return false;
  }
  return true;
}

void World::begin_fsync(Host& h, const hbd::State& state) {
  Proc& p = h.proc;
  check_persist(h, state);
  audit.on_persist(h.index, state);
  if (verbose_ > 1) {
    say("%s writes %s", h.name.c_str(), hbd::format_state(state).c_str());
  }
  p.writing = state;
  p.writing.maintenance.wall_ms = kWallMs + now;
  Ms ms = rng.range(p.fsync_min, p.fsync_max);
  if (rng.chance(2)) ms += 50;
  p.busy_until = now + ms;
  const size_t host = h.index;
  const unsigned life = p.life;
  at(ms, [this, host, life] {
    Proc& q = hosts[host].proc;
    if (q.life != life || q.busy_until == 0) return;
    q.busy_until = 0;
    q.before = q.disk;
    q.has_before = q.has_disk;
    q.disk = q.writing;
    q.has_disk = true;
    turn(hosts[host]);
  });
}

void World::perform_one(Host& h, const Action& a) {
  const size_t host = h.index;
  const bool of_group = a.kind == ActionKind::Lifeline ||
                        a.kind == ActionKind::DropLifelines;
  const size_t id = of_group ? h.proc.shapes[a.group].id : 0;
  switch (a.kind) {
    case ActionKind::Persist: break;
    case ActionKind::SendBeat:
      check_beat(h, a.beat);
      audit.on_send(host, clock(h), a.beat);
      post(h, a.beat);
      break;
    case ActionKind::RunHook:
      check_hook(h, a.hook);
      run_hook(h, a.hook);
      break;
    case ActionKind::KillHook: kill_hook(h, a.hook_id); break;
    case ActionKind::Notify:
      say("%s tells %s: %s", h.name.c_str(), a.hook.what.c_str(),
          a.hook.reason.c_str());
      break;
    case ActionKind::Lifeline:
      if (a.hold) audit.on_hold(host, id, a.until_ms);
      else audit.on_lifeline(host, id, a.until_ms);
      write_lifelines(h, id, a.until_ms, a.hold);
      break;
    case ActionKind::DropLifelines:
      audit.on_drop(host, id);
      drop_lifelines(h, id);
      break;
    case ActionKind::Phase: break;
    case ActionKind::Log:
      say("%s | %s", h.name.c_str(), a.text.c_str());
      watchdog.on_log(host, a.text);
      break;
    case ActionKind::Reply:
      say("%s replies %s: %s", h.name.c_str(), a.ok ? "ok" : "no",
          a.text.c_str());
      watchdog.on_reply(host, a.ok);
      break;
    case ActionKind::Exit:
      say("%s hbd exits in order", h.name.c_str());
      check_exit(h);
      kill_hbd(host);
      break;
  }
}

void World::drop_lifelines(Host& h, size_t group) {
  std::vector<PipeRef>& pipes = h.vips[group].pipes;
  for (size_t i = 0; i < pipes.size(); ++i) pipes[i]->writer_open = false;
  pipes.clear();
  const size_t host = h.index;
  at(rng.below(2), [this, host, group] { keeper_turn(hosts[host], group); });
}

void World::write_lifelines(Host& h, size_t group, Ms until_ms, bool hold) {
  std::vector<PipeRef>& pipes = h.vips[group].pipes;
  for (size_t i = 0; i < pipes.size(); ++i) {
    if (pipes[i]->ends_with != 0) continue;
    pipes[i]->until_ms = until_ms;
    pipes[i]->hold = hold;
    feed_pipe(h, group, pipes[i].get());
  }
  for (size_t i = pipes.size(); i-- > 0;) {
    if (!pipes[i]->writer_open) {
      pipes.erase(pipes.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  const size_t host = h.index;
  at(rng.below(2), [this, host, group] { keeper_turn(hosts[host], group); });
}

// The rules of hbd/hook/lifeline.cc, with lines for bytes.
void World::feed_pipe(Host& h, size_t group, Pipe* p) {
  const size_t unread = p->lines.size();
  const size_t host = h.index;
  if (unread == 0) p->drained_ms = clock(h);
  if (p->exited && unread < p->unread_limit) p->kept = true;
  if (p->reader_open) {
    p->lines.push_back(tandem::format(
        "%s%llu", p->hold ? "hold " : "",
        static_cast<unsigned long long>(p->until_ms)));
    ++p->unread_limit;
  }
  if (!p->exited) return;
  const bool frozen = p->kept && unread > 1 &&
                      clock(h) - p->drained_ms >
                          tandem::kernel_backstop_ms(setup_of(h).lease);
  if (p->reader_open && !frozen) return;
  p->writer_open = false;
  if (!p->kept) return;
  say("%s lifeline is broken", h.name.c_str());
  deliver(host, [this, host, group](Ms t) {
    const size_t local = local_of(hosts[host], group);
    hosts[host].proc.cluster->on_lifeline_broken(t, local);
  });
}

// ---- datagrams ------------------------------------------------------------

void World::post(Host& h, const hbd::Beat& b) {
  size_t to = 3;
  for (size_t i = 0; i < 3; ++i) {
    if (hosts[i].name == b.to) to = i;
  }
  if (to == 3) return fail(h.name + ": beat to nobody: " + b.to);
  if (rng.chance(4)) {
    hbd::Beat again;
    const std::string text = hbd::format_beat(b);
    if (!hbd::parse_beat(text, &again) || hbd::format_beat(again) != text) {
      return fail(h.name + ": a beat that cannot be read: " + text);
    }
  }
  if (hbd::format_beat(b).size() > hbd::kBeatTextMax) {
    return fail(h.name + ": a beat that is too long");
  }
  const Link& l = links[h.index][to];
  if (verbose_ > 1) {
    say("%s -> %s seq=%llu%s\n%s", h.name.c_str(), b.to.c_str(),
        static_cast<unsigned long long>(b.seq), l.cut ? " cut" : "",
        hbd::format_beat(b).c_str());
  }
  if (kind == Kind::Wide) attacker.on_datagram(h.index, to, b);
  if (l.cut || rng.chance(l.loss)) return;
  const unsigned copies = rng.chance(l.dup) ? 2 : 1;
  const size_t from = h.index;
  for (unsigned i = 0; i < copies; ++i) {
    at(rng.range(l.delay_min, l.delay_max), [this, from, to, b] {
      if (!links[from][to].cut) arrive(to, b);
    });
  }
}

void World::arrive(size_t to, const hbd::Beat& b) {
  Host& h = hosts[to];
  Proc& p = h.proc;
  if (!h.alive || !p.running || p.datagrams >= kSocketBuffer) return;
  if (p.datagrams++ == 0 && runs(h)) at(0, [this, to] { turn(hosts[to]); });
  p.inbox.push_back([this, to, b](Ms t) {
    Proc& q = hosts[to].proc;
    audit.on_beat(to, t, b);
    if (q.cluster) q.cluster->on_beat(t, b);
    if (q.witness) q.witness->on_beat(t, b);
  });
}

// ---- ping nodes -----------------------------------------------------------

size_t World::pings_answer(size_t host) const {
  size_t n = 0;
  for (size_t i = 0; i < setup.pings && !ping_cut[host]; ++i) {
    if (!ping_dead[i] && !ping_lost[host][i]) ++n;
  }
  return n;
}

// All but those that are dead for both.
bool World::all_pings_answer(size_t host) const {
  bool lost = ping_cut[host];
  for (size_t i = 0; i < setup.pings; ++i) {
    lost = lost || (!ping_dead[i] && ping_lost[host][i]);
  }
  return !lost;
}

void World::tick_ping(size_t host) {
  Host& h = hosts[host];
  if (h.alive && !h.frozen && !ping_cut[host]) {
    for (size_t i = 0; i < setup_of(h).pings; ++i) {
      if (ping_dead[i] || ping_lost[host][i]) continue;
      const Ms sent = clock(h);
      deliver(host, [this, host, i, sent](Ms t) {
        hbd::Cluster* c = hosts[host].proc.cluster.get();
        // Too old for link/ping.cc: hbd has only turned.
        if (t - sent > setup_of(hosts[host]).lease / 2) return c->on_tick(t);
        audit.on_ping(host, t);
        c->on_ping(t, i);
      });
    }
  }
  at(setup_of(h).keepalive, [this, host] { tick_ping(host); });
}

}  // namespace sim
