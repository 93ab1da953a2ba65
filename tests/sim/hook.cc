// The hooks, each a process that takes several steps and can be killed
// between them: vipctl, promote, rejoin, a fence. The order of the steps is
// that of the real tools (vipctl/, promote/).
#include <algorithm>

#include <stdlib.h>

#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

using hbd::HookKind;

namespace {

const Ms kDone = kEver;
const Ms kNeverEnds = kEver - 1;
const Ms kHookDeadline = 10000, kStatusDeadline = 2000;

std::string hook_name(const hbd::HookRun& r, Part part) {
  if (r.kind == HookKind::Event) return r.event;
  std::string tool = part == Part::Address  ? "vipctl"
                     : part == Part::Server ? "promote" : "daemon";
  if (r.group != 0) tool += tandem::format(" %zu", r.group);
  return tool + (r.kind == HookKind::Start  ? " start"
                 : r.kind == HookKind::Stop ? " stop" : " status");
}

}  // namespace

Hook* World::find_hook(Host& h, unsigned id) {
  for (size_t i = 0; i < h.hooks.size(); ++i) {
    if (h.hooks[i].id == id) return &h.hooks[i];
  }
  return nullptr;
}

void World::run_hook(Host& h, const hbd::HookRun& run) {
  Hook k;
  k.id = next_hook_++;
  k.life = h.proc.life;
  k.run = run;
  k.run.group = h.proc.shapes[run.group].id;
  k.pc = 0;
  k.begun = now;
  k.deadline = k.target = 0;
  k.ok = false;
  k.code = -1;
  audit.on_hook(h.index, k.run.group, run);
  if (run.kind == HookKind::Event) watchdog.on_event(h.index, run.event);
  if (run.kind == HookKind::Start) {
    watchdog.on_start(h.index, k.run.group, run.epoch);
  }
  if (run.event == "fence") ++fences;
  begin_hook(h, &k);
  const bool asks = run.kind == HookKind::Status;
  if (!asks || verbose_ > 1) {
    say("%s runs %s epoch=%llu grant=%s sync=%s", h.name.c_str(),
        hook_name(k.run, part_of(k.run)).c_str(),
        static_cast<unsigned long long>(run.epoch), run.grant.c_str(),
        run.sync.c_str());
  }
  const unsigned id = k.id;
  const size_t host = h.index;
  if (kind == Kind::Wide && is_of_server(k)) end_orphans(h);
  h.hooks.push_back(k);
  next_step(h, id, rng.range(2, 10));
  at(asks ? kStatusDeadline : kHookDeadline,
     [this, host, id] { enforce(hosts[host], id); });
}

bool World::is_of_server(const Hook& k) const {
  const hbd::HookRun& run = k.run;
  if (run.kind != HookKind::Event) {
    return run.kind != HookKind::Status && part_of(run) == Part::Server;
  }
  return run.event == "alone" || run.event == "paired" || run.event == "follow";
}

