// Reads splitfwd.ini strictly and prints what is in effect; what one key
// cannot show (names that must exist, ports that would meet themselves) is
// checked after the keys of a section. Beyond POSIX: _SC_NPROCESSORS_ONLN.
#include "splitfwd/config.h"

#include <unistd.h>

#include <algorithm>

#include "lib/ini.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;
using tandem::IniWord;
using tandem::IniWriter;

namespace {

const uint64_t kMaxconnMax = 100000;
const uint64_t kThreadsMax = 64;
const uint64_t kDrainMaxMs = 10000;
const uint64_t kKeepaliveMaxMs = 32767000;  // Linux's
const uint64_t kMonthMs = 30ULL * 24 * 3600 * 1000;
const size_t kSocketBytesMax = 107;  // sun_path's, on Linux

const IniWord<bool> kSendProxy[] = {{"no", false}, {"v2", true}};
const IniWord<SendTo> kSendTo[] = {
    {"any", SendTo::Any}, {"primary", SendTo::Primary}};
const IniWord<bool> kCutOrDrain[] = {{"cut", true}, {"drain", false}};

// The keys of each section, read and printed alike, down to stats_keys().

std::string socket_beside(const std::string& pidfile) {
  const size_t stem = pidfile.size() - std::min<size_t>(pidfile.size(), 4);
  return (pidfile.substr(stem) == ".pid" ? pidfile.substr(0, stem) : pidfile) +
         ".sock";
}

template <class F, class C>
void global_keys(F* f, C* c) {
  f->path("pidfile", &c->pidfile);
  f->unless_given(&c->socket, socket_beside(c->pidfile));
  f->path("socket", &c->socket);
  f->number("maxconn", 1, kMaxconnMax, &c->maxconn);
  f->line("maxconn", &c->maxconn_line);
  f->number("threads", 1, kThreadsMax, &c->threads);
  f->duration("drain", 0, kDrainMaxMs, &c->drain_ms);
  f->command("check-exec", &c->check_exec);
  f->text("log", &c->log_target);
  f->text("log-facility", &c->log_facility);
  f->flag("dontlognull", &c->dontlognull);
  f->name("user", &c->user);
  f->line("user", &c->user_line);
  f->name("group", &c->group);
  f->line("group", &c->group_line);
  f->path("chroot", &c->chroot);
  f->line("chroot", &c->chroot_line);
}

void check_key(IniReader* r, const Config& config, ServerConfig* s) {
  std::vector<std::string> words;
  r->list("check", &words);
  if (words.empty()) {
    words.push_back(config.check_exec.empty() ? "tcp" : "exec");
  }
  s->check_exec = false;
  for (const std::string& word : words) {
    bool* on = word == "exec"  ? &s->check_exec
               : word == "tcp" ? &s->check_tcp
                               : nullptr;
    if (!on || *on) {
      return r->refuse("check", "check: '%s' is not exec, tcp, or both",
                       tandem::join(words, " ").c_str());
    }
    *on = true;
  }
}

void check_key(IniWriter* w, const Config&, const ServerConfig* s) {
  w->put("check", !s->check_tcp   ? "exec"
                  : s->check_exec ? "exec tcp"
                                  : "tcp");
}

void source_key(IniReader* r, ServerConfig* s) {
  std::vector<std::string> words;
  r->list("source", &words);
  for (const std::string& word : words) {
    tandem::Address a;
    const Error e = tandem::parse_address(word, &a);
    if (e || a.port != 0 || a.family != s->address.family) {
      return r->refuse("source", "source: '%s' is not an address, without a "
                       "port, of the family of %s", word.c_str(),
                       s->address.text().c_str());
    }
    if (std::find(s->sources.begin(), s->sources.end(), a) !=
        s->sources.end()) {
      return r->refuse("source", "source: '%s' is here twice", word.c_str());
    }
    s->sources.push_back(a);
  }
}

void source_key(IniWriter* w, const ServerConfig* s) {
  std::vector<std::string> words;
  for (const tandem::Address& a : s->sources) words.push_back(a.text());
  w->put("source", tandem::join(words, " "));
}

template <class F, class S>
void server_keys(F* f, const Config& config, S* s) {
  f->require("address");
  f->address("address", 0, &s->address);
  source_key(f, s);
  f->number("maxconn", 1, kMaxconnMax, &s->maxconn);
  f->number("weight", 0, kWeightMax, &s->weight);
  f->flag("backup", &s->backup);
  f->choice("send-proxy", kSendProxy, &s->send_proxy);
  check_key(f, config, s);
  f->number("rise", 1, 1000, &s->rise);
  f->number("fall", 1, 1000, &s->fall);
  f->duration("inter", 10, kMonthMs, &s->inter_ms);
  f->unless_given(&s->fastinter_ms, s->inter_ms);
  f->duration("fastinter", 10, kMonthMs, &s->fastinter_ms);
  f->unless_given(&s->downinter_ms, s->inter_ms);
  f->duration("downinter", 10, kMonthMs, &s->downinter_ms);
  f->duration("timeout-check", 10, kMonthMs, &s->timeout_check_ms);
}

void servers_key(IniReader* r, const Config& config,
                 std::vector<size_t>* out) {
  std::vector<std::string> names;
  r->list("servers", &names);
  for (const std::string& name : names) {
    const size_t at = index_of(config.servers, name);
    if (at == config.servers.size()) {
      return r->refuse("servers", "servers: there is no [server %s]",
                       name.c_str());
    }
    if (std::find(out->begin(), out->end(), at) != out->end()) {
      return r->refuse("servers", "servers: '%s' is here twice", name.c_str());
    }
    out->push_back(at);
  }
}

void servers_key(IniWriter* w, const Config& config,
                 const std::vector<size_t>* servers) {
  std::vector<std::string> names;
  for (size_t at : *servers) names.push_back(config.servers[at].name);
  w->put("servers", tandem::join(names, " "));
}

void networks_key(IniReader* r, const char* key, std::vector<Network>* out) {
  std::vector<std::string> words;
  r->list(key, &words);
  for (const std::string& word : words) {
    Network n;
    const Error e = parse_network(word, &n);
    if (e) return r->refuse(key, "%s: %s", key, e.c_str());
    out->push_back(n);
  }
}

void networks_key(IniWriter* w, const char* key,
                  const std::vector<Network>* networks) {
  std::vector<std::string> words;
  for (const Network& n : *networks) words.push_back(n.text());
  w->put(key, tandem::join(words, " "));
}

template <class F, class L>
void listen_keys(F* f, const Config& config, L* l) {
  f->require("bind");
  f->address("bind", 0, &l->bind);
  f->require("servers");
  servers_key(f, config, &l->servers);
  f->choice("balance", kAlgorithms, &l->balance);
  f->choice("send-to", kSendTo, &l->send_to);
  f->duration("max-lag", 1000, kMonthMs, &l->lag_max_ms);
  f->choice("on-down", kCutOrDrain, &l->cut_on_down);
  f->unless_given(&l->cut_on_role_change, l->send_to == SendTo::Primary);
  f->choice("on-role-change", kCutOrDrain, &l->cut_on_role_change);
  networks_key(f, "allow", &l->admission.allow);
  networks_key(f, "deny", &l->admission.deny);
  f->number("maxconn", 1, kMaxconnMax, &l->maxconn);
  f->unless_given(&l->maxconn_source, l->maxconn);
  f->number("maxconn-source", 1, kMaxconnMax, &l->maxconn_source);
  f->unless_given(&l->maxqueue, l->maxconn);
  f->number("maxqueue", 1, kMaxconnMax, &l->maxqueue);
  f->number("retries", 0, 100, &l->retries);
  f->flag("redispatch", &l->redispatch);
  f->duration("timeout-connect", 1, kMonthMs, &l->timeout_connect_ms);
  f->unless_given(&l->timeout_queue_ms, l->timeout_connect_ms);
  f->duration("timeout-queue", 1, kMonthMs, &l->timeout_queue_ms);
  f->duration("timeout-client", 1, kMonthMs, &l->timeout_client_ms);
  f->duration("timeout-server", 1, kMonthMs, &l->timeout_server_ms);
  f->duration("timeout-client-fin", 1, kMonthMs, &l->timeout_client_fin_ms);
  f->duration("timeout-server-fin", 1, kMonthMs, &l->timeout_server_fin_ms);
  f->duration("keepalive-idle", 1000, kKeepaliveMaxMs, &l->keepalive_idle_ms);
  f->duration("keepalive-interval", 1000, kKeepaliveMaxMs,
              &l->keepalive_interval_ms);
  f->number("keepalive-count", 1, 100, &l->keepalive_count);
}

template <class F, class S>
void stats_keys(F* f, S* s) {
  f->require("bind");
  f->address("bind", 0, &s->bind);
  f->text("uri", &s->uri);
  networks_key(f, "allow", &s->admission.allow);
  networks_key(f, "deny", &s->admission.deny);
  f->require("auth");
  f->path("auth", &s->auth_path);
  f->line("auth", &s->auth_line);
  f->duration("refresh", 1000, kMonthMs, &s->refresh_ms);
}

// What one key cannot show: check_X().

void check_global(IniReader* r, const Config& config) {
  if (config.socket.size() > kSocketBytesMax) {
    r->refuse(r->has("socket") ? "socket" : "pidfile",
              "socket: '%s' is longer than %zu bytes", config.socket.c_str(),
              kSocketBytesMax);
  }
  const std::string& f = config.log_facility;
  const bool local = f.size() == 6 && tandem::starts_with(f, "local") &&
                     f[5] >= '0' && f[5] <= '7';
  if (f != "daemon" && f != "user" && !local) {
    r->refuse("log-facility", "log-facility: '%s' is not daemon, user or "
              "local0 to local7", f.c_str());
  }
  const std::string& target = config.log_target;
  const bool path = target.empty() || target[0] == '/';
  tandem::Address ignored;
  if (!path && tandem::parse_address_port(target, 514, &ignored)) {
    r->refuse("log", "log: '%s' is neither a socket's path nor "
              "ADDRESS[:PORT]", target.c_str());
  }
  if (path && !config.chroot.empty()) {
    r->refuse("chroot", "chroot needs log = ADDRESS[:PORT]: a socket's path "
              "cannot be opened again from inside");
  }
}

void check_server(IniReader* r, const Config& config, const ServerConfig& s) {
  if (s.check_exec && config.check_exec.empty()) {
    r->refuse("check", "check: exec needs check-exec in [splitfwd]");
  }
}

bool ports_meet(const tandem::Address& bind, const tandem::Address& other) {
  if (bind.port != other.port || bind.family != other.family) return false;
  for (unsigned i = 0; i < bind.byte_count(); ++i) {
    if (bind.bytes[i] != 0) return bind.same_host(other);
  }
  return true;  // 0.0.0.0 or [::]
}

void check_bind(IniReader* r, const Config& config,
                const tandem::Address& bind) {
  for (const ServerConfig& s : config.servers) {
    if (!ports_meet(bind, s.address)) continue;
    return r->refuse("bind", "bind: %s would take the port of server %s (%s) "
                     "and lead back to itself", bind.text().c_str(),
                     s.name.c_str(), s.address.text().c_str());
  }
  for (const ListenConfig& o : config.listens) {
    if (!ports_meet(bind, o.bind) && !ports_meet(o.bind, bind)) continue;
    return r->refuse("bind", "bind: %s is taken by [listen %s]",
                     bind.text().c_str(), o.name.c_str());
  }
}

void check_send_to(IniReader* r, const Config& config, const ListenConfig& l) {
  if (l.send_to != SendTo::Primary) return;
  if (r->has("max-lag")) {
    r->refuse("max-lag", "max-lag is for send-to = any");
  }
  for (size_t at : l.servers) {
    const ServerConfig& s = config.servers[at];
    if (s.check_exec) continue;
    return r->refuse("send-to", "send-to: only 'check = exec' can say that "
                     "server %s is the primary", s.name.c_str());
  }
}

Error read_global(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  global_keys(&r, config);
  check_global(&r, *config);
  return r.finish();
}

Error read_server(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  ServerConfig s;
  s.name = section.name;
  server_keys(&r, *config, &s);
  check_server(&r, *config, s);
  if (config->servers.size() >= kServersMax) {
    return file.error_at(section.line, "more than %zu servers", kServersMax);
  }
  config->servers.push_back(s);
  return r.finish();
}

Error read_listen(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  ListenConfig l;
  l.name = section.name;
  listen_keys(&r, *config, &l);
  check_bind(&r, *config, l.bind);
  check_send_to(&r, *config, l);
  config->listens.push_back(l);
  return r.finish();
}

Error read_stats(const IniFile& file, const IniSection& section,
                 Config* config) {
  IniReader r(file, section);
  StatsConfig* s = &config->stats;
  s->on = true;
  stats_keys(&r, s);
  check_bind(&r, *config, s->bind);
  if (s->uri[0] != '/' || s->uri.find(' ') != std::string::npos) {
    r.refuse("uri", "uri: '%s' does not begin with / or has a blank",
             s->uri.c_str());
  }
  return r.finish();
}

// In this order, wherever they stand in the file: servers know whether there
// is a watcher, listeners know the servers.
struct Kind {
  const char* word;
  bool named;
  Error (*read)(const IniFile&, const IniSection&, Config*);
};
const Kind kKinds[] = {
    {"splitfwd", false, read_global},
    {"server", true, read_server},
    {"listen", true, read_listen},
    {"stats", false, read_stats},
};

// Reads the sections of one kind; *count is how many there are.
Error read_sections(const IniFile& file, const Kind& kind, Config* config,
                    size_t* count) {
  *count = 0;
  for (size_t i = 0; i < file.sections.size(); ++i) {
    const IniSection& s = file.sections[i];
    if (s.kind != kind.word) continue;
    ++*count;
    Error e;
    if (kind.named && !tandem::is_name(s.name)) {
      e = file.error_at(s.line, "[%s NAME] lacks a proper name", kind.word);
    } else if (!kind.named && !s.name.empty()) {
      e = file.error_at(s.line, "[%s] has no name", kind.word);
    } else {
      e = kind.read(file, s, config);
    }
    if (e) return e;
  }
  return Error::none();
}

Error read_all(const IniFile& file, Config* out) {
  Config config;
  config.path = file.path;
  for (size_t i = 0; i < file.sections.size(); ++i) {
    const std::string& kind = file.sections[i].kind;
    bool known = false;
    for (const Kind& k : kKinds) known = known || kind == k.word;
    if (known) continue;
    return file.error_at(file.sections[i].line, "unknown section [%s]",
                         kind.c_str());
  }
  for (const Kind& k : kKinds) {
    size_t count = 0;
    const Error e = read_sections(file, k, &config, &count);
    if (e) return e;
    if (count > 0 || k.read == read_stats) continue;
    return file.error_at(1, "there is no section [%s%s]", k.word,
                         k.named ? " NAME" : "");
  }
  *out = config;
  return Error::none();
}

}  // namespace

Config::Config() : threads(1) {
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus > 1) threads = std::min(static_cast<uint64_t>(cpus), kThreadsMax);
}

Error load_config(const std::string& path, Config* out) {
  IniFile file;
  Error e = IniFile::read(path, &file);
  return e ? e : read_all(file, out);
}

Error parse_config(const std::string& path, const std::string& text,
                   Config* out) {
  IniFile file;
  Error e = IniFile::parse(path, text, &file);
  return e ? e : read_all(file, out);
}

std::string print_config(const Config& config) {
  IniWriter w;
  w.section("splitfwd");
  global_keys(&w, &config);
  for (const ServerConfig& s : config.servers) {
    w.section("server", s.name);
    server_keys(&w, config, &s);
  }
  for (const ListenConfig& l : config.listens) {
    w.section("listen", l.name);
    listen_keys(&w, config, &l);
  }
  if (config.stats.on) {
    w.section("stats");
    stats_keys(&w, &config.stats);
  }
  return w.written();
}

}  // namespace splitfwd
