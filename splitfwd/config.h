// splitfwd.ini as typed fields. The man page splitfwd.ini(5) is the manual.
#ifndef TANDEM_SPLITFWD_CONFIG_H
#define TANDEM_SPLITFWD_CONFIG_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "splitfwd/balance.h"
#include "splitfwd/networks.h"
#include "splitfwd/proxy.h"

namespace splitfwd {

struct ServerConfig {
  std::string name;  // the watcher's NAME
  tandem::Address address;
  uint64_t maxconn;  // sessions at once; more wait
  uint64_t weight;
  bool backup;
  SendProxy send_proxy;  // it is told who the client is
  bool check_exec;   // the watcher must say that it is up
  bool check_tcp;    // and a connect must succeed
  bool check_mysql;  // or the login of check_user
  std::string check_user;
  uint64_t inter_ms;      // between two TCP checks
  uint64_t fastinter_ms;  // while on the way up or down
  uint64_t downinter_ms;  // while down
  uint64_t rise;          // successes that make it up
  uint64_t fall;          // failures that make it down
  uint64_t timeout_check_ms;
  ServerConfig()
      : maxconn(300), weight(1), backup(false), send_proxy(SendProxy::No),
        check_exec(true), check_tcp(false), check_mysql(false), inter_ms(2000),
        fastinter_ms(2000), downinter_ms(2000), rise(2), fall(3),
        timeout_check_ms(10000) {}
  bool connects() const { return check_tcp || check_mysql; }
};

struct ListenConfig {
  std::string name;
  tandem::Address bind;
  std::vector<size_t> servers;  // indexes into Config::servers
  SendTo send_to;
  Algorithm balance;
  uint64_t lag_max_ms;      // kNoLag: any will do
  bool cut_on_down;         // its sessions when the server goes down
  bool cut_on_role_change;  // or is primary no longer, or now
  std::vector<Network> accept_proxy;  // who tells us who the client is
  Admission admission;      // of clients, by address
  uint64_t maxconn;   // sessions at once; more wait in the kernel
  uint64_t maxconn_source;  // of one address
  uint64_t maxqueue;  // of them without a server; more are refused
  uint64_t retries;  // connects after the first that failed
  bool redispatch;   // at another server
  uint64_t timeout_connect_ms;  // for a server to be there, and to answer
  uint64_t timeout_queue_ms;    // for a full one to have room
  uint64_t timeout_client_ms;   // idle
  uint64_t timeout_server_ms;   // idle
  uint64_t timeout_client_fin_ms;  // idle and half-closed
  uint64_t timeout_server_fin_ms;
  ListenConfig()
      : send_to(SendTo::Any), balance(Algorithm::RoundRobin),
        lag_max_ms(kNoLag), cut_on_down(true), cut_on_role_change(false),
        maxconn(600), maxconn_source(600), maxqueue(600), retries(3),
        redispatch(true), timeout_connect_ms(10000), timeout_queue_ms(10000),
        timeout_client_ms(60000), timeout_server_ms(60000),
        timeout_client_fin_ms(10000), timeout_server_fin_ms(10000) {}
};

struct StatsConfig {
  bool on;
  tandem::Address bind;
  std::string uri;
  Admission admission;
  std::string auth_path;  // USER:PASSWORD a line, mode 0600
  int auth_line;
  uint64_t refresh_ms;  // 0: the page does not reload itself
  StatsConfig()
      : on(false), uri("/haproxyadmin?stats"), auth_line(0), refresh_ms(0) {}
};

struct Config {
  std::string path;
  std::string pidfile;
  std::string socket;  // of control; beside the pid file by default
  uint64_t maxconn;  // sessions at once in all
  int maxconn_line;  // for errors found later
  uint64_t workers;  // threads for active sessions
  uint64_t stop_grace_ms;  // what sessions may take to end when we stop
  std::vector<std::string> check_exec;  // the watcher; empty: none
  std::string log_target;    // lib/log.h; empty is /dev/log
  std::string log_facility;
  bool dontlognull;
  std::string user;  // name or number; empty: as started
  int user_line;
  std::string group;  // empty: the user's
  int group_line;
  std::string chroot;  // empty: none
  int chroot_line;
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
// Its servers and listeners, with nothing known of any.
Balance make_balance(const Config& config);

}  // namespace splitfwd

#endif
