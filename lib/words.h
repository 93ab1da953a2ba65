// Words "KEY=VALUE" with values escaped: what a line of a beat, of a state file
// or of a hand-over is made of. Pure.
#ifndef TANDEM_LIB_WORDS_H
#define TANDEM_LIB_WORDS_H

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "lib/error.h"

namespace tandem {

typedef std::map<std::string, std::string> Words;
// False on a word without '=', a repeated key or a bad escape.
TANDEM_MUST_USE bool parse_words(const std::vector<std::string>& words,
                                 size_t first, Words* out);
void append_word(std::string* line, const char* key, const std::string& value);
void append_word(std::string* line, const char* key, uint64_t value);
// Takes one word; false when it is not there (or not a number).
TANDEM_MUST_USE bool take_word(Words* words, const std::string& key,
                               std::string* out);
TANDEM_MUST_USE bool take_number(Words* words, const std::string& key,
                                 uint64_t* out);

// A line "HEAD KEY=VALUE ..." whose fields one function names for both ways:
//   template <class F, class T> void fields(F* f, T* t) {
//     f->word("pos", &t->pos);
//   }
// An optional field is left out when it is empty, false or 0.
class FieldWriter {
 public:
  explicit FieldWriter(const std::string& head) : line_(head) {}
  void word(const std::string& key, const std::string* value) {
    append_word(&line_, key.c_str(), *value);
  }
  void number(const std::string& key, const uint64_t* value) {
    append_word(&line_, key.c_str(), *value);
  }
  void flag(const std::string& key, const bool* value) {
    append_word(&line_, key.c_str(), static_cast<uint64_t>(*value));
  }
  void optional(const std::string& key, const std::string* value) {
    if (!value->empty()) word(key, value);
  }
  void optional(const std::string& key, const bool* value) {
    if (*value) flag(key, value);
  }
  void optional(const std::string& key, const uint64_t* value) {
    if (*value != 0) number(key, value);
  }
  const std::string& line() const { return line_; }

 private:
  std::string line_;
};

class FieldReader {
 public:
  // kind: the line's first word. name: the second one goes there, unescaped;
  // null: there is none.
  FieldReader(const std::string& line, const char* kind, std::string* name);
  void word(const std::string& key, std::string* out) {
    ok_ = ok_ && take_word(&words_, key, out);
  }
  void number(const std::string& key, uint64_t* out) {
    ok_ = ok_ && take_number(&words_, key, out);
  }
  void flag(const std::string& key, bool* out);
  void optional(const std::string& key, std::string* out) {
    if (has(key)) word(key, out);
  }
  void optional(const std::string& key, bool* out) {
    if (has(key)) flag(key, out);
  }
  void optional(const std::string& key, uint64_t* out) {
    if (has(key)) number(key, out);
  }
  bool has(const std::string& key) const { return words_.count(key) > 0; }
  void refuse_unless(bool good) { ok_ = ok_ && good; }
  // All was there, and nothing else.
  bool done() const { return ok_ && words_.empty(); }
  // All was there; what else there is, a later version has added.
  bool has_all() const { return ok_; }

 private:
  Words words_;
  bool ok_;
};

}  // namespace tandem

#endif
