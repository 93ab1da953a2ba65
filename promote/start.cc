// The order is field-notes 5.6: MariaDB throws received transactions away
// when a replication thread is started while both are down, so the applier
// runs before the receiver is stopped and until it has applied everything.
#include "promote/start.h"

#include <inttypes.h>
#include <stdio.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/text.h"
#include "promote/blockers.h"
#include "promote/demote.h"
#include "promote/editor.h"
#include "promote/inquire.h"
#include "promote/notes.h"
#include "promote/plan.h"
#include "promote/seen.h"
#include "promote/server.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

// STOP SLAVE signals the receiver when it begins and again two seconds later;
// only a signal that finds it in its farewell connect to the dead source ends
// that at once. The first KILL sends it there, which takes less than 1 ms; one
// of the next finds it there (measured beside one KILL and STOP SLAVE: 15 of 15
// in 4 ms, where 4 of 15 took the connect's whole second). MySQL's receiver has
// no such name, and makes no such connect.
const uint64_t kFarewellMs = 1, kFarewellsMs = 1000;
const unsigned kLookEvery = 20;  // polls of the position to one of the status
const char kAllRead[] = "has read all relay log";
// Appliers that are at work, whatever the one that hands it out says.
const char kBusySql[] =
    "SELECT COUNT(*) AS busy FROM information_schema.processlist WHERE "
    "user='system user' AND command<>'Daemon' "
    "AND state NOT LIKE '%has read all relay log%' "
    "AND state<>'Waiting for an event from Coordinator' "
    "AND state NOT LIKE 'Waiting for work from %' "
    "AND state NOT LIKE 'Waiting for % to send event' "
    "AND state NOT LIKE '%onnecting%'";

Error refused(const char* name, const std::string& why) {
  return Error::make(tandem::kExitFailed, "refused: %s: %s", name,
                     why.c_str());
}

class Start {
 public:
  explicit Start(const World& world)
      : world_(world), peer_at_(nullptr), knows_received_(false),
        all_read_(false) {}
  Error run();

 private:
  uint64_t soon() const { return clock_ms() + world_.config.answer_ms; }
  const Flavour& flavour() const { return *in_.local.flavour; }
  Error exec(const std::string& sql) { return local_.query(sql, soon()); }
  Error learn();
  Error read_local();
  void find_peer();
  Error ask_peer();
  Error perform(Step step);
  Error demote_peer();
  Error await_received();
  Error adopt_relay_log();
  Error change_to_relay_log(const char* more);
  Error free_applier();
  Error keep_relay_log(const Error& why);
  Error remember();
  Error say_ready(const Plan& plan);
  Error stop_receiver();
  Error end_sessions(const std::string& which, size_t* count);
  Error cut_receiver();
  Error await_applied();
  Error look_at_applier(bool* stuck);
  std::string what_is_missing() const;
  bool only_begun(const std::vector<GtidRange>& rest) const;
  Error forget_source();
  Error ready_semi_sync(bool on);
  Error kill_sleeping();

  const World& world_;
  Server local_, peer_;
  Endpoint deduced_;         // the replication source, when nobody named one
  const Endpoint* peer_at_;  // null: not to be asked
  StartInput in_;
  Gtids received_;  // the furthest position ever seen received: what status
                    // shows goes back when relay logs are thrown away
  bool knows_received_;  // who received by file and place told no transactions
  Gtids peer_final_;
  bool all_read_;            // nothing is left in the relay log
};

// Received, and not applied: what happens from here on may purge it, and then
// nobody would know.
Error Start::remember() {
  if (world_.dry_run || reached(in_.local.executed, received_)) {
    return Error::none();
  }
  return remember_received(world_.config, received_).within("state");
}

Error Start::read_local() {
  Error e = read_facts(&local_, soon(), &in_.local);
  if (!e) received_ = latest(received_, in_.local.replica.io_pos);
  return e;
}

void Start::find_peer() {
  const Facts& f = in_.local;
  if (world_.peer_agreed || f.is_primary()) return;
  if (world_.peer()) {
    peer_at_ = world_.peer();
  } else if (f.replicates) {
    deduced_.name = "source";
    const Error e =
        tandem::parse_address(f.replica.source_host, &deduced_.address);
    uint64_t port = 0;
    if (!e && tandem::parse_u64(f.replica.source_port, 65535, &port)) {
      deduced_.address.port = static_cast<uint16_t>(port);
      peer_at_ = &deduced_;
    }
  }
  if (!peer_at_) {
    tandem::log_warn("no peer named (-p, HB_PEER): no other server was asked "
                     "whether it is the primary");
  }
}

