// `vipctl start`: the lifeline first, then the lock, a look for rivals, the
// address, and a keeper that is left behind.
#include "vipctl/start.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/child.h"
#include "lib/clock.h"
#include "lib/inherited.h"
#include "lib/lease.h"
#include "lib/log.h"
#include "lib/select.h"
#include "lib/text.h"
#include "vipctl/claim.h"
#include "vipctl/keeper.h"

using tandem::Error;
using tandem::env;

namespace vipctl {

namespace {

// hbd writes the first line before it runs us, and another with each
// confirmation: half a lease may pass between them when it is a long one.
const uint64_t kLifelineWaitMs = 500;
const uint64_t kLeaseMs = 1000;
const uint64_t kLeaseMsMax = 3600000;

// What hbd told us in the environment; by hand none of it is set.
struct Told {
  int lifeline_fd;     // -1: none
  uint64_t lease_ms;
  std::string grant;   // empty: by hand
  // A host that answers for the address means that we must not have it.
  bool rival_refuses;
};

Error read_environment(bool force, Told* out) {
  Told t;
  t.lease_ms = kLeaseMs;
  t.grant = env("HB_GRANT");
  // Whatever is not known to be backed by somebody's word is probed.
  t.rival_refuses =
      !force && t.grant != "peer" && t.grant != "witness" &&
      t.grant != "fence" && t.grant != "force";
  const std::string lease = env("HB_LEASE");
  if (!lease.empty() &&
      (!tandem::parse_u64(lease, kLeaseMsMax, &t.lease_ms) ||
       t.lease_ms == 0)) {
    return Error::make(tandem::kExitFailed,
                       "HB_LEASE='%s' is not a number of milliseconds",
                       lease.c_str());
  }
  const std::string fd = env(kLifeline);
  t.lifeline_fd = tandem::handed_over_fd(kLifeline);
  if (!fd.empty() && t.lifeline_fd < 0) {
    return Error::make(tandem::kExitFailed, "%s='%s' is not a descriptor",
                       kLifeline, fd.c_str());
  }
  *out = t;
  return Error::none();
}

void read_lifeline(LifelinePipe* pipe, Lifeline* lifeline) {
  std::vector<std::string> lines;
  pipe->read(&lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!lifeline->on_line(lines[i])) {
      tandem::log_warn("lifeline says '%s': ignored",
                       tandem::escape_word(lines[i].substr(0, 40)).c_str());
    }
  }
  if (pipe->eof()) lifeline->on_eof();
}

// Waits until the lifeline lets us have the address.
Error await_lifeline(LifelinePipe* pipe, Lifeline* lifeline) {
  if (!pipe->valid()) return Error::none();
  tandem::Selector selector;
  const uint64_t until_ms =
      tandem::clock_ms() +
      std::max(kLifelineWaitMs, lifeline->half_lease_ms());
  for (;;) {
    read_lifeline(pipe, lifeline);
    const uint64_t now_ms = tandem::clock_ms();
    if (lifeline->lets_start(now_ms)) return Error::none();
    if (lifeline->eof()) {
      return Error::make(tandem::kExitFailed,
                         "the lifeline has ended: the address is not set");
    }
    if (now_ms >= until_ms) break;
    selector.clear();
    selector.want_read(pipe->fd());
    Error e = selector.wait(until_ms);
    if (e) return e;
  }
  return Error::make(tandem::kExitFailed,
                     lifeline->until_ms() == 0
                         ? "nothing came on the lifeline: the address is not "
                           "set"
                         : "the lease has passed: the address is not set");
}

// Where the address is, or shall be. *present: it is there already.
Error find_or_choose(const VipSpec& spec, const HostNet& net, Place* place,
                     bool* present) {
  const Found found = find_place(spec, net, place);
  *present = found == Found::Ours;
  switch (found) {
    case Found::Ours: return Error::none();
    case Found::HostsOwn:
      return Error::make(tandem::kExitFailed,
                         "%s is this host's own address, not a virtual one",
                         place->text().c_str());
    case Found::Elsewhere:
      return Error::make(tandem::kExitFailed,
                         "%s: not as told (%s); remove it first",
                         place->text().c_str(), format_spec(spec).c_str());
    case Found::Absent: break;
  }
  return choose_place(spec, net, place);
}

Error refuse_rival(const Place& place, Announcer* announcer) {
  bool found = false;
  Mac who;
  Error e = find_rival(announcer, &found, &who);
  if (e || !found) return e;
  return Error::make(tandem::kExitFailed,
                     "%s is in use: %s answers for it on %s",
                     place.addr.host().c_str(), who.text().c_str(),
                     place.link.name.c_str());
}

// In the child: sets and announces the address; the parent still waits.
Error take_address(KeeperTools* tools, Lifeline* lifeline) {
  const Place& place = tools->place;
  const bool leased = tools->lifeline.valid();
  // The last look at the lifeline before the address is set.
  Error e = await_lifeline(&tools->lifeline, lifeline);
  if (e) return e;
  if (place.addr.is_v4() && place.first_in_subnet && place.prefix_len < 32) {
    // The host's own later addresses of this subnet would be secondary to
    // ours, and would go with it.
    Error kept = keep_secondaries(place.link.name);
    if (kept) tandem::log_warn("%s", kept.c_str());
  }
  e = tools->netlink.set_address(
      place, leased ? lifeline->lifetime_s(tandem::clock_ms())
                    : tandem::kForeverS);
  if (e) return e;
  e = tools->announcer.announce();
  if (!e) return e;
  bool was;
  Error undo = tools->netlink.delete_address(place, &was);
  if (undo) tandem::log_warn("%s", undo.c_str());
  return e;
}

// The child's life. Returns when the keeper has ended, or could not begin.
Error keep(Claim* claim, KeeperTools* tools, Lifeline* lifeline,
           bool ask_for_rivals, const std::string& how) {
  tandem::UniqueFd ready;
  Error e = tandem::daemonize(&ready);  // the parent waits inside
  if (e) return e;
  e = claim->become_keeper();
  if (!e) e = take_address(tools, lifeline);
  if (e) return e;
  tandem::log_info("%s: %s", tools->place.text().c_str(), how.c_str());
  e = tandem::log_to_syslog("vipctl", env("TANDEM_LOG"), "daemon");
  if (e) e = tandem::log_to_syslog("vipctl", "", "daemon");
  tandem::daemon_ready(&ready);
  KeeperCore core(tools->lifeline.valid() ? lifeline : nullptr, ask_for_rivals,
                  tandem::clock_ms());
  run_keeper(tools, &core);
  claim->drop_keeper();
  return Error::none();
}

std::string how_text(const Told& told, const Lifeline& lifeline, bool present) {
  std::string s = present ? "was there" : "set";
  if (told.lifeline_fd < 0) s += ", permanent";
  else s += lifeline.hold() ? ", on hold" : ", leased";
  if (!told.grant.empty()) s += ", grant=" + told.grant;
  return s;
}

Error prepare(const VipSpec& spec, KeeperTools* tools, HostNet* net,
              bool* present) {
  Error e = tools->netlink.open();
  const bool with_routes = spec.dev.empty() || spec.prefix_len == 0;
  if (!e) e = tools->netlink.read_host(spec.addr.family, with_routes, net);
  if (!e) e = find_or_choose(spec, *net, &tools->place, present);
  if (!e && !tools->place.link.up) {
    e = Error::make(tandem::kExitFailed, "%s is down",
                    tools->place.link.name.c_str());
  }
  return e;
}

}  // namespace

