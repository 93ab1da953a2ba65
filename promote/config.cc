// The keys of promote.ini and mysqlchk.ini, and the passwords that they name.
#include "promote/config.h"

#include "lib/file.h"
#include "lib/text.h"

namespace promote {

using tandem::Error;
using tandem::IniFile;
using tandem::IniReader;
using tandem::IniSection;
using tandem::IniWriter;

namespace {

const size_t kPasswordBytesMax = 1024;
const size_t kPemBytesMax = 1 << 20;

const tandem::IniWord<Tls> kTls[] = {
    {"no", Tls::No}, {"yes", Tls::Yes}, {"verify", Tls::Verify}};

// The keys of each section, read and printed alike.
template <class F, class E>
void server_keys(F* f, E* endpoint) {
  f->path("socket", &endpoint->socket);
  f->path("pid_file", &endpoint->pid_file);
  f->list("my_cnf", &endpoint->my_cnf);
  f->address("address", 3306, &endpoint->address);
}

template <class F, class L>
void login_keys(F* f, L* login) {
  f->text("user", &login->user);
  f->path("password_file", &login->password_file);
  f->line("password_file", &login->password_line);
  f->choice("ssl", kTls, &login->tls);
  f->line("ssl", &login->tls_line);
  f->path("ssl_ca", &login->tls_ca);
  f->path("ssl_cert", &login->tls_cert);
  f->path("ssl_key", &login->tls_key);
  f->require("user");
}

void read_login(IniReader* r, Login* login) {
  login_keys(r, login);
  if (login->tls == Tls::Verify && login->tls_ca.empty()) {
    r->refuse("ssl", "ssl = verify needs ssl_ca: who signs for the servers");
  }
  if (login->tls_cert.empty() != login->tls_key.empty()) {
    r->refuse(login->tls_key.empty() ? "ssl_cert" : "ssl_key",
              "ssl_cert and ssl_key go together");
  }
  if (login->tls != Tls::Verify && !login->tls_ca.empty()) {
    r->refuse("ssl_ca", "ssl_ca goes with ssl = verify");
  }
  if (login->tls == Tls::No && !login->tls_cert.empty()) {
    r->refuse("ssl_cert", "ssl_cert goes with ssl = yes or verify");
  }
}

template <class F, class C>
void promote_keys(F* f, C* c) {
  f->duration("answer_timeout", 50, 60000, &c->answer_ms);
  f->duration("peer_timeout", 10, 60000, &c->peer_ms);
  f->duration("demote_timeout", 100, 600000, &c->demote_ms);
  f->duration("receive_timeout", 10, 600000, &c->receive_ms);
  f->duration("lock_grace", 0, 600000, &c->lock_grace_ms);
  f->duration("apply_timeout", 10, 24 * 3600000ull, &c->apply_ms);
  f->duration("paired_timeout", 10, 600000, &c->paired_ms);
  f->duration("rejoin_timeout", 10, 600000, &c->rejoin_ms);
  f->flag("kill_sleeping", &c->kill_sleeping);
  f->flag("kill_hung", &c->kill_hung);
  f->flag("crash_unacked", &c->crash_unacked);
  f->path("state", &c->state_path);
  f->path("control", &c->control_path);
  f->path("edit_my_cnf", &c->my_cnf);
  f->path("tell", &c->tell_path);
}

template <class F, class C>
void mysqlchk_keys(F* f, C* c) {
  f->duration("interval", 10, 10000, &c->interval_ms);
  f->duration("timeout", 50, 60000, &c->timeout_ms);
}

Error read_server(const IniFile& file, const IniSection& section,
                  Config* config) {
  Endpoint endpoint;
  endpoint.name = section.name;
  IniReader r(file, section);
  server_keys(&r, &endpoint);
  if (r.has("socket") == r.has("address")) {
    r.refuse("socket", "[server %s] needs either 'socket' or 'address'",
             section.name.c_str());
  }
  if (r.has("pid_file") && !r.has("socket")) {
    r.refuse("pid_file", "pid_file goes with a socket of this host");
  }
  if (r.has("my_cnf") && !r.has("socket")) {
    r.refuse("my_cnf", "my_cnf goes with a socket of this host");
  }
  for (const std::string& path : endpoint.my_cnf) {
    if (path[0] != '/') r.refuse("my_cnf", "'%s' is no absolute path",
                                 path.c_str());
  }
  const Error e = r.finish();
  if (e) return e;
  if (!tandem::is_name(section.name)) {
    return file.error_at(section.line, "[server] needs a name: [server local]");
  }
  config->servers.push_back(endpoint);
  return e;
}

}  // namespace

Error read_password(const std::string& path, Login* login) {
  if (login->password_file.empty()) return Error::none();
  std::string text;
  Error e = tandem::read_secret_file(login->password_file, kPasswordBytesMax,
                                     &text);
  if (e) return e.within("password_file").within(path, login->password_line);
  login->password = text.substr(0, text.find_first_of("\r\n"));
  tandem::wipe(&text);
  return e;
}

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
  Config c;
  bool has_login = false;
  for (const IniSection& section : file.sections) {
    const std::string& kind = section.kind;
    Error e;
    if (kind == "server") {
      e = read_server(file, section, &c);
    } else if (!section.name.empty()) {
      e = file.error_at(section.line, "[%s] takes no name", kind.c_str());
    } else {
      IniReader r(file, section);
      if (kind == "login") {
        has_login = true;
        read_login(&r, &c.login);
      } else if (kind == "replication") {
        read_login(&r, &c.replication);
      } else if (kind == "promote") {
        promote_keys(&r, &c);
      } else if (kind == "mysqlchk") {
        mysqlchk_keys(&r, &c);
      } else {
        return file.error_at(section.line, "unknown section [%s]",
                             kind.c_str());
      }
      e = r.finish();
    }
    if (e) return e;
  }
  if (c.servers.empty()) return file.error_at(1, "no [server NAME] section");
  if (!has_login) return file.error_at(1, "no [login] section");
  *out = c;
  return Error::none();
}

std::string format_config(const Config& c) {
  IniWriter w;
  for (size_t i = 0; i < c.servers.size(); ++i) {
    w.section("server", c.servers[i].name);
    server_keys(&w, &c.servers[i]);
  }
  w.section("login");
  login_keys(&w, &c.login);
  w.section("replication");
  login_keys(&w, &c.replication);
  w.section("promote");
  promote_keys(&w, &c);
  w.section("mysqlchk");
  mysqlchk_keys(&w, &c);
  return w.written();
}

// The library's own word of a file that is not there does not name it.
static Error look_at_certificates(const std::string& path, const Login& l) {
  Error e;
  for (const std::string& file : {l.tls_ca, l.tls_cert, l.tls_key}) {
    std::string text;
    if (!e && !file.empty()) e = tandem::read_file(file, kPemBytesMax, &text);
  }
  return e ? e.within("ssl").within(path, l.tls_line) : e;
}

Error read_config(const std::string& path, Config* out) {
  IniFile file;
  Error e = IniFile::read(path, &file);
  if (e) return e;
  Config config;
  e = parse_config(file, &config);
  if (!e) e = read_password(path, &config.login);
  if (!e) e = read_password(path, &config.replication);
  if (!e) e = look_at_certificates(path, config.login);
  if (!e) e = look_at_certificates(path, config.replication);
  if (!e) *out = config;
  return e;
}

}  // namespace promote
