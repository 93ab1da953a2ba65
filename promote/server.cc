// Beyond POSIX: TCP_KEEPIDLE and its like, and TCP_USER_TIMEOUT (Linux 2.6.37).
//
// libmariadb's non-blocking calls under select(): its own timeouts are whole
// seconds. mysql_port and mysql_unix_port are set before the library looks,
// or it would ask getservbyname() and so load the host's NSS modules into a
// static program.
#include "promote/server.h"

#include <errno.h>
#include <mysql.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/file.h"
#include "lib/net.h"
#include "lib/select.h"
#include "lib/text.h"

// A shared libmariadb keeps these to itself; there they stay unset.
#pragma weak mysql_port
#pragma weak mysql_unix_port
#pragma weak ma_pvio_register_callback

// Of libmariadb 3: called with what was read (mode 0) or is to be written.
extern "C" int ma_pvio_register_callback(
    my_bool on, void (*callback)(int mode, MYSQL* mysql,
                                 const unsigned char* bytes, size_t n));

namespace promote {

using tandem::Error;

namespace {

const rlim_t kMemoryMax = 128 << 20;
const size_t kGreetingBytes = 7;           // a packet's header, and an error's
const int kDeadHostS = 4;                  // until the kernel gives it up
const char* or_null(const std::string& text) {
  return text.empty() ? nullptr : text.c_str();
}

// The beginning of a statement, for messages: no password stands there.
std::string shown(const std::string& sql) {
  return sql.size() <= 48 ? sql : sql.substr(0, 45) + "...";
}

// A host that died says nothing: the kernel finds out, and ends the connection.
// Of a Unix socket it needs none of this.
void notice_dead_host(int fd) {
  const int on = 1, second = 1, probes = kDeadHostS - 1;
  const int all_ms = kDeadHostS * 1000;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &second, sizeof second);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &second, sizeof second);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &all_ms, sizeof all_ms);
}

// For whatever an answer claims to need: what the library allocates then, it
// does not get.
void limit_memory() {
  struct rlimit memory;
  if (getrlimit(RLIMIT_AS, &memory) < 0 || memory.rlim_cur <= kMemoryMax) {
    return;
  }
  memory.rlim_cur = kMemoryMax;
  const int failed = setrlimit(RLIMIT_AS, &memory);
  (void)failed;  // the bounds of an answer hold without it
}

Server* g_reader = nullptr;  // whose call into the library this is

extern "C" void on_io(int mode, MYSQL* mysql, const unsigned char* bytes,
                      size_t n) {
  (void)mysql;
  if (mode == 0 && g_reader && static_cast<ssize_t>(n) > 0) {
    g_reader->on_read(bytes, n);
  }
}

void count_what_comes() {
  static bool counts = false;
  if (counts || &ma_pvio_register_callback == nullptr) return;
  counts = ma_pvio_register_callback(1, on_io) == 0;
}

void keep_nss_out() {
  static char socket_path[] = "/run/mysqld/mysqld.sock";
  // Nor may libcrypto load what the host's openssl.cnf names.
  setenv("OPENSSL_CONF", "/dev/null", 1);
  if (&mysql_port != nullptr) mysql_port = 3306;
  if (&mysql_unix_port != nullptr) mysql_unix_port = socket_path;
}

}  // namespace

Server::Server()
    : mysql_(nullptr), open_(false), secret_(false), step_(Step::None),
      want_(0), result_(nullptr), answer_bytes_(0), left_bytes_(0),
      cause_(Cause::None), sql_errno_(0) {}

Server::~Server() { close(); }

int Server::fd() const {
  return mysql_ ? static_cast<int>(mysql_get_socket(mysql_)) : -1;
}

void Server::want(tandem::WaitSet* set) const {
  if (fd() < 0) return;
  if (!busy() || (want_ & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT)) != 0) {
    set->want_read(fd());
  }
  if (busy() && (want_ & MYSQL_WAIT_WRITE) != 0) set->want_write(fd());
}

