// Strict INI over inih: sections and keys read, and printed as they are in
// effect. Anything unknown, repeated, malformed or out of range is
// "FILE:LINE: what is wrong".
#ifndef TANDEM_LIB_INI_H
#define TANDEM_LIB_INI_H

#include <stddef.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/addr.h"
#include "lib/error.h"

namespace tandem {

struct IniEntry {
  std::string key;
  std::string value;
  int line;
};

struct IniSection {
  std::string kind;  // first word of the header: "listen" of [listen read]
  std::string name;  // the rest: "read"; empty for [watch]
  int line;
  std::vector<IniEntry> entries;
};

// The file as written, order kept. Repeated keys in a section and repeated
// sections are errors already here; an empty section, a key before the first
// section, and a line over 195 bytes too.
struct IniFile {
  std::string path;
  std::vector<IniSection> sections;

  TANDEM_MUST_USE static Error read(const std::string& path, IniFile* out);
  // The same from text, for tests and the fuzzer; path names it in errors.
  TANDEM_MUST_USE static Error parse(const std::string& path,
                                     const std::string& text, IniFile* out);
  // "PATH:LINE: what", exit code 6.
  Error error_at(int line, const char* fmt, ...) const TANDEM_PRINTF(3, 4);
};

// A word of a file and what it means; see IniReader::choice().
template <class T>
struct IniWord {
  const char* word;
  T value;
};

// The word that means value; "?" when none does.
template <class T, size_t N>
const char* word_for(const IniWord<T> (&words)[N], T value) {
  for (size_t i = 0; i < N; ++i) {
    if (words[i].value == value) return words[i].word;
  }
  return "?";
}

// A tool names each key of its files once, in a function that an IniReader
// and an IniWriter go through alike: what is read is what -t prints.
//
//   template <class F, class T>
//   void time_keys(F* f, T* times) {
//     f->duration("keepalive", 10, 60000, &times->keepalive_ms);
//     f->duration("deadtime", 50, 3600000, &times->deadtime_ms);
//   }
//   IniReader r(file, section);        IniWriter w;
//   time_keys(&r, &times);             w.section("times");
//   Error e = r.finish();              time_keys(&w, &times);
//
// The reader stores a value only when the key is there. Its first mistake is
// kept; finish() returns that, or an error for a key that nobody asked for.
class IniReader {
 public:
  IniReader(const IniFile& file, const IniSection& section);
  bool has(const char* key) const { return find(key) != nullptr; }
  void text(const char* key, std::string* out);
  void name(const char* key, std::string* out);
  void path(const char* key, std::string* out);  // absolute
  void flag(const char* key, bool* out);         // yes or no
  void number(const char* key, uint64_t min, uint64_t max, uint64_t* out);
  void port(const char* key, uint16_t* out);  // 1 to 65535
  void duration(const char* key, uint64_t min_ms, uint64_t max_ms,
                uint64_t* out_ms);
  void list(const char* key, std::vector<std::string>* out);
  // PROGRAM ARG...: at least one word, the program's path absolute.
  void command(const char* key, std::vector<std::string>* out);
  // ADDRESS[:PORT]; see parse_address_port().
  void address(const char* key, uint16_t default_port, Address* out);
  // One of these words: "K: 'x' is not A or B or C".
  template <class T, size_t N>
  void choice(const char* key, const IniWord<T> (&words)[N], T* out) {
    choose(key, words, "not ", " or ", out);
  }
  // The same, of two: "K: 'x' is neither A nor B".
  template <class T>
  void either(const char* key, const IniWord<T> (&words)[2], T* out) {
    choose(key, words, "neither ", " nor ", out);
  }
  // The line of the key, or of the section's header when it is not there and
  // *out is still 0: what a later mistake in what it names is told by.
  void line(const char* key, int* out) const;
  void require(const char* key);
  // *out is `value` unless the key that is read next is there.
  template <class T>
  void unless_given(T* out, const T& value) {
    *out = value;
  }
  // Marks the section as wrong at this key's line, or at the header's.
  void refuse(const char* key, const char* fmt, ...) TANDEM_PRINTF(3, 4);
  TANDEM_MUST_USE Error finish() const;

 private:
  template <class T, size_t N>
  void choose(const char* key, const IniWord<T> (&words)[N],
              const char* before, const char* between, T* out) {
    std::string word = word_for(words, *out);
    text(key, &word);
    std::string known = before;
    for (size_t i = 0; i < N; ++i) {
      if (word == words[i].word) {
        *out = words[i].value;
        return;
      }
      known += std::string(i > 0 ? between : "") + words[i].word;
    }
    wrong(key, word, known);
  }
  const IniEntry* find(const char* key) const;
  const IniEntry* take(const char* key);
  void wrong(const char* key, const std::string& value, const std::string& is);
  int line_of(const char* key) const;
  const IniFile& file_;
  const IniSection& section_;
  std::vector<bool> taken_;
  Error first_error_;
};

// Prints sections and keys, in the order of the calls, so that an IniReader
// takes them back. What no file can say is left out: an empty value, no
// address, a duration out of bounds (0 or "any"), a section without a key.
class IniWriter {
 public:
  void section(const std::string& kind, const std::string& name = "");
  void put(const char* key, const std::string& value);
  void text(const char* key, const std::string* value) { put(key, *value); }
  void name(const char* key, const std::string* value) { put(key, *value); }
  void path(const char* key, const std::string* value) { put(key, *value); }
  void flag(const char* key, const bool* value) {
    put(key, *value ? "yes" : "no");
  }
  void number(const char* key, uint64_t min, uint64_t max,
              const uint64_t* value);
  void port(const char* key, const uint16_t* value);
  void duration(const char* key, uint64_t min_ms, uint64_t max_ms,
                const uint64_t* ms);
  void list(const char* key, const std::vector<std::string>* words);
  void command(const char* key, const std::vector<std::string>* words);
  void address(const char* key, uint16_t default_port, const Address* value);
  template <class T, size_t N>
  void choice(const char* key, const IniWord<T> (&words)[N], const T* value) {
    put(key, word_for(words, *value));
  }
  template <class T>
  void either(const char* key, const IniWord<T> (&words)[2], const T* value) {
    choice(key, words, value);
  }
  // The reader's alone.
  void line(const char*, const int*) const {}
  void require(const char*) const {}
  template <class T>
  void unless_given(const T*, const T&) const {}

  const std::string& written() const { return written_; }

 private:
  std::string header_;  // of a section that has no key yet
  std::string written_;
};

}  // namespace tandem

#endif
