#include "tests/sim/walk.h"

namespace sim {

bool expect(World* w, bool ok, const char* what) {
  if (!ok) w->fail(what);
  return ok && !w->failed();
}

bool owns(const World& w, size_t host) {
  return w.owner() == static_cast<int>(host);
}

bool expect_owner(World* w, size_t host, Ms within, const char* what) {
  const bool ok = w->run_until(within, [w, host] { return owns(*w, host); });
  return expect(w, ok, what);
}

bool expect_stays(World* w, size_t host, Ms during, const char* what) {
  if (!expect(w, owns(*w, host), what)) return false;
  const bool left =
      w->run_until(during, [w, host] { return !owns(*w, host); });
  return expect(w, !left, what);
}

bool expect_never_owner(World* w, size_t host, Ms during, const char* what) {
  const bool became =
      w->run_until(during, [w, host] { return owns(*w, host); });
  return expect(w, !became, what);
}

bool expect_healthy(World* w, Ms within) {
  const bool ok = w->run_until(within, [w] { return w->healthy(); });
  return expect(w, ok, "the pair does not become healthy again");
}

bool expect_served(World* w, Ms within) {
  const bool back = w->run_until(within, [w] { return w->healthy(); });
  return expect(w, back || (w->owner() != kNobody && !w->excuse().empty()),
                "nobody owns, or the other one is kept out for no reason");
}

const hbd::Record* record_on(const World& w, size_t host) {
  const hbd::GroupState* s = w.on_disk(w.hosts[host], 0);
  return s ? &s->record : nullptr;
}

bool is_paired(const World& w, size_t host) {
  const hbd::Record* r = record_on(w, host);
  return r && !r->paired.empty();
}

Setup* own_setup(World* w, size_t host) {
  w->hosts[host].own.reset(new Setup(w->setup));
  return w->hosts[host].own.get();
}

void restart_in_order(World* w, size_t host) {
  w->stop_hbd(host);
  w->run_until(5000, [w, host] { return !w->hosts[host].proc.running; });
  w->run_for(300);
  w->start_hbd(host);
}

void wipe_witness(World* w) {
  w->kill_hbd(W);
  w->say("wit has a new disk");
  Proc& p = w->hosts[W].proc;
  p.has_disk = p.has_before = false;
  p.disk = hbd::State();
  w->disk_was_lost = true;
}

}  // namespace sim
