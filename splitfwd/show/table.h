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

struct StatLine {
  unsigned type;  // a StatType
  const ListenRow* listen;
  const ServerRow* server;  // kServer only
  const Flow* flow;
  size_t iid, sid;  // HAProxy's numbers of both; sid 0: not a server
};

// In a set of StatType: of a server, as long as it is checked.
const unsigned kChecked = kServer | 8;
enum Unit { kPlain, kMs };

// A column that has values here; one of these for each kind of row where its
// tags or values are of another kind.
struct Column {
  size_t position;   // in 'show stat', the '-' not counted
  const char* name;  // there
  unsigned rows;     // that have it: a set of StatType
  const char* tags;  // HAProxy's letters: origin, nature, scope
  const char* type;  // HAProxy's: str, u32, s32, u64
  std::string (*get)(const StatLine& line);
  const char* metric;  // what HAProxy's exporter calls it; null: nothing
  Unit unit;           // kMs: the exporter has seconds
  Column(size_t at, const char* called, unsigned in, const char* letters,
         const char* kind, std::string (*value)(const StatLine&),
         const char* exported = nullptr, Unit of = kPlain)
      : position(at), name(called), rows(in), tags(letters), type(kind),
        get(value), metric(exported), unit(of) {}
  bool is_in(const StatLine& line) const;
  std::string of(const StatLine& line) const;  // empty: it has none
  bool is_text() const { return std::string(type) == "str"; }
};
// Those of such rows; in the order of /metrics.
std::vector<const Column*> columns_of(unsigned type);

// "UP", "UP 1/3", "DOWN", "DOWN 1/2", "NOLB", "DRAIN", "MAINT", "no check":
// HAProxy's words for a server. NOLB is up, and not what the listener needs:
// stale, or not the primary.
std::string status_text(const ServerRow& server);
// The same of any row: a frontend is OPEN or STOP, a backend UP or DOWN.
std::string status_text(const StatLine& line);
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
// KIND.IID.SID.POSITION.NAME.1:TAGS:TYPE:VALUE, a line for each that has one.
std::string stat_typed(const std::vector<StatLine>& lines);

}  // namespace splitfwd

#endif
