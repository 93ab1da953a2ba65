// The watcher's lines, kept: the last one, and since when it says the same.
#include "hbd/decide/server.h"

#include <algorithm>

#include "hbd/decide/config.h"
#include "lib/text.h"

namespace hbd {

Server::Server(bool has_watch, uint64_t now_ms)
    : has_watch_(has_watch), up_(!has_watch), known_(!has_watch),
      line_ms_(now_ms), up_since_ms_(now_ms), role_since_ms_(now_ms),
      source_since_ms_(now_ms), sync_since_ms_(now_ms) {}

Server::News Server::on_line(uint64_t now_ms, bool up,
                             const tandem::Attrs& attrs) {
  News news;
  line_ms_ = now_ms;
  ended_ms_ = 0;
  known_ = true;
  if (up && !up_) up_since_ms_ = now_ms;
  news.up_changed = up != up_;
  up_ = up;
  const std::string role = attr("role"), source = attr("source");
  const std::string sync = attr("sync");
  // What hooks published stays until the watcher says otherwise; what only
  // the watcher knows goes with a server that is down.
  const char* const watched[] = {"role", "source", "sync",  "lag",
                                 "fault", "faults", "instance"};
  for (const char* key : watched) attrs_.erase(key);
  for (const auto& a : attrs) attrs_[a.first] = a.second;
  if (tandem::escape_word(attr("instance")).size() > kInstanceBytesMax) {
    news.instance_refused = !warned_;
    warned_ = true;
    attrs_.erase("instance");
  }
  if (attr("role") != role) role_since_ms_ = now_ms;
  if (attr("source") != source) source_since_ms_ = now_ms;
  if (attr("sync") != sync) sync_since_ms_ = now_ms;
  return news;
}

void Server::on_watcher_end(uint64_t now_ms) {
  if (ended_ms_ == 0) ended_ms_ = now_ms;
}

const char* Server::judge(uint64_t now_ms) {
  if (!up_ || !has_watch_ || now_ms < next_due_ms()) return nullptr;
  up_ = false;
  return ended_ms_ != 0 ? "watcher ended" : "watcher is silent";
}

uint64_t Server::next_due_ms() const {
  if (!up_ || !has_watch_) return UINT64_MAX;
  const uint64_t silent_ms = line_ms_ + tandem::kWatchSilenceMs + 1;
  return ended_ms_ == 0 ? silent_ms
                        : std::min(silent_ms, ended_ms_ + kWatchAgainMs);
}

void Server::publish(const std::string& key, const std::string& value) {
  if (tandem::attr_is_valid(key, value)) attrs_[key] = value;
}

}  // namespace hbd
