// What has to be true after every event, whatever the world did.
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

namespace {
const Ms kLookMs = 100;  // of a forwarder; mysqlchk's is a second at most
}

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
    // A forwarder on the other host sees the server of a host that thaws at its
    // next look, and its hbd, which is late, closes it before, as quick as its
    // stop hooks are. What it acknowledges is checked without that.
    const bool thaws =
        door != 0 && now - h.thawed_ms < kLookMs * h.hook_slow;
    const bool serving =
        reached(h) && answers(h) && !h.server.read_only && !thaws &&
        (door == 0 || owner() == static_cast<int>(i));
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

// The server has received this commit, and can still apply it.
bool World::has_commit(const Server& s, const Waiter& w) const {
  if (s.state == Server::Down || s.state == Server::Starting) return false;
  const size_t i = w.index;
  return i < s.log.size()
             ? s.log[i] == w.id
             : i < s.received() && s.relay[i - s.log.size()] == w.id;
}

// By what the other node told, which is stored, this one does not agree with
// it: as long as it does not hear it, and with it its record, it takes nothing.
bool World::is_barred(const Host& h) const {
  for (const hbd::Told& t : h.proc.disk.told) {
    if (t.node == hosts[1 - h.index].name &&
        hbd::is_unsafe(hbd::compare(hbd::own_agreement(h.proc.config),
                                    t.agreement))) {
      return true;
    }
  }
  return false;
}

// Acknowledged now. What the replica lacks is acknowledged only when whoever
// is asked before another start, the peer or the witness, knows better than
// that the replica has everything.
void World::check_ack(const Host& h, const Waiter& w) {
  const hbd::GroupState* mine = on_disk(h, 0);
  const Host& o = hosts[1 - h.index];
  if (!promise.no_loss || !setup.track_sync || !mine || disk_lied ||
      disk_was_lost || !(setup.witness || setup.fence) ||
      mine->record.owner != h.name || has_commit(o.server, w)) {
    return;
  }
  const hbd::GroupState* best = nullptr;
  for (size_t x : {o.index, W}) {
    const hbd::GroupState* s = on_disk(hosts[x], 0);
    if (s && (!best || hbd::is_newer(s->record, best->record))) best = s;
  }
  if (!best || !hbd::is_newer(mine->record, best->record)) best = mine;
  hbd::Record r = best->record;
  // Not on disk yet: an hbd that ends before it is takes nothing until it hears
  // of it again.
  const size_t local = local_of(o, 0);
  if (o.proc.cluster && local < o.proc.shapes.size() && !setup.witness &&
      hbd::is_newer(o.proc.cluster->record(local), r)) {
    r = o.proc.cluster->record(local);
  }
  // Without a witness a node that has not heard its peer takes nothing.
  const bool lives = o.server.state != Server::Down &&
                     o.server.state != Server::Starting &&
                     (setup.witness || audit.has_heard_peer(o.index));
  const bool unknown = r.owner != h.name && setup.witness;
  const bool counted = r.owner == h.name && r.paired == instance_of(o) &&
                       lives && !is_barred(o);
  if (unknown || counted) {
    fail(h.name + ": acknowledges what the other server lacks, and the record "
         "there is " + hbd::record_text(r));
  }
}

// Epochs and records on disk never go back; one id, one record.
void World::check_persist(const Host& h, const hbd::State& s) {
  if (!h.proc.has_disk) return;
  const hbd::State& was = h.proc.disk;
  if (s.epoch < was.epoch) return fail(h.name + ": the epoch decreases");
  for (size_t i = 0; i < s.groups.size(); ++i) {
    const hbd::Record& r = s.groups[i].record;
    const size_t group = id_of(s.groups[i].name);
    // Under another name it goes on from what it had under the old one.
    const bool here = name_at(h.index, group) == s.groups[i].name;
    for (size_t k = 0; k < was.groups.size(); ++k) {
      if ((was.groups[k].name == s.groups[i].name ||
           (here && id_of(was.groups[k].name) == group)) &&
          hbd::is_newer(was.groups[k].record, r)) {
        return fail(h.name + ": the record goes back to " +
                    hbd::record_text(r));
      }
    }
    if (s.epoch < r.epoch) return fail(h.name + ": epoch below its record");
    if (r.none()) continue;
    const std::pair<size_t, std::pair<uint64_t, uint64_t>> id(
        group, std::make_pair(r.epoch, r.version));
    if (!known_.count(id)) {
      known_[id] = r;
      if (r.version > 1 && r.owner != h.name) {
        return fail(h.name + ": raises the version of " +
                    hbd::record_text(r));
      }
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
    const hbd::GroupState* on_disk = this->on_disk(h, id_of(g.name));
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
  const size_t id = h.proc.shapes[run.group].id;
  for (size_t i = 0; i < h.hooks.size(); ++i) {
    const Hook& k = h.hooks[i];
    if (k.life == h.proc.life && k.run.group == id) {
      return fail(h.name + ": two hooks of one group at a time");
    }
  }
  if (run.kind == hbd::HookKind::Event) return check_event(h, run.event);
  if (run.kind != hbd::HookKind::Start) return;
  const hbd::GroupState* s = on_disk(h, id);
  if (!s || s->record.owner != h.name || s->record.epoch != run.epoch) {
    fail(h.name + ": a start hook before the record is on disk");
  }
}

// In order: nothing is owned, no hook of its runs, and the disk says so.
void World::check_exit(const Host& h) {
  for (const Hook& k : h.hooks) {
    if (k.life == h.proc.life) fail(h.name + ": ends while a hook runs");
  }
  for (const hbd::GroupState& g : h.proc.disk.groups) {
    if (g.owning && !h.proc.disk.maintenance.agreed) {
      fail(h.name + ": ends, and the disk says that it owns");
    }
  }
}

void World::check_event(const Host& h, const std::string& event) {
  const hbd::Config& c = h.proc.config;
  const bool here = (event == "alone" && c.has_alone) ||
                    (event == "paired" && c.has_paired) ||
                    (event == "follow" && c.has_follow) ||
                    (event == "rebuild" && c.has_rebuild) ||
                    (event == "drain" && c.has_drain) ||
                    (event == "gate" && c.has_gate) ||
                    (event == "fence" && c.has_fence);
  if (!here) fail(h.name + ": an event that is not configured: " + event);
}

}  // namespace sim
