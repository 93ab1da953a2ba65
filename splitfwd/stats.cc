// Colours are HAProxy's, which operators know; each row says its state as a
// word as well.
#include "splitfwd/stats.h"

#include <inttypes.h>

#include "lib/text.h"

namespace splitfwd {

using tandem::format;

namespace {

const char kStyle[] =
    "body{font:14px sans-serif;margin:1em;color:#000;background:#fff}"
    "div{overflow-x:auto}h1{font-size:18px}h2{font-size:15px;margin:1em 0 "
    ".3em}table{border-collapse:collapse}td,th{border:1px solid #aaa;"
    "padding:2px 6px;text-align:right;white-space:nowrap}"
    "th{background:#20d0d0}td.t{text-align:left}td.t b{font-weight:bold}"
    "tr.up{background:#c0ffc0}tr.gd{background:#ffffa0}"
    "tr.dn{background:#ff9090}tr.gu{background:#ffd020}"
    "tr.st{background:#20a0ff}tr.fu{background:#ffd020}";

struct Look {
  const char* css;
  const char* word;
};

Look look_of(Light light) {
  switch (light) {
    case Light::Up: return {"up", "UP"};
    case Light::GoingDown: return {"gd", "UP, going down"};
    case Light::Down: return {"dn", "DOWN"};
    case Light::GoingUp: return {"gu", "DOWN, going up"};
    case Light::Stale: return {"st", "UP, not to be read from"};
    case Light::Open: return {"up", "OPEN"};
    case Light::NoServer: return {"dn", "NO SERVER"};
    case Light::Full: return {"fu", "FULL"};
  }
  return {"dn", "DOWN"};
}

void text_cell(const std::string& s, std::string* out) {
  *out += "<td class=t>" + escape_html(s) + "</td>";
}

void number_cell(uint64_t n, std::string* out) {
  *out += format("<td>%" PRIu64 "</td>", n);
}

void begin_row(Light light, const std::string& name, const std::string& at,
               std::string* out) {
  const Look look = look_of(light);
  *out += format("<tr class=%s>", look.css);
  text_cell(name, out);
  text_cell(at, out);
  *out += format("<td class=t><b>%s</b></td>", look.word);
}

void counts_cells(const Counts& c, std::string* out) {
  number_cell(c.now, out);
  number_cell(c.max, out);
  number_cell(c.limit, out);
  number_cell(c.total, out);
  number_cell(c.queued, out);
  number_cell(c.queued_max, out);
  number_cell(c.in_bytes, out);
  number_cell(c.out_bytes, out);
  number_cell(c.failed, out);
}

std::string heads(const char* own, const char* failed) {
  return format("<div><table><tr><th>Name</th><th>Address</th><th>State</th>"
                "%s<th>Sessions</th><th>Max</th><th>Limit</th><th>Total</th>"
                "<th>Queue</th><th>Max</th><th>Bytes in</th><th>Bytes out</th>"
                "<th>%s</th></tr>\n", own, failed);
}

}  // namespace

std::string stats_page(const StatsView& view, uint64_t refresh_ms) {
  std::string out =
      "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
      "<meta name=viewport content=\"width=device-width\">";
  if (refresh_ms > 0) {
    out += format("<meta http-equiv=refresh content=%" PRIu64 ">",
                  refresh_ms / 1000);
  }
  out += std::string("<title>splitfwd statistics</title><style>") + kStyle +
         "</style></head>\n<body><h1>splitfwd</h1><p>" +
         format("up for %s, %zu of %zu sessions</p>\n",
                age_text(view.uptime_ms).c_str(), view.sessions,
                view.sessions_max);
  out += "<h2>Servers</h2>" +
         heads("<th>Role</th><th>Lag</th><th>Last change</th><th>Check</th>",
               "Connects failed");
  for (size_t i = 0; i < view.servers.size(); ++i) {
    const ServerView& s = view.servers[i];
    begin_row(s.light, s.name, s.address, &out);
    text_cell(s.role.empty() ? "-" : s.role, &out);
    text_cell(s.lag.empty() ? "-" : s.lag, &out);
    text_cell(age_text(s.changed_ms) + " ago", &out);
    text_cell(s.check, &out);
    counts_cells(s.counts, &out);
    out += "</tr>\n";
  }
  out += "</table></div><h2>Listeners</h2>" +
         heads("<th>Sends to</th>", "Refused");
  for (size_t i = 0; i < view.listens.size(); ++i) {
    const ListenView& l = view.listens[i];
    begin_row(l.light, l.name, l.bind, &out);
    text_cell(l.send_to, &out);
    counts_cells(l.counts, &out);
    out += "</tr>\n";
  }
  return out + "</table></div></body></html>\n";
}

}  // namespace splitfwd
