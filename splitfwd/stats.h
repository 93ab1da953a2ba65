// The statistics page, for people: HTML from numbers. Pure.
#ifndef TANDEM_SPLITFWD_STATS_H
#define TANDEM_SPLITFWD_STATS_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/page.h"

namespace splitfwd {

// What both tables show: sessions, and who waits for one.
struct Counts {
  size_t now, max, limit;
  uint64_t total;
  size_t queued, queued_max;
  uint64_t in_bytes, out_bytes;  // from clients, to clients
  uint64_t failed;  // listeners: clients refused; servers: connects failed
  Counts()
      : now(0), max(0), limit(0), total(0), queued(0), queued_max(0),
        in_bytes(0), out_bytes(0), failed(0) {}
};

// A state is always shown as a word too.
enum class Light {
  Up, GoingDown, Down, GoingUp, Stale,  // servers
  Open, Full, NoServer                  // listeners
};

struct ListenView {
  std::string name, bind, send_to;
  Light light;
  Counts counts;
  ListenView() : light(Light::Open) {}
};

struct ServerView {
  std::string name, address, role, lag, check;
  Light light;
  uint64_t changed_ms;  // how long ago
  Counts counts;
  ServerView() : light(Light::Down), changed_ms(0) {}
};

struct StatsView {
  uint64_t uptime_ms;
  size_t sessions, sessions_max;
  std::vector<ListenView> listens;
  std::vector<ServerView> servers;
  StatsView() : uptime_ms(0), sessions(0), sessions_max(0) {}
};

// refresh_ms 0: it does not load itself again. Nothing is fetched for it.
std::string stats_page(const StatsView& view, uint64_t refresh_ms);

}  // namespace splitfwd

#endif
