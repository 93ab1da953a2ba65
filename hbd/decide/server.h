// The local server as its watcher tells of it, and what hooks have published
// about it. Pure. Without a watcher it counts as up, and nothing more is known.
#ifndef TANDEM_HBD_DECIDE_SERVER_H
#define TANDEM_HBD_DECIDE_SERVER_H

#include <stdint.h>

#include <string>

#include "lib/watch.h"

namespace hbd {

class Server {
 public:
  struct News {
    bool up_changed = false;
    bool instance_refused = false;  // longer than kInstanceBytesMax, first time
  };

  Server(bool has_watch, uint64_t now_ms);
  // A line of the watcher.
  News on_line(uint64_t now_ms, bool up, const tandem::Attrs& attrs);
  // The watcher has ended, or said nothing for kWatchSilenceMs: the server
  // counts as down. True when it did not before.
  bool lose();
  bool watcher_is_silent(uint64_t now_ms) const;
  // An "attr" line of a hook; one that is not valid is passed over.
  void publish(const std::string& key, const std::string& value);
  void forget(const char* key) { attrs_.erase(key); }

  bool has_watch() const { return has_watch_; }
  bool is_known() const { return known_; }  // a line has come
  bool is_up() const { return up_; }
  uint64_t line_ms() const { return line_ms_; }  // of the last line
  // Since when it is up; since when role and source are what they are.
  uint64_t up_since_ms() const { return up_since_ms_; }
  uint64_t role_since_ms() const { return role_since_ms_; }
  uint64_t source_since_ms() const { return source_since_ms_; }
  const tandem::Attrs& attrs() const { return attrs_; }
  std::string attr(const char* key) const {  // "" when not there
    return tandem::attr_value(attrs_, key);
  }

 private:
  bool has_watch_, up_, known_, warned_ = false;
  uint64_t line_ms_, up_since_ms_, role_since_ms_, source_since_ms_;
  tandem::Attrs attrs_;
};

}  // namespace hbd

#endif
