// promote: makes the local server the primary, takes that back, says which it
// is; alone and paired are hbd's events of those names. This file is the
// front: options, the verb, and stop, whose work is demote().
#include <inttypes.h>
#include <stdio.h>

#include <algorithm>

#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/net.h"
#include "lib/text.h"
#include "lib/verb.h"
#include "promote/demote.h"
#include "promote/editor.h"
#include "promote/hung.h"
#include "promote/inquire.h"
#include "promote/pairing.h"
#include "promote/plan.h"
#include "promote/notes.h"
#include "promote/start.h"
#include "promote/turn.h"
#include "promote/world.h"

namespace promote {

using tandem::clock_ms;
using tandem::Error;

namespace {

// splitfwd answers at once, or does not matter.
const unsigned kTellMs = 50;
const size_t kSaidBytesMax = 4096;

const uint64_t kSilentMs = 100;
const char kUsage[] =
    "usage: promote [-jnt] [-c FILE] [-f REASON]... [-p PEER]\n"
    "               start|stop|status|alone|paired\n";

// A server that hangs, or cannot be made to stop writing in time, is ended.
Error kill_it(const World& w, const Error& why) {
  if (!w.config.kill_hung) return why;
  tandem::log_warn("%s; killing the server", why.c_str());
  Error e;
  if (w.is_paired) e = mark_unacked(w.config).within("state");
  if (e) tandem::log_err("%s", e.c_str());
  e = kill_hung_server(w.local);
  if (e) return e.within("cannot kill it");
  tandem::log_info("stop: the server was killed");
  return e;
}

// A server that the watcher has waited for in vain already is not given all of
// that time once more.
uint64_t patience_ms(const World& w) {
  const bool silent = tandem::env("HB_ATTR_fault") == "silent";
  return silent ? std::min(kSilentMs, w.config.answer_ms) : w.config.answer_ms;
}

// Its commits do not end, and read_only waits for them. Measured on MariaDB
// 10.11 with a full disk: those that are killed instead keep their GTIDs and
// are in no binlog, so that the server has diverged by nothing.
std::string cannot_write() {
  return Faults::of_code(tandem::env("HB_ATTR_faults")).of_writing().names();
}

// Our login is refused, and the watcher, whose session stands, has seen since
// the last hook that nobody writes here.
bool is_no_primary(const Server& local) {
  const std::string role = tandem::env("HB_ATTR_role");
  return local.cause() == Cause::Rejected &&
         (role == "replica" || role == "readonly");
}

// What no replica has acknowledged while the record says paired, nobody was
// told: a server that can drop it is ended, and told so when it is started.
Unacked unacked_of(const World& w, const Facts& facts) {
  const bool ends =
      w.is_paired && w.config.crash_unacked && w.config.kill_hung;
  if (ends && !facts.flavour->gtid_domains) {
    tandem::log_info("MySQL cannot drop commits that no replica has "
                     "acknowledged: with any, this server is to be rebuilt");
  }
  return ends && facts.flavour->gtid_domains ? Unacked::Spare : Unacked::Kill;
}

// splitfwd, before the address goes: what it says to clients must leave while
// that is here; and when there is a new primary: its next look need not come
// first. It may not run, and is not waited for.
void tell(const World& w, const char* what) {
  if (w.config.tell_path.empty() || w.dry_run) return;
  tandem::UniqueFd fd;
  std::string said;
  Error e = tandem::connect_unix(w.config.tell_path, kTellMs, &fd);
  if (!e) {
    e = tandem::ask(fd.get(), what, clock_ms() + kTellMs, kSaidBytesMax,
                    &said);
  }
  if (e) tandem::log_debug("%s: %s", w.config.tell_path.c_str(), e.c_str());
}

Error stop(const World& w) {
  const uint64_t begun_ms = clock_ms();
  if (!w.address_stays) tell(w, "leave");
  // First: whatever becomes of the server, it must not boot writable.
  edit_my_cnf(w, Boot::ReadOnly);
  Server local;
  const uint64_t answer_ms = patience_ms(w);
  Error e = local.connect(w.local, w.config.login, begun_ms + answer_ms);
  Facts facts;
  if (!e) e = read_facts(&local, clock_ms() + answer_ms, &facts);
  if (e) {
    if (local.cause() == Cause::Gone && lives_without_socket(w.local)) {
      e = Error::make(tandem::kExitFailed, "%s is gone, and its server is not",
                      w.local.socket.c_str());
      return w.dry_run ? e : kill_it(w, e);
    }
    if (local.cause() == Cause::Gone) {
      tandem::log_info("stop: no server runs here");
      return Error::none();
    }
    if (is_no_primary(local)) {
      tandem::log_warn("%s", e.c_str());
      tandem::log_info("stop: this server is no primary, says the watcher");
      return Error::none();
    }
    return local.cause() == Cause::Silent && !w.dry_run ? kill_it(w, e) : e;
  }
  if (w.dry_run) return e;
  const std::string stuck = cannot_write();
  if (!stuck.empty() && facts.is_primary() && w.config.kill_hung) {
    return kill_it(w, Error::make(tandem::kExitFailed, "%s", stuck.c_str()));
  }
  if (facts.read_only && !facts.semi_primary) {
    publish_pos(facts.pos);
    tandem::log_info("stop: this server is no primary, at %s",
                     facts.pos.c_str());
    return e;
  }
  Demoted done;
  const uint64_t until_ms = begun_ms + w.config.demote_ms;
  e = demote(&local, facts, w.local, w.config.login, until_ms,
             unacked_of(w, facts), &done);
  if (e) return done.spared || clock_ms() >= until_ms ? kill_it(w, e) : e;
  publish_pos(format_gtids(done.pos));
  tandem::log_info("stop: read-only at %s, %u unacknowledged and %u other "
                   "sessions ended, %" PRIu64 " ms",
                   format_gtids(done.pos).c_str(), done.unacked,
                   done.sessions, clock_ms() - begun_ms);
  return e;
}

int status(const World& w, bool json) {
  Server local;
  Facts f;
  const uint64_t until_ms = clock_ms() + w.config.answer_ms;
  Error e = local.connect(w.local, w.config.login, until_ms);
  if (!e) e = read_facts(&local, until_ms, &f);
  if (e && local.cause() != Cause::Gone) {
    tandem::log_err("%s", e.c_str());
    return e.code();
  }
  const char* role = e              ? "stopped"
                     : f.replicates ? "replica"
                     : f.read_only  ? "readonly"
                                    : "primary";
  const bool primary = !e && f.is_primary();
  if (json) {
    printf("{\"role\":\"%s\",\"pos\":%s,\"writable\":%s,\"source\":%s,"
           "\"semi_sync\":%s}\n",
           role, tandem::json_quote(f.pos).c_str(),
           !e && !f.read_only ? "true" : "false",
           tandem::json_quote(f.replica.source_host).c_str(),
           f.semi_primary_on && f.semi_clients > 0 ? "true" : "false");
  } else {
    printf("%s%s%s\n", role, f.pos.empty() ? "" : " at ", f.pos.c_str());
  }
  return primary ? tandem::kExitOk : tandem::kExitStopped;
}

}  // namespace

}  // namespace promote

