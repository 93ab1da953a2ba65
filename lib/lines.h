// Lines out of a non-blocking descriptor, with a bound on their length.
#ifndef TANDEM_LIB_LINES_H
#define TANDEM_LIB_LINES_H

#include <stddef.h>

#include <string>
#include <vector>

#include "lib/error.h"

namespace tandem {

class LineReader {
 public:
  // A line longer than line_bytes_max loses its tail; reading goes on at the
  // next newline.
  explicit LineReader(size_t line_bytes_max = 4096)
      : line_bytes_max_(line_bytes_max), eof_(false) {}
  // Reads once (at most 16 KB) and appends each whole line, without its
  // newline, to *lines. End of file ends a last unfinished line and sets
  // eof(). Nothing to read is success with no lines.
  TANDEM_MUST_USE Error read_from(int fd, std::vector<std::string>* lines);
  // The same for bytes from elsewhere.
  void feed(const char* data, size_t n, std::vector<std::string>* lines);
  bool eof() const { return eof_; }

 private:
  size_t line_bytes_max_;
  std::string partial_;
  bool eof_;
};

}  // namespace tandem

#endif
