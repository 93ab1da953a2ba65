#include "splitfwd/show/info.h"

#include <inttypes.h>

#include "lib/text.h"
#include "lib/verb.h"
#include "splitfwd/show/page.h"
#include "splitfwd/show/table.h"

namespace splitfwd {

using tandem::format;

namespace {

// HAProxy's srv_check_status, _result, _health and _state.
std::string check_numbers(const ServerRow& s) {
  if (s.check.status.empty()) return "1 0 0 0";
  const CheckWord& word = check_word(s.check.status);
  return format("%u %u %" PRIu64 " 6", word.number, word.result, s.health());
}

// The servers that a command is about.
std::vector<StatLine> servers_of(const Snapshot& snapshot, Command command) {
  command.types = kServer;
  return stat_lines(snapshot, command);
}

std::string server_line(const StatLine& l) {
  const ServerRow& s = *l.server;
  const size_t colon = s.address.rfind(':');
  std::string host = s.address.substr(0, colon);
  if (host.size() > 2 && host[0] == '[') host = host.substr(1, host.size() - 2);
  const unsigned admin = s.admin == Admin::Maint   ? 1
                         : s.admin == Admin::Drain ? 8
                                                   : 0;
  return format("%zu %s %zu %s %s %d %u %u %u %" PRIu64 " %s 0 0 0 - %s - 0 0 "
                "- - 0\n",
                l.iid, l.listen->name.c_str(), l.sid, s.name.c_str(),
                host.c_str(), s.up && s.admin != Admin::Maint ? 2 : 0, admin,
                s.weight, s.weight_initial, s.changed_ms / 1000,
                check_numbers(s).c_str(), s.address.substr(colon + 1).c_str());
}

}  // namespace

std::string info_text(const Snapshot& s, bool json) {
  const uint64_t up_s = s.uptime_ms / 1000;
  const struct {
    const char* name;
    uint64_t value;
  } kNumbers[] = {
      {"Nbthread", s.threads}, {"Pid", s.pid}, {"Uptime_sec", up_s},
      {"Maxsock", s.descriptors_max}, {"Maxconn", s.sessions_max},
      {"Hard_maxconn", s.sessions_max}, {"CurrConns", s.sessions},
      {"CumConns", s.sessions_total}, {"ConnRate", s.rate},
      {"MaxConnRate", s.rate_max}, {"SessRate", s.rate},
      {"MaxSessRate", s.rate_max}, {"Stopping", s.stopping},
      {"Listeners", s.listens.size()}, {"DroppedLogs", s.log_dropped},
      {"Shortages", s.shortages},
      {"TotalBytesOut", s.out_bytes}, {"Start_time_sec", s.started_s},
  };
  const std::string uptime =
      format("%" PRIu64 "d %" PRIu64 "h%02um%02us", up_s / 86400,
             up_s / 3600 % 24, static_cast<unsigned>(up_s / 60 % 60),
             static_cast<unsigned>(up_s % 60));
  std::string out;
  out += format(json ? "{\"Name\":\"splitfwd\",\"Version\":\"%s\""
                     : "Name: splitfwd\nVersion: %s\n", tandem::kVersion);
  out += json ? ",\"Uptime\":" + tandem::json_quote(uptime)
              : "Uptime: " + uptime + "\n";
  out += json ? ",\"node\":" + tandem::json_quote(s.node)
              : "node: " + s.node + "\n";
  for (size_t i = 0; i < sizeof kNumbers / sizeof *kNumbers; ++i) {
    out += format(json ? ",\"%s\":%" PRIu64 : "%s: %" PRIu64 "\n",
                  kNumbers[i].name, kNumbers[i].value);
  }
  return json ? out + "}\n" : out;
}

std::string overview_text(const Snapshot& snapshot) {
  std::string out;
  for (size_t i = 0; i < snapshot.listens.size(); ++i) {
    const ListenRow& l = snapshot.listens[i];
    out += format("%s %s: %s, %" PRIu64 " of %" PRIu64 " sessions, %" PRIu64
                  " waiting\n", l.name.c_str(), l.bind.c_str(),
                  l.closed         ? "CLOSED"
                  : l.has_server() ? "open"
                                   : "NO SERVER", l.front.now,
                  l.front.limit, l.back.queued);
    for (size_t k = 0; k < l.servers.size(); ++k) {
      const ServerRow& s = l.servers[k];
      out += format("  %s %s: %s%s%s, weight %u, %" PRIu64 " sessions\n",
                    s.name.c_str(), s.address.c_str(),
                    status_text(s).c_str(), s.role.empty() ? "" : ", ",
                    s.role.c_str(), s.weight, s.flow.now);
    }
  }
  return out;
}

std::string servers_state_text(const Snapshot& snapshot,
                               const Command& command) {
  std::string out =
      "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state "
      "srv_admin_state srv_uweight srv_iweight srv_time_since_last_change "
      "srv_check_status srv_check_result srv_check_health srv_check_state "
      "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port "
      "srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr "
      "srv_agent_port\n";
  for (const StatLine& l : servers_of(snapshot, command)) out += server_line(l);
  return out;
}

std::string servers_conn_text(const Snapshot& snapshot,
                              const Command& command) {
  std::string out =
      "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max "
      "need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[1]\n";
  for (const StatLine& l : servers_of(snapshot, command)) {
    const ServerRow& s = *l.server;
    const size_t colon = s.address.rfind(':');
    out += format("%s/%s %zu/%zu %s %s - 0 %" PRIu64 " %" PRIu64
                  " 0 0 0 0 0 0\n", l.listen->name.c_str(), s.name.c_str(),
                  l.iid, l.sid, s.address.substr(0, colon).c_str(),
                  s.address.substr(colon + 1).c_str(), s.flow.now, s.flow.max);
  }
  return out;
}

std::string sess_text(const std::vector<SessionRow>& sessions, uint64_t id) {
  std::string out;
  for (size_t i = 0; i < sessions.size(); ++i) {
    const SessionRow& s = sessions[i];
    if (id != 0 && id != s.id) continue;
    const char* const proto = s.client[0] == '[' ? "tcpv6" : "tcpv4";
    out += format(
        "0x%" PRIx64 ": proto=%s src=%s fe=%s be=%s srv=%s age=%s idle=%s "
        "in=%" PRIu64 " out=%" PRIu64 " phase=%s exp=%s\n",
        s.id, proto, s.client.c_str(), s.listen.c_str(), s.listen.c_str(),
        s.server.empty() ? "<none>" : s.server.c_str(),
        age_text(s.age_ms).c_str(), age_text(s.idle_ms).c_str(), s.in_bytes,
        s.out_bytes, s.phase.c_str(),
        s.expires_ms == kNone ? "" : age_text(s.expires_ms).c_str());
  }
  if (id != 0 && out.empty()) return "Session not found.\n";
  return out;
}

}  // namespace splitfwd
