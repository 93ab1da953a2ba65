// Words with values, strictly: no key twice, none left over unread.
#include "lib/words.h"

#include <inttypes.h>

#include "lib/text.h"

namespace tandem {

bool parse_words(const std::vector<std::string>& words, size_t first,
                 Words* out) {
  Words parsed;
  for (size_t i = first; i < words.size(); ++i) {
    const size_t eq = words[i].find('=');
    if (eq == std::string::npos || eq == 0) return false;
    std::string value;
    if (!unescape_word(words[i].substr(eq + 1), &value)) return false;
    if (!parsed.insert(std::make_pair(words[i].substr(0, eq), value)).second) {
      return false;
    }
  }
  out->swap(parsed);
  return true;
}

void append_word(std::string* line, const char* key,
                 const std::string& value) {
  *line += std::string(" ") + key + "=" + escape_word(value);
}

void append_word(std::string* line, const char* key, uint64_t value) {
  *line += format(" %s=%" PRIu64, key, value);
}

bool take_word(Words* words, const std::string& key, std::string* out) {
  const Words::iterator it = words->find(key);
  if (it == words->end()) return false;
  *out = it->second;
  words->erase(it);
  return true;
}

bool take_number(Words* words, const std::string& key, uint64_t* out) {
  std::string text;
  return take_word(words, key, &text) && parse_u64(text, UINT64_MAX, out);
}

FieldReader::FieldReader(const std::string& line, const char* kind,
                         std::string* name) {
  const std::vector<std::string> words = split_words(line);
  const size_t first = name ? 2 : 1;
  ok_ = words.size() >= first && words[0] == kind &&
        (!name || unescape_word(words[1], name)) &&
        parse_words(words, first, &words_);
}

void FieldReader::flag(const std::string& key, bool* out) {
  uint64_t n = 0;
  number(key, &n);
  ok_ = ok_ && n <= 1;
  *out = n == 1;
}

}  // namespace tandem
