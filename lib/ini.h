// Strict INI over inih: a table of sections and keys; anything unknown,
// repeated, malformed or out of range is "FILE:LINE: what is wrong".
#ifndef TANDEM_LIB_INI_H
#define TANDEM_LIB_INI_H

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

// Reads one section's keys into typed fields. Each take_* stores only when
// the key is there; the first mistake is kept; finish() returns it, or an
// error for a key that nothing took.
//
//   IniReader r(file, section);
//   r.take_duration("deadtime", 200, 600000, &config.deadtime_ms);
//   r.take_name("node", &config.node);
//   Error e = r.finish();
class IniReader {
 public:
  IniReader(const IniFile& file, const IniSection& section);
  bool has(const char* key) const;
  // The line of the key, or of the section's header when it is not there.
  int line_of(const char* key) const;
  void take_text(const char* key, std::string* out);
  void take_name(const char* key, std::string* out);
  void take_path(const char* key, std::string* out);  // absolute
  void take_bool(const char* key, bool* out);
  void take_number(const char* key, uint64_t min, uint64_t max,
                   uint64_t* out);
  void take_duration(const char* key, uint64_t min_ms, uint64_t max_ms,
                     uint64_t* out_ms);
  void take_list(const char* key, std::vector<std::string>* out);
  // PROGRAM ARG...: at least one word, the program's path absolute.
  void take_command(const char* key, std::vector<std::string>* out);
  // ADDRESS[:PORT]; see parse_address_port().
  void take_address(const char* key, uint16_t default_port, Address* out);
  void require(const char* key);
  // Marks the section as wrong at this key's line.
  void refuse(const char* key, const char* fmt, ...) TANDEM_PRINTF(3, 4);
  TANDEM_MUST_USE Error finish() const;

 private:
  const IniEntry* take(const char* key);
  void refuse_at(int line, const std::string& what);
  const IniFile& file_;
  const IniSection& section_;
  std::vector<bool> taken_;
  Error first_error_;
};

}  // namespace tandem

#endif