void Server::start_connect(const Endpoint& at, const Login& login) {
  close();
  limit_memory();
  keep_nss_out();
  count_what_comes();
  // The library keeps pointers to all of these until the login is over.
  at_ = at;
  login_ = login;
  host_ = at.socket.empty() ? at.address.host() : "";
  cause_ = Cause::None;
  error_ = Error::none();
  mysql_ = mysql_init(nullptr);
  const unsigned no = 0;
  if (!mysql_ || mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr) != 0) {
    close();
    cause_ = Cause::Ours;
    error_ = Error::make(tandem::kExitFailed, "%s: connect: no memory here",
                         at_.text().c_str());
    return;
  }
  mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &no);
  const unsigned long bytes_max = kAnswerBytesMax;
  mysql_options(mysql_, MYSQL_OPT_MAX_ALLOWED_PACKET, &bytes_max);
  // Nothing of the host is loaded: its plug-ins may be of another build, and
  // one of them hands the password out in clear at a server's word. Below
  // this there can be none.
  mysql_options(mysql_, MYSQL_PLUGIN_DIR, "/dev/null");
#if defined(MARIADB_PACKAGE_VERSION_ID) && MARIADB_PACKAGE_VERSION_ID >= 30300
  // Nor does a server's word get the hash of MySQL 3.23, from which the
  // password can be had. Libraries before that cannot be told.
  mysql_options(mysql_, MARIADB_OPT_RESTRICTED_AUTH,
                "mysql_native_password,caching_sha2_password,client_ed25519");
#endif
  mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (login_.tls != Tls::No) ask_for_tls();
  head_.clear();
  begin_step(Step::Connect, kHeadBytesMax);
  MYSQL* ret = nullptr;
  want_ = mysql_real_connect_start(
      &ret, mysql_, host_.empty() ? nullptr : host_.c_str(),
      login_.user.c_str(), login_.password.c_str(), nullptr, at_.address.port,
      at_.socket.empty() ? nullptr : at_.socket.c_str(), 0);
  if (want_ == 0) return on_connected(ret);
  if (at_.socket.empty()) notice_dead_host(fd());
}

void Server::begin_step(Step step, size_t bytes_max) {
  step_ = step;
  left_bytes_ = bytes_max;
  g_reader = this;
}

// The library reads for as long as something comes, and keeps it: who sends
// without an end is cut off here. And a report of progress (error 65535) where
// a greeting should be makes it look at the version of a server that it does
// not know yet: it gets one.
void Server::on_read(const unsigned char* bytes, size_t n) {
  bool ends = n > left_bytes_;
  left_bytes_ -= std::min(n, left_bytes_);
  if (step_ == Step::Connect && head_.size() < kGreetingBytes) {
    head_.append(reinterpret_cast<const char*>(bytes),
                 std::min(n, kGreetingBytes - head_.size()));
    if (head_.size() == kGreetingBytes && head_.substr(4) == "\xff\xff\xff") {
      if (!mysql_->server_version) mysql_->server_version = strdup("");
      ends = true;
    }
  }
  if (ends) {
    left_bytes_ = 0;
    shutdown(fd(), SHUT_RDWR);
  }
}

// Whoever has the server's socket is the server.
void Server::ask_for_tls() {
  const my_bool on = 1;
  const my_bool verify = login_.tls == Tls::Verify && at_.socket.empty();
  mysql_ssl_set(mysql_, or_null(login_.tls_key), or_null(login_.tls_cert),
                verify ? login_.tls_ca.c_str() : nullptr, nullptr, nullptr);
  mysql_options(mysql_, MYSQL_OPT_SSL_ENFORCE, &on);
  mysql_options(mysql_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

bool Server::reached() const {
  struct sockaddr_storage other;
  socklen_t bytes = sizeof other;
  return fd() >= 0 && getpeername(fd(), reinterpret_cast<struct sockaddr*>(
                                            &other), &bytes) == 0;
}

uint64_t Server::written_bytes() const {
  struct ucred who;
  socklen_t bytes = sizeof who;
  if (at_.socket.empty() || fd() < 0 ||
      getsockopt(fd(), SOL_SOCKET, SO_PEERCRED, &who, &bytes) < 0) {
    return 0;
  }
  std::string text;
  const Error e = tandem::read_file(
      tandem::format("/proc/%ld/io", static_cast<long>(who.pid)), 4096, &text);
  uint64_t out = 0;
  const std::vector<std::string> words = tandem::split_words(e ? "" : text);
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i - 1] == "wchar:" &&
        !tandem::parse_u64(words[i], UINT64_MAX, &out)) {
      return 0;
    }
  }
  return out;
}

