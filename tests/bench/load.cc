// The load generator of the bench, for what sysbench cannot: many idle
// connections, rare requests, bulk, short connections. Talks to serve, checks
// every byte, and ends with 1 at the first one that is wrong or late.
//
// PID is the forwarder, all its descendants included; 0 on a direct
// connection. Results are KEY=VALUE words on standard output: per_s, p50_us,
// p99_us, cpu_us (of the forwarder, to the request or connection), mb_s,
// cpu_s_gb, rss_kb, pss_kb.
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/meter.h"
#include "tests/bench/net.h"
#include "tests/bench/pattern.h"

namespace {

using bench::Ask;
using bench::die;
using bench::Meter;
using bench::now_ns;
using bench::Pattern;

const char kUsage[] =
    "usage: load ping   TO PID SECONDS BUSY IDLE\n"
    "       load cold   TO PID SECONDS CONNECTIONS PER_SECOND\n"
    "       load down   TO PID BYTES\n"
    "       load up     TO PID BYTES\n"
    "       load beside TO PID SECONDS BULK_TO\n"
    "       load churn  TO PID SECONDS AT_ONCE\n"
    "       load memory TO PID CONNECTIONS\n"
    "       load cpu    PID";

// A small query and its small answer.
const uint32_t kRequestBytes = 60, kAnswerBytes = 180;
const uint64_t kEndless = uint64_t(1) << 62;
const uint64_t kWarmNs = 300000000;
const int kLateMs = 20000;

const Pattern pattern;
char chunk[Pattern::kChunk];

uint32_t draw() {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return static_cast<uint32_t>(state >> 16);
}

struct Conn {
  int fd;
  bool waits;
  uint32_t start, got;
  uint64_t sent_ns;
};

void ask(Conn* c) {
  char request[kRequestBytes];
  Ask head = {'p', {0, 0, 0}, draw(), kRequestBytes - sizeof(Ask),
              kAnswerBytes};
  memcpy(request, &head, sizeof head);
  memcpy(request + sizeof head, pattern.at(head.start), head.request_bytes);
  c->start = head.start;
  c->got = 0;
  c->waits = true;
  c->sent_ns = now_ns();
  if (send(c->fd, request, sizeof request, MSG_NOSIGNAL) !=
      static_cast<ssize_t>(sizeof request)) {
    die("send: %m");
  }
}

// True when the whole answer is there.
bool hear(Conn* c) {
  const ssize_t n = recv(c->fd, chunk, sizeof chunk, 0);
  if (n < 0) die("recv: %m");
  if (n == 0) die("a connection was closed");
  const size_t size = static_cast<size_t>(n);
  if (!c->waits || c->got + size > kAnswerBytes ||
      !pattern.holds(uint64_t(c->start) + c->got, chunk, size)) {
    die("wrong bytes in an answer");
  }
  c->got += static_cast<uint32_t>(size);
  c->waits = c->got < kAnswerBytes;
  return !c->waits;
}

// One request on each, to see that it is still there, 64 at a time.
void try_all(std::vector<Conn>* conns) {
  for (size_t i = 0; i < conns->size(); i += 64) {
    const size_t end = std::min(conns->size(), i + 64);
    for (size_t k = i; k < end; k++) ask(&(*conns)[k]);
    for (size_t k = i; k < end; k++) {
      while (!hear(&(*conns)[k])) {
      }
    }
  }
}

std::vector<Conn> open_all(const struct sockaddr_in& to, size_t count) {
  std::vector<Conn> conns;
  while (conns.size() < count) {
    std::vector<Conn> some(std::min<size_t>(64, count - conns.size()));
    for (Conn& c : some) {
      c = Conn();
      c.fd = bench::connect_to(to);
    }
    try_all(&some);
    conns.insert(conns.end(), some.begin(), some.end());
  }
  return conns;
}

// Waits for events on the connections and hands out their numbers.
class Ready {
 public:
  Ready() : fd_(epoll_create1(0)) {}
  void add(int fd, size_t number) {
    struct epoll_event e;
    e.events = EPOLLIN;
    e.data.u64 = number;
    if (epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &e) != 0) die("epoll_ctl: %m");
  }
  // Those that are ready; none when timeout_ms have passed.
  const std::vector<size_t>& wait(int timeout_ms) {
    struct epoll_event ready[64];
    const int n = epoll_wait(fd_, ready, 64, timeout_ms);
    numbers_.clear();
    for (int i = 0; i < n; i++) {
      numbers_.push_back(static_cast<size_t>(ready[i].data.u64));
    }
    return numbers_;
  }

 private:
  int fd_;
  std::vector<size_t> numbers_;
};

void print_latency(std::vector<uint32_t>* ns) {
  printf(" p50_us=%.6g p99_us=%.6g", bench::percentile_us(ns, 50),
         bench::percentile_us(ns, 99));
}

uint32_t since(uint64_t then_ns) {
  return static_cast<uint32_t>(
      std::min<uint64_t>(now_ns() - then_ns, UINT32_MAX));
}

