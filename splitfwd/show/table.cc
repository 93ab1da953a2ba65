// What the control socket and the page show as rows of HAProxy's "show stat".
#include "splitfwd/show/table.h"

#include <inttypes.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::format;

namespace {

// HAProxy 2.6.12's, byte for byte up to the dash; then ours.
const char kHeader[] =
    "pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,"
    "econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,"
    "downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,"
    "rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,"
    "hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,"
    "req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,"
    "last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,"
    "agent_duration,check_desc,agent_desc,check_rise,check_fall,"
    "check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,"
    "conn_rate,conn_rate_max,conn_tot,intercepted,dcon,dses,wrew,connect,"
    "reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max,"
    "rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,"
    "need_conn_est,uweight,agg_server_status,agg_server_check_status,"
    "agg_check_status,"
    "-,role,lag,";

const CheckWord kChecks[] = {
    {"INI", "Initializing", 1, 0},
    {"SOCKERR", "Socket error", 5, 0},
    {"L4OK", "Layer4 check passed", 6, 3},
    {"L4TOUT", "Layer4 timeout", 7, 2},
    {"L4CON", "Layer4 connection problem", 8, 2},
    {"PROCERR", "External check error", 18, 2},
    {"PROCTOUT", "External check timeout", 19, 2},
    {"PROCOK", "External check passed", 20, 3},
    {"", "", 0, 0},
};

struct Cell {
  Column column;
  uint64_t Flow::*field;
};
const Cell kOfAll[] = {
    {kScur, &Flow::now}, {kSmax, &Flow::max}, {kSlim, &Flow::limit},
    {kStot, &Flow::total}, {kBin, &Flow::in_bytes}, {kBout, &Flow::out_bytes},
    {kRate, &Flow::rate}, {kRateMax, &Flow::rate_max},
};
// What servers and backends have, and frontends have not.
const Cell kBehind[] = {
    {kQcur, &Flow::queued}, {kQmax, &Flow::queued_max},
    {kEcon, &Flow::connect_errors}, {kWretr, &Flow::retries},
    {kWredis, &Flow::redispatches}, {kLbtot, &Flow::total},
    {kCliAbrt, &Flow::client_aborts}, {kSrvAbrt, &Flow::server_aborts},
    {kQtime, &Flow::queue_ms}, {kCtime, &Flow::connect_ms},
    {kTtime, &Flow::total_ms}, {kConnect, &Flow::connects},
    {kQtimeMax, &Flow::queue_max_ms}, {kCtimeMax, &Flow::connect_max_ms},
    {kTtimeMax, &Flow::total_max_ms},
};

class Row {
 public:
  Row(const ListenRow& listen, size_t index, unsigned type) {
    line_.listen = &listen;
    line_.server = nullptr;
    line_.values.resize(kColumns);
    text(kPxname, listen.name);
    number(kPid, 1);  // HAProxy's number of the process, not its pid
    number(kIid, index + 2);
    number(kSid, 0);
    number(kType, type == kFrontend ? 0 : type == kBackend ? 1 : 2);
    text(kMode, "tcp");
    text(kDash, "-");
    for (const Column c : {kDresp, kWrew, kEint}) number(c, 0);
  }
  void text(Column column, const std::string& s) { line_.values[column] = s; }
  void number(Column column, uint64_t n) {
    if (n != kNone) line_.values[column] = format("%" PRIu64, n);
  }
  void flow(const Flow& f) {
    for (const Cell& c : kOfAll) number(c.column, f.*c.field);
  }
  void behind(const Flow& f);
  const StatLine& line() const { return line_; }
  void of(const ServerRow& server) { line_.server = &server; }

