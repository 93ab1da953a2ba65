// Many sessions at once, for the tests of splitfwd's threads: an echo server
// in one process, a crowd of idle clients that is told on stdin what to do,
// and a storm of busy ones. What is wrong is a line that says so.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace {

const int kDeadlineMs = 20000;

double now_ms() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e3 +
         static_cast<double>(t.tv_nsec) / 1e6;
}

[[noreturn]] void die(const char* what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

struct sockaddr_in address(const std::string& text) {
  struct sockaddr_in a;
  memset(&a, 0, sizeof a);
  a.sin_family = AF_INET;
  const size_t colon = text.find(':');
  a.sin_port = htons(static_cast<uint16_t>(atoi(text.c_str() + colon + 1)));
  if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &a.sin_addr) != 1) {
    die(text.c_str());
  }
  return a;
}

// In order, each with a deadline: what it is to read must come.
int dial(const std::string& where) {
  const struct sockaddr_in a = address(where);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct timeval tv = {kDeadlineMs / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  if (connect(fd, reinterpret_cast<const struct sockaddr*>(&a), sizeof a) < 0)
    die("connect");
  return fd;
}

void unblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

std::string read_exactly(int fd, size_t n) {
  std::string out(n, '\0');
  const ssize_t got = recv(fd, &out[0], n, MSG_WAITALL);
  out.resize(got > 0 ? static_cast<size_t>(got) : 0);
  return out;
}

// serve ADDR: greets with "hi\n", echoes, says "bye\n" at the end. Reads no
// more of a client that does not take its echo.
struct Guest {
  std::string out;
  bool ended;
};

bool advance(int fd, Guest* g, bool readable) {
  char buf[30000];
  if (readable && g->out.size() < 100000 && !g->ended) {
    const ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n < 0 && !would_block()) return false;
    if (n > 0) g->out.append(buf, static_cast<size_t>(n));
    if (n > 4 && memcmp(buf, "must", 4) == 0) {
      puts("ARRIVED");
      fflush(stdout);
    }
    if (n == 0) {
      g->out += "bye\n";
      g->ended = true;
    }
  }
  if (!g->out.empty()) {
    const ssize_t n = send(fd, g->out.data(), g->out.size(), MSG_NOSIGNAL);
    if (n < 0 && !would_block()) return false;
    if (n > 0) g->out.erase(0, static_cast<size_t>(n));
  }
  return !g->ended || !g->out.empty();
}

int serve(const std::string& where) {
  const struct sockaddr_in a = address(where);
  const int on = 1, ls = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(ls, reinterpret_cast<const struct sockaddr*>(&a), sizeof a) < 0 ||
      listen(ls, 4096) < 0)
    die("bind");
  unblock(ls);
  std::vector<struct pollfd> fds(1);
  std::vector<Guest> guests(1);
  fds[0].fd = ls;
  fds[0].events = POLLIN;
  for (;;) {
    poll(fds.data(), fds.size(), -1);
    for (size_t i = fds.size(); i-- > 1;) {
      const int fd = fds[i].fd;
      if (fds[i].revents == 0) continue;
      if (!advance(fd, &guests[i], fds[i].revents & (POLLIN | POLLHUP))) {
        close(fd);
        fds[i] = fds.back();
        guests[i] = guests.back();
        fds.pop_back();
        guests.pop_back();
        continue;
      }
      fds[i].events = 0;
      if (!guests[i].ended && guests[i].out.size() < 100000)
        fds[i].events |= POLLIN;
      if (!guests[i].out.empty()) fds[i].events |= POLLOUT;
    }
    int fd;
    while ((fds[0].revents & POLLIN) && (fd = accept(ls, nullptr, nullptr)) >= 0) {
      unblock(fd);
      const struct pollfd p = {fd, POLLIN, 0};
      fds.push_back(p);
      guests.push_back(Guest());
      if (send(fd, "hi\n", 3, MSG_NOSIGNAL) < 0) fds.back().events = POLLIN;
    }
  }
}

// One query and its answer.
bool ask(int fd, unsigned number) {
  char text[32];
  const int n = snprintf(text, sizeof text, "query %010u\n", number);
  if (send(fd, text, static_cast<size_t>(n), MSG_NOSIGNAL) != n) return false;
  return read_exactly(fd, static_cast<size_t>(n)) == text;
}

