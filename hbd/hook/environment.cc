// Builds a hook's argument vector and environment from what was read of the
// files and from what the core says of the run. What came off the network gets
// in only when it is plain.
#include "hbd/hook/environment.h"

#include <inttypes.h>

#include "hbd/hook/files.h"
#include "lib/child.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;
using tandem::format;

namespace {

const char kInitD[] = "/etc/init.d";

// Values came off the network, signed but from a peer that may be broken.
bool is_plain(const std::string& value) {
  for (char ch : value) {
    const unsigned char c = static_cast<unsigned char>(ch);
    if (c < 0x20 || c == 0x7f) return false;
  }
  return true;
}

std::string variable_name(std::string key) {
  for (char& c : key) {
    if (c == '-' || c == '.') c = '_';
  }
  return key;
}

void add(std::vector<std::string>* env, const std::string& name,
         const std::string& value) {
  if (is_plain(value)) env->push_back(name + "=" + value);
}

const char* verb_of(HookKind kind) {
  switch (kind) {
    case HookKind::Start: return "start";
    case HookKind::Stop: return "stop";
    case HookKind::Status: return "status";
    case HookKind::Event: break;
  }
  return "";
}

uint64_t timeout_of(const HookSettings& s, HookKind kind) {
  if (kind == HookKind::Stop) return s.stop_timeout_ms;
  return kind == HookKind::Status ? s.status_timeout_ms : s.hook_timeout_ms;
}

}  // namespace

Error find_command(const HookSettings& settings,
                   const std::vector<ResourceGroup>& groups,
                   const HookRun& run, HookCommand* out) {
  HookCommand c;
  c.timeout_ms = timeout_of(settings, run.kind);
  if (run.kind == HookKind::Event) {
    c.name = "event " + run.event;
    if (!settings.has_event(run.event)) {
      return Error::make(tandem::kExitConfig, "%s: not configured",
                         c.name.c_str());
    }
    c.argv = settings.events.find(run.event)->second;
    const Error e = check_program(c.argv[0]);
    if (e) return e.within(c.name);
    *out = c;
    return e;
  }
  TANDEM_ASSERT(run.group < groups.size());
  TANDEM_ASSERT(run.resource < groups[run.group].resources.size());
  const Resource& r = groups[run.group].resources[run.resource];
  const char* verb = verb_of(run.kind);
  c.name = "hook " + r.name + " " + verb;
  std::vector<std::string> directories(1, settings.resource_d);
  if (settings.init_d) directories.push_back(kInitD);
  std::string path;
  const Error e = find_hook(directories, r.name, &path);
  if (e) return e.within(c.name);
  c.argv.push_back(path);
  c.argv.insert(c.argv.end(), r.args.begin(), r.args.end());
  c.argv.push_back(verb);
  *out = c;
  return e;
}

std::vector<std::string> watcher_environment(const HookSettings& settings) {
  std::vector<std::string> env;
  env.push_back(tandem::kChildPath);
  add(&env, "HB_NODE", settings.self);
  add(&env, "HB_PEER", settings.peer);
  return env;
}

std::vector<std::string> hook_environment(
    const HookSettings& settings, const std::vector<ResourceGroup>& groups,
    const HookRun& run, int lifeline_fd) {
  std::vector<std::string> env = watcher_environment(settings);
  if (run.group < groups.size()) {
    const ResourceGroup& group = groups[run.group];
    add(&env, "HB_GROUP", group.name);
    add(&env, "HB_ADDRESS", group.has_address() ? "yes" : "no");
  }
  add(&env, "HB_REASON", run.reason);
  add(&env, "HB_GRANT", run.grant);
  add(&env, "HB_EPOCH", format("%" PRIu64, run.epoch));
  add(&env, "HB_SYNC", run.sync);
  add(&env, "HB_START_POS", run.start_pos);
  add(&env, "HB_START_FROM", run.start_from);
  if (run.kind == HookKind::Event) add(&env, "HB_EVENT", run.event);
  if (!run.what.empty()) add(&env, "HB_WHAT", run.what);
  if (lifeline_fd >= 0) {
    add(&env, "HB_LIFELINE", format("%d", lifeline_fd));
    add(&env, "HB_LEASE", format("%" PRIu64, settings.lease_ms));
  }
  for (const auto& a : run.attrs) {
    add(&env, "HB_ATTR_" + variable_name(a.first), a.second);
  }
  for (const auto& a : run.peer_attrs) {
    add(&env, "HB_PEER_ATTR_" + variable_name(a.first), a.second);
  }
  return env;
}

}  // namespace hbd
