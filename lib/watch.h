// The line contract of a watcher: "NAME up|down [key=value ...]".
// Pure: text in, text out. mysqlchk writes it, hbd and splitfwd read it.
#ifndef TANDEM_LIB_WATCH_H
#define TANDEM_LIB_WATCH_H

#include <map>
#include <string>

#include "lib/error.h"

namespace tandem {

// A watcher prints its last line again at least every second; this long
// without one means 'down'.
const unsigned kWatchSilenceMs = 3000;
// Longest value of an attribute; a longer one is refused, never cut.
const unsigned kAttrValueBytesMax = 128;

typedef std::map<std::string, std::string> Attrs;

struct WatchLine {
  std::string name;
  bool up;
  Attrs attrs;  // values unescaped
  WatchLine() : up(false) {}
};

// A key is a name (text.h); a value has no spaces (escape_word() on the way
// out). False: malformed, nothing stored.
TANDEM_MUST_USE bool parse_watch_line(const std::string& line, WatchLine* out);
std::string format_watch_line(const WatchLine& line);

std::string attr_value(const Attrs& attrs, const char* key);  // "": not there
// True when key and value may be an attribute (see kAttrValueBytesMax).
bool attr_is_valid(const std::string& key, const std::string& value);

}  // namespace tandem

#endif
