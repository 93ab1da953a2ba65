// As much of MySQL's protocol as a forwarder needs: an error instead of a
// greeting for a client that cannot be served, and a check that logs in and
// leaves in order, which no server counts as a broken connect. Pure; what a
// server sends is hostile.
#ifndef TANDEM_SPLITFWD_MYSQL_H
#define TANDEM_SPLITFWD_MYSQL_H

#include <stddef.h>

#include <string>

namespace splitfwd {

// Why a client is sent away, as the MySQL error that its driver knows.
//   NoServer, NoAnswer,                1040 08004 too many connections: pools
//   QueueTimeout, QueueFull,           try again
//   SourceFull, Shortage
//   Denied                             1130 HY000 host is not allowed
//   Stopping                           1053 08S01 server shutdown
enum class Refusal {
  NoServer, NoAnswer, QueueTimeout, QueueFull, SourceFull, Shortage,
  Denied, Stopping
};
// The whole packet, in the place of a greeting.
std::string refusal_packet(Refusal why);

// What 'mysql-check user' of HAProxy sends, in one segment: a login of a user
// without a password, and COM_QUIT. At most kMysqlUserBytesMax bytes of name.
const size_t kMysqlUserBytesMax = 80;
std::string login_and_quit(const std::string& user);

// One check: greeting, login, answer. Feed it what the server sends.
class MysqlCheck {
 public:
  enum class Step {
    Read,  // feed() what comes next
    Send,  // send login_and_quit() once, then Read
    Done   // the questions below have answers
  };
  MysqlCheck() : greeted_(false), code_(0) {}
  Step feed(const char* data, size_t n);
  // The server closed the connection, or it broke.
  void on_end();

  // "L7OK"; "L7STS", the server sent an error; "L7RSP", it is no MySQL server.
  const std::string& status() const { return status_; }
  // It is there for clients: an error that only this login or this moment has
  // (access denied, too many connections) is no death.
  bool up() const;
  unsigned code() const { return code_; }            // L7STS
  const std::string& text() const { return text_; }  // the error, the version

 private:
  Step done(const char* status, const std::string& text);
  Step take_packet(const std::string& payload, unsigned sequence);
  bool greeted_;
  std::string in_;
  std::string status_;
  unsigned code_;
  std::string text_;
};

}  // namespace splitfwd

#endif
