// Colours are HAProxy's, which operators know; a backup has its own only while
// it is up. On a phone each row becomes a block of labelled values: all is
// read by scrolling one way.
#include "splitfwd/show/page.h"

#include <inttypes.h>

#include "lib/text.h"
#include "splitfwd/show/table.h"

namespace splitfwd {

using tandem::format;

namespace {

const char kStyle[] =
    ":root{color-scheme:light dark;--line:#bbb;--head:#20d0d0;--own:#e8e8d0;"
    "--up:#c0ffc0;--gd:#ffffa0;--dn:#ff9090;--gu:#ffd020;--nolb:#20a0ff;"
    "--mt:#c07820;--nc:#e0e0e0;--bu:#b0d0ff}"
    "@media(prefers-color-scheme:dark){:root{--line:#555;--head:#067;"
    "--own:#333326;--up:#165900;--gd:#5f5f00;--dn:#760000;--gu:#6b5500;"
    "--nolb:#004a7f;--mt:#6b4208;--nc:#444;--bu:#2b4a76}}"
    "body{font:13px/1.4 system-ui,sans-serif;margin:1em}"
    "h1{font-size:1.3em;margin:0}h2{font-size:1.1em;margin:1.4em 0 .3em}"
    "p{margin:.2em 0}.w{overflow-x:auto}"
    "table{border-collapse:collapse}"
    "td,th{border:1px solid var(--line);padding:2px 5px;text-align:right;"
    "white-space:nowrap;font-variant-numeric:tabular-nums}"
    "th{background:var(--head);font-weight:600;white-space:normal}"
    "td.t,th.t{text-align:left}td.s{font-weight:700}"
    "td.s,td.k{white-space:normal}"
    "tr.own{background:var(--own)}tr.up{background:var(--up)}"
    "tr.gd{background:var(--gd)}tr.dn{background:var(--dn)}"
    "tr.gu{background:var(--gu)}tr.nolb{background:var(--nolb)}"
    "tr.mt{background:var(--mt)}tr.nc{background:var(--nc)}"
    "tr.bu{background:var(--bu)}"
    "@media(max-width:700px){body{font-size:14px}thead{display:none}"
    "table,tbody{display:block}"
    "tr{display:grid;grid-template-columns:1fr 1fr;border:1px solid "
    "var(--line);margin-bottom:.6em}"
    "td{border:0;display:flex;justify-content:space-between;gap:1em;"
    "white-space:normal;overflow-wrap:anywhere}"
    "td:empty{display:none}td.f{grid-column:1/-1}"
    "td::before{content:attr(data-l);opacity:.75;font-weight:400;"
    "white-space:nowrap;overflow-wrap:normal}"
    "td.n::before{content:none}td.n{font-weight:700;font-size:1.1em}}";

// The heads of a listener's table; the labels of its cells on a phone.
const struct {
  const char* label;
  const char* css;  // of head and cell: t text, f the whole width, n the name
} kCells[] = {
    {"Name", "t f n"},     {"State", "t f s"},       {"Role", "t"},
    {"Lag", ""},           {"Check", "t f k"},       {"Changed", ""},
    {"Sessions", ""},      {"Max", ""},            {"Total", ""},
    {"Rate", ""},          {"Queue / max", ""},    {"In", ""},
    {"Out", ""},           {"Failed", ""},         {"Retries", ""},
    {"Connect", ""},       {"Aborts C / S", ""},   {"Down", ""},
    {"Weight", ""},        {"Address", "t f"},
};
enum Cell {
  kName, kState, kRoleCell, kLagCell, kCheckCell, kChanged, kNow, kMax, kTotal,
  kRateCell, kQueue, kIn, kOut, kFailed, kRetries, kConnectCell,
  kAborts, kDown, kWeightCell, kAddressCell, kCells_
};
static_assert(sizeof kCells / sizeof *kCells == kCells_, "one head a cell");

typedef std::vector<std::string> Values;

std::string number(uint64_t n) { return format("%" PRIu64, n); }

void put_flow(const Flow& f, Values* v) {
  (*v)[kNow] = number(f.now);
  (*v)[kMax] = number(f.max);
  if (f.limit != kNone) (*v)[kNow] += " of " + number(f.limit);
  (*v)[kTotal] = number(f.total);
  (*v)[kRateCell] = number(f.rate) + "/s";
  (*v)[kIn] = short_number(f.in_bytes) + "B";
  (*v)[kOut] = short_number(f.out_bytes) + "B";
}

// What servers and backends have, and frontends have not.
void put_behind(const Flow& f, uint64_t changed_ms, uint64_t downs,
                uint64_t down_ms, Values* v) {
  put_flow(f, v);
  (*v)[kQueue] = number(f.queued) + " / " + number(f.queued_max);
  (*v)[kFailed] = number(f.connect_errors);
  (*v)[kRetries] = number(f.retries + f.redispatches);
  (*v)[kConnectCell] = number(f.connect_ms) + " ms";
  (*v)[kAborts] = number(f.client_aborts) + " / " + number(f.server_aborts);
  (*v)[kChanged] = age_text(changed_ms) + " ago";
  (*v)[kDown] = number(downs) + "x, " + age_text(down_ms);
}

void put_row(const char* css, const Values& values, std::string* out) {
  *out += format("<tr class=%s>", css);
  for (size_t i = 0; i < kCells_; ++i) {
    *out += format("<td class=\"%s\" data-l=\"%s\">", kCells[i].css,
                   kCells[i].label) + escape_html(values[i]) + "</td>";
  }
  *out += "</tr>\n";
}

const char* server_css(const ServerRow& s, const std::string& word) {
  if (s.admin == Admin::Maint) return "mt";
  if (!s.up) return s.check.streak > 0 ? "gu" : "dn";
  if (s.check.streak > 0) return "gd";
  if (word == "NOLB" || word == "DRAIN") return "nolb";
  if (word == "no check") return "nc";
  return s.backup ? "bu" : "up";
}

// The word of 'show stat', and what it means here.
std::string state_cell(const ListenRow& l, const ServerRow& s) {
  std::string out = status_text(s);
  if (!s.up || s.usable || s.admin != Admin::Ready) return out;
  return out + (s.stale && l.send_to == SendTo::Any ? ", stale"
                                                    : ", not the primary");
}

void put_server(const ListenRow& l, const ServerRow& s, std::string* out) {
  Values v(kCells_);
  put_behind(s.flow, s.changed_ms, s.check.downs, s.down_ms, &v);
  v[kName] = s.name;
  v[kState] = state_cell(l, s);
  v[kRoleCell] = s.role.empty() ? "-" : s.role;
  v[kLagCell] = s.lag.empty() ? "-" : s.lag + " s";
  v[kWeightCell] = format(s.backup ? "%u, backup" : "%u", s.weight);
  v[kCheckCell] = s.check.status.empty() ? "-" : s.check.status;
  if (s.check.duration_ms != kNone) {
    v[kCheckCell] += " in " + number(s.check.duration_ms) + " ms";
  }
  if (!s.check.text.empty()) v[kCheckCell] += ": " + s.check.text;
  v[kAddressCell] = s.address;
  put_row(server_css(s, status_text(s)), v, out);
}

void put_listen(const ListenRow& l, std::string* out) {
  *out += "<h2>" + escape_html(l.name) + ": " +
          (l.send_to == SendTo::Primary
               ? "to the primary"
               : tandem::word_for(kAlgorithms, l.algorithm)) +
          "</h2>\n<div class=w><table><thead><tr>";
  for (size_t i = 0; i < kCells_; ++i) {
    *out += format("<th class=\"%s\">%s</th>", kCells[i].css,
                   kCells[i].label);
  }
  *out += "</tr></thead><tbody>\n";
  Values v(kCells_);
  put_flow(l.front, &v);
  v[kName] = "FRONTEND";
  const bool full = l.front.limit != kNone && l.front.now >= l.front.limit;
  v[kState] = l.closed ? "STOP" : full ? "FULL" : "OPEN";
  v[kFailed] = number(l.front.refused + l.front.denied);
  v[kAddressCell] = l.bind;
  put_row("own", v, out);
  for (size_t i = 0; i < l.servers.size(); ++i) {
    put_server(l, l.servers[i], out);
  }
  v.assign(kCells_, std::string());
  put_behind(l.back, l.changed_ms, l.downs, l.down_ms, &v);
  v[kName] = "BACKEND";
  v[kState] = l.has_server() ? "UP" : "DOWN, no server";
  put_row(l.has_server() ? "own" : "dn", v, out);
  *out += "</tbody></table></div>\n";
}

}  // namespace

std::string escape_html(const std::string& s) {
  std::string out;
  for (size_t i = 0; i < s.size(); ++i) {
    switch (s[i]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += s[i];
    }
  }
  return out;
}

std::string age_text(uint64_t ms) {
  static const struct {
    uint64_t seconds;
    char letter;
  } kUnits[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  uint64_t s = ms / 1000;
  std::string out;
  for (size_t i = 0, shown = 0; i < 4 && shown < 2; ++i) {
    const uint64_t n = s / kUnits[i].seconds;
    if (n == 0 && shown == 0 && i < 3) continue;
    s %= kUnits[i].seconds;
    ++shown;
    if (n > 0 || shown == 1) {
      out += format("%" PRIu64 "%c", n, kUnits[i].letter);
    }
  }
  return out;
}

std::string short_number(uint64_t n) {
  static const char kUnits[] = "kMGTPE";
  if (n < 1000) return number(n);
  size_t unit = 0;
  while (n >= 1000000 && unit + 1 < sizeof kUnits - 1) {
    n /= 1000;
    ++unit;
  }
  const uint64_t tenths = n / 100;
  if (tenths >= 1000) return format("%" PRIu64 "%c", tenths / 10, kUnits[unit]);
  return format("%" PRIu64 ".%u%c", tenths / 10,
                static_cast<unsigned>(tenths % 10), kUnits[unit]);
}

Show route(const std::string& target, const std::string& uri, bool* refresh,
           std::string* scope) {
  const char kScope[] = "scope=";
  *refresh = true;
  scope->clear();
  if (target == "/metrics") return Show::Metrics;
  if (!tandem::starts_with(target, uri.c_str())) return Show::Nothing;
  const std::string rest = target.substr(uri.size());
  if (!rest.empty() && rest[0] != ';') return Show::Nothing;
  Show show = Show::Page;
  const std::vector<std::string> words = tandem::split_fields(rest, ";");
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "csv") show = Show::Csv;
    if (words[i] == "norefresh") *refresh = false;
    if (tandem::starts_with(words[i], kScope)) {
      *scope = words[i].substr(sizeof kScope - 1);
    }
  }
  return show;
}

std::string page_html(const Snapshot& s, uint64_t refresh_ms) {
  std::string out =
      "<!DOCTYPE html><html lang=en><head><meta charset=utf-8>"
      "<meta name=viewport content=\"width=device-width,initial-scale=1\">";
  if (refresh_ms > 0) {
    out += format("<meta http-equiv=refresh content=%" PRIu64 ">",
                  refresh_ms / 1000);
  }
  out += "<title>splitfwd on " + escape_html(s.node) + "</title><style>" +
         kStyle + "</style></head>\n<body><h1>splitfwd on " +
         escape_html(s.node) + "</h1>\n" +
         format("<p>up for %s%s; %" PRIu64 " of %" PRIu64 " sessions, %" PRIu64
                " new in the last second, %" PRIu64 " in all</p>\n",
                age_text(s.uptime_ms).c_str(),
                s.stopping ? ", STOPPING" : "", s.sessions, s.sessions_max,
                s.rate, s.sessions_total);
  for (size_t i = 0; i < s.listens.size(); ++i) put_listen(s.listens[i], &out);
  return out + "</body></html>\n";
}

}  // namespace splitfwd
