// One login after the other, each with a question and a goodbye.
#include "promote/trial.h"

#include "lib/log.h"
#include "promote/inquire.h"

namespace promote {

namespace {

const uint64_t kEveryMs = 800;  // a fault is told within a second
const unsigned kNonsenseErrno = 1231;  // ER_WRONG_VALUE_FOR_VAR

}  // namespace

void Trial::begin(const Flavour& flavour, uint64_t now_ms) {
  if (server_.busy() || now_ms < due_ms_) return;
  Login login = config_.login;
  const tandem::Error e = read_password(config_path_, &login);
  if (e) {
    Faults found;
    found.add(Fault::LoginRefused);
    return end(found, e, now_ms);
  }
  flavour_ = &flavour;
  stage_ = Stage::LogIn;
  deadline_ms_ = now_ms + config_.timeout_ms;
  server_.start_connect(at_, login);
  if (!server_.busy()) on_done(now_ms);
}

void Trial::advance(const tandem::Selector& sel, uint64_t now_ms) {
  if (!server_.busy()) return;
  const int fd = server_.fd();
  if (server_.advance(sel.can_read(fd), sel.can_write(fd))) {
    return on_done(now_ms);
  }
  if (now_ms < deadline_ms_) return;
  deadline_ms_ = tandem::kNever;
  if (server_.reached()) return;
  server_.time_out("login");
  on_done(now_ms);
}

void Trial::on_done(uint64_t now_ms) {
  Faults found;
  switch (server_.cause()) {
    case Cause::None: break;
    case Cause::Rejected:
    case Cause::Sql:
      if (stage_ != Stage::Rights || server_.sql_errno() != kNonsenseErrno) {
        found.add(fault_of(server_));
      }
      break;
    case Cause::Gone:
    case Cause::Silent:
    case Cause::Ours:  // they say nothing of it
      return end(faults_, server_.error(), now_ms);
  }
  if (stage_ == Stage::Binlog && found.empty()) {
    log_ = server_.rows().rows.empty() ? Log::Stopped : Log::Written;
  }
  const Stage last = at_.socket.empty() ? Stage::LogIn : Stage::Binlog;
  if (stage_ == last || !found.empty()) {
    return end(found, server_.error(), now_ms);
  }
  const char* sql = nullptr;
  switch (stage_) {
    case Stage::LogIn: stage_ = Stage::Look; sql = flavour_->replica_sql; break;
    case Stage::Look: stage_ = Stage::Rights; sql = flavour_->rights_sql; break;
    case Stage::Rights:
    case Stage::Binlog:
      stage_ = Stage::Binlog; sql = flavour_->binlog_sql; break;
  }
  server_.start_query(sql);
  if (!server_.busy()) on_done(now_ms);
}

void Trial::end(const Faults& faults, const tandem::Error& why,
                uint64_t now_ms) {
  if (!(faults == faults_) && !faults.empty()) {
    tandem::log_warn("%s: a login now: %s", at_.name.c_str(), why.c_str());
  }
  faults_ = faults;
  server_.close();
  due_ms_ = now_ms + kEveryMs;
}

}  // namespace promote