Error Start::ask_peer() {
  find_peer();
  if (!peer_at_) return Error::none();
  const uint64_t now_ms = clock_ms(), peer_ms = world_.config.peer_ms;
  const uint64_t until_ms = now_ms + peer_ms;
  // A living kernel takes a connection at once, whatever its server does.
  Error e = peer_.connect(*peer_at_, world_.config.login, until_ms,
                          world_.peer_unheard ? now_ms + peer_ms / 4
                                              : until_ms);
  if (!e) e = read_facts(&peer_, until_ms, &in_.peer);
  if (!e) {
    in_.view = PeerView::Lives;
    peer_final_ = in_.peer.executed;
    return e;
  }
  switch (peer_.cause()) {
    case Cause::Gone: in_.view = PeerView::Gone; break;
    case Cause::Silent: in_.view = PeerView::Silent; break;
    case Cause::None:
    case Cause::Ours:
    case Cause::Sql:
    case Cause::Rejected: in_.view = PeerView::Rejects; break;
  }
  tandem::log_info("peer's server: %s", e.c_str());
  return Error::none();
}

Error Start::demote_peer() {
  Demoted done;
  Error e = demote(&peer_, in_.peer, *peer_at_, world_.config.login,
                   clock_ms() + world_.config.demote_ms, Unacked::Kill,
                   &done);
  if (e) {
    if (world_.forced.count(kPeerPrimary)) {
      tandem::log_warn("peer's server not demoted: %s", e.c_str());
      return Error::none();
    }
    return refused(kPeerPrimary, e.text());
  }
  peer_final_ = done.pos;
  tandem::log_info("peer's server demoted at %s, %u unacknowledged and %u "
                   "other sessions ended",
                   format_gtids(done.pos).c_str(), done.unacked,
                   done.sessions);
  return e;
}

Error Start::await_received() {
  const uint64_t until_ms = clock_ms() + world_.config.receive_ms;
  for (;;) {
    Error e = read_local();
    if (e) return e;
    if (reached(latest(in_.local.executed, received_), peer_final_)) return e;
    if (clock_ms() >= until_ms) break;
    tandem::sleep_ms(1);
  }
  const std::string why = "the other server ended at " +
                          format_gtids(peer_final_) + ", received is " +
                          format_gtids(received_);
  if (!world_.from_paired && !world_.forced.count(kMissingTransactions)) {
    return refused(kMissingTransactions, why);
  }
  tandem::log_warn("%s; none of the rest was ever acknowledged", why.c_str());
  return Error::none();
}

// Measured: with MASTER_USE_GTID=no and the applier's own place named, CHANGE
// MASTER keeps the relay logs and the applier goes on in them.
Error Start::change_to_relay_log(const char* more) {
  Error e = read_local();
  const Facts& f = in_.local;
  if (e) return e;
  return exec(std::string(flavour().adopt) + more + ", RELAY_LOG_FILE=" +
              quote_sql(f.replica.relay_file) + ", RELAY_LOG_POS=" + f.replica.relay_pos);
}

Error Start::adopt_relay_log() {
  Error e = change_to_relay_log("");
  return e ? e : exec(flavour().start_applier);
}

Error Start::free_applier() {
  Error e;
  if (in_.local.replica.sql_running) {
    e = local_.query(flavour().stop_applier,
                     clock_ms() + world_.config.apply_ms);
  }
  if (!e) e = change_to_relay_log(flavour().no_delay);
  return e ? e : exec(flavour().start_applier);
}

// The applier is broken. Whoever repairs it starts it again, with both threads
// down: what was received is still to be there then.
Error Start::keep_relay_log(const Error& why) {
  if (flavour().keeps_relay_log) return why;
  Error e = read_local();
  const Replica& r = in_.local.replica;
  if (!e && r.io == Receiver::No && !r.sql_running && r.by_gtid) {
    // Which forgets the error: the applier is to meet it again.
    e = adopt_relay_log();
    const uint64_t until_ms = soon();
    do {
      tandem::sleep_ms(2);
      if (!e) e = read_local();
    } while (!e && in_.local.replica.sql_running && clock_ms() < until_ms);
  }
  if (e) tandem::log_err("the relay log is not kept: %s", e.c_str());
  return why;
}

Error Start::stop_receiver() {
  return local_.query(flavour().stop_receiver,
                      clock_ms() + world_.config.apply_ms);
}

// which: a condition on the process list; *count: how many there were.
Error Start::end_sessions(const std::string& which, size_t* count) {
  Rows rows;
  Error e = local_.query("SELECT id FROM information_schema.processlist WHERE " +
                             which, soon(), &rows);
  *count = rows.rows.size();
  for (size_t i = 0; i < rows.rows.size() && !e; ++i) {
    e = exec("KILL " + rows.at(i, 0));
    if (e && local_.cause() == Cause::Sql) e = Error::none();
  }
  return e;
}

