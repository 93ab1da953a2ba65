// Reads splitfwd.ini strictly; what one key cannot show (names that must
// exist, ports that would meet themselves) is checked at the end.
#include "splitfwd/config.h"

#include <inttypes.h>
#include <sys/resource.h>

#include <algorithm>

#include "lib/ini.h"
#include "lib/text.h"

namespace splitfwd {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;
using tandem::format;
using tandem::format_duration_ms;

namespace {

const uint64_t kMaxconnMax = 100000;
const uint64_t kTimeoutMinMs = 1;
const uint64_t kTimeoutMaxMs = 30ULL * 24 * 3600 * 1000;
// 0 to 2, log, pid file, the watcher's pipes, those of a fork under way, and
// what whoever started us left open.
const size_t kDescriptorsReserve = 32;

Error read_global(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  r.require("check-exec");
  r.take_command("check-exec", &config->check_exec);
  r.take_path("pidfile", &config->pidfile);
  r.take_number("maxconn", 1, kMaxconnMax, &config->maxconn);
  config->maxconn_line = r.line_of("maxconn");
  r.take_text("log", &config->log_target);
  r.take_text("log-facility", &config->log_facility);
  const std::string& f = config->log_facility;
  const bool local = f.size() == 6 && tandem::starts_with(f, "local") &&
                     f[5] >= '0' && f[5] <= '7';
  if (f != "daemon" && f != "user" && !local) {
    r.refuse("log-facility", "log-facility: '%s' is not daemon, user or "
             "local0 to local7", f.c_str());
  }
  const std::string& target = config->log_target;
  tandem::Address ignored;
  if (!target.empty() && target[0] != '/' &&
      tandem::parse_address_port(target, 514, &ignored)) {
    r.refuse("log", "log: '%s' is neither a socket's path nor ADDRESS[:PORT]",
             target.c_str());
  }
  return r.finish();
}

Error read_server(const IniFile& file, const IniSection& section,
                  Config* config) {
  IniReader r(file, section);
  ServerConfig s;
  s.name = section.name;
  r.require("address");
  r.take_address("address", 0, &s.address);
  r.take_number("maxconn", 1, kMaxconnMax, &s.maxconn);
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
    size_t at = 0;
    while (at < config.servers.size() && config.servers[at].name != names[i]) {
      ++at;
    }
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

bool ports_meet(const tandem::Address& bind, const tandem::Address& other) {
  if (bind.port != other.port || bind.family != other.family) return false;
  for (unsigned i = 0; i < bind.byte_count(); ++i) {
    if (bind.bytes[i] != 0) return bind.same_host(other);
  }
  return true;  // 0.0.0.0 or [::]
}

void check_bind(const Config& config, IniReader* r, const ListenConfig& l) {
  for (size_t i = 0; i < config.servers.size(); ++i) {
    if (!ports_meet(l.bind, config.servers[i].address)) continue;
    return r->refuse("bind", "bind: %s would take the port of server %s (%s) "
                     "and lead back to itself", l.bind.text().c_str(),
                     config.servers[i].name.c_str(),
                     config.servers[i].address.text().c_str());
  }
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const ListenConfig& o = config.listens[i];
    if (!ports_meet(l.bind, o.bind) && !ports_meet(o.bind, l.bind)) continue;
    return r->refuse("bind", "bind: %s is taken by [listen %s]",
                     l.bind.text().c_str(), o.name.c_str());
  }
}

Error read_listen(const IniFile& file, const IniSection& section,
                  Config* config) {
  static const char* const kSendTo[] = {"any", "primary", nullptr};
  static const char* const kBalance[] = {"roundrobin", nullptr};
  IniReader r(file, section);
  ListenConfig l;
  l.name = section.name;
  r.require("bind");
  r.take_address("bind", 0, &l.bind);
  check_bind(*config, &r, l);
  take_servers(*config, &r, &l);
  std::string word = "any";
  take_word(&r, "send-to", kSendTo, &word);
  l.send_to = word == "primary" ? SendTo::Primary : SendTo::Any;
  word = "roundrobin";
  take_word(&r, "balance", kBalance, &word);
  r.take_number("maxconn", 1, kMaxconnMax, &l.maxconn);
  r.take_duration("timeout-connect", kTimeoutMinMs, kTimeoutMaxMs,
                  &l.timeout_connect_ms);
  r.take_duration("timeout-client", kTimeoutMinMs, kTimeoutMaxMs,
                  &l.timeout_client_ms);
  r.take_duration("timeout-server", kTimeoutMinMs, kTimeoutMaxMs,
                  &l.timeout_server_ms);
  config->listens.push_back(l);
  return r.finish();
}

// Reads the sections of one kind. Servers come before the listeners that name
// them, wherever they stand in the file.
Error read_sections(const IniFile& file, const char* kind, Config* config) {
  for (size_t i = 0; i < file.sections.size(); ++i) {
    const IniSection& s = file.sections[i];
    if (s.kind != kind) continue;
    Error e;
    const bool named = s.kind != "splitfwd";
    if (named && !tandem::is_name(s.name)) {
      e = file.error_at(s.line, "[%s NAME] lacks a proper name", kind);
    } else if (!named && !s.name.empty()) {
      e = file.error_at(s.line, "[splitfwd] has no name");
    } else if (!named) {
      e = read_global(file, s, config);
    } else if (s.kind == "server") {
      e = read_server(file, s, config);
    } else {
      e = read_listen(file, s, config);
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
    if (kind == "splitfwd" || kind == "server" || kind == "listen") continue;
    return file.error_at(file.sections[i].line, "unknown section [%s]",
                         kind.c_str());
  }
  Error e = read_sections(file, "splitfwd", &config);
  if (!e) e = read_sections(file, "server", &config);
  if (!e) e = read_sections(file, "listen", &config);
  if (e) return e;
  const char* lacking = config.check_exec.empty() ? "splitfwd"
                        : config.servers.empty()  ? "server NAME"
                        : config.listens.empty()  ? "listen NAME"
                                                  : nullptr;
  if (lacking) return file.error_at(1, "there is no section [%s]", lacking);
  *out = config;
  return e;
}

}  // namespace

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
  std::string out = "[splitfwd]\n";
  out += "pidfile = " + config.pidfile + "\n";
  out += format("maxconn = %" PRIu64 "\n", config.maxconn);
  out += "check-exec = " + tandem::join(config.check_exec, " ") + "\n";
  if (!config.log_target.empty()) out += "log = " + config.log_target + "\n";
  out += "log-facility = " + config.log_facility + "\n";
  for (size_t i = 0; i < config.servers.size(); ++i) {
    const ServerConfig& s = config.servers[i];
    out += "\n[server " + s.name + "]\naddress = " + s.address.text() + "\n";
    out += format("maxconn = %" PRIu64 "\n", s.maxconn);
  }
  for (size_t i = 0; i < config.listens.size(); ++i) {
    const ListenConfig& l = config.listens[i];
    std::vector<std::string> names;
    for (size_t k = 0; k < l.servers.size(); ++k) {
      names.push_back(config.servers[l.servers[k]].name);
    }
    out += "\n[listen " + l.name + "]\nbind = " + l.bind.text() + "\n";
    out += "servers = " + tandem::join(names, " ") + "\n";
    out += "balance = roundrobin\nsend-to = ";
    out += l.send_to == SendTo::Primary ? "primary\n" : "any\n";
    out += format("maxconn = %" PRIu64 "\n", l.maxconn);
    out += "timeout-connect = " + format_duration_ms(l.timeout_connect_ms) +
           "\ntimeout-client = " + format_duration_ms(l.timeout_client_ms) +
           "\ntimeout-server = " + format_duration_ms(l.timeout_server_ms) +
           "\n";
  }
  return out;
}

size_t descriptors_needed(const Config& config) {
  return 2 * static_cast<size_t>(config.maxconn) + config.listens.size() +
         kDescriptorsReserve;
}

Error fit_descriptors(const Config& config, size_t* fd_count_max) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) {
    return Error::from_errno("getrlimit");
  }
  const rlim_t needed = descriptors_needed(config);
  if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < needed) {
    struct rlimit raised = limit;
    raised.rlim_cur = needed;
    // Only root may go over the hard limit; for others this fails below.
    if (raised.rlim_max != RLIM_INFINITY && raised.rlim_max < needed) {
      raised.rlim_max = needed;
    }
    if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
      return Error::make(
          tandem::kExitConfig, "%s:%d: maxconn = %" PRIu64 " needs %lu open "
          "files, the limit is %lu", config.path.c_str(), config.maxconn_line,
          config.maxconn, static_cast<unsigned long>(needed),
          static_cast<unsigned long>(limit.rlim_max));
    }
    limit = raised;
  }
  const rlim_t most = 1 << 20;  // an unlimited limit must not size our sets
  *fd_count_max = static_cast<size_t>(std::min(limit.rlim_cur, most));
  return Error::none();
}

}  // namespace splitfwd
