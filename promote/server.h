// A connection to a MariaDB or MySQL server: the one user of libmariadb.
// Every operation is non-blocking underneath, so deadlines are milliseconds
// and a hung server cannot hold its caller; nothing here asks NSS.
#ifndef TANDEM_PROMOTE_SERVER_H
#define TANDEM_PROMOTE_SERVER_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"
#include "lib/waitset.h"
#include "promote/cause.h"
#include "promote/config.h"
#include "promote/rows.h"

struct st_mysql;
struct st_mysql_res;

namespace promote {

// No answer to what is asked here comes near them: a list of sessions has the
// most rows. A login, and what comes before the rows, is a few thousand bytes.
const size_t kRowsMax = 100000;
const size_t kAnswerBytesMax = 16 << 20;
const size_t kHeadBytesMax = 256 << 10;

class Server {
 public:
  Server();
  ~Server();

  // ---- with a deadline of clock_ms()

  // Logs in. On failure cause() tells why and nothing is open.
  TANDEM_MUST_USE tandem::Error connect(const Endpoint& at,
                                        const Login& login,
                                        uint64_t until_ms);
  // A login as above, whose host is to take the connection by reached_ms.
  TANDEM_MUST_USE tandem::Error connect(const Endpoint& at,
                                        const Login& login, uint64_t until_ms,
                                        uint64_t reached_ms);
  // One statement; *rows may be null. After a failure other than Cause::Sql
  // the connection is closed; so is one whose answer has more than kRowsMax
  // rows or kAnswerBytesMax bytes. EPERM-like failures have exit code 4.
  TANDEM_MUST_USE tandem::Error query(const std::string& sql,
                                      uint64_t until_ms, Rows* rows = nullptr);

  // ---- in steps, for a select() loop

  void start_connect(const Endpoint& at, const Login& login);
  void start_query(const std::string& sql);  // only when idle()
  // What the server says of a statement may quote it: of the next ones only the
  // number of an error is told.
  void keep_secrets(bool yes) { secret_ = yes; }
  bool busy() const { return step_ != Step::None; }
  bool idle() const { return open_ && !busy(); }
  int fd() const;
  // What it waits for, into the set.
  void want(tandem::WaitSet* set) const;
  // Goes on as far as it can; true when the operation has ended, see error().
  bool advance(bool readable, bool writable);
  // There is a server at the other end, if only its kernel: giving up now
  // would leave a session there that nobody ends.
  bool reached() const;
  // Goes on until the operation has ended or until_ms is there: see busy().
  TANDEM_MUST_USE tandem::Error linger(uint64_t until_ms);
  // Gives the operation up; the connection is closed.
  void time_out(const char* what);
  const tandem::Error& error() const { return error_; }
  Cause cause() const { return cause_; }
  unsigned sql_errno() const { return sql_errno_; }
  // Bytes that the server's process has written so far, to whatever file
  // (/proc/PID/io, wchar; Linux 2.6.20); 0: it is not of this host, or that is
  // not told.
  uint64_t written_bytes() const;
  const Rows& rows() const { return rows_; }

  // Says goodbye to an idle server (COM_QUIT, so that it counts no aborted
  // connection); cuts a busy one.
  void close();

  // The library has read this much more, and looks at it after the call.
  void on_read(const unsigned char* bytes, size_t n);

 private:
  enum class Step { None, Connect, Query, Rows };
  Server(const Server&);
  Server& operator=(const Server&);
  void ask_for_tls();
  void begin_step(Step step, size_t bytes_max);
  void go_on(int ready);
  void on_connected(struct st_mysql* ret);
  void start_rows();
  void take_rows(char** row);
  void refuse_answer(const char* what);
  void free_result();
  void note_failure(const char* what);
  void finish();
  tandem::Error wait(const char* what, uint64_t until_ms);

  struct st_mysql* mysql_;
  bool open_, secret_;
  Step step_;
  int want_;  // MYSQL_WAIT_* bits
  Endpoint at_;
  Login login_;
  std::string host_;
  std::string statement_;
  struct st_mysql_res* result_;  // of Rows
  size_t answer_bytes_;
  size_t left_bytes_;  // may still come in this step
  std::string head_;   // what came first of all, until it is known what it is
  tandem::Error error_;
  Cause cause_;
  unsigned sql_errno_;
  Rows rows_;
};

// s as a quoted SQL string, under a sql_mode without NO_BACKSLASH_ESCAPES; and
// as a quoted name.
std::string quote_sql(const std::string& s);
std::string quote_name(const std::string& s);

}  // namespace promote

#endif
