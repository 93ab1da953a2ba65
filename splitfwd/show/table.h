// 'show stat': a row for each frontend, server and backend, in HAProxy 2.6's
// columns. Tools go by their position, so none is ever put in between; ours
// come after the '-' that ends HAProxy's own. Pure.
#ifndef TANDEM_SPLITFWD_SHOW_TABLE_H
#define TANDEM_SPLITFWD_SHOW_TABLE_H

#include <stdint.h>

#include <string>
#include <vector>

#include "splitfwd/route/snapshot.h"
#include "splitfwd/show/command.h"

namespace splitfwd {

// Those that have values here.
enum Column {
  kPxname, kSvname, kQcur, kQmax, kScur, kSmax, kSlim, kStot, kBin, kBout,
  kDreq, kDresp, kEreq, kEcon, kEresp, kWretr, kWredis, kStatus, kWeight,
  kAct, kBck, kChkfail, kChkdown, kLastchg, kDowntime, kQlimit, kPid, kIid,
  kSid, kThrottle, kLbtot, kTracked, kType, kRate, kRateLim, kRateMax,
  kCheckStatus, kCheckCode, kCheckDuration,
  kCliAbrt = 49, kSrvAbrt = 50,
  kLastsess = 55, kLastChk, kLastAgt, kQtime, kCtime, kRtime, kTtime,
  kCheckDesc = 65, kCheckRise = 67, kCheckFall, kCheckHealth,
  kAddr = 73, kCookie, kMode, kAlgo, kConnRate, kConnRateMax, kConnTot,
  kDcon = 81, kDses, kWrew, kConnect,
  kQtimeMax = 90, kCtimeMax, kRtimeMax, kTtimeMax, kEint,
  kUweight = 99,
  kDash = 103, kRole, kLag, kColumns
};

struct StatLine {
  const ListenRow* listen;
  const ServerRow* server;  // kServer only
  std::vector<std::string> values;  // by Column; empty where there is none
};

// "UP", "UP 1/3", "DOWN", "DOWN 1/2", "NOLB", "DRAIN", "MAINT", "no check":
// HAProxy's words for a server. NOLB is up, and not what the listener needs:
// stale, or not the primary.
std::string status_text(const ServerRow& server);
// A check's status in HAProxy's words and numbers (check-t.h); empty and 0:
// nothing known.
struct CheckWord {
  const char* status;
  const char* meaning;
  unsigned number, result;  // srv_check_status, srv_check_result
};
const CheckWord& check_word(const std::string& status);

// The rows that a ShowStat is about; they point into the snapshot.
std::vector<StatLine> stat_lines(const Snapshot& snapshot,
                                 const Command& command);
std::string stat_csv(const std::vector<StatLine>& lines);
// An array of objects, keys as in the CSV, columns without a value left out.
std::string stat_json(const std::vector<StatLine>& lines);

}  // namespace splitfwd

#endif