void Server::start_query(const std::string& sql) {
  TANDEM_ASSERT(idle());
  cause_ = Cause::None;
  error_ = Error::none();
  rows_ = Rows();
  begin_step(Step::Query, kHeadBytesMax);
  // The library keeps the pointer until the statement is sent.
  statement_ = sql;
  int ret = 0;
  want_ = mysql_real_query_start(&ret, mysql_, statement_.data(),
                                 statement_.size());
  if (want_ != 0) return;
  if (ret != 0) return note_failure(shown(statement_).c_str());
  start_rows();
}

// One by one, not stored by the library: it would store without an end.
void Server::start_rows() {
  if (mysql_field_count(mysql_) == 0) return finish();
  begin_step(Step::Rows, kAnswerBytesMax + kHeadBytesMax);
  answer_bytes_ = 0;
  result_ = mysql_use_result(mysql_);
  if (!result_) return note_failure(shown(statement_).c_str());
  const unsigned columns = mysql_num_fields(result_);
  for (unsigned i = 0; i < columns; ++i) {
    rows_.names.push_back(mysql_fetch_field_direct(result_, i)->name);
  }
  MYSQL_ROW row = nullptr;
  want_ = mysql_fetch_row_start(&row, result_);
  if (want_ == 0) take_rows(row);
}

// A row, and those behind it that are there already.
void Server::take_rows(MYSQL_ROW row) {
  while (row) {
    const unsigned columns = mysql_num_fields(result_);
    const unsigned long* bytes = mysql_fetch_lengths(result_);
    std::vector<std::string> out;
    for (unsigned i = 0; i < columns; ++i) {
      out.push_back(row[i] ? std::string(row[i], bytes[i]) : std::string());
      answer_bytes_ += out.back().size() + sizeof(std::string);
    }
    rows_.rows.push_back(std::move(out));
    if (rows_.rows.size() > kRowsMax || answer_bytes_ > kAnswerBytesMax) {
      return refuse_answer(shown(statement_).c_str());
    }
    row = nullptr;
    want_ = mysql_fetch_row_start(&row, result_);
    if (want_ != 0) return;
  }
  if (mysql_errno(mysql_) != 0) return note_failure(shown(statement_).c_str());
  free_result();
  finish();
}

// A server that answers without an end, if it is one.
void Server::refuse_answer(const char* what) {
  rows_ = Rows();
  open_ = false;  // nothing is said to it any more
  close();
  cause_ = Cause::Silent;
  error_ = Error::make(tandem::kExitFailed, "%s: %s: an answer without an end, "
                       "or no server's", at_.text().c_str(), what);
}

// What was not read yet the library would read first: close() shuts it out.
void Server::free_result() {
  if (result_) mysql_free_result(result_);
  result_ = nullptr;
}

void Server::finish() {
  step_ = Step::None;
  want_ = 0;
}

void Server::on_connected(MYSQL* ret) {
  if (!ret) return note_failure("connect");
  finish();
  // Only where it is to verify does the library insist by itself.
  if (login_.tls != Tls::No && at_.socket.empty() &&
      !mysql_get_ssl_cipher(mysql_)) {
    sql_errno_ = kTlsErrno;
    cause_ = Cause::Rejected;
    error_ = Error::make(tandem::kExitFailed,
                         "%s: connect: the server does not do TLS",
                         at_.text().c_str());
    return close();
  }
  open_ = true;
}

void Server::note_failure(const char* what) {
  const bool connecting = step_ == Step::Connect;
  if (left_bytes_ == 0) return refuse_answer(what);
  sql_errno_ = mysql_errno(mysql_);
  const std::string text = mysql_error(mysql_);
  cause_ = cause_of(sql_errno_, text.c_str(), connecting);
  const int code = is_permission(sql_errno_) ? tandem::kExitPermission
                                             : tandem::kExitFailed;
  error_ = Error::make(code, "%s: %s: %s (%u)%s", at_.text().c_str(), what,
                       secret_ ? "error" : text.c_str(), sql_errno_,
                       login_advice(text));
  if (cause_ == Cause::Sql) free_result();
  finish();
  if (cause_ != Cause::Sql) {
    open_ = false;
    close();
  }
}

