// Standard error for a log. A pipe that nobody reads, a terminal that was
// stopped: it costs lines, never time. They are counted, and told of.
#ifndef TANDEM_LIB_STDERR_H
#define TANDEM_LIB_STDERR_H

#include <stddef.h>
#include <stdint.h>

#include <string>

#include "lib/fd.h"

namespace tandem {

class StandardError {
 public:
  StandardError() : is_open_(false), is_torn_(false), lost_(0) {}
  // Opens a descriptor of our own beside 2, where there can be one. Before a
  // chroot or a change of user, which could forbid it; else the first write()
  // does it.
  void open();
  // Closes it, and forgets what was lost: whoever waits for the end of file of
  // 2 must not wait for us.
  void close();
  // Writes head, text and a newline if that can be done at once. If not, the
  // line is lost, and the next one that is written says how many are. Never
  // blocks, never fails.
  // The answer is false when this line is lost.
  bool write(const std::string& head, const std::string& text);

 private:
  bool put(const std::string& bytes);
  UniqueFd own_;  // non-blocking; -1: there is only 2
  bool is_open_;
  bool is_torn_;  // the last one lacks its end
  uint64_t lost_;
};

}  // namespace tandem

#endif