Error Start::cut_receiver() {
  const uint64_t until_ms = clock_ms() + kFarewellsMs;
  Error e;
  for (size_t left = 1; !e && left > 0 && clock_ms() < until_ms;) {
    e = end_sessions("command='Slave_IO'", &left);
    if (left > 0) tandem::sleep_ms(kFarewellMs);
  }
  return e ? e : stop_receiver();
}

// An applier that has failed, or has read everything there is and is not
// there, will never arrive: refused, or given up by an operator's word.
Error Start::look_at_applier(bool* stuck) {
  Rows rows;
  Error e = local_.query(flavour().replica_sql, soon(), &rows);
  if (e) return e;
  if (rows.get(0, flavour().sql_running) != "Yes") {
    *stuck = world_.forced.count(kApplierBroken) > 0;
    if (*stuck) return e;
    const bool broken = rows.get(0, "Last_SQL_Errno") != "0";
    return keep_relay_log(refused(kApplierBroken,
                                  broken ? rows.get(0, "Last_SQL_Error")
                                         : "somebody stopped the applier"));
  }
  const std::string state = rows.get(0, flavour().sql_state);
  if (state.find(kAllRead) == state.npos) return e;
  e = local_.query(kBusySql, soon(), &rows);
  *stuck = !e && rows.get(0, "busy") == "0";
  return e;
}

Error Start::await_applied() {
  Error e = read_local();
  const uint64_t until_ms = clock_ms() + world_.config.apply_ms;
  unsigned stuck_count = 0;
  Blockers blockers(&local_, world_.config);
  for (unsigned i = 1; !e; ++i) {
    Rows rows;
    Gtids applied;
    e = local_.query(flavour().applied_sql, soon(), &rows);
    if (e || !parse_gtids(rows.get(0, "pos"), &applied)) break;
    if (knows_received_ && reached(applied, received_)) return e;
    if (clock_ms() >= until_ms) {
      return Error::make(tandem::kExitFailed, "still applying: at %s of %s",
                         format_gtids(applied).c_str(),
                         format_gtids(received_).c_str());
    }
    if (i % kLookEvery == 0) {
      bool stuck = false;
      e = look_at_applier(&stuck);
      if (!e && !stuck) e = blockers.look(soon());
      stuck_count = stuck ? stuck_count + 1 : 0;
      // The loss itself is named by forget_source().
      all_read_ = stuck_count > 2;
      if (all_read_) return e;
    }
    if (!e) tandem::sleep_ms(1);
  }
  return e;
}

std::string Start::what_is_missing() const {
  const std::vector<GtidRange> rest = missing(in_.local.executed, received_);
  return tandem::format(
      "%" PRIu64 " transactions that were received are not here: %s "
      "(executed %s)", count_of(rest), format_ranges(rest).c_str(),
      in_.local.pos.c_str());
}

// The source died in the middle of sending one: nobody here will ever have
// the rest of it.
bool Start::only_begun(const std::vector<GtidRange>& rest) const {
  const bool dead = in_.view == PeerView::Gone || in_.view == PeerView::Silent;
  return flavour().counts_begun && dead && all_read_ && rest.size() == 1 &&
         rest[0].first == rest[0].last;
}

Error Start::forget_source() {
  Error e = read_local();
  if (e) return e;
  const std::vector<GtidRange> rest = missing(in_.local.executed, received_);
  if (only_begun(rest)) {
    tandem::log_warn("%s was received in part only, and is lost",
                     format_ranges(rest).c_str());
  } else if (!reached(in_.local.executed, received_)) {
    const std::string why = what_is_missing();
    if (!world_.forced.count(kMissingTransactions) &&
        !world_.forced.count(kApplierBroken) &&
        !world_.forced.count(fault_row(Fault::ReceivedLost).name)) {
      return refused(kMissingTransactions, why);
    }
    tandem::log_warn("given up: %s", why.c_str());
  }
  e = local_.query(flavour().stop_all, clock_ms() + world_.config.apply_ms);
  return e ? e : exec(flavour().forget_source);
}

Error Start::ready_semi_sync(bool on) {
  const SemiSync* semi = in_.local.semi;
  if (semi) return exec(on ? semi->on : semi->off_and_ready);
  tandem::log_info("no semi-sync on this server: its commits wait for no "
                   "replica");
  return Error::none();
}

Error Start::kill_sleeping() {
  size_t count = 0;
  return end_sessions("command='Sleep' AND id<>CONNECTION_ID() AND user<>" +
                          quote_sql(world_.config.login.user), &count);
}

