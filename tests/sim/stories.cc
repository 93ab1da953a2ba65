// The stories: what happens is said in a line of its own, what follows are the
// lines of the hosts. Times are milliseconds of the world.
#include "tests/sim/stories.h"

#include <stdio.h>

#include "tests/sim/walk.h"

namespace sim {

namespace {

const uint64_t kSeed = 7;

void now_say(World* w, const char* what) { w->say("==== %s", what); }

// The pair is well; only from here on it is told.
bool begin(World* w) {
  if (!w->start_healthy()) return false;
  w->run_for(1000);
  w->tell(1);
  return true;
}

void boot(World* w) {
  w->tell(1);
  now_say(w, "both hosts and the witness get power; hdp4's server is hdp3's "
             "replica");
  w->start_healthy();
}

void switch_over(World* w) {
  if (!begin(w)) return;
  now_say(w, "an operator gives hdp4 the group");
  w->command(A, hbd::CommandKind::Standby);
  expect_owner(w, B, 3000, "the switch is not done");
  expect_healthy(w, 5000);
}

void server_death(World* w) {
  if (!begin(w)) return;
  now_say(w, "mysqld of hdp3 dies, and is started again by its supervisor");
  w->crash_server(A, 4000);
  expect_owner(w, B, 3000, "B does not take over");
  expect_healthy(w, 15000);
}

void host_death(World* w) {
  if (!begin(w)) return;
  // A commit on its way would be a story of its own.
  w->run_until(1000, [w] { return w->hosts[A].server.waiting.empty(); });
  now_say(w, "hdp3 loses its power");
  w->crash(A, false, false);
  expect_owner(w, B, 5000, "B does not take over");
  w->run_for(1000);
  now_say(w, "and has it again");
  w->boot(A);
  expect_healthy(w, 20000);
}

void cut(World* w) {
  if (!begin(w)) return;
  now_say(w, "a switch dies: hdp3 reaches nobody");
  w->isolate(A, true);
  expect_owner(w, B, 6000, "B does not take over");
  w->run_for(2000);
  now_say(w, "it is replaced");
  w->isolate(A, false);
  expect_healthy(w, 20000);
}

void witness_lost(World* w) {
  if (!begin(w)) return;
  now_say(w, "the witness's host dies");
  w->crash(W, false, false);
  expect_stays(w, A, 4000, "the owner gives way");
  now_say(w, "without it the standby's death still costs nobody a write");
  w->crash(B, false, false);
  w->run_for(5000);
  now_say(w, "both are back");
  w->boot(W);
  w->boot(B);
  expect_healthy(w, 30000);
}

void force(World* w) {
  if (!begin(w)) return;
  now_say(w, "the witness's host dies, then hdp3");
  w->crash(W, false, false);
  w->run_for(3000);
  w->crash(A, false, false);
  expect_never_owner(w, B, 6000, "B takes over by its own word");
  now_say(w, "an operator has looked at hdp3, and forces it");
  w->command(B, hbd::CommandKind::ForceTakeover);
  expect_owner(w, B, 5000, "the operator's takeover is not done");
  w->run_for(1000);
  now_say(w, "both are back");
  w->boot(W);
  w->boot(A);
  expect_healthy(w, 30000);
}

void new_disk(World* w) {
  w->setup.has_rebuild = true;
  if (!begin(w)) return;
  now_say(w, "hdp4 loses its disk, and is set up again");
  w->crash(B, false, true);
  w->run_for(3000);
  w->boot(B);
  expect_healthy(w, 60000);
}

void config_change(World* w) {
  if (!begin(w)) return;
  std::vector<Shape> shapes = w->shapes;
  shapes[0].name = "db2";
  for (size_t i : {B, A}) {
    now_say(w, i == B ? "a new address, on hdp4 first"
                      : "and on hdp3: its clients go to hdp4 first");
    own_setup(w, i)->shapes = shapes;
    if (i == A) {
      w->command(A, hbd::CommandKind::Standby);
      if (!expect_owner(w, B, 3000, "the switch is not done")) return;
    }
    restart_in_order(w, i);
    w->run_for(5000);
  }
  expect_healthy(w, 30000);
}

void double_fault(World* w) {
  if (!begin(w)) return;
  now_say(w, "hdp4 loses its power; hdp3 goes on alone");
  w->crash(B, false, false);
  w->run_for(4000);
  now_say(w, "then hdp3 loses it as well, with writes that hdp4 has not");
  w->crash(A, false, false);
  w->run_for(2000);
  now_say(w, "hdp4 is back first: it must not serve");
  w->boot(B);
  expect_never_owner(w, B, 10000, "B serves without A's writes");
  now_say(w, "hdp3 is back");
  w->boot(A);
  expect_owner(w, A, 15000, "A does not serve again");
  expect_healthy(w, 20000);
}

}  // namespace

const Story kStories[] = {
    {"boot", "The first start of all: no record anywhere.", boot},
    {"switch", "A planned switch, by hbctl standby.", switch_over},
    {"server-death", "The owner's server dies; its host and hbd live.",
     server_death},
    {"host-death", "The owner's host dies, and comes back as the replica.",
     host_death},
    {"cut", "The owner is cut off from all. It lets go before hdp4 may begin.",
     cut},
    {"witness-lost", "The witness dies, then the standby.", witness_lost},
    {"force", "Two of three are gone: the one that is left asks an operator.",
     force},
    {"new-disk", "The standby comes back with an empty disk.", new_disk},
    {"config-change", "Another address for the group, one node at a time.",
     config_change},
    {"double-fault", "Both hosts die, and the one that lacks writes is back "
     "first.", double_fault},
};
const size_t kStoryCount = sizeof kStories / sizeof *kStories;

bool tell_story(const Story& story) {
  printf("# %s\n# %s\n#\n"
         "# ms, host; | what its hbd logs; tells: a notify event.\n\n",
         story.name, story.about);
  World w(kSeed, 0, Kind::Wide);
  story.tell(&w);
  if (w.failed()) printf("%s\n", w.failure.c_str());
  return !w.failed();
}

}  // namespace sim
