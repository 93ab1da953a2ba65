// hbd.ini, read section by section. [hbd] comes first whatever the order in
// the file, because it has the port and the times that the others default to.
#include "hbd/config.h"

#include "hbd/linkkeys.h"
#include "hbd/times.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;

const char* const kEventNames[] = {"alone", "paired", "follow", "notify",
                                   "fence", "rebuild", nullptr};

namespace {

const uint64_t kHourMs = 3600 * 1000;

void take_choice(IniReader* r, const char* key, const char* yes,
                 const char* no, bool* out) {
  std::string word;
  r->text(key, &word);
  if (word.empty()) return;
  if (word != yes && word != no) {
    return r->refuse(key, "%s: '%s' is neither %s nor %s", key, word.c_str(),
                     yes, no);
  }
  *out = word == yes;
}

void take_paths(IniReader* r, Settings* s) {
  r->path("state_dir", &s->state_dir);
  r->path("run_dir", &s->run_dir);
  r->text("log", &s->log);
  r->name("facility", &s->facility);
  uint64_t port = s->port;
  r->number("port", 1, 65535, &port);
  s->port = static_cast<uint16_t>(port);
  r->flag("realtime", &s->realtime);
  r->flag("kernel_backstop", &s->kernel_backstop);
}

void take_node_keys(IniReader* r, Settings* s, PairSettings* pair) {
  r->require("pair");
  r->name("pair", &pair->name);
  r->duration("warntime", 20, kHourMs, &s->warntime_ms);
  r->duration("initdead", 50, kHourMs, &s->initdead_ms);
  r->duration("cold_wait", 0, 24 * kHourMs, &s->cold_wait_ms);
  take_choice(r, "silent_peer", "take", "wait", &s->silent_take);
  r->flag("track_sync", &s->track_sync);
  take_choice(r, "auto_failback", "on", "off", &s->auto_failback);
  r->duration("failback_wait", 1000, 24 * kHourMs, &s->failback_wait_ms);
  r->duration("hook_timeout", 100, kHourMs, &s->hooks.hook_timeout_ms);
  s->hooks.stop_timeout_ms = s->hooks.hook_timeout_ms;
  r->duration("stop_timeout", 100, kHourMs, &s->hooks.stop_timeout_ms);
  r->flag("init_d", &s->hooks.init_d);
  r->path("haresources", &s->haresources);
  r->line("haresources", &s->haresources_line);
  r->path("resource_d", &s->hooks.resource_d);
  check_node_times(r, *s, pair->times);

  r->require("nodes");
  if (!r->has("nodes")) return;
  take_members(r, &pair->members);
  bool found = false;
  for (const Member& m : pair->members) found |= m.name == s->self;
  if (!found) {
    r->refuse("nodes", "nodes: '%s' (uname -n, or -N) is not one of them",
              s->self.c_str());
  }
}

Error read_hbd(const IniFile& file, const IniSection& section, Settings* s,
               PairSettings* pair) {
  IniReader r(file, section);
  bool is_node = true;
  take_choice(&r, "role", "node", "witness", &is_node);
  s->is_witness = !is_node;
  take_paths(&r, s);
  r.path("authkeys", &pair->authkeys);
  r.line("authkeys", &pair->authkeys_line);
  take_times(&r, &pair->times, s->kernel_backstop);
  if (is_node) take_node_keys(&r, s, pair);
  return r.finish();
}

Error read_member(const IniFile& file, const IniSection& section,
                  uint16_t port, Member* out) {
  if (!tandem::is_name(section.name)) {
    return file.error_at(section.line, "[%s NAME]: expected a name",
                         section.kind.c_str());
  }
  IniReader r(file, section);
  out->name = section.name;
  take_links(&r, port, out);
  return r.finish();
}

Error read_node(const IniFile& file, const IniSection& section, uint16_t port,
                PairSettings* pair) {
  for (Member& m : pair->members) {
    if (m.name == section.name) return read_member(file, section, port, &m);
  }
  return file.error_at(section.line, "[node %s]: 'nodes' does not name it",
                       section.name.c_str());
}

Error read_pair(const IniFile& file, const IniSection& section,
                const PairSettings& defaults, Settings* s) {
  PairSettings pair = defaults;
  pair.name = section.name;
  if (!tandem::is_name(pair.name)) {
    return file.error_at(section.line, "[pair NAME]: expected a name");
  }
  IniReader r(file, section);
  r.path("authkeys", &pair.authkeys);
  r.line("authkeys", &pair.authkeys_line);
  take_times(&r, &pair.times, s->kernel_backstop);
  take_pair_members(&r, s->port, &pair);
  s->pairs.push_back(pair);
  return r.finish();
}

Error take_events(IniReader* r, Settings* s) {
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!r->has(*name)) continue;
    r->command(*name, &s->hooks.events[*name]);
    r->line(*name, &s->event_lines[*name]);
  }
  return r->finish();
}

