// Sockets of the bench's programs. ADDRESS:PORT is numeric IPv4.
#ifndef TANDEM_BENCH_NET_H_
#define TANDEM_BENCH_NET_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "tests/bench/meter.h"

namespace bench {

inline struct sockaddr_in address(const std::string& where) {
  struct sockaddr_in a = sockaddr_in();
  const size_t colon = where.find(':');
  a.sin_family = AF_INET;
  if (colon == std::string::npos ||
      inet_pton(AF_INET, where.substr(0, colon).c_str(), &a.sin_addr) != 1) {
    die("not an ADDRESS:PORT: %s", where.c_str());
  }
  a.sin_port = htons(
      static_cast<uint16_t>(strtoul(where.c_str() + colon + 1, nullptr, 10)));
  return a;
}

inline const struct sockaddr* as_sockaddr(const struct sockaddr_in* a) {
  return reinterpret_cast<const struct sockaddr*>(a);
}

inline int listen_at(const char* where) {
  const struct sockaddr_in a = address(where);
  const int on = 1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, as_sockaddr(&a), sizeof a) != 0 || listen(fd, 4096) != 0) {
    die("%s: %m", where);
  }
  return fd;
}

// Blocking, without Nagle; a send or receive that takes 20 s is an error.
inline int connect_to(const struct sockaddr_in& to) {
  const int on = 1;
  const struct timeval limit = {20, 0};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) die("socket: %m");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, as_sockaddr(&to), sizeof to) != 0) die("connect: %m");
  return fd;
}

}  // namespace bench

#endif  // TANDEM_BENCH_NET_H_