// BUSY connections, each with one request under way at all times, beside IDLE
// ones with none.
void ping(const struct sockaddr_in& to, Meter* meter, uint64_t measure_ns,
          size_t busy_count, size_t idle_count) {
  std::vector<Conn> idle = open_all(to, idle_count);
  std::vector<Conn> busy = open_all(to, busy_count);
  std::vector<uint32_t> latency_ns;
  Ready ready;
  for (size_t i = 0; i < busy.size(); i++) {
    ready.add(busy[i].fd, i);
    ask(&busy[i]);
  }
  const uint64_t start_ns = now_ns() + kWarmNs, end_ns = start_ns + measure_ns;
  bool warm = false;
  for (;;) {
    const std::vector<size_t>& numbers = ready.wait(kLateMs);
    if (numbers.empty()) die("no answer for %d ms", kLateMs);
    const uint64_t now = now_ns();
    if (now >= end_ns) break;
    if (!warm && now >= start_ns) {
      meter->start();
      warm = true;
    }
    for (size_t i : numbers) {
      if (!hear(&busy[i])) continue;
      if (warm) latency_ns.push_back(since(busy[i].sent_ns));
      ask(&busy[i]);
    }
  }
  meter->stop();
  for (Conn& c : busy) {
    while (c.waits) hear(&c);
  }
  try_all(&idle);
  const double count = static_cast<double>(latency_ns.size());
  printf("per_s=%.6g", count / meter->seconds());
  print_latency(&latency_ns);
  meter->print_cpu("cpu_us", 1e6, count);
}

// PER_SECOND requests, each on one of the connections by chance.
void cold(const struct sockaddr_in& to, Meter* meter, uint64_t measure_ns,
          size_t count, uint64_t per_second) {
  std::vector<Conn> conns = open_all(to, count);
  std::vector<uint32_t> latency_ns;
  Ready ready;
  for (size_t i = 0; i < conns.size(); i++) ready.add(conns[i].fd, i);
  const uint64_t start_ns = now_ns() + kWarmNs, end_ns = start_ns + measure_ns;
  uint64_t next_ns = now_ns();
  bool warm = false;
  size_t open = 0;
  while (next_ns < end_ns || open > 0) {
    const uint64_t now = now_ns();
    if (!warm && now >= start_ns) {
      meter->start();
      latency_ns.clear();
      warm = true;
    }
    if (next_ns < end_ns && now >= next_ns) {
      next_ns += 1000000000 / per_second;
      Conn* c = &conns[draw() % conns.size()];
      if (!c->waits) {
        ask(c);
        open++;
      }
    }
    const uint64_t left_ns = next_ns > now ? next_ns - now : 0;
    for (size_t i : ready.wait(static_cast<int>(left_ns / 1000000) + 1)) {
      if (!hear(&conns[i])) continue;
      latency_ns.push_back(since(conns[i].sent_ns));
      open--;
    }
    if (now > end_ns + uint64_t(kLateMs) * 1000000) die("no answer");
  }
  meter->stop();
  const double answers = static_cast<double>(latency_ns.size());
  printf("per_s=%.6g", answers / meter->seconds());
  print_latency(&latency_ns);
  meter->print_cpu("cpu_us", 1e6, answers);
}

void send_all(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
    if (n <= 0) die("send: %m");
    bytes += n;
    size -= static_cast<size_t>(n);
  }
}

// Receives and checks; `so_far`, if any, is kept up to date.
void take_bytes(int fd, uint64_t start, uint64_t count,
                volatile uint64_t* so_far) {
  for (uint64_t got = 0; got < count;) {
    const ssize_t n = recv(fd, chunk, sizeof chunk, 0);
    if (n <= 0) die("recv: %s", n == 0 ? "closed" : strerror(errno));
    if (!pattern.holds(start + got, chunk, static_cast<size_t>(n))) {
      die("wrong bytes after %" PRIu64, got);
    }
    got += static_cast<uint64_t>(n);
    if (so_far != nullptr) *so_far = got;
  }
}

void bulk(const struct sockaddr_in& to, Meter* meter, uint64_t up,
          uint64_t down, volatile uint64_t* so_far) {
  const int fd = bench::connect_to(to);
  const Ask head = {'p', {0, 0, 0}, draw(), up, down};
  meter->start();
  send_all(fd, reinterpret_cast<const char*>(&head), sizeof head);
  for (uint64_t sent = 0; sent < up;) {
    const size_t size =
        static_cast<size_t>(std::min<uint64_t>(up - sent, sizeof chunk));
    send_all(fd, pattern.at(head.start + sent), size);
    sent += size;
  }
  take_bytes(fd, head.start, down, so_far);
  meter->stop();
  const double bytes = static_cast<double>(std::max(up, down));
  printf("mb_s=%.6g", bytes / 1e6 / meter->seconds());
  meter->print_cpu("cpu_s_gb", 1e9, bytes);
}

