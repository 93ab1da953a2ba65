// The address, the kernel's expiry of it, and the keeper: vipctl's own core
// in a process that can be frozen or killed by itself.
#include "lib/lease.h"
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

void World::set_address(Host& h, size_t group, uint32_t lifetime_s) {
  Vip& v = h.vips[group];
  if (!v.address) say("%s VIP %zu up", h.name.c_str(), group);
  v.address = true;
  const unsigned life = ++v.address_life;
  const bool permanent = lifetime_s == tandem::kForeverS;
  // Measured: see lib/lease.h.
  const Ms ms = (lifetime_s - 1) * Ms(1000) + rng.range(1010, 1170);
  v.address_expires = permanent ? kEver : now + ms;
  if (permanent) return;
  const size_t host = h.index;
  at(ms, [this, host, group, life] {
    Host& k = hosts[host];
    const Vip& old = k.vips[group];
    if (old.address_life == life && old.address && !k.frozen) {
      remove_address(k, group, "expired");
    }
  });
}

void World::remove_address(Host& h, size_t group, const char* why) {
  Vip& v = h.vips[group];
  if (v.address) {
    say("%s VIP %zu down: %s", h.name.c_str(), group, why);
    ++v.address_lost;
  }
  v.address = false;
  ++v.address_life;
}

void World::start_keeper(Host& h, size_t group, const PipeRef& pipe,
                         const vipctl::Lifeline& lifeline) {
  Vip& v = h.vips[group];
  if (v.keeper.core) v.strays.push_back(std::move(v.keeper));
  ++v.keeper.life;
  v.keeper.frozen = false;
  v.keeper.core.reset(
      new vipctl::KeeperCore(&lifeline, false, clock(h)));
  v.keeper.pipe = pipe;
  const size_t host = h.index;
  at(rng.below(2), [this, host, group] { keeper_turn(hosts[host], group); });
}

void World::kill_keeper(Host& h, size_t group) {
  Keeper& k = h.vips[group].keeper;
  ++k.life;
  k.frozen = false;
  k.core.reset();
  if (k.pipe) k.pipe->reader_open = false;
  k.pipe.reset();
}

void World::freeze_keeper(size_t host, bool frozen) {
  Host& h = hosts[host];
  for (size_t g = 0; g < kGroups; ++g) {
    Keeper& k = h.vips[g].keeper;
    if (!k.core || k.frozen == frozen) continue;
    say("%s keeper %zu %s", h.name.c_str(), g,
        frozen ? "is stopped" : "goes on");
    k.frozen = frozen;
    if (!frozen) at(0, [this, host, g] { keeper_turn(hosts[host], g); });
  }
}

// What nobody has ended goes on as well.
void World::thaw_strays(size_t host) {
  Host& h = hosts[host];
  for (size_t g = 0; g < kGroups; ++g) {
    std::vector<Keeper>& strays = h.vips[g].strays;
    for (size_t i = 0; i < strays.size(); ++i) step_keeper(h, g, &strays[i]);
    strays.clear();
  }
}

bool World::step_keeper(Host& h, size_t group, Keeper* k) {
  const Ms t = clock(h);
  std::vector<std::string> lines(k->pipe->lines.begin(),
                                 k->pipe->lines.end());
  k->pipe->lines.clear();
  if (!lines.empty()) k->core->on_lines(t, lines);
  if (!k->pipe->writer_open) k->core->on_eof(t);
  k->core->on_tick(t);
  const std::vector<vipctl::Action> actions = k->core->take_actions();
  for (size_t i = 0; i < actions.size(); ++i) {
    switch (actions[i].what) {
      case vipctl::Do::Renew:
        if (!h.vips[group].address) {
          k->core->on_gone();
        } else {
          set_address(h, group, actions[i].lifetime_s);
        }
        break;
      case vipctl::Do::Remove: remove_address(h, group, "keeper"); break;
      case vipctl::Do::StepBack:
      case vipctl::Do::Announce:
      case vipctl::Do::Probe: break;
      case vipctl::Do::Note:
      case vipctl::Do::Warn:
        say("%s keeper: %s", h.name.c_str(), actions[i].text.c_str());
        break;
      case vipctl::Do::End: return false;
    }
  }
  return true;
}

void World::keeper_turns(Host& h) {
  for (size_t g = 0; g < kGroups; ++g) keeper_turn(h, g);
}

void World::keeper_turn(Host& h, size_t group) {
  Keeper& k = h.vips[group].keeper;
  if (!h.alive || h.frozen || !k.core || k.frozen) return;
  if (!step_keeper(h, group, &k)) return kill_keeper(h, group);
  const size_t host = h.index;
  if (k.core->next_due_ms() == 0) {  // on_gone() had more to say
    at(0, [this, host, group] { keeper_turn(hosts[host], group); });
    return;
  }
  const unsigned life = k.life;
  const Ms due = when(h, k.core->next_due_ms());
  at(due > now ? due - now : 1, [this, host, group, life] {
    Host& g = hosts[host];
    if (g.vips[group].keeper.life == life) keeper_turn(g, group);
  });
}

}  // namespace sim
