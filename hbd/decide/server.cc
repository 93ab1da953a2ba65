// The watcher's lines, kept: the last one, and since when it says the same.
#include "hbd/decide/server.h"

#include "hbd/decide/config.h"
#include "lib/text.h"

namespace hbd {

Server::Server(bool has_watch, uint64_t now_ms)
    : has_watch_(has_watch), up_(!has_watch), known_(!has_watch),
      line_ms_(now_ms), up_since_ms_(now_ms), role_since_ms_(now_ms),
      source_since_ms_(now_ms) {}

Server::News Server::on_line(uint64_t now_ms, bool up,
                             const tandem::Attrs& attrs) {
  News news;
  line_ms_ = now_ms;
  known_ = true;
  if (up && !up_) up_since_ms_ = now_ms;
  news.up_changed = up != up_;
  up_ = up;
  const std::string role = attr("role"), source = attr("source");
  // What hooks published stays until the watcher says otherwise; what only
  // the watcher knows goes with a server that is down.
  const char* const watched[] = {"role", "source", "sync", "lag", "fault",
                                 "instance"};
  for (const char* key : watched) attrs_.erase(key);
  for (const auto& a : attrs) attrs_[a.first] = a.second;
  if (tandem::escape_word(attr("instance")).size() > kInstanceBytesMax) {
    news.instance_refused = !warned_;
    warned_ = true;
    attrs_.erase("instance");
  }
  if (attr("role") != role) role_since_ms_ = now_ms;
  if (attr("source") != source) source_since_ms_ = now_ms;
  return news;
}

bool Server::lose() {
  const bool was_up = up_ && has_watch_;
  if (was_up) up_ = false;
  return was_up;
}

bool Server::watcher_is_silent(uint64_t now_ms) const {
  return now_ms - line_ms_ > tandem::kWatchSilenceMs;
}

void Server::publish(const std::string& key, const std::string& value) {
  if (tandem::attr_is_valid(key, value)) attrs_[key] = value;
}

}  // namespace hbd
