// sim [-v]... [-n COUNT] [-s FIRST] [-j JOBS] [-W] [-x KIND]... |
//     [-p | -W] -S SEED [-m] | -f FILE | -w NAME|all | -t STORY
// The proof of hbd's core: seeded worlds full of faults, the walks of failure
// by name, and ten stories to read. Exit 0: every promise was kept.
// -W: wide worlds; -x: without faults of that kind; -m: leave out what a seed
// that fails does not need to.
// -p: SEED as in a FILE, whose seeds are of worlds with one group and without
// failback, unless their line says "groups" or "wide".
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "tests/sim/stories.h"
#include "tests/sim/walk.h"
#include "tests/sim/wide.h"

// Read by the address sanitizer: many small allocations, short stacks.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=4:quarantine_size_mb=8";
}

namespace {

using sim::Kind;

struct Options {
  uint64_t count = 100, first = 1, seed = 0;
  unsigned jobs = 2;
  int verbose = 0;
  bool one = false, minimize = false;
  Kind kind = Kind::Mixed;
  sim::Without without;
  const char* walk = nullptr;
  const char* file = nullptr;
  const char* story = nullptr;
};

void report(const sim::World& w, bool with_transcript) {
  for (size_t i = 0; i < w.tags.size(); ++i) {
    printf("  fault %s\n", w.tags[i].c_str());
  }
  for (size_t i = 0; with_transcript && i < w.transcript.size(); ++i) {
    printf("  %s\n", w.transcript[i].c_str());
  }
  printf("  %s\n", w.failure.c_str());
  fflush(stdout);
}

unsigned g_excused = 0;  // scenarios that need not have come back

bool run_seed(uint64_t seed, int verbose, Kind kind, const Options& o) {
  sim::World w(seed, verbose, kind);
  if (kind == Kind::Wide) sim::run_wide(&w, seed, o.without);
  else sim::run_scenario(&w);
  if (!w.failed()) {
    if (!w.excused.empty()) ++g_excused;
    if (!w.excused.empty() && getenv("SIM_ALL")) {
      printf("excused %llu: %s\n", static_cast<unsigned long long>(seed),
             w.excused.c_str());
    }
    return true;
  }
  printf("SEED=%llu\n", static_cast<unsigned long long>(seed));
  report(w, verbose == 0 && !getenv("SIM_BRIEF"));
  return false;
}

// What went wrong, whichever host and numbers; "" = nothing.
std::string failure_of(const Options& o) {
  sim::World w(o.seed, 0, Kind::Wide);
  sim::run_wide(&w, o.seed, o.without);
  std::string out;
  for (char c : w.failure) {
    if (c < '0' || c > '9') out += c;
  }
  return out;
}

// Leaves out one fault after the other as long as the seed fails the same way.
int minimize(Options o) {
  const std::string wrong = failure_of(o);
  const size_t n = sim::wide_faults(o.seed);
  for (size_t i = 0; i < n; ++i) {
    Options less = o;
    less.without.places |= static_cast<uint64_t>(1) << i;
    if (failure_of(less) == wrong) o = less;
  }
  return run_seed(o.seed, o.verbose, Kind::Wide, o) ? 0 : 1;
}

int run_seeds(const Options& o) {
  unsigned bad = 0;
  for (unsigned j = 0; j < o.jobs; ++j) {
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid > 0) continue;
    unsigned failures = 0;
    const unsigned limit = getenv("SIM_ALL") ? 100000 : 5;
    for (uint64_t i = j; i < o.count && failures < limit; i += o.jobs) {
      if (!run_seed(o.first + i, o.verbose, o.kind, o)) ++failures;
    }
    printf("sim: part %u: %u excused from coming back\n", j, g_excused);
    fflush(stdout);
    _exit(failures > 0 ? 1 : 0);
  }
  for (unsigned j = 0; j < o.jobs; ++j) {
    int status = 0;
    if (wait(&status) < 0 || status != 0) ++bad;
  }
  printf("sim: %sseeds %llu to %llu: %s\n",
         o.kind == Kind::Wide ? "wide " : "",
         static_cast<unsigned long long>(o.first),
         static_cast<unsigned long long>(o.first + o.count - 1),
         bad == 0 ? "all promises kept" : "FAILED");
  return bad == 0 ? 0 : 1;
}

