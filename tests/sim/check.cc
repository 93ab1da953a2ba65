// What has to be true after every event, whatever the world did.
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

void World::check() {
  if (failed()) return;
  for (size_t g = 0; g < kGroups; ++g) {
    if (promise.one_address && hosts[A].vips[g].address &&
        hosts[B].vips[g].address && hosts[A].alive && hosts[B].alive &&
        !hosts[A].frozen && !hosts[B].frozen) {
      return fail("two hosts have the address");
    }
  }
  for (size_t i = 0; i < 2; ++i) {
    Host& h = hosts[i];
    const bool serving =
        h.vips[0].address && answers(h) && !h.server.read_only;
    if (serving && !h.serving) {
      say("%s serves", h.name.c_str());
      check_log(h);
    }
    h.serving = serving;
  }
}

// Whoever begins to serve has every commit that was acknowledged so far.
void World::check_log(const Host& h) {
  if (!promise.no_loss) return;
  std::vector<bool> has(next_commit, false);
  for (size_t i = 0; i < h.server.log.size(); ++i) has[h.server.log[i]] = true;
  size_t lost = 0;
  uint32_t first = 0;
  for (size_t i = acked.size(); i-- > 0;) {
    if (has[acked[i]]) continue;
    ++lost;
    first = acked[i];
  }
  if (lost == 0) return;
  fail(tandem::format("%s serves without %zu acknowledged commits, first %u",
                      h.name.c_str(), lost, first));
}

// Epochs and records on disk never go back; one id, one record.
void World::check_persist(const Host& h, const hbd::State& s) {
  if (!h.proc.has_disk) return;
  const hbd::State& was = h.proc.disk;
  if (s.epoch < was.epoch) return fail(h.name + ": the epoch decreases");
  for (size_t i = 0; i < s.groups.size(); ++i) {
    const hbd::Record& r = s.groups[i].record;
    for (size_t k = 0; k < was.groups.size(); ++k) {
      if (was.groups[k].name == s.groups[i].name &&
          hbd::is_newer(was.groups[k].record, r)) {
        return fail(h.name + ": the record goes back to " +
                    hbd::record_text(r));
      }
    }
    if (s.epoch < r.epoch) return fail(h.name + ": epoch below its record");
    if (r.none()) continue;
    const std::pair<std::string, std::pair<uint64_t, uint64_t>> id(
        s.groups[i].name, std::make_pair(r.epoch, r.version));
    if (!known_.count(id)) {
      known_[id] = r;
    } else if (!(known_[id] == r) && !conflict_allowed) {
      return fail(h.name + ": two records of one id: " + hbd::record_text(r) +
                  " and " + hbd::record_text(known_[id]));
    }
  }
}

// What a beat says is on disk before it leaves.
void World::check_beat(const Host& h, const hbd::Beat& b) {
  const hbd::State& d = h.proc.disk;
  if (!h.proc.has_disk) {
    if (b.epoch == 0) return;
    return fail(h.name + ": a beat before the first fsync");
  }
  for (size_t i = 0; i < b.groups.size(); ++i) {
    const hbd::GroupBeat& g = b.groups[i];
    const hbd::GroupState* on_disk = nullptr;
    for (size_t k = 0; k < d.groups.size(); ++k) {
      if (d.groups[k].name == g.name) on_disk = &d.groups[k];
    }
    if (g.record.none() && g.holding != hbd::Holding::Claim) continue;
    // The witness leaves out a record while an operator overrides it.
    if (!on_disk) return fail(h.name + ": a group that is not on disk");
    if (!g.record.none() && !(on_disk->record == g.record)) {
      return fail(h.name + ": beats " + hbd::record_text(g.record) +
                  ", on disk is " + hbd::record_text(on_disk->record));
    }
    if (g.holding == hbd::Holding::Claim &&
        g.claim.record.epoch > d.epoch) {
      return fail(h.name + ": claims an epoch that is not on disk");
    }
    if (g.holding == hbd::Holding::Own && !on_disk->owning) {
      return fail(h.name + ": owns, and the disk does not know");
    }
  }
}

void World::check_hook(const Host& h, const hbd::HookRun& run) {
  for (size_t i = 0; i < h.hooks.size(); ++i) {
    const Hook& k = h.hooks[i];
    if (k.life == h.proc.life && k.run.group == run.group) {
      return fail(h.name + ": two hooks of one group at a time");
    }
  }
  if (run.kind != hbd::HookKind::Start) return;
  if (!h.proc.has_disk || h.proc.disk.groups[run.group].record.owner !=
      h.name || h.proc.disk.groups[run.group].record.epoch != run.epoch) {
    fail(h.name + ": a start hook before the record is on disk");
  }
}

}  // namespace sim
