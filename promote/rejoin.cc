// rejoin: makes the local server a replica of the other one again, or says
// why it must not. What is only here is never thrown away: a server that has
// transactions of its own is left as it is.
#include <inttypes.h>
#include <stdio.h>

#include <algorithm>
#include <iterator>

#include "lib/clock.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/text.h"
#include "lib/verb.h"
#include "promote/begin.h"
#include "promote/demote.h"
#include "promote/diverged.h"
#include "promote/editor.h"
#include "promote/inquire.h"
#include "promote/plan.h"
#include "promote/notes.h"
#include "promote/turn.h"
#include "promote/world.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

// The source is there and will not have this replica: to try again is no use.
bool is_final(const std::string& io_errno) {
  const char* const all[] = {"1045",   // ER_ACCESS_DENIED_ERROR
                             "1129", "1130",  // this host is blocked, unknown
                             "1227",   // no REPLICATION SLAVE
                             "1236",   // the position is not there
                             "1251", "1862", "2026", "2049", "2059", "2061",
                             "3159"};  // methods of login, TLS
  return std::find(std::begin(all), std::end(all), io_errno) != std::end(all);
}

const char kUsage[] = "usage: rejoin [-npt] [-c FILE] [PEER]\n";

class Rejoining {
 public:
  explicit Rejoining(const World& world)
      : world_(world), until_ms_(clock_ms() + world.config.rejoin_ms) {}
  Error run();

 private:
  Error exec(const std::string& sql) { return local_.query(sql, until_ms_); }
  Error compare(RejoinPlan* plan);
  Error make_read_only();
  Error end_semi_sync(RejoinPlan* plan);
  Error read_boot_position();
  Error follow();
  Error switch_replica_side_on();
  Error refuse_empty_position();
  Error take_over_binlog_state();
  Error name_source();
  Error await_connected();

  const World& world_;
  const uint64_t until_ms_;
  Server local_, peer_;
  RejoinInput in_;
};

Error Rejoining::compare(RejoinPlan* plan) {
  // The local side first: what the peer does meanwhile can only add to it.
  Error e = read_facts(&local_, until_ms_, &in_.local);
  if (!e) e = read_facts(&peer_, until_ms_, &in_.peer);
  if (e) return e;
  *plan = plan_rejoin(in_);
  if (plan->what == Rejoin::Ahead) {
    const Error no = read_boot_position();
    if (no) tandem::log_warn("%s", no.c_str());
    *plan = plan_rejoin(in_);
  }
  switch (plan->what) {
    case Rejoin::Follow:
    case Rejoin::Running:
      return e;
    case Rejoin::Refuse:
      return Error::make(tandem::kExitFailed, "%s", plan->why.c_str());
    case Rejoin::Ahead:
      return Error::make(tandem::kExitFailed, "%s (%s)", plan->why.c_str(),
                         describe_divergence(&local_, plan->extra).c_str());
    case Rejoin::AheadTail:
      puts("attr rebuild yes");  // for hbd: see hbd-hooks(7)
      fflush(stdout);
      return Error::make(tandem::kExitFailed, "%s (%s); all of it after the "
                         "start of the new owner and never acknowledged, but "
                         "committed here since: rebuild this server%s",
                         plan->why.c_str(),
                         describe_divergence(&local_, plan->extra).c_str(),
                         in_.local.flavour->gtid_domains
                             ? " (after a crash, mysqld drops it when it is "
                               "started with what `rejoin -p` prints)"
                             : "");
  }
  return e;
}

Error Rejoining::make_read_only() {
  if (in_.local.read_only) return Error::none();
  Demoted done;
  Error e = demote(&local_, in_.local, world_.local, world_.config.login,
                   until_ms_, Unacked::Kill, &done);
  if (!e) {
    tandem::log_info("read-only at %s, %u unacknowledged and %u other "
                     "sessions ended", format_gtids(done.pos).c_str(),
                     done.unacked, done.sessions);
  }
  return e;
}

