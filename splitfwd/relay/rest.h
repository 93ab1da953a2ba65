// When a session may be closed and its client lose nothing: at rest, between
// two transactions. A server says so in the status flags at the end of each
// answer (OK_Packet and EOF_Packet of MySQL's protocol). Pure; what is read
// here is hostile.
//
// It does not see LOCK TABLES, temporary tables and variables: a close ends
// them, as the client's own would. Of a session that is encrypted, or
// compressed, nothing is known.
#ifndef TANDEM_SPLITFWD_RELAY_REST_H
#define TANDEM_SPLITFWD_RELAY_REST_H

#include <stddef.h>
#include <stdint.h>

namespace splitfwd {

enum class Answer {
  Unknown,  // it ends in nothing that is known: an error, a part of it
  Busy,     // in a transaction, or there is more to come
  Idle,     // in none
  Changed,  // in none, and it has changed rows
  Manual    // in none, but autocommit is off: the driver may put it on next
};

// The end of what the server has said.
class Tail {
 public:
  // It has sent these bytes, at once.
  void note(const char* data, size_t n);
  Answer answer() const;
  // It ends in an error (ERR_Packet).
  bool is_error() const;

 private:
  // More than an OK with its text takes ("Rows matched: 1  Changed: 1 ..."),
  // and most errors.
  static const size_t kBytes = 128;
  char bytes_[kBytes];
  size_t n_ = 0;
};

// After that answer this one ended what the client was at: a transaction, or
// a statement that was one by itself, or what a driver says behind it. One that
// only looked (a pool tries each session before it lends it) ends nothing.
bool ends_work(Answer before, Answer now);
// What the client has said, at once, is a word that ends something: COMMIT,
// ROLLBACK, a reset of the session.
bool is_last_word(const char* data, size_t n);
// A session whose last answer is this rests when nothing more has come for so
// long. last_word: that is what was answered.
uint64_t silence_ms(Answer now, bool last_word);

}  // namespace splitfwd

#endif