int main(int argc, char** argv) {
  using namespace promote;
  tandem::start_clean();
  const tandem::Options options =
      tandem::parse_options(argc, argv, "promote", "jntc:f:p:", kUsage);
  if (options.args.size() != (options.has('t') ? 0u : 1u)) {
    tandem::usage_error("promote", kUsage, "one verb is wanted");
  }
  const std::string verb = options.has('t') ? "" : options.args[0];
  const char* verbs[] = {"", "start", "stop", "status", "alone", "paired"};
  if (std::find(verbs, verbs + 6, verb) == verbs + 6) {
    tandem::usage_error("promote", kUsage, "unknown verb '" + verb + "'");
  }
  World w;
  Error e = read_world(options.value('c', "/etc/tandem/promote.ini"),
                       options.value('p', ""), &w);
  if (!e && verb.empty()) fputs(format_config(w.config).c_str(), stdout);
  if (e || verb.empty()) return finish(e);
  w.dry_run = options.has('n');
  for (size_t i = 0; i < options.values.size(); ++i) {
    if (options.values[i][0] != 'f') continue;
    const std::string name = options.values[i].substr(1);
    if (!is_refusal(name)) {
      tandem::usage_error("promote", kUsage, "no refusal '" + name +
                          "' that could be overridden");
    }
    w.forced.insert(name);
  }
  if (verb == "status") return status(w, options.has('j'));
  Turn turn;
  if (!w.dry_run) turn.take(w.config);
  if (verb == "start") {
    e = start(w);
    if (!e) tell(w, "serve");
    return finish(e);
  }
  if (verb == "stop") return finish(stop(w));
  if (verb == "alone") return finish(alone(w));
  return finish(paired(w));
}
