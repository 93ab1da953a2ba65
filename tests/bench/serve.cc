// The server of the bench: answers as pattern.h says, on every ADDRESS:PORT,
// with one thread and epoll, so that it costs little beside the forwarder
// under test. `serve sink ADDRESS:PORT` throws log datagrams away.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/meter.h"
#include "tests/bench/net.h"
#include "tests/bench/pattern.h"

namespace {

using bench::Ask;
using bench::die;
using bench::Pattern;

const Pattern pattern;
char chunk[Pattern::kChunk];

struct Client {
  int fd;
  bool waits;  // for room to write, and reads nothing meanwhile
  size_t have; // bytes of the Ask
  Ask ask;
  uint64_t got, sent;
};

void watch(int epoll_fd, int op, Client* c, uint32_t events) {
  struct epoll_event e;
  e.events = events;
  e.data.ptr = c;
  if (epoll_ctl(epoll_fd, op, c->fd, &e) != 0) die("epoll_ctl: %m");
}

void accept_one(int epoll_fd, const Client* listener) {
  const int fd = accept4(listener->fd, nullptr, nullptr, SOCK_NONBLOCK);
  if (fd < 0) return;
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Client* c = new Client();
  c->fd = fd;
  watch(epoll_fd, EPOLL_CTL_ADD, c, EPOLLIN);
}

// Answers one chunk at most: the others have their turn. False: close.
bool answer(int epoll_fd, Client* c) {
  const uint64_t left = c->ask.answer_bytes - c->sent;
  const size_t size =
      left < sizeof chunk ? static_cast<size_t>(left) : sizeof chunk;
  ssize_t n = send(c->fd, pattern.at(c->ask.start + c->sent), size,
                   MSG_NOSIGNAL);
  if (n < 0 && errno != EAGAIN) return false;
  c->sent += static_cast<uint64_t>(n < 0 ? 0 : n);
  const bool waits = c->sent < c->ask.answer_bytes;
  if (!waits) c->have = 0;
  if (waits != c->waits) {
    watch(epoll_fd, EPOLL_CTL_MOD, c, waits ? EPOLLOUT : EPOLLIN);
  }
  c->waits = waits;
  return true;
}

// Takes what was read; false: close. One request at a time is all that load
// sends, so what follows one is an error.
bool take(int epoll_fd, Client* c, const char* bytes, size_t size) {
  if (c->have == 0 && size == 1 && *bytes == 'c') {
    return send(c->fd, "!", 1, MSG_NOSIGNAL) == 1;
  }
  if (c->have < sizeof c->ask) {
    const size_t n = std::min(size, sizeof c->ask - c->have);
    memcpy(reinterpret_cast<char*>(&c->ask) + c->have, bytes, n);
    c->have += n;
    bytes += n;
    size -= n;
    if (c->have < sizeof c->ask) return true;
    c->got = c->sent = 0;
    if (c->ask.op != 'p') return false;
  }
  if (c->got + size > c->ask.request_bytes ||
      !pattern.holds(c->ask.start + c->got, bytes, size)) {
    fprintf(stderr, "serve: wrong bytes in a request\n");
    return false;
  }
  c->got += size;
  return c->got < c->ask.request_bytes || answer(epoll_fd, c);
}

bool turn(int epoll_fd, Client* c) {
  if (c->waits) return answer(epoll_fd, c);
  const ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
  if (n < 0) return errno == EAGAIN;
  return n > 0 && take(epoll_fd, c, chunk, static_cast<size_t>(n));
}

int sink(const char* where) {
  const struct sockaddr_in a = bench::address(where);
  const int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, bench::as_sockaddr(&a), sizeof a) != 0) die("%s: %m", where);
  for (;;) recv(fd, chunk, sizeof chunk, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && strcmp(argv[1], "sink") == 0) return sink(argv[2]);
  if (argc < 2) die("usage: serve [sink] ADDRESS:PORT ...");
  const int epoll_fd = epoll_create1(0);
  std::vector<Client> listeners(static_cast<size_t>(argc - 1));
  for (size_t i = 0; i < listeners.size(); i++) {
    listeners[i] = Client();
    listeners[i].fd = bench::listen_at(argv[i + 1]);
    watch(epoll_fd, EPOLL_CTL_ADD, &listeners[i], EPOLLIN);
  }
  for (;;) {
    struct epoll_event ready[64];
    const int n = epoll_wait(epoll_fd, ready, 64, -1);
    for (int i = 0; i < n; i++) {
      Client* c = static_cast<Client*>(ready[i].data.ptr);
      if (c >= listeners.data() && c < listeners.data() + listeners.size()) {
        accept_one(epoll_fd, c);
      } else if (!turn(epoll_fd, c)) {
        close(c->fd);
        delete c;
      }
    }
  }
}