void replace(const std::string& path, const std::string& text) {
  FILE* f = fopen((path + ".new").c_str(), "w");
  if (!f) die("fopen");
  for (size_t i = 0; i < text.size(); ++i) {
    fputc(text[i] == ';' ? '\n' : text[i], f);
  }
  fputc('\n', f);
  fclose(f);
  if (rename((path + ".new").c_str(), path.c_str()) < 0) die("rename");
}

// How many are reset, and when the last was, in ms, after the state changes.
// pid: it is stopped meanwhile, and all clients write before it goes on.
void cut(const std::vector<int>& fds, const std::string& file, const std::string& state, int pid) {
  std::vector<struct pollfd> p;
  for (size_t i = 0; i < fds.size(); ++i) p.push_back({fds[i], POLLIN, 0});
  if (pid > 1) kill(pid, SIGSTOP);
  replace(file, state);
  if (pid > 1) {
    poll(nullptr, 0, 100);  // the watcher has said it by then
    for (size_t i = 0; i < fds.size(); ++i) send(fds[i], "must not\n", 9, MSG_NOSIGNAL);
    poll(nullptr, 0, 50);
    kill(pid, SIGCONT);
  }
  const double t0 = now_ms();
  double last = t0;
  size_t reset = 0;
  while (!p.empty() && now_ms() < t0 + 2000) {
    poll(p.data(), p.size(), 100);
    for (size_t i = p.size(); i-- > 0;) {
      char c;
      if (!p[i].revents) continue;
      if (recv(p[i].fd, &c, 1, 0) < 0 && errno == ECONNRESET) ++reset;
      p[i] = p.back();
      p.pop_back();
      last = now_ms();
    }
  }
  printf("%zu reset %.0f\n", reset, last - t0);
}

// crowd ADDR N: N sessions, each greeted. Then a line on stdin is one of
//   busy N MS     the first N of them ask, in turn, for so long
//   ask N         N others, chosen at random, ask once each
//   cut FILE STATE
//   frozen PID FILE STATE   that process sleeps while the state changes
//   close N       the last N of them leave, in order
int crowd(const std::string& where, size_t n) {
  std::vector<int> fds;
  for (size_t i = 0; i < n; ++i) {
    fds.push_back(dial(where));
    if (read_exactly(fds.back(), 3) != "hi\n") die("greeting");
  }
  printf("there\n");
  fflush(stdout);
  std::mt19937 rng(1);
  char line[4096];
  unsigned number = 0;
  while (fgets(line, sizeof line, stdin)) {
    char verb[16], file[1000], state[1000];
    unsigned many = 0, ms = 0;
    sscanf(line, "%15s %u %u", verb, &many, &ms);
    const std::string v = verb;
    if (v == "busy") {
      unsigned asked = 0, wrong = 0;
      for (const double until = now_ms() + ms; now_ms() < until; ++asked) {
        wrong += !ask(fds[asked % many], ++number);
      }
      printf("%s\n", wrong ? "wrong" : "right");
    } else if (v == "ask") {
      unsigned right = 0;
      for (unsigned i = 0; i < many; ++i) right += ask(fds[rng() % fds.size()], ++number);
      printf("%u right\n", right);
    } else if (v == "cut") {
      sscanf(line, "%15s %999s %999[^\n]", verb, file, state);
      cut(fds, file, state, 0);
    } else if (v == "frozen") {
      int pid = 0;
      sscanf(line, "%15s %d %999s %999[^\n]", verb, &pid, file, state);
      cut(fds, file, state, pid);
    } else if (v == "close") {
      for (unsigned i = 0; i < many; ++i, fds.pop_back()) close(fds.back());
      printf("closed\n");
    }
    fflush(stdout);
  }
  return 0;
}

// storm ADDR N MS SEED: N sessions at a time, each with noise of its own in
// pieces and with pauses that make it cold, half-closed at its end; some
// leave in the middle. Counts those whose echo was exact, and the wrong ones.
struct Client {
  int fd;
  std::mt19937 rng;
  std::string unechoed;  // sent, and "hi" before and "bye" after it
  size_t left;           // to send
  bool ended;
  bool leaves;
  double not_before;
};

