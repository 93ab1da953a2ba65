// promote.ini and mysqlchk.ini: one grammar, the same file on both hosts.
// [server local] is the server of this host; [server NODE] is the one of the
// node NODE, as both hosts reach it.
#ifndef TANDEM_PROMOTE_CONFIG_H
#define TANDEM_PROMOTE_CONFIG_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "lib/ini.h"

namespace promote {

enum class Tls {
  No,     // as the server and the library agree
  Yes,    // or no login: nobody listens
  Verify  // and the certificate is signed by ssl_ca, for the server's address
};

struct Login {
  std::string user;
  Tls tls = Tls::No;
  std::string tls_ca, tls_cert, tls_key;  // files in PEM, or empty
  int tls_line = 0;       // of the key ssl
  std::string password_file;
  int password_line = 0;  // of the key password_file
  std::string password;   // what read_config() found there
};

struct Endpoint {
  std::string name;         // of the section
  std::string socket;       // a Unix socket, or empty
  tandem::Address address;  // used when socket is empty
  std::string pid_file;     // of the server behind socket, or empty
  std::vector<std::string> my_cnf;  // the files that it reads, or none
  std::string text() const { return socket.empty() ? address.text() : socket; }
};

struct Config {
  std::vector<Endpoint> servers;
  Login login;        // ours, on every server
  Login replication;  // what a replica logs in with; user empty = none
  // [promote]
  uint64_t answer_ms = 1000;   // a local server silent for so long is hung
  uint64_t peer_ms = 200;      // connecting to the peer's server
  uint64_t demote_ms = 3000;   // read-only and no writer left, in all
  uint64_t receive_ms = 2000;  // fetching what a demoted peer still has
  uint64_t apply_ms = 30000;   // applying what was received
  uint64_t lock_grace_ms = 2000;  // of who holds a lock that this needs
  uint64_t paired_ms = 5000;   // until the replica counts in
  uint64_t rejoin_ms = 5000;   // until a new replica is connected
  bool kill_hung = true;
  bool kill_sleeping = false;
  bool crash_unacked = true;   // stop: see Unacked::Spare in demote.h
  // hbd's file or its directory, for rejoin -p
  std::string state_path = "/var/lib/tandem";
  std::string control_path = "/run/tandem/hbd.sock";  // hbd's
  std::string my_cnf;  // edit_my_cnf, or empty
  std::string tell_path;  // splitfwd's socket, or empty
  // [mysqlchk]
  uint64_t interval_ms = 250;
  uint64_t timeout_ms = 1000;
  const Endpoint* find(const std::string& name) const;
  const Endpoint* find(const tandem::Address& address) const;
};

// Passwords are read too, from files that only their owner may read, and
// certificates looked at. A mistake is exit code 6 with file and line.
TANDEM_MUST_USE tandem::Error read_config(const std::string& path,
                                          Config* out);
// Reads the login's password again: it may have been changed on the server and
// in the file.
TANDEM_MUST_USE tandem::Error read_password(const std::string& path,
                                            Login* login);
// Without the password files; for tests.
TANDEM_MUST_USE tandem::Error parse_config(const tandem::IniFile& file,
                                           Config* out);
// The effective file, which reads back as the same configuration.
std::string format_config(const Config& config);

}  // namespace promote

#endif
