// hbd.ini: a function a section that names its keys, read and printed alike;
// then the rules between keys; then the sections. [hbd] is read first whatever
// the order in the file, because it has the port and the times that the others
// default to.
#include "hbd/config.h"

#include "hbd/link/sign.h"
#include "lib/lease.h"
#include "lib/text.h"

namespace hbd {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;
using tandem::IniWord;
using tandem::IniWriter;

const char* const kEventNames[] = {"alone", "paired", "follow", "notify",
                                   "fence", "rebuild", "drain", "gate",
                                   nullptr};

namespace {

const uint64_t kHourMs = 3600 * 1000;
const IniWord<bool> kIsWitness[] = {{"node", false}, {"witness", true}};
const IniWord<bool> kSilentTake[] = {{"take", true}, {"wait", false}};
const IniWord<bool> kOnOff[] = {{"on", true}, {"off", false}};

// The keys of each section, read and printed alike, down to event_keys();
// those of links are in hbd/link/member.h.

template <class F, class T>
void time_keys(F* f, T* times) {
  f->duration("keepalive", 10, 60000, &times->keepalive_ms);
  f->duration("deadtime", 50, kHourMs, &times->deadtime_ms);
  f->duration("lease", 30, kHourMs, &times->lease_ms);
}

template <class F, class P>
void authkeys_key(F* f, P* pair) {
  f->path("authkeys", &pair->authkeys);
  f->line("authkeys", &pair->authkeys_line);
}

template <class F, class S, class P>
void node_keys(F* f, S* s, P* pair) {
  f->require("pair");
  f->name("pair", &pair->name);
  f->require("nodes");
  members_key(f, &pair->members);
  f->duration("warntime", 20, kHourMs, &s->warntime_ms);
  f->duration("initdead", 50, kHourMs, &s->initdead_ms);
  f->duration("cold_wait", 0, 24 * kHourMs, &s->cold_wait_ms);
  f->either("silent_peer", kSilentTake, &s->silent_take);
  f->flag("track_sync", &s->track_sync);
  f->flag("colocate", &s->colocate);
  f->either("auto_failback", kOnOff, &s->auto_failback);
  f->duration("failback_wait", 1000, 24 * kHourMs, &s->failback_wait_ms);
  f->duration("hook_timeout", 100, kHourMs, &s->hooks.hook_timeout_ms);
  f->unless_given(&s->hooks.stop_timeout_ms, s->hooks.hook_timeout_ms);
  f->duration("stop_timeout", 100, kHourMs, &s->hooks.stop_timeout_ms);
  f->duration("status_interval", 0, kHourMs, &s->status_ms);
  f->duration("status_timeout", 100, kHourMs, &s->hooks.status_timeout_ms);
  f->number("flap_limit", 0, 100, &s->flap_limit);
  f->duration("flap_window", 1000, 24 * kHourMs, &s->flap_window_ms);
  f->flag("init_d", &s->hooks.init_d);
  f->path("haresources", &s->haresources);
  f->line("haresources", &s->haresources_line);
  f->path("resource_d", &s->hooks.resource_d);
}

// [hbd]. pair: of a node, its own; of a witness, what its pairs default to:
// nullptr when it is printed, because each [pair] says it.
template <class F, class S, class P>
void hbd_keys(F* f, S* s, P* pair) {
  f->either("role", kIsWitness, &s->is_witness);
  if (pair) {
    time_keys(f, &pair->times);
    authkeys_key(f, pair);
  }
  if (!s->is_witness) node_keys(f, s, pair);
  f->port("port", &s->port);
  f->flag("kernel_backstop", &s->kernel_backstop);
  f->flag("realtime", &s->realtime);
  f->path("state_dir", &s->state_dir);
  f->path("run_dir", &s->run_dir);
  f->text("log", &s->log);
  f->name("facility", &s->facility);
}

// [pair NAME] of a witness.
template <class F, class P>
void pair_keys(F* f, uint16_t port, P* pair) {
  pair_members_key(f, port, &pair->members);
  authkeys_key(f, pair);
  time_keys(f, &pair->times);
}

template <class F, class S>
void watch_keys(F* f, S* s) {
  f->require("exec");
  f->command("exec", &s->watch);
  f->line("exec", &s->watch_line);
}

void event_keys(IniReader* r, Settings* s) {
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!r->has(*name)) continue;
    r->command(*name, &s->hooks.events[*name]);
    r->line(*name, &s->event_lines[*name]);
  }
}

void event_keys(IniWriter* w, const Settings* s) {
  for (const char* const* name = kEventNames; *name; ++name) {
    if (!s->hooks.has_event(*name)) continue;
    w->command(*name, &s->hooks.events.find(*name)->second);
  }
}

std::string text(uint64_t ms) { return tandem::format_duration_ms(ms); }

// The key to blame: the one that is written down.
const char* culprit(const IniReader& r, const char* key, const char* other) {
  return r.has(key) || !r.has(other) ? key : other;
}

