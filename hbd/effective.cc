#include "hbd/effective.h"

#include <errno.h>
#include <sys/stat.h>

#include "hbd/decide/beatsize.h"
#include "hbd/hook/environment.h"
#include "hbd/hook/files.h"
#include "hbd/link/sign.h"
#include "lib/file.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;
using tandem::format_duration_ms;

namespace {

void put(std::string* out, const char* key, const std::string& value) {
  *out += std::string(key) + " = " + value + "\n";
}

void put_flag(std::string* out, const char* key, bool value) {
  put(out, key, value ? "yes" : "no");
}

void put_ms(std::string* out, const char* key, uint64_t ms) {
  put(out, key, format_duration_ms(ms));
}

void put_times(std::string* out, const Times& times) {
  put_ms(out, "keepalive", times.keepalive_ms);
  put_ms(out, "deadtime", times.deadtime_ms);
  put_ms(out, "lease", times.lease_ms);
}

std::string address_list(const std::vector<tandem::Address>& addresses,
                         const std::string& prefix) {
  std::vector<std::string> words;
  for (const tandem::Address& a : addresses) words.push_back(prefix + a.text());
  return tandem::join(words, ", ");
}

void put_member(std::string* out, const char* kind, const Member& m) {
  *out += std::string("\n[") + kind + " " + m.name + "]\n";
  if (!m.ucast.empty()) put(out, "ucast", address_list(m.ucast, ""));
  std::vector<std::string> bcast, mcast;
  for (const Shared& s : m.bcast) bcast.push_back(s.device);
  for (const Shared& s : m.mcast) {
    mcast.push_back(s.device + " " + s.to.text() +
                    tandem::format(" %u", s.ttl));
  }
  if (!bcast.empty()) put(out, "bcast", tandem::join(bcast, ", "));
  if (!mcast.empty()) put(out, "mcast", tandem::join(mcast, ", "));
}

void put_node_keys(std::string* out, const Settings& s) {
  const PairSettings& pair = s.pairs[0];
  put(out, "pair", pair.name);
  put(out, "nodes", pair.members[0].name + " " + pair.members[1].name);
  put_ms(out, "warntime", s.warntime_ms);
  put_ms(out, "initdead", s.initdead_ms);
  put_ms(out, "cold_wait", s.cold_wait_ms);
  put(out, "silent_peer", s.silent_take ? "take" : "wait");
  put_flag(out, "track_sync", s.track_sync);
  put(out, "auto_failback", s.auto_failback ? "on" : "off");
  put_ms(out, "failback_wait", s.failback_wait_ms);
  put_ms(out, "hook_timeout", s.hooks.hook_timeout_ms);
  put_ms(out, "stop_timeout", s.hooks.stop_timeout_ms);
  put_flag(out, "init_d", s.hooks.init_d);
  put(out, "haresources", s.haresources);
  put(out, "resource_d", s.hooks.resource_d);
}

void put_node_sections(std::string* out, const Settings& s) {
  put_member(out, "node", s.pairs[0].members[0]);
  put_member(out, "node", s.pairs[0].members[1]);
  if (!s.witness.name.empty()) put_member(out, "witness", s.witness);
  if (!s.pings.empty()) {
    *out += "\n[ping]\n";
    put(out, "nodes", address_list(s.pings, ""));
  }
  if (!s.watch.empty()) {
    *out += "\n[watch]\n";
    put(out, "exec", tandem::join(s.watch, " "));
  }
  if (!s.hooks.events.empty()) *out += "\n[events]\n";
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!s.hooks.has_event(*name)) continue;
    put(out, *name, tandem::join(s.hooks.events.find(*name)->second, " "));
  }
}

void put_witness_sections(std::string* out, const Settings& s) {
  put_member(out, "witness", s.witness);
  for (const PairSettings& pair : s.pairs) {
    *out += "\n[pair " + pair.name + "]\n";
    std::vector<std::string> lists;
    for (const Member& m : pair.members) {
      lists.push_back(address_list(m.ucast, m.name + " "));
    }
    if (pair.members[0].ucast.empty()) {
      put(out, "nodes", pair.members[0].name + " " + pair.members[1].name);
    } else {
      put(out, "ucast", tandem::join(lists, ", "));
    }
    put(out, "authkeys", pair.authkeys);
    put_times(out, pair.times);
  }
}

// At start a program that is missing or not safe is a mistake in a file.
Error mistake_at(const std::string& path, int line, const Error& e) {
  return Error::at(path, line, "%s", e.c_str());
}

}  // namespace

std::string format_settings(const Settings& s) {
  std::string out = "[hbd]\n";
  put(&out, "role", s.is_witness ? "witness" : "node");
  if (!s.is_witness) {
    put_times(&out, s.pairs[0].times);
    put(&out, "authkeys", s.pairs[0].authkeys);
    put_node_keys(&out, s);
  }
  put(&out, "port", tandem::format("%u", static_cast<unsigned>(s.port)));
  put_flag(&out, "kernel_backstop", s.kernel_backstop);
  put_flag(&out, "realtime", s.realtime);
  put(&out, "state_dir", s.state_dir);
  put(&out, "run_dir", s.run_dir);
  put(&out, "log", s.log);
  put(&out, "facility", s.facility);
  if (s.is_witness) {
    put_witness_sections(&out, s);
  } else {
    put_node_sections(&out, s);
  }
  return out;
}

