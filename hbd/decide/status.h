// What hbctl status shows, as a value with two printers: for people and, as
// JSON, for programs. The core fills in what it knows, the process around it
// the rest.
#ifndef TANDEM_HBD_DECIDE_STATUS_H
#define TANDEM_HBD_DECIDE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <utility>
#include <vector>

#include "hbd/decide/fit.h"
#include "hbd/decide/record.h"
#include "lib/watch.h"
#include "promote/faults.h"

namespace hbd {

class Hearing;
struct Group;
struct View;

// One who beats to us.
struct OtherStatus {
  std::string name;
  bool heard = false, silent = false, left = false;
  uint64_t last_ms = 0;   // ago
  uint64_t dropped = 0;   // beats that did not count
  tandem::Attrs attrs;
};

// One link to one of the others.
struct LinkStatus {
  std::string link, to;
  bool up = false, heard = false, missing = false;  // missing: not bound here
  uint64_t heard_ms = 0;  // ago
  // Of its last thousand beats: lost, of a thousand; and pauses between two.
  unsigned lost_permille = 0;
  uint64_t gap_p50_ms = 0, gap_p99_ms = 0, gap_max_ms = 0;
  uint64_t allowed_ms = 0;  // the deadtime that all links to it would allow
};

struct GroupStatus {
  std::string name, phase, owner, on_peer;  // owner "": as far as we know
  std::string unfit;      // why; "" = fit
  uint64_t fit_ms = 0, peer_fit_ms = 0;  // so or so for, here and there
  bool peer_fit = false;
  bool kept_out = false, held = false, failing_back = false;
  uint64_t failback_ms = 0;  // from now, when failing_back
  std::string waiting, failback;
  // Who would take it if the owner died now, "" when nobody owns it; and why it
  // would not: "" = it would, and nothing acknowledged is lost.
  std::string next, not_ready;
  Bar bar = Bar::None;
  std::string lag;  // its server applies that much first, in seconds; or ""
  Record record;
  bool has_data = true;  // else its record says nothing of writes
  // Of who owns it: its resources, which it has started and asks for; here, the
  // one that did not run when it was asked last.
  std::string resources, missing;
};

// How this node last took a group, and what had ended so many ms after its
// begin: see hbd/history.h.
struct Taken {
  std::string group;
  uint64_t wall_ms = 0;
  std::vector<std::pair<uint64_t, std::string>> steps;
};

// What only the process around a core knows.
struct HostStatus {
  std::vector<LinkStatus> links;
  uint64_t strangers = 0;       // datagrams dropped
  // How late this process itself ran, of its last thousand waits.
  uint64_t late_p99_ms = 0, late_max_ms = 0;
  bool has_notify = false;
  size_t notify_waiting = 0;
  uint64_t notify_dropped = 0;
  bool held_up = false;         // the state file cannot be written
  std::vector<Taken> taken;
};

// A fault of a server: see promote/faults.h.
struct FaultStatus {
  promote::Fault fault;
  uint64_t since_ms = 0;  // ago
};

struct MaintenanceStatus {
  std::string state = "off";  // "asked", "on", "ending"
  uint64_t left_ms = 0;       // until it is over
  uint64_t peer_ms = 0;       // ending: so long others wait for the peer yet
};

struct Status {
  std::string pair, node;
  MaintenanceStatus maintenance;
  bool blank = false, up = false, differ = false;
  std::vector<std::string> differences;  // from the peer: see agreement.h
  uint64_t epoch = 0;
  tandem::Attrs attrs;
  std::vector<FaultStatus> faults, peer_faults;
  OtherStatus peer, witness;    // witness.name "": there is none
  size_t ping_count = 0;
  uint64_t ping_score = 0;
  std::vector<GroupStatus> groups;
  HostStatus host;
};

struct WitnessStatus {
  std::string pair, witness;
  OtherStatus nodes[2];
  std::vector<GroupStatus> groups;  // name and record
  HostStatus host;
};

// now_ms: for what is said as so long ago; not before the view's.
Status node_status(const View& v, const std::vector<Group>& groups,
                   uint64_t now_ms);
OtherStatus other_status(const Hearing& h, uint64_t now_ms, bool silent);

std::string status_text(const Status& s);
std::string status_json(const Status& s);
// A witness of several pairs shows one after the other; strangers are told
// once, by the caller.
std::string status_text(const WitnessStatus& s);
std::string status_json(const WitnessStatus& s);

}  // namespace hbd

#endif
