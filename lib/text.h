// Strings, numbers, durations: parsing that never throws and never guesses.
#ifndef TANDEM_LIB_TEXT_H
#define TANDEM_LIB_TEXT_H

#include <stdarg.h>
#include <stdint.h>

#include <string>
#include <vector>

#include "lib/error.h"

namespace tandem {

// printf into a string.
std::string format(const char* fmt, ...) TANDEM_PRINTF(1, 2);
std::string vformat(const char* fmt, va_list ap);

// Words separated by spaces or tabs; never an empty word.
std::vector<std::string> split_words(const std::string& s);
// Fields separated by exactly one sep; may be empty. "" gives one field.
std::vector<std::string> split_fields(const std::string& s,
                                      const std::string& sep);
// Words of a list whose items are separated by commas and/or spaces.
std::vector<std::string> split_list(const std::string& s);
std::string join(const std::vector<std::string>& words, const char* sep);
std::string trim(const std::string& s);
// One line that does nothing to who reads it: control characters, those of
// ISO 6429 in UTF-8 too (U+0080 to U+009F), become '?'; a tab or an end of line
// a space.
std::string printable(const std::string& s);
bool starts_with(const std::string& s, const char* prefix);

// Digits only, no sign, at most max. Stores only on success.
TANDEM_MUST_USE bool parse_u64(const std::string& s, uint64_t max,
                               uint64_t* out);
// "250ms", "2s", "1m", "1h": a whole number and a unit, in milliseconds, at
// most 30 days. A bare number is refused: Heartbeat meant seconds by it,
// HAProxy milliseconds. Stores only on success.
TANDEM_MUST_USE bool parse_duration_ms(const std::string& s, uint64_t* out);
// The shortest text that parse_duration_ms() reads back as ms.
std::string format_duration_ms(uint64_t ms);
// "yes"/"no" (also on/off, true/false). Stores only on success.
TANDEM_MUST_USE bool parse_bool(const std::string& s, bool* out);
// 1 to 64 of [A-Za-z0-9._-], not starting with '-' or '.': what a node, a
// group of servers or a section may be called.
bool is_name(const std::string& s);
// What the kernel takes as an interface's name (dev_valid_name() in
// net/core/dev.c), and no control characters: it ends up in log lines.
bool is_device_name(const std::string& s);
// s with control characters, spaces and '%' as %XX, so that it is one word;
// unescape_word() undoes it and is false on a malformed escape.
std::string escape_word(const std::string& s);
TANDEM_MUST_USE bool unescape_word(const std::string& s, std::string* out);
// s between quotes for JSON, bytes outside ASCII passed as they are, control
// characters escaped.
std::string json_quote(const std::string& s);

// Overwrites what it holds, whatever the compiler thinks of that.
void wipe(std::string* secret);

}  // namespace tandem

#endif
