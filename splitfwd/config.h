// splitfwd.ini as typed fields. The man page splitfwd.ini(5) is the manual.
#ifndef TANDEM_SPLITFWD_CONFIG_H
#define TANDEM_SPLITFWD_CONFIG_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "splitfwd/networks.h"
#include "splitfwd/servers.h"

namespace splitfwd {

struct ServerConfig {
  std::string name;  // the watcher's NAME
  tandem::Address address;
  std::vector<tandem::Address> sources;  // of this host; empty: the kernel's
  uint64_t maxconn = 300;  // sessions at once; more wait
  uint64_t weight = 1;
  bool backup = false;
  bool send_proxy = false;  // it is told who the client is
  bool check_exec = true;    // the watcher must say that it is up
  bool check_tcp = false;    // and a connect must succeed
  uint64_t inter_ms = 2000;      // between two TCP checks
  uint64_t fastinter_ms = 2000;  // while on the way up or down
  uint64_t downinter_ms = 2000;  // while down
  uint64_t rise = 2;             // successes that make it up
  uint64_t fall = 3;             // failures that make it down
  uint64_t timeout_check_ms = 10000;
};

struct ListenConfig {
  std::string name;
  tandem::Address bind;
  std::vector<size_t> servers;  // indexes into Config::servers
  SendTo send_to = SendTo::Any;
  Algorithm balance = Algorithm::RoundRobin;
  uint64_t lag_max_ms = kNoLag;     // kNoLag: any will do
  bool cut_on_down = true;          // its sessions when the server goes down
  bool cut_on_role_change = false;  // or is primary no longer, or now
  Admission admission;      // of clients, by address
  uint64_t maxconn = 600;   // sessions at once; more wait in the kernel
  uint64_t maxconn_source = 600;  // of one address
  uint64_t maxqueue = 600;  // of them without a server; more are refused
  uint64_t retries = 3;     // connects after the first that failed
  bool redispatch = true;   // at another server
  uint64_t timeout_connect_ms = 10000;  // for a server to be there, to answer
  uint64_t timeout_queue_ms = 10000;    // for a full one to have room
  uint64_t timeout_client_ms = 60000;   // idle
  uint64_t timeout_server_ms = 60000;   // idle
  uint64_t timeout_client_fin_ms = 10000;  // idle and half-closed
  uint64_t timeout_server_fin_ms = 10000;
  // Of both sides: who is gone without a word is found out so (tcp(7)).
  uint64_t keepalive_idle_ms = 60000, keepalive_interval_ms = 10000;
  uint64_t keepalive_count = 6;
};

struct StatsConfig {
  bool on = false;
  tandem::Address bind;
  std::string uri = "/haproxyadmin?stats";
  Admission admission;
  std::string auth_path;  // USER:PASSWORD a line, mode 0600
  int auth_line = 0;
  uint64_t refresh_ms = 0;  // 0: the page does not reload itself
};

struct Config {
  std::string path;
  std::string pidfile = "/run/tandem/splitfwd.pid";
  std::string socket;  // of control; beside the pid file by default
  uint64_t maxconn = 4000;  // sessions at once in all
  int maxconn_line = 0;     // for errors found later
  uint64_t threads;  // threads for active sessions; by default one a CPU
  uint64_t drain_ms = 1000;  // what sessions may take to come to rest
  std::vector<std::string> check_exec;  // the watcher; empty: none
  std::string log_target;    // lib/log.h; empty is /dev/log
  std::string log_facility = "daemon";
  bool dontlognull = false;
  std::string user;  // name or number; empty: as started
  int user_line = 0;
  std::string group;  // empty: the user's
  int group_line = 0;
  std::string chroot;  // empty: none
  int chroot_line = 0;
  StatsConfig stats;
  std::vector<ServerConfig> servers;
  std::vector<ListenConfig> listens;
  Config();
};

// Where the one of that name is; all.size(): nowhere.
template <typename Named>
size_t index_of(const std::vector<Named>& all, const std::string& name) {
  size_t i = 0;
  while (i < all.size() && all[i].name != name) ++i;
  return i;
}

// *out is stored only when everything is right.
TANDEM_MUST_USE tandem::Error load_config(const std::string& path,
                                          Config* out);
// The same from text; path names it in errors.
TANDEM_MUST_USE tandem::Error parse_config(const std::string& path,
                                           const std::string& text,
                                           Config* out);
// The effective file, defaults included; parses to the same again.
std::string print_config(const Config& config);

}  // namespace splitfwd

#endif