Error Start::perform(Step step) {
  switch (step) {
    case Step::StartApplier: return exec(flavour().start_applier);
    case Step::AdoptRelayLog: return adopt_relay_log();
    case Step::FreeApplier: return free_applier();
    case Step::DemotePeer: return demote_peer();
    case Step::AwaitReceived: return await_received();
    case Step::StopReceiver: return stop_receiver();
    case Step::CutReceiver: return cut_receiver();
    case Step::AwaitApplied: return await_applied();
    case Step::ForgetSource: return forget_source();
    case Step::SemiSyncAlone: return ready_semi_sync(false);
    case Step::SemiSyncOn: return ready_semi_sync(true);
    case Step::KillSleeping: return kill_sleeping();
    case Step::SetWritable: {
      Error e = read_local();
      if (!e) e = exec("SET GLOBAL read_only=0");
      if (!e) publish_pos(in_.local.pos);
      return e;
    }
    case Step::EnableEvents: {  // no primary is none for want of that
      const Error e = enable_events(&local_, soon());
      if (e) tandem::log_warn("events: %s", e.c_str());
      return Error::none();
    }
  }
  return Error::none();
}

// What stands in the way of a takeover, in the words of hbd's table.
Error Start::say_ready(const Plan& plan) {
  for (Fault f : in_.stopping().list()) {
    const FaultRow& row = fault_row(f);
    if (world_.forced.count(row.name)) continue;
    printf("ready: no: %s, %s: %s\n", row.name, row.means, row.cure);
    return Error::make(tandem::kExitFailed, "%s", row.name);
  }
  if (!plan.refusal.empty()) {
    printf("ready: no: %s, %s\n", plan.refusal.c_str(), plan.why.c_str());
    return refused(plan.refusal.c_str(), plan.why);
  }
  puts("ready: yes");
  return Error::none();
}

Error Start::learn() {
  Error e = recall_received(world_.config, &received_);
  if (!e) e = local_.connect(world_.local, world_.config.login, soon());
  if (!e) e = read_local();
  Received seen;
  if (!e) seen = recall_seen(world_.config);
  in_.noted = recall_differs(world_.config);
  if (seen.is_lost(in_.local)) in_.noted.add(Fault::ReceivedLost);
  received_ = latest(received_, seen.of(in_.local));
  knows_received_ = in_.local.replica.by_gtid || !received_.empty();
  if (!e && world_.dry_run) e = read_settings(&local_, soon(), &in_.local);
  if (e && world_.dry_run) printf("ready: no: %s\n", e.c_str());
  in_.was_paired = world_.from_paired;
  in_.is_paired = world_.is_paired;
  in_.kill_sleeping = world_.config.kill_sleeping;
  in_.forced = world_.forced;
  return e ? e : ask_peer();
}

Error Start::run() {
  const uint64_t begun_ms = clock_ms();
  Error e = learn();
  if (e) return e;
  const Plan plan = plan_start(in_);
  if (world_.dry_run) {
    e = say_ready(plan);
    if (e) return e;
  }
  if (!plan.refusal.empty()) return refused(plan.refusal.c_str(), plan.why);
  if (plan.steps.empty()) {
    tandem::log_info("start: this server is the primary already, at %s",
                     in_.local.pos.c_str());
    if (!world_.dry_run) {
      publish_pos(in_.local.pos);
      forget_unacked(world_.config);
    }
    edit_my_cnf(world_, Boot::Writable);
    return e;
  }
  if (in_.noted.has(Fault::ReceivedLost) && !in_.local.replicates) {
    tandem::log_warn("given up: %s", what_is_missing().c_str());
  }
  e = remember();
  std::string took;
  for (size_t i = 0; i < plan.steps.size() && !e; ++i) {
    const char* name = step_name(plan.steps[i]);
    const uint64_t step_ms = clock_ms();
    if (!world_.dry_run) e = perform(plan.steps[i]);
    took += tandem::format(" %s=%" PRIu64 "ms", name, clock_ms() - step_ms);
    if (e && !tandem::starts_with(e.text(), "refused")) e = e.within(name);
  }
  tandem::log_info("start: %s%s, %" PRIu64 " ms in all:%s",
                   world_.dry_run ? "would make this server the primary"
                   : e            ? "not the primary"
                                  : "primary at ",
                   e || world_.dry_run ? "" : in_.local.pos.c_str(),
                   clock_ms() - begun_ms, took.c_str());
  if (!e) edit_my_cnf(world_, Boot::Writable);
  if (!e && !world_.dry_run) {
    forget_missing(world_.config);  // an operator has given it up
    forget_received(world_.config);
    forget_unacked(world_.config);
  }
  return e;
}

}  // namespace

Error start(const World& world) {
  Start s(world);
  return s.run();
}

}  // namespace promote
