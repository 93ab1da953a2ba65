// Clients as applications have them, for a planned switch: some connect for each transaction, some keep a session and try it
// before each use as a pool does, some have transactions of up to a second. Each failure that an application would see is
// counted, and each row that was acknowledged is looked for at the end.
//
// pools HOST PORT USER PASS DB CONNECT BORROW LONG SECONDS: so many clients of each kind; SECONDS 0: until SIGTERM.
// Prints each failure, and a line a kind: ok= the transactions, errors= failures that are no flight= (a session that was
// closed while its next request was on its way), unknown= of those the commits nobody knows about, longest_ms= the longest
// time a transaction took but for its own pauses. At the end: lost= rows that were acknowledged and are not there.
#include <mysql.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace {

const char* const kKinds[] = {"connect", "borrow", "long"};
const unsigned kPauseUs = 30000;
const double kSlowMs = 100;  // such a wait has a line of its own
const uint64_t kIdStep = 10000000;

struct Target {
  const char *host, *user, *pass, *db;
  unsigned port;
};
Target target;
volatile sig_atomic_t stop_requested = 0;
void on_term(int) { stop_requested = 1; }

double now_ms() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Worker {
  int kind;
  unsigned number;
  unsigned seed;
  MYSQL* session = nullptr;
  uint64_t next_id;
  std::vector<uint64_t> acked;
  unsigned ok = 0, errors = 0, flight = 0, unknown = 0;
  double longest_ms = 0, pause_ms = 0;
};

void close_session(Worker* w) {
  if (w->session) mysql_close(w->session);
  w->session = nullptr;
}

// fresh: nothing of the transaction has been answered yet, on a session that had just been found alive.
bool failed(Worker* w, const char* at, bool fresh) {
  const unsigned code = mysql_errno(w->session);
  const bool flight = fresh && (code == 2006 || code == 2013);
  printf("%.0f %s %u %s: %u %s%s\n", now_ms(), kKinds[w->kind], w->number, at, code, mysql_error(w->session),
         flight ? " (in flight)" : "");
  fflush(stdout);
  ++(flight ? w->flight : w->errors);
  if (strcmp(at, "commit") == 0) ++w->unknown;
  close_session(w);
  return false;
}

