// What a watcher says of a server: the line, printed at each change and again
// before a second is over. Pure.
#ifndef TANDEM_PROMOTE_SAID_H
#define TANDEM_PROMOTE_SAID_H

#include <stdint.h>

#include <string>

#include "lib/clock.h"
#include "lib/watch.h"

namespace promote {

class Said {
 public:
  explicit Said(const std::string& name) { line_.name = name; }
  void say(bool up, const tandem::Attrs& attrs) {
    if (known_ && line_.up == up && line_.attrs == attrs) return;
    line_.up = up;
    line_.attrs = attrs;
    known_ = dirty_ = true;
  }
  bool known() const { return known_; }  // something was said
  const tandem::WatchLine& line() const { return line_; }
  // Whether there is a line to print at now_ms; take() is it.
  bool must_print(uint64_t now_ms) const {
    return known_ && (dirty_ || now_ms >= next_due_ms());
  }
  std::string take(uint64_t now_ms) {
    dirty_ = false;
    printed_ms_ = now_ms;
    return tandem::format_watch_line(line_) + "\n";
  }
  uint64_t next_due_ms() const {
    return known_ ? printed_ms_ + kRepeatMs : tandem::kNever;
  }

 private:
  static const uint64_t kRepeatMs = 800;  // the contract: within a second
  tandem::WatchLine line_;
  bool known_ = false;
  bool dirty_ = false;  // line_ has not been printed
  uint64_t printed_ms_ = 0;
};

}  // namespace promote

#endif