// One request every 200 us beside a download that does not end.
void beside(const struct sockaddr_in& to, Meter* meter, uint64_t measure_ns,
            const struct sockaddr_in& bulk_to) {
  void* page = mmap(nullptr, sizeof(uint64_t), PROT_READ | PROT_WRITE,
                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) die("mmap: %m");
  volatile uint64_t* got = static_cast<volatile uint64_t*>(page);
  const pid_t child = fork();
  if (child == 0) {
    Meter none(0);
    bulk(bulk_to, &none, 0, kEndless, got);
    _exit(1);
  }
  std::vector<Conn> conns = open_all(to, 1);
  std::vector<uint32_t> latency_ns;
  const uint64_t start_ns = now_ns() + kWarmNs, end_ns = start_ns + measure_ns;
  uint64_t got_before = 0;
  bool warm = false;
  while (now_ns() < end_ns) {
    if (!warm && now_ns() >= start_ns) {
      meter->start();
      got_before = *got;
      latency_ns.clear();
      warm = true;
    }
    ask(&conns[0]);
    while (!hear(&conns[0])) {
    }
    latency_ns.push_back(since(conns[0].sent_ns));
    const struct timespec pause = {0, 200000};
    nanosleep(&pause, nullptr);
  }
  meter->stop();
  const double bytes = static_cast<double>(*got - got_before);
  if (waitpid(child, nullptr, WNOHANG) != 0) die("the bulk transfer ended");
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  if (bytes <= 0) die("the bulk transfer stood still");
  printf("mb_s=%.6g", bytes / 1e6 / meter->seconds());
  print_latency(&latency_ns);
}

// Connect, a byte each way, close; AT_ONCE of them at all times.
void churn(const struct sockaddr_in& to, Meter* meter, uint64_t measure_ns,
           size_t at_once) {
  std::vector<int> fds(at_once, -1);
  Ready ready;
  auto begin = [&](size_t i) {
    fds[i] = bench::connect_to(to);
    ready.add(fds[i], i);
    send_all(fds[i], "c", 1);
  };
  for (size_t i = 0; i < at_once; i++) begin(i);
  const uint64_t start_ns = now_ns() + kWarmNs, end_ns = start_ns + measure_ns;
  double count = 0;
  bool warm = false;
  for (;;) {
    const std::vector<size_t>& numbers = ready.wait(kLateMs);
    if (numbers.empty()) die("no answer for %d ms", kLateMs);
    const uint64_t now = now_ns();
    if (now >= end_ns) break;
    if (!warm && now >= start_ns) {
      meter->start();
      warm = true;
    }
    for (size_t i : numbers) {
      if (recv(fds[i], chunk, sizeof chunk, 0) != 1 || chunk[0] != '!') {
        die("not the one byte: %m");
      }
      close(fds[i]);
      if (warm) count++;
      begin(i);
    }
  }
  meter->stop();
  printf("per_s=%.6g", count / meter->seconds());
  meter->print_cpu("cpu_us", 1e6, count);
}

void memory(const struct sockaddr_in& to, pid_t pid, size_t count) {
  std::vector<Conn> conns = open_all(to, count);
  const struct timespec settle = {1, 0};
  nanosleep(&settle, nullptr);
  const bench::Tree tree(pid);
  printf("rss_kb=%lu pss_kb=%lu", tree.memory_kb("Rss:"),
         tree.memory_kb("Pss:"));
  try_all(&conns);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string job = argc > 1 ? argv[1] : "";
  if (job == "cpu" && argc == 3) {
    printf("%" PRIu64 "\n", bench::Tree(atoi(argv[2])).cpu_ns());
    return 0;
  }
  if (argc < 5) die("%s", kUsage);
  const struct sockaddr_in to = bench::address(argv[2]);
  const pid_t pid = atoi(argv[3]);
  Meter meter(pid);
  const double amount = atof(argv[4]);
  const uint64_t count = static_cast<uint64_t>(amount);
  const uint64_t ns = static_cast<uint64_t>(amount * 1e9);
  const size_t fifth = argc > 5 ? strtoul(argv[5], nullptr, 10) : 0;
  const size_t sixth = argc > 6 ? strtoul(argv[6], nullptr, 10) : 0;
  if (job == "ping" && argc == 7) {
    ping(to, &meter, ns, fifth, sixth);
  } else if (job == "cold" && argc == 7) {
    cold(to, &meter, ns, fifth, sixth);
  } else if (job == "down" && argc == 5) {
    bulk(to, &meter, 0, count, nullptr);
  } else if (job == "up" && argc == 5) {
    bulk(to, &meter, count, 16, nullptr);
  } else if (job == "beside" && argc == 6) {
    beside(to, &meter, ns, bench::address(argv[5]));
  } else if (job == "churn" && argc == 6) {
    churn(to, &meter, ns, fifth);
  } else if (job == "memory" && argc == 5) {
    memory(to, pid, count);
  } else {
    die("%s", kUsage);
  }
  putchar('\n');
  return 0;
}
