// The local server as its watcher tells of it, and what hooks have published
// about it. Pure. Without a watcher it counts as up, and nothing more is known.
#ifndef TANDEM_HBD_DECIDE_SERVER_H
#define TANDEM_HBD_DECIDE_SERVER_H

#include <stdint.h>

#include <string>

#include "lib/watch.h"

namespace hbd {

const uint64_t kWatchAgainMs = 300;
// A watcher's statement may take its deadline, and what it prints is as old.
const uint64_t kWatchLagMs = 1200;

class Server {
 public:
  struct News {
    bool up_changed = false;
    bool instance_refused = false;  // longer than kInstanceBytesMax, first time
  };

  Server(bool has_watch, uint64_t now_ms);
  // A line of the watcher.
  News on_line(uint64_t now_ms, bool up, const tandem::Attrs& attrs);
  // The watcher has ended; the next one gets kWatchAgainMs to speak.
  void on_watcher_end(uint64_t now_ms);
  // The watcher ended and no other one spoke, or it has said nothing for
  // kWatchSilenceMs: then the server counts as down. Tells which of the two
  // has just come about; nullptr = nothing.
  const char* judge(uint64_t now_ms);
  // The next moment at which judge() may say something; UINT64_MAX = none.
  uint64_t next_due_ms() const;
  // An "attr" line of a hook; one that is not valid is passed over.
  void publish(const std::string& key, const std::string& value);
  void forget(const char* key) { attrs_.erase(key); }

  bool has_watch() const { return has_watch_; }
  bool is_known() const { return known_; }  // a line has come
  bool is_up() const { return up_; }
  uint64_t line_ms() const { return line_ms_; }  // of the last line
  // Since when it is up; since when role, source and sync are so.
  uint64_t up_since_ms() const { return up_since_ms_; }
  uint64_t role_since_ms() const { return role_since_ms_; }
  uint64_t source_since_ms() const { return source_since_ms_; }
  uint64_t sync_since_ms() const { return sync_since_ms_; }
  const tandem::Attrs& attrs() const { return attrs_; }
  std::string attr(const char* key) const {  // "" when not there
    return tandem::attr_value(attrs_, key);
  }

 private:
  bool has_watch_, up_, known_, warned_ = false;
  uint64_t line_ms_, up_since_ms_, role_since_ms_, source_since_ms_;
  uint64_t sync_since_ms_;
  uint64_t ended_ms_ = 0;  // the watcher has, and none has spoken since; 0 = no
  tandem::Attrs attrs_;
};

}  // namespace hbd

#endif
