// What goes over the wire between load and its server, serve.
//
// A client asks: an Ask, then request_bytes of the pattern; it is answered
// with answer_bytes of the pattern. Both begin at `start`, another one in each
// request, so that lost, doubled or crossed bytes show. The one byte 'c' is an
// Ask of its own; the answer is '!'.
#ifndef TANDEM_BENCH_PATTERN_H_
#define TANDEM_BENCH_PATTERN_H_

#include <stdint.h>
#include <string.h>

#include <string>

namespace bench {

struct Ask {
  char op;  // 'p'
  char unused[3];
  uint32_t start;
  uint64_t request_bytes, answer_bytes;
};

// A long text that repeats with a period that no buffer size divides.
class Pattern {
 public:
  enum : uint32_t { kPeriod = 65521, kChunk = 262144 };
  Pattern() {
    uint32_t x = 2463534242u;
    for (uint32_t i = 0; i < kPeriod; i++) {
      x ^= x << 13;
      x ^= x >> 17;
      x ^= x << 5;
      text_ += static_cast<char>(x >> 11);
    }
    while (text_.size() < kPeriod + kChunk) text_.append(text_, 0, kPeriod);
  }
  // kChunk bytes from there on.
  const char* at(uint64_t offset) const {
    return text_.data() + offset % kPeriod;
  }
  bool holds(uint64_t offset, const char* bytes, size_t count) const {
    return memcmp(at(offset), bytes, count) == 0;
  }

 private:
  std::string text_;
};

}  // namespace bench

#endif  // TANDEM_BENCH_PATTERN_H_
