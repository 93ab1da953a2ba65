// splitfwd.ini as typed fields. The man page splitfwd.ini(5) is the manual.
#ifndef TANDEM_SPLITFWD_CONFIG_H
#define TANDEM_SPLITFWD_CONFIG_H

#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"
#include "splitfwd/balance.h"

namespace splitfwd {

struct ServerConfig {
  std::string name;  // the watcher's NAME
  tandem::Address address;
  uint64_t maxconn;  // sessions at once; more wait
  ServerConfig() : maxconn(300) {}
};

struct ListenConfig {
  std::string name;
  tandem::Address bind;
  std::vector<size_t> servers;  // indexes into Config::servers
  SendTo send_to;
  uint64_t maxconn;             // sessions at once; more wait in the kernel
  uint64_t timeout_connect_ms;  // a client waits this long for a server
  uint64_t timeout_client_ms;   // idle
  uint64_t timeout_server_ms;   // idle
  ListenConfig()
      : send_to(SendTo::Any), maxconn(600), timeout_connect_ms(10000),
        timeout_client_ms(60000), timeout_server_ms(60000) {}
};

struct Config {
  std::string path;
  std::string pidfile;
  uint64_t maxconn;  // sessions at once in all
  int maxconn_line;  // for errors found later
  std::vector<std::string> check_exec;  // the watcher, argument by argument
  std::string log_target;    // lib/log.h; empty is /dev/log
  std::string log_facility;
  std::vector<ServerConfig> servers;
  std::vector<ListenConfig> listens;
  Config()
      : pidfile("/run/tandem/splitfwd.pid"), maxconn(4000), maxconn_line(0),
        log_facility("daemon") {}
};

// *out is stored only when everything is right.
TANDEM_MUST_USE tandem::Error load_config(const std::string& path,
                                          Config* out);
// The same from text; path names it in errors.
TANDEM_MUST_USE tandem::Error parse_config(const std::string& path,
                                           const std::string& text,
                                           Config* out);
// The effective file, defaults included; parses to the same again.
std::string print_config(const Config& config);

// Descriptors that maxconn sessions and everything else can need at once.
size_t descriptors_needed(const Config& config);
// Raises the limit of open files to descriptors_needed(), or says why not
// (FILE:LINE, exit 6). *fd_count_max: descriptors may have numbers below it.
TANDEM_MUST_USE tandem::Error fit_descriptors(const Config& config,
                                              size_t* fd_count_max);

}  // namespace splitfwd

#endif
