// Requests for the page and its other forms: who may ask, and which text is
// the answer. Bytes are lib/clients' business, texts page's, table's, metrics'.
#include "splitfwd/show/web.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "lib/file.h"
#include "lib/net.h"
#include "lib/text.h"
#include "splitfwd/route/router.h"
#include "splitfwd/show/http.h"
#include "splitfwd/show/metrics.h"
#include "splitfwd/show/page.h"
#include "splitfwd/show/table.h"

namespace splitfwd {

using tandem::Error;
using tandem::UniqueFd;

namespace {

const size_t kAuthBytesMax = 4096;

}  // namespace

Error load_credentials(const Config& config, std::vector<std::string>* out) {
  const StatsConfig& s = config.stats;
  if (!s.on) return Error::none();
  std::string text;
  Error e = tandem::read_secret_file(s.auth_path, kAuthBytesMax, &text);
  if (e) return Error::at(config.path, s.auth_line, "auth: %s", e.c_str());
  int line = 0;
  const bool fits = parse_credentials(text, out, &line);
  tandem::wipe(&text);
  if (fits) return e;
  return Error::at(s.auth_path, line, "not USER:PASSWORD, or the sample's "
                   "REPLACE-ME");
}

Web::Web(const Config& config, const std::vector<std::string>& credentials,
         tandem::WaitSet* set, Router* router, UniqueFd listener)
    : config_(config.stats), credentials_(credentials), set_(set),
      router_(router), denied_limit_(10, 1000),
      clients_("stats", std::move(listener)) {}

void Web::turn(uint64_t now_ms) {
  clients_.turn(set_, now_ms,
                [this, now_ms](Client* c) { return advance(c, now_ms); });
  UniqueFd fd = clients_.accept(*set_, now_ms);
  if (!fd.valid()) return;
  const tandem::Address peer = tandem::peer_of(fd.get());
  if (config_.admission.admits(peer)) {
    clients_.add(set_, std::move(fd), now_ms + kWebDeadlineMs)->from = peer;
    return;
  }
  uint64_t dropped;
  tandem::send_last(fd.get(), http_response(403, "", "", false));
  if (denied_limit_.allow(now_ms, &dropped)) {
    tandem::log_info("stats: %s is not allowed", peer.text().c_str());
  }
}

// False: done, or it is gone.
bool Web::advance(Client* c, uint64_t now_ms) {
  if (c->ended) return false;
  if (c->moved && c->reads && !c->ending) {
    c->out = answer(*c, now_ms);
    if (c->out.empty()) return true;
    c->reads = false;
    if (!c->write_some()) return false;
  }
  if (!c->reads && c->out.empty()) {
    // Its end is waited for: unread bytes would make our close a reset that
    // overtakes the page.
    shutdown(c->fd.get(), SHUT_WR);
    c->reads = c->ending = true;
  }
  if (c->ending) c->in.clear();
  return true;
}

void Web::on_wrong(const Client& c, uint64_t now_ms) {
  uint64_t dropped;
  guesses_.on_wrong(c.from, now_ms);
  if (denied_limit_.allow(now_ms, &dropped)) {
    const std::string others =
        dropped > 0 ? " and " + std::to_string(dropped) + " others" : "";
    tandem::log_warn("stats: a wrong password from %s%s", c.from.text().c_str(),
                     others.c_str());
  }
}

// Empty: the request is not complete.
std::string Web::answer(const Client& c, uint64_t now_ms) {
  HttpRequest r;
  const HttpHead head = parse_request(c.in, &r);
  if (head == HttpHead::More) return std::string();
  if (head == HttpHead::Bad) return http_response(400, "", "", false);
  const bool head_only = r.method == "HEAD";
  if (!head_only && r.method != "GET") return http_response(405, "", "", false);
  bool refresh;
  std::string scope;
  const Show show = route(r.target, config_.uri, &refresh, &scope);
  if (show == Show::Nothing) return http_response(404, "", "", head_only);
  const bool guesses = !r.authorization.empty();
  if (guesses && !guesses_.may_try(c.from, now_ms)) {
    return http_response(429, "", "", head_only);
  }
  if (!is_authorized(r, credentials_)) {
    if (guesses) on_wrong(c, now_ms);
    return http_response(401, "", "", head_only);
  }
  Snapshot v = router_->snapshot(now_ms);
  v.listens.erase(std::remove_if(v.listens.begin(), v.listens.end(),
                                 [&scope](const ListenRow& l) {
                                   return l.name.find(scope) ==
                                          std::string::npos;
                                 }),
                  v.listens.end());
  switch (show) {
    case Show::Nothing: break;
    case Show::Page:
      return http_response(200, page_html(v, refresh ? config_.refresh_ms : 0),
                           "text/html", head_only);
    case Show::Csv:
      return http_response(200, stat_csv(stat_lines(v, Command())),
                           "text/plain", head_only);
    case Show::Metrics:
      return http_response(200, metrics_text(v), kMetricsType, head_only);
  }
  return http_response(404, "", "", head_only);
}

}  // namespace splitfwd
