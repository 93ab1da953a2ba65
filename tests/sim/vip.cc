// The address, the kernel's expiry of it, and the keeper: vipctl's own core
// in a process that can be frozen or killed by itself.
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

void World::set_address(Host& h, bool permanent) {
  if (!h.address) say("%s VIP up", h.name.c_str());
  h.address = true;
  const unsigned life = ++h.address_life;
  // Measured: 1 s set, gone after 1.01 to 1.17 s.
  const Ms ms = rng.range(1010, 1170);
  h.address_expires = permanent ? kEver : now + ms;
  if (permanent) return;
  const size_t host = h.index;
  at(ms, [this, host, life] {
    Host& k = hosts[host];
    if (k.address_life == life && k.address && !k.frozen) {
      remove_address(k, "expired");
    }
  });
}

void World::remove_address(Host& h, const char* why) {
  if (h.address) {
    say("%s VIP down: %s", h.name.c_str(), why);
    ++h.address_lost;
  }
  h.address = false;
  ++h.address_life;
}

void World::start_keeper(Host& h, const PipeRef& pipe,
                         const vipctl::Lifeline& lifeline) {
  if (h.keeper.core) h.strays.push_back(std::move(h.keeper));
  ++h.keeper.life;
  h.keeper.frozen = false;
  h.keeper.core.reset(
      new vipctl::KeeperCore(&lifeline, false, clock(h)));
  h.keeper.pipe = pipe;
  const size_t host = h.index;
  at(rng.below(2), [this, host] { keeper_turn(hosts[host]); });
}

void World::kill_keeper(Host& h) {
  ++h.keeper.life;
  h.keeper.frozen = false;
  h.keeper.core.reset();
  if (h.keeper.pipe) h.keeper.pipe->reader_open = false;
  h.keeper.pipe.reset();
}

void World::freeze_keeper(size_t host, bool frozen) {
  Host& h = hosts[host];
  if (!h.keeper.core || h.keeper.frozen == frozen) return;
  say("%s keeper %s", h.name.c_str(), frozen ? "is stopped" : "goes on");
  h.keeper.frozen = frozen;
  if (!frozen) at(0, [this, host] { keeper_turn(hosts[host]); });
}

// What nobody has ended goes on as well.
void World::thaw_strays(size_t host) {
  Host& h = hosts[host];
  for (size_t i = 0; i < h.strays.size(); ++i) step_keeper(h, &h.strays[i]);
  h.strays.clear();
}

bool World::step_keeper(Host& h, Keeper* k) {
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
      case vipctl::Do::Hold:
        if (!h.address) {
          k->core->on_gone();
        } else {
          set_address(h, actions[i].what == vipctl::Do::Hold);
        }
        break;
      case vipctl::Do::Remove: remove_address(h, "keeper"); break;
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

void World::keeper_turn(Host& h) {
  Keeper& k = h.keeper;
  if (!h.alive || h.frozen || !k.core || k.frozen) return;
  if (!step_keeper(h, &k)) return kill_keeper(h);
  const size_t host = h.index;
  if (k.core->next_due_ms() == 0) {  // on_gone() had more to say
    at(0, [this, host] { keeper_turn(hosts[host]); });
    return;
  }
  const unsigned life = k.life;
  const Ms due = when(h, k.core->next_due_ms());
  at(due > now ? due - now : 1, [this, host, life] {
    if (hosts[host].keeper.life == life) keeper_turn(hosts[host]);
  });
}

}  // namespace sim