// What a killed hbd has left: promote and rejoin end an older one of theirs.
void World::end_orphans(Host& h) {
  for (size_t i = h.hooks.size(); i-- > 0;) {
    const Hook& k = h.hooks[i];
    if (k.life == h.proc.life || !is_of_server(k)) continue;
    say("%s ends an older %s", h.name.c_str(),
        hook_name(k.run, part_of(k.run)).c_str());
    h.hooks.erase(h.hooks.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

// hbd's deadline for a hook: it ends it as soon as it can.
void World::enforce(Host& h, unsigned id) {
  const Hook* late = find_hook(h, id);
  if (!late || late->life != h.proc.life || !h.proc.running) return;
  if (runs(h)) return end_hook(h, id, false);
  const size_t host = h.index;
  at(500, [this, host, id] { enforce(hosts[host], id); });
}

// The pipes of hbd/hook/lifeline.cc: a start gets a new one, and its end, like
// a stop's, closes those before it.
void World::begin_hook(Host& h, Hook* k) {
  if (k->run.kind == HookKind::Event || k->run.kind == HookKind::Status) return;
  std::vector<PipeRef>& pipes = h.vips[k->run.group].pipes;
  for (size_t i = 0; i < pipes.size(); ++i) {
    if (pipes[i]->resource == k->run.resource) pipes[i]->ends_with = k->run.id;
  }
  if (k->run.kind != HookKind::Start) return;
  k->pipe.reset(new Pipe);
  k->pipe->hook_id = k->run.id;
  k->pipe->resource = k->run.resource;
  k->pipe->until_ms = k->run.lifeline_until_ms;
  k->pipe->drained_ms = clock(h);
  pipes.push_back(k->pipe);
  feed_pipe(h, k->run.group, k->pipe.get());
}

void World::next_step(Host& h, unsigned id, Ms delay) {
  const size_t host = h.index;
  at(delay, [this, host, id] {
    Host& g = hosts[host];
    Hook* k = find_hook(g, id);
    if (!k || !g.alive) return;
    if (g.frozen) return next_step(g, id, 20);
    const Ms ms = step_hook(g, k);
    k = find_hook(g, id);
    if (!k || ms == kNeverEnds) return;
    if (ms == kDone) return end_hook(g, id, k->ok);
    next_step(g, id, ms * g.hook_slow);
  });
}

void World::end_hook(Host& h, unsigned id, bool ok) {
  Hook* k = find_hook(h, id);
  if (!k) return;
  const Hook over = *k;
  h.hooks.erase(h.hooks.begin() + (k - h.hooks.data()));
  if (over.run.kind == HookKind::Status) return end_status(h, over);
  if (!ok) watchdog.on_hook_failed(h.index);
  if (ok && over.run.event == "follow") audit.on_followed(h.index);
  if (ok && over.run.event == "fence") audit.on_fenced(h.index);
  say("%s %s %s ms=%llu%s", h.name.c_str(),
      hook_name(over.run, part_of(over.run)).c_str(), ok ? "done" : "FAILED",
      static_cast<unsigned long long>(now - over.begun),
      over.life == h.proc.life ? "" : " (orphan)");
  const size_t group = over.run.group;
  if (over.pipe && h.vips[group].keeper.pipe != over.pipe) {
    over.pipe->reader_open = false;
  }
  if (over.life != h.proc.life) return;
  const size_t host = h.index;
  const unsigned life = over.life;
  deliver(host, [this, host, group, life, over, ok](Ms t) {
    Host& g = hosts[host];
    if (g.proc.life != life) return;
    std::vector<PipeRef>& pipes = g.vips[group].pipes;
    for (size_t i = pipes.size(); i-- > 0;) {
      Pipe* p = pipes[i].get();
      if (p->ends_with == over.run.id) {
        p->writer_open = false;
        pipes.erase(pipes.begin() + static_cast<std::ptrdiff_t>(i));
      } else if (p->hook_id == over.run.id && !p->exited) {
        p->exited = true;
        p->kept = ok && p->lines.size() < p->unread_limit;
        p->unread_limit = p->lines.size();
        p->drained_ms = t;
        feed_pipe(g, group, p);
        if (!p->writer_open) {
          pipes.erase(pipes.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
    }
    at(0, [this, host, group] { keeper_turn(hosts[host], group); });
    g.proc.cluster->on_hook_exit(t, over.run.id, ok, over.attrs);
  });
}

void World::end_status(Host& h, const Hook& over) {
  if (over.code != 0) {
    say("%s %s: %d", h.name.c_str(),
        hook_name(over.run, part_of(over.run)).c_str(), over.code);
  }
  if (over.life != h.proc.life) return;
  const size_t host = h.index;
  deliver(host, [this, host, over](Ms t) {
    Host& g = hosts[host];
    if (g.proc.life != over.life) return;
    g.proc.cluster->on_status_exit(t, over.run.id, over.code);
  });
}

// LSB: 0 runs, 3 does not.
Ms World::step_status(Host& h, Hook* k) {
  const Part part = part_of(k->run);
  if (part == Part::Server && h.server.state == Server::Hung) {
    return kNeverEnds;
  }
  const bool runs = part == Part::Address  ? h.vips[k->run.group].address
                    : part == Part::Daemon ? h.daemons[k->run.group]
                                           : h.server.state == Server::Up;
  k->code = runs ? 0 : 3;
  return kDone;
}

// KILL may come before or after the step that it interrupts.
void World::kill_hook(Host& h, uint32_t run_id) {
  for (size_t i = 0; i < h.hooks.size(); ++i) {
    Hook* k = &h.hooks[i];
    if (k->run.id != run_id || k->life != h.proc.life) continue;
    const unsigned id = k->id;
    say("%s kills %s", h.name.c_str(),
        hook_name(k->run, part_of(k->run)).c_str());
    if (rng.chance(30)) step_hook(h, k);
    return end_hook(h, id, false);
  }
}

Ms World::step_hook(Host& h, Hook* k) {
  if (k->pc == 0) {
    if (rng.chance(h.hook_hang)) return kNeverEnds;
    if (rng.chance(h.hook_fail)) return kDone;
    if (k->run.kind == HookKind::Start && h.fail_next > 0 &&
        part_of(k->run) == Part::Server) {
      --h.fail_next;
      return kDone;
    }
  }
  if (k->run.kind == HookKind::Event) return step_event(h, k);
  if (k->run.kind == HookKind::Status) return step_status(h, k);
  switch (part_of(k->run)) {
    case Part::Address: return step_vip(h, k);
    case Part::Daemon: return step_daemon(h, k);
    case Part::Server: break;
  }
  return k->run.kind == HookKind::Start ? step_promote(h, k)
                                        : step_demote(h, k);
}

Ms World::step_daemon(Host& h, Hook* k) {
  if (k->pc++ == 0) return rng.range(3, 30);
  h.daemons[k->run.group] = k->run.kind == HookKind::Start;
  k->ok = true;
  return kDone;
}

// ---- vipctl ---------------------------------------------------------------

Ms World::step_vip(Host& h, Hook* k) {
  const bool start = k->run.kind == HookKind::Start;
  const bool wary = k->run.grant == "ping" || k->run.grant == "none";
  const size_t group = k->run.group;
  switch (k->pc) {
    case 0:
      // One at a time by a lock; who hangs there for a second is killed.
      for (size_t i = 0; i < h.hooks.size(); ++i) {
        Hook* o = &h.hooks[i];
        if (o->id == k->id || o->run.kind == HookKind::Event ||
            o->run.kind == HookKind::Status ||
            o->run.group != group || part_of(o->run) != Part::Address ||
            o->pc == 0) {
          continue;
        }
        if (now - k->begun < 1000) return 5;
        const unsigned mine = k->id;
        end_hook(h, o->id, false);
        k = find_hook(h, mine);
        break;
      }
      kill_keeper(h, group);  // whoever kept it before
      k->pc = 1;
      return start && wary ? 80 : rng.range(1, 4);
    case 1: {
      if (!start) {
        remove_address(h, group, "vipctl stop");
        k->ok = true;
        return kDone;
      }
      const Host& o = hosts[1 - h.index];
      if (wary && o.vips[group].address && sql(h.index, o.index)) {
        say("%s vipctl: a rival answers", h.name.c_str());
        return kDone;
      }
      vipctl::Lifeline line(setup_of(h).lease);
      for (size_t i = 0; i < k->pipe->lines.size(); ++i) {
        if (!line.on_line(k->pipe->lines[i])) fail("bad lifeline");
      }
      k->pipe->lines.clear();
      if (!k->pipe->writer_open) line.on_eof();
      if (!line.lets_start(clock(h))) {
        say("%s vipctl: the lifeline does not let it start", h.name.c_str());
        return kDone;
      }
      set_address(h, group, line.lifetime_s(clock(h)));
      start_keeper(h, group, k->pipe, line);
      k->ok = true;
      return kDone;
    }
  }
  return kDone;
}

// ---- promote --------------------------------------------------------------

Ms World::step_promote(Host& h, Hook* k) {
  Server& s = h.server;
  const size_t peer = 1 - h.index;
  Host& o = hosts[peer];
  if (s.state == Server::Hung) {
    if (k->deadline == 0) k->deadline = now + 2000;
    return now < k->deadline ? 50 : kDone;
  }
  if (s.state != Server::Up) return kDone;
  switch (k->pc) {
    case 0:
      if (s.source == kNobody && !s.read_only) {
        k->ok = true;
        k->attrs["pos"] = position(h);
        return kDone;
      }
      k->pc = k->run.grant == "peer" ? 3 : 1;
      return rng.range(2, 6);
    case 1: {  // ask the other server
      const Ms wait = h.promote_delay;
      h.promote_delay = 0;
      k->pc = 2;
      if (!sql(h.index, peer) || o.server.state == Server::Hung) {
        k->pc = 3;
        return 300 + wait;
      }
      if (o.server.state != Server::Up) k->pc = 3;
      return rng.range(2, 6) + wait;
    }
    case 2:  // demote it, and wait for what it had
      if (k->deadline == 0) {
        if (!sql(h.index, peer) || !answers(o)) return kDone;
        if (!o.server.read_only) {
          say("%s promote demotes %s", h.name.c_str(), o.name.c_str());
          release_waiters(o, SIZE_MAX, false);
          o.server.read_only = true;
        }
        k->target = o.server.log.size();
        k->deadline = now + 3000;
      }
      if (s.source != kNobody && s.io && s.received() < k->target) {
        if (now < k->deadline) return 5;
        if (k->run.start_from != "paired") return kDone;
      } else if (s.received() < k->target && k->run.start_from != "paired") {
        return kDone;  // missing-transactions
      }
      k->pc = 3;
      k->deadline = 0;
      return 2;
    case 3:  // stop the receiver, apply, forget the source
      s.io_stopped = true;
      s.io = false;
      if (k->deadline == 0) k->deadline = now + 8000;
      if (!s.relay.empty()) return now < k->deadline ? 5 : kDone;
      k->pc = 4;
      return rng.range(1, 4);
    default:
      s.source = kNobody;
      s.semi = k->run.sync == "paired";
      s.read_only = false;
      s.io_stopped = false;
      say("%s promote: writable at %s", h.name.c_str(), position(h).c_str());
      k->ok = true;
      k->attrs["pos"] = position(h);
      return kDone;
  }
}

Ms World::step_demote(Host& h, Hook* k) {
  Server& s = h.server;
  if (s.state == Server::Down || s.state == Server::Starting) {
    k->ok = true;
    return kDone;
  }
  if (s.state == Server::Hung) {
    if (k->deadline == 0) k->deadline = now + 1500;
    if (now < k->deadline) return 50;
    crash_server(h.index, 1000);
    k->ok = true;
    return kDone;
  }
  switch (k->pc) {
    case 0:
      if (s.read_only) {
        k->attrs["pos"] = position(h);
        k->ok = true;
        return kDone;
      }
      // First what waits for an acknowledgement, and gets an error.
      release_waiters(h, SIZE_MAX, false);
      k->pc = 1;
      return rng.range(1, 5);
    case 1:
      s.read_only = true;
      k->pc = 2;
      return rng.range(1, 4);
    default:
      release_waiters(h, SIZE_MAX, false);
      k->attrs["pos"] = position(h);
      k->ok = true;
      return kDone;
  }
}

// ---- events ---------------------------------------------------------------

Ms World::step_fence(Host& h, Hook* k) {
  const size_t peer = 1 - h.index;
  if (h.fence == FenceDoes::Hang) return kNeverEnds;
  if (k->pc++ == 0) return rng.range(50, 400);
  if (!fence_works || h.fence == FenceDoes::Fail) return kDone;
  say("%s fences %s", h.name.c_str(), hosts[peer].name.c_str());
  crash(peer, false, false);
  at(rng.range(4000, 9000), [this, peer] { boot(peer); });
  k->ok = true;
  return kDone;
}

Ms World::step_event(Host& h, Hook* k) {
  Server& s = h.server;
  if (k->run.event == "fence") return step_fence(h, k);
  // The sessions' business, not the data's.
  if (k->run.event == "drain" || k->run.event == "gate") {
    if (k->pc++ == 0) return rng.range(5, 2500);
    k->ok = rng.chance(90);
    return kDone;
  }
  if (s.state == Server::Hung && now - k->begun < 2000) return 50;
  if (s.state != Server::Up) return kDone;
  if (k->run.event == "follow") return step_follow(h, k);
  if (k->run.event == "rebuild") return step_rebuild(h, k);
  if (k->run.event == "alone") {
    s.semi = false;
    release_waiters(h, SIZE_MAX, true);
    k->ok = true;
    return kDone;
  }
  return step_paired(h, k);
}

// A copy of the owner's data, and its replica then.
Ms World::step_rebuild(Host& h, Hook* k) {
  Server& s = h.server;
  const Host& o = hosts[1 - h.index];
  if (k->pc++ == 0) return rng.range(300, 3000);
  if (!sql(h.index, o.index) || !answers(o) || o.server.read_only ||
      o.server.source != kNobody) {
    return kDone;
  }
  release_waiters(h, SIZE_MAX, false);
  s.read_only = true;
  s.semi = false;
  s.relay.clear();
  s.log = o.server.log;
  s.settled = s.log.size();
  s.instance = next_instance_++;
  s.source = static_cast<int>(o.index);
  s.io_stopped = s.io = s.refused = s.tail_refused = false;
  s.io_retry = now;
  s.tail_ms = 0;
  say("%s rebuild: a copy of the owner's data", h.name.c_str());
  k->ok = true;
  return kDone;
}

Ms World::step_paired(Host& h, Hook* k) {
  Server& s = h.server;
  const size_t peer = 1 - h.index;
  const Host& o = hosts[peer];
  if (s.read_only || s.source != kNobody) return kDone;
  if (k->pc == 0) {
    if (!sql(h.index, peer) || !answers(o)) return kDone;
    s.semi = true;
    k->pc = 1;
    k->deadline = now + 3000;
    return rng.range(1, 3);
  }
  if (k->pc == 1) {
    k->target = s.log.size();
    k->pc = 2;
  }
  const Server& r = o.server;
  const bool counts = r.source == static_cast<int>(h.index) && r.io &&
                      sql(h.index, peer) && answers(o);
  if (counts && r.received() >= k->target) {
    const std::string instance = tandem::format(
        "%llu", static_cast<unsigned long long>(r.instance));
    const tandem::Attrs::const_iterator was =
        k->run.peer_attrs.find("instance");
    if (was != k->run.peer_attrs.end() && was->second == instance) {
      k->ok = true;
      return kDone;
    }
  } else if (now < k->deadline) {
    return 5;
  }
  s.semi = false;
  release_waiters(h, SIZE_MAX, true);
  return kDone;
}

Ms World::step_follow(Host& h, Hook* k) {
  Server& s = h.server;
  const size_t peer = 1 - h.index;
  Host& o = hosts[peer];
  if (!sql(h.index, peer) || !answers(o)) return kDone;
  if (o.server.read_only || o.server.source != kNobody) return kDone;
  const int source = static_cast<int>(peer);
  if (k->pc == 1) {  // until it is connected
    k->ok = s.source == source && s.io;
    return k->ok || now >= k->deadline || s.refused ? kDone : 5;
  }
  k->pc = 1;
  k->deadline = now + 3000;
  if (s.source == source && s.io && !s.io_stopped) return 1;
  std::vector<uint32_t> mine(s.log);
  mine.insert(mine.end(), s.relay.begin(), s.relay.end());
  size_t common = 0;
  while (common < mine.size() && common < o.server.log.size() &&
         mine[common] == o.server.log[common]) {
    ++common;
  }
  if (common < mine.size()) {
    const size_t start = strtoul(k->run.start_pos.c_str(), nullptr, 10);
    const bool tail = k->run.start_from == "paired" &&
                      !k->run.start_pos.empty() && common >= start;
    say("%s rejoin: %zu commits are here and not there%s", h.name.c_str(),
        mine.size() - common,
        tail ? ", never acknowledged: restart mysqld" : "");
    if (tail && h.proc.config.has_rebuild) k->attrs["rebuild"] = "yes";
    if (tail && s.tail_ms == 0) s.tail_ms = now;
    s.tail_refused = true;
    for (size_t i = common; i < mine.size(); ++i) {
      if (promise.no_loss && is_acked[mine[i]]) {
        fail(h.name + ": an acknowledged commit is not on the owner");
      }
    }
    return kDone;
  }
  s.tail_refused = false;
  release_waiters(h, SIZE_MAX, false);
  s.read_only = true;
  s.semi = false;
  s.relay.clear();
  s.source = source;
  s.io_stopped = s.io = s.refused = false;
  s.io_retry = now;
  return 3;
}

}  // namespace sim
