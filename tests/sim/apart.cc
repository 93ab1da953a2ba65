// Walks of a server and a door that follows it (colocate), and of what befalls
// the two while they are on different nodes.
#include "tests/sim/walk.h"

namespace sim {

namespace {

bool door_is_at(const World& w, size_t host) {
  const Host& h = w.hosts[host];
  return h.alive && h.vips[1].address;
}

// Owner of both: A.
bool begin(World* w, unsigned v) {
  Shape db, door;
  db.id = 0;
  db.name = "db";
  db.preferred = door.preferred = "hdp3";
  db.parts = {Part::Server};
  door.id = 1;
  door.name = "door";
  door.parts = {Part::Address, Part::Daemon};
  w->setup.shapes = {db, door};
  w->setup.colocate = true;
  w->setup.has_gate = v % 2;
  w->setup.has_drain = v % 4 < 2;
  return w->start_healthy() && expect_owner(w, A, 1000, "A does not own");
}

// The server is on B now, and the door still on A.
bool part(World* w, unsigned v) {
  w->run_for(2000 + v * 31);
  if (v % 3 == 0) {
    w->command(A, hbd::CommandKind::Standby);
  } else {
    w->crash_server(A, 200 + v * 97);
  }
  return expect_owner(w, B, 4000, "B does not take the server") &&
         expect(w, door_is_at(*w, A), "the door did not wait for the server");
}

void door_follows(World* w, unsigned v) {
  if (!begin(w, v) || !part(w, v)) return;
  w->run_until(6000, [w] { return door_is_at(*w, B); });
  expect(w, door_is_at(*w, B), "the door does not follow");
  expect_healthy(w, 30000);
}

// A cut off from B alone holds the door, and the witness hears both.
void door_cut_off(World* w, unsigned v) {
  if (!begin(w, v) || !part(w, v)) return;
  w->cut(A, B, true);
  w->run_until(2 * w->setup.deadtime + 1500,
               [w] { return door_is_at(*w, B); });
  expect(w, door_is_at(*w, B), "the door stays where the server is not");
  expect_stays(w, B, 5000, "it does not stay with the server");
  w->heal();
  expect_healthy(w, 60000);
}

// Whoever dies while they are apart: the other one has both, if it may.
void door_and_a_death(World* w, unsigned v) {
  if (!begin(w, v) || !part(w, v)) return;
  const size_t dies = v % 2;
  w->crash(dies, false, false);
  if (dies == A) {
    w->run_until(2 * w->setup.deadtime + 1500,
                 [w] { return door_is_at(*w, B); });
    expect(w, door_is_at(*w, B), "the door of a dead host is not taken");
  } else {
    w->run_for(w->setup.lease + 600);
    expect(w, !door_is_at(*w, A) || owns(*w, A),
           "the door of nobody's server is open");
  }
  w->run_for(8000);
  w->boot(dies);
  expect_healthy(w, 60000);
}

// Both nodes are late, restarted, or lose the witness.
void door_and_hbd(World* w, unsigned v) {
  if (!begin(w, v) || !part(w, v)) return;
  const size_t who = v % 3;
  w->kill_hbd(who);
  w->run_for(300 + v * 211);
  w->start_hbd(who);
  expect_healthy(w, 60000);
}

// With ping nodes as well: the first 200 ms of a cut move nothing, and a
// holder without the server lets go before the other one may take the door.
void door_by_ping(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = 1;
  if (!begin(w, v) || !part(w, v)) return;
  w->isolate(A, true);
  w->run_until(2 * w->setup.deadtime + 1500,
               [w] { return door_is_at(*w, B); });
  expect(w, door_is_at(*w, B), "the door stays where the server is not");
  w->heal();
  expect_healthy(w, 60000);
}

// The last owner of the server dies and comes back alone; the record of the
// door names the dead one, which had it by itself.
void door_of_the_dead(World* w, unsigned v) {
  w->setup.witness = false;
  w->setup.pings = 1;
  if (!begin(w, v)) return;
  w->run_for(500);
  w->crash(A, false, false);
  if (!expect_owner(w, B, 4000, "B does not take the server")) return;
  w->run_for(v * 40);
  w->crash(B, false, false);
  w->run_for(1000);
  w->boot(B);
  w->run_until(30000, [w] { return door_is_at(*w, B); });
  expect(w, door_is_at(*w, B), "nobody opens the door to its server");
  w->boot(A);
  expect_healthy(w, 60000);
}

}  // namespace

const Walk kApartWalks[] = {
    {"door-follows", 12, door_follows},
    {"door-cut-off", 12, door_cut_off},
    {"door-and-a-death", 12, door_and_a_death},
    {"door-and-hbd", 12, door_and_hbd},
    {"door-by-ping", 12, door_by_ping},
    {"door-of-the-dead", 12, door_of_the_dead},
};
const size_t kApartWalkCount = sizeof kApartWalks / sizeof *kApartWalks;

}  // namespace sim
