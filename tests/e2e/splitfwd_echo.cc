// The other ends of splitfwd, for its end-to-end test: echo servers that say
// who they are, a watcher that prints a file, and clients that do one thing
// and print what they saw. Deadlines everywhere; a broken promise is a line
// that says so, never a hang.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

const int kDeadlineMs = 8000;

double now_ms() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e3 +
         static_cast<double>(t.tv_nsec) / 1e6;
}

void pause_ms(int ms) { poll(nullptr, 0, ms); }

[[noreturn]] void die(const char* what) {
  printf("%s: %s\n", what, strerror(errno));
  exit(1);
}

// ADDRESS:PORT or [ADDRESS]:PORT
struct Address {
  union {
    struct sockaddr sa;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
  };
  socklen_t size;
  int family() const { return sa.sa_family; }
};

Address address(const char* text) {
  Address a;
  memset(&a, 0, sizeof a);
  const char* colon = strrchr(text, ':');
  if (!colon) die(text);
  std::string host(text, static_cast<size_t>(colon - text));
  const uint16_t port = htons(static_cast<uint16_t>(atoi(colon + 1)));
  a.size = sizeof a.in;
  if (host[0] != '[') {
    a.in.sin_family = AF_INET;
    a.in.sin_port = port;
    if (inet_pton(AF_INET, host.c_str(), &a.in.sin_addr) != 1) die(text);
    return a;
  }
  host = host.substr(1, host.size() - 2);
  a.size = sizeof a.in6;
  a.in6.sin6_family = AF_INET6;
  a.in6.sin6_port = port;
  if (inet_pton(AF_INET6, host.c_str(), &a.in6.sin6_addr) != 1) die(text);
  return a;
}