void begin(Client* c, const std::string& where, unsigned seed) {
  c->fd = dial(where);
  unblock(c->fd);
  c->rng.seed(seed);
  c->unechoed = "hi\n";
  c->left = 1 + c->rng() % (c->rng() % 8 ? 3000 : 600000);
  c->ended = false;
  c->leaves = c->rng() % 10 == 0;
  c->not_before = 0;
}

void send_some(Client* c) {
  if (c->ended || now_ms() < c->not_before) return;
  if (c->left == 0) {
    shutdown(c->fd, SHUT_WR);
    c->unechoed += "bye\n";
    c->ended = true;
    return;
  }
  std::string piece(std::min<size_t>(c->left, 1 + c->rng() % 40000), '\0');
  if (c->rng() % 2) piece.resize(std::min<size_t>(piece.size(), 100));
  for (size_t i = 0; i < piece.size(); ++i) piece[i] = static_cast<char>(c->rng());
  const ssize_t n = send(c->fd, piece.data(), piece.size(), MSG_NOSIGNAL);
  if (n <= 0) return;
  c->unechoed.append(piece, 0, static_cast<size_t>(n));
  c->left -= static_cast<size_t>(n);
  if (c->rng() % 4 == 0) c->not_before = now_ms() + c->rng() % 60;
}

// -1 on, 0 as it should be, 1 wrong.
int read_some(Client* c) {
  char buf[20000];
  const ssize_t n = recv(c->fd, buf, sizeof buf, 0);
  if (n < 0 && would_block()) return -1;
  if (n < 0) return 1;
  if (n == 0) return c->ended && c->unechoed.empty() ? 0 : 1;
  const size_t got = static_cast<size_t>(n);
  if (c->unechoed.compare(0, got, buf, got) != 0) return 1;
  c->unechoed.erase(0, got);
  return -1;
}

int storm(const std::string& where, size_t n, double ms, unsigned seed) {
  std::vector<Client> clients(n);
  unsigned exact = 0, wrong = 0;
  for (size_t i = 0; i < n; ++i) begin(&clients[i], where, seed++);
  const double until = now_ms() + ms;
  size_t open = n;
  std::vector<struct pollfd> p(n);
  while (open > 0 && now_ms() < until + kDeadlineMs) {
    for (size_t i = 0; i < n; ++i) {
      p[i].fd = clients[i].fd;
      p[i].events = POLLIN;
      if (!clients[i].ended && now_ms() >= clients[i].not_before &&
          clients[i].unechoed.size() < 200000)
        p[i].events |= POLLOUT;
    }
    poll(p.data(), n, 5);
    for (size_t i = 0; i < n; ++i) {
      Client* c = &clients[i];
      if (c->fd < 0) continue;
      int end = -1;
      if (p[i].revents & POLLOUT) send_some(c);
      if (p[i].revents & (POLLIN | POLLERR | POLLHUP)) end = read_some(c);
      const bool leaves = c->leaves && c->left < 1000;
      if (end < 0 && !leaves) continue;
      if (end == 0) ++exact;
      if (end > 0) ++wrong;
      close(c->fd);  // with bytes unread it is a reset
      c->fd = -1;
      if (now_ms() < until) begin(c, where, seed++);
      else --open;
    }
  }
  printf("%u exact, %u wrong, %zu stuck\n", exact, wrong, open);
  return exact == 0 || wrong > 0 || open > 0;
}

}  // namespace

int main(int argc, char** argv) {
  const struct rlimit many = {20000, 20000};
  setrlimit(RLIMIT_NOFILE, &many);
  signal(SIGPIPE, SIG_IGN);
  std::vector<std::string> a(argv, argv + argc);
  a.resize(6);
  const size_t n = static_cast<size_t>(atol(a[3].c_str()));
  if (a[1] == "serve") return serve(a[2]);
  if (a[1] == "crowd") return crowd(a[2], n);
  if (a[1] == "storm") return storm(a[2], n, atof(a[4].c_str()), static_cast<unsigned>(atoi(a[5].c_str())));
  fputs("usage: see the source\n", stderr);
  return 2;
}
