// Measured on MariaDB 10.11 with a commit waiting for an acknowledgement:
// SET GLOBAL read_only=1 waits behind it, switching semi-sync off answers OK
// to its client, KILL frees it with an error. So one session asks for a lock
// that keeps new commits out, while the other kills what stands in its way.
// read_only keeps out nobody who has SUPER: semi-sync stays on, so that such a
// writer's commit waits, until the server is about to follow another one.
#include "promote/demote.h"

#include <algorithm>
#include <memory>
#include <set>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/select.h"
#include "lib/text.h"
#include "promote/inquire.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

const uint64_t kLookMs = 4;  // between two looks at the sessions
// A living replica acknowledges within this; who waits longer is ended.
const uint64_t kAckGraceMs = 50;
// A killed session that only rolls back needs no waiting for.
const uint64_t kKilledMs = 300;
const uint64_t kKillMs = 20;
const size_t kRoom = 3;  // sessions; who comes back at once takes a place
const unsigned kNoSuchThreadErrno = 1094;
const unsigned kLockTimeoutErrno = 1205;

const char kSessionsSql[] =
    "SELECT id, user, command, state, CONNECTION_ID() AS own "
    "FROM information_schema.processlist "
    "WHERE id <> CONNECTION_ID() AND user NOT IN ('system user', "
    "'event_scheduler') AND command NOT IN ('Daemon', 'Binlog Dump', "
    "'Binlog Dump GTID', 'Slave_IO', 'Slave_SQL', 'Slave_worker')";

struct Session {
  std::string id, user, command, state;
  bool waits_for_ack() const {
    return tandem::starts_with(state, "Waiting for semi-sync ACK");
  }
};

Error list_sessions(Server* s, const std::string& own_user, uint64_t until_ms,
                    std::vector<Session>* out) {
  Rows rows;
  Error e = s->query(kSessionsSql, until_ms, &rows);
  if (e) return e;
  out->clear();
  for (size_t i = 0; i < rows.rows.size(); ++i) {
    Session one;
    one.id = rows.at(i, 0);
    one.user = rows.at(i, 1);
    one.command = rows.at(i, 2);
    one.state = rows.at(i, 3);
    if (one.user != own_user) out->push_back(one);
  }
  return e;
}

class Demotion {
 public:
  Demotion(Server* control, const Endpoint& at, const Login& login,
           uint64_t until_ms, Unacked unacked, Demoted* out)
      : control_(control), at_(at), login_(login), start_ms_(clock_ms()),
        until_ms_(until_ms), unacked_(unacked), out_(out) {}
  Error run(const Facts& facts);
  Error hold_commits();

 private:
  Error lock_out(const char* sql);
  Error clear_the_way();
  Error end_sessions();
  void disable_our_events();
  Error kill_once(const std::string& id, unsigned* counter);
  Error open_second();
  Error make_room();
  Error spare();

  Server* control_;
  const Endpoint& at_;
  const Login& login_;
  std::unique_ptr<Server> second_;
  std::vector<std::unique_ptr<Server> > killing_;  // KILLs that take long
  const uint64_t start_ms_;
  const uint64_t until_ms_;
  const Unacked unacked_;
  Demoted* out_;
  std::set<std::string> killed_;
  uint64_t full_since_ms_ = 0;  // of those who wait for an acknowledgement
};

// The server gives our account one place more than it gives others, and control
// has it.
Error Demotion::open_second() {
  for (;;) {
    second_.reset(new Server);
    Error e = second_->connect(at_, login_, until_ms_);
    if (!e || fault_of(*second_) != Fault::TooManyConnections ||
        clock_ms() >= until_ms_) {
      return e;
    }
    e = make_room();
    if (e) return e;
  }
}