int run_file(const char* path, int verbose) {
  FILE* f = fopen(path, "r");
  if (!f) return perror(path), 1;
  char line[256];
  unsigned n = 0, bad = 0;
  while (fgets(line, sizeof line, f)) {
    if (line[0] == '#' || line[0] == '\n') continue;
    ++n;
    const Kind kind = strstr(line, "wide")     ? Kind::Wide
                      : strstr(line, "groups") ? Kind::Mixed
                                               : Kind::Old;
    if (!run_seed(strtoull(line, nullptr, 10), verbose, kind, Options())) {
      ++bad;
    }
  }
  fclose(f);
  printf("sim: %u seeds of %s: %u failed\n", n, path, bad);
  return bad == 0 ? 0 : 1;
}

// True: every variant kept what it has to.
bool run_walk(const sim::Walk& walk, Kind kind, int verbose) {
  for (unsigned v = 0; v < walk.variants; ++v) {
    sim::World w(7 + v, verbose, kind);
    walk.run(&w, v);
    if (!w.failed()) continue;
    printf("walk %s variant %u: FAILED\n", walk.name, v);
    report(w, verbose == 0 && !getenv("SIM_BRIEF"));
    return false;
  }
  printf("walk %s: ok\n", walk.name);
  return true;
}

// Those of the table that are called so. Counts the ones that were run, and
// those that went wrong.
void run_table(const sim::Walk* walks, size_t count, Kind kind,
               const char* name, int verbose, unsigned* n, unsigned* bad) {
  for (size_t i = 0; i < count; ++i) {
    if (strcmp(name, "all") != 0 && strcmp(name, walks[i].name) != 0) continue;
    if (*bad > 0 && getenv("SIM_FIRST")) return;  // one is enough
    ++*n;
    if (!run_walk(walks[i], kind, verbose)) ++*bad;
    fflush(stdout);
  }
}

int run_walks(const char* name, int verbose) {
  unsigned n = 0, bad = 0;
  run_table(sim::kWalks, sim::kWalkCount, Kind::Old, name, verbose, &n, &bad);
  run_table(sim::kFoundWalks, sim::kFoundWalkCount, Kind::Wide, name, verbose,
            &n, &bad);
  run_table(sim::kUpkeepWalks, sim::kUpkeepWalkCount, Kind::Wide, name, verbose,
            &n, &bad);
  run_table(sim::kApartWalks, sim::kApartWalkCount, Kind::Wide, name, verbose,
            &n, &bad);
  run_table(sim::kAskedWalks, sim::kAskedWalkCount, Kind::Wide, name, verbose,
            &n, &bad);
  if (n == 0) fprintf(stderr, "sim: no walk '%s'\n", name);
  return n > 0 && bad == 0 ? 0 : 1;
}

int run_story(const char* name) {
  for (size_t i = 0; i < sim::kStoryCount; ++i) {
    if (strcmp(name, sim::kStories[i].name) != 0) continue;
    return sim::tell_story(sim::kStories[i]) ? 0 : 1;
  }
  fprintf(stderr, "sim: no story '%s'\n", name);
  return 1;
}

bool parse_options(int argc, char** argv, Options* o) {
  int c;
  while ((c = getopt(argc, argv, "n:s:S:j:f:w:x:t:vpWm")) != -1) {
    switch (c) {
      case 'n': o->count = strtoull(optarg, nullptr, 10); break;
      case 's': o->first = strtoull(optarg, nullptr, 10); break;
      case 'S': o->seed = strtoull(optarg, nullptr, 10), o->one = true; break;
      case 'j': o->jobs = static_cast<unsigned>(atoi(optarg)); break;
      case 'f': o->file = optarg; break;
      case 'w': o->walk = optarg; break;
      case 'x': o->without.kinds.push_back(optarg); break;
      case 't': o->story = optarg; break;
      case 'v': ++o->verbose; break;
      case 'p': o->kind = Kind::Old; break;
      case 'W': o->kind = Kind::Wide; break;
      case 'm': o->minimize = true; break;
      default: return false;
    }
  }
  if (o->jobs == 0) o->jobs = 1;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  if (!parse_options(argc, argv, &o)) {
    fprintf(stderr, "usage: sim [-v] [-W] [-x KIND] [-n COUNT] "
            "[-s FIRST] [-j JOBS] | [-p | -W] [-m] -S SEED | -f FILE | "
            "-w NAME | -t STORY\n");
    return 2;
  }
  if (o.story) return run_story(o.story);
  if (o.walk) return run_walks(o.walk, o.verbose);
  if (o.file) return run_file(o.file, o.verbose);
  if (o.one && o.minimize) return minimize(o);
  if (o.one) {
    return run_seed(o.seed, o.verbose, o.kind, o) ? 0 : 1;
  }
  return run_seeds(o);
}