bool connect(Worker* w) {
  w->session = mysql_init(nullptr);
  unsigned seconds = 10;
  mysql_options(w->session, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_options(w->session, MYSQL_OPT_READ_TIMEOUT, &seconds);
  if (mysql_real_connect(w->session, target.host, target.user, target.pass, target.db, target.port, nullptr, 0)) return true;
  return failed(w, "connect", false);
}

bool run(Worker* w, const std::string& sql, const char* at, bool fresh) {
  if (mysql_real_query(w->session, sql.data(), sql.size()) != 0) return failed(w, at, fresh);
  MYSQL_RES* rows = mysql_store_result(w->session);
  if (rows) mysql_free_result(rows);
  return true;
}

void pause(Worker* w, unsigned us) {
  const double t = now_ms();
  usleep(us);
  w->pause_ms += now_ms() - t;
}

void transaction(Worker* w) {
  const double begun_ms = now_ms();
  w->pause_ms = 0;
  const bool kept = w->session != nullptr;
  // A pool tries what it has, and connects again when that is gone: no application notices.
  if (kept && mysql_ping(w->session) != 0) close_session(w);
  const bool tested = w->session != nullptr;
  if (!tested && !connect(w)) return;
  const uint64_t id = w->next_id++;
  const std::string insert = "INSERT INTO pools VALUES (" + std::to_string(id) + ")";
  bool done;
  if (w->kind == 1 && w->number % 2 == 0) {
    done = run(w, insert, "commit", tested);
  } else {
    done = run(w, "BEGIN", "begin", tested) && run(w, insert, "insert", false);
    if (done && w->kind == 2) {
      pause(w, static_cast<unsigned>(rand_r(&w->seed)) % 1000000);
      done = run(w, "SELECT COUNT(*) FROM pools WHERE id=" + std::to_string(id), "select", false);
    }
    done = done && run(w, "COMMIT", "commit", false);
  }
  if (done) {
    w->acked.push_back(id);
    ++w->ok;
  }
  if (w->kind == 0) close_session(w);
  const double waited_ms = now_ms() - begun_ms - w->pause_ms;
  if (waited_ms > kSlowMs) {
    printf("begun=%.0f kind=%s waited=%.0f\n", begun_ms, kKinds[w->kind], waited_ms);
    fflush(stdout);
  }
  w->longest_ms = std::max(w->longest_ms, waited_ms);
}

void* work(void* worker) {
  Worker* w = static_cast<Worker*>(worker);
  mysql_thread_init();
  while (!stop_requested) {
    transaction(w);
    usleep(kPauseUs / 2 + static_cast<unsigned>(rand_r(&w->seed)) % kPauseUs);
  }
  close_session(w);
  mysql_thread_end();
  return nullptr;
}

// Rows that were acknowledged and are not there; -1: nobody knows.
long lost(const std::vector<Worker>& all) {
  Worker w;
  w.kind = 0;
  w.number = 0;
  if (!connect(&w)) return -1;
  std::set<uint64_t> there;
  const char kAll[] = "SELECT id FROM pools";
  if (mysql_real_query(w.session, kAll, sizeof kAll - 1) != 0) return -1;
  MYSQL_RES* rows = mysql_store_result(w.session);
  if (!rows) return -1;
  while (MYSQL_ROW row = mysql_fetch_row(rows)) there.insert(strtoull(row[0], nullptr, 10));
  mysql_free_result(rows);
  close_session(&w);
  long n = 0;
  for (const Worker& one : all) {
    for (const uint64_t id : one.acked) n += there.count(id) == 0;
  }
  return n;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 10) return 2;
  target.host = argv[1];
  target.port = static_cast<unsigned>(atoi(argv[2]));
  target.user = argv[3];
  target.pass = argv[4];
  target.db = argv[5];
  signal(SIGTERM, on_term);
  signal(SIGPIPE, SIG_IGN);
  mysql_library_init(0, nullptr, nullptr);
  std::vector<Worker> workers;
  for (int kind = 0; kind < 3; ++kind) {
    for (int i = 0; i < atoi(argv[6 + kind]); ++i) {
      Worker w;
      w.kind = kind;
      w.number = static_cast<unsigned>(i);
      w.seed = static_cast<unsigned>(workers.size() + 1);
      w.next_id = (static_cast<uint64_t>(time(nullptr)) % 100000) * 100000 * 1000 + workers.size() * kIdStep;
      workers.push_back(w);
    }
  }
  std::vector<pthread_t> threads(workers.size());
  for (size_t i = 0; i < workers.size(); ++i) pthread_create(&threads[i], nullptr, work, &workers[i]);
  const double until_ms = now_ms() + atof(argv[9]) * 1e3;
  while (!stop_requested && (atof(argv[9]) == 0 || now_ms() < until_ms)) usleep(20000);
  stop_requested = 1;
  for (pthread_t thread : threads) pthread_join(thread, nullptr);
  for (int kind = 0; kind < 3; ++kind) {
    unsigned ok = 0, errors = 0, flight = 0, unknown = 0;
    double longest_ms = 0;
    for (const Worker& w : workers) {
      if (w.kind != kind) continue;
      ok += w.ok, errors += w.errors, flight += w.flight, unknown += w.unknown;
      longest_ms = std::max(longest_ms, w.longest_ms);
    }
    printf("%s ok=%u errors=%u flight=%u unknown=%u longest_ms=%.0f\n", kKinds[kind], ok, errors, flight, unknown, longest_ms);
  }
  printf("lost=%ld\n", lost(workers));
  return 0;
}