void Server::go_on(int ready) {
  g_reader = this;
  if (step_ == Step::Connect) {
    MYSQL* ret = nullptr;
    want_ = mysql_real_connect_cont(&ret, mysql_, ready);
    if (want_ == 0) on_connected(ret);
  } else if (step_ == Step::Query) {
    int ret = 0;
    want_ = mysql_real_query_cont(&ret, mysql_, ready);
    if (want_ != 0) return;
    if (ret != 0) return note_failure(shown(statement_).c_str());
    start_rows();
  } else if (step_ == Step::Rows) {
    MYSQL_ROW row = nullptr;
    want_ = mysql_fetch_row_cont(&row, result_, ready);
    if (want_ == 0) take_rows(row);
  }
}

bool Server::advance(bool readable, bool writable) {
  if (!busy()) return true;
  int ready = 0;
  if (readable) ready |= want_ & (MYSQL_WAIT_READ | MYSQL_WAIT_EXCEPT);
  if (writable) ready |= want_ & MYSQL_WAIT_WRITE;
  if (ready != 0) go_on(ready);
  return !busy();
}

void Server::time_out(const char* what) {
  if (!mysql_) return;
  // Told that its own timeout has passed, the library unwinds and frees what
  // an interrupted connect would leak; the socket is shut first so that
  // nothing on the way out waits for the server.
  const int socket_fd = fd();
  if (socket_fd >= 0) shutdown(socket_fd, SHUT_RDWR);
  for (int i = 0; i < 8 && busy(); ++i) go_on(MYSQL_WAIT_TIMEOUT);
  open_ = false;
  close();
  cause_ = Cause::Silent;
  error_ = Error::make(tandem::kExitFailed, "%s: %s: no answer in time",
                       at_.text().c_str(), what);
}

void Server::close() {
  if (!mysql_) return;
  if (!open_ || busy()) {
    const int socket_fd = fd();
    if (socket_fd >= 0) shutdown(socket_fd, SHUT_RDWR);
  }
  g_reader = this;
  if (open_ && !busy()) left_bytes_ = kHeadBytesMax;
  free_result();
  mysql_close(mysql_);
  g_reader = nullptr;
  mysql_ = nullptr;
  open_ = false;
  finish();
}

Error Server::linger(uint64_t until_ms) {
  tandem::Selector sel;
  while (busy() && tandem::clock_ms() < until_ms) {
    sel.clear();
    want(&sel);
    Error e = sel.wait(until_ms);
    if (e) return e;
    advance(sel.can_read(fd()), sel.can_write(fd()));
  }
  return Error::none();
}

Error Server::wait(const char* what, uint64_t until_ms) {
  Error e = linger(until_ms);
  if (e) return e;
  if (busy()) time_out(what);
  return error_;
}

Error Server::connect(const Endpoint& at, const Login& login,
                      uint64_t until_ms) {
  return connect(at, login, until_ms, until_ms);
}

Error Server::connect(const Endpoint& at, const Login& login,
                      uint64_t until_ms, uint64_t reached_ms) {
  start_connect(at, login);
  const Error e = linger(reached_ms);
  if (e) return e;
  return wait("connect", reached() ? until_ms : reached_ms);
}

Error Server::query(const std::string& sql, uint64_t until_ms, Rows* rows) {
  if (!idle()) {
    return Error::make(tandem::kExitFailed, "%s: not connected",
                       at_.text().c_str());
  }
  start_query(sql);
  Error e = wait(shown(sql).c_str(), until_ms);
  if (!e && rows) *rows = rows_;
  return e;
}

std::string quote_sql(const std::string& s) {
  std::string out = "'";
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '\'' || s[i] == '\\') out += '\\';
    if (s[i] == '\0') out += "\\0";
    else out += s[i];
  }
  return out + "'";
}

std::string quote_name(const std::string& s) {
  std::string out = "`";
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '`') out += '`';
    out += s[i];
  }
  return out + "`";
}

}  // namespace promote
