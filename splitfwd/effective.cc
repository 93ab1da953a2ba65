// What splitfwd -t prints: the file in effect, defaults included.
#include "splitfwd/effective.h"

#include <inttypes.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::format;
using tandem::format_duration_ms;

const char* algorithm_word(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::RoundRobin: return "roundrobin";
    case Algorithm::LeastConn: return "leastconn";
    case Algorithm::First: return "first";
  }
  return "?";
}

namespace {

const char* send_proxy_word(SendProxy version) {
  switch (version) {
    case SendProxy::No: return "no";
    case SendProxy::V1: return "v1";
    case SendProxy::V2: return "v2";
  }
  return "?";
}

void print_server(const ServerConfig& s, std::string* out) {
  *out += "\n[server " + s.name + "]\naddress = " + s.address.text() + "\n";
  *out += format("maxconn = %" PRIu64 "\nweight = %" PRIu64 "\nbackup = %s\n",
                 s.maxconn, s.weight, s.backup ? "yes" : "no");
  *out += std::string("send-proxy = ") + send_proxy_word(s.send_proxy);
  *out += "\ncheck =";
  *out += s.check_exec ? " exec" : "";
  *out += s.check_tcp ? " tcp" : "";
  *out += s.check_mysql ? " mysql\ncheck-user = " + s.check_user : "";
  *out += "\n";
  *out += format("rise = %" PRIu64 "\nfall = %" PRIu64 "\n", s.rise, s.fall);
  for (const ServerTime& t : kServerTimes) {
    *out += std::string(t.key) + " = " + format_duration_ms(s.*t.field) + "\n";
  }
}

void print_networks(const char* key, const std::vector<Network>& networks,
                    std::string* out) {
  if (networks.empty()) return;
  *out += std::string(key) + " =";
  for (size_t i = 0; i < networks.size(); ++i) {
    *out += " " + networks[i].text();
  }
  *out += "\n";
}

void print_admission(const Admission& a, std::string* out) {
  print_networks("allow", a.allow, out);
  print_networks("deny", a.deny, out);
}

void print_listen(const Config& config, const ListenConfig& l,
                  std::string* out) {
  std::vector<std::string> names;
  for (size_t k = 0; k < l.servers.size(); ++k) {
    names.push_back(config.servers[l.servers[k]].name);
  }
  *out += "\n[listen " + l.name + "]\nbind = " + l.bind.text() + "\n";
  *out += "servers = " + tandem::join(names, " ") + "\n";
  *out += std::string("balance = ") + algorithm_word(l.balance);
  *out += l.send_to == SendTo::Primary ? "\nsend-to = primary\n"
                                       : "\nsend-to = any\n";
  if (l.lag_max_ms != kNoLag) {
    *out += "max-lag = " + format_duration_ms(l.lag_max_ms) + "\n";
  }
  *out += format("on-down = %s\non-role-change = %s\n",
                 l.cut_on_down ? "cut" : "drain",
                 l.cut_on_role_change ? "cut" : "drain");
  print_networks("accept-proxy", l.accept_proxy, out);
  print_admission(l.admission, out);
  *out += format("maxconn = %" PRIu64 "\nmaxconn-source = %" PRIu64 "\n",
                 l.maxconn, l.maxconn_source);
  *out += format("maxqueue = %" PRIu64 "\nretries = %" PRIu64 "\n",
                 l.maxqueue, l.retries);
  *out += std::string("redispatch = ") + (l.redispatch ? "yes\n" : "no\n");
  for (const ListenTime& t : kListenTimes) {
    *out += std::string(t.key) + " = " + format_duration_ms(l.*t.field) + "\n";
  }
}

}  // namespace

std::string print_config(const Config& config) {
  std::string out = "[splitfwd]\n";
  const std::string command = tandem::join(config.check_exec, " ");
  out += "pidfile = " + config.pidfile + "\n";
  out += "socket = " + config.socket + "\n";
  out += format("maxconn = %" PRIu64 "\nworkers = %" PRIu64 "\n",
                config.maxconn, config.workers);
  out += "stop-grace = " + format_duration_ms(config.stop_grace_ms) + "\n";
  if (!command.empty()) out += "check-exec = " + command + "\n";
  if (!config.log_target.empty()) out += "log = " + config.log_target + "\n";
  out += "log-facility = " + config.log_facility + "\n";
  out += config.dontlognull ? "dontlognull = yes\n" : "dontlognull = no\n";
  if (!config.user.empty()) out += "user = " + config.user + "\n";
  if (!config.group.empty()) out += "group = " + config.group + "\n";
  if (!config.chroot.empty()) out += "chroot = " + config.chroot + "\n";
  for (size_t i = 0; i < config.servers.size(); ++i) {
    print_server(config.servers[i], &out);
  }
  for (size_t i = 0; i < config.listens.size(); ++i) {
    print_listen(config, config.listens[i], &out);
  }
  const StatsConfig& s = config.stats;
  if (!s.on) return out;
  out += "\n[stats]\nbind = " + s.bind.text() + "\nuri = " + s.uri + "\n";
  print_admission(s.admission, &out);
  out += "auth = " + s.auth_path + "\n";
  if (s.refresh_ms > 0) {
    out += "refresh = " + format_duration_ms(s.refresh_ms) + "\n";
  }
  return out;
}

}  // namespace splitfwd
