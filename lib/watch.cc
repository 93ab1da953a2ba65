// A watcher's line, read and written by the same two functions everywhere.
// What is malformed stores nothing.
#include "lib/watch.h"

#include <utility>
#include <vector>

#include "lib/text.h"

namespace tandem {

std::string attr_value(const Attrs& attrs, const char* key) {
  const Attrs::const_iterator it = attrs.find(key);
  return it == attrs.end() ? std::string() : it->second;
}

bool attr_is_valid(const std::string& key, const std::string& value) {
  return is_name(key) && value.size() <= kAttrValueBytesMax;
}

bool parse_watch_line(const std::string& line, WatchLine* out) {
  const std::vector<std::string> words = split_words(line);
  if (words.size() < 2 || !is_name(words[0])) return false;
  WatchLine parsed;
  parsed.name = words[0];
  if (words[1] == "up") parsed.up = true;
  else if (words[1] != "down") return false;
  for (size_t i = 2; i < words.size(); ++i) {
    const size_t eq = words[i].find('=');
    if (eq == std::string::npos) return false;
    const std::string key = words[i].substr(0, eq);
    std::string value;
    if (!unescape_word(words[i].substr(eq + 1), &value)) return false;
    if (!attr_is_valid(key, value)) return false;
    if (!parsed.attrs.insert(std::make_pair(key, value)).second) return false;
  }
  *out = parsed;
  return true;
}

std::string format_watch_line(const WatchLine& line) {
  std::string out = line.name + (line.up ? " up" : " down");
  for (Attrs::const_iterator it = line.attrs.begin(); it != line.attrs.end();
       ++it) {
    out += " " + it->first + "=" + escape_word(it->second);
  }
  return out;
}

}  // namespace tandem