// The applier's own commits would wait. Whoever still waits gets an error, and
// what he had written is found by comparing once more.
Error Rejoining::end_semi_sync(RejoinPlan* plan) {
  if (!in_.local.semi_primary) return Error::none();
  // A replica's applier may wait itself, and then no lock is to be had.
  if (in_.local.replicates) return exec(in_.local.semi->off);
  Demoted done;
  Error e = hold_commits(&local_, world_.local, world_.config.login, until_ms_,
                         &done);
  if (!e) e = compare(plan);
  if (!e) e = exec(in_.local.semi->off);
  if (!e) e = exec("UNLOCK TABLES");
  if (done.unacked > 0) {
    tandem::log_warn("%u sessions waited for an acknowledgement and were ended",
                     done.unacked);
  }
  return e;
}

// What is here and not there: whether it was there at the server's start.
Error Rejoining::read_boot_position() {
  std::vector<std::string> names;
  Error e = read_binlog_names(&local_, until_ms_, &names);
  if (e || names.empty()) return e;
  return read_binlog_begin(&local_, names.back(), until_ms_, &in_.at_boot);
}

// What a replica needs; the receiver's part of semi-sync counts from its next
// connection on, which `promote paired` sees to.
Error Rejoining::switch_replica_side_on() {
  const Facts& f = in_.local;
  return f.semi && !f.semi_replica ? exec(f.semi->replica_on) : Error::none();
}

// A server without a position is given everything from the first transaction
// on, over what is here.
Error Rejoining::refuse_empty_position() {
  if (!in_.local.executed.empty() || in_.peer.executed.empty()) {
    return Error::none();
  }
  // What information_schema.tables shows depends on rights; this does not.
  const std::string count = "SELECT COUNT(*) AS n FROM information_schema.";
  const std::string ours = " WHERE name LIKE '%/%' AND name NOT LIKE 'mysql/%' "
                           "AND name NOT LIKE 'sys/%'";
  Rows rows;
  Error e;
  for (const char* table : {"innodb_sys_tables", "innodb_tables"}) {
    e = local_.query(count + table + ours, until_ms_, &rows);
    if (!e || local_.cause() != Cause::Sql) break;
  }
  if (e || rows.get(0, "n") == "0") return e;
  return Error::make(tandem::kExitFailed, "this server has tables and no "
                     "position: say where its copy was taken (SET GLOBAL "
                     "gtid_slave_pos, in MySQL gtid_purged), or rebuild it");
}

// MariaDB: of a server that is a copy the binlog knows no servers of before,
// and each of their transactions would count as one that only the other one
// has.
Error Rejoining::take_over_binlog_state() {
  const Facts& f = in_.local;
  if (!f.flavour->gtid_domains || !f.binlog_state.empty() ||
      f.executed.empty()) {
    return Error::none();
  }
  const Gtids state = state_up_to(in_.peer.binlog_state, f.executed);
  const Error e = exec("SET GLOBAL gtid_binlog_state=" +
                       quote_sql(format_gtids(state)));
  if (e && local_.cause() != Cause::Sql) return e;
  // One without a binary log can be no pair's, and may follow.
  if (e) tandem::log_warn("%s", e.c_str());
  return Error::none();
}

// A password of whatever bytes: in utf8 and without a sql_mode they stay what
// they are.
Error Rejoining::name_source() {
  const Login& login = world_.config.replication;
  uint64_t port = world_.peer()->address.port;
  // We may have come in by another one (extra_port).
  if (!tandem::parse_u64(in_.peer.port, 65535, &port) || port == 0) {
    port = world_.peer()->address.port;
  }
  Error e = exec("SET NAMES utf8");
  if (!e) e = exec("SET SESSION sql_mode=''");
  local_.keep_secrets(true);
  std::string sql = follow_sql(*in_.local.flavour,
                               quote_sql(world_.peer()->address.host()),
                               static_cast<unsigned>(port),
                               quote_sql(login.user),
                               quote_sql(login.password));
  if (login.tls != Tls::No) {
    sql += follow_tls_sql(*in_.local.flavour, login.tls == Tls::Verify,
                          quote_sql(login.tls_ca), quote_sql(login.tls_cert),
                          quote_sql(login.tls_key));
  }
  if (!e) e = exec(sql);
  local_.keep_secrets(false);
  return e;
}

