// Ten clients that append to lists and read them, and the judge of what they saw. See history.h.
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "tests/e2e/history.h"
#include "tests/e2e/session.h"

namespace {

const char kUsage[] =
    "usage: history run   HOST PORT USER PASS DB SECONDS LOG [SEED]\n"
    "       history final HOST PORT USER PASS DB LOG\n"
    "       history check LOG\n"
    "run:   ten clients, each with transactions of one to four appends to lists of DB.lists and reads of them, until SECONDS\n"
    "       are over (0: SIGTERM), ten a second each.\n"
    "final: adds a line to LOG that reads every list.\n"
    "check: prints 'transactions N ok N unknown N', and what is wrong; exit 1 when anything is, 2 when it cannot be read.\n";

const unsigned kClients = 10;
const double kWaitMs = 1000, kPaceMs = 100;
const size_t kKeys = 8, kAppends = 200;  // of a key, before another one takes its place

volatile sig_atomic_t stop_requested = 0;

void on_term(int) { stop_requested = 1; }

int die(const char* what) {
  fprintf(stderr, "history: %s\n", what);
  return 2;
}

struct Shared {
  Target target;
  double until_ms = 0;
  int log_fd = -1;
  unsigned seed = 1;
  pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  uint64_t next_key = 0, next_value = 0;
  std::vector<uint64_t> keys;
  std::vector<size_t> appends;
};

class Client {
 public:
  Client(Shared* shared, unsigned number) : shared_(shared), number_(number), random_(shared->seed * 100 + number) {}

  void run() {
    while (!stop_requested && (shared_->until_ms <= 0 || now_ms() < shared_->until_ms)) {
      const double begun_ms = now_ms();
      if (session_.is_open() || open_session()) transaction();
      const double left_ms = begun_ms + kPaceMs - now_ms();
      if (left_ms > 0) poll(nullptr, 0, static_cast<int>(left_ms));
    }
  }

 private:
  bool open_session() {
    return session_.connect(shared_->target, kWaitMs) &&
           session_.query("SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE", kWaitMs, nullptr);
  }

  unsigned below(unsigned n) { return static_cast<unsigned>(random_() % n); }

  // A key, and a value for it if it is appended to.
  uint64_t draw(bool append, uint64_t* value) {
    pthread_mutex_lock(&shared_->lock);
    const size_t at = below(kKeys);
    const uint64_t key = shared_->keys[at];
    if (append) {
      *value = ++shared_->next_value;
      if (++shared_->appends[at] == kAppends) {
        shared_->keys[at] = ++shared_->next_key;
        shared_->appends[at] = 0;
      }
    }
    pthread_mutex_unlock(&shared_->lock);
    return key;
  }

  bool step(std::string* ops) {
    const bool append = below(2) == 0;
    uint64_t value = 0;
    const std::string key = std::to_string(draw(append, &value));
    if (append) {
      const std::string v = std::to_string(value);
      *ops += " a:" + key + ":" + v;
      return session_.query("INSERT INTO lists VALUES (" + key + ", '" + v + "') ON DUPLICATE KEY UPDATE v = CONCAT(v, '," + v +
                            "')", kWaitMs, nullptr);
    }
    std::string list;
    if (!session_.query("SELECT v FROM lists WHERE k = " + key, kWaitMs, &list)) return false;
    *ops += " r:" + key + ":" + list;
    return true;
  }

  // Before its COMMIT was sent nothing can have been committed; after that, only an answer tells.
  void transaction() {
    const double begun_ms = now_ms();
    std::string ops;
    const char* end = "fail";
    bool ok = session_.query("BEGIN", kWaitMs, nullptr);
    for (unsigned i = below(4) + 1; ok && i > 0; --i) ok = step(&ops);
    if (ok) end = session_.query("COMMIT", kWaitMs, nullptr) ? "ok" : "unknown";
    char times[96];
    snprintf(times, sizeof times, "%u %.3f %.3f ", number_, begun_ms, now_ms());
    const std::string line = times + std::string(end) + ops + "\n";
    if (write(shared_->log_fd, line.data(), line.size()) != static_cast<ssize_t>(line.size())) _exit(die("cannot write the log"));
  }

  Shared* shared_;
  unsigned number_;
  std::mt19937 random_;
  Session session_;
};

void* client_main(void* arg) {
  static_cast<Client*>(arg)->run();
  return nullptr;
}

int main_run(int argc, char** argv) {
  Shared shared;
  if (argc < 7 || argc > 8 || !parse_target(argv, &shared.target)) return die(kUsage);
  const double seconds = strtod(argv[5], nullptr);
  shared.until_ms = seconds > 0 ? now_ms() + seconds * 1e3 : 0;
  shared.log_fd = open(argv[6], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (shared.log_fd < 0) return die("cannot open the log");
  if (argc == 8) shared.seed = static_cast<unsigned>(strtoul(argv[7], nullptr, 10));
  for (size_t i = 0; i < kKeys; ++i) shared.keys.push_back(++shared.next_key);
  shared.appends.assign(kKeys, 0);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_term;
  sigaction(SIGTERM, &action, nullptr);
  std::vector<Client*> clients;
  std::vector<pthread_t> threads(kClients);
  for (unsigned i = 0; i < kClients; ++i) {
    clients.push_back(new Client(&shared, i));
    if (pthread_create(&threads[i], nullptr, client_main, clients[i]) != 0) return die("no thread");
  }
  for (pthread_t t : threads) pthread_join(t, nullptr);
  for (Client* c : clients) delete c;
  return 0;
}

int main_final(int argc, char** argv) {
  Target target;
  if (argc != 6 || !parse_target(argv, &target)) return die(kUsage);
  Session session;
  std::vector<std::string> rows;
  if (!session.connect(target, 2000) ||
      !session.query_all("SELECT CONCAT(' r:', k, ':', v) FROM lists", 30000, &rows)) {
    return die(("cannot ask: error " + session.error()).c_str());
  }
  const double ms = now_ms();
  FILE* file = fopen(argv[5], "ae");
  if (file == nullptr) return die("cannot open the log");
  fprintf(file, "final %.3f %.3f ok", ms, ms);
  for (const std::string& row : rows) fputs(row.c_str(), file);
  fputc('\n', file);
  return fclose(file) == 0 ? 0 : die("cannot write the log");
}

int main_check(int argc, char** argv) {
  if (argc != 1) return die(kUsage);
  std::ifstream file(argv[0]);
  if (!file) return die("cannot read the log");
  std::vector<history::Txn> txns;
  size_t ok = 0, unknown = 0;
  for (std::string line; std::getline(file, line);) {
    history::Txn t;
    if (!history::parse_txn(line, &t)) return die(("no transaction: " + line.substr(0, 100)).c_str());
    ok += t.end == history::End::Ok;
    unknown += t.end == history::End::Unknown;
    txns.push_back(t);
  }
  const std::vector<std::string> found = history::Checker(txns).check();
  printf("transactions %zu ok %zu unknown %zu\n", txns.size(), ok, unknown);
  for (size_t i = 0; i < found.size() && i < 20; ++i) printf("%s\n", found[i].c_str());
  return found.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  signal(SIGPIPE, SIG_IGN);
  if (mode == "run") return main_run(argc - 2, argv + 2);
  if (mode == "final") return main_final(argc - 2, argv + 2);
  if (mode == "check") return main_check(argc - 2, argv + 2);
  return die(kUsage);
}
