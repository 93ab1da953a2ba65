// Makes a pair of two servers (the event paired) and lets it be one no longer
// (alone): semi-sync on with a replica that has everything, or off.
#include "promote/pairing.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "promote/inquire.h"
#include "promote/server.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

Error failed(const char* what) {
  return Error::make(tandem::kExitFailed, "%s", what);
}

// hbd shows it, and tries again.
Error strangers() {
  Faults found;
  found.add(Fault::Strangers);
  printf("attr found %s\n", found.code().c_str());
  fflush(stdout);
  return failed("more than one replica acknowledges: see strangers in "
                "tandem-faults(7)");
}

class Pairing {
 public:
  explicit Pairing(const World& world)
      : world_(world), until_ms_(clock_ms() + world.config.paired_ms),
        on_(false) {}
  Error run();

 private:
  Error open();
  Error look();
  Error switch_replica_side_on();
  Error await_received(const Gtids& pos, bool counting_in);
  Error await_sender();
  Error switch_on_and_wait();

  const World& world_;
  const uint64_t until_ms_;
  Server local_, replica_;
  Facts primary_facts_, replica_facts_;
  bool on_;
};

Error Pairing::look() {
  Error e = read_facts(&replica_, until_ms_, &replica_facts_);
  return e ? e : read_facts(&local_, until_ms_, &primary_facts_);
}

Error Pairing::open() {
  if (!world_.peer()) return failed("which server is the replica? (-p)");
  const Login& login = world_.config.login;
  Error e = local_.connect(world_.local, login, until_ms_);
  if (!e) e = replica_.connect(*world_.peer(), login, until_ms_);
  if (!e) e = look();
  if (e) return e;
  if (!primary_facts_.is_primary()) return failed("not the primary");
  if (!replica_facts_.replicates) return failed("the peer does not replicate");
  if (!primary_facts_.semi || !replica_facts_.semi) {
    return failed("no semi-sync here: load its plug-ins on both servers, or "
                  "set track_sync = no in hbd.ini");
  }
  return e;
}

// Semi-sync takes part from the receiver's next connection on. With the
// applier running and nothing to apply, stopping the receiver throws nothing
// away.
Error Pairing::switch_replica_side_on() {
  Error e;
  if (!replica_facts_.semi_replica) {
    e = replica_.query(replica_facts_.semi->replica_on, until_ms_);
  }
  if (e || replica_facts_.semi_replica_on) return e;
  const Replica& r = replica_facts_.replica;
  if (r.io != Receiver::Yes) return failed("replication is down");
  while (!e && !reached(replica_facts_.slave_pos, r.io_pos)) {
    if (!r.sql_running) return failed("the applier is stopped");
    if (clock_ms() >= until_ms_) return failed("the applier lags");
    tandem::sleep_ms(2);
    e = look();
  }
  if (!e && !r.sql_running) {
    return failed("the applier is stopped");
  }
  const Flavour& flavour = *replica_facts_.flavour;
  if (!e) e = replica_.query(flavour.stop_receiver, until_ms_);
  if (!e) e = replica_.query(flavour.start_receiver, until_ms_);
  return e;
}

Error Pairing::await_received(const Gtids& pos, bool counting_in) {
  for (;;) {
    Error e = look();
    if (e) return e;
    const Facts& r = replica_facts_;
    if (!r.replicates) return failed("the peer does not replicate");
    const bool has_it = reached(latest(r.executed, r.replica.io_pos), pos);
    const bool counts = r.replica.io == Receiver::Yes && r.semi_replica_on &&
                        primary_facts_.semi_primary_on &&
                        primary_facts_.semi_clients > 0;
    if (counting_in && primary_facts_.semi_clients > 1) return strangers();
    if (has_it && (counts || !counting_in)) return e;
    if (clock_ms() >= until_ms_) {
      return Error::make(tandem::kExitFailed, "the replica has received %s of "
                         "%s, and %s", format_gtids(r.replica.io_pos).c_str(),
                         format_gtids(pos).c_str(),
                         counts ? "counts in" : "does not count in");
    }
    tandem::sleep_ms(2);
  }
}

// Somebody fetches from this primary: else each commit would wait for nobody,
// whatever the other one says of itself.
Error Pairing::await_sender() {
  for (;;) {
    Rows rows;
    const Error e = local_.query(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE command "
        "LIKE 'Binlog Dump%'", until_ms_, &rows);
    if (e || rows.at(0, 0) != "0") return e;
    if (clock_ms() >= until_ms_) return failed("no replica is connected here");
    tandem::sleep_ms(5);
  }
}

// The replica catches up first, so that writers wait for as little as can be.
Error Pairing::switch_on_and_wait() {
  Error e = await_received(primary_facts_.executed, false);
  if (!e) e = await_sender();
  if (e) return e;
  const uint64_t started_s = replica_facts_.started_s;
  // Only what this run switched on is switched off when it fails: by hand,
  // hbd's record may say paired already.
  on_ = !primary_facts_.semi_primary;
  e = local_.query(primary_facts_.semi->on, until_ms_);
  if (!e) e = read_facts(&local_, until_ms_, &primary_facts_);
  if (e) return e;
  const Gtids pos = primary_facts_.executed;
  e = await_received(pos, true);
  if (e) return e;
  if (replica_facts_.started_s != started_s ||
      (!world_.peer_instance.empty() &&
       world_.peer_instance != replica_facts_.instance())) {
    return failed("the replica was restarted meanwhile");
  }
  publish_pos(format_gtids(pos));
  return e;
}

Error Pairing::run() {
  const uint64_t begun_ms = clock_ms();
  Error e = open();
  if (!e && world_.dry_run) return e;
  if (!e) e = switch_replica_side_on();
  if (!e) e = switch_on_and_wait();
  if (e && on_) {
    const char* sql = primary_facts_.semi->off;
    Error off = local_.query(sql, clock_ms() + world_.config.answer_ms);
    if (off && local_.connect(world_.local, world_.config.login,
                              clock_ms() + world_.config.answer_ms).ok()) {
      off = local_.query(sql, clock_ms() + world_.config.answer_ms);
    }
    if (off) tandem::log_err("semi-sync is left on: %s", off.c_str());
  }
  if (!e) {
    tandem::log_info("paired in %" PRIu64 " ms", clock_ms() - begun_ms);
  }
  return e;
}

}  // namespace

Error alone(const World& world) {
  const uint64_t begun_ms = clock_ms();
  const uint64_t until_ms = begun_ms + world.config.answer_ms;
  Server local;
  Error e = local.connect(world.local, world.config.login, until_ms);
  Facts facts;
  if (!e) e = read_facts(&local, until_ms, &facts);
  if (!e && !facts.semi) tandem::log_info("no semi-sync on this server");
  else if (!e && !world.dry_run) e = local.query(facts.semi->off, until_ms);
  if (!e) tandem::log_info("alone in %" PRIu64 " ms", clock_ms() - begun_ms);
  return e;
}

Error paired(const World& world) {
  Pairing p(world);
  return p.run();
}

}  // namespace promote
