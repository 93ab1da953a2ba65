#include "promote/config.h"

#include "lib/file.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;

namespace {

const size_t kPasswordBytesMax = 1024;

Error read_server(const IniFile& file, const IniSection& section,
                  Config* config) {
  Endpoint e;
  e.name = section.name;
  IniReader r(file, section);
  r.take_path("socket", &e.socket);
  r.take_path("pid_file", &e.pid_file);
  r.take_address("address", 3306, &e.address);
  if (r.has("socket") == r.has("address")) {
    r.refuse("socket", "[server %s] needs either 'socket' or 'address'",
             section.name.c_str());
  }
  if (r.has("pid_file") && !r.has("socket")) {
    r.refuse("pid_file", "pid_file goes with a socket of this host");
  }
  Error e2 = r.finish();
  if (e2) return e2;
  if (!tandem::is_name(section.name)) {
    return file.error_at(section.line, "[server] needs a name: [server local]");
  }
  config->servers.push_back(e);
  return e2;
}

Error read_login(const IniFile& file, const IniSection& section, Login* login,
                 std::string* password_file) {
  IniReader r(file, section);
  r.take_text("user", &login->user);
  r.take_path("password_file", password_file);
  r.require("user");
  return r.finish();
}

Error read_promote(const IniFile& file, const IniSection& section,
                   Config* c) {
  IniReader r(file, section);
  r.take_duration("answer_timeout", 50, 60000, &c->answer_ms);
  r.take_duration("peer_timeout", 10, 60000, &c->peer_ms);
  r.take_duration("demote_timeout", 100, 600000, &c->demote_ms);
  r.take_duration("receive_timeout", 10, 600000, &c->receive_ms);
  r.take_duration("apply_timeout", 10, 24 * 3600000ull, &c->apply_ms);
  r.take_duration("paired_timeout", 10, 600000, &c->paired_ms);
  r.take_duration("rejoin_timeout", 10, 600000, &c->rejoin_ms);
  r.take_bool("kill_hung", &c->kill_hung);
  r.take_bool("kill_sleeping", &c->kill_sleeping);
  r.take_path("state", &c->state_path);
  return r.finish();
}

Error read_mysqlchk(const IniFile& file, const IniSection& section,
                    Config* c) {
  IniReader r(file, section);
  r.take_duration("interval", 10, 10000, &c->interval_ms);
  r.take_duration("timeout", 50, 60000, &c->timeout_ms);
  return r.finish();
}

Error read_password(const std::string& path, std::string* out) {
  if (path.empty()) return Error::none();
  std::string text;
  Error e = tandem::read_secret_file(path, kPasswordBytesMax, &text);
  if (e) return e;
  *out = text.substr(0, text.find_first_of("\r\n"));
  return e;
}

}  // namespace

Config::Config()
    : answer_ms(1000), peer_ms(200), demote_ms(3000), receive_ms(2000),
      apply_ms(30000), paired_ms(5000), rejoin_ms(5000), kill_hung(true),
      kill_sleeping(false), state_path("/var/lib/tandem"), interval_ms(100),
      timeout_ms(1000) {}

const Endpoint* Config::find(const std::string& name) const {
  for (size_t i = 0; i < servers.size(); ++i) {
    if (servers[i].name == name) return &servers[i];
  }
  return nullptr;
}

const Endpoint* Config::find(const tandem::Address& address) const {
  for (size_t i = 0; i < servers.size(); ++i) {
    if (servers[i].socket.empty() && servers[i].address == address) {
      return &servers[i];
    }
  }
  return nullptr;
}

Error parse_config(const IniFile& file, Config* out, std::string* login_file,
                   std::string* replication_file) {
  Config config;
  bool has_login = false;
  Error e;
  for (size_t i = 0; i < file.sections.size() && !e; ++i) {
    const IniSection& s = file.sections[i];
    if (s.kind == "server") {
      e = read_server(file, s, &config);
    } else if (!s.name.empty()) {
      e = file.error_at(s.line, "[%s] takes no name", s.kind.c_str());
    } else if (s.kind == "login") {
      has_login = true;
      e = read_login(file, s, &config.login, login_file);
    } else if (s.kind == "replication") {
      e = read_login(file, s, &config.replication, replication_file);
    } else if (s.kind == "promote") {
      e = read_promote(file, s, &config);
    } else if (s.kind == "mysqlchk") {
      e = read_mysqlchk(file, s, &config);
    } else {
      e = file.error_at(s.line, "unknown section [%s]", s.kind.c_str());
    }
  }
  if (!e && config.servers.empty()) {
    e = file.error_at(1, "no [server NAME] section");
  }
  if (!e && !has_login) e = file.error_at(1, "no [login] section");
  if (!e) *out = config;
  return e;
}

Error read_config(const std::string& path, Config* out) {
  IniFile file;
  Error e = IniFile::read(path, &file);
  if (e) return e;
  Config config;
  std::string login_file, replication_file;
  e = parse_config(file, &config, &login_file, &replication_file);
  if (!e) e = read_password(login_file, &config.login.password);
  if (!e) e = read_password(replication_file, &config.replication.password);
  if (!e) *out = config;
  return e;
}

}  // namespace promote
