// What the operator of a simulated pair has written: hbd.ini, haresources and
// the witness's file; and the configuration that hbd makes of it. Pure.
#ifndef TANDEM_TESTS_SIM_SETUP_H
#define TANDEM_TESTS_SIM_SETUP_H

#include <stdint.h>

#include <string>
#include <vector>

#include "hbd/decide/cluster.h"
#include "hbd/decide/witness.h"

namespace sim {

typedef uint64_t Ms;

const size_t A = 0, B = 1, W = 2;  // hosts: hdp3, hdp4, the witness
extern const char* const kHostNames[3];

// Most groups of a pair. The clients' server is in group 0, if anywhere.
const size_t kGroups = 3;
const size_t kPingsMost = 4;  // ping nodes

// What a resource is; each has a hook of its own.
enum class Part { Address, Server, Daemon };

// One line of haresources.
struct Shape {
  size_t id;                // the same on both hosts, in whatever line
  std::string name, preferred;
  std::vector<Part> parts;  // from left to right
  bool has(Part p) const;
};

struct Setup {
  bool witness, fence;
  size_t pings;
  bool silent_take;
  Ms deadtime, initdead, cold_wait;
  std::string preferred;
  size_t groups;           // db, and then one with an address only
  bool track_sync, failback;
  std::string preferred2;  // of group 1
  Ms keepalive, warntime, lease, failback_wait;
  Ms status;               // hooks are asked for it so often; 0: never
  bool has_watch, has_alone, has_paired, has_follow, has_rebuild;
  bool has_drain, has_gate;
  bool colocate;           // the other groups follow the first
  bool limits;             // some standbys are called off when late
  std::vector<Shape> shapes;  // not empty: these instead of `groups`
  Setup();
};

std::vector<Shape> shapes_of(const Setup& s);
// The group whose address the clients use; kGroups: none has one.
size_t door_of(const std::vector<Shape>& shapes);

hbd::Config node_config(const Setup& s, size_t host);
hbd::WitnessConfig witness_config(const Setup& s);

// One line for the report.
std::string setup_text(const Setup& s);

}  // namespace sim

#endif
