// vipctl: puts a virtual address on this host, announces it, takes it off.
// This file: arguments, stop and status. start.cc: start.
#include <stdio.h>
#include <unistd.h>

#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/verb.h"
#include "vipctl/claim.h"
#include "vipctl/netlink.h"
#include "vipctl/spec.h"
#include "vipctl/start.h"

using tandem::Error;

namespace vipctl {

namespace {

const char kUsage[] =
    "usage: vipctl [-nf] ADDR[/LEN][/DEV[:LABEL]] start|stop|status\n";
// The same address with several prefixes, on several interfaces.
const unsigned kDeletesMax = 64;

Error remove_place(Netlink* netlink, const HostNet& net, const Place& place) {
  if (others_depend_on(net, place)) {
    Error e = keep_secondaries(place.link.name);
    if (e) return e;
  }
  bool was;
  return netlink->delete_address(place, &was);
}

// Deletes what the spec says until it is not there any more.
Error stop(const VipSpec& spec, bool force, bool dry) {
  Claim claim(spec.addr);
  Error e = dry ? Error::none() : claim.lock();
  if (e) return e;
  const pid_t keeper = claim.keeper();
  if (dry && keeper > 0) {
    printf("would end the keeper, pid %ld\n", static_cast<long>(keeper));
  }
  if (!dry) claim.end_keeper();
  Netlink netlink;
  e = netlink.open();
  bool was_there = false;
  for (unsigned i = 0; !e && i < kDeletesMax; ++i) {
    HostNet net;
    e = netlink.read_host(spec.addr.family, false, &net);
    if (e) return e;
    Place place;
    const Found found = find_place(spec, net, &place);
    if (found == Found::HostsOwn && !force) {
      return Error::make(tandem::kExitFailed,
                         "%s is this host's own address: not removed",
                         place.text().c_str());
    }
    if (found == Found::Elsewhere) {
      tandem::log_warn("%s: not as told (%s), left alone",
                       place.text().c_str(), format_spec(spec).c_str());
    }
    if (found == Found::Absent || found == Found::Elsewhere) {
      if (!was_there) tandem::log_info("%s: was not there",
                                       format_spec(spec).c_str());
      return e;
    }
    if (dry) {
      printf("would remove %s\n", place.text().c_str());
      return e;
    }
    e = remove_place(&netlink, net, place);
    if (!e) tandem::log_info("%s: removed", place.text().c_str());
    was_there = true;
  }
  if (!e) e = Error::make(tandem::kExitFailed, "the address comes back");
  return e;
}

Error status(const VipSpec& spec, int* code) {
  Netlink netlink;
  HostNet net;
  Error e = netlink.open();
  if (!e) e = netlink.read_host(spec.addr.family, false, &net);
  if (e) return e;
  Place place;
  const Found found = find_place(spec, net, &place);
  *code = tandem::kExitStopped;
  if (found == Found::Absent) {
    printf("%s: stopped\n", format_spec(spec).c_str());
    return e;
  }
  if (found == Found::Elsewhere) {
    printf("%s: stopped, but %s is there\n", format_spec(spec).c_str(),
           place.text().c_str());
    return e;
  }
  *code = tandem::kExitOk;
  const pid_t keeper = Claim(spec.addr).keeper();
  if (keeper > 0) {
    printf("%s: running, %s, pid %ld\n", place.text().c_str(),
           place.permanent ? "permanent" : "leased",
           static_cast<long>(keeper));
  } else {
    printf("%s: running, %s\n", place.text().c_str(),
           place.permanent ? "permanent" : "leased, no keeper");
  }
  return e;
}

int run(int argc, char** argv) {
  tandem::start_clean(std::vector<int>(1, tandem::handed_over_fd(kLifeline)));
  const tandem::Options options =
      tandem::parse_options(argc, argv, "vipctl", "nf", kUsage);
  if (options.args.size() != 2) {
    tandem::usage_error("vipctl", kUsage, "an address and a verb are needed");
  }
  const std::string verb = options.args[1];
  if (verb != "start" && verb != "stop" && verb != "status") {
    tandem::usage_error("vipctl", kUsage, "unknown verb " + verb);
  }
  const bool dry = options.has('n');
  const bool force = options.has('f');
  VipSpec spec;
  int code = tandem::kExitOk;
  Error e = parse_spec(options.args[0], &spec);
  if (!e && !dry && verb != "status" && geteuid() != 0) {
    e = Error::make(tandem::kExitPermission, "only root may %s an address",
                    verb.c_str());
  }
  if (e) {
    // Nothing was touched.
  } else if (verb == "status") {
    e = status(spec, &code);
  } else if (verb == "stop") {
    e = stop(spec, force, dry);
  } else {
    e = dry ? dry_start(spec, force) : start(spec, force);
  }
  return e ? finish(e) : code;
}

}  // namespace

}  // namespace vipctl

int main(int argc, char** argv) { return vipctl::run(argc, argv); }
