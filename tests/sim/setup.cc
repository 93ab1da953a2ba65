#include "tests/sim/setup.h"

#include <algorithm>

#include "lib/text.h"

namespace sim {

const char* const kHostNames[3] = {"hdp3", "hdp4", "wit"};

namespace {

const char kPair[] = "pair";

Shape make_shape(size_t id, const char* name, const std::string& preferred,
                 std::vector<Part> parts) {
  Shape s;
  s.id = id;
  s.name = name;
  s.preferred = preferred;
  s.parts = std::move(parts);
  return s;
}

std::string shapes_text(const std::vector<Shape>& shapes) {
  std::string out;
  for (const Shape& s : shapes) {
    out += (out.empty() ? "" : ",") + s.name + "@" + s.preferred + ":";
    for (Part p : s.parts) {
      out += p == Part::Address ? 'a' : p == Part::Server ? 's' : 'd';
    }
  }
  return out;
}

// As digest_of() makes one of haresources: another text, another digest.
std::string digest_text(const std::vector<Shape>& shapes) {
  uint32_t hash = 2166136261u;
  for (char c : shapes_text(shapes)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  }
  return tandem::format("%08x", hash);
}

void set_times(const Setup& s, hbd::Times* t) {
  t->keepalive_ms = s.keepalive;
  t->deadtime_ms = s.deadtime;
  t->lease_ms = s.lease;
}

}  // namespace

bool Shape::has(Part p) const {
  return std::find(parts.begin(), parts.end(), p) != parts.end();
}

Setup::Setup()
    : witness(true), fence(false), pings(0), silent_take(true), deadtime(2000),
      initdead(3000), cold_wait(8000), preferred("hdp3"), groups(1),
      track_sync(true), failback(false), preferred2("hdp4"), keepalive(200),
      warntime(600), lease(1000), failback_wait(3000), status(0),
      has_watch(true), has_alone(true), has_paired(true), has_follow(true),
      has_rebuild(false), has_drain(false), has_gate(false), colocate(false),
      limits(false) {}

std::vector<Shape> shapes_of(const Setup& s) {
  if (!s.shapes.empty()) return s.shapes;
  std::vector<Shape> out;
  out.push_back(make_shape(0, "db", s.preferred,
                           {Part::Address, Part::Server}));
  for (size_t i = 1; i < s.groups; ++i) {
    out.push_back(make_shape(i, "web", s.preferred2, {Part::Address}));
  }
  return out;
}

size_t door_of(const std::vector<Shape>& shapes) {
  size_t door = kGroups;
  for (const Shape& s : shapes) {
    if (s.has(Part::Address)) door = std::min(door, s.id);
  }
  return door;
}

hbd::Config node_config(const Setup& s, size_t host) {
  hbd::Config c;
  set_times(s, &c);
  c.pair = kPair;
  c.self = kHostNames[host];
  c.peer = kHostNames[1 - host];
  c.witness = s.witness ? kHostNames[W] : std::string();
  c.digest = s.shapes.empty() ? "d" : digest_text(s.shapes);
  c.ping_count = s.pings;
  c.warntime_ms = s.warntime;
  c.initdead_ms = s.initdead;
  c.cold_wait_ms = s.cold_wait;
  c.silent_take = s.silent_take;
  c.track_sync = s.track_sync;
  c.auto_failback = s.failback;
  c.failback_wait_ms = s.failback_wait;
  c.status_ms = s.status;
  if (s.status != 0) c.flap_limit = 3, c.flap_window_ms = 20000;
  c.has_watch = s.has_watch;
  c.has_alone = s.has_alone;
  c.has_paired = s.has_paired;
  c.has_follow = s.has_follow;
  c.has_rebuild = s.has_rebuild;
  c.has_drain = s.has_drain;
  c.has_gate = s.has_gate;
  c.colocate = s.colocate;
  c.has_fence = s.fence;
  c.has_notify = true;
  for (const Shape& shape : shapes_of(s)) {
    hbd::GroupConfig g;
    g.name = shape.name;
    g.preferred = shape.preferred;
    g.resource_count = shape.parts.size();
    g.address = shape.has(Part::Address);
    for (Part p : shape.parts) {
      g.scripts += p == Part::Address ? "vipctl " : p == Part::Server
                       ? "promote " : "daemon ";
    }
    // hbd takes the first line for the one with the server (effective.cc).
    g.server = c.groups.empty();
    g.follows = s.colocate && !g.server;
    c.groups.push_back(g);
  }
  return c;
}

hbd::WitnessConfig witness_config(const Setup& s) {
  hbd::WitnessConfig c;
  set_times(s, &c);
  c.pair = kPair;
  c.self = kHostNames[W];
  c.nodes[0] = kHostNames[A];
  c.nodes[1] = kHostNames[B];
  return c;
}

std::string setup_text(const Setup& s) {
  const std::string arbiter = s.witness ? "witness" : s.pings ? "ping" : "none";
  return tandem::format(
      "setup arbiter=%s pings=%zu silent_peer=%s fence=%d keepalive=%llu "
      "warntime=%llu deadtime=%llu lease=%llu initdead=%llu cold_wait=%llu "
      "track=%d failback=%d status=%llu events=%s%s%s%s%s%s watch=%d%s %s",
      arbiter.c_str(), s.pings, s.silent_take ? "take" : "wait", s.fence,
      static_cast<unsigned long long>(s.keepalive),
      static_cast<unsigned long long>(s.warntime),
      static_cast<unsigned long long>(s.deadtime),
      static_cast<unsigned long long>(s.lease),
      static_cast<unsigned long long>(s.initdead),
      static_cast<unsigned long long>(s.cold_wait), s.track_sync, s.failback,
      static_cast<unsigned long long>(s.status),
      s.has_alone ? "a" : "", s.has_paired ? "p" : "", s.has_follow ? "f" : "",
      s.has_rebuild ? "r" : "", s.has_drain ? "d" : "",
      s.has_gate ? "g" : "", s.has_watch, s.colocate ? " colocate" : "",
      shapes_text(shapes_of(s)).c_str());
}

}  // namespace sim
