// Bytes become lines; how many of them there may be at once is up to whoever
// calls, how long one may be is bounded here.
#include "lib/lines.h"

#include <errno.h>
#include <unistd.h>

#include "lib/net.h"

namespace tandem {

void LineReader::feed(const char* data, size_t n,
                      std::vector<std::string>* lines) {
  for (size_t i = 0; i < n; ++i) {
    if (data[i] == '\n') {
      lines->push_back(partial_);
      partial_.clear();
    } else if (partial_.size() < line_bytes_max_) {
      partial_ += data[i];
    }
  }
}

Error LineReader::read_from(int fd, std::vector<std::string>* lines) {
  char buf[16384];
  const ssize_t n = read(fd, buf, sizeof buf);
  if (n < 0) {
    if (would_block(errno)) return Error::none();
    return Error::from_errno("read");
  }
  if (n == 0) {
    eof_ = true;
    if (!partial_.empty()) lines->push_back(partial_);
    partial_.clear();
    return Error::none();
  }
  feed(buf, static_cast<size_t>(n), lines);
  return Error::none();
}

}  // namespace tandem
