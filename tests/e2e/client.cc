// The measuring client of the end-to-end tests: what an application behind the virtual address sees, and nothing the tools
// say of themselves. One connection, one statement at a time; an id is never tried twice, so an acknowledged id must exist
// and any other may. All times are CLOCK_MONOTONIC milliseconds with three decimals, in every mode.
//
// Build: g++ -std=c++11 -O2 -Wall -Wextra -I. -o tests/e2e/client tests/e2e/client.cc $(mariadb_config --cflags --libs)
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <set>
#include <string>
#include <vector>

#include "tests/e2e/session.h"

namespace {

const char kUsage[] =
    "usage: client write HOST PORT USER PASS DB SECONDS LOG [-i ms] [-t ms] [-c ms] [-s id] [-b bytes]\n"
    "       client read  HOST PORT USER PASS DB SECONDS LOG [-i ms] [-t ms] [-c ms] [-k]\n"
    "       client gap   LOG [T0_MS]\n"
    "       client lost  LOG... HOST PORT USER PASS DB\n"
    "       client now\n"
    "write: inserts ids from -s (1) into DB.t; a line 'ID SENT_MS DONE_MS ok 0' or '... err CODE' for each, CODE being the\n"
    "       client library's error number or 'timeout'; '# connect MS SERVER_ID' and '# connect-failed MS CODE' between.\n"
    "read:  SELECT @@server_id, a new connection each time (-k: keep it); a line 'MS SERVER_ID' or 'MS err CODE' for each.\n"
    "       SECONDS 0: until SIGTERM, which lets the attempt under way end. -i pause between attempts (0), -t wait for an\n"
    "       answer at most (500), -c wait for a connection at most (500).\n"
    "gap:   longest_ms=, the longest time without an acknowledged write, up to the last line of the log; longest_at_ms=,\n"
    "       when it began; with T0_MS also after_t0_ms=, from T0 to the first acknowledgement of a write sent after T0, and\n"
    "       recovered_ms=, from T0 to the end of the longest wait that ended after T0 (take T0 just before the fault: a\n"
    "       write may still pass between the two, and only this one does not care); 'none', and exit 1, if it has not\n"
    "       ended; ok= err= connect_failed=.\n"
    "lost:  'acknowledged N missing M', then the first missing ids; exit 1 if any is missing, 2 if that is not known.\n";

const int kRetryPauseMs = 5;

volatile sig_atomic_t stop_requested = 0;

void on_term(int) { stop_requested = 1; }

void pause_ms(double ms) {
  if (ms > 0 && !stop_requested) poll(nullptr, 0, static_cast<int>(ms + 0.999));
}

int die(const char* what) {
  fprintf(stderr, "client: %s\n", what);
  return 2;
}

// Options of write and read, after the eight arguments that both have.
struct Load {
  Target target;
  double seconds, interval_ms, read_ms, connect_ms;
  int64_t first_id;
  size_t note_bytes;
  bool keep;
  int log_fd;
};

// Each line leaves in one write(), so that a log is whole whenever the client is killed.
void put(const Load& load, const char* line, int n) {
  if (write(load.log_fd, line, static_cast<size_t>(n)) != n) exit(die("cannot write the log"));
}

bool time_left(const Load& load, double began_ms) {
  return !stop_requested && (load.seconds <= 0 || now_ms() < began_ms + load.seconds * 1e3);
}

// Connects and asks who answers. False, with a line in the log, if either fails.
bool open_session(const Load& load, Session* session) {
  char line[128];
  std::string server_id;
  if (session->connect(load.target, load.connect_ms) && session->query("SELECT @@server_id", load.read_ms, &server_id)) {
    put(load, line, snprintf(line, sizeof line, "# connect %.3f %.20s\n", now_ms(), server_id.c_str()));
    return true;
  }
  put(load, line, snprintf(line, sizeof line, "# connect-failed %.3f %s\n", now_ms(), session->error().c_str()));
  return false;
}

int run_write(const Load& load) {
  Session session;
  char line[160];
  const std::string note = "'" + std::string(load.note_bytes, 'x') + "'";
  const double began_ms = now_ms();
  for (int64_t id = load.first_id; time_left(load, began_ms);) {
    if (!session.is_open() && !open_session(load, &session)) {
      pause_ms(kRetryPauseMs);
      continue;
    }
    const double sent_ms = now_ms();
    const std::string statement = "INSERT INTO t VALUES (" + std::to_string(id) + ", " +
                                  std::to_string(static_cast<int64_t>(sent_ms)) + ", " + note + ")";
    const bool ok = session.query(statement, load.read_ms, nullptr);
    const double done_ms = now_ms();
    put(load, line, snprintf(line, sizeof line, "%lld %.3f %.3f %s %s\n", static_cast<long long>(id), sent_ms, done_ms,
                             ok ? "ok" : "err", ok ? "0" : session.error().c_str()));
    ++id;
    pause_ms(ok ? sent_ms + load.interval_ms - done_ms : kRetryPauseMs);
  }
  return 0;
}

int run_read(const Load& load) {
  Session session;
  char line[128];
  const double began_ms = now_ms();
  while (time_left(load, began_ms)) {
    const double sent_ms = now_ms();
    std::string server_id;
    const bool ok = (session.is_open() || session.connect(load.target, load.connect_ms)) &&
                    session.query("SELECT @@server_id", load.read_ms, &server_id);
    const double done_ms = now_ms();
    if (ok) {
      put(load, line, snprintf(line, sizeof line, "%.3f %.20s\n", done_ms, server_id.c_str()));
    } else {
      put(load, line, snprintf(line, sizeof line, "%.3f err %s\n", done_ms, session.error().c_str()));
    }
    if (!load.keep) session.close();
    pause_ms(ok ? sent_ms + load.interval_ms - done_ms : kRetryPauseMs);
  }
  return 0;
}

int main_load(int argc, char** argv, bool writes) {
  Load load;
  if (argc < 7 || !parse_target(argv, &load.target)) return die(kUsage);
  load.seconds = strtod(argv[5], nullptr);
  load.interval_ms = 0;
  load.read_ms = load.connect_ms = 500;
  load.first_id = 1;
  load.note_bytes = 1;
  load.keep = false;
  for (int i = 7; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "-k" && !writes) {
      load.keep = true;
      continue;
    }
    if (++i == argc) return die(kUsage);
    if (option == "-i") load.interval_ms = strtod(argv[i], nullptr);
    else if (option == "-t") load.read_ms = strtod(argv[i], nullptr);
    else if (option == "-c") load.connect_ms = strtod(argv[i], nullptr);
    else if (option == "-s" && writes) load.first_id = strtoll(argv[i], nullptr, 10);
    else if (option == "-b" && writes) load.note_bytes = strtoul(argv[i], nullptr, 10);
    else return die(kUsage);
  }
  load.log_fd = open(argv[6], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (load.log_fd < 0) return die("cannot open the log");
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_term;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  return writes ? run_write(load) : run_read(load);
}

struct Attempt {
  long long id;
  double sent_ms, done_ms;
  bool ok;
};

// Reads a log of write; a last line without its end (the client was killed) is left out. False if it cannot be read.
bool read_log(const char* path, std::vector<Attempt>* attempts, long* connect_failed) {
  FILE* file = fopen(path, "re");
  if (file == nullptr) return false;
  char line[256];
  while (fgets(line, sizeof line, file) != nullptr) {
    Attempt attempt;
    char verdict[8];
    if (strncmp(line, "# connect-failed ", 17) == 0) ++*connect_failed;
    if (line[0] == '#' || strchr(line, '\n') == nullptr) continue;
    if (sscanf(line, "%lld %lf %lf %7s", &attempt.id, &attempt.sent_ms, &attempt.done_ms, verdict) != 4) {
      fclose(file);
      errno = EINVAL;
      return false;
    }
    attempt.ok = strcmp(verdict, "ok") == 0;
    attempts->push_back(attempt);
  }
  const bool whole = ferror(file) == 0;
  fclose(file);
  return whole;
}

// The time of the last line, whatever it says: up to then the log is a witness.
double last_seen_ms(const char* path) {
  FILE* file = fopen(path, "re");
  if (file == nullptr) return 0;
  char line[256], word[32];
  double last = 0, a, b;
  while (fgets(line, sizeof line, file) != nullptr) {
    if (sscanf(line, "# %31s %lf", word, &a) == 2) last = a;
    else if (sscanf(line, "%*d %lf %lf", &a, &b) == 2) last = b;
  }
  fclose(file);
  return last;
}

// Prints 'NAME=FIGURE ', the figure being 'none' for what never came about.
void put_figure(const char* name, double value) {
  if (value >= 0) printf("%s=%.3f ", name, value);
  else printf("%s=none ", name);
}

int main_gap(int argc, char** argv) {
  if (argc < 1 || argc > 2) return die(kUsage);
  std::vector<Attempt> attempts;
  long connect_failed = 0;
  if (!read_log(argv[0], &attempts, &connect_failed)) return die("cannot read the log");
  const double t0_ms = argc == 2 ? strtod(argv[1], nullptr) : -1;
  const double end_ms = last_seen_ms(argv[0]);
  double longest_ms = -1, longest_at_ms = -1, previous_ms = -1;
  double after_t0_ms = -1, recovered_ms = -1, longest_after_t0_ms = -1;
  long ok = 0, err = 0;
  for (size_t i = 0; i < attempts.size(); ++i) {
    const Attempt& attempt = attempts[i];
    if (!attempt.ok) {
      ++err;
      continue;
    }
    ++ok;
    if (after_t0_ms < 0 && attempt.sent_ms > t0_ms) after_t0_ms = attempt.done_ms - t0_ms;
    const double gap_ms = previous_ms < 0 ? -1 : attempt.done_ms - previous_ms;
    if (gap_ms > longest_ms) {
      longest_ms = gap_ms;
      longest_at_ms = previous_ms;
    }
    if (attempt.done_ms > t0_ms && gap_ms > longest_after_t0_ms) {
      longest_after_t0_ms = gap_ms;
      recovered_ms = attempt.done_ms - t0_ms;
    }
    previous_ms = attempt.done_ms;
  }
  // The wait that the log ends in is no shorter than what is seen of it.
  if (ok > 0 && end_ms - previous_ms > longest_ms) {
    longest_ms = end_ms - previous_ms;
    longest_at_ms = previous_ms;
  }
  if (ok > 0 && end_ms - previous_ms > longest_after_t0_ms) recovered_ms = -1;
  put_figure("longest_ms", longest_ms);
  put_figure("longest_at_ms", longest_at_ms);
  if (argc == 2) put_figure("after_t0_ms", after_t0_ms);
  if (argc == 2) put_figure("recovered_ms", recovered_ms);
  printf("ok=%ld err=%ld connect_failed=%ld\n", ok, err, connect_failed);
  return ok == 0 || (argc == 2 && (after_t0_ms < 0 || recovered_ms < 0)) ? 1 : 0;
}

int main_lost(int argc, char** argv) {
  Target target;
  if (argc < 6 || !parse_target(argv + argc - 5, &target)) return die(kUsage);
  std::vector<Attempt> attempts;
  long connect_failed = 0;
  for (int i = 0; i < argc - 5; ++i) {
    if (!read_log(argv[i], &attempts, &connect_failed)) return die("cannot read the log");
  }
  Session session;
  std::vector<std::string> rows;
  if (!session.connect(target, 2000) || !session.query_all("SELECT id FROM t", 30000, &rows)) {
    fprintf(stderr, "client: cannot ask %s: error %s\n", target.host.c_str(), session.error().c_str());
    return 2;
  }
  std::set<long long> present;
  for (size_t i = 0; i < rows.size(); ++i) present.insert(strtoll(rows[i].c_str(), nullptr, 10));
  long acknowledged = 0;
  std::vector<long long> missing;
  for (size_t i = 0; i < attempts.size(); ++i) {
    if (!attempts[i].ok) continue;
    ++acknowledged;
    if (present.count(attempts[i].id) == 0) missing.push_back(attempts[i].id);
  }
  printf("acknowledged %ld missing %zu\n", acknowledged, missing.size());
  for (size_t i = 0; i < missing.size() && i < 10; ++i) printf("%lld\n", missing[i]);
  return missing.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  signal(SIGPIPE, SIG_IGN);
  if (mode == "write" || mode == "read") return main_load(argc - 2, argv + 2, mode == "write");
  if (mode == "gap") return main_gap(argc - 2, argv + 2);
  if (mode == "lost") return main_lost(argc - 2, argv + 2);
  if (mode == "now") return printf("%.3f\n", now_ms()) > 0 ? 0 : 2;
  return die(kUsage);
}