// Sessions end that will be ended anyway: idle ones, else one of those that
// run. But where commits are to be spared and nobody is idle for so long, they
// have filled the server, and wait in vain. While control is busy only the end
// of a KILL makes room.
Error Demotion::make_room() {
  tandem::sleep_ms(kLookMs);
  if (!control_->idle()) return Error::none();
  std::vector<Session> all;
  Error e = list_sessions(control_, login_.user, until_ms_, &all);
  std::stable_partition(all.begin(), all.end(), [](const Session& s) {
    return s.command == "Sleep";
  });
  const bool idle = !all.empty() && all[0].command == "Sleep";
  const bool waits = std::any_of(all.begin(), all.end(), [](const Session& s) {
    return s.waits_for_ack();
  });
  if (!e && !idle && waits && unacked_ == Unacked::Spare) {
    if (full_since_ms_ == 0) full_since_ms_ = clock_ms();
    return clock_ms() - full_since_ms_ < kAckGraceMs ? e : spare();
  }
  full_since_ms_ = 0;
  for (size_t i = 0; i < all.size() && i < kRoom && !e; ++i) {
    if (i > 0 && all[i].command != "Sleep") break;  // that one may take long
    e = control_->query("KILL " + all[i].id, until_ms_);
    ++out_->sessions;
    if (e && control_->cause() == Cause::Sql) e = Error::none();
  }
  return e;
}

// KILL answers at once, or (seen with a session in SLEEP()) after two seconds
// of trying to wake its victim. Nobody waits for that one: it goes on in its
// own session, and the next statement gets a new one.
Error Demotion::kill_once(const std::string& id, unsigned* counter) {
  if (!killed_.insert(id).second) return Error::none();
  ++*counter;
  second_->start_query("KILL " + id);
  Error e = second_->linger(std::min(until_ms_, clock_ms() + kKillMs));
  if (e) return e;
  if (second_->busy()) {
    killing_.push_back(std::move(second_));
    return open_second();
  }
  // One that has ended by itself is as good.
  return second_->cause() == Cause::Sql &&
                 second_->sql_errno() == kNoSuchThreadErrno
             ? Error::none()
             : second_->error();
}

Error Demotion::spare() {
  out_->spared = true;
  return Error::make(tandem::kExitFailed, "commits wait for an "
                     "acknowledgement that does not come");
}

// Ends what keeps read_only from being set: sessions waiting for an
// acknowledgement, and once a quarter of the time is over whatever runs.
Error Demotion::clear_the_way() {
  std::vector<Session> sessions;
  Error e = list_sessions(second_.get(), login_.user, until_ms_, &sessions);
  const uint64_t now_ms = clock_ms();
  const bool late = now_ms > start_ms_ + (until_ms_ - start_ms_) / 4;
  const bool no_ack = now_ms >= start_ms_ + kAckGraceMs;
  for (size_t i = 0; i < sessions.size() && !e; ++i) {
    if (sessions[i].waits_for_ack() && no_ack) {
      if (unacked_ == Unacked::Spare) return spare();
      e = kill_once(sessions[i].id, &out_->unacked);
    } else if (late) {
      e = kill_once(sessions[i].id, &out_->sessions);
    }
  }
  return e;
}

// sql waits until nobody commits, and nobody does from then on.
Error Demotion::lock_out(const char* sql) {
  Error e = control_->query("SET SESSION lock_wait_timeout=1", until_ms_);
  if (e) return e;
  tandem::Selector sel;
  control_->start_query(sql);
  for (;;) {
    if (!control_->busy()) {
      if (control_->error().ok()) return Error::none();
      if (control_->cause() != Cause::Sql ||
          control_->sql_errno() != kLockTimeoutErrno ||
          clock_ms() >= until_ms_) {
        return control_->error();
      }
      control_->start_query(sql);
      continue;
    }
    if (clock_ms() >= until_ms_) {
      control_->time_out(sql);
      return control_->error();
    }
    sel.clear();
    control_->want(&sel);
    e = sel.wait(clock_ms() + kLookMs);
    if (e) return e;
    const int fd = control_->fd();
    if (control_->advance(sel.can_read(fd), sel.can_write(fd))) continue;
    e = clear_the_way();
    if (e) return e;
  }
}

