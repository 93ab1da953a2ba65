// What a server under watch is asked, when, and what is said of it.
#include "promote/watch.h"

#include <algorithm>

#include "lib/clock.h"
#include "lib/log.h"
#include "lib/pause.h"
#include "lib/text.h"
#include "promote/inquire.h"

namespace promote {

namespace {

// After an end of file we knock at once. A dead server refuses or resets, and
// is down in that moment; one that lives (somebody killed our session there)
// has so long to take our connect before the line says down.
const uint64_t kComebackMs = 100;
// Whom a server refuses tries again with pauses: another password may be in
// the file, another right may be granted, which only a new session has.
const uint64_t kRefusedFirstMs = 1000, kRefusedMostMs = 10000;

// The one that people and splitfwd are shown beside the code.
std::string first_name(const Faults& faults) {
  const std::vector<Fault> list = faults.list();
  if (list.empty()) return std::string();
  for (Fault f : list) {
    const FaultRow& row = fault_row(f);
    if (row.stops_takeover || row.stops_pairing) return row.name;
  }
  return fault_row(list[0]).name;
}

void add_faults(const Faults& faults, tandem::Attrs* attrs) {
  if (faults.empty()) return;
  (*attrs)["fault"] = first_name(faults);
  (*attrs)["faults"] = faults.code();
}

tandem::Attrs attrs_of(const Facts& f, const Faults& asking) {
  tandem::Attrs a;
  a["role"] = f.replicates ? "replica" : f.read_only ? "readonly" : "primary";
  a["source"] = f.replicates && f.replica.io == Receiver::Yes ? "yes" : "no";
  if (f.replicates) {
    a["sql"] = f.replica.sql_running ? "yes" : "no";
    a["recv"] = brief_gtids(format_gtids(f.replica.io_pos));
    const bool on = f.semi_replica_on && f.replica.io == Receiver::Yes;
    a["sync"] = on ? "yes" : "no";
  } else {
    a["sync"] = f.semi && !f.semi_primary_on ? "off"
                : f.semi_clients > 0         ? "yes"
                                             : "no";
  }
  if (!f.replica.lag.empty()) a["lag"] = f.replica.lag;
  a["pos"] = brief_gtids(f.pos);
  a["id"] = f.server_id;
  const std::string instance = f.instance();
  if (!instance.empty()) a["instance"] = instance;
  Faults faults = faults_of(f);
  faults.add(asking);
  for (tandem::Attrs::iterator it = a.begin(); it != a.end();) {
    if (it->second.empty() || !tandem::attr_is_valid(it->first, it->second)) {
      if (!it->second.empty()) faults.add(Fault::ValueTooLong);
      a.erase(it++);
    } else {
      ++it;
    }
  }
  add_faults(faults, &a);
  return a;
}

}  // namespace

Watch::Watch(const Endpoint& at, const std::string& config_path,
             const Config& config, Lag* lag, bool once, uint64_t now_ms)
    : at_(at), config_path_(config_path), config_(config),
      lag_(lag), login_(config.login), phase_(Phase::Waiting), due_ms_(now_ms),
      deadline_ms_(0), down_at_ms_(tandem::kNever), refusals_(0),
      flavour_(nullptr), files_(at_, config),
      own_files_(at_, config_path, config), seen_(at_, config, once),
      differs_(at_, config, once), trial_(at_, config_path, config),
      said_(at.name) {}

// ---- what it says ---------------------------------------------------------

void Watch::say_facts(uint64_t now_ms) {
  if (trial_.knows_log()) facts_.binlog_stopped = trial_.log_stopped();
  Faults found = asking_;
  if (stall_.commits_stand(now_ms)) found.add(Fault::CommitsStalled);
  found.add(trial_.faults());
  found.add(seen_.look(facts_, now_ms));
  found.add(faults_of(facts_));
  found.add(differs_.look(facts_, found));
  if (facts_.is_primary()) {
    lag_->on_primary(at_.name, facts_.executed, facts_.binlog_state, now_ms);
    facts_.replica.lag.clear();
  } else if (!facts_.replicates) {
    facts_.replica.lag = lag_->of_former_primary(facts_.executed, now_ms);
  } else if (lag_->has_primary()) {
    facts_.replica.lag = lag_->of_replica(facts_.executed, now_ms);
  }
  said_.say(true, attrs_of(facts_, found));
}

void Watch::say_down(const char* fault) {
  tandem::Attrs a;
  a["fault"] = fault;
  down_at_ms_ = tandem::kNever;
  trial_.forget();
  said_.say(false, a);
}

// ---- asking ---------------------------------------------------------------

void Watch::begin_connect(uint64_t now_ms) {
  phase_ = Phase::Connecting;
  deadline_ms_ = now_ms + config_.timeout_ms;
  rota_.begin_session();
  stall_.forget();
  server_.start_connect(at_, login_);
  if (!server_.busy()) on_done(now_ms);
}

void Watch::begin_query(const char* sql, Phase phase, uint64_t now_ms) {
  phase_ = phase;
  deadline_ms_ = now_ms + config_.timeout_ms;
  server_.start_query(sql);
  if (!server_.busy()) on_done(now_ms);
}

void Watch::begin_look(uint64_t now_ms) {
  Facts fresh;
  fresh.settings = facts_.settings;
  fresh.binlog_filtered = facts_.binlog_filtered;
  fresh.binlog_stopped = facts_.binlog_stopped;
  fresh.sessions.awaiting_space = facts_.sessions.awaiting_space;
  facts_ = fresh;
  rota_.begin_look(now_ms);
  ask(now_ms);
}

// What was found by asking for the settings is found again by that.
void Watch::ask(uint64_t now_ms) {
  const unsigned query = rota_.query();
  if (query == kFactsQueries) {
    asking_ = files_.look();
    asking_.add(own_files_.look());
  }
  begin_query(facts_sql(*flavour_, query), Phase::Asking, now_ms);
}

void Watch::rest(uint64_t now_ms) {
  phase_ = Phase::Resting;
  due_ms_ = now_ms + config_.interval_ms;
}

// The server lives, and does not tell us what it is.
void Watch::on_refusal(uint64_t now_ms) {
  const Fault fault = fault_of(server_);
  tandem::Attrs a;
  Faults faults;
  faults.add(fault);
  add_faults(faults, &a);
  if (server_.cause() == Cause::Sql) {
    a["fault"] = tandem::format("sql-%u", server_.sql_errno());
  }
  if (refusals_ == 0) {
    tandem::log_warn("%s: %s", at_.name.c_str(), server_.error().c_str());
  }
  server_.close();
  down_at_ms_ = tandem::kNever;
  phase_ = Phase::Waiting;
  due_ms_ = now_ms + tandem::pause_ms(refusals_, kRefusedFirstMs,
                                      kRefusedMostMs);
  ++refusals_;
  const tandem::Error e = read_password(config_path_, &login_);
  if (e) tandem::log_err("%s", e.c_str());
  said_.say(true, a);
}

void Watch::on_failure(uint64_t now_ms) {
  const bool had_session = phase_ != Phase::Connecting;
  switch (server_.cause()) {
    case Cause::Rejected:
    case Cause::Sql:
      return on_refusal(now_ms);
    case Cause::None:
    case Cause::Ours:  // that says nothing of the server
      break;
    case Cause::Gone:
      if (had_session && said_.line().up) {
        down_at_ms_ = now_ms + kComebackMs;
        return begin_connect(now_ms);
      }
      say_down("gone");
      break;
    case Cause::Silent:
      say_down("silent");
      break;
  }
  phase_ = Phase::Waiting;
  due_ms_ = now_ms + config_.interval_ms;
}

void Watch::on_answer(bool refused, uint64_t now_ms) {
  down_at_ms_ = tandem::kNever;
  refusals_ = 0;
  const unsigned query = rota_.query();
  if (refused) {
    asking_.add(fault_of(server_));
  } else if (!take_facts(*flavour_, query, server_.rows(), &facts_)) {
    tandem::log_warn("%s: cannot make sense of: %s", at_.name.c_str(),
                     facts_sql(*flavour_, query));
  }
  if (query == kBinlogQuery - 1) {
    stall_.look(now_ms, facts_, server_.written_bytes());
  }
  rota_.on_answer(
      now_ms, facts_, refused,
      stall_.log_is_free() && facts_.sessions.awaiting_space == 0);
  if (!rota_.is_done()) return ask(now_ms);
  say_facts(now_ms);
  rest(now_ms);
}

void Watch::on_done(uint64_t now_ms) {
  const bool failed = !server_.error().ok();
  const bool refused = failed && server_.cause() == Cause::Sql;
  if (failed && !refused) return on_failure(now_ms);
  switch (phase_) {
    case Phase::Connecting:
      flavour_ = kFlavours;
      return begin_query(flavour_->probe_sql, Phase::Probing, now_ms);
    case Phase::Probing:
      if (!understood(server_)) {
        ++flavour_;
        if (flavour_->probe_sql) {
          return begin_query(flavour_->probe_sql, Phase::Probing, now_ms);
        }
      }
      return begin_look(now_ms);
    case Phase::Asking:
      if (refused && rota_.query() < kFactsQueries) return on_refusal(now_ms);
      return on_answer(refused, now_ms);
    case Phase::Waiting:
    case Phase::Resting:
      return;
  }
}

// ---- time -----------------------------------------------------------------

uint64_t Watch::next_due_ms(bool blocked) const {
  uint64_t due = phase_ == Phase::Waiting || phase_ == Phase::Resting
                     ? due_ms_
                     : deadline_ms_;
  due = std::min(due, down_at_ms_);
  due = std::min(due, trial_.next_due_ms(phase_ == Phase::Resting));
  if (!blocked) due = std::min(due, said_.next_due_ms());
  return due;
}

void Watch::check_now(uint64_t now_ms) {
  const bool rests = phase_ == Phase::Waiting || phase_ == Phase::Resting;
  if (rests && refusals_ == 0) due_ms_ = now_ms;
}

// See above: the connection stays, when there is one.
void Watch::on_silence(uint64_t now_ms) {
  if (server_.reached()) {
    say_down("silent");
    deadline_ms_ = tandem::kNever;
    return;
  }
  server_.time_out("check");
  on_failure(now_ms);
}

void Watch::advance(const tandem::Selector& sel, uint64_t now_ms) {
  const int fd = server_.fd();
  const bool readable = phase_ != Phase::Waiting && sel.can_read(fd);
  const bool writable = phase_ != Phase::Waiting && sel.can_write(fd);
  trial_.advance(sel, now_ms);
  if (now_ms >= down_at_ms_) {
    // Its kernel has taken our connect: it was our session alone that ended,
    // and logins are slow. A server that dies closes its port first.
    if (server_.reached()) down_at_ms_ = tandem::kNever;
    else say_down("gone");
  }
  if (phase_ == Phase::Waiting) {
    if (now_ms >= due_ms_) begin_connect(now_ms);
  } else if (phase_ == Phase::Resting) {
    trial_.begin(*flavour_, now_ms);
    // An idle server has nothing to say: end of file, or a last error. The
    // statement finds out which.
    if (readable || now_ms >= due_ms_) begin_look(now_ms);
  } else if (server_.advance(readable, writable)) {
    on_done(now_ms);
  } else if (now_ms >= deadline_ms_) {
    on_silence(now_ms);
  }
}

}  // namespace promote
