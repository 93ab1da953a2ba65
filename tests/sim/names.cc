// Groups by id, by name and by their place in one host's haresources: the same
// in all worlds but those whose hosts differ.
#include "lib/text.h"
#include "tests/sim/world.h"

namespace sim {

const Setup& World::setup_of(const Host& h) const {
  return h.own ? *h.own : setup;
}

const Shape& World::shape(size_t id) const {
  size_t i = 0;
  while (i + 1 < shapes.size() && shapes[i].id != id) ++i;
  return shapes[i];
}

size_t World::id_of(const std::string& group) const {
  const std::map<std::string, size_t>::const_iterator it = ids_.find(group);
  return it == ids_.end() ? kGroups : it->second;
}

// Where hbd has it there; kGroups or more: nowhere.
size_t World::local_of(const Host& h, size_t id) const {
  size_t i = 0;
  while (i < h.proc.shapes.size() && h.proc.shapes[i].id != id) ++i;
  return i < h.proc.shapes.size() ? i : kGroups;
}

std::string World::name_at(size_t host, size_t id) const {
  const size_t local = local_of(hosts[host], id);
  return local < kGroups ? hosts[host].proc.shapes[local].name : std::string();
}

// By whatever name.
const hbd::GroupBeat* World::group_of(const hbd::Beat& b, size_t id) const {
  for (const hbd::GroupBeat& g : b.groups) {
    if (id_of(g.name) == id) return &g;
  }
  return nullptr;
}

// What the witness that runs holds, under any of its names.
hbd::Record World::witness_record(size_t id) const {
  hbd::Record newest;
  for (const std::pair<const std::string, size_t>& name : ids_) {
    if (name.second != id) continue;
    const hbd::Record r = hosts[W].proc.witness->record(name.first);
    if (hbd::is_newer(r, newest)) newest = r;
  }
  return newest;
}

const hbd::GroupState* World::on_disk(const Host& h, size_t id) const {
  if (!h.proc.has_disk) return nullptr;
  const hbd::GroupState* found = nullptr;
  for (const hbd::GroupState& g : h.proc.disk.groups) {
    if (id_of(g.name) != id) continue;
    // One that was renamed leaves its old name on the witness.
    if (!found || hbd::is_newer(g.record, found->record)) found = &g;
  }
  return found;
}

std::string World::instance_of(const Host& h) const {
  return tandem::format("%llu",
                        static_cast<unsigned long long>(h.server.instance));
}

Part World::part_of(const hbd::HookRun& run) const {
  const Shape& s = shape(run.group);
  return run.resource < s.parts.size() ? s.parts[run.resource] : Part::Daemon;
}

}  // namespace sim