void check_times(IniReader* r, const Times& t, bool kernel_backstop) {
  if (t.deadtime_ms < 2 * t.keepalive_ms) {
    r->refuse(culprit(*r, "deadtime", "keepalive"),
              "deadtime %s is less than twice the keepalive of %s",
              text(t.deadtime_ms).c_str(), text(t.keepalive_ms).c_str());
  }
  if (t.lease_ms >= t.deadtime_ms) {
    r->refuse(culprit(*r, "lease", "deadtime"),
              "lease %s is not below the deadtime of %s: two owners at a time",
              text(t.lease_ms).c_str(), text(t.deadtime_ms).c_str());
  }
  if (t.lease_ms < 2 * t.keepalive_ms) {
    r->refuse(culprit(*r, "lease", "keepalive"),
              "lease %s is less than twice the keepalive of %s",
              text(t.lease_ms).c_str(), text(t.keepalive_ms).c_str());
  }
  const uint64_t backstop_ms = tandem::kernel_backstop_ms(t.lease_ms);
  if (kernel_backstop && t.deadtime_ms < backstop_ms) {
    r->refuse(culprit(*r, "deadtime", "lease"),
              "deadtime %s is below %s (lease/2 + %s), when "
              "the kernel drops the address of a frozen node; "
              "'kernel_backstop = no' goes without that",
              text(t.deadtime_ms).c_str(), text(backstop_ms).c_str(),
              text(tandem::kernel_expiry_ms(t.lease_ms)).c_str());
  }
}

// warntime and initdead against keepalive and deadtime.
void check_node_times(IniReader* r, const Settings& s, const Times& t) {
  if (s.warntime_ms >= t.deadtime_ms || s.warntime_ms <= t.keepalive_ms) {
    r->refuse(culprit(*r, "warntime",
                      s.warntime_ms >= t.deadtime_ms ? "deadtime"
                                                     : "keepalive"),
              "warntime %s is not between the keepalive of %s and the "
              "deadtime of %s", text(s.warntime_ms).c_str(),
              text(t.keepalive_ms).c_str(), text(t.deadtime_ms).c_str());
  }
  if (s.initdead_ms < t.deadtime_ms) {
    r->refuse(culprit(*r, "initdead", "deadtime"),
              "initdead %s is below the deadtime of %s",
              text(s.initdead_ms).c_str(), text(t.deadtime_ms).c_str());
  }
}

void check_self(IniReader* r, const std::string& self,
                const std::vector<Member>& members) {
  for (const Member& m : members) {
    if (m.name == self) return;
  }
  r->refuse("nodes", "nodes: '%s' (uname -n, or -N) is not one of them",
            self.c_str());
}

Error read_hbd(const IniFile& file, const IniSection& section, Settings* s,
               PairSettings* pair) {
  IniReader r(file, section);
  hbd_keys(&r, s, pair);
  check_times(&r, pair->times, s->kernel_backstop);
  if (!s->is_witness) {
    check_node_times(&r, *s, pair->times);
    check_self(&r, s->self, pair->members);
  }
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
  link_keys(&r, port, out);
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
  pair_keys(&r, s->port, &pair);
  check_times(&r, pair.times, s->kernel_backstop);
  s->pairs.push_back(pair);
  return r.finish();
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
  const bool plain = !s->is_witness && section.name.empty();
  IniReader r(file, section);
  if (plain && kind == "ping") {
    pings_key(&r, &s->pings);
  } else if (plain && kind == "watch") {
    watch_keys(&r, s);
  } else if (plain && kind == "events") {
    event_keys(&r, s);
  } else {
    return file.error_at(section.line, "unknown section [%s%s%s] for role = %s",
                         kind.c_str(), section.name.empty() ? "" : " ",
                         section.name.c_str(),
                         tandem::word_for(kIsWitness, s->is_witness));
  }
  return r.finish();
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

std::string format_settings(const Settings& s) {
  IniWriter w;
  w.section("hbd");
  hbd_keys(&w, &s, s.is_witness ? nullptr : &s.pairs[0]);
  for (size_t i = 0; i < 2 && !s.is_witness; ++i) {
    w.section("node", s.pairs[0].members[i].name);
    link_keys(&w, s.port, &s.pairs[0].members[i]);
  }
  w.section("witness", s.witness.name);
  link_keys(&w, s.port, &s.witness);
  for (size_t i = 0; i < s.pairs.size() && s.is_witness; ++i) {
    w.section("pair", s.pairs[i].name);
    pair_keys(&w, s.port, &s.pairs[i]);
  }
  w.section("ping");
  pings_key(&w, &s.pings);
  w.section("watch");
  watch_keys(&w, &s);
  w.section("events");
  event_keys(&w, &s);
  return w.written();
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
    g.address = group.has_address();
    for (const Resource& r : group.resources) g.scripts += r.name + " ";
    g.server = c.groups.empty();
    g.follows = s.colocate && !g.server;
    c.groups.push_back(g);
  }
  c.ping_count = s.pings.size();
  for (const tandem::Address& a : s.pings) c.ping_nodes += a.text() + " ";
  c.has_watch = !s.watch.empty();
  c.has_alone = s.hooks.has_event("alone");
  c.has_paired = s.hooks.has_event("paired");
  c.has_follow = s.hooks.has_event("follow");
  c.has_fence = s.hooks.has_event("fence");
  c.has_rebuild = s.hooks.has_event("rebuild");
  c.has_notify = s.hooks.has_event("notify");
  c.has_drain = s.hooks.has_event("drain");
  c.has_gate = s.hooks.has_event("gate");
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