// Everyone who was there when read_only was set; who comes later cannot
// write. Our own sessions stay: mysqlchk must not see its server die.
Error Demotion::end_sessions() {
  std::set<std::string> present;
  const uint64_t killed_by_ms = std::min(until_ms_, clock_ms() + kKilledMs);
  for (bool first = true;; first = false) {
    std::vector<Session> sessions;
    Error e = list_sessions(second_.get(), login_.user, until_ms_, &sessions);
    bool any = false;
    for (size_t i = 0; i < sessions.size() && !e; ++i) {
      const Session& s = sessions[i];
      if (first) present.insert(s.id);
      if (!present.count(s.id)) continue;
      if (s.command == "Killed" && clock_ms() >= killed_by_ms) continue;
      any = true;
      e = kill_once(s.id, s.waits_for_ack() ? &out_->unacked
                                            : &out_->sessions);
    }
    if (e || !any) return e;
    if (clock_ms() >= until_ms_) {
      return Error::make(tandem::kExitFailed, "sessions do not end");
    }
    tandem::sleep_ms(1);
  }
}

void Demotion::disable_our_events() {
  const Error e = disable_events(control_, until_ms_);
  if (e) tandem::log_warn("events: %s", e.c_str());
}

Error Demotion::run(const Facts& facts) {
  Error e = open_second();
  if (!e) e = lock_out("SET GLOBAL read_only=1");
  if (!e) e = end_sessions();
  const char* seal = facts.flavour->seal;
  // The seal keeps us, too, from the events.
  if (!e) disable_our_events();
  if (!e && seal) e = control_->query(seal, until_ms_);
  Facts now;
  now.flavour = facts.flavour;
  if (!e) e = read_facts(control_, until_ms_, &now);
  if (!e) out_->pos = now.executed;
  return e;
}

Error Demotion::hold_commits() {
  Error e = open_second();
  return e ? e : lock_out("FLUSH TABLES WITH READ LOCK");
}

}  // namespace

Error demote(Server* control, const Facts& facts, const Endpoint& at,
             const Login& login, uint64_t until_ms, Unacked unacked,
             Demoted* out) {
  Demotion d(control, at, login, until_ms, unacked, out);
  return d.run(facts);
}

Error hold_commits(Server* control, const Endpoint& at, const Login& login,
                   uint64_t until_ms, Demoted* out) {
  Demotion d(control, at, login, until_ms, Unacked::Kill, out);
  return d.hold_commits();
}

Error enable_events(Server* server, uint64_t until_ms) {
  Rows rows;
  Error e = server->query("SELECT event_schema, event_name FROM "
                          "information_schema.events WHERE "
                          "status IN ('SLAVESIDE_DISABLED', "
                          "'REPLICA_SIDE_DISABLED')", until_ms, &rows);
  for (size_t i = 0; i < rows.rows.size() && !e; ++i) {
    e = server->query("ALTER EVENT " + quote_name(rows.at(i, 0)) + "." +
                          quote_name(rows.at(i, 1)) + " ENABLE", until_ms);
  }
  return e;
}

Error disable_events(Server* server, uint64_t until_ms) {
  Rows rows;
  Error e = server->query("SELECT event_schema, event_name FROM "
                          "information_schema.events WHERE status='ENABLED'",
                          until_ms, &rows);
  if (e || rows.rows.empty()) return e;
  e = server->query("SET SESSION sql_log_bin=0", until_ms);
  for (size_t i = 0; i < rows.rows.size() && !e; ++i) {
    e = server->query("ALTER EVENT " + quote_name(rows.at(i, 0)) + "." +
                          quote_name(rows.at(i, 1)) + " DISABLE ON SLAVE",
                      until_ms);
  }
  const Error back = server->query("SET SESSION sql_log_bin=1", until_ms);
  return e ? e : back;
}

}  // namespace promote