// from: ADDRESS:0, or empty.
int dial(const char* text, const std::string& from = "") {
  const Address a = address(text);
  const int fd = socket(a.family(), SOCK_STREAM, 0);
  if (!from.empty()) {
    const Address f = address(from.c_str());
    if (bind(fd, &f.sa, f.size) < 0) die("bind");
  }
  struct timeval tv = {kDeadlineMs / 1000, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
  if (connect(fd, &a.sa, a.size) < 0) die("connect");
  return fd;
}

// One line; "" and errno at the end.
std::string line_from(int fd) {
  std::string out;
  char c;
  for (;;) {
    errno = 0;
    const ssize_t n = recv(fd, &c, 1, 0);
    if (n <= 0) return n == 0 ? "EOF" : strerror(errno);
    if (c == '\n') return out;
    out += c;
  }
}

std::string rest_from(int fd) {
  std::string out;
  char buf[4096];
  ssize_t n;
  while ((n = recv(fd, buf, sizeof buf, 0)) > 0) {
    out.append(buf, static_cast<size_t>(n));
  }
  return n == 0 ? out : out + "<" + strerror(errno) + ">";
}

void put(int fd, const std::string& s) {
  if (send(fd, s.data(), s.size(), MSG_NOSIGNAL) < 0) die("send");
}

void replace(const char* path, const std::string& text) {
  const std::string tmp = std::string(path) + ".new";
  FILE* f = fopen(tmp.c_str(), "w");
  if (!f) die("fopen");
  for (size_t i = 0; i < text.size(); ++i) {
    fputc(text[i] == ';' ? '\n' : text[i], f);
  }
  fputc('\n', f);
  fclose(f);
  if (rename(tmp.c_str(), path) < 0) die("rename");
}

// serve ADDR NAME [MODE]: greets with NAME, echoes; at the client's end says
// "bye" and closes. Says how much each connection sent. MODE: slow (small
// reads with pauses), mute (no greeting), slam (closes without a word), sink
// (no echo), deaf (its backlog is full: a connect gets no answer at all), full
// (MySQL's error 1040 instead of the greeting), rude (after the first bytes an
// error of MySQL, and a close that leaves the rest unread).
std::string mysql_error(unsigned sequence, unsigned code, const std::string& text) {
  const std::string body = std::string("\xff") + static_cast<char>(code & 255) + static_cast<char>(code >> 8) + text;
  return std::string(1, static_cast<char>(body.size())) + std::string(2, '\0') + static_cast<char>(sequence) + body;
}

void converse(int fd, const std::string& name, const std::string& mode) {
  if (mode == "slam") return;
  if (mode == "full") return put(fd, mysql_error(0, 1040, "#08004Too many connections"));
  if (mode != "mute") put(fd, name + "\n");
  size_t got = 0;
  std::vector<char> buf(mode == "slow" ? 8192 : 65536);
  ssize_t n;
  while ((n = recv(fd, buf.data(), buf.size(), 0)) > 0) {
    got += static_cast<size_t>(n);
    if (mode == "rude") {
      pause_ms(200);  // there is more to read
      put(fd, mysql_error(1, 1153, "#08S01Got a packet bigger than allowed"));
      return;
    }
    for (ssize_t at = 0; mode != "sink" && at < n;) {
      const ssize_t w = send(fd, buf.data() + at, static_cast<size_t>(n - at), MSG_NOSIGNAL);
      if (w < 0) break;
      at += w;
    }
    if (mode == "slow") pause_ms(1);
  }
  if (mode == "stuck") pause_ms(kDeadlineMs);
  if (n == 0 && got > 0) {
    pause_ms(30);  // the answer comes well after the end that asked for it
    send(fd, "bye\n", 4, MSG_NOSIGNAL);
  }
  printf("%s got %zu %s\n", name.c_str(), got, n == 0 ? "eof" : strerror(errno));
}

int serve(const char* where, const std::string& name, const std::string& mode) {
  signal(SIGCHLD, SIG_IGN);
  const Address a = address(where);
  const int ls = socket(a.family(), SOCK_STREAM, 0);
  const int on = 1, small = 8192;
  setsockopt(ls, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (mode == "slow") setsockopt(ls, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  if (bind(ls, &a.sa, a.size) < 0 ||
      listen(ls, mode == "deaf" ? 0 : 128) < 0)
    die("bind");
  for (int i = 0; mode == "deaf"; ++i) {
    const int fd = socket(a.family(), SOCK_STREAM, 0);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    connect(fd, &a.sa, a.size);
    struct pollfd p = {fd, POLLOUT, 0};
    if (poll(&p, 1, 200) == 1) continue;  // room was left for this one
    puts("deaf");
    fflush(stdout);
    for (;;) pause();
  }
  for (;;) {
    const int fd = accept(ls, nullptr, nullptr);
    if (fd < 0) continue;
    if (fork() == 0) {
      close(ls);
      converse(fd, name, mode);
      fflush(stdout);
      _exit(0);
    }
    close(fd);
  }
}

// watch FILE: prints it when it changes, and every 500 ms; a first line
// `silent` is not printed and stops the printing, `die` ends it. SIGUSR1 adds
// a line to FILE.usr1.
volatile sig_atomic_t g_asked;
extern "C" void note(int) { g_asked = 1; }

int watch(const std::string& path) {
  signal(SIGUSR1, note);
  std::string last;
  double printed_ms = 0;
  for (;;) {
    std::string text;
    if (FILE* f = fopen(path.c_str(), "r")) {
      char buf[4096];
      size_t n;
      while ((n = fread(buf, 1, sizeof buf, f)) > 0) text.append(buf, n);
      fclose(f);
    }
    if (text.compare(0, 3, "die") == 0) return 1;
    if (text.compare(0, 6, "silent") == 0) last = text;
    if (text != last || (now_ms() > printed_ms + 500 && text.compare(0, 6, "silent") != 0)) {
      fputs(text.c_str(), stdout);
      if (fflush(stdout) != 0) return 0;
      last = text;
      printed_ms = now_ms();
    }
    if (g_asked) {
      g_asked = 0;
      if (FILE* f = fopen((path + ".usr1").c_str(), "a")) {
        fputs("asked\n", f);
        fclose(f);
      }
    }
    pause_ms(5);
  }
}

// ask ADDR N: who answers, N connections one after the other.
int ask(const char* where, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    const int fd = dial(where);
    out += (i ? " " : "") + line_from(fd);
    close(fd);
  }
  puts(out.c_str());
  return 0;
}

// cut ADDR FILE STATE: a session in use; then the state changes.
int cut(const char* where, const char* file, const char* state) {
  const int fd = dial(where);
  std::string out = line_from(fd);
  put(fd, "ping\n");
  out += " " + line_from(fd);
  replace(file, state);
  struct timeval tv = {1, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  const double t0 = now_ms();
  out += " " + line_from(fd);
  printf("%s\n%.0f\n", out.c_str(), now_ms() - t0);
  return 0;
}

// late ADDR FILE STATE: a client that is there, and speaks, before a server.
int late(const char* where, const char* file, const char* state) {
  const int fd = dial(where);
  put(fd, "early\n");
  struct pollfd p = {fd, POLLIN, 0};
  if (poll(&p, 1, 100) != 0) printf("did not wait: ");
  replace(file, state);
  const double t0 = now_ms();
  std::string out = line_from(fd);
  const double took_ms = now_ms() - t0;
  out += " " + line_from(fd);
  printf("%s\n%.0f\n", out.c_str(), took_ms);
  return 0;
}

// As hex where not printable, and at first.
std::string hexed(const std::string& got, size_t first) {
  std::string out;
  char hex[8];
  for (size_t i = 0; i < got.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(got[i]);
    snprintf(hex, sizeof hex, c >= 32 && c < 127 && i >= first ? "%c" : "%02x.", c);
    out += hex;
  }
  return out;
}

// refused ADDR: all that comes until the end.
int refused(const char* where) {
  const double t0 = now_ms();
  const int fd = dial(where);
  const std::string got = rest_from(fd);
  printf("%s\n%.0f\n", hexed(got, 7).c_str(), now_ms() - t0);
  return 0;
}

// \r, \n and \xHH spelled.
std::string unspelled(const std::string& text) {
  std::string bytes;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      bytes += text[i];
      continue;
    }
    const char c = text[++i];
    if (c == 'x') {
      bytes += static_cast<char>(strtol(text.substr(i + 1, 2).c_str(), nullptr, 16));
      i += 2;
    } else {
      bytes += c == 'r' ? '\r' : '\n';
    }
  }
  return bytes;
}

// say ADDR TEXT [FROM]: the own port; then, TEXT said and the own side ended,
// all that comes. A | in TEXT is a pause.
int say(const char* where, const std::string& text, const std::string& from) {
  const int fd = dial(where, from);
  Address own;
  own.size = sizeof own.in6;
  if (getsockname(fd, &own.sa, &own.size) < 0) die("getsockname");
  printf("%u\n", ntohs(own.in.sin_port));  // at the same place in both
  fflush(stdout);
  for (size_t at = 0; at < text.size();) {
    const size_t bar = text.find('|', at);
    put(fd, unspelled(text.substr(at, bar - at)));
    if (bar == std::string::npos) break;
    pause_ms(60);
    at = bar + 1;
  }
  shutdown(fd, SHUT_WR);
  puts(hexed(rest_from(fd), 0).c_str());
  return 0;
}

// halfclose ADDR: speaks, ends its side, and still gets all of the answer.
int halfclose(const char* where) {
  const int fd = dial(where);
  put(fd, "abc\n");
  shutdown(fd, SHUT_WR);
  std::string got = rest_from(fd);
  for (size_t i = 0; i < got.size(); ++i) {
    if (got[i] == '\n') got[i] = ' ';
  }
  puts(got.c_str());
  return 0;
}

// bulk ADDR BYTES: sends noise, reads its echo slowly, compares.
int bulk(const char* where, size_t bytes) {
  const int fd = dial(where);
  line_from(fd);
  std::string sent(bytes, '\0');
  uint32_t x = 12345;
  for (size_t i = 0; i < bytes; ++i) {
    x = x * 1664525u + 1013904223u;
    sent[i] = static_cast<char>(x >> 24);
  }
  std::string got;
  size_t at = 0;
  bool ended = false;
  const double until = now_ms() + 2 * kDeadlineMs;
  while (!ended && now_ms() < until) {
    struct pollfd p = {fd, static_cast<short>(POLLIN | (at < bytes ? POLLOUT : 0)), 0};
    poll(&p, 1, 100);
    if ((p.revents & POLLOUT) && at < bytes) {
      const ssize_t n = send(fd, sent.data() + at, bytes - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) at += static_cast<size_t>(n);
      if (at == bytes) shutdown(fd, SHUT_WR);
    }
    char buf[7000];
    const ssize_t n = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    if (n > 0) got.append(buf, static_cast<size_t>(n));
    if (n == 0 || (n < 0 && errno != EAGAIN)) ended = true;
    if (got.size() % 3 == 0) pause_ms(1);
  }
  puts(got == sent + "bye\n" ? "exact" : "WRONG");
  return 0;
}

// hold ADDR N MS: N connections at once; how many were served within MS.
// Then the first one leaves: how many then.
int hold(const char* where, int n, int ms) {
  std::vector<int> fds;
  for (int i = 0; i < n; ++i) fds.push_back(dial(where));
  std::vector<bool> served(fds.size(), false);
  for (int round = 0; round < 2; ++round) {
    const double until = now_ms() + ms;
    while (now_ms() < until) {
      for (size_t i = 0; i < fds.size(); ++i) {
        char c;
        if (!served[i] && recv(fds[i], &c, 1, MSG_DONTWAIT) == 1) served[i] = true;
      }
      pause_ms(2);
    }
    int count = 0;
    for (size_t i = 0; i < fds.size(); ++i) count += served[i];
    printf(round ? " %d\n" : "%d", count);
    if (round == 0) {
      for (size_t i = 0; i < fds.size(); ++i) {
        if (!served[i]) continue;
        shutdown(fds[i], SHUT_RDWR);
        break;
      }
    }
  }
  return 0;
}

// syslog ADDR: prints each datagram as a line.
int syslog_here(const char* where) {
  const Address a = address(where);
  const int fd = socket(a.family(), SOCK_DGRAM, 0);
  if (bind(fd, &a.sa, a.size) < 0) die("bind");
  char buf[4096];
  for (;;) {
    const ssize_t n = recv(fd, buf, sizeof buf, 0);
    if (n <= 0) continue;
    printf("%.*s\n", static_cast<int>(n), buf);
    fflush(stdout);
  }
}

// http ADDR TEXT [FROM]: sends TEXT, prints the answer.
int http(const char* where, const std::string& text, const std::string& from) {
  const int fd = dial(where, from);
  put(fd, unspelled(text));
  puts(rest_from(fd).c_str());
  return 0;
}

// crowd ADDR N: N connections that say half a request, and the time in ms
// until the last of them was ended.
int crowd(const char* where, int n) {
  const double t0 = now_ms();
  std::vector<int> fds;
  for (int i = 0; i < n; ++i) {
    fds.push_back(dial(where));
    put(fds.back(), "GET / HTTP/1.1\r\n");
  }
  puts("there");
  fflush(stdout);
  for (size_t i = 0; i < fds.size(); ++i) rest_from(fds[i]);
  printf("%.0f\n", now_ms() - t0);
  return 0;
}

// frozen ADDR PID FILE STATE: while splitfwd is stopped the role changes and a
// client that has a session writes.
int frozen(const char* where, int pid, const char* file, const char* state) {
  if (pid <= 1) die("pid");  // 0 is ourselves
  const int fd = dial(where);
  std::string out = line_from(fd);
  kill(pid, SIGSTOP);
  replace(file, state);
  pause_ms(100);
  put(fd, "must not arrive\n");
  pause_ms(50);
  kill(pid, SIGCONT);
  out += " " + line_from(fd);
  puts(out.c_str());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> a(argv, argv + argc);
  a.resize(8);
  const char* p2 = a[2].c_str();
  if (a[1] == "serve") return serve(p2, a[3], a[4]);
  if (a[1] == "watch") return watch(a[2]);
  if (a[1] == "set") return replace(p2, a[3]), 0;
  if (a[1] == "ask") return ask(p2, atoi(a[3].c_str()));
  if (a[1] == "cut") return cut(p2, a[3].c_str(), a[4].c_str());
  if (a[1] == "late") return late(p2, a[3].c_str(), a[4].c_str());
  if (a[1] == "refused") return refused(p2);
  if (a[1] == "halfclose") return halfclose(p2);
  if (a[1] == "bulk") return bulk(p2, static_cast<size_t>(atol(a[3].c_str())));
  if (a[1] == "hold") return hold(p2, atoi(a[3].c_str()), atoi(a[4].c_str()));
  if (a[1] == "syslog") return syslog_here(p2);
  if (a[1] == "http") return http(p2, a[3], a[4]);
  if (a[1] == "say") return say(p2, a[3], a[4]);
  if (a[1] == "crowd") return crowd(p2, atoi(a[3].c_str()));
  if (a[1] == "frozen") return frozen(p2, atoi(a[3].c_str()), a[4].c_str(), a[5].c_str());
  fputs("usage: see the source\n", stderr);
  return 2;
}
