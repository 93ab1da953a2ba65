// One direction of a session: bytes come in at one side and go out at the
// other, in order, each exactly once, and the end after the last of them.
// Pure: no descriptor and no system call; the caller reads and writes and
// tells what happened. A session is two pumps that know nothing of each
// other, which is what keeps half-closed connections alive.
//
// The buffer is lent: a pump holds one only while bytes wait in it, and takes
// no more until all of them have left. So an idle session costs no buffer,
// and a stuck one exactly one in each direction.
#ifndef TANDEM_SPLITFWD_RELAY_PUMP_H
#define TANDEM_SPLITFWD_RELAY_PUMP_H

#include <stddef.h>
#include <stdint.h>

#include <atomic>
#include <memory>

namespace splitfwd {

// A word that one thread sets and any may read meanwhile.
template <typename T>
class Shared {
 public:
  explicit Shared(T v) : v_(v) {}
  Shared(const Shared& o) : v_(T(o)) {}
  operator T() const { return v_.load(std::memory_order_relaxed); }
  T operator=(T v) {
    v_.store(v, std::memory_order_relaxed);
    return v;
  }
  Shared& operator=(const Shared& o) {
    *this = T(o);
    return *this;
  }

 private:
  std::atomic<T> v_;
};

struct Buffer {
  explicit Buffer(size_t n) : bytes(new char[n]), size(n) {}
  std::unique_ptr<char[]> bytes;
  size_t size;
};
typedef std::unique_ptr<Buffer> BufferPtr;

class Pump {
 public:
  // Open -> Closed for the way in; Open -> Drain -> Closed for the way out.
  // Drain: the end came in, what waits must still go out, then the end.
  enum class Side { Open, Drain, Closed };

  Pump();
  // What any thread may ask: the sides, and all bytes that ever left.
  Side in() const { return in_; }
  Side out() const { return out_; }
  uint64_t moved_bytes() const { return moved_bytes_; }

  // The way in is open and nothing waits: the caller may read.
  bool wants_read() const;
  // Bytes wait and the way out is open.
  bool wants_write() const;
  // Everything went out and the end came in: pass the end on (SHUT_WR).
  bool wants_shutdown() const;
  // Nothing will happen here any more.
  bool done() const;

  // Lends a buffer to read into; only when wants_read() and none is held.
  void lend(BufferPtr buffer);
  char* space();
  size_t room() const;
  // The first n bytes of space() are data now.
  void on_read(size_t n);
  // End of file. What waits still goes out.
  void on_eof();

  const char* bytes() const;
  size_t waiting() const { return end_ - begin_; }
  // The first n bytes of bytes() have left.
  void on_wrote(size_t n);
  // The end has been passed on.
  void on_shutdown();

  // Either side failed: nothing more goes in or out, what waits is lost.
  void on_error();

  // The lent buffer when nothing waits in it any more, else null.
  BufferPtr take_back();
  // A pump that was elsewhere before: its sides, and what it moved there.
  // Bytes that waited are lent next (restore_waiting), as if just read.
  void restore(Side in, Side out, uint64_t moved_bytes);
  // The first n bytes of the buffer wait, whatever the way in is.
  void restore_waiting(BufferPtr buffer, size_t n);

 private:
  Shared<Side> in_, out_;
  BufferPtr buffer_;
  size_t begin_, end_;  // what waits in buffer_
  Shared<uint64_t> moved_bytes_;
};

}  // namespace splitfwd

#endif
