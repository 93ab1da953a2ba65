// Two half-states that move on their own (OpenSSH's nchan.c, without the
// messages). Every event checks that it was asked for: a caller that reads
// over waiting bytes, or writes more than waits, is a bug here.
#include "splitfwd/relay/pump.h"

#include <utility>

#include "lib/error.h"

namespace splitfwd {

Pump::Pump()
    : in_(Side::Open), out_(Side::Open), begin_(0), end_(0), moved_bytes_(0) {}

bool Pump::wants_read() const { return in_ == Side::Open && waiting() == 0; }

bool Pump::wants_write() const {
  return out_ != Side::Closed && waiting() > 0;
}

bool Pump::wants_shutdown() const {
  return out_ == Side::Drain && waiting() == 0;
}

bool Pump::done() const {
  return in_ == Side::Closed && out_ == Side::Closed;
}

void Pump::lend(BufferPtr buffer) {
  TANDEM_ASSERT(wants_read());
  TANDEM_ASSERT(!buffer_ && buffer && buffer->size > 0);
  buffer_ = std::move(buffer);
  begin_ = end_ = 0;
}

char* Pump::space() {
  TANDEM_ASSERT(buffer_ != nullptr);
  return buffer_->bytes.get();
}

size_t Pump::room() const {
  TANDEM_ASSERT(buffer_ != nullptr);
  return buffer_->size;
}

void Pump::on_read(size_t n) {
  TANDEM_ASSERT(wants_read());
  TANDEM_ASSERT(n > 0 && n <= room());
  begin_ = 0;
  end_ = n;
}

void Pump::on_eof() {
  if (in_ != Side::Open) return;
  in_ = Side::Closed;
  if (out_ == Side::Open) out_ = Side::Drain;
}

const char* Pump::bytes() const {
  TANDEM_ASSERT(waiting() > 0);
  return buffer_->bytes.get() + begin_;
}

void Pump::on_wrote(size_t n) {
  TANDEM_ASSERT(n <= waiting());
  begin_ += n;
  moved_bytes_ = moved_bytes_ + n;
}

void Pump::on_shutdown() {
  TANDEM_ASSERT(wants_shutdown());
  out_ = Side::Closed;
}

void Pump::on_error() {
  in_ = out_ = Side::Closed;
  begin_ = end_ = 0;
}

void Pump::restore(Side in, Side out, uint64_t moved_bytes) {
  TANDEM_ASSERT(waiting() == 0 && !buffer_);
  in_ = in;
  out_ = out;
  moved_bytes_ = moved_bytes;
}

void Pump::restore_waiting(BufferPtr buffer, size_t n) {
  TANDEM_ASSERT(!buffer_ && n > 0 && n <= buffer->size);
  TANDEM_ASSERT(out_ != Side::Closed);
  buffer_ = std::move(buffer);
  begin_ = 0;
  end_ = n;
}

BufferPtr Pump::take_back() {
  if (waiting() > 0) return BufferPtr();
  begin_ = end_ = 0;
  return std::move(buffer_);
}

}  // namespace splitfwd