Error start(const VipSpec& spec, bool force) {
  Told told;
  Error e = read_environment(force, &told);
  if (e) return e;
  KeeperTools tools;
  Lifeline lifeline(told.lease_ms);
  if (told.lifeline_fd >= 0) e = tools.lifeline.open(told.lifeline_fd);
  // Before anything else: a start that comes late must not end the keeper of
  // a newer one.
  if (!e) e = await_lifeline(&tools.lifeline, &lifeline);
  Claim claim(spec.addr);
  if (!e) e = claim.lock();
  HostNet net;
  bool present = false;
  if (!e) e = prepare(spec, &tools, &net, &present);
  if (e) return e;
  const bool by_hand = told.grant.empty() && told.lifeline_fd < 0;
  if (by_hand && present && claim.keeper() > 0) {
    tandem::log_info("%s: was there, kept by pid %ld",
                     tools.place.text().c_str(),
                     static_cast<long>(claim.keeper()));
    return e;
  }
  claim.end_keeper();
  e = tools.announcer.open(tools.place, net);
  const bool probe = told.rival_refuses && !(by_hand && present);
  if (!e && probe) e = refuse_rival(tools.place, &tools.announcer);
  if (e) return e;
  return keep(&claim, &tools, &lifeline, !probe,
              how_text(told, lifeline, present));
}

Error dry_start(const VipSpec& spec, bool force) {
  Told told;
  Error e = read_environment(force, &told);
  KeeperTools tools;
  HostNet net;
  bool present = false;
  if (!e) e = prepare(spec, &tools, &net, &present);
  if (e) return e;
  const Claim claim(spec.addr);
  if (claim.keeper() > 0) {
    printf("would end the keeper, pid %ld\n",
           static_cast<long>(claim.keeper()));
  }
  if (told.rival_refuses) printf("would probe for a rival\n");
  printf("would %s %s%s\n", present ? "keep" : "set",
         tools.place.text().c_str(),
         told.lifeline_fd < 0 ? ", permanent" : ", leased, with a keeper");
  if (tools.place.link.has_arp) {
    printf("would announce it from %s\n",
           tools.place.link.mac.text().c_str());
  }
  return e;
}

}  // namespace vipctl