Error take_pings(IniReader* r, Settings* s) {
  std::vector<std::string> words;
  r->require("nodes");
  r->list("nodes", &words);
  for (const std::string& word : words) {
    tandem::Address a;
    const Error e = tandem::parse_address(word, &a);
    if (e) r->refuse("nodes", "nodes: %s", e.c_str());
    s->pings.push_back(a);
  }
  return r->finish();
}

Error take_watch(IniReader* r, Settings* s) {
  r->require("exec");
  r->command("exec", &s->watch);
  r->line("exec", &s->watch_line);
  return r->finish();
}

Error read_section(const IniFile& file, const IniSection& section,
                   const PairSettings& defaults, Settings* s) {
  const std::string& kind = section.kind;
  if (kind == "witness") {
    if (!s->witness.name.empty()) {
      return file.error_at(section.line, "a second [witness]");
    }
    return read_member(file, section, s->port, &s->witness);
  }
  if (kind == "pair" && s->is_witness) {
    return read_pair(file, section, defaults, s);
  }
  if (!s->is_witness && kind == "node") {
    return read_node(file, section, s->port, &s->pairs[0]);
  }
  IniReader r(file, section);
  if (!s->is_witness && section.name.empty()) {
    if (kind == "ping") return take_pings(&r, s);
    if (kind == "watch") return take_watch(&r, s);
    if (kind == "events") return take_events(&r, s);
  }
  return file.error_at(section.line, "unknown section [%s%s%s] for role = %s",
                       kind.c_str(), section.name.empty() ? "" : " ",
                       section.name.c_str(),
                       s->is_witness ? "witness" : "node");
}

}  // namespace

Error parse_settings(const IniFile& file, const std::string& self,
                     Settings* out) {
  Settings s;
  s.self = self;
  s.path = file.path;
  PairSettings first;
  first.authkeys = "/etc/tandem/authkeys";
  int hbd_line = 0;
  for (const IniSection& section : file.sections) {
    if (section.kind != "hbd" || !section.name.empty()) continue;
    hbd_line = section.line;
    const Error e = read_hbd(file, section, &s, &first);
    if (e) return e;
  }
  if (hbd_line == 0) return file.error_at(1, "no section [hbd]");
  if (!s.is_witness) s.pairs.push_back(first);
  for (const IniSection& section : file.sections) {
    if (section.kind == "hbd" && section.name.empty()) continue;
    const Error e = read_section(file, section, first, &s);
    if (e) return e;
  }
  const Error e = check_links(file, hbd_line, s);
  if (e) return e;
  if (s.is_witness) {
    s.self = s.witness.name;
  } else {
    s.hooks.self = s.self;
    s.hooks.peer = s.peer();
    s.hooks.lease_ms = s.pairs[0].times.lease_ms;
  }
  *out = s;
  return e;
}

}  // namespace hbd
