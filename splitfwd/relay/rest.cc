// A packet is 3 bytes of length, one of sequence, and its payload: the last
// one of an answer is found from behind, by a length that fits.
#include "splitfwd/relay/rest.h"

#include <string.h>

namespace splitfwd {

namespace {

const size_t kHeadBytes = 4;
const size_t kEofBytes = 5, kOkBytes = 7;
const size_t kErrBytes = 3;
const unsigned kOk = 0x00, kEof = 0xfe, kErr = 0xff;
// SERVER_STATUS_*, SERVER_MORE_RESULTS_EXISTS, SERVER_PS_OUT_PARAMS.
const unsigned kInTransaction = 0x0001, kAutocommit = 0x0002;
const unsigned kMoreResults = 0x0008, kCursor = 0x0040, kOutParams = 0x1000;
// Who is in no transaction and has been silent for so long has not just been
// tried by a pool that will use it next; and after a last word the driver has
// no other to add.
const uint64_t kRestMs = 50, kWordMs = 10;
const unsigned kQuery = 0x03, kChangeUser = 0x11, kReset = 0x1f;  // COM_*
const unsigned kSmall = 0x20;  // of a letter
// The answer to a login has one of these.
const unsigned kLoginSequenceMax = 6;

unsigned at(const char* p, size_t i) {
  return static_cast<unsigned char>(p[i]);
}

Answer by_status(unsigned status, bool changed) {
  if (status & (kInTransaction | kMoreResults | kCursor | kOutParams)) {
    return Answer::Busy;
  }
  if (!(status & kAutocommit)) return Answer::Manual;
  return changed ? Answer::Changed : Answer::Idle;
}

size_t payload_bytes(const char* head) {
  return at(head, 0) | at(head, 1) << 8 | at(head, 2) << 16;
}

// A length-encoded integer at *i. False: it is none, or not all there.
bool take_number(const char* p, size_t n, size_t* i, uint64_t* out) {
  if (*i >= n) return false;
  const unsigned first = at(p, (*i)++);
  size_t bytes = 0;
  *out = first;
  if (first == 0xfc) bytes = 2;
  else if (first == 0xfd) bytes = 3;
  else if (first == 0xfe) bytes = 8;
  else if (first > 0xfa) return false;
  if (bytes == 0) return true;
  if (n - *i < bytes) return false;
  *out = 0;
  for (size_t k = bytes; k-- > 0;) *out = *out << 8 | at(p, *i + k);
  *i += bytes;
  return true;
}

// p: the payload of an OK.
Answer read_ok(const char* p, size_t n, unsigned sequence) {
  uint64_t rows, id;
  size_t i = 1;
  if (!take_number(p, n, &i, &rows) || !take_number(p, n, &i, &id) ||
      n - i < 4) {
    return Answer::Unknown;
  }
  const unsigned status = at(p, i) | at(p, i + 1) << 8;
  if (at(p, 0) == kEof) return by_status(status, false);
  // A row may begin like an OK, and so does the answer to a PREPARE, of 12
  // bytes: an OK is the first packet of its answer, but after a login.
  const bool plain = n == kOkBytes && rows == 0 && id == 0;
  if (sequence != 1 && !(plain && sequence <= kLoginSequenceMax &&
                         (status & kAutocommit))) {
    return Answer::Unknown;
  }
  if (n == 12 && status == 0) return Answer::Unknown;
  return by_status(status, rows > 0);
}

// A packet of n bytes, its head with it.
Answer read_packet(const char* p, size_t n) {
  const char* payload = p + kHeadBytes;
  const size_t bytes = n - kHeadBytes;
  const unsigned sequence = at(p, 3), first = at(payload, 0);
  if (first == kEof && bytes == kEofBytes) {
    return by_status(at(payload, 3) | at(payload, 4) << 8, false);
  }
  if ((first == kEof || first == kOk) && bytes >= kOkBytes) {
    return read_ok(payload, bytes, sequence);
  }
  return Answer::Unknown;
}

}  // namespace

void Tail::note(const char* data, size_t n) {
  n_ = n < kBytes ? n : kBytes;
  if (n_ > 0) memcpy(bytes_, data + (n - n_), n_);
}

Answer Tail::answer() const {
  for (size_t n = kHeadBytes + kEofBytes; n <= n_; ++n) {
    const char* p = bytes_ + (n_ - n);
    if (payload_bytes(p) != n - kHeadBytes) continue;
    const Answer a = read_packet(p, n);
    if (a != Answer::Unknown) return a;
  }
  return Answer::Unknown;
}

bool Tail::is_error() const {
  for (size_t n = kHeadBytes + kErrBytes; n <= n_; ++n) {
    const char* p = bytes_ + (n_ - n);
    if (payload_bytes(p) == n - kHeadBytes && at(p, kHeadBytes) == kErr) {
      return true;
    }
  }
  return false;
}

bool ends_work(Answer before, Answer now) {
  return now == Answer::Changed ||
         (now == Answer::Idle &&
          (before == Answer::Busy || before == Answer::Manual));
}

bool is_last_word(const char* data, size_t n) {
  static const char* const kWords[] = {"COMMIT", "ROLLBACK"};
  const size_t head = kHeadBytes + 1;
  if (n < head || at(data, 3) != 0) return false;
  const unsigned command = at(data, kHeadBytes);
  if (command == kChangeUser || command == kReset) return true;
  if (command != kQuery) return false;
  for (const char* word : kWords) {
    size_t i = 0;
    while (word[i] && head + i < n &&
           (at(data, head + i) & ~kSmall) == (at(word, i) & ~kSmall)) {
      ++i;
    }
    if (!word[i]) return true;
  }
  return false;
}

uint64_t silence_ms(Answer now, bool last_word) {
  if (now == Answer::Unknown || now == Answer::Busy) return UINT64_MAX;
  return last_word ? kWordMs : kRestMs;
}

}  // namespace splitfwd
