// Logins and result sets for the bench, by libmariadb. PID and the results as
// in load.cc. Ends with 1 at the first error.
#include <mysql.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/bench/meter.h"

namespace {

using bench::die;
using bench::Meter;
using bench::now_ns;

const char kUsage[] =
    "usage: sql login  HOST PORT USER PASS PID SECONDS AT_ONCE\n"
    "       sql result HOST PORT USER PASS PID MEGABYTES";

const uint64_t kWarmNs = 300000000;
const unsigned long kRowBytes = 1 << 20;

struct Server {
  const char *host, *user, *pass;
  unsigned port;
} server;

MYSQL* log_in() {
  MYSQL* mysql = mysql_init(nullptr);
  const unsigned limit_s = 20;
  mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT, &limit_s);
  mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT, &limit_s);
  if (mysql_real_connect(mysql, server.host, server.user, server.pass, nullptr,
                         server.port, nullptr, 0) == nullptr) {
    die("login: %s", mysql_error(mysql));
  }
  return mysql;
}

// One of those that log in and quit, over and over.
struct Worker {
  pthread_t thread;
  uint64_t start_ns, end_ns;
  std::vector<uint32_t> took_ns;  // those that ended in the time measured
};

void* work(void* arg) {
  Worker* w = static_cast<Worker*>(arg);
  mysql_thread_init();
  for (uint64_t now = now_ns(); now < w->end_ns;) {
    const uint64_t begin = now;
    mysql_close(log_in());
    now = now_ns();
    if (now >= w->start_ns && now < w->end_ns) {
      w->took_ns.push_back(static_cast<uint32_t>(now - begin));
    }
  }
  mysql_thread_end();
  return nullptr;
}

void sleep_until(uint64_t at_ns) {
  const struct timespec at = {static_cast<time_t>(at_ns / 1000000000),
                              static_cast<long>(at_ns % 1000000000)};
  clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

void login(Meter* meter, double seconds, size_t at_once) {
  const uint64_t start_ns = now_ns() + kWarmNs;
  const uint64_t end_ns = start_ns + static_cast<uint64_t>(seconds * 1e9);
  std::vector<Worker> workers(at_once);
  for (Worker& w : workers) {
    w.start_ns = start_ns;
    w.end_ns = end_ns;
    if (pthread_create(&w.thread, nullptr, work, &w) != 0) die("no thread");
  }
  sleep_until(start_ns);
  meter->start();
  sleep_until(end_ns);
  meter->stop();
  std::vector<uint32_t> all;
  for (Worker& w : workers) {
    pthread_join(w.thread, nullptr);
    all.insert(all.end(), w.took_ns.begin(), w.took_ns.end());
  }
  const double count = static_cast<double>(all.size());
  printf("per_s=%.6g p50_us=%.6g", count / meter->seconds(),
         bench::percentile_us(&all, 50));
  meter->print_cpu("cpu_us", 1e6, count);
}

// Rows of one megabyte, as the server makes them, read one by one.
void result(Meter* meter, unsigned long rows_want) {
  MYSQL* mysql = log_in();
  const std::string statement = "SELECT REPEAT('tandem__', 131072) FROM "
      "sbtest.seq_1_to_" + std::to_string(rows_want);
  meter->start();
  if (mysql_query(mysql, statement.c_str()) != 0) die("%s", mysql_error(mysql));
  MYSQL_RES* rows = mysql_use_result(mysql);
  if (rows == nullptr) die("%s", mysql_error(mysql));
  unsigned long count = 0;
  while (MYSQL_ROW row = mysql_fetch_row(rows)) {
    if (mysql_fetch_lengths(rows)[0] != kRowBytes ||
        memcmp(row[0], "tandem__", 8) != 0 ||
        memcmp(row[0], row[0] + 8, kRowBytes - 8) != 0) {
      die("a wrong row");
    }
    count++;
  }
  meter->stop();
  if (count != rows_want) die("%lu rows: %s", count, mysql_error(mysql));
  mysql_free_result(rows);
  mysql_close(mysql);
  const double bytes = static_cast<double>(count * kRowBytes);
  printf("mb_s=%.6g", bytes / 1e6 / meter->seconds());
  meter->print_cpu("cpu_s_gb", 1e9, bytes);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 8) die("%s", kUsage);
  server.host = argv[2];
  server.port = static_cast<unsigned>(atoi(argv[3]));
  server.user = argv[4];
  server.pass = argv[5];
  const std::string job = argv[1];
  Meter meter(atoi(argv[6]));
  mysql_library_init(0, nullptr, nullptr);
  if (job == "login" && argc == 9) {
    login(&meter, atof(argv[7]), strtoul(argv[8], nullptr, 10));
  } else if (job == "result" && argc == 8) {
    result(&meter, strtoul(argv[7], nullptr, 10));
  } else {
    die("%s", kUsage);
  }
  putchar('\n');
  return 0;
}