 private:
  StatLine line_;
};

void Row::behind(const Flow& f) {
  flow(f);
  for (const Cell& c : kBehind) number(c.column, f.*c.field);
  for (const Column c : {kEresp, kRtime, kRtimeMax}) number(c, 0);
  if (f.last_ms == kNone) text(kLastsess, "-1");
  else number(kLastsess, f.last_ms / 1000);
}

void front_row(const ListenRow& l, Row* r) {
  r->text(kSvname, "FRONTEND");
  r->flow(l.front);
  r->text(kStatus, l.closed ? "STOP" : "OPEN");
  for (const Column c : {kDreq, kEreq, kRateLim}) r->number(c, 0);
  r->number(kConnRate, l.front.rate);
  r->number(kConnRateMax, l.front.rate_max);
  r->number(kConnTot, l.front.total + l.front.denied);
  r->number(kDcon, l.front.denied);
  r->number(kDses, 0);
}

void server_row(const ServerRow& s, size_t index, Row* r) {
  r->of(s);
  r->text(kSvname, s.name);
  r->behind(s.flow);
  r->text(kStatus, status_text(s));
  r->number(kWeight, s.weight);
  r->number(kUweight, s.weight);
  r->number(kAct, s.backup ? 0 : 1);
  r->number(kBck, s.backup ? 1 : 0);
  r->number(kLastchg, s.changed_ms / 1000);
  r->number(kSid, index + 1);
  r->text(kAddr, s.address);
  r->text(kRole, s.role);
  r->text(kLag, s.lag);
  const CheckRow& c = s.check;
  if (c.status.empty()) return;
  r->number(kChkfail, c.failures);
  r->number(kChkdown, c.downs);
  r->number(kDowntime, s.down_ms / 1000);
  r->text(kCheckStatus, c.status);
  r->number(kCheckCode, c.code);
  r->number(kCheckDuration, c.duration_ms);
  r->text(kLastChk, c.text);
  r->text(kCheckDesc, check_word(c.status).meaning);
  r->number(kCheckRise, c.rise);
  r->number(kCheckFall, c.fall);
  r->number(kCheckHealth, s.health());
}

void back_row(const ListenRow& l, Row* r) {
  r->text(kSvname, "BACKEND");
  r->behind(l.back);
  r->text(kStatus, l.has_server() ? "UP" : "DOWN");
  r->number(kDreq, 0);
  uint64_t weight = 0, active = 0, backups = 0, backup_weight = 0;
  for (size_t i = 0; i < l.servers.size(); ++i) {
    const ServerRow& s = l.servers[i];
    if (!s.serves()) continue;
    ++(s.backup ? backups : active);
    (s.backup ? backup_weight : weight) += s.weight;
  }
  r->number(kWeight, active > 0 ? weight : backup_weight);
  r->number(kUweight, active > 0 ? weight : backup_weight);
  r->number(kAct, active);
  r->number(kBck, backups);
  r->number(kChkdown, l.downs);
  r->number(kLastchg, l.changed_ms / 1000);
  r->number(kDowntime, l.down_ms / 1000);
  r->text(kAlgo, tandem::word_for(kAlgorithms, l.algorithm));
}

// Quoted when it must be, as HAProxy does.
std::string csv_value(const std::string& s) {
  if (s.find_first_of(",\"\r\n") == std::string::npos) return s;
  std::string out = "\"";
  for (size_t i = 0; i < s.size(); ++i) {
    if (s[i] == '"') out += '"';
    out += s[i] == '\n' || s[i] == '\r' ? ' ' : s[i];
  }
  return out + "\"";
}

// A server may be called 126.
bool is_number(size_t column, const std::string& s) {
  if (column == kPxname || column == kSvname || column == kLastChk ||
      column == kRole) {
    return false;
  }
  const size_t from = s[0] == '-' ? 1 : 0;
  return s.size() > from && s.size() <= 20 &&
         (s[from] != '0' || s.size() == from + 1) &&
         s.find_first_not_of("0123456789", from) == std::string::npos;
}

}  // namespace

const CheckWord& check_word(const std::string& status) {
  const CheckWord* word = kChecks;
  while (*word->status && status != word->status) ++word;
  return *word;
}

std::string status_text(const ServerRow& s) {
  if (s.admin == Admin::Maint) return "MAINT";
  const uint64_t streak = s.check.streak;
  if (!s.up) {
    return streak == 0 ? "DOWN"
                       : format("DOWN %" PRIu64 "/%" PRIu64, streak,
                                s.check.rise);
  }
  if (s.check.status.empty() && !s.draining() && s.usable) return "no check";
  const char* word = s.draining() ? "DRAIN" : s.usable ? "UP" : "NOLB";
  if (streak == 0) return word;
  return format("%s %" PRIu64 "/%" PRIu64, word, s.check.fall - streak,
                s.check.fall);
}

std::vector<StatLine> stat_lines(const Snapshot& snapshot,
                                 const Command& command) {
  std::vector<StatLine> out;
  for (size_t i = 0; i < snapshot.listens.size(); ++i) {
    if (command.listen != kAllListens && command.listen != i) continue;
    const ListenRow& l = snapshot.listens[i];
    if (command.types & kFrontend) {
      Row r(l, i, kFrontend);
      front_row(l, &r);
      out.push_back(r.line());
    }
    for (size_t k = 0; k < l.servers.size(); ++k) {
      if (!(command.types & kServer)) break;
      if (command.sid != 0 && command.sid != k + 1) continue;
      Row r(l, i, kServer);
      server_row(l.servers[k], k, &r);
      out.push_back(r.line());
    }
    if (command.types & kBackend) {
      Row r(l, i, kBackend);
      back_row(l, &r);
      out.push_back(r.line());
    }
  }
  return out;
}

std::string stat_csv(const std::vector<StatLine>& lines) {
  std::string out = std::string("# ") + kHeader + "\n";
  for (size_t i = 0; i < lines.size(); ++i) {
    for (size_t k = 0; k < kColumns; ++k) {
      out += csv_value(lines[i].values[k]) + ",";
    }
    out += "\n";
  }
  return out;
}

std::string stat_json(const std::vector<StatLine>& lines) {
  const std::vector<std::string> names = tandem::split_fields(kHeader, ",");
  std::string out = "[";
  for (size_t i = 0; i < lines.size(); ++i) {
    out += i > 0 ? ",\n{" : "\n{";
    for (size_t k = 0, shown = 0; k < kColumns; ++k) {
      const std::string& value = lines[i].values[k];
      if (value.empty() || k == kDash) continue;
      out += shown++ > 0 ? "," : "";
      out += "\"" + names[k] + "\":";
      out += is_number(k, value) ? value : tandem::json_quote(value);
    }
    out += "}";
  }
  return out + "\n]\n";
}

}  // namespace splitfwd
