// A session of the tests' clients with deadlines in milliseconds, and their clock.
//
// libmariadb counts its timeouts in seconds, so everything goes through its non-blocking calls and poll(): a deadline in
// milliseconds holds for connecting, for the answer and for whatever lies between.
#ifndef TANDEM_TESTS_E2E_SESSION_H
#define TANDEM_TESTS_E2E_SESSION_H

#include <mysql.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include <string>
#include <vector>

inline double now_ms() {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

// What a connection and its statements go by.
struct Target {
  std::string host, user, pass, db;
  unsigned port;
};

inline bool parse_target(char** argv, Target* target) {
  target->host = argv[0];
  target->port = static_cast<unsigned>(strtoul(argv[1], nullptr, 10));
  target->user = argv[2];
  target->pass = argv[3];
  target->db = argv[4];
  return target->port > 0 && target->port < 65536;
}

// One connection, with deadlines in milliseconds. After any failure it is closed: the caller connects again.
class Session {
 public:
  Session() : mysql_(nullptr), timed_out_(false), error_(0) {}
  ~Session() { close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  bool is_open() const { return mysql_ != nullptr; }

  // "timeout", or the client library's error number of the last failure.
  std::string error() const { return timed_out_ ? "timeout" : std::to_string(error_); }

  bool connect(const Target& to, double timeout_ms) {
    close();
    timed_out_ = false;
    error_ = 0;
    mysql_ = mysql_init(nullptr);
    if (mysql_ == nullptr) return false;
    mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr);
    const double deadline_ms = now_ms() + timeout_ms;
    MYSQL* result = nullptr;
    int status = mysql_real_connect_start(&result, mysql_, to.host.c_str(), to.user.c_str(), to.pass.c_str(), to.db.c_str(),
                                          to.port, nullptr, 0);
    while (status != 0) status = mysql_real_connect_cont(&result, mysql_, wait(status, deadline_ms));
    return result != nullptr || fail();
  }

  // Runs one statement. With `value`, stores the first column of its first row, or "" if there is none.
  bool query(const std::string& statement, double timeout_ms, std::string* value) {
    timed_out_ = false;
    const double deadline_ms = now_ms() + timeout_ms;
    int result = 0;
    int status = mysql_real_query_start(&result, mysql_, statement.data(), statement.size());
    while (status != 0) status = mysql_real_query_cont(&result, mysql_, wait(status, deadline_ms));
    if (result != 0) return fail();
    if (value == nullptr) return true;
    std::vector<std::string> rows;
    if (!fetch(deadline_ms, &rows)) return false;
    *value = rows.empty() ? "" : rows[0];
    return true;
  }

  // Like query, but stores the first column of every row.
  bool query_all(const std::string& statement, double timeout_ms, std::vector<std::string>* rows) {
    return query(statement, timeout_ms, nullptr) && fetch(now_ms() + timeout_ms, rows);
  }

  void close() {
    if (mysql_ == nullptr) return;
    // The library's goodbye must neither block nor reach a server that has hung: with the socket shut it fails at once.
    const my_socket fd = mysql_get_socket(mysql_);
    if (fd != MARIADB_INVALID_SOCKET) shutdown(fd, SHUT_RDWR);
    mysql_close(mysql_);
    mysql_ = nullptr;
  }

 private:
  // Waits for what the library asked for; tells it of a timeout once the deadline has passed, which makes its call fail.
  int wait(int status, double deadline_ms) {
    for (;;) {
      const double left_ms = deadline_ms - now_ms();
      if (left_ms <= 0) break;
      struct pollfd fd = {mysql_get_socket(mysql_), 0, 0};
      if (status & MYSQL_WAIT_READ) fd.events = static_cast<short>(fd.events | POLLIN);
      if (status & MYSQL_WAIT_WRITE) fd.events = static_cast<short>(fd.events | POLLOUT);
      if (status & MYSQL_WAIT_EXCEPT) fd.events = static_cast<short>(fd.events | POLLPRI);
      if (poll(&fd, 1, static_cast<int>(left_ms + 0.999)) <= 0) continue;  // a signal, or the deadline: see above
      int got = 0;
      if (fd.revents & POLLIN) got |= MYSQL_WAIT_READ;
      if (fd.revents & POLLOUT) got |= MYSQL_WAIT_WRITE;
      if (fd.revents & POLLPRI) got |= MYSQL_WAIT_EXCEPT;
      // A reset or refused connection: let the library read or write and see for itself.
      return got != 0 ? got : (status & (MYSQL_WAIT_READ | MYSQL_WAIT_WRITE));
    }
    timed_out_ = true;
    return MYSQL_WAIT_TIMEOUT;
  }

  bool fetch(double deadline_ms, std::vector<std::string>* rows) {
    MYSQL_RES* result = nullptr;
    int status = mysql_store_result_start(&result, mysql_);
    while (status != 0) status = mysql_store_result_cont(&result, mysql_, wait(status, deadline_ms));
    if (result == nullptr) return fail();
    while (MYSQL_ROW row = mysql_fetch_row(result)) rows->push_back(row[0] != nullptr ? row[0] : "");
    mysql_free_result(result);
    return true;
  }

  bool fail() {
    error_ = mysql_errno(mysql_);
    close();
    return false;
  }

  MYSQL* mysql_;
  bool timed_out_;
  unsigned error_;
};

#endif
