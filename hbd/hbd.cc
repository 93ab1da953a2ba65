// hbd: says which node owns each resource group, and runs the group's hooks
// there. This file: arguments, files, sockets, and then one of the two roles.
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>

#include "hbd/config.h"
#include "hbd/files.h"
#include "hbd/host.h"
#include "hbd/realtime.h"
#include "hbd/rights.h"
#include "lib/child.h"
#include "lib/clock.h"
#include "lib/file.h"
#include "lib/inherited.h"
#include "lib/log.h"
#include "lib/verb.h"

using tandem::Error;

namespace {

const char kUsage[] = "usage: hbd [-Ft] [-c FILE] [-N NODE]\n";
const char kConfigPath[] = "/etc/tandem/hbd.ini";
const char kNoArbiter[] =
    "no arbiter: a cut of the network gives two primaries";

Error load(const tandem::Options& options, hbd::Loaded* out) {
  struct utsname host;
  if (uname(&host) < 0) return Error::from_errno("uname");
  return hbd::load_files(options.value('c', kConfigPath),
                         options.value('N', host.nodename), out);
}

int check(const hbd::Loaded& loaded) {
  const hbd::Settings& s = loaded.settings;
  fputs(hbd::format_settings(s).c_str(), stdout);
  if (!s.is_witness && !s.has_arbiter()) tandem::log_warn("%s", kNoArbiter);
  return tandem::kExitOk;
}

// One for all pairs of a witness, above what any of their files holds.
Error draw_incarnation(hbd::Loaded* out) {
  uint64_t drawn = 0, stored = 0;
  const Error e = tandem::random_bytes(&drawn, sizeof drawn);
  for (const hbd::State& s : out->states) {
    stored = std::max(stored, s.incarnation);
  }
  out->incarnation = hbd::next_incarnation(stored, tandem::wall_ms(), drawn);
  return e;
}

Error load_states(hbd::Loaded* out) {
  const hbd::Settings& s = out->settings;
  for (const hbd::PairSettings& pair : s.pairs) {
    hbd::State state;
    bool had_state = false;
    const Error e =
        hbd::read_state(s.state_path(pair), s.self, &state, &had_state);
    if (e) return e;
    if (!s.is_witness &&
        hbd::has_other_holds(state, hbd::core_config(s, out->groups).digest)) {
      return Error::make(tandem::kExitConfig,
                         "%s: changed in a maintenance, and what is on hold was "
                         "started by the one before: put that back, start, and "
                         "'hbctl maintenance off' before it is changed",
                         s.haresources.c_str());
    }
    out->states.push_back(state);
    out->had_state.push_back(had_state);
  }
  return Error::none();
}

// In the process that stays. Owns everything that must be given back.
int serve(hbd::Loaded* loaded, bool foreground, tandem::UniqueFd* ready) {
  const hbd::Settings& s = loaded->settings;
  tandem::PidFile pid_file;
  Error e = tandem::make_directories(s.run_dir, 0755);
  if (!e) e = pid_file.take(s.pid_path());
  if (!e) e = tandem::make_directories(s.state_dir, 0700);
  if (!e) e = load_states(loaded);
  if (!e) e = draw_incarnation(loaded);
  if (e) {
    pid_file.drop();
    return finish(e);
  }
  hbd::Host host(*loaded, foreground);
  host.watch_signals();
  e = host.mail.open();
  if (!e) e = host.control.open(s.socket_path());
  if (e) {
    pid_file.drop();
    return finish(e);
  }
  if (foreground) {
    tandem::log_to_stderr_stamped("hbd");
  } else {
    e = host.open_log();
    if (e) return finish(e);
    tandem::daemon_ready(ready);
  }
  if (s.realtime) hbd::become_realtime();
  hbd::keep_few_rights();
  const int code = s.is_witness ? hbd::run_witness(&host)
                                : hbd::run_node(&host);
  host.control.close();
  pid_file.drop();
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  tandem::start_clean();
  const tandem::Options options =
      tandem::parse_options(argc, argv, "hbd", "Ftc:N:", kUsage);
  if (!options.args.empty()) {
    tandem::usage_error("hbd", kUsage, "unexpected '" + options.args[0] + "'");
  }
  hbd::Loaded loaded;
  Error e = load(options, &loaded);
  if (e) return finish(e);
  if (options.has('t')) return check(loaded);
  const bool foreground = options.has('F');
  tandem::UniqueFd ready;
  if (!foreground) e = tandem::daemonize(&ready);
  if (e) return finish(e);
  return serve(&loaded, foreground, &ready);
}
