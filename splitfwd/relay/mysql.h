// As much of MySQL's protocol as a forwarder needs: an error instead of a
// greeting, for a client that cannot be served, or from a server that does not
// serve. Pure.
#ifndef TANDEM_SPLITFWD_RELAY_MYSQL_H
#define TANDEM_SPLITFWD_RELAY_MYSQL_H

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

// COM_QUIT, whole.
const char kQuit[] = {1, 0, 0, 0, 1};

// A server's first bytes are such a packet, of the kind that another server
// need not send: no connection or thread is left (1040, 1203, 1135), or this
// host is blocked or not allowed (1129, 1130).
bool turns_away(const char* data, size_t n);

}  // namespace splitfwd

#endif
