// sim [-v]... [-n COUNT] [-s FIRST] [-j JOBS] | -S SEED | -f FILE |
//     -w NAME|all
// -p: SEED as in a FILE, whose seeds are of worlds with one group and without
// failback, unless their line says "groups".
// The proof of hbd's core: seeded worlds full of faults, and the walks of
// failure by name. Exit 0: every promise was kept.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/text.h"
#include "tests/sim/world.h"

// Read by the address sanitizer: many small allocations, short stacks.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "malloc_context_size=4:quarantine_size_mb=8";
}

namespace {

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

// plain: as the seeds of before there were groups and failback.
bool run_seed(uint64_t seed, int verbose, bool plain) {
  sim::World w(seed, verbose, plain);
  if (sim::run_scenario(&w)) {
    if (!w.excused.empty()) ++g_excused;
    if (!w.excused.empty() && getenv("SIM_ALL")) {
      printf("excused %llu: %s\n", static_cast<unsigned long long>(seed),
             w.excused.c_str());
    }
    return true;
  }
  printf("SEED=%llu\n", static_cast<unsigned long long>(seed));
  report(w, verbose == 0);
  return false;
}

int run_seeds(uint64_t first, uint64_t count, unsigned jobs, int verbose) {
  unsigned bad = 0;
  for (unsigned j = 0; j < jobs; ++j) {
    const pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid > 0) continue;
    unsigned failures = 0;
    const unsigned limit = getenv("SIM_ALL") ? 100000 : 5;
    for (uint64_t i = j; i < count && failures < limit; i += jobs) {
      if (!run_seed(first + i, verbose, false)) ++failures;
    }
    printf("sim: part %u: %u excused from coming back\n", j, g_excused);
    fflush(stdout);
    _exit(failures > 0 ? 1 : 0);
  }
  for (unsigned j = 0; j < jobs; ++j) {
    int status = 0;
    if (wait(&status) < 0 || status != 0) ++bad;
  }
  printf("sim: seeds %llu to %llu: %s\n",
         static_cast<unsigned long long>(first),
         static_cast<unsigned long long>(first + count - 1),
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
    if (!run_seed(strtoull(line, nullptr, 10), verbose,
                  strstr(line, "groups") == nullptr)) {
      ++bad;
    }
  }
  fclose(f);
  printf("sim: %u seeds of %s: %u failed\n", n, path, bad);
  return bad == 0 ? 0 : 1;
}

int run_walks(const char* name, int verbose) {
  unsigned n = 0, bad = 0;
  for (size_t i = 0; i < sim::kWalkCount; ++i) {
    const sim::Walk& walk = sim::kWalks[i];
    if (strcmp(name, "all") != 0 && strcmp(name, walk.name) != 0) continue;
    ++n;
    unsigned failed = 0;
    for (unsigned v = 0; v < walk.variants && failed == 0; ++v) {
      sim::World w(7 + v, verbose);
      walk.run(&w, v);
      if (!w.failed()) continue;
      ++failed;
      printf("walk %s variant %u: FAILED\n", walk.name, v);
      report(w, verbose == 0);
    }
    if (failed == 0) printf("walk %s: ok\n", walk.name);
    fflush(stdout);
    bad += failed;
  }
  if (n == 0) fprintf(stderr, "sim: no walk '%s'\n", name);
  return n > 0 && bad == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t count = 100, first = 1, seed = 0;
  unsigned jobs = 2;
  int verbose = 0, c;
  const char* walk = nullptr;
  const char* file = nullptr;
  bool one = false, plain = false;
  while ((c = getopt(argc, argv, "n:s:S:j:f:w:vp")) != -1) {
    switch (c) {
      case 'n': count = strtoull(optarg, nullptr, 10); break;
      case 's': first = strtoull(optarg, nullptr, 10); break;
      case 'S': seed = strtoull(optarg, nullptr, 10), one = true; break;
      case 'j': jobs = static_cast<unsigned>(atoi(optarg)); break;
      case 'f': file = optarg; break;
      case 'w': walk = optarg; break;
      case 'v': ++verbose; break;
      case 'p': plain = true; break;
      default:
        fprintf(stderr, "usage: sim [-v] [-n COUNT] [-s FIRST] [-j JOBS] | "
                "[-p] -S SEED | -f FILE | -w NAME\n");
        return 2;
    }
  }
  if (walk) return run_walks(walk, verbose);
  if (file) return run_file(file, verbose);
  if (one) return run_seed(seed, verbose, plain) ? 0 : 1;
  return run_seeds(first, count, jobs > 0 ? jobs : 1, verbose);
}
