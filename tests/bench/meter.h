// What the programs of the bench share: a clock, percentiles, and what a
// process tree has used. Linux only (/proc), test code only.
#ifndef TANDEM_BENCH_METER_H_
#define TANDEM_BENCH_METER_H_

#include <dirent.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <vector>

namespace bench {

// Says what did not work, and ends the program: a run with an error in it is
// no measurement.
__attribute__((noreturn, format(printf, 1, 2))) inline void die(
    const char* format, ...) {
  va_list args;
  va_start(args, format);
  fputs("load: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
  va_end(args);
  exit(1);
}

inline uint64_t ns_of(clockid_t clock) {
  struct timespec t;
  if (clock_gettime(clock, &t) != 0) die("a process has ended");
  return static_cast<uint64_t>(t.tv_sec) * 1000000000u +
         static_cast<uint64_t>(t.tv_nsec);
}

inline uint64_t now_ns() { return ns_of(CLOCK_MONOTONIC); }

// The value below which `percent` of them are. Sorts.
inline double percentile_us(std::vector<uint32_t>* ns, double percent) {
  if (ns->empty()) die("nothing was measured");
  std::sort(ns->begin(), ns->end());
  const double at = percent / 100 * static_cast<double>(ns->size() - 1);
  return (*ns)[static_cast<size_t>(at + 0.5)] / 1e3;
}

// A process and all that descend from it. Pid 0 is the empty tree: what a
// direct connection goes through.
class Tree {
 public:
  explicit Tree(pid_t root) : root_(root), pids_(find(root)) {
    for (pid_t pid : pids_) {
      clockid_t clock;
      if (clock_getcpuclockid(pid, &clock) != 0) die("no process %d", pid);
      clocks_.push_back(clock);
    }
  }

  // Run time by the scheduler, of threads that have ended too (the process's
  // CPU clock keeps it; the files under /proc/PID/task go with the thread).
  uint64_t cpu_ns() const {
    uint64_t sum = 0;
    for (clockid_t clock : clocks_) sum += ns_of(clock);
    return sum;
  }

  // A process that came or went has used what cpu_ns() does not know.
  void must_be_the_same() const {
    if (find(root_) != pids_) die("the processes are not the same any more");
  }

  // Sums a field of /proc/PID/smaps_rollup, "Rss:" or "Pss:".
  unsigned long memory_kb(const char* field) const {
    unsigned long sum = 0;
    for (pid_t pid : pids_) {
      const std::string path =
          "/proc/" + std::to_string(pid) + "/smaps_rollup";
      FILE* file = fopen(path.c_str(), "r");
      if (file == nullptr) die("%s: %m", path.c_str());
      char line[256];
      while (fgets(line, sizeof line, file) != nullptr) {
        if (strncmp(line, field, strlen(field)) == 0) {
          sum += strtoul(line + strlen(field), nullptr, 10);
        }
      }
      fclose(file);
    }
    return sum;
  }

  bool empty() const { return pids_.empty(); }

 private:
  static pid_t parent_of(pid_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/stat";
    FILE* file = fopen(path.c_str(), "r");
    if (file == nullptr) return 0;
    char line[512] = "";
    const char* name_end =
        fgets(line, sizeof line, file) ? strrchr(line, ')') : nullptr;
    fclose(file);
    int parent = 0;
    if (name_end == nullptr) return 0;
    return sscanf(name_end + 1, " %*c %d", &parent) == 1 ? parent : 0;
  }

  static std::vector<pid_t> find(pid_t root) {
    std::vector<pid_t> found;
    if (root == 0) return found;
    std::vector<std::pair<pid_t, pid_t>> all;  // pid, its parent
    DIR* proc = opendir("/proc");
    if (proc == nullptr) die("/proc: %m");
    while (const struct dirent* entry = readdir(proc)) {
      const pid_t pid = static_cast<pid_t>(strtol(entry->d_name, nullptr, 10));
      if (pid > 0) all.push_back(std::make_pair(pid, parent_of(pid)));
    }
    closedir(proc);
    found.push_back(root);
    for (size_t i = 0; i < found.size(); i++) {
      for (const std::pair<pid_t, pid_t>& p : all) {
        if (p.second == found[i]) found.push_back(p.first);
      }
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  pid_t root_;
  std::vector<pid_t> pids_;
  std::vector<clockid_t> clocks_;
};

// What a tree uses between start() and stop().
class Meter {
 public:
  explicit Meter(pid_t root) : tree_(root), cpu_ns_(0), ns_(0) {}
  void start() {
    cpu_ns_ = tree_.cpu_ns();
    ns_ = now_ns();
  }
  void stop() {
    ns_ = now_ns() - ns_;
    cpu_ns_ = tree_.cpu_ns() - cpu_ns_;
    tree_.must_be_the_same();
  }
  double seconds() const { return static_cast<double>(ns_) / 1e9; }
  double cpu_seconds() const { return static_cast<double>(cpu_ns_) / 1e9; }
  // " NAME=..." for `count` things, `unit` to the second; nothing for a
  // direct connection.
  void print_cpu(const char* name, double unit, double count) const {
    if (!tree_.empty()) printf(" %s=%.6g", name, cpu_seconds() * unit / count);
  }

 private:
  Tree tree_;
  uint64_t cpu_ns_, ns_;
};

}  // namespace bench

#endif  // TANDEM_BENCH_METER_H_