Error Rejoining::follow() {
  const Facts& f = in_.local;
  Error e;
  // The applier went on until now: where it is, is asked again.
  if (f.replicates) {
    e = exec(f.flavour->stop_all);
    if (!e) e = read_facts(&local_, until_ms_, &in_.local);
  }
  if (!e) e = take_over_binlog_state();
  if (!e && !reached(f.slave_pos, f.executed)) {
    e = exec("SET GLOBAL gtid_slave_pos=" + quote_sql(f.pos));
  }
  if (!e) e = name_source();
  if (!e) e = switch_replica_side_on();
  return e ? e : exec(f.flavour->start_all);
}

// A source that does not have the position says so after it has let us in.
Error Rejoining::await_connected() {
  Facts f(in_.local);
  for (;;) {
    const bool late = clock_ms() >= until_ms_;
    Error e = read_facts(&local_, clock_ms() + world_.config.answer_ms, &f);
    if (e) return e;
    const Replica& r = f.replica;
    if (r.io == Receiver::Yes && r.accepted && r.sql_running) return e;
    const bool refused = r.io == Receiver::Connecting && is_final(r.io_errno);
    if (late || refused || r.io == Receiver::No || !r.sql_running) {
      const std::string why = !r.sql_error.empty() ? r.sql_error : r.io_error;
      return Error::make(tandem::kExitFailed, "replication does not run: %s",
                         why.empty() ? "no connection" : why.c_str());
    }
    tandem::sleep_ms(3);
  }
}

Error Rejoining::run() {
  const uint64_t begun_ms = clock_ms();
  const Login& login = world_.config.login;
  Error e = local_.connect(world_.local, login, until_ms_);
  if (!e) e = peer_.connect(*world_.peer(), login, until_ms_);
  in_.start_pos = world_.start_pos;
  in_.from_paired = world_.from_paired;
  RejoinPlan plan;
  if (!e) e = compare(&plan);
  // The other one is the primary, follow it or not.
  if (plan.what != Rejoin::Refuse) edit_my_cnf(world_, Boot::ReadOnly);
  if (world_.dry_run) return e;
  // A replica that can be written to goes astray further with each write.
  const bool writable = in_.local.replicates && !in_.local.read_only;
  if (e && writable && plan.what != Rejoin::Refuse) {
    const Error no = make_read_only();
    if (no) tandem::log_err("not read-only: %s", no.c_str());
  }
  if (e) return e;
  e = refuse_empty_position();
  if (!e) e = make_read_only();
  // What was committed before read-only took hold counts too.
  if (!e) e = compare(&plan);
  if (!e) e = end_semi_sync(&plan);
  if (!e) {
    e = plan.what == Rejoin::Running ? switch_replica_side_on() : follow();
  }
  if (!e) e = await_connected();
  if (!e) {
    forget_received(world_.config);
    forget_unacked(world_.config);
  }
  if (!e) {
    tandem::log_info("%s %s from %s, %" PRIu64 " ms",
                     plan.what == Rejoin::Running ? "follows already:"
                                                  : "follows",
                     world_.peer_name.c_str(), in_.local.pos.c_str(),
                     clock_ms() - begun_ms);
  }
  return e;
}

}  // namespace

}  // namespace promote

int main(int argc, char** argv) {
  using namespace promote;
  tandem::start_clean();
  const tandem::Options options =
      tandem::parse_options(argc, argv, "rejoin", "nptc:", kUsage);
  if (options.args.size() > 1) {
    tandem::usage_error("rejoin", kUsage, "one peer at most");
  }
  World w;
  const std::string config_path =
      options.value('c', "/etc/tandem/promote.ini");
  Error e = read_world(config_path,
                       options.args.empty() ? "" : options.args[0], &w);
  if (!e && !options.has('p') && w.config.replication.user.empty()) {
    e = Error::at(config_path, 1, "no [replication] section");
  }
  if (!e && options.has('t')) fputs(format_config(w.config).c_str(), stdout);
  if (e || options.has('t')) return finish(e);
  if (options.has('p')) return finish(print_mysqld_option(w));
  w.dry_run = options.has('n');
  if (!w.peer()) {
    tandem::usage_error("rejoin", kUsage, "which server to follow?");
  }
  Turn turn;
  if (!w.dry_run) turn.take(w.config);
  Rejoining r(w);
  return finish(r.run());
}
