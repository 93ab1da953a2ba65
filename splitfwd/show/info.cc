#include "splitfwd/show/info.h"

#include <inttypes.h>

#include <algorithm>

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

std::vector<InfoField> info_fields(const Snapshot& s) {
  using std::to_string;
  const uint64_t up_s = s.uptime_ms / 1000;
  const std::string uptime =
      format("%" PRIu64 "d %" PRIu64 "h%02um%02us", up_s / 86400,
             up_s / 3600 % 24, static_cast<unsigned>(up_s / 60 % 60),
             static_cast<unsigned>(up_s % 60));
  return {
      {0, "Name", "POS", "str", "splitfwd", nullptr},
      {1, "Version", "POS", "str", tandem::kVersion, nullptr},
      {7, "Uptime", "MDP", "str", uptime, nullptr},
      {50, "node", "COS", "str", s.node, nullptr},
      {3, "Nbthread", "CGS", "u32", to_string(s.threads), "nbthread"},
      {6, "Pid", "SGP", "u32", to_string(s.pid), nullptr},
      {8, "Uptime_sec", "MDP", "u32", to_string(up_s), "uptime_seconds"},
      {70, "Start_time_sec", "MDP", "u32", to_string(s.started_s), "start_time_seconds"},
      {14, "Maxsock", "CLP", "u32", to_string(s.descriptors_max), "max_fds"},
      {15, "Maxconn", "CLP", "u32", to_string(s.sessions_max), "max_connections"},
      {16, "Hard_maxconn", "CLP", "u32", to_string(s.sessions_max), nullptr},
      {17, "CurrConns", "MGP", "u32", to_string(s.sessions), "current_connections"},
      {18, "CumConns", "MCP", "u32", to_string(s.sessions_total), "connections_total"},
      {26, "ConnRate", "MRP", "u32", to_string(s.rate), "current_connection_rate"},
      {28, "MaxConnRate", "MMP", "u32", to_string(s.rate_max), "max_connection_rate"},
      {29, "SessRate", "MRP", "u32", to_string(s.rate), "current_session_rate"},
      {31, "MaxSessRate", "MRP", "u32", to_string(s.rate_max), "max_session_rate"},
      {55, "Listeners", "MGP", "u32", to_string(s.listens.size()), "listeners"},
      {61, "TotalBytesOut", "MGP", "u64", to_string(s.out_bytes), "bytes_out_total"},
      {58, "DroppedLogs", "MGP", "u32", to_string(s.log_dropped), "dropped_logs_total"},
      {72, "Shortages", "MCP", "u64", to_string(s.shortages), "shortages_total"},
      {52, "Stopping", "MGP", "u32", to_string(s.stopping), "stopping"},
  };
}

std::string info_text(const Snapshot& s, Form form) {
  std::vector<InfoField> fields = info_fields(s);
  // Only typed has the four texts where HAProxy has them.
  std::sort(fields.begin() + (form == Form::Typed ? 0 : 4), fields.end(),
            [](const InfoField& a, const InfoField& b) {
              return a.position < b.position;
            });
  std::string out;
  for (const InfoField& f : fields) {
    const std::string name = f.name;
    const bool is_text = std::string(f.type) == "str";
    switch (form) {
      case Form::Plain: out += name + ": " + f.value + "\n"; break;
      case Form::Json:
        out += (out.empty() ? "{\"" : ",\"") + name + "\":" +
               (is_text ? tandem::json_quote(f.value) : f.value);
        break;
      case Form::Typed:
        out += format("%zu.%s.1:%s:%s:%s\n", f.position, f.name, f.tags, f.type,
                      f.value.c_str());
    }
  }
  return form == Form::Json ? out + "}\n" : out;
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