Error read_groups(const Settings& s, std::vector<ResourceGroup>* out) {
  std::string text;
  std::vector<ResourceGroup> groups;
  Error e = tandem::read_file(s.haresources, kHaresourcesBytesMax, &text);
  if (e) return e.within("haresources").within(s.path, s.haresources_line);
  e = parse_haresources(s.haresources, text, &groups);
  if (e) return e;
  const std::vector<Member>& nodes = s.pairs[0].members;
  for (const ResourceGroup& g : groups) {
    if (g.preferred != nodes[0].name && g.preferred != nodes[1].name) {
      return Error::at(s.haresources, g.line, "'%s' is neither %s nor %s",
                       g.preferred.c_str(), nodes[0].name.c_str(),
                       nodes[1].name.c_str());
    }
  }
  for (size_t n = 1; n <= groups.size(); ++n) {
    const Config c = core_config(s, std::vector<ResourceGroup>(
        groups.begin(), groups.begin() + static_cast<std::ptrdiff_t>(n)));
    BeatRoom room;
    if (find_room(c, &room)) continue;
    return Error::at(s.haresources, groups[n - 1].line,
                     "a beat of %zu bytes has no room for this group: make one "
                     "of several, or their names shorter", kBeatBytesMax);
  }
  out->swap(groups);
  return Error::none();
}

Error read_keys(const Settings& s, const PairSettings& pair, AuthKeys* out) {
  std::string text;
  const Error e = tandem::read_secret_file(pair.authkeys, kAuthkeysBytesMax,
                                           &text);
  if (e) return e.within("authkeys").within(s.path, pair.authkeys_line);
  return parse_authkeys(pair.authkeys, text, out);
}

Error read_state(const std::string& path, const std::string& self, State* out,
                 bool* had_state) {
  struct stat st;
  if (lstat(path.c_str(), &st) < 0 && errno == ENOENT) {
    *had_state = false;
    *out = State();
    out->node = self;
    return Error::none();
  }
  std::string text;
  State state;
  Error e = tandem::read_file(path, kStateBytesMax, &text);
  if (!e) e = parse_state(path, text, &state);
  if (e) return e;
  if (state.node != self) {
    return Error::at(path, 2, "this is the state of '%s', and this is '%s'",
                     state.node.c_str(), self.c_str());
  }
  *had_state = true;
  *out = state;
  return e;
}

Error check_programs(const Settings& settings,
                     const std::vector<ResourceGroup>& groups) {
  for (size_t i = 0; i < groups.size(); ++i) {
    for (size_t k = 0; k < groups[i].resources.size(); ++k) {
      HookRun run;
      run.group = i;
      run.resource = k;
      HookCommand ignored;
      const Error e = find_command(settings.hooks, groups, run, &ignored);
      if (e) return mistake_at(settings.haresources, groups[i].line, e);
    }
  }
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!settings.hooks.has_event(*name)) continue;
    const Error e = check_program(settings.hooks.events.find(*name)->second[0]);
    if (!e) continue;
    return mistake_at(settings.path, settings.event_lines.find(*name)->second,
                      e.within(std::string("event ") + *name));
  }
  if (settings.watch.empty()) return Error::none();
  const Error e = check_program(settings.watch[0]);
  return e ? mistake_at(settings.path, settings.watch_line,
                        e.within("watcher")) : e;
}

Config core_config(const Settings& s,
                   const std::vector<ResourceGroup>& groups) {
  const PairSettings& pair = s.pairs[0];
  Config c;
  static_cast<Times&>(c) = pair.times;
  static_cast<Policy&>(c) = s;
  c.pair = pair.name;
  c.self = s.self;
  c.peer = s.peer();
  c.witness = s.witness.name;
  c.digest = digest_of(format_haresources(groups));
  for (const ResourceGroup& group : groups) {
    GroupConfig g;
    g.name = group.name;
    g.preferred = group.preferred;
    g.resource_count = group.resources.size();
    for (const Resource& r : group.resources) g.scripts += r.name + " ";
    g.server = c.groups.empty();
    c.groups.push_back(g);
  }
  c.ping_count = s.pings.size();
  c.ping_nodes = address_list(s.pings, "");
  c.has_watch = !s.watch.empty();
  c.has_alone = s.hooks.has_event("alone");
  c.has_paired = s.hooks.has_event("paired");
  c.has_follow = s.hooks.has_event("follow");
  c.has_fence = s.hooks.has_event("fence");
  c.has_rebuild = s.hooks.has_event("rebuild");
  c.has_notify = s.hooks.has_event("notify");
  return c;
}

WitnessConfig witness_config(const Settings& s, const PairSettings& pair) {
  WitnessConfig c;
  static_cast<Times&>(c) = pair.times;
  c.pair = pair.name;
  c.self = s.self;
  c.nodes[0] = pair.members[0].name;
  c.nodes[1] = pair.members[1].name;
  return c;
}

}  // namespace hbd
