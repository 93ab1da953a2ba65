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

}  // namespace tandem

#endif
