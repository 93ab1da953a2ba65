// Reads splitfwd.ini strictly; what one key cannot show (names that must
// exist, ports that would meet themselves) is checked at the end. Beyond
// POSIX: _SC_NPROCESSORS_ONLN.
#include "splitfwd/config.h"

#include <unistd.h>

#include <algorithm>

#include "lib/ini.h"
#include "lib/text.h"
#include "splitfwd/effective.h"
#include "splitfwd/mysql.h"

namespace splitfwd {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;
using tandem::format;

namespace {

const uint64_t kMaxconnMax = 100000;
const uint64_t kWorkersMax = 64;
const uint64_t kTimeoutMinMs = 1;
const uint64_t kTimeoutMaxMs = 30ULL * 24 * 3600 * 1000;
const uint64_t kInterMinMs = 10;
const size_t kSocketBytesMax = 107;  // sun_path's, on Linux

void check_log(IniReader* r, const Config& config) {
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

Error read_global(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  r.take_command("check-exec", &config->check_exec);
  r.take_path("pidfile", &config->pidfile);
  const std::string& pidfile = config->pidfile;
  const size_t stem = pidfile.size() - std::min<size_t>(pidfile.size(), 4);
  config->socket =
      (pidfile.substr(stem) == ".pid" ? pidfile.substr(0, stem) : pidfile) +
      ".sock";
  r.take_path("socket", &config->socket);
  if (config->socket.size() > kSocketBytesMax) {
    r.refuse(r.has("socket") ? "socket" : "pidfile",
             "socket: '%s' is longer than %zu bytes", config->socket.c_str(),
             kSocketBytesMax);
  }
  r.take_number("maxconn", 1, kMaxconnMax, &config->maxconn);
  config->maxconn_line = r.line_of("maxconn");
  r.take_number("workers", 1, kWorkersMax, &config->workers);
  r.take_duration("stop-grace", 0, kTimeoutMaxMs, &config->stop_grace_ms);
  r.take_text("log", &config->log_target);
  r.take_text("log-facility", &config->log_facility);
  r.take_bool("dontlognull", &config->dontlognull);
  r.take_name("user", &config->user);
  config->user_line = r.line_of("user");
  r.take_name("group", &config->group);
  config->group_line = r.line_of("group");
  r.take_path("chroot", &config->chroot);
  config->chroot_line = r.line_of("chroot");
  check_log(&r, *config);
  return r.finish();
}

void take_word(IniReader* r, const char* key, const char* const* words,
               std::string* out) {
  r->take_text(key, out);
  std::string known;
  for (size_t i = 0; words[i]; ++i) {
    if (*out == words[i]) return;
    known += std::string(i ? " or " : "") + words[i];
  }
  r->refuse(key, "%s: '%s' is not %s", key, out->c_str(), known.c_str());
}

void take_send_proxy(IniReader* r, SendProxy* out) {
  static const char* const kWords[] = {"no", "v1", "v2", nullptr};
  std::string word = "no";
  take_word(r, "send-proxy", kWords, &word);
  *out = word == "v1"   ? SendProxy::V1
         : word == "v2" ? SendProxy::V2
                        : SendProxy::No;
}

void take_checks(const Config& config, IniReader* r, ServerConfig* s) {
  std::vector<std::string> words;
  r->take_list("check", &words);
  if (words.empty()) {
    words.push_back(config.check_exec.empty() ? "tcp" : "exec");
  }
  s->check_exec = false;
  for (size_t i = 0; i < words.size(); ++i) {
    bool* which = words[i] == "exec"    ? &s->check_exec
                  : words[i] == "tcp"   ? &s->check_tcp
                  : words[i] == "mysql" ? &s->check_mysql
                                        : nullptr;
    if (!which || *which || (which != &s->check_exec && s->connects())) {
      return r->refuse("check", "check: '%s' is not exec, tcp or mysql, or "
                       "exec and one of the others",
                       tandem::join(words, " ").c_str());
    }
    *which = true;
  }
  r->take_text("check-user", &s->check_user);
  if (s->check_user.size() > kMysqlUserBytesMax) {
    r->refuse("check-user", "check-user is longer than %zu bytes",
              kMysqlUserBytesMax);
  }
  if (s->check_mysql == s->check_user.empty()) {
    r->refuse(s->check_mysql ? "check" : "check-user",
              "check: mysql and check-user need each other");
  }
  if (s->check_exec && config.check_exec.empty()) {
    r->refuse("check", "check: exec needs check-exec in [splitfwd]");
  }
}

Error read_server(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  ServerConfig s;
  s.name = section.name;
  r.require("address");
  r.take_address("address", 0, &s.address);
  r.take_number("maxconn", 1, kMaxconnMax, &s.maxconn);
  r.take_number("weight", 0, kWeightMax, &s.weight);
  r.take_bool("backup", &s.backup);
  take_send_proxy(&r, &s.send_proxy);
  take_checks(*config, &r, &s);
  r.take_number("rise", 1, 1000, &s.rise);
  r.take_number("fall", 1, 1000, &s.fall);
  for (const ServerTime& t : kServerTimes) {
    r.take_duration(t.key, kInterMinMs, kTimeoutMaxMs, &(s.*t.field));
    if (t.field != &ServerConfig::inter_ms) continue;
    s.fastinter_ms = s.downinter_ms = s.inter_ms;  // unless given
  }
  if (config->servers.size() >= kServersMax) {
    return file.error_at(section.line, "more than %zu servers", kServersMax);
  }
  config->servers.push_back(s);
  return r.finish();
}

void take_servers(const Config& config, IniReader* r, ListenConfig* l) {
  std::vector<std::string> names;
  r->require("servers");
  r->take_list("servers", &names);
  for (size_t i = 0; i < names.size(); ++i) {
    const size_t at = index_of(config.servers, names[i]);
    if (at == config.servers.size()) {
      return r->refuse("servers", "servers: there is no [server %s]",
                       names[i].c_str());
    }
    if (std::find(l->servers.begin(), l->servers.end(), at) !=
        l->servers.end()) {
      return r->refuse("servers", "servers: '%s' is here twice",
                       names[i].c_str());
    }
    l->servers.push_back(at);
  }
}

void take_send_to(const Config& config, IniReader* r, ListenConfig* l) {
  static const char* const kSendTo[] = {"any", "primary", nullptr};
  std::string word = "any";
  take_word(r, "send-to", kSendTo, &word);
  l->send_to = word == "primary" ? SendTo::Primary : SendTo::Any;
  if (l->send_to != SendTo::Primary) return;
  l->cut_on_role_change = true;  // unless given
  if (r->has("max-lag")) {
    r->refuse("max-lag", "max-lag is for send-to = any");
  }
  for (size_t i = 0; i < l->servers.size(); ++i) {
    const ServerConfig& s = config.servers[l->servers[i]];
    if (s.check_exec) continue;
    return r->refuse("send-to", "send-to: only 'check = exec' can say that "
                     "server %s is the primary", s.name.c_str());
  }
}

void take_cut(IniReader* r, const char* key, bool* cut) {
  static const char* const kWords[] = {"cut", "drain", nullptr};
  std::string word = *cut ? "cut" : "drain";
  take_word(r, key, kWords, &word);
  *cut = word == "cut";
}

void take_networks(IniReader* r, const char* key, std::vector<Network>* out) {
  std::vector<std::string> words;
  r->take_list(key, &words);
  for (size_t i = 0; i < words.size(); ++i) {
    Network n;
    const Error e = parse_network(words[i], &n);
    if (e) return r->refuse(key, "%s: %s", key, e.c_str());
    out->push_back(n);
  }
}

void take_admission(IniReader* r, Admission* out) {
  take_networks(r, "allow", &out->allow);
  take_networks(r, "deny", &out->deny);
}

bool ports_meet(const tandem::Address& bind, const tandem::Address& other) {
  if (bind.port != other.port || bind.family != other.family) return false;
  for (unsigned i = 0; i < bind.byte_count(); ++i) {
    if (bind.bytes[i] != 0) return bind.same_host(other);
  }
  return true;  // 0.0.0.0 or [::]
}

void check_bind(const Config& config, IniReader* r,
                const tandem::Address& bind) {
  for (size_t i = 0; i < config.servers.size(); ++i) {
    if (!ports_meet(bind, config.servers[i].address)) continue;
    return r->refuse("bind", "bind: %s would take the port of server %s (%s) "
                     "and lead back to itself", bind.text().c_str(),
                     config.servers[i].name.c_str(),
                     config.servers[i].address.text().c_str());
  }
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const ListenConfig& o = config.listens[i];
    if (!ports_meet(bind, o.bind) && !ports_meet(o.bind, bind)) continue;
    return r->refuse("bind", "bind: %s is taken by [listen %s]",
                     bind.text().c_str(), o.name.c_str());
  }
}

Error read_listen(const IniFile& file, const IniSection& section,
                  Config* config) {
  static const char* const kBalance[] = {"roundrobin", "leastconn", "first",
                                         nullptr};
  IniReader r(file, section);
  ListenConfig l;
  l.name = section.name;
  r.require("bind");
  r.take_address("bind", 0, &l.bind);
  check_bind(*config, &r, l.bind);
  take_servers(*config, &r, &l);
  take_send_to(*config, &r, &l);
  std::string word = "roundrobin";
  take_word(&r, "balance", kBalance, &word);
  l.balance = word == "leastconn" ? Algorithm::LeastConn
              : word == "first"   ? Algorithm::First
                                  : Algorithm::RoundRobin;
  r.take_duration("max-lag", 1000, kTimeoutMaxMs, &l.lag_max_ms);
  take_cut(&r, "on-down", &l.cut_on_down);
  take_cut(&r, "on-role-change", &l.cut_on_role_change);
  take_networks(&r, "accept-proxy", &l.accept_proxy);
  take_admission(&r, &l.admission);
  r.take_number("maxconn", 1, kMaxconnMax, &l.maxconn);
  l.maxconn_source = l.maxqueue = l.maxconn;  // unless given
  r.take_number("maxconn-source", 1, kMaxconnMax, &l.maxconn_source);
  r.take_number("maxqueue", 1, kMaxconnMax, &l.maxqueue);
  r.take_number("retries", 0, 100, &l.retries);
  r.take_bool("redispatch", &l.redispatch);
  for (const ListenTime& t : kListenTimes) {
    r.take_duration(t.key, kTimeoutMinMs, kTimeoutMaxMs, &(l.*t.field));
    if (t.field != &ListenConfig::timeout_connect_ms) continue;
    l.timeout_queue_ms = l.timeout_connect_ms;  // unless given
  }
  config->listens.push_back(l);
  return r.finish();
}

Error read_stats(const IniFile& file, const IniSection& section,
                 Config* config) {
  IniReader r(file, section);
  StatsConfig* s = &config->stats;
  s->on = true;
  r.require("bind");
  r.take_address("bind", 0, &s->bind);
  check_bind(*config, &r, s->bind);
  r.take_text("uri", &s->uri);
  if (s->uri[0] != '/' || s->uri.find(' ') != std::string::npos) {
    r.refuse("uri", "uri: '%s' does not begin with / or has a blank",
             s->uri.c_str());
  }
  take_admission(&r, &s->admission);
  r.require("auth");
  r.take_path("auth", &s->auth_path);
  s->auth_line = r.line_of("auth");
  r.take_duration("refresh", 1000, kTimeoutMaxMs, &s->refresh_ms);
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

Config::Config()
    : pidfile("/run/tandem/splitfwd.pid"), maxconn(4000), maxconn_line(0),
      workers(1), stop_grace_ms(0), log_facility("daemon"), dontlognull(false),
      user_line(0), group_line(0), chroot_line(0) {
  const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
  if (cpus > 1) workers = std::min(static_cast<uint64_t>(cpus), kWorkersMax);
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

Balance make_balance(const Config& config) {
  std::vector<Balance::Server> servers(config.servers.size());
  for (size_t i = 0; i < servers.size(); ++i) {
    servers[i].sessions_max = static_cast<size_t>(config.servers[i].maxconn);
    servers[i].weight = static_cast<unsigned>(config.servers[i].weight);
    servers[i].backup = config.servers[i].backup;
  }
  std::vector<Balance::Listen> listens(config.listens.size());
  for (size_t i = 0; i < listens.size(); ++i) {
    const ListenConfig& l = config.listens[i];
    listens[i].send_to = l.send_to;
    listens[i].algorithm = l.balance;
    listens[i].servers = l.servers;
    listens[i].lag_max_ms = l.lag_max_ms;
    listens[i].cut_on_down = l.cut_on_down;
    listens[i].cut_on_role_change = l.cut_on_role_change;
  }
  return Balance(servers, listens);
}

}  // namespace splitfwd
