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

Error read_login(const IniFile& file, const IniSection& section,
                 Login* login) {
  IniReader r(file, section);
  r.take_text("user", &login->user);
  r.take_path("password_file", &login->password_file);
  login->password_line = r.line_of("password_file");
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
  r.take_bool("crash_unacked", &c->crash_unacked);
  if (c->crash_unacked && !c->kill_hung) {
    r.refuse("crash_unacked", "crash_unacked needs kill_hung");
  }
  r.take_path("state", &c->state_path);
  r.take_path("edit_my_cnf", &c->my_cnf);
  return r.finish();
}

Error read_mysqlchk(const IniFile& file, const IniSection& section,
                    Config* c) {
  IniReader r(file, section);
  r.take_duration("interval", 10, 10000, &c->interval_ms);
  r.take_duration("timeout", 50, 60000, &c->timeout_ms);
  return r.finish();
}

Error read_password(const IniFile& file, Login* login) {
  if (login->password_file.empty()) return Error::none();
  std::string text;
  Error e = tandem::read_secret_file(login->password_file, kPasswordBytesMax,
                                     &text);
  if (e) {
    return e.within("password_file").within(file.path, login->password_line);
  }
  login->password = text.substr(0, text.find_first_of("\r\n"));
  return e;
}

}  // namespace

Config::Config()
    : answer_ms(1000), peer_ms(200), demote_ms(3000), receive_ms(2000),
      apply_ms(30000), paired_ms(5000), rejoin_ms(5000), kill_hung(true),
      kill_sleeping(false), crash_unacked(false),
      state_path("/var/lib/tandem"), interval_ms(100), timeout_ms(1000) {}

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

Error parse_config(const IniFile& file, Config* out) {
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
      e = read_login(file, s, &config.login);
    } else if (s.kind == "replication") {
      e = read_login(file, s, &config.replication);
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

namespace {

std::string line(const char* key, const std::string& value) {
  return value.empty() ? value : std::string(key) + " = " + value + "\n";
}

std::string line(const char* key, uint64_t ms) {
  return line(key, tandem::format_duration_ms(ms));
}

std::string line(const char* key, bool value) {
  return line(key, std::string(value ? "yes" : "no"));
}

std::string login_lines(const char* section, const Login& login) {
  if (login.user.empty()) return std::string();
  return std::string("\n[") + section + "]\n" + line("user", login.user) +
         line("password_file", login.password_file);
}

}  // namespace

std::string format_config(const Config& c) {
  std::string out;
  for (size_t i = 0; i < c.servers.size(); ++i) {
    const Endpoint& s = c.servers[i];
    out += std::string(i > 0 ? "\n" : "") + "[server " + s.name + "]\n" +
           line("socket", s.socket) + line("pid_file", s.pid_file);
    if (s.socket.empty()) out += line("address", s.address.text());
  }
  out += login_lines("login", c.login);
  out += login_lines("replication", c.replication);
  out += "\n[promote]\n" + line("answer_timeout", c.answer_ms) +
         line("peer_timeout", c.peer_ms) +
         line("demote_timeout", c.demote_ms) +
         line("receive_timeout", c.receive_ms) +
         line("apply_timeout", c.apply_ms) +
         line("paired_timeout", c.paired_ms) +
         line("rejoin_timeout", c.rejoin_ms) +
         line("kill_sleeping", c.kill_sleeping) +
         line("kill_hung", c.kill_hung) +
         line("crash_unacked", c.crash_unacked) + line("state", c.state_path) +
         line("edit_my_cnf", c.my_cnf);
  return out + "\n[mysqlchk]\n" + line("interval", c.interval_ms) +
         line("timeout", c.timeout_ms);
}

Error read_config(const std::string& path, Config* out) {
  IniFile file;
  Error e = IniFile::read(path, &file);
  if (e) return e;
  Config config;
  e = parse_config(file, &config);
  if (!e) e = read_password(file, &config.login);
  if (!e) e = read_password(file, &config.replication);
  if (!e) *out = config;
  return e;
}

}  // namespace promote
